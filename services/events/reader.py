"""Events as staff read them: lists, figures, the people who signed up, the way to a poster."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.clock import Clock
from domain.events import Event, EventSieve, EventState
from domain.links import Link, Target
from domain.refusal import Refusal
from domain.seats import HOLDING, Room, State
from domain.sign_ups import LogRow, Seat
from domain.staff import Actor, Permission
from services.events.common import Desk, reached
from services.events.service import View
from storage.database import Database
from storage.seat_figures import SeatCount
from storage.work import Work

# Read from the database at once where a list is read to its end.
_PIECE = 1000
# A poster may still hang when the event is over; the page then says so.
_LINK_AFTER = timedelta(days=7)
# A rush fills a list within hours, a course within weeks.
_SHORT = timedelta(days=3)
_HOUR, _DAY, _ARRIVING = timedelta(hours=1), timedelta(days=1), timedelta(minutes=10)
NAME, PHONE = "name", "phone"
# As staff ask for them: who comes, who may come, who wanted to.
ALL_STATES = (
    State.CONFIRMED,
    State.ATTENDED,
    State.NO_SHOW,
    State.OFFERED,
    State.WAITING,
    State.APPLIED,
    State.CANCELLED,
    State.EXPIRED,
    State.RELEASED,
)


@dataclass(frozen=True, slots=True)
class Guest:
    """A claim with whose it is; name, phone and answers are empty for who may not see them.

    `place` counts from 1 for those who wait, where the list tells it.
    """

    seat: Seat
    name: str = ""
    phone: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    team: str = ""
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """An event in figures. `span` is the length of time that one figure of `signed_up` counts."""

    event: Event
    counts: Mapping[State, SeatCount]
    room: Room
    span: timedelta
    signed_up: Sequence[tuple[datetime, int]]
    came: Sequence[tuple[datetime, int]]
    stars: Mapping[int, int]
    comments: Sequence[str]

    def claims(self, *states: State) -> int:
        return sum(self.counts[one].claims for one in states if one in self.counts)

    def seats(self, *states: State) -> int:
        return sum(self.counts[one].seats for one in states if one in self.counts)

    def reachable(self, *states: State) -> int:
        """How many of them can be told something in Telegram."""
        return sum(self.counts[one].reachable for one in states if one in self.counts)


class EventReader(Desk):
    """Every verb is within the actor's reach; what is outside is refused like what is absent."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock)
        self._open_snapshot = database.open_snapshot

    async def list_events(
        self, actor: Actor, sieve: EventSieve, *, offset: int, limit: int
    ) -> tuple[Sequence[tuple[Event, Mapping[State, int]]], int]:
        """A page of events with the seats in each state, and how many events there are in all."""
        tops = actor.reach(Permission.EVENTS_WRITE)
        async with self._open_read() as work:
            found, total = await work.events.page_within(tops, sieve, offset=offset, limit=limit)
            counts = await work.seats.counts([event.id for event in found])
        return [(event, counts.get(event.id, {})) for event in found], total

    async def get(self, actor: Actor, event_id: str) -> Event:
        """The event. Refuses with `events.not_found`."""
        async with self._open_read() as work:
            return reached(actor, await work.events.find(event_id))

    async def overview(self, actor: Actor, event_id: str) -> Overview:
        """The event in figures."""
        async with self._open_read() as work:
            event = reached(actor, await work.events.find(event_id))
            figures = work.seat_figures
            span = _HOUR if event.closes_at - event.opens_at <= _SHORT else _DAY
            return Overview(
                event,
                await figures.by_state(event_id),
                await work.seats.room(event_id, event.capacity, event.all_quotas()),
                span,
                await figures.signed_up(event_id, span),
                await figures.came(event_id, _ARRIVING),
                await figures.stars(event_id),
                await work.seats.comments(event_id),
            )

    async def preview(self, actor: Actor, event_id: str) -> View:
        """The event as somebody will see it who has not signed up yet."""
        async with self._open_read() as work:
            event = reached(actor, await work.events.find(event_id))
            counts = (await work.seats.counts([event_id])).get(event_id, {})
        free = max(0, event.capacity - sum(counts.get(state, 0) for state in HOLDING))
        shown = replace(event, state=EventState.PUBLISHED)
        waiting, applied = counts.get(State.WAITING, 0), counts.get(State.APPLIED, 0)
        return View(shown, free, waiting, applied)

    async def list_guests(
        self,
        actor: Actor,
        event_id: str,
        states: Sequence[State] = ALL_STATES,
        words: str = "",
        *,
        offset: int = 0,
        limit: int,
    ) -> tuple[Sequence[Guest], int]:
        """A page of claims in the order of ranks, and how many there are in all.

        With `words` those whose name holds them, whose phone ends with them or whose code they
        are: the whole list is read for that.
        """
        if words:
            found = [
                guest
                async for guest in self.stream(actor, event_id, states)
                if _fits(guest, words)
            ]
            return found[offset : offset + limit], len(found)
        async with self._open_read() as work:
            event = reached(actor, await work.events.find(event_id))
            page = await work.seats.page(event_id, states, offset=offset, limit=limit)
            total = sum(
                count.claims
                for state, count in (await work.seat_figures.by_state(event_id)).items()
                if state in states
            )
            first = offset + 1 if tuple(states) == (State.WAITING,) else None
            return await _guests(work, actor, event, page, first), total

    async def stream(
        self, actor: Actor, event_id: str, states: Sequence[State]
    ) -> AsyncIterator[Guest]:
        """Every claim in these states, state by state, in one snapshot; memory stays flat."""
        async with self._open_snapshot() as work:
            event = reached(actor, await work.events.find(event_id))
            for state in states:
                rank, place = -1, 1
                while piece := await work.seats.after(event_id, state, rank, _PIECE):
                    first = place if state is State.WAITING else None
                    for guest in await _guests(work, actor, event, piece, first):
                        yield guest
                    rank, place = piece[-1].rank, place + len(piece)

    async def find_guest(
        self, actor: Actor, event_id: str, seat_id: str
    ) -> tuple[Event, Guest, Sequence[LogRow]]:
        """One claim with everything that became of it, oldest first."""
        async with self._open_read() as work:
            event = reached(actor, await work.events.find(event_id))
            seat = await work.seats.find(seat_id)
            if seat is None or seat.event_id != event_id:
                raise Refusal("events.not_found")
            first = None
            if seat.state is State.WAITING:
                first = await work.seats.waiting_before(event_id, seat.rank) + 1
            (guest,) = await _guests(work, actor, event, [seat], first)
            return event, guest, await work.seats.history_of(event_id, seat_id)

    async def reveal_phone(self, actor: Actor, event_id: str, seat_id: str) -> str:
        """The whole phone number, which lists do not show; that it was asked for is noted."""
        async with self._open_work() as work:
            event = reached(actor, await work.events.find(event_id))
            actor.must(Permission.EVENTS_NAMES, event.unit_path)
            seat = await work.seats.find(seat_id)
            if seat is None or seat.event_id != event_id:
                raise Refusal("events.not_found")
            (guest,) = await _guests(work, actor, event, [seat], None)
            await self._audit(work, actor, "event.phone", event, seat=seat_id)
            await work.commit()
        return guest.phone

    async def find_link(self, actor: Actor, event_id: str) -> tuple[Event, Link | None]:
        """The event with the deep link of its poster, if one was made that holds to the end."""
        async with self._open_read() as work:
            event = reached(actor, await work.events.find(event_id))
            return event, await work.links.find_to(Target.EVENT, event_id, event.ends_at)

    async def make_link(self, actor: Actor, event_id: str) -> Link:
        """The link of the poster; the one that is there if it holds to the end of the event."""
        async with self._open_work() as work:
            event = await self._lock(work, actor, event_id)
            found = await work.links.find_to(Target.EVENT, event_id, event.ends_at)
            if found is not None:
                return found
            until = max(event.ends_at, self._clock.now()) + _LINK_AFTER
            link = Link(secrets.token_urlsafe(12), Target.EVENT, event_id, until)
            await work.links.add(link)
            await self._audit(work, actor, "event.link", event)
            await work.commit()
        return link


async def _guests(
    work: Work, actor: Actor, event: Event, seats: Sequence[Seat], first: int | None
) -> Sequence[Guest]:
    """The claims with whose they are. `first` is the place in line of the first of them."""
    places = [None if first is None else first + at for at in range(len(seats))]
    teams = await work.events.team_names(event.id) if event.team_size else {}
    bare = [
        Guest(seat, "", "", {}, teams.get(seat.team_id or "", ""), place)
        for seat, place in zip(seats, places, strict=True)
    ]
    if not actor.may(Permission.EVENTS_NAMES, event.unit_path):
        return bare
    answers = await work.seats.answers([seat.id for seat in seats])
    people = await work.people.find_all(seat.person_id for seat in seats if seat.person_id)
    found = []
    for guest in bare:
        given = answers.get(guest.seat.id, {})
        person = people.get(guest.seat.person_id or "")
        known = (person.name, person.phone) if person else (None, None)
        name, phone = (
            _told(event, given, what) or profile or ""
            for what, profile in zip((NAME, PHONE), known, strict=True)
        )
        found.append(replace(guest, name=name, phone=phone, answers=given))
    return found


def _told(event: Event, given: Mapping[str, str], what: str) -> str:
    """What somebody said for this event; staff file walk-ins under the plain key."""
    keys = [one.key for one in event.questions if one.profile == what]
    return next((given[key] for key in (*keys, what) if given.get(key)), "")


def _fits(guest: Guest, words: str) -> bool:
    bare = "".join(words.split())
    if bare.isdecimal():
        return guest.seat.code == bare or (len(bare) >= 4 and guest.phone.endswith(bare))
    return bare.casefold() in "".join(guest.name.split()).casefold()
