"""Check-in: by code, by list, from paper afterwards, from a phone that had no network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from aiohttp import web

from console.events.papers import ON_THE_LIST
from console.events.wording import nameless, telling
from console.frame.lists import ListPage, ListQuery
from console.frame.page import Page
from domain.refusal import Refusal
from domain.seats import State
from domain.sign_ups import CheckIn
from services.events.door import MOST_AT_ONCE

# So many rows are light enough for a phone; more are found by the search.
_PER_PAGE = 500
_CAMERA = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_KEY = 64
_LAST_MOMENT = timedelta(days=365 * 200)
_KEPT = "kept"


async def show(page: Page) -> web.StreamResponse:
    """Who may come in, and who is in. The camera may be used on this page and no other."""
    reader = page.desk.events.reader
    overview = await reader.overview(page.actor, page.arg("id"))
    event = overview.event
    query = ListQuery.of(page.query, per_page=_PER_PAGE)
    found, total = await reader.list_guests(
        page.actor, event.id, ON_THE_LIST, query.q, offset=query.offset, limit=query.limit
    )
    response = page.render(
        "events/door.html",
        event=event,
        rows=ListPage(found, total, query),
        expected=overview.claims(*ON_THE_LIST),
        inside=overview.claims(State.ATTENDED),
        say=telling(page, event),
        now=(page.desk.clock.now() - _EPOCH) // timedelta(milliseconds=1),
    )
    response.headers["Permissions-Policy"] = _CAMERA
    return response


async def by_code(page: Page) -> web.StreamResponse:
    """Somebody says their six digits, or a scanner types the whole code."""
    event_id = page.arg("id")
    receipt = await page.desk.events.door.check_in(page.actor, event_id, page.form.get("code", ""))
    _, guest, _ = await page.desk.events.reader.find_guest(page.actor, event_id, receipt.seat_id)
    name = nameless(page, guest)
    return page.redirect(_here(page), "console_events.door_in", name=name, party=receipt.party)


async def tick(page: Page) -> web.StreamResponse:
    """Several at once, as they stand on the paper list."""
    chosen = page.all("seat")
    if not chosen:
        raise Refusal("console_events.door_nobody")
    key, now = page.form["once"][:32], page.desk.clock.now()
    ticks = [CheckIn(f"{key}:{seat}"[:_LONGEST_KEY], seat, True, now) for seat in chosen]
    became = await page.desk.events.door.sync(page.actor, page.arg("id"), ticks)
    kept = sum(outcome == _KEPT for outcome in became.values())
    if kept < len(ticks):
        response = page.redirect(_here(page))
        told = page.t("console_events.door_some", count=kept, left=len(ticks) - kept)
        page.say_next(response, told, "bad")
        return response
    return page.redirect(_here(page), "console_events.door_ticked", count=kept)


async def undo(page: Page) -> web.StreamResponse:
    """Somebody was ticked by mistake."""
    # Not "seat": boxes of the same form may be ticked as well.
    seat = page.form.get("undo_seat", "")
    _, guest, _ = await page.desk.events.reader.find_guest(page.actor, page.arg("id"), seat)
    await page.desk.events.door.undo_check_in(page.actor, seat)
    return page.redirect(_here(page), "console_events.door_undone", name=nameless(page, guest))


async def sync(page: Page) -> web.StreamResponse:
    """Ticks of a phone, for its script: what became of each, and who is in by now."""
    try:
        ticks = _ticks(page)
        became = await page.desk.events.door.sync(page.actor, page.arg("id"), ticks)
    except Refusal as refusal:
        if refusal.code.endswith("not_found"):
            raise
        return page.json({"fault": str(page.t(refusal.code, **refusal.values))}, status=422)
    told = {
        key: "" if outcome == _KEPT else str(page.t(outcome, **_gaps(page, outcome)))
        for key, outcome in became.items()
    }
    guests = page.desk.events.reader.stream(page.actor, page.arg("id"), (State.ATTENDED,))
    return page.json({"became": told, "inside": [one.seat.id async for one in guests]})


def _gaps(page: Page, outcome: str) -> dict[str, object]:
    """The only refusal of a tick that has a gap names the event, which the page shows anyway."""
    return {"title": ""} if outcome == "events.is_cancelled" else {}


def _ticks(page: Page) -> Sequence[CheckIn]:
    """Lines of key, claim, 1 or 0, and milliseconds since 1970.

    The page told the phone our time: its script has put a wrong clock right already.
    """
    lines = page.form.get("ticks", "").split("\n")
    if len(lines) > MOST_AT_ONCE:
        raise Refusal("events.too_many_ticks", most=MOST_AT_ONCE)
    found = []
    for line in filter(None, (one.strip() for one in lines)):
        parts = line.split(" ")
        if len(parts) != 4 or parts[2] not in ("0", "1") or len(parts[0]) > _LONGEST_KEY:
            raise Refusal("console_events.door_garbled")
        key, seat, is_in, at = parts
        found.append(CheckIn(key, seat, is_in == "1", _instant(at)))
    return found


def _instant(text: str) -> datetime:
    milliseconds = timedelta(
        milliseconds=int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1
    )
    if not timedelta(0) <= milliseconds <= _LAST_MOMENT:
        raise Refusal("console_events.door_garbled")
    return _EPOCH + milliseconds


def _here(page: Page) -> str:
    return f"/events/{page.arg('id')}/door"
