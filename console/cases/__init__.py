"""Cases: the queues, one case with all that belongs to it, firms, risks, figures."""

from __future__ import annotations

from collections.abc import Sequence

from console.cases import (
    acts,
    aside,
    exports,
    figures,
    firms,
    listing,
    papers,
    risks,
    settling,
    show,
)
from console.frame.page import Page
from console.frame.routes import Handler, Route
from console.frame.summaries import Card, CardMaker, Found, Searcher, Tone
from domain.refusal import Refusal
from domain.staff import Permission

_READ = Permission.CASES_READ
_LEAD = Permission.CASES_ASSIGN
_EXPORT = Permission.CASES_EXPORT


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/cases", listing.show, _READ, nav="cases"),
        Route("GET", "/cases/firms", firms.show, _READ, nav="cases"),
        Route("POST", "/cases/firms", firms.save, _LEAD, nav="cases", back=firms.show, once=True),
        Route("GET", "/cases/figures", figures.show, _LEAD, nav="cases"),
        Route("POST", "/cases/export", exports.queue, _EXPORT, nav="cases", back=listing.show),
        Route(
            "POST",
            "/cases/figures/export",
            exports.settled,
            _EXPORT,
            nav="cases",
            back=figures.show,
        ),
        Route("GET", "/cases/exports", exports.show, _EXPORT, nav="cases"),
        _second("agree", exports.agree),
        _second("refuse", exports.refuse),
        Route("GET", "/cases/risks", risks.list_risks, _LEAD, nav="cases"),
        Route("GET", "/cases/risks/{risk}", risks.show, _LEAD, nav="cases"),
        _risk("ask", risks.ask),
        _risk("unlock", risks.unlock),
        Route("POST", "/cases/risks/{risk}/names", risks.names, _LEAD, nav="cases"),
        Route("GET", "/cases/risks/{risk}/letter/{form}", risks.letter, _LEAD),
        Route("GET", "/cases/{id}", show.show, _READ, nav="cases"),
        Route("POST", "/cases/{id}/open", show.open_, _READ, nav="cases", back=show.show),
        _act("assign", acts.assign),
        _act("hand-on", acts.hand_on),
        _act("accept", acts.accept),
        _act("give-back", acts.give_back),
        _act("move", acts.move),
        _act("note", acts.add_note, again=False),
        _act("link", acts.link),
        _act("employer", acts.settle_employer),
        _act("meetings", aside.offer),
        _act("meetings/{meeting}/confirm", aside.confirm),
        _act("meetings/{meeting}/held", aside.held),
        _act("meetings/{meeting}/cancel", aside.cancel),
        _act("disclosures", aside.ask),
        _act("disclosures/{disclosure}/done", aside.carried_out),
        _act("refer", aside.refer, again=False),
        _act("agreement", settling.agree),
        _act("instalments/{instalment}", settling.note_payment),
        Route("GET", "/cases/{id}/files/{file}", papers.download, _READ),
        Route("GET", "/cases/{id}/papers/{paper}/{form}", papers.make, _READ),
    )


def cards() -> Sequence[CardMaker]:
    return (queue_card, mine_card, overdue_card, offered_card, second_card)


def searchers() -> Sequence[Searcher]:
    return (find,)


async def queue_card(page: Page) -> Card | None:
    """Cases that nobody works on yet."""
    return await _card(page, "queue", "warn")


async def mine_card(page: Page) -> Card | None:
    """One's own cases."""
    return await _card(page, "mine", "plain")


async def overdue_card(page: Page) -> Card | None:
    """Cases whose stage should be over."""
    return await _card(page, "overdue", "bad")


async def offered_card(page: Page) -> Card | None:
    """Cases that another unit passed on to us."""
    return await _card(page, "offered", "warn")


async def second_card(page: Page) -> Card | None:
    """Lists of cases that wait for this person's yes."""
    if not page.may(_EXPORT):
        return None
    t, count = page.t, len(await exports.waiting(page))
    title, text = t("console_countersigns.card_waiting"), t("console_cases.card_exports")
    return Card(title, count, text, "/cases/exports", "warn")


async def find(page: Page, words: str) -> Sequence[Found]:
    """The case of a whole number; a part of one finds nothing, so that nobody tries them out."""
    if not page.may(_READ):
        return ()
    try:
        case = await page.desk.cases.desk.find_number(page.actor, words)
    except Refusal:
        # Not a number, not there, or behind the wall: all the same to who asks.
        return ()
    t = page.t
    state = t(f"console_cases.state_{case.state}")
    return [Found(t("console_cases.kind"), case.number, state, f"/cases/{case.id}")]


async def _card(page: Page, queue: str, tone: Tone) -> Card | None:
    if not page.may(_READ):
        return None
    counts = await page.desk.cases.desk.counts(page.actor)
    t = page.t
    count = {
        "queue": counts.queue,
        "mine": counts.mine,
        "overdue": counts.overdue,
        "offered": counts.offered,
    }[queue]
    title, text = t(f"console_cases.queue_{queue}"), t(f"console_cases.card_{queue}")
    return Card(title, count, text, f"/cases?queue={queue}", tone)


def _act(path: str, handler: Handler, *, again: bool = True) -> Route:
    """A change of one case, asked for on its page."""
    path = f"/cases/{{id}}/{path}"
    return Route("POST", path, handler, _READ, nav="cases", back=show.show, once=True, again=again)


def _second(path: str, handler: Handler) -> Route:
    path = f"/cases/exports/{{one}}/{path}"
    return Route("POST", path, handler, _EXPORT, nav="cases", back=exports.show)


def _risk(path: str, handler: Handler) -> Route:
    path = f"/cases/risks/{{risk}}/{path}"
    return Route("POST", path, handler, _LEAD, nav="cases", back=risks.show, once=True, again=True)
