"""Rules of two-person approval: when it is needed, who may agree, and what makes it void.

RELIABILITY 6.3, rules 1 to 9.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain import countersigns
from domain.outbox import Push
from domain.refusal import Refusal
from domain.staff import Actor, Permission

MOST_ALONE = 200
MOST_SHARE = 0.30
MOST_RESENT_ALONE = 50
LAPSES = timedelta(hours=24)
TEST_COUNTS = timedelta(hours=24)
LEAST_ADMINS = 2
EMERGENCY_EVERY = timedelta(hours=24)
REVIEW_WITHIN = timedelta(hours=24)


class Verdict(StrEnum):
    """What the second person said."""

    YES = "yes"
    NO = "no"


class Returned(StrEnum):
    """Why a broadcast went back to its author."""

    REJECTED = "rejected"
    TAKEN_BACK = "taken_back"
    # Text, recipients or time are not those that were agreed to.
    CHANGED = "changed"
    # Nobody agreed before it was due, or the agreement became too old.
    NOT_APPROVED = "not_approved"
    LAPSED = "lapsed"
    AUTHOR_LOST_RIGHT = "author_lost_right"
    APPROVER_LOST_RIGHT = "approver_lost_right"
    # A broadcast of a series that nobody could look at first, or that could not be made.
    NOT_TESTED = "not_tested"
    NOT_MADE = "not_made"
    # It fell due while nobody was there, and waits for a person.
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Approval:
    """What one person agreed to, or did not: exactly this text, these people, this time."""

    push_id: int
    staff_id: str
    session_id: str
    verdict: Verdict
    body_hash: str
    audience_hash: str
    not_before: datetime | None
    expires_at: datetime | None
    at: datetime
    note: str = ""

    def binds(self, push: Push) -> bool:
        """Whether the push is still what was agreed to."""
        return (
            self.body_hash == push.body_hash
            and self.audience_hash == push.audience_hash
            and self.not_before == push.not_before
            and self.expires_at == push.expires_at
        )


def needs_second(count: int, share: float, *, is_everyone: bool) -> bool:
    """Whether a second person must agree."""
    return is_everyone or count > MOST_ALONE or share > MOST_SHARE


def must_be_second(approver: Actor, author: str, author_session: str, now: datetime) -> None:
    """Refuses with `broadcasts.not_yourself` or `broadcasts.factor_old`."""
    countersigns.must_be_second(
        approver,
        (author,),
        author_session,
        now,
        own="broadcasts.not_yourself",
        old="broadcasts.factor_old",
    )


def must_be_counted(typed: str, count: int) -> None:
    """Refuses with `broadcasts.count_wrong` unless exactly the number of recipients was typed."""
    digits = "".join(char for char in typed if char not in ", \uff0c")
    if not digits.isascii() or not digits.isdigit() or int(digits) != count:
        raise Refusal("broadcasts.count_wrong", count=count)


def why_void(
    push: Push,
    approval: Approval | None,
    author: Actor | None,
    approver: Actor | None,
    now: datetime,
) -> Returned | None:
    """Why the push may not begin at `now` though its time has come; None if it may.

    `approval` is None where no second person was needed.
    """
    if author is None or not author.may(Permission.BROADCAST_DRAFT, push.path):
        return Returned.AUTHOR_LOST_RIGHT
    if approval is None:
        return None
    if approver is None or not approver.may(Permission.BROADCAST_APPROVE, push.path):
        return Returned.APPROVER_LOST_RIGHT
    if not approval.binds(push):
        return Returned.CHANGED
    return Returned.LAPSED if now - approval.at > LAPSES else None
