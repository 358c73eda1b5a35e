"""Faults in content: collected all at once, told in sentences that an editor understands."""

from __future__ import annotations

from collections.abc import Mapping

from domain.ask import Fault


class ContentError(Exception):
    """The content cannot be used. `faults` holds every fault that was found, in file order."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class Faults:
    """Collects faults; the sentence of each code comes from faults.toml."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        self._sentences = sentences
        self._found: list[Fault] = []

    def add(self, path: str, line: int, code: str, **values: object) -> None:
        reason = self._sentences[code].format(**values)
        self._found.append(Fault(path=path, line=line, reason=reason, code=code))

    def found(self) -> tuple[Fault, ...]:
        """Every fault once, by file and line."""
        ordered = sorted(self._found, key=lambda fault: (fault.path, fault.line))
        return tuple(dict.fromkeys(ordered))

    def __len__(self) -> int:
        return len(self._found)
