"""One event's seats within one unit of work: what is decided, and then written, together."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.events import (
    Event,
    EventState,
    Facts,
    check_eligible,
    check_open,
    check_party,
    check_session,
)
from domain.outbox import Notice
from domain.refusal import Refusal
from domain.seats import (
    HOLDING,
    Block,
    Filled,
    How,
    Reason,
    Room,
    State,
    Turn,
    fill,
    is_overtaking,
    must_move,
    turn,
)
from domain.sign_ups import (
    LogRow,
    Receipt,
    Seat,
    Source,
    Wish,
    block_note,
    own_claim,
    receipt_of,
    short_code,
)
from services.events import telling
from storage.work import Work

MEMBER, CLOCK, NEXT = "member", "clock", "line"


class Line:
    """An event whose lock is held. Changes are collected; `flush` writes them all."""

    def __init__(self, work: Work, event: Event, room: Room, now: datetime) -> None:
        self.event = event
        self.room = room
        self.now = now
        self._work = work
        self._stored = event
        self._added: dict[str, tuple[Seat, Mapping[str, str]]] = {}
        self._changed: dict[str, Seat] = {}
        self._answers: dict[str, Mapping[str, str]] = {}
        self._log: list[LogRow] = []
        self._notices: list[Notice] = []
        self._line: list[Seat] | None = None
        # How many wait, once it was counted, and the places that were given out since.
        self._waiting: int | None = None
        self._places: dict[str, int] = {}

    @classmethod
    async def open(cls, work: Work, event_id: str, now: datetime) -> Line:
        """Lock the event and count. Refuses with `events.not_found`."""
        event = await work.events.lock(event_id)
        if event is None or event.state is EventState.DRAFT:
            raise Refusal("events.not_found")
        return await cls.of(work, event, now)

    @classmethod
    async def of(cls, work: Work, event: Event, now: datetime) -> Line:
        """The line of an event that is locked already."""
        # The lock is taken before counting: two members may press the button in the same moment.
        room = await work.seats.room(event.id, event.capacity, event.all_quotas())
        return cls(work, event, room, now)

    async def join(
        self, wish: Wish, person_id: str | None, facts: Facts, mine: Sequence[Seat]
    ) -> Receipt:
        """Sign somebody up. `mine` are the claims that they have here already.

        Whoever has one that is open gets its receipt: pressing twice changes nothing.
        """
        known = own_claim(wish, mine)
        if known is not None and not known.is_gone:
            return await self.receipt(self._current(known))
        event = self.event
        check_open(event, self.now)
        check_session(event, wish.session, self.now)
        check_party(event, wish.party)
        check_eligible(event, facts)
        marks = event.marks(facts, wish.session)
        team = await self._team(wish)
        after, reason = await self._first_state(wish, marks)
        for other in mine:
            if other.member_id != wish.member_id:
                # Given up under another account: the person's claim is this one now.
                self._keep(replace(other, person_id=None))
        seat = self._made(wish, person_id, marks, team, known)
        await self._enter(seat, after, reason, MEMBER, wish.answers, is_new=known is None)
        return await self.receipt(self._current(seat))

    async def seat_directly(
        self, seat: Seat, reason: Reason, by: str, note: str, answers: Mapping[str, str]
    ) -> Receipt:
        """A seat that staff give, within the capacity or beyond it."""
        await self._enter(seat, State.CONFIRMED, reason, by, answers, is_new=True, note=note)
        return await self.receipt(self._current(seat))

    def new_seat(
        self,
        wish: Wish,
        person_id: str | None,
        facts: Facts,
        source: Source,
        *,
        is_extra: bool = False,
    ) -> Seat:
        """A claim that is in no state yet, with the next rank."""
        marks = self.event.marks(facts, wish.session)
        seat = self._made(wish, person_id, marks, None, None)
        return replace(seat, source=source, is_extra=is_extra)

    def put(
        self, seat: Seat, after: State, reason: Reason, by: str, note: str = "", **fields: Any
    ) -> Seat:
        """Move a claim by the table of moves, and log why."""
        must_move(seat.state, after)
        self._count(seat, -1)
        moved = replace(
            seat,
            state=after,
            reason=reason.value,
            changed_at=self.now,
            **{"offered_until": None, **fields},
        )
        self._count(moved, +1)
        self._keep(moved)
        self._note(seat, after, reason.value, by, note)
        return moved

    def tell(self, kind: str, seat: Seat, fact: str = "", **more: Any) -> None:
        """Tell the holder, once for each fact; the time of the change is the usual one."""
        fact = fact or f"{seat.changed_at.timestamp():.3f}"
        found = telling.notice(kind, self.event, seat, self.now, fact, **more)
        if found is not None:
            self._notices.append(found)

    def say(self, notice: Notice | None) -> None:
        if notice is not None:
            self._notices.append(notice)

    def keep(self, seat: Seat) -> None:
        """Write a claim whose state did not change."""
        self._keep(seat)

    def note(self, seat: Seat, reason: str, by: str, note: str = "") -> None:
        """Log why something did not change."""
        self._note(seat, seat.state, reason, by, note)

    async def refill(self) -> None:
        """Let the line move into what is free, as far as the hour allows.

        Whoever is passed over has the reason in the log.
        """
        event = self.event
        if event.state is not EventState.PUBLISHED or event.is_drawn:
            return
        owes = False
        if self.room.free and (line := await self._waiting_line()):
            turns = {seat.session: self._turn(seat.session) for seat in line}
            moving = [seat for seat in line if turns[seat.session].how is not How.REST]
            self._fill(moving, turns)
            owes = self._rest([seat for seat in line if seat not in moving], turns)
        self.event = replace(self.event, owes_fill=owes)

    async def receipt(self, seat: Seat) -> Receipt:
        """How the claim stands, with its place in line."""
        place = None
        if seat.state is State.WAITING:
            place = self._places.get(seat.id)
        if seat.state is State.WAITING and place is None:
            await self._flush_seats()
            place = await self._work.seats.waiting_before(self.event.id, seat.rank) + 1
        return receipt_of(seat, place)

    async def flush(self) -> None:
        """Write everything that was decided. The caller commits."""
        await self._flush_seats()
        await self._work.seats.log(self._log)
        # In one order everywhere: two transactions must not wait for each other's rows.
        await self._work.outbox.add(*sorted(self._notices, key=lambda one: one.chat))
        self._log, self._notices = [], []
        if self.event != self._stored:
            await self._work.events.save(self.event)
            self._stored = self.event

    async def _first_state(self, wish: Wish, marks: frozenset[str]) -> tuple[State, Reason]:
        """What a newcomer gets. Nobody overtakes somebody who waits for the same seat."""
        if self.event.is_drawn:
            return State.APPLIED, Reason.IN_DRAW
        if self.room.block(wish.party, marks) is not None:
            return State.WAITING, Reason.IN_LINE
        # Who waits for a session that takes nobody any more keeps no seat of another one free.
        line = [
            seat.in_line()
            for seat in await self._waiting_line()
            if seat.session == wish.session
            or self._turn(seat.session).reason is not Reason.PAST_CUT_OFF
        ]
        if is_overtaking(self.room, line):
            return State.WAITING, Reason.IN_LINE
        return State.CONFIRMED, Reason.SIGNED_UP

    async def _enter(
        self,
        seat: Seat,
        after: State,
        reason: Reason,
        by: str,
        answers: Mapping[str, str],
        *,
        is_new: bool,
        note: str = "",
    ) -> None:
        waiting = await self._count_waiting() if after is State.WAITING else 0
        if is_new:
            entered = replace(seat, state=after, reason=reason.value)
            self._count(entered, +1)
            self._added[seat.id] = (entered, answers)
            self._note(None, after, reason.value, by, note, seat_id=seat.id)
        else:
            entered = self.put(seat, after, reason, by, note)
            self._answers[seat.id] = answers
        if after is State.WAITING:
            # The newest rank is the last in line: no need to count for each newcomer.
            self._waiting = waiting + 1
            self._places[seat.id] = self._waiting
            if self._line is not None:
                self._line.append(entered)

    def _made(
        self,
        wish: Wish,
        person_id: str | None,
        marks: frozenset[str],
        team: str | None,
        known: Seat | None,
    ) -> Seat:
        rank = self.event.last_rank + 1
        self.event = replace(self.event, last_rank=rank)
        return Seat(
            id=known.id if known else secrets.token_urlsafe(12),
            event_id=self.event.id,
            member_id=wish.member_id,
            person_id=person_id,
            state=known.state if known else State.WAITING,
            reason=known.reason if known else "",
            rank=rank,
            party=wish.party,
            marks=marks,
            session=wish.session,
            team_id=team,
            weight=1,
            is_extra=False,
            source=Source.BOT,
            code=known.code if known else short_code(self.event.code_salt, rank),
            offered_until=None,
            joined_at=known.joined_at if known else self.now,
            changed_at=self.now,
        )

    async def _team(self, wish: Wish) -> str | None:
        event = self.event
        if not wish.team or not event.team_size:
            return None
        await self._flush_seats()
        team = await self._work.events.team(
            event.id, wish.team, secrets.token_urlsafe(9), self.now
        )
        if await self._work.seats.team_size(team) + wish.party > event.team_size:
            raise Refusal("events.team_full", team=wish.team, most=event.team_size)
        return team

    def _turn(self, session: str | None) -> Turn:
        starts = self.event.starts(session)
        return turn(self.now, starts, starts - self.event.cut_off_before)

    def _fill(self, moving: Sequence[Seat], turns: Mapping[str | None, Turn]) -> None:
        by_id = {seat.id: seat for seat in moving}
        filled = self._filled(moving)
        for one in filled.promoted:
            self._promote(by_id[one.seat_id], turns[by_id[one.seat_id].session])
        for one, block in filled.passed:
            self._pass_over(by_id[one.seat_id], block)

    def _filled(self, line: Sequence[Seat]) -> Filled:
        is_closed = self.now >= self.event.closes_at
        return fill(self.room, [seat.in_line() for seat in line], is_closed=is_closed)

    def _promote(self, seat: Seat, how: Turn) -> None:
        assert self._line is not None
        self._line = [one for one in self._line if one.id != seat.id]
        if how.how is How.SEAT:
            seated = self.put(seat, State.CONFIRMED, Reason.SEATED_AT_ONCE, NEXT)
            self.tell(telling.SEATED, seated)
            return
        offered = self.put(seat, State.OFFERED, Reason.OFFER_MADE, NEXT, offered_until=how.until)
        self.tell(
            telling.OFFER,
            offered,
            expires_at=how.until,
            details={"until": (how.until or self.now).isoformat()},
        )

    def _rest(self, resting: Sequence[Seat], turns: Mapping[str | None, Turn]) -> bool:
        """Log why those who would be next are not; True if the morning will change it."""
        filled = self._filled(resting)
        by_id = {seat.id: seat for seat in resting}
        owes = False
        for one in filled.promoted:
            seat = by_id[one.seat_id]
            reason = turns[seat.session].reason
            assert reason is not None
            owes = owes or reason is Reason.QUIET_HOURS
            self._pass_over(seat, Block(reason))
        return owes

    def _pass_over(self, seat: Seat, block: Block) -> None:
        # The same reason again and again would tell nothing new.
        if seat.reason == block_note(block.reason, block.quota)[:40]:
            return
        told = block_note(block.reason, block.quota)[:40]
        self._keep(replace(seat, reason=told))
        self._note(seat, seat.state, told, NEXT, "")

    async def _waiting_line(self) -> list[Seat]:
        if self._line is None:
            await self._flush_seats()
            self._line = list(await self._work.seats.line(self.event.id))
        return self._line

    async def _count_waiting(self) -> int:
        if self._waiting is None:
            await self._flush_seats()
            last = self.event.last_rank + 1
            self._waiting = await self._work.seats.waiting_before(self.event.id, last)
        return self._waiting

    def _current(self, seat: Seat) -> Seat:
        if seat.id in self._added:
            return self._added[seat.id][0]
        return self._changed.get(seat.id, seat)

    def _keep(self, seat: Seat) -> None:
        if seat.id in self._added:
            self._added[seat.id] = (seat, self._added[seat.id][1])
        else:
            self._changed[seat.id] = seat
        if self._line is not None:
            self._line = [seat if one.id == seat.id else one for one in self._line]

    def _count(self, seat: Seat, sign: int) -> None:
        if seat.state in HOLDING:
            self.room = self.room.taking(sign * seat.party, seat.marks)

    def _note(
        self,
        seat: Seat | None,
        after: State,
        reason: str,
        by: str,
        note: str,
        seat_id: str | None = None,
    ) -> None:
        before = seat.state.value if seat else ""
        number = seat.id if seat else seat_id
        self._log.append(
            LogRow(self.event.id, number, self.now, before, after.value, reason, by, note[:200])
        )

    async def _flush_seats(self) -> None:
        # Changes first: one may give up what a new row needs.
        await self._work.seats.change_all(list(self._changed.values()))
        await self._work.seats.add_all(list(self._added.values()))
        for seat_id, answers in self._answers.items():
            await self._work.seats.answer(seat_id, answers)
        self._added, self._changed, self._answers = {}, {}, {}
