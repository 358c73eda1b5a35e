"""What happens to the quiz by the clock: days open and close, reminders, standings, draws."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.clock import Clock
from domain.draw import draw, entries_hash, fixed, listed, record
from domain.lateness import Action, Due, Kind, Verdict
from domain.quiz_figures import figures_of
from domain.quiz_play import PRACTICE_LASTS, Attempt, AttemptState
from domain.quiz_prizes import PrizeState, Winner, entries_of
from domain.quiz_rounds import (
    DRAW_AFTER,
    KEPT,
    LOOK_BEFORE_DRAW,
    NEAR_DEADLINE,
    REMIND_BEFORE,
    Round,
    RoundState,
    Sitting,
    SittingState,
    extended,
)
from services.quiz import telling
from services.quiz.common import new_id, standings_of
from storage.database import Database
from storage.work import Work

# Begins each thing that is due once, whoever asks: `DutyService.run`.
Act = Callable[[Work, Due, Verdict], Awaitable[None]]
Begin = Callable[[Iterable[Due], Act], Awaitable[Sequence[tuple[Due, Verdict]]]]

# Begun so late that a deadline must move by it; the schedule itself is up to a minute late.
_LATE = timedelta(minutes=1)
# A round that rests keeps the day for so long, then drops it, like one that fell due unseen.
_MOST_LATE = timedelta(hours=2)
# Before anybody had time to begin, nobody is reminded; at the very end it helps nobody.
_REMIND_AFTER, _REMIND_UNTIL = timedelta(hours=1), timedelta(minutes=15)
_OUTAGES = timedelta(hours=1)
_CHUNK = 200
# Item figures rest on the latest answers.
_MOST_ANSWERS = 20_000
_CODES = 1_000_000


class QuizClock:
    """Every verb looks for what is due and may be called at any time, by several processes."""

    def __init__(self, database: Database, clock: Clock, begin: Begin) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock
        self._begin = begin
        self._figured_at: datetime | None = None

    async def open_due(self) -> int:
        """Open the days that have come and invite to them; how many.

        Up to two hours late the day opens and ends as much later; after that it is dropped, and
        written down as dropped.
        """
        now = self._clock.now()
        async with self._open_read() as work:
            sittings = {one.id: one for one in await work.quiz_rounds.sittings_due(now)}
            rounds = await work.quiz_rounds.find_all([s.round_id for s in sittings.values()])
        due = {}
        for sitting in sittings.values():
            is_held = rounds[sitting.round_id].state is not RoundState.PUBLISHED
            if not is_held or now - sitting.opens_at > _MOST_LATE:
                one = Due(f"quiz:{sitting.id}", sitting.opens_at, Kind.QUIZ)
                due[one.schedule_id] = (one, sitting.id)

        async def act(work: Work, one: Due, verdict: Verdict) -> None:
            await self._open(work, due[one.schedule_id][1], verdict)

        done = await self._begin([one for one, _ in due.values()], act)
        return sum(verdict.action is Action.RUN for _, verdict in done)

    async def remind_due(self) -> int:
        """Remind those who were invited and have not finished, once in a round; how many days."""
        now = self._clock.now()
        async with self._open_read() as work:
            open_ = await work.quiz_rounds.sittings_open()
        due = [
            one
            for one in open_
            if one.reminded_at is None
            and one.push_id is not None
            and one.closes_at - REMIND_BEFORE <= now
            and one.opens_at + _REMIND_AFTER <= now < one.closes_at
        ]
        return sum([await self._remind(one.id, now) for one in due])

    async def close_due(self) -> int:
        """End attempts and days whose time is over, rank rounds that are over; how many days.

        Time in which we were not there is given back first, and those who are in the middle of
        their questions are told.
        """
        now = self._clock.now()
        await self._give_back(now)
        await self._end_late(now)
        async with self._open_read() as work:
            over = [one for one in await work.quiz_rounds.sittings_open() if one.closes_at <= now]
        closed = sum([await self._close(one.id, now) for one in over])
        async with self._open_read() as work:
            ended = await work.quiz_rounds.list_ended()
        for round_id in ended:
            await self._rank(round_id, now)
        return closed

    async def draw_due(self) -> int:
        """Fix the lists of draws that are due; ten minutes later draw. The number of draws.

        In between the list's hash can be seen by everybody.
        """
        now = self._clock.now()
        async with self._open_read() as work:
            due = await work.quiz_rounds.list_to_draw(now)
        return sum([await self._draw(round_id, now) for round_id in due])

    async def lapse_due(self) -> int:
        """Let prizes lapse that nobody asked for in time; how many."""
        async with self._open_work() as work:
            late = await work.quiz_standings.winners_late(self._clock.now())
            for one in late:
                await work.quiz_standings.save_winner(replace(one, state=PrizeState.LAPSED))
            await work.commit()
        return len(late)

    async def figure_due(self) -> int:
        """Reckon the figures of items that were answered since the last time; how many."""
        now = self._clock.now()
        since = self._figured_at or now - timedelta(hours=26)
        async with self._open_read() as work:
            asked = await work.quiz_results.asked_since(since)
        for item_id, version in asked:
            async with self._open_read() as work:
                item = (await work.quiz_bank.asked([(item_id, version)]))[(item_id, version)]
                told = await work.quiz_results.responses(item_id, version, _MOST_ANSWERS)
            figures = figures_of(told, item.answer)
            async with self._open_work() as work:
                await work.quiz_bank.set_figures(item_id, version, figures)
                await work.commit()
        self._figured_at = now
        return len(asked)

    async def purge(self) -> int:
        """Forget practice after a week, and a year after a round whose attempts they were."""
        now = self._clock.now()
        async with self._open_work() as work:
            await work.quiz_attempts.remove_practice(None, now - PRACTICE_LASTS)
            await work.quiz_attempts.purge_lessons(now - KEPT)
            old = await work.quiz_rounds.list_closed_before(now - KEPT)
            count = await work.quiz_results.unlink(old) if old else 0
            await work.commit()
        return count

    # Days -----------------------------------------------------------------------------------

    async def _open(self, work: Work, sitting_id: str, verdict: Verdict) -> None:
        sitting = await work.quiz_rounds.sitting(sitting_id, for_update=True)
        assert sitting is not None
        one = await work.quiz_rounds.find(sitting.round_id)
        assert one is not None
        if sitting.state is not SittingState.PLANNED:
            return
        if verdict.action is not Action.RUN:
            await work.quiz_rounds.save_sitting(replace(sitting, state=SittingState.DROPPED))
            return
        delay = verdict.delay if verdict.delay > _LATE else timedelta()
        ends = sitting.closes_at + delay
        sitting = replace(sitting, state=SittingState.OPEN, closes_at=ends)
        if one.is_pushed:
            message = telling.push(
                telling.INVITE, one, sitting, f"quiz:{sitting.id}", sitting.opens_at
            )
            push_id = await work.pushes.add(message)
            count = await work.quiz_rounds.invite(push_id, one.unit_path)
            await work.pushes.set_audience(push_id, count, "")
            sitting = replace(sitting, push_id=push_id)
        await work.quiz_rounds.save_sitting(sitting)

    async def _remind(self, sitting_id: str, now: datetime) -> int:
        async with self._open_work() as work:
            sitting = await work.quiz_rounds.sitting(sitting_id, for_update=True)
            assert sitting is not None
            one = await work.quiz_rounds.find(sitting.round_id)
            assert one is not None
            if sitting.reminded_at is not None:
                return 0
            await work.quiz_rounds.save_sitting(replace(sitting, reminded_at=now))
            is_late = sitting.closes_at - now < _REMIND_UNTIL
            if one.reminds and one.state is RoundState.PUBLISHED and not is_late:
                schedule = f"quiz:{one.id}:remind"
                before = await work.quiz_rounds.pushes_of(schedule)
                message = telling.push(telling.REMIND, one, sitting, schedule, sitting.opens_at)
                push_id = await work.pushes.add(message)
                count = await work.quiz_rounds.invite_unfinished(
                    push_id, one.unit_path, sitting, before
                )
                await work.pushes.set_audience(push_id, count, "")
            await work.commit()
        return 1

    async def _give_back(self, now: datetime) -> None:
        """Move the end of days by an outage of ours near it, and tell those who are answering."""
        async with self._open_read() as work:
            spans = await work.workers.list_down(now - _OUTAGES, now)
            open_ = await work.quiz_rounds.sittings_open() if spans else ()
        for sitting in open_:
            for span in spans:
                if span.ended_at > sitting.opens_at and span.began_at < sitting.closes_at:
                    await self._give(sitting.id, (span.began_at, span.ended_at), now)

    async def _give(self, sitting_id: str, span: tuple[datetime, datetime], now: datetime) -> None:
        async with self._open_work() as work:
            sitting = await work.quiz_rounds.sitting(sitting_id, for_update=True)
            assert sitting is not None
            if sitting.state is not SittingState.OPEN:
                return
            schedule = f"quiz:{sitting.id}:down"
            if not await work.runs.begin(schedule, span[1], now, Action.RUN.value):
                return
            near = sitting.closes_at - NEAR_DEADLINE
            ends = extended(sitting.closes_at, near, [span])
            if ends != sitting.closes_at:
                sitting = replace(sitting, closes_at=ends)
                await work.quiz_rounds.save_sitting(sitting)
            await self._tell_extended(work, sitting, schedule, span)
            await work.commit()

    async def _tell_extended(
        self, work: Work, sitting: Sitting, schedule: str, span: tuple[datetime, datetime]
    ) -> None:
        one = await work.quiz_rounds.find(sitting.round_id)
        assert one is not None
        message = telling.push(telling.EXTENDED, one, sitting, schedule, span[1])
        minutes = max(1, round((span[1] - span[0]) / timedelta(minutes=1)))
        body = {**message.body, "lost": minutes}
        push_id = await work.pushes.add(replace(message, body=body))
        count = await work.quiz_rounds.invite_running(push_id, sitting.id)
        await work.pushes.set_audience(push_id, count, "")

    async def _end_late(self, now: datetime) -> None:
        while True:
            async with self._open_work() as work:
                late = await work.quiz_attempts.late(now, _CHUNK)
                ended = await _end(work, late, now)
                await work.commit()
            # Those to whom an outage gave more time are still there.
            if len(late) < _CHUNK or not ended:
                return

    async def _close(self, sitting_id: str, now: datetime) -> int:
        async with self._open_work() as work:
            sitting = await work.quiz_rounds.sitting(sitting_id, for_update=True)
            assert sitting is not None
            if sitting.state is not SittingState.OPEN or sitting.closes_at > now:
                return 0
            while running := await work.quiz_attempts.running_in(sitting.id, _CHUNK):
                if not await _end(work, running, now):
                    # Somebody still has time that we owe them; nobody can begin any more.
                    await work.commit()
                    return 0
            await work.quiz_rounds.save_sitting(replace(sitting, state=SittingState.CLOSED))
            await work.commit()
        return 1

    async def _rank(self, round_id: str, now: datetime) -> None:
        async with self._open_work() as work:
            one = await work.quiz_rounds.lock(round_id)
            assert one is not None
            if one.state not in {RoundState.PUBLISHED, RoundState.HELD}:
                return
            await work.quiz_standings.put_standings(one.id, await standings_of(work, one))
            draw_at = None if one.prize is None else now + LOOK_BEFORE_DRAW
            await work.quiz_rounds.save(
                replace(one, state=RoundState.CLOSED, closed_at=now, draw_at=draw_at)
            )
            await work.commit()

    # The draw -------------------------------------------------------------------------------

    async def _draw(self, round_id: str, now: datetime) -> int:
        async with self._open_work() as work:
            one = await work.quiz_rounds.lock(round_id)
            assert one is not None
            if one.drawn_at is not None or one.prize is None or not _is_due(one, now):
                return 0
            if one.draw_list is None:
                await work.quiz_rounds.save(await _fixed(work, one, now))
                made = 0
            else:
                await _make(work, one, now)
                made = 1
            await work.commit()
        return made


def _is_due(one: Round, now: datetime) -> bool:
    return one.draw_at is not None and one.draw_at <= now


async def _fixed(work: Work, one: Round, now: datetime) -> Round:
    """The round with its list of entries; ten minutes later the draw is due."""
    assert one.prize is not None
    standings = await work.quiz_standings.standings(one.id)
    known = [line.person_id for line in standings if line.person_id is not None]
    entries = entries_of(standings, one.prize, await work.quiz_standings.on_roster(known))
    return replace(
        one,
        draw_list=listed(one.id, entries, one.prize.winners, ()),
        entries_hash=entries_hash(entries),
        draw_at=now + DRAW_AFTER,
    )


async def _make(work: Work, one: Round, now: datetime) -> None:
    """Draw from the list exactly as it was fixed; write down who won, and tell them."""
    assert one.prize is not None
    assert one.seed is not None
    assert one.draw_list is not None
    entries, capacity, shares = fixed(one.draw_list)
    result = draw(one.seed, entries, capacity, shares)
    drawn = replace(
        one,
        drawn_at=now,
        draw_record=record(one.id, one.seed, entries, capacity, shares, result),
    )
    await work.quiz_rounds.save(drawn)
    lines = {line.code: line for line in await work.quiz_standings.standings(one.id)}
    # The seed is public from now on: codes must not follow from it.
    codes = secrets.SystemRandom().sample(range(_CODES), len(result.winners))
    winners = [
        Winner(
            new_id(),
            one.id,
            entry,
            f"{code:06d}",
            lines[entry].member_id if entry in lines else None,
            lines[entry].person_id if entry in lines else None,
            PrizeState.WON,
            place,
            now + timedelta(days=one.prize.claim_days),
        )
        for place, (entry, code) in enumerate(zip(result.winners, codes, strict=True), 1)
    ]
    await work.quiz_standings.add_winners(winners)
    notices = [telling.won(drawn, winner) for winner in winners]
    await work.outbox.add(*(notice for notice in notices if notice is not None))


async def _end(work: Work, attempt_ids: Sequence[str], now: datetime) -> int:
    """End those of the attempts whose time is really over, with what was answered; how many."""
    attempts = await work.quiz_attempts.lock_all(attempt_ids)
    running = [one for one in attempts.values() if one.is_running]
    if not running:
        return 0
    since = min(one.started_at for one in running)
    down = [(span.began_at, span.ended_at) for span in await work.workers.list_down(since, now)]
    ended: list[Attempt] = []
    for one in running:
        until = now if one.deadline is None else extended(one.deadline, one.started_at, down)
        if until <= now:
            ended.append(replace(one, state=AttemptState.TIMED_OUT, finished_at=until))
    await work.quiz_attempts.save_all(ended)
    return len(ended)
