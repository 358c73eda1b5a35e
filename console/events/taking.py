"""An event's lists as files: sign-ups, waiting list, attendance, answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape

from aiohttp import web

from console.events.people import may_full
from console.events.wording import reason
from console.exporting import Column, Export, Filter, Kind, respond
from console.frame.page import Page
from domain.events import AnswerKind, Event
from domain.refusal import Refusal
from domain.seats import State
from services.events import Guest
from services.events.reader import ALL_STATES

Value = Callable[[Guest], object]

_HEADING = 60
# A file with a free text, a day of birth or a phone number may lead to somebody.
_OPEN_KINDS = {AnswerKind.CHOICE: Kind.TEXT, AnswerKind.NUMBER: Kind.NUMBER}


@dataclass(frozen=True, slots=True)
class _Listing:
    """One kind of list: whose claims it holds and what it tells of them."""

    states: tuple[State, ...]
    columns: tuple[str, ...]
    with_answers: bool = False


_WHO = ("number", "name", "phone", "state")
LISTINGS: Mapping[str, _Listing] = {
    "people": _Listing(
        ALL_STATES,
        (*_WHO, "session", "party", "team", "source", "joined_at", "place", "reason", "code"),
        with_answers=True,
    ),
    "line": _Listing(
        (State.WAITING,), (*_WHO, "place", "session", "party", "joined_at", "reason")
    ),
    "attendance": _Listing(
        (State.ATTENDED, State.NO_SHOW, State.CONFIRMED),
        (*_WHO, "session", "party", "checked_in_at", "hours"),
    ),
    "answers": _Listing(
        (State.CONFIRMED, State.ATTENDED, State.NO_SHOW, State.OFFERED, State.WAITING),
        _WHO,
        with_answers=True,
    ),
}
_KINDS = {
    "number": Kind.NUMBER,
    "name": Kind.NAME,
    "phone": Kind.PHONE,
    "party": Kind.NUMBER,
    "joined_at": Kind.INSTANT,
    "place": Kind.NUMBER,
    "checked_in_at": Kind.INSTANT,
    "hours": Kind.NUMBER,
}
_PERSONAL = {"name", "phone"}


async def export(page: Page) -> web.StreamResponse:
    """Hand a list over, masked unless a right and a reason say otherwise."""
    reader = page.desk.events.reader
    event = await reader.get(page.actor, page.arg("id"))
    what = page.form.get("what", "")
    listing = LISTINGS.get(what)
    if listing is None:
        raise Refusal("console_events.export_what")
    if page.form.get("full") == "yes" and not await may_full(page, event):
        raise Refusal("staff.not_allowed")
    title = unescape(page.t(f"console_events.export_{what}"))

    async def still() -> None:
        await reader.get(page.actor, event.id)

    return await respond(
        page,
        Export(
            "event",
            f"{event.title[:20]}-{title}",
            [*map(_column, listing.columns), *_answer_columns(event, listing)],
            _rows(page, event, listing),
            [
                Filter("event", "console_events.kind", event.title),
                Filter("what", "console_events.export_list", title),
            ],
            path=event.unit_path,
            still=still,
        ),
    )


def _column(name: str) -> Column:
    title = f"console_events.column_{name}"
    return Column(name, title, _KINDS.get(name, Kind.TEXT), personal=name in _PERSONAL)


def _answer_columns(event: Event, listing: _Listing) -> Sequence[Column]:
    if not listing.with_answers:
        return ()
    return [
        Column(
            f"answer_{one.key}",
            "console_events.answers",
            _OPEN_KINDS.get(one.kind, Kind.TEXT),
            personal=one.kind not in _OPEN_KINDS,
            label=" ".join(one.label.split())[:_HEADING],
        )
        for one in event.questions
        if not one.profile
    ]


async def _rows(page: Page, event: Event, listing: _Listing) -> AsyncIterator[Sequence[object]]:
    values = _values(page, event)
    told = [values[name] for name in listing.columns]
    asked = [one for one in event.questions if not one.profile] if listing.with_answers else []
    number = 0
    async for guest in page.desk.events.reader.stream(page.actor, event.id, listing.states):
        number += 1
        known = [number if tell is None else tell(guest) for tell in told]
        yield [*known, *(guest.answers.get(one.key) for one in asked)]


def _values(page: Page, event: Event) -> Mapping[str, Value | None]:
    """What each column tells of a claim; None for the number of the row."""
    sessions = {one.key: one.title for one in event.sessions}

    def said(prefix: str, value: str) -> str:
        return unescape(page.t(f"console_events.{prefix}_{value}"))

    def hours(guest: Guest) -> object:
        return event.hours if guest.seat.state is State.ATTENDED else None

    return {
        "number": None,
        "name": lambda guest: guest.name,
        "phone": lambda guest: guest.phone,
        "state": lambda guest: said("state", guest.seat.state),
        "session": lambda guest: sessions.get(guest.seat.session or ""),
        "party": lambda guest: guest.seat.party,
        "team": lambda guest: guest.team,
        "source": lambda guest: said("source", guest.seat.source),
        "joined_at": lambda guest: guest.seat.joined_at,
        "place": lambda guest: guest.place,
        "reason": lambda guest: unescape(reason(page, event, guest.seat.reason)),
        "code": lambda guest: guest.seat.code,
        "checked_in_at": lambda guest: guest.seat.checked_in_at,
        "hours": hours,
    }
