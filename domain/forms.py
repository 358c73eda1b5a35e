"""Forms in progress: which there are, and when a forgotten one lapses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Draft:
    """A form in progress, the same after a restart. At most one is open for each member."""

    member_id: int
    form: Form
    step: str
    answers: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None
