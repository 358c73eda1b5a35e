"""The code before a member's own matters: six digits, five tries, then an hour of rest."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.refusal import Refusal

DIGITS = 6
TRIES = 5
REST = timedelta(hours=1)
# So long the matters stay open after the code, and then they ask for it again.
OPEN_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Code:
    """The code as it is kept: a keyed hash, with the brake on wrong tries."""

    code_print: str
    wrong: int = 0
    locked_until: datetime | None = None
    open_until: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        return self.open_until is not None and now < self.open_until

    def is_locked(self, now: datetime) -> bool:
        return self.locked_until is not None and now < self.locked_until


def read_code(text: str) -> str:
    """Six digits, however they were typed. Refuses with `cases.code_form`."""
    digits = "".join(unicodedata.normalize("NFKC", text).split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdecimal()):
        raise Refusal("cases.code_form")
    return digits


def tried(code: Code, code_print: str, now: datetime) -> Code:
    """The code after a try. Refuses with `cases.code_locked` (minutes) while it rests."""
    if code.is_locked(now):
        assert code.locked_until is not None
        minutes = int((code.locked_until - now).total_seconds() // 60) + 1
        raise Refusal("cases.code_locked", minutes=minutes)
    if code.code_print == code_print:
        return replace(code, wrong=0, locked_until=None, open_until=now + OPEN_FOR)
    wrong = code.wrong + 1
    if wrong >= TRIES:
        return replace(code, wrong=0, locked_until=now + REST, open_until=None)
    return replace(code, wrong=wrong, open_until=None)
