"""How a rule says no."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - it is not an error: it is a normal, expected "no"
    """A rule says no. `code` names the sentence that a face shows; `values` fill its gaps."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values
