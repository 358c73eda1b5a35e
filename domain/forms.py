"""Forms in progress: which there are, and when a forgotten one lapses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

LIFETIME = timedelta(days=7)


class Form(StrEnum):
    """A form that a member can be in the middle of."""

    NOTE = "note"
    CALCULATION = "calculation"
    PROFILE = "profile"
    SIGN_UP = "sign_up"
    EVENT_COMMENT = "event_comment"
    QUIZ_NICKNAME = "quiz_nickname"
    LIMITS = "limits"
    EVIDENCE = "evidence"
    CASE = "case"
    # One number that is asked for beside a case: a code, or how much money came.
    CASE_NUMBER = "case_number"


_OTHER_LIFETIMES: Mapping[Form, timedelta] = MappingProxyType(
    {
        # Days may pass before somebody who is afraid goes on.
        Form.CASE: timedelta(days=14),
        # It does not stand in the way of other matters for long.
        Form.CASE_NUMBER: timedelta(minutes=30),
    }
)


def lifetime_of(form: Form) -> timedelta:
    """How long a form stays open after the last answer."""
    return _OTHER_LIFETIMES.get(form, LIFETIME)


@dataclass(frozen=True, slots=True)
class Draft:
    """A form in progress, the same after a restart. At most one is open for each member."""

    member_id: int
    form: Form
    step: str
    answers: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None
    # The update by which it came to stand as it does, if it was one.
    came_with: int | None = None
    # By that update it was closed: nobody else finds it any more.
    is_closed: bool = False

    @property
    def touched_at(self) -> datetime | None:
        """When it was begun or gone on with last; None for one that is not kept yet."""
        return None if self.expires_at is None else self.expires_at - lifetime_of(self.form)
