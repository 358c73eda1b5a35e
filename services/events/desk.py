"""What staff do with events. Each act is written to the audit with its effect."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.draw import new_seed, seed_hash
from domain.events import (
    Event,
    EventState,
    Mode,
    check_plan,
    must_move_event,
    shifted,
)
from domain.refusal import Refusal
from domain.seats import HOLDING, OPEN, Reason, State
from domain.staff import Actor, Permission
from services.events import edits, telling
from services.events.common import Desk, check_no_draw, checked_note, reached

MOST_IN_SERIES = 52
# These are made with the event or kept by the program; nobody types them.
_OURS: dict[str, Any] = {
    "id": "",
    "state": EventState.DRAFT,
    "series_id": None,
    "last_rank": 0,
    "owes_fill": False,
    "seed": None,
    "seed_hash": None,
    "entries_hash": None,
    "drawn_at": None,
    "draw_record": None,
    "asked_feedback_at": None,
}


class EventDesk(Desk):
    """Drafts, publishing, changing, calling off, closing."""

    async def create(self, actor: Actor, plan: Event) -> Event:
        """A draft of an event; ids, seed and counters of `plan` are made anew.

        Refuses with `events.plan_...` what could not be held as it is written.
        """
        actor.must(Permission.EVENTS_WRITE, plan.unit_path)
        event = self._new(actor, plan)
        async with self._open_work() as work:
            await work.events.add(event)
            await self._audit(work, actor, "event.create", event)
            await work.commit()
        return event

    async def clone(self, actor: Actor, event_id: str, by: timedelta) -> Event:
        """The same event as a draft at another time, without its people."""
        return await self.create(actor, shifted(await self.get(actor, event_id), by))

    async def repeat(
        self, actor: Actor, event_id: str, every: timedelta, count: int
    ) -> Sequence[Event]:
        """A series: `count` more drafts, each `every` later. Refuses with `events.plan_series`."""
        if not 1 <= count <= MOST_IN_SERIES or every < timedelta(hours=1):
            raise Refusal("events.plan_series", most=MOST_IN_SERIES)
        async with self._open_work() as work:
            first = await self._lock(work, actor, event_id)
            series = first.series_id or first.id
            await work.events.save(replace(first, series_id=series))
            made = [
                replace(self._new(actor, shifted(first, every * number)), series_id=series)
                for number in range(1, count + 1)
            ]
            for event in made:
                await work.events.add(event)
            await self._audit(work, actor, "event.repeat", first, count=count)
            await work.commit()
        return made

    async def publish(self, actor: Actor, event_id: str) -> Event:
        """Let members see it, or go on after holding. A draw's seed is promised from here on."""
        return await self._move(actor, event_id, EventState.PUBLISHED, "")

    async def hold(self, actor: Actor, event_id: str, note: str) -> Event:
        """Take nobody for the moment; `note` tells members why. Seats stay as they are."""
        note = checked_note(note) if note.strip() else ""
        return await self._move(actor, event_id, EventState.HELD, note)

    async def finish(self, actor: Actor, event_id: str) -> Event:
        """Close the attendance list: whoever has a seat and was not there was absent.

        Refuses with `events.not_over` before the start of its last session.
        """
        async with self._open_work() as work:
            line = await self._line(work, actor, event_id)
            if self._clock.now() < line.event.last_start:
                raise Refusal("events.not_over")
            must_move_event(line.event.state, EventState.CLOSED)
            for seat in await work.seats.in_states(event_id, [State.CONFIRMED]):
                line.put(seat, State.NO_SHOW, Reason.ABSENT, actor.staff_id)
            line.event = replace(line.event, state=EventState.CLOSED, owes_fill=False)
            return await self._done(work, actor, line, "event.finish")

    async def cancel_event(self, actor: Actor, event_id: str, note: str) -> Event:
        """Call it off; exactly those who have, want or are offered a seat are told, and why."""
        note = checked_note(note)
        async with self._open_work() as work:
            line = await self._line(work, actor, event_id, drafts=True)
            must_move_event(line.event.state, EventState.CANCELLED)
            for seat in await work.seats.in_states(event_id, OPEN):
                gone = line.put(seat, State.CANCELLED, Reason.EVENT_CANCELLED, actor.staff_id)
                starts = line.event.starts(seat.session) if seat.state in HOLDING else None
                line.tell(
                    telling.CANCELLED, gone, "event", needed_by=starts, details={"note": note}
                )
            line.event = replace(
                line.event, state=EventState.CANCELLED, note=note, owes_fill=False
            )
            return await self._done(work, actor, line, "event.cancel")

    async def change(self, actor: Actor, event_id: str, **fields: Any) -> Event:
        """Change what staff decide about an event.

        A new time or place is told to those who have or are offered a seat there. More seats go
        to the line. Refuses with `events.capacity_held` to take away seats that people have, with
        `events.session_held` to take away a session that people signed up for, and with
        `events.draw_running` to touch a draw whose list is fixed.
        """
        if unknown := set(fields) & {*_OURS, "created_at", "created_by", "code_salt", "note"}:
            raise ValueError(f"not for staff to change: {sorted(unknown)}")
        async with self._open_work() as work:
            line = await self._line(work, actor, event_id, drafts=True)
            before, after = line.event, _with_seed(replace(line.event, **fields))
            actor.must(Permission.EVENTS_WRITE, after.unit_path)
            check_plan(after)
            _check_change(before, after, line.room.held)
            line.event = after
            if fields.keys() & {"quotas", "sessions"}:
                await edits.check_sessions(work, before, after)
                await edits.mark_anew(work, line, before)
                await line.flush()
            line.room = await work.seats.room(event_id, after.capacity, after.all_quotas())
            await edits.tell_change(work, line, before)
            await line.refill()
            return await self._done(work, actor, line, "event.change", what=sorted(fields))

    async def list_mine(self, actor: Actor) -> Sequence[tuple[Event, Mapping[State, int]]]:
        """The events within reach, the latest first, with the seats in each state."""
        async with self._open_read() as work:
            found = await work.events.list_within(actor.reach(Permission.EVENTS_WRITE))
            counts = await work.seats.counts([event.id for event in found])
        return [(event, counts.get(event.id, {})) for event in found]

    async def get(self, actor: Actor, event_id: str) -> Event:
        async with self._open_read() as work:
            return reached(actor, await work.events.find(event_id))

    def _new(self, actor: Actor, plan: Event) -> Event:
        seed = new_seed() if plan.mode is Mode.DRAW else None
        ours: dict[str, Any] = {
            **_OURS,
            "id": secrets.token_urlsafe(9),
            "created_by": actor.staff_id,
            "created_at": self._clock.now(),
            "code_salt": secrets.token_hex(8),
            "seed": seed,
            "seed_hash": seed_hash(seed) if seed else None,
            "note": "",
        }
        event = replace(plan, **ours)
        check_plan(event)
        return event

    async def _move(self, actor: Actor, event_id: str, after: EventState, note: str) -> Event:
        async with self._open_work() as work:
            line = await self._line(work, actor, event_id, drafts=True)
            must_move_event(line.event.state, after)
            if after is EventState.PUBLISHED and line.event.ends_at <= line.now:
                raise Refusal("events.is_over")
            line.event = replace(line.event, state=after, note=note)
            await line.refill()
            return await self._done(work, actor, line, f"event.{after.value}")


def _with_seed(event: Event) -> Event:
    """A draft that became a draw promises its seed too."""
    if event.mode is not Mode.DRAW or event.seed is not None:
        return event
    seed = new_seed()
    return replace(event, seed=seed, seed_hash=seed_hash(seed))


def _check_change(before: Event, after: Event, held: int) -> None:
    if after.capacity < min(held, before.capacity):
        raise Refusal("events.capacity_held", held=held)
    check_no_draw(before)
    if before.state is not EventState.DRAFT and after.mode is not before.mode:
        raise Refusal("events.mode_fixed")
