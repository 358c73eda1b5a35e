"""The code before a member's own matters: six digits, five tries, then an hour of rest.

Whoever forgot it may set a new one, but only after a day. What this is made against: somebody who
holds the unlocked phone for a minute, an officer of the employer or one of the family. They can
press every button that the member can, read and delete what stands in the chat, and give the phone
back. So:

- Asking opens nothing. The old code stays in force until a new one is typed in its place.
- The chat is told one hour later, half a day later and when the time is over: after the minute,
  so that nobody who held the phone for it can delete what is told. The words say of no code and
  no case. One press says no; no code is needed for it.
- The old code, given once, ends it as well: then nobody forgot it.
- Once the day is over the matters are not open either: within two days somebody has to come back
  and type a new code; after that the old one stays. That a code was replaced is told again.

Whoever has the phone every day and deletes each of these notices is not kept out by this. Staff
cannot replace a code: they could be talked into it, and many a member asked without a name.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.refusal import Refusal

DIGITS = 6
TRIES = 5
REST = timedelta(hours=1)
# So long the matters stay open after the code, and then they ask for it again.
OPEN_FOR = timedelta(minutes=10)
# A day has hours in which the member is awake and holds the phone, whenever somebody asked.
RESET_AFTER = timedelta(hours=24)
RESET_WITHIN = timedelta(hours=48)
# So long after somebody asked the chat is told that a change is coming.
RESET_TOLD = (timedelta(hours=1), timedelta(hours=12))


class Reset(StrEnum):
    """Where the wish for a new code in place of a forgotten one stands."""

    NONE = "none"
    WAITING = "waiting"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Code:
    """The code as it is kept: a keyed hash, with the brake on wrong tries."""

    code_print: str
    wrong: int = 0
    locked_until: datetime | None = None
    open_until: datetime | None = None
    # When somebody said that the code is forgotten.
    reset_asked_at: datetime | None = None

    def reset(self, now: datetime) -> Reset:
        """Whether somebody waits for a new code, or may set it now; a wish lapses by itself."""
        asked = self.reset_asked_at
        if asked is None or now >= reset_until(asked):
            return Reset.NONE
        return Reset.WAITING if now < reset_from(asked) else Reset.READY

    def is_open(self, now: datetime) -> bool:
        return self.open_until is not None and now < self.open_until

    def is_locked(self, now: datetime) -> bool:
        return self.locked_until is not None and now < self.locked_until


def reset_from(asked_at: datetime) -> datetime:
    """From when on a new code may be set."""
    return asked_at + RESET_AFTER


def reset_until(asked_at: datetime) -> datetime:
    """Until when."""
    return asked_at + RESET_AFTER + RESET_WITHIN


def read_code(text: str) -> str:
    """Six digits, however they were typed. Refuses with `cases.code_form`."""
    digits = "".join(unicodedata.normalize("NFKC", text).split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdecimal()):
        raise Refusal("cases.code_form")
    return digits


def tried(code: Code, code_print: str, now: datetime) -> Code:
    """The code after a try; the right one ends the wish for another.

    Refuses with `cases.code_locked` (minutes) while it rests.
    """
    if code.is_locked(now):
        assert code.locked_until is not None
        minutes = int((code.locked_until - now).total_seconds() // 60) + 1
        raise Refusal("cases.code_locked", minutes=minutes)
    if code.code_print == code_print:
        # Whoever knows the code has not forgotten it, whoever said so.
        return Code(code.code_print, open_until=now + OPEN_FOR)
    wrong = code.wrong + 1
    if wrong >= TRIES:
        return replace(code, wrong=0, locked_until=now + REST, open_until=None)
    return replace(code, wrong=wrong, open_until=None)
