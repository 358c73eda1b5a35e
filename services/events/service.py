"""What members do with events: look, sign up, give back, answer an offer, say how it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from domain.clock import Clock
from domain.events import (
    SHOWN,
    Event,
    EventState,
    Facts,
    RuleKind,
    check_eligible,
    check_open,
    stamp,
)
from domain.privacy import for_keeping
from domain.refusal import Refusal
from domain.seats import HOLDING, Reason, State
from domain.sign_ups import Receipt, Seat, Wish, receipt_of
from services.events.line import MEMBER, Line
from storage.database import Database
from storage.group import Group
from storage.work import Work

COMMENT_LIMIT = 500
STARS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class View:
    """An event as one member sees it. `obstacle` says why they cannot sign up now, if so."""

    event: Event
    free: int
    waiting: int
    applied: int
    mine: Receipt | None = None
    obstacle: Refusal | None = None
    is_eligible: bool = True


@dataclass(frozen=True, slots=True)
class Past:
    """An event that is over, and what became of the member's seat."""

    event: Event
    state: State
    hours: Decimal


class EventService:
    """The members' side of events. Every verb may be tried twice without a second effect."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock
        # A rush of hundreds shares transactions: the event is locked and counted once for each.
        self._signing = Group[Wish, Receipt | Refusal](database.write, self._sign_up_all)

    async def list_open(self, member_id: int) -> Sequence[View]:
        """The events to come, the next first."""
        async with self._open_read() as work:
            coming = await work.events.list_coming(self._clock.now())
            return await self._views(work, coming, member_id)

    async def get(self, event_id: str, member_id: int) -> View:
        """One event. Refuses with `events.not_found`."""
        async with self._open_read() as work:
            event = await work.events.find(event_id)
            if event is None or event.state not in {*SHOWN, EventState.CANCELLED}:
                raise Refusal("events.not_found")
            return (await self._views(work, [event], member_id))[0]

    async def sign_up(self, wish: Wish) -> Receipt:
        """A seat, a place in line, or an entry in the draw. Refuses with the rule that says no."""
        outcome = await self._signing.submit(wish)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    async def cancel(self, event_id: str, member_id: int) -> Receipt:
        """Give the seat back, leave the line or the draw; the seat moves on at once.

        Refuses a confirmed seat with `events.cancel_late` after the deadline.
        """
        return await self._leave(event_id, member_id, Reason.CANCELLED)

    async def cannot_come(self, event_id: str, member_id: int) -> Receipt:
        """The same until the start: a late word is better than an empty chair."""
        return await self._leave(event_id, member_id, Reason.CANNOT_COME)

    async def decline(self, event_id: str, member_id: int) -> Receipt:
        """Say no to an offer; the next in line is asked."""
        return await self._leave(event_id, member_id, Reason.DECLINED)

    async def accept(self, event_id: str, member_id: int) -> Receipt:
        """Take an offered seat. Refuses with `events.offer_gone` when its time is over."""
        async with self._open_work() as work:
            line = await Line.open(work, event_id, self._clock.now())
            seat = await _mine(work, event_id, member_id)
            if seat.state is State.OFFERED and _is_over(line, seat):
                line.put(seat, State.EXPIRED, Reason.NO_ANSWER, MEMBER)
                await line.refill()
                await line.flush()
                await work.commit()
                raise Refusal("events.offer_gone")
            if seat.state is State.OFFERED:
                seat = line.put(seat, State.CONFIRMED, Reason.ACCEPTED, MEMBER)
            elif seat.state is not State.CONFIRMED:
                raise Refusal("events.offer_gone")
            found = await line.receipt(seat)
            await line.flush()
            await work.commit()
        return found

    async def will_come(self, event_id: str, member_id: int) -> Receipt:
        """Keep that somebody with a seat means to come."""
        async with self._open_work() as work:
            line = await Line.open(work, event_id, self._clock.now())
            seat = await _mine(work, event_id, member_id)
            if seat.state is not State.CONFIRMED:
                raise Refusal("events.not_now")
            await work.seats.coming(seat.id)
            found = await line.receipt(seat)
            await work.commit()
        return found

    async def my_events(self, member_id: int) -> Sequence[tuple[Event, Receipt]]:
        """What the member signed up for and is not over, the next first; nothing given up."""
        now = self._clock.now()
        async with self._open_read() as work:
            all_ = await work.seats.of_member(member_id)
            claims = [one for one in all_ if not one.is_gone]
            found = await work.events.find_all({one.event_id for one in claims})
            open_ = [one for one in claims if found[one.event_id].ends_at > now]
            mine = [(found[one.event_id], await _receipt(work, one)) for one in open_]
        return sorted(mine, key=lambda pair: pair[0].starts(pair[1].session))

    async def history(self, member_id: int) -> Sequence[Past]:
        """Events that the member attended or missed, the latest first, with volunteer hours."""
        async with self._open_read() as work:
            claims = await work.seats.of_member(member_id)
            past = [one for one in claims if one.state in (State.ATTENDED, State.NO_SHOW)]
            found = await work.events.find_all({one.event_id for one in past})
        listed = [
            Past(
                found[one.event_id],
                one.state,
                found[one.event_id].hours if one.state is State.ATTENDED else Decimal(0),
            )
            for one in past
        ]
        return sorted(listed, key=lambda one: one.event.starts_at, reverse=True)

    async def rate(self, event_id: str, member_id: int, stars: int) -> None:
        """Keep how it was: 1 to 3, from somebody who was there; the last word counts."""
        if stars not in STARS:
            raise Refusal("common.button_gone")
        async with self._open_work() as work:
            seat = await _mine(work, event_id, member_id)
            if seat.state is not State.ATTENDED:
                raise Refusal("events.not_now")
            await work.seats.rate(seat.id, stars)
            await work.commit()

    async def _leave(self, event_id: str, member_id: int, reason: Reason) -> Receipt:
        now = self._clock.now()
        async with self._open_work() as work:
            line = await Line.open(work, event_id, now)
            seat = await _mine(work, event_id, member_id)
            if seat.is_gone:
                return await line.receipt(seat)
            _check_leaving(line.event, seat, reason, now)
            seat = line.put(seat, State.CANCELLED, reason, MEMBER)
            await line.refill()
            found = await line.receipt(seat)
            await line.flush()
            await work.commit()
        return found

    async def _sign_up_all(self, work: Work, batch: Sequence[Wish]) -> Sequence[Receipt | Refusal]:
        outcomes: dict[int, Receipt | Refusal] = {}
        events = await work.events.lock_all({wish.event_id for wish in batch})
        for event_id in sorted({wish.event_id for wish in batch}):
            places = [at for at, wish in enumerate(batch) if wish.event_id == event_id]
            event = events.get(event_id)
            if event is None or event.state is EventState.DRAFT:
                outcomes |= {at: Refusal("events.not_found") for at in places}
                continue
            wishes = [batch[at] for at in places]
            found = await self._sign_up_at(work, event, wishes)
            outcomes |= dict(zip(places, found, strict=True))
        return [outcomes[at] for at in range(len(batch))]

    async def _sign_up_at(
        self, work: Work, event: Event, wishes: Sequence[Wish]
    ) -> Sequence[Receipt | Refusal]:
        now = self._clock.now()
        line = await Line.of(work, event, now)
        members = {wish.member_id for wish in wishes if wish.member_id is not None}
        known = await work.seats.facts(members, now, with_history=_needs_history(event))
        people = {person for person, _ in known.values() if person is not None}
        claims = list(await work.seats.of_members(event.id, members, people))
        found: list[Receipt | Refusal] = []
        seen: dict[int, Receipt] = {}
        for wish in wishes:
            assert wish.member_id is not None
            if wish.member_id in seen:
                # The same press twice in one moment.
                found.append(seen[wish.member_id])
                continue
            person, facts = known[wish.member_id]
            mine = _claims_of(claims, wish.member_id, person)
            try:
                one = await line.join(wish, person, facts, mine)
            except Refusal as refusal:
                found.append(refusal)
            else:
                seen[wish.member_id] = one
                found.append(one)
        await line.flush()
        return found

    async def _views(self, work: Work, events: Sequence[Event], member_id: int) -> Sequence[View]:
        now = self._clock.now()
        counts = await work.seats.counts([event.id for event in events])
        with_history = any(map(_needs_history, events))
        known = await work.seats.facts([member_id], now, with_history=with_history)
        _, facts = known[member_id]
        claims = {one.event_id: one for one in await work.seats.of_member(member_id)}
        views = []
        for event in events:
            seat = claims.get(event.id)
            mine = None if seat is None else await _receipt(work, seat)
            views.append(self._view(event, counts.get(event.id, {}), facts, mine))
        return views

    def _view(
        self, event: Event, counts: Mapping[State, int], facts: Facts, mine: Receipt | None
    ) -> View:
        held = sum(counts.get(state, 0) for state in HOLDING)
        rule = _refusal(lambda: check_eligible(event, facts))
        return View(
            event,
            max(0, event.capacity - held),
            counts.get(State.WAITING, 0),
            counts.get(State.APPLIED, 0),
            mine,
            _refusal(lambda: check_open(event, self._clock.now())) or rule,
            is_eligible=rule is None,
        )

    async def comment(self, event_id: str, member_id: int, text: str) -> None:
        """Keep some words on how it was, without numbers that lead to a person.

        Refuses with `events.comment_empty` or `events.comment_long`.
        """
        kept = for_keeping(text).strip()
        if not kept:
            raise Refusal("events.comment_empty")
        if len(kept) > COMMENT_LIMIT:
            raise Refusal("events.comment_long", limit=COMMENT_LIMIT)
        async with self._open_work() as work:
            seat = await _mine(work, event_id, member_id)
            if seat.state is not State.ATTENDED:
                raise Refusal("events.not_now")
            await work.seats.comment(seat.id, kept)
            await work.drafts.remove(member_id)
            await work.commit()


async def _mine(work: Work, event_id: str, member_id: int) -> Seat:
    """The member's claim. Refuses with `events.not_signed_up`."""
    found = await work.seats.of_members(event_id, [member_id], [])
    if not found:
        raise Refusal("events.not_signed_up")
    return found[0]


async def _receipt(work: Work, seat: Seat) -> Receipt:
    place = None
    if seat.state is State.WAITING:
        place = await work.seats.waiting_before(seat.event_id, seat.rank) + 1
    return receipt_of(seat, place)


def _claims_of(claims: Sequence[Seat], member_id: int, person: str | None) -> list[Seat]:
    return [
        seat
        for seat in claims
        if seat.member_id == member_id or (person is not None and seat.person_id == person)
    ]


def _needs_history(event: Event) -> bool:
    return any(rule.kind is RuleKind.NEWCOMER for rule in event.rules)


def _refusal(check: Callable[[], None]) -> Refusal | None:
    try:
        check()
    except Refusal as refusal:
        return refusal
    return None


def _is_over(line: Line, seat: Seat) -> bool:
    """Whether an offer can no longer be taken: the server's clock decides."""
    until = seat.offered_until
    late = until is None or line.now >= until
    # While sign-up is held, seats stay as they are: what was offered may be taken.
    return late or line.event.state not in (EventState.PUBLISHED, EventState.HELD)


def _check_leaving(event: Event, seat: Seat, reason: Reason, now: datetime) -> None:
    if now >= event.starts(seat.session):
        raise Refusal("events.has_begun")
    if reason is Reason.DECLINED and seat.state is not State.OFFERED:
        raise Refusal("events.offer_gone")
    until = event.cancel_until(seat.session)
    if seat.state is State.CONFIRMED and reason is Reason.CANCELLED and now >= until:
        raise Refusal("events.cancel_late", until=stamp(until))
