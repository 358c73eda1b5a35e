"""One event: its numbers as they are now, its charts, what can be done with it; its draw."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from aiohttp import web

from console.events.wording import field_moment
from console.frame.page import Page
from domain.clock import BEIJING
from domain.events import EVENT_MOVES
from domain.seats import HOLDING, QuotaKind, State
from domain.sign_ups import entry_id
from services.events import Guest, Overview

# More points than this cannot be told apart on a phone.
_MOST_SPANS = 120
_TILES = (State.WAITING, State.APPLIED, State.OFFERED)
_CAME = (State.CONFIRMED, State.ATTENDED, State.NO_SHOW)


async def show(page: Page) -> web.StreamResponse:
    """The page of an event."""
    reader = page.desk.events.reader
    overview = await reader.overview(page.actor, page.arg("id"))
    event = overview.event
    now = page.desk.clock.now()
    shown = page.desk.events.phone_page(await reader.preview(page.actor, event.id))
    return page.render(
        "events/show.html",
        event=event,
        overview=overview,
        numbers=_numbers(overview),
        quotas=_quotas(page, overview),
        phone=shown,
        moves=EVENT_MOVES[event.state],
        has_begun=now >= event.last_start,
        is_over=now >= event.ends_at,
        next_start=field_moment(event.starts_at + timedelta(days=7)),
        sign_ups=_signed_up(overview),
        arrivals=_came(overview),
        outcome={
            page.t(f"console_events.state_{state}"): overview.seats(state) for state in _CAME
        },
    )


async def numbers(page: Page) -> web.StreamResponse:
    """The numbers alone, for a page that stays open."""
    overview = await page.desk.events.reader.overview(page.actor, page.arg("id"))
    return page.json(_numbers(overview))


async def show_draw(page: Page) -> web.StreamResponse:
    """What was promised before the draw, what came of it, and how anybody can check it."""
    reader = page.desk.events.reader
    overview = await reader.overview(page.actor, page.arg("id"))
    event = overview.event
    record = json.loads(event.draw_record) if event.draw_record else {}
    winners: Sequence[str] = record.get("winners", ())
    guests: Mapping[str, Guest] = {}
    if winners:
        everybody = reader.stream(page.actor, event.id, tuple(State))
        guests = {entry_id(one.seat.id): one async for one in everybody}
    return page.render(
        "events/draw.html",
        event=event,
        overview=overview,
        entries=len(record.get("entries", ())),
        lots=sum(entry[1] for entry in record.get("entries", ())),
        winners=[(number, guests.get(number)) for number in winners],
        waiting=len(record.get("waiting", ())),
    )


def _numbers(overview: Overview) -> Mapping[str, int]:
    """What the tiles say: seats, companions included."""
    event = overview.event
    held = overview.seats(*HOLDING)
    return {
        "capacity": event.capacity,
        "free": max(0, event.capacity - held),
        "confirmed": overview.seats(*_CAME),
        **{state.value: overview.seats(state) for state in _TILES},
        "attended": overview.seats(State.ATTENDED),
    }


def _quotas(page: Page, overview: Overview) -> Sequence[tuple[str, str, int, int]]:
    """Each quota with its kind, its seats and how many of them are taken."""
    room = overview.room
    return [
        (
            quota.name,
            str(page.t(f"console_events.quota_{QuotaKind(quota.kind)}")),
            quota.seats,
            room.held_by.get(quota.key, 0),
        )
        for quota in room.quotas
    ]


def _signed_up(overview: Overview) -> tuple[Sequence[str], Sequence[int], Sequence[int]]:
    """Labels, sign-ups in each span, and their sum so far."""
    form = "%m-%d %H:%M" if overview.span < timedelta(days=1) else "%m-%d"
    labels, counts = _filled(overview.signed_up, overview.span, form)
    return labels, counts, [sum(counts[: at + 1]) for at in range(len(counts))]


def _came(overview: Overview) -> tuple[Sequence[str], Sequence[int]]:
    return _filled(overview.came, timedelta(minutes=10), "%m-%d %H:%M")


def _filled(
    spans: Sequence[tuple[datetime, int]], every: timedelta, form: str
) -> tuple[Sequence[str], Sequence[int]]:
    """Every span from the first to the last, also those in which nothing happened."""
    if not spans:
        return (), ()
    first, last = spans[0][0], spans[-1][0]
    while (last - first) // every >= _MOST_SPANS:
        # Two neighbours in one, until they can be told apart.
        every *= 2
    counts = [0] * ((last - first) // every + 1)
    for at, count in spans:
        counts[(at - first) // every] += count
    labels = [(first + at * every).astimezone(BEIJING).strftime(form) for at in range(len(counts))]
    return labels, counts
