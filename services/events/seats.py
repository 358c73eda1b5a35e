"""What staff do with single seats: promote, release, move, add, write to them, ask why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from domain.events import Event, EventState, Facts, check_party, check_session
from domain.refusal import Refusal
from domain.seats import Reason, State
from domain.sign_ups import LogRow, Receipt, Seat, Source, Wish
from domain.staff import Actor, Permission
from services.events import telling
from services.events.common import Desk, check_no_draw, checked_note, reached

MESSAGE_LIMIT = 1000
_NOBODY = Facts()
_MOMENT = timedelta(seconds=1)


class SeatDesk(Desk):
    """Each act has its reason in the log and its row in the audit."""

    async def promote(self, actor: Actor, seat_id: str, note: str) -> Receipt:
        """Give somebody in line a free seat now, out of turn, with the reason.

        Until the cut-off, also on the last day. Refuses with `events.full`, `events.past_cut_off`.
        """
        note = checked_note(note)
        async with self._open_work() as work:
            line, seat = await self._seat(work, actor, seat_id)
            # Who gave up since the page was opened has not changed their mind.
            if line.event.state is not EventState.PUBLISHED or seat.state is not State.WAITING:
                raise Refusal("events.not_now")
            starts = line.event.starts(seat.session)
            if line.now >= starts - line.event.cut_off_before:
                raise Refusal("events.past_cut_off")
            if line.room.block(seat.party, seat.marks) is not None:
                raise Refusal("events.full")
            seat = line.put(seat, State.CONFIRMED, Reason.PROMOTED_BY_STAFF, actor.staff_id, note)
            line.tell(telling.SEATED, seat)
            return await self._seat_done(work, actor, line, seat, "event.promote")

    async def release(self, actor: Actor, seat_id: str, note: str) -> Receipt:
        """Take a claim back, with a reason that its holder reads; the seat moves on."""
        note = checked_note(note)
        async with self._open_work() as work:
            line, seat = await self._seat(work, actor, seat_id)
            starts = line.event.starts(seat.session) if seat.state is State.CONFIRMED else None
            seat = line.put(seat, State.RELEASED, Reason.RELEASED_BY_STAFF, actor.staff_id, note)
            line.tell(telling.RELEASED, seat, needed_by=starts, details={"note": note})
            await line.refill()
            return await self._seat_done(work, actor, line, seat, "event.release")

    async def move(self, actor: Actor, seat_id: str, session: str, note: str) -> Receipt:
        """Move a seat to another session with room. Refuses with `events.full`."""
        note = checked_note(note)
        async with self._open_work() as work:
            line, seat = await self._seat(work, actor, seat_id)
            check_session(line.event, session, line.now)
            check_no_draw(line.event)
            if seat.state not in {State.CONFIRMED, State.WAITING} or seat.session == session:
                raise Refusal("events.not_now")
            moved = _in_session(seat, line.event, session)
            if seat.state is State.CONFIRMED:
                without = line.room.taking(-seat.party, seat.marks)
                if without.block(moved.party, moved.marks) is not None:
                    raise Refusal("events.full")
                line.room = without.taking(moved.party, moved.marks)
            line.keep(moved)
            line.note(moved, Reason.MOVED_BY_STAFF.value, actor.staff_id, note)
            # Each time: they may have been moved away from this session and back.
            fact = f"{line.now.timestamp():.3f}"
            needed = min(line.event.starts(seat.session), line.event.starts(session))
            line.tell(telling.CHANGED, moved, fact, needed_by=needed)
            await line.refill()
            return await self._seat_done(work, actor, line, moved, "event.move")

    async def add_manually(
        self,
        actor: Actor,
        event_id: str,
        answers: Mapping[str, str],
        *,
        party: int = 1,
        session: str | None = None,
        source: Source = Source.COUNTER,
        note: str = "",
        beyond: bool = False,
        facts: Facts = _NOBODY,
    ) -> Receipt:
        """Seat somebody who came to the counter or called; they need no Telegram.

        `facts` are what they say of themselves: they decide which quotas the seat counts for.
        `beyond` seats them though all is full, with a reason: such a seat is an extra, and when it
        is given up nobody follows. Refuses with `events.full`, `events.draw_running`.
        """
        note = checked_note(note) if beyond else note
        wish = Wish(event_id, None, party, session)
        async with self._open_work() as work:
            line = await self._line(work, actor, event_id)
            event = line.event
            if event.state is EventState.CANCELLED:
                raise Refusal("events.is_cancelled", title=event.title)
            check_no_draw(event)
            check_session(event, session, min(line.now, event.starts(session) - _MOMENT))
            check_party(event, party)
            blocked = line.room.block(party, event.marks(facts, session)) is not None
            if blocked and not beyond:
                raise Refusal("events.full")
            seat = line.new_seat(wish, None, facts, source, is_extra=blocked)
            found = await line.seat_directly(
                seat, Reason.ADDED_BY_STAFF, actor.staff_id, note, answers
            )
            await self._done(work, actor, line, "event.add", seat=seat.id)
        return found

    async def tell(
        self, actor: Actor, event_id: str, states: Collection[State], text: str, key: str
    ) -> int:
        """Write to those whose claims are in these states; the number of notices.

        The same `key` tells it once. Refuses with `events.message_length`.
        """
        text = text.strip()
        if not 1 <= len(text) <= MESSAGE_LIMIT:
            raise Refusal("events.message_length", limit=MESSAGE_LIMIT)
        async with self._open_work() as work:
            line = await self._line(work, actor, event_id)
            actor.must(Permission.EVENTS_NOTIFY, line.event.unit_path)
            told = await work.seats.in_states(event_id, states)
            for seat in told:
                line.tell(telling.MESSAGE, seat, key, details={"text": text})
            await self._done(work, actor, line, "event.tell", count=len(told))
        return sum(seat.member_id is not None for seat in told)

    async def why(
        self, actor: Actor, event_id: str, seat_id: str | None = None
    ) -> Sequence[LogRow]:
        """Every change of an event's seats, or of one, and why others were passed over."""
        async with self._open_read() as work:
            reached(actor, await work.events.find(event_id))
            return await work.seats.history_of(event_id, seat_id)


def _in_session(seat: Seat, event: Event, session: str) -> Seat:
    """The claim with the mark of another session."""
    of_sessions = event.marks(_NOBODY, seat.session) - event.marks(_NOBODY, None)
    marks = (seat.marks - of_sessions) | event.marks(_NOBODY, session)
    return replace(seat, session=session, marks=marks, reminded=0, is_coming=None)
