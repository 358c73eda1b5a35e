"""What happens to events by the clock: offers lapse, mornings come, draws are made, reminders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.clock import Clock
from domain.draw import Entry, Share, draw, entries_hash, fixed, fixed_at, listed, record
from domain.events import (
    DRAW_AFTER,
    FEEDBACK_AFTER,
    REMIND_BEFORE,
    REMIND_UNTIL,
    Event,
    EventState,
)
from domain.seats import Reason, Room, State
from domain.sign_ups import Seat, entry_id
from services.events import telling
from services.events.line import CLOCK, Line
from storage.database import Database
from storage.work import Work

# RELIABILITY 8: sign-ups are kept for twelve months after the event.
KEPT = timedelta(days=365)
# After a week nobody remembers well enough.
_FEEDBACK_UNTIL = timedelta(days=7)


class EventClock:
    """Every verb looks for what is due and may be called at any time, by several processes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock

    async def expire_due(self) -> int:
        """Let offers lapse whose time is over, and ask the next; the number that lapsed."""
        now = self._clock.now()
        async with self._open_read() as work:
            due = await work.seats.lapsed_offers(now)
        return sum([await self._expire(event_id, now) for event_id in sorted(due)])

    async def fill_due(self) -> int:
        """Let lines move that rested over night, or whose sign-up has closed; the number."""
        now = self._clock.now()
        async with self._open_read() as work:
            due = await work.events.ids_that_owe(now)
        for event_id in sorted(due):
            async with self._open_work() as work:
                line = await Line.open(work, event_id, now)
                await line.refill()
                await line.flush()
                await work.commit()
        return len(due)

    async def draw_due(self) -> int:
        """Fix the lists of draws whose sign-up has closed; ten minutes later draw.

        In between the list's hash can be seen by everybody. The number of draws made.
        """
        now = self._clock.now()
        async with self._open_read() as work:
            due = await work.events.ids_to_draw(now)
        return sum([await self._draw(event_id, now) for event_id in sorted(due)])

    async def remind_due(self) -> int:
        """Remind those who have a seat, a day and two hours before; the number of reminders.

        What is so late that it would come in the last quarter of an hour is left out, and logged.
        """
        now = self._clock.now()
        async with self._open_read() as work:
            due = await work.events.list_starting(now, now + max(REMIND_BEFORE))
        return sum([await self._remind(event.id, now) for event in due])

    async def ask_feedback_due(self) -> int:
        """Ask those who were there how it was, two hours after the end; the number of events."""
        now = self._clock.now()
        async with self._open_read() as work:
            due = await work.events.list_over(now - FEEDBACK_AFTER, now - _FEEDBACK_UNTIL)
        asked = 0
        for event in due:
            async with self._open_work() as work:
                line = await Line.open(work, event.id, now)
                guests = await work.seats.in_states(event.id, [State.ATTENDED])
                # Attendance may be brought in from paper later: asked is who is known by then.
                if guests and line.event.asked_feedback_at is None:
                    for seat in guests:
                        until = event.ends_at + _FEEDBACK_UNTIL
                        line.tell(telling.FEEDBACK, seat, "once", expires_at=until)
                    line.event = replace(line.event, asked_feedback_at=now)
                    asked += 1
                await line.flush()
                await work.commit()
        return asked

    async def purge(self) -> int:
        """Forget a year after an event who was there; that so many were stays.

        The number of rows touched.
        """
        async with self._open_work() as work:
            count = await work.past_events.forget_before(self._clock.now() - KEPT)
            await work.commit()
        return count

    async def _expire(self, event_id: str, now: datetime) -> int:
        async with self._open_work() as work:
            line = await Line.open(work, event_id, now)
            offered = await work.seats.in_states(event_id, [State.OFFERED])
            lapsed = [one for one in offered if one.offered_until and one.offered_until <= now]
            for seat in lapsed:
                gone = line.put(seat, State.EXPIRED, Reason.NO_ANSWER, CLOCK)
                line.tell(telling.LAPSED, gone)
            await line.refill()
            await line.flush()
            await work.commit()
        return len(lapsed)

    async def _draw(self, event_id: str, now: datetime) -> int:
        async with self._open_work() as work:
            line = await Line.open(work, event_id, now)
            event = line.event
            if event.state is not EventState.PUBLISHED or not event.is_drawn:
                return 0
            applied = await work.seats.in_states(event_id, [State.APPLIED])
            if event.entries_hash is None:
                await _fix(work, line, applied)
                made = 0
            elif now >= _seen_since(event) + DRAW_AFTER:
                await _make(work, line, applied)
                made = 1
            else:
                return 0
            await line.flush()
            await work.commit()
        return made

    async def _remind(self, event_id: str, now: datetime) -> int:
        count = 0
        async with self._open_work() as work:
            line = await Line.open(work, event_id, now)
            for seat in await work.seats.to_remind(event_id, _due(line.event, now)):
                count += _remind(line, seat, now)
            await line.flush()
            await work.commit()
        return count


def _due(event: Event, now: datetime) -> int:
    """How many of the reminders are due for the session that starts first."""
    starts = [event.starts_at, *(one.starts_at for one in event.sessions)]
    coming = [moment - now for moment in starts if moment > now]
    return max((sum(left <= before for before in REMIND_BEFORE) for left in coming), default=0)


async def _fix(work: Work, line: Line, applied: Sequence[Seat]) -> None:
    """Count everybody's lots and fix the list. What happens afterwards changes no chance."""
    event = line.event
    members = {seat.member_id for seat in applied if seat.member_id is not None}
    known = await work.seats.facts(members, line.now, with_history=True)
    entries = []
    for seat in applied:
        lots = event.weights.base
        if seat.member_id is not None:
            _, facts = known[seat.member_id]
            lots = event.weights.of(
                attended=facts.attended,
                missed=facts.missed,
                lost_draws=facts.lost_draws,
                occupation=facts.occupation,
            )
        line.keep(replace(seat, weight=lots))
        entries.append(Entry(entry_id(seat.id), lots, seat.party, tuple(sorted(seat.marks))))
    line.event = replace(
        event,
        entries_hash=entries_hash(entries),
        draw_record=listed(event.id, entries, line.room.free, _shares(line.room), line.now),
    )


def _seen_since(event: Event) -> datetime:
    """Since when everybody can see the hash of the list; it may have been fixed late."""
    assert event.draw_record is not None
    return max(event.closes_at, fixed_at(event.draw_record) or event.closes_at)


async def _make(work: Work, line: Line, applied: Sequence[Seat]) -> None:
    """Draw from the fixed list, seat the winners, and put all others in line behind them."""
    event = line.event
    assert event.seed is not None and event.draw_record is not None
    entries, capacity, shares = fixed(event.draw_record)
    result = draw(event.seed, entries, capacity, shares)
    by_entry = {entry_id(seat.id): seat for seat in applied}
    for number in result.winners:
        # Somebody may have given up since the list was fixed: the seat goes to the line.
        if number in by_entry:
            won = line.put(by_entry[number], State.CONFIRMED, Reason.DRAWN, CLOCK)
            line.tell(telling.DRAWN, won, "once")
    rank = event.last_rank
    place = 0
    for number in result.waiting:
        if number in by_entry:
            rank, place = rank + 1, place + 1
            seat = line.put(by_entry[number], State.WAITING, Reason.NOT_DRAWN, CLOCK, rank=rank)
            line.tell(telling.NOT_DRAWN, seat, "once", details={"place_in_line": place})
    line.event = replace(
        event,
        last_rank=rank,
        drawn_at=line.now,
        draw_record=record(event.id, event.seed, entries, capacity, shares, result),
    )
    await line.refill()


def _shares(room: Room) -> list[Share]:
    """The quotas, without the seats that staff gave by hand before the draw."""
    return [
        Share(quota.key, quota.kind.value, max(0, quota.seats - room.held_by.get(quota.key, 0)))
        for quota in room.quotas
    ]


def _remind(line: Line, seat: Seat, now: datetime) -> int:
    """The reminder that is due, if any. Only the later of two that are overdue is sent."""
    event = line.event
    left = event.starts(seat.session) - now
    due = sum(left <= before for before in REMIND_BEFORE)
    if due <= seat.reminded or left <= timedelta(0):
        return 0
    line.keep(replace(seat, reminded=due))
    if left <= REMIND_UNTIL:
        line.note(seat, "reminder_too_late", CLOCK)
        return 0
    if seat.changed_at >= event.starts(seat.session) - REMIND_BEFORE[due - 1]:
        # They signed up, or were seated, after it was due: they know.
        return 0
    kind = telling.REMIND_DAY if due == 1 else telling.REMIND_HOURS
    line.say(telling.reminder(kind, event, seat, now))
    return 1
