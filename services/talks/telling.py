"""What is told because of a talk: rows for the outbox, written with the effect."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.calendar import OfficeHours
from domain.outbox import Notice, Priority
from domain.staff import Staff
from domain.talks import Message, Talk
from storage.talk_replies import REPLY

# The kinds are the keys of their sentences.
ALERT = "talks.notice_alert"
LATE = "talks.notice_late"
WORD = "talks.notice_word"
URGENT = "talks.notice_urgent"
CLOSED = "talks.notice_closed"
TAKEN = "talks.notice_taken"
# Whom a talk waits for is known from the inbox by then.
_ALERT_ENDS = timedelta(hours=12)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def alert(
    kind: str,
    talk: Talk,
    staff: Staff,
    unit: str,
    now: datetime,
    hours: OfficeHours,
    *,
    at_once: bool = False,
) -> Notice:
    """Tell somebody on duty: the talk's number and the unit, nothing of the member.

    Outside of office hours it waits for the morning, unless it is urgent.
    """
    due = now if at_once else hours.next_opening(now)
    return Notice(
        kind,
        staff.telegram_id,
        alert_key(kind, talk, staff, now),
        due,
        details={"talk": talk.id, "unit": unit},
        priority=Priority.SECURITY,
        expires_at=due + _ALERT_ENDS,
    )


def alert_key(kind: str, talk: Talk, staff: Staff, at: datetime) -> str:
    """The name of an alert: what was not sent yet can be taken back by it."""
    return f"{kind}:{talk.id}:{staff.id}:{_stamp(at)}"


def reply(talk: Talk, message: Message, agent: str) -> Notice:
    """The way of a reply to the member. Its words stay sealed until it is sent."""
    assert talk.member_id is not None
    return Notice(
        REPLY,
        talk.member_id,
        f"{REPLY}:{message.id}",
        message.at,
        details={"message": message.id, "agent": agent},
        priority=Priority.SECURITY,
    )


def taken(talk: Talk, agent: str, now: datetime) -> Notice:
    """Tell the member that somebody has the talk."""
    assert talk.member_id is not None
    return Notice(
        TAKEN,
        talk.member_id,
        f"{TAKEN}:{talk.id}:{_stamp(now)}",
        now,
        details={"agent": agent},
        expires_at=now + timedelta(hours=1),
    )


def closed(talk: Talk, now: datetime, *, is_idle: bool) -> Notice:
    """The end of a talk, with the ways to say how it was and to go on."""
    assert talk.member_id is not None
    return Notice(
        CLOSED,
        talk.member_id,
        f"{CLOSED}:{talk.id}:{_stamp(now)}",
        now,
        details={"talk": talk.id, "is_idle": is_idle},
        priority=Priority.REMINDER,
        expires_at=now + timedelta(days=2),
    )


def _stamp(at: datetime) -> int:
    """Whole milliseconds: what the tables keep of a time."""
    return (at - _EPOCH) // timedelta(milliseconds=1)
