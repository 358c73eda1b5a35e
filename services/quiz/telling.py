"""What members are told of the quiz unasked: kinds of pushes and notices, and their details."""

from __future__ import annotations

from datetime import datetime

from domain.outbox import Notice, Policy, Priority, Push, PushState
from domain.quiz_prizes import Winner
from domain.quiz_rounds import Round, Sitting

# The kinds are the keys of their sentences.
INVITE = "quiz.notice_invite"
REMIND = "quiz.notice_remind"
EXTENDED = "quiz.notice_extended"
VOID = "quiz.notice_void"
WON = "quiz.notice_won"

_SHORT = 40


def short(text: str) -> str:
    """The beginning of a question, enough to know it again."""
    line = " ".join(text.split())
    return line if len(line) <= _SHORT else f"{line[: _SHORT - 1]}…"


def push(kind: str, one: Round, sitting: Sitting, schedule: str, due_at: datetime) -> Push:
    """A message to everybody who is meant, of use until the day ends."""
    return Push(
        kind,
        one.title,
        {
            "sitting": sitting.id,
            "title": one.title,
            "day": sitting.number,
            "questions": one.questions,
            "minutes": one.minutes,
            "until": sitting.closes_at.isoformat(),
        },
        one.created_by,
        due_at,
        path=one.unit_path,
        state=PushState.EXPANDING,
        priority=Priority.QUIZ,
        expires_at=sitting.closes_at,
        schedule_id=schedule,
        due_at=due_at,
    )


def won(one: Round, winner: Winner) -> Notice | None:
    """The news of a prize; None for somebody who is not in Telegram any more.

    Never twice: somebody might come for two.
    """
    if winner.member_id is None or one.prize is None or one.drawn_at is None:
        return None
    return Notice(
        WON,
        winner.member_id,
        f"{WON}:{winner.id}",
        one.drawn_at,
        details={
            "round": one.id,
            "winner": winner.id,
            "title": one.title,
            "what": one.prize.what,
            "until": winner.claim_until.isoformat(),
        },
        policy=Policy.HOLD,
        expires_at=winner.claim_until,
    )
