"""Who is there: check-in by code, by list, from paper, from a device that had no network."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from domain.events import EventState
from domain.refusal import Refusal
from domain.seats import Reason, State
from domain.sign_ups import CheckIn, Receipt, Seat
from domain.staff import Actor
from services.events.common import Desk
from services.events.line import Line
from storage.work import Work

MOST_AT_ONCE = 2000
# A device whose clock is wrong must not be right for ever.
_AHEAD = timedelta(minutes=5)
_TICK = timedelta(milliseconds=1)
_PRESENT = {State.CONFIRMED: True, State.NO_SHOW: True, State.ATTENDED: False}


class EventDoor(Desk):
    """Every tick has a key that its device made: brought in twice it counts once."""

    async def check_in(self, actor: Actor, event_id: str, code: str, key: str = "") -> Receipt:
        """Somebody shows a QR code (the claim's id) or says the six digits.

        Refuses with `events.code_unknown`, and with `events.no_seat` whoever has no seat. Twice is
        no fault: the receipt says that they are in.
        """
        async with self._open_work() as work:
            line = await self._line(work, actor, event_id)
            seat = await _by_code(work, event_id, code)
            tick = await _tick_now(work, line, seat, key, is_in=True)
            seat = await _apply(work, line, seat, tick, actor.staff_id)
            return await self._seat_done(work, actor, line, seat, "event.check_in")

    async def undo_check_in(self, actor: Actor, seat_id: str, key: str = "") -> Receipt:
        """Ticked by mistake: the seat is theirs, and they are not in."""
        async with self._open_work() as work:
            line, seat = await self._seat(work, actor, seat_id)
            tick = await _tick_now(work, line, seat, key, is_in=False)
            seat = await _apply(work, line, seat, tick, actor.staff_id)
            return await self._seat_done(work, actor, line, seat, "event.check_in_undone")

    async def sync(
        self, actor: Actor, event_id: str, ticks: Sequence[CheckIn]
    ) -> Mapping[str, str]:
        """Bring in ticks from a device or from paper; what became of each, by key.

        `kept`, or the code of the refusal. Of several ticks of one claim the latest counts, in
        whatever order they arrive. Refuses with `events.too_many_ticks`.
        """
        if len(ticks) > MOST_AT_ONCE:
            raise Refusal("events.too_many_ticks", most=MOST_AT_ONCE)
        became: dict[str, str] = {}
        async with self._open_work() as work:
            line = await self._line(work, actor, event_id)
            for tick in ticks:
                became[tick.key] = await self._take(work, line, tick, actor.staff_id)
            await self._done(work, actor, line, "event.sync", count=len(ticks))
        return became

    async def _take(self, work: Work, line: Line, tick: CheckIn, by: str) -> str:
        seat = await work.seats.find(tick.seat_id)
        if seat is None or seat.event_id != line.event.id:
            return "events.code_unknown"
        tick = replace(tick, at=min(tick.at, line.now + _AHEAD))
        try:
            await _apply(work, line, seat, tick, by)
        except Refusal as refusal:
            return refusal.code
        # The next tick of the same list may be of the same claim.
        await line.flush()
        return "kept"


async def _tick_now(work: Work, line: Line, seat: Seat, key: str, *, is_in: bool) -> CheckIn:
    """A tick of this moment: later than all before, also those of a device that runs ahead."""
    latest = (await work.check_ins.latest([seat.id])).get(seat.id)
    at = line.now if latest is None else max(line.now, latest.at + _TICK)
    return CheckIn(key or secrets.token_urlsafe(12), seat.id, is_in, at)


async def _apply(work: Work, line: Line, seat: Seat, tick: CheckIn, by: str) -> Seat:
    """Keep the tick and let the latest one of this claim decide."""
    if line.event.state is EventState.CANCELLED:
        raise Refusal("events.is_cancelled", title=line.event.title)
    if seat.state not in _PRESENT:
        raise Refusal("events.no_seat")
    await work.check_ins.keep(line.event.id, tick, by)
    latest = (await work.check_ins.latest([seat.id])).get(seat.id)
    if latest is None:
        # The key is that of a tick of somebody else: no list of ours makes such a one.
        raise Refusal("events.code_unknown")
    if latest.is_in == (seat.state is State.ATTENDED):
        return seat
    if latest.is_in:
        return line.put(seat, State.ATTENDED, Reason.CHECKED_IN, by, checked_in_at=latest.at)
    return line.put(seat, State.CONFIRMED, Reason.CHECK_IN_UNDONE, by, checked_in_at=None)


async def _by_code(work: Work, event_id: str, code: str) -> Seat:
    code = "".join(code.split())
    is_short = len(code) == 6 and code.isascii() and code.isdecimal()
    seat = await (work.seats.by_code(event_id, code) if is_short else work.seats.find(code))
    if seat is None or seat.event_id != event_id:
        raise Refusal("events.code_unknown")
    return seat
