"""Events: from the idea to the attendance list."""

from __future__ import annotations

from collections.abc import Sequence

from console.events import acts, answers, door, listing, papers, people, show, taking, writing
from console.frame.page import Page
from console.frame.routes import Handler, Route
from console.frame.summaries import Card, CardMaker, Found, Searcher
from domain.events import EventSieve, EventState
from domain.staff import Permission

_WRITE = Permission.EVENTS_WRITE
# A device that had no network for a whole day, in portions of some hundred ticks.
_TICKS = 256 * 1024


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/events", listing.list_events, _WRITE, nav="events"),
        Route("GET", "/events/new", writing.begin, _WRITE, nav="events"),
        Route("POST", "/events/new", writing.create, _WRITE, nav="events", once=True),
        Route("GET", "/events/draw-rules", papers.show_draw_rules, _WRITE, nav="events"),
        Route("GET", "/events/{id}", show.show, _WRITE, nav="events"),
        Route("GET", "/events/{id}/numbers", show.numbers, _WRITE),
        Route("GET", "/events/{id}/edit", writing.edit, _WRITE, nav="events"),
        Route(
            "POST", "/events/{id}/edit", writing.save, _WRITE, nav="events", once=True, again=True
        ),
        _act("publish", acts.publish, show.show),
        _act("hold", acts.hold, show.show),
        _act("finish", acts.finish, show.show),
        _act("cancel", acts.cancel, show.show),
        _act("clone", acts.clone, show.show, again=False),
        _act("repeat", acts.repeat, show.show, again=False),
        Route("GET", "/events/{id}/people", people.list_people, _WRITE, nav="events"),
        Route("GET", "/events/{id}/line", people.list_line, _WRITE, nav="events"),
        Route("GET", "/events/{id}/draw", show.show_draw, _WRITE, nav="events"),
        Route("GET", "/events/{id}/draw/record", papers.draw_record, _WRITE),
        Route("GET", "/events/{id}/answers", answers.show, _WRITE, nav="events"),
        Route("GET", "/events/{id}/add", people.begin_adding, _WRITE, nav="events"),
        _act("add", people.add, people.begin_adding, again=False),
        Route("GET", "/events/{id}/message", people.begin_message, _WRITE, nav="events"),
        Route(
            "POST",
            "/events/{id}/message",
            people.send_message,
            Permission.EVENTS_NOTIFY,
            nav="events",
            back=people.begin_message,
            once=True,
        ),
        Route("GET", "/events/{id}/people/{seat}", people.show, _WRITE, nav="events"),
        Route(
            "POST",
            "/events/{id}/people/{seat}/phone",
            people.show_phone,
            Permission.EVENTS_NAMES,
            nav="events",
        ),
        _act("people/{seat}/promote", people.promote, people.show),
        _act("people/{seat}/release", people.release, people.show),
        _act("people/{seat}/move", people.move, people.show),
        Route("GET", "/events/{id}/door", door.show, _WRITE, nav="events"),
        _act("door/code", door.by_code, door.show),
        _act("door/ticks", door.tick, door.show),
        Route("POST", "/events/{id}/door/undo", door.undo, _WRITE, nav="events", back=door.show),
        Route("POST", "/events/{id}/door/sync", door.sync, _WRITE, limit=_TICKS),
        Route("GET", "/events/{id}/poster", papers.show_poster, _WRITE, nav="events"),
        _act("poster", papers.make_poster, papers.show_poster),
        Route("GET", "/events/{id}/sheet", papers.show_sheet, _WRITE, nav="events"),
        Route(
            "POST",
            "/events/{id}/export",
            taking.export,
            Permission.EXPORTS_MASKED,
            nav="events",
            back=show.show,
        ),
    )


def cards() -> Sequence[CardMaker]:
    return (drafts_card, unfinished_card)


def searchers() -> Sequence[Searcher]:
    return (find,)


async def drafts_card(page: Page) -> Card | None:
    """Drafts that nobody has published."""
    return await _card(page, "drafts", EventSieve(state=EventState.DRAFT), "?state=draft")


async def unfinished_card(page: Page) -> Card | None:
    """Events that are over and whose attendance nobody has closed."""
    sieve = EventSieve(state=EventState.PUBLISHED, ends_before=page.desk.clock.now())
    return await _card(page, "unfinished", sieve, "?state=published&when=past")


async def find(page: Page, words: str) -> Sequence[Found]:
    """Events whose title contains the words."""
    if not page.may(_WRITE):
        return ()
    sieve = EventSieve(words=words)
    found, _ = await page.desk.events.reader.list_events(page.actor, sieve, offset=0, limit=10)
    return [
        Found(
            page.t("console_events.kind"),
            event.title,
            page.t(f"console_events.event_{event.state}"),
            f"/events/{event.id}",
        )
        for event, _ in found
    ]


async def _card(page: Page, name: str, sieve: EventSieve, query: str) -> Card | None:
    if not page.may(_WRITE):
        return None
    _, total = await page.desk.events.reader.list_events(page.actor, sieve, offset=0, limit=1)
    t = page.t
    title, text = t(f"console_events.card_{name}"), t(f"console_events.card_{name}_hint")
    return Card(title, total, text, f"/events{query}", "warn")


def _act(path: str, handler: Handler, back: Handler, *, again: bool = True) -> Route:
    """A change of one event, asked for on the page `back`."""
    path = f"/events/{{id}}/{path}"
    return Route("POST", path, handler, _WRITE, nav="events", back=back, once=True, again=again)
