"""What happens to live contests by the clock: the next question, the end, forgetting votes.

What is next is a column. Every step is one transaction with the message that it sends, so a
program that dies between two questions goes on with the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.clock import Clock
from domain.outbox import State
from domain.quiz_contests import (
    KEPT,
    LATEST,
    MOST_MISSED,
    STRAY_VOTES_KEPT,
    AskState,
    Contest,
    ContestQuestion,
    ContestState,
    Ending,
    over_at,
)
from services.quiz import contest_telling as telling
from storage.database import Database
from storage.work import Work

# While a question is on its way it is looked after so often.
_LOOK_AGAIN = timedelta(seconds=1)
_ON_ITS_WAY = (State.PENDING, State.SENDING, State.HELD)
_SHOWN = (AskState.SHOWN, AskState.UNCLEAR)
# How Telegram says that there is no such group any more, or that the bot may not write there.
_NOBODY = ("blocked", "deactivated")


class ContestClock:
    """Every verb may be called at any time, by several processes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock

    async def advance_due(self) -> int:
        """Take each contest whose time has come one step further; how many."""
        async with self._open_read() as work:
            due = await work.quiz_contests.list_due(self._clock.now())
        for contest_id in due:
            async with self._open_work() as work:
                await self._advance(work, contest_id)
                await work.commit()
        return len(due)

    async def shown(self, details: Mapping[str, Any], poll_id: str, message_id: int) -> None:
        """Write down the poll that a question became."""
        now = self._clock.now()
        async with self._open_work() as work:
            contest_id, place = str(details["contest"]), int(details["place"])
            await work.quiz_contests.find(contest_id, for_update=True)
            question = await work.quiz_contests.question(contest_id, place)
            if question is not None:
                await work.quiz_contests.save_question(
                    replace(
                        question,
                        state=AskState.SHOWN,
                        poll_id=poll_id,
                        message_id=message_id,
                        shown_at=question.shown_at or now,
                    )
                )
            await work.commit()

    async def purge(self) -> int:
        """Count votes of a year ago for good and forget them; how many."""
        now = self._clock.now()
        before = now - KEPT
        async with self._open_work() as work:
            old = list(await work.quiz_contests.old_questions(before))
            items = await telling.items_of(work, old)
            right = {
                (one.contest_id, one.place): telling.place_of_right(
                    one, items[one.item_id, one.version]
                )
                for one in old
            }
            await work.quiz_contests.count_votes(before, right)
            count = await work.quiz_contests.forget_votes(before, now - STRAY_VOTES_KEPT)
            await work.commit()
        return count

    async def _advance(self, work: Work, contest_id: str) -> None:
        now = self._clock.now()
        one = await work.quiz_contests.find(contest_id, for_update=True)
        if one is None or one.next_at is None or one.next_at > now:
            return
        if one.state is not ContestState.RUNNING:
            await work.quiz_contests.save(replace(one, next_at=None))
            return
        questions = await work.quiz_contests.questions(one.id)
        due = one.next_at
        if one.asked:
            current = await self._settled(work, questions[one.asked - 1], now)
            if current is None:
                await _end(work, one, now, Ending.GONE)
                return
            if current.state is AskState.ASKED:
                await work.quiz_contests.save(replace(one, next_at=now + _LOOK_AGAIN))
                return
            questions = [*questions[: one.asked - 1], current, *questions[one.asked :]]
            if current.state in _SHOWN:
                due = over_at(one, current)
                if due > now:
                    await work.quiz_contests.save(replace(one, next_at=due))
                    return
        if now - due > LATEST:
            await _end(work, one, now, Ending.LATE)
        elif _missed_in_row(questions[: one.asked]) >= MOST_MISSED:
            await _end(work, one, now, Ending.UNSENT)
        elif one.asked == one.questions:
            await _end(work, one, now, None)
        else:
            await _ask(work, one, questions[one.asked], now)

    async def _settled(
        self, work: Work, question: ContestQuestion, now: datetime
    ) -> ContestQuestion | None:
        """The question with what became of its message; None if the group is gone."""
        if question.state is not AskState.ASKED:
            return question
        sent = await work.quiz_contests.sent(telling.poll_key(question.contest_id, question.place))
        if sent is not None and sent.state in _ON_ITS_WAY:
            return question
        if sent is not None and sent.state is State.FAILED and sent.fail_class in _NOBODY:
            return None
        if sent is not None and sent.state is State.SENT:
            # Its poll could not be written down when it was sent: a poll's own news will tell.
            shown_at = sent.sent_at or now
            settled = replace(
                question,
                state=AskState.SHOWN,
                message_id=sent.message_id,
                shown_at=question.shown_at or shown_at,
            )
        elif sent is not None and sent.state is State.UNKNOWN:
            settled = replace(question, state=AskState.UNCLEAR)
        else:
            settled = replace(question, state=AskState.MISSED)
        await work.quiz_contests.save_question(settled)
        return settled


async def _ask(work: Work, one: Contest, question: ContestQuestion, now: datetime) -> None:
    asked = replace(question, state=AskState.ASKED, asked_at=now)
    await work.quiz_contests.save_question(asked)
    await work.outbox.add(telling.poll(one, question.place, now))
    ahead = replace(one, asked=one.asked + 1, next_at=now + _LOOK_AGAIN)
    await work.quiz_contests.save(ahead)


async def _end(work: Work, one: Contest, now: datetime, ending: Ending | None) -> None:
    """It is over. The group is told how it went, if it can be told and there was anything."""
    state = ContestState.FINISHED if ending is None else ContestState.FAILED
    over = replace(one, state=state, next_at=None, ended_at=now, ending=ending)
    await work.quiz_contests.save(over)
    questions = await work.quiz_contests.questions(one.id)
    if ending is not Ending.GONE and any(q.state in _SHOWN for q in questions):
        await work.outbox.add(telling.result(over, now))


def _missed_in_row(asked: Sequence[ContestQuestion]) -> int:
    count = 0
    for question in reversed(asked):
        if question.state is not AskState.MISSED:
            break
        count += 1
    return count
