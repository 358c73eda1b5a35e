"""What all the staff's verbs on events share: reach, lock, audit, commit."""

from __future__ import annotations

from typing import Any

from domain.clock import Clock
from domain.events import Event, EventState
from domain.refusal import Refusal
from domain.sign_ups import Receipt, Seat
from domain.staff import Actor, Permission
from services.events.line import Line
from storage.database import Database
from storage.work import Work

NOTE_LIMIT = 200


class Desk:
    """An event out of reach is refused like one that is not there."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock

    async def _lock(self, work: Work, actor: Actor, event_id: str) -> Event:
        return reached(actor, await work.events.lock(event_id))

    async def _line(
        self, work: Work, actor: Actor, event_id: str, *, drafts: bool = False
    ) -> Line:
        event = await self._lock(work, actor, event_id)
        if event.state is EventState.DRAFT and not drafts:
            raise Refusal("events.not_now")
        return await Line.of(work, event, self._clock.now())

    async def _seat(self, work: Work, actor: Actor, seat_id: str) -> tuple[Line, Seat]:
        """The claim and its line, read again under the lock."""
        found = await work.seats.find(seat_id)
        if found is None:
            raise Refusal("events.not_found")
        line = await self._line(work, actor, found.event_id)
        seat = await work.seats.find(seat_id)
        assert seat is not None
        return line, seat

    async def _seat_done(
        self, work: Work, actor: Actor, line: Line, seat: Seat, verb: str
    ) -> Receipt:
        found = await line.receipt(seat)
        await self._done(work, actor, line, verb, seat=seat.id)
        return found

    async def _done(self, work: Work, actor: Actor, line: Line, verb: str, **detail: Any) -> Event:
        await line.flush()
        await self._audit(work, actor, verb, line.event, **detail)
        await work.commit()
        return line.event

    async def _audit(
        self, work: Work, actor: Actor, verb: str, event: Event, **detail: Any
    ) -> None:
        await work.audit.add(self._clock.now(), actor.staff_id, verb, event.id, detail)


def reached(actor: Actor, event: Event | None) -> Event:
    """The event, if it is there and the actor may work on it. Refuses with `events.not_found`."""
    if event is None or not actor.may(Permission.EVENTS_WRITE, event.unit_path):
        raise Refusal("events.not_found")
    return event


def check_no_draw(event: Event) -> None:
    """Refuses with `events.draw_running` between fixing the list of a draw and making it."""
    if event.is_drawn and event.entries_hash is not None:
        raise Refusal("events.draw_running")


def checked_note(text: str) -> str:
    """A reason as it is kept. Refuses with `events.note_needed` or `events.note_long`."""
    text = " ".join(text.split())
    if not text:
        raise Refusal("events.note_needed")
    if len(text) > NOTE_LIMIT:
        raise Refusal("events.note_long", limit=NOTE_LIMIT)
    return text
