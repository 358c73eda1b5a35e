"""Case numbers: short enough to read out on the phone, too many to guess, with a check sign."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from domain.refusal import Refusal

# Without 0, 1, I, L, O: nobody takes one for another. Their number is a prime, so that the check
# sign notices every single wrong sign and every two that changed places.
SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 7


def number_of(draws: Sequence[int]) -> str:
    """The number for seven draws from the signs, as "7K3M-P9QX"."""
    if len(draws) != _LENGTH:
        raise ValueError(f"a case number needs {_LENGTH} draws")
    signs = "".join(SIGNS[draw] for draw in draws)
    whole = signs + _check(signs)
    return f"{whole[:4]}-{whole[4:]}"


def read_number(text: str) -> str:
    """A number as it is kept, however it was typed. Refuses with `cases.number_wrong`."""
    folded = unicodedata.normalize("NFKC", text).upper()
    signs = "".join(sign for sign in folded if sign.isalnum())
    if len(signs) != _LENGTH + 1 or not all(sign in SIGNS for sign in signs):
        raise Refusal("cases.number_wrong")
    if _check(signs[:_LENGTH]) != signs[_LENGTH]:
        raise Refusal("cases.number_wrong")
    return f"{signs[:4]}-{signs[4:]}"


def _check(signs: str) -> str:
    total = sum(weight * SIGNS.index(sign) for weight, sign in enumerate(signs, 2))
    return SIGNS[total % len(SIGNS)]
