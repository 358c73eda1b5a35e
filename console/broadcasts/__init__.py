"""Broadcasts: from the first words to who got them."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from console.broadcasts import (
    acts,
    approving,
    calls,
    emergency,
    files,
    ledger,
    listing,
    segments,
    show,
    writing,
)
from console.frame.page import Page
from console.frame.routes import Handler, Route
from console.frame.summaries import Card, CardMaker, Found, Searcher
from domain.broadcasts import FILE_LIMIT, BroadcastSieve
from domain.staff import Permission
from services.broadcasts import Waiting

_READ = Permission.BROADCAST_PAUSE
_WRITE = Permission.BROADCAST_DRAFT
_AFTER = Permission.BROADCAST_RESUME
_AGREE = Permission.BROADCAST_APPROVE
_URGENT = Permission.BROADCAST_EMERGENCY
_KEPT = web.RequestKey("waiting", Waiting)
_UPLOAD = FILE_LIMIT + 200_000
# A text of the greatest length, in an alphabet of which each letter takes nine characters.
_TYPED = 256 * 1024


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/broadcasts", listing.list_broadcasts, _READ, nav="broadcast"),
        Route("GET", "/broadcasts/new", writing.begin, _WRITE, nav="broadcast"),
        _form("/broadcasts/new", writing.create),
        Route("POST", "/broadcasts/look", writing.look, _WRITE, limit=_TYPED),
        Route("GET", "/broadcasts/segments", segments.show, _WRITE, nav="broadcast"),
        Route("POST", "/broadcasts/segments/count", segments.count, _WRITE),
        _segment("/broadcasts/segments", segments.save),
        _segment("/broadcasts/segments/{segment}/remove", segments.remove),
        Route("GET", "/broadcasts/emergency", emergency.show, _URGENT, nav="broadcast"),
        _urgent("/broadcasts/emergency", emergency.propose),
        _urgent("/broadcasts/emergency/{template}/agree", emergency.agree),
        _urgent("/broadcasts/emergency/{template}/remove", emergency.remove),
        _urgent("/broadcasts/emergency/{template}/send", emergency.send),
        Route("GET", "/broadcasts/waiting", approving.list_waiting, _READ, nav="broadcast"),
        Route("GET", "/broadcasts/files/{file}", files.show, _READ),
        Route("GET", "/broadcasts/{id}", show.show, _READ, nav="broadcast"),
        Route("GET", "/broadcasts/{id}/progress", show.progress, _READ),
        Route("GET", "/broadcasts/{id}/edit", writing.edit, _WRITE, nav="broadcast"),
        _form("/broadcasts/{id}/edit", writing.save),
        _again("test", acts.send_test, _WRITE),
        # Handed in, taken back, handed in again: the same form, and not the same deed.
        Route(
            "POST",
            "/broadcasts/{id}/hand-in",
            acts.hand_in,
            _WRITE,
            nav="broadcast",
            back=show.show,
            once=True,
            again=True,
        ),
        _again("take-back", acts.take_back, _READ),
        _act("copy", acts.copy, _WRITE),
        _act("remove", acts.remove, _WRITE),
        _again("series", acts.set_active, _WRITE),
        Route("GET", "/broadcasts/{id}/approve", approving.show, _AGREE, nav="broadcast"),
        _act("approve", approving.approve, _AGREE, approving.show),
        _act("reject", approving.reject, _AGREE, approving.show),
        _act("acts/{act}/approve", approving.approve_act, _AGREE),
        _act("acts/{act}/reject", approving.reject_act, _AGREE),
        _again("acts/{act}/resume", acts.resume_act, _AFTER),
        _act("acts/{act}/cancel", acts.cancel_act, _AFTER),
        _again("pause", acts.pause, _READ),
        _again("resume", acts.resume, _AFTER),
        _act("cancel", acts.cancel, _AFTER),
        _act("correct", acts.correct, _AFTER),
        _act("correct-otherwise", acts.correct_otherwise, _AFTER),
        _act("recall", acts.recall, _AFTER),
        _act("resend", acts.resend, _AFTER),
        _act("review", acts.review, _AGREE),
        Route("GET", "/broadcasts/{id}/ledger", ledger.show, _READ, nav="broadcast"),
        _export("ledger", ledger.export, ledger.show),
        Route("GET", "/broadcasts/{id}/reach", ledger.show_reach, _READ, nav="broadcast"),
        _export("reach", ledger.export_reach, ledger.show_reach),
        Route("GET", "/broadcasts/{id}/calls", calls.show, _READ, nav="broadcast"),
        _export("calls", calls.export, calls.show),
        _act("calls/assign", calls.assign, _READ, calls.show),
        _act("calls/{person}/called", calls.called, _READ, calls.show),
        Route(
            "POST",
            "/broadcasts/{id}/calls/{person}/phone",
            calls.show_phone,
            Permission.MEMBERS_READ,
            nav="broadcast",
            back=calls.show,
        ),
    )


def cards() -> Sequence[CardMaker]:
    return (mine_card, stopped_card, held_card)


def searchers() -> Sequence[Searcher]:
    return (find,)


async def mine_card(page: Page) -> Card | None:
    """What waits for this person to agree or to look at it."""
    if not page.may(_READ):
        return None
    waiting = await _waiting(page)
    asked = (waiting.approvals, waiting.acts, waiting.reviews, waiting.templates)
    count = sum(len(one) for one in asked)
    t = page.t
    title, text = t("console_broadcasts.card_mine"), t("console_broadcasts.card_mine_hint")
    return Card(title, count, text, "/broadcasts/waiting", "warn")


async def stopped_card(page: Page) -> Card | None:
    """What stopped by itself because too much of it failed."""
    if not page.may(_READ):
        return None
    waiting = await _waiting(page)
    t = page.t
    title, text = t("console_broadcasts.card_stopped"), t("console_broadcasts.card_stopped_hint")
    return Card(title, len(waiting.stopped), text, "/broadcasts?state=stopped", "bad")


async def held_card(page: Page) -> Card | None:
    """What waits for somebody to say whether it is still of use."""
    if not page.may(_READ):
        return None
    waiting = await _waiting(page)
    t = page.t
    title, text = t("console_broadcasts.card_held"), t("console_broadcasts.card_held_hint")
    return Card(title, len(waiting.held), text, "/broadcasts?state=stopped", "warn")


async def find(page: Page, words: str) -> Sequence[Found]:
    """Broadcasts whose title contains the words."""
    if not page.may(_READ):
        return ()
    sieve = BroadcastSieve(words=words)
    found, _ = await page.desk.broadcasts.desk.list_broadcasts(
        page.actor, sieve, offset=0, limit=10
    )
    return [
        Found(
            page.t("console_broadcasts.kind"),
            one.broadcast.title,
            page.t(f"console_broadcasts.state_{one.broadcast.state}"),
            f"/broadcasts/{one.broadcast.id}",
        )
        for one in found
    ]


async def _waiting(page: Page) -> Waiting:
    """What waits for somebody, read once for all cards of one request."""
    found = page.request.get(_KEPT)
    if found is None:
        found = await page.desk.broadcasts.approvals.waiting(page.actor)
        page.request[_KEPT] = found
    return found


def _form(path: str, handler: Handler) -> Route:
    """The form of a broadcast, which may carry a photo or a document."""
    return Route(
        "POST", path, handler, _WRITE, nav="broadcast", once=True, files=True, limit=_UPLOAD
    )


def _segment(path: str, handler: Handler) -> Route:
    return Route("POST", path, handler, _WRITE, nav="broadcast", back=segments.show, once=True)


def _urgent(path: str, handler: Handler) -> Route:
    return Route("POST", path, handler, _URGENT, nav="broadcast", back=emergency.show, once=True)


def _act(path: str, handler: Handler, permission: Permission, back: Handler = show.show) -> Route:
    """A change of one broadcast, asked for on the page `back`."""
    path = f"/broadcasts/{{id}}/{path}"
    return Route("POST", path, handler, permission, nav="broadcast", back=back, once=True)


def _again(path: str, handler: Handler, permission: Permission) -> Route:
    """An act that may be asked for time and again: pausing what a colleague let go on must not
    be taken for the same form sent twice."""
    path = f"/broadcasts/{{id}}/{path}"
    return Route("POST", path, handler, permission, nav="broadcast", back=show.show)


def _export(path: str, handler: Handler, back: Handler) -> Route:
    path = f"/broadcasts/{{id}}/{path}/export"
    return Route("POST", path, handler, _READ, nav="broadcast", back=back)
