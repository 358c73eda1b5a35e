"""Quizzes: the bank of questions, rounds, what came of them, prizes."""

from __future__ import annotations

from collections.abc import Sequence

from console.frame.page import Page
from console.frame.routes import Handler, Route
from console.frame.summaries import Card, CardMaker, Found, Searcher
from console.importing.workbooks import MOST_BYTES
from console.quiz import (
    acts,
    bank,
    contests,
    items,
    loading,
    planning,
    prizes,
    rounds,
    taking,
    writing,
)
from domain.quiz_bank import BankSieve, ItemState
from domain.quiz_rounds import RoundSieve, RoundState
from domain.staff import Permission

_WRITE, _RESULTS = Permission.QUIZ_WRITE, Permission.QUIZ_RESULTS
_LIMIT = MOST_BYTES + 100_000


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/quiz", rounds.list_rounds, _RESULTS, nav="quiz"),
        Route("GET", "/quiz/new", planning.begin, _WRITE, nav="quiz"),
        Route("POST", "/quiz/new", planning.create, _WRITE, nav="quiz", once=True),
        Route("POST", "/quiz/check", planning.check, _WRITE),
        Route("GET", "/quiz/rounds/{id}", rounds.show, _RESULTS, nav="quiz"),
        Route("GET", "/quiz/rounds/{id}/edit", planning.edit, _WRITE, nav="quiz"),
        _save("/quiz/rounds/{id}/edit", planning.save),
        _act("publish", acts.publish, rounds.show),
        _act("hand-in", acts.hand_in, rounds.show),
        _act("approve", acts.approve, rounds.show),
        _act("send-back", acts.send_back, rounds.show),
        _act("hold", acts.hold, rounds.show),
        _act("resume", acts.resume, rounds.show),
        _act("close", acts.close, rounds.show),
        _act("cancel", acts.cancel, rounds.show),
        _act("clone", acts.clone, rounds.show, again=False),
        _act("units", acts.set_unit_table, rounds.show),
        Route("GET", "/quiz/rounds/{id}/people", rounds.list_people, _RESULTS, nav="quiz"),
        Route("GET", "/quiz/rounds/{id}/items", rounds.list_items, _RESULTS, nav="quiz"),
        Route("GET", "/quiz/rounds/{id}/draw", prizes.show, _RESULTS, nav="quiz"),
        Route("GET", "/quiz/rounds/{id}/draw/record", prizes.record, _RESULTS),
        _act("draw", prizes.draw_now, prizes.show),
        _prize("phone", prizes.reveal, Permission.EVENTS_NAMES),
        _prize("hand-over", prizes.hand_over),
        _prize("undo", prizes.undo),
        Route(
            "POST",
            "/quiz/rounds/{id}/export",
            taking.export,
            Permission.EXPORTS_MASKED,
            nav="quiz",
            back=rounds.show,
        ),
        Route("GET", "/quiz/contests", contests.list_contests, _RESULTS, nav="quiz"),
        Route("GET", "/quiz/contests/new", contests.begin, _WRITE, nav="quiz"),
        Route("POST", "/quiz/contests/new", contests.start, _WRITE, nav="quiz", once=True),
        Route("GET", "/quiz/contests/{id}", contests.show, _RESULTS, nav="quiz"),
        Route("GET", "/quiz/contests/{id}/progress", contests.progress, _RESULTS),
        Route(
            "POST",
            "/quiz/contests/{id}/stop",
            contests.stop,
            _WRITE,
            nav="quiz",
            back=contests.show,
        ),
        Route(
            "POST",
            "/quiz/contests/{id}/export",
            contests.export,
            Permission.EXPORTS_MASKED,
            nav="quiz",
            back=contests.show,
        ),
        Route(
            "POST",
            "/quiz/groups/{id}/unit",
            contests.set_unit,
            _WRITE,
            nav="quiz",
            back=contests.list_contests,
        ),
        Route("GET", "/quiz/items", bank.list_items, _WRITE, nav="quiz"),
        Route("POST", "/quiz/items", bank.confirm, _WRITE, nav="quiz", back=bank.list_items),
        Route("POST", "/quiz/topics", bank.add_topic, _WRITE, nav="quiz", back=bank.list_items),
        Route("GET", "/quiz/items/new", writing.begin, _WRITE, nav="quiz"),
        Route("POST", "/quiz/items/new", writing.create, _WRITE, nav="quiz", once=True),
        Route("GET", "/quiz/items/{id}", items.show, _WRITE, nav="quiz"),
        Route("GET", "/quiz/items/{id}/edit", writing.edit, _WRITE, nav="quiz"),
        _save("/quiz/items/{id}/edit", writing.save),
        _item("confirm", items.confirm),
        _item("retire", items.retire),
        _item("restore", items.restore),
        _item("void", items.void),
        Route("GET", "/quiz/import", loading.show_upload, _WRITE, nav="quiz"),
        Route(
            "POST",
            "/quiz/import",
            loading.plan,
            _WRITE,
            nav="quiz",
            back=loading.show_upload,
            files=True,
            limit=_LIMIT,
        ),
        Route("GET", "/quiz/import/template", loading.template, _WRITE),
        Route(
            "POST",
            "/quiz/import/{id}",
            loading.confirm,
            _WRITE,
            nav="quiz",
            back=loading.show_upload,
            once=True,
        ),
    )


def cards() -> Sequence[CardMaker]:
    return (approving_card, flagged_card, drafts_card)


def searchers() -> Sequence[Searcher]:
    return (find_rounds, find_items)


async def approving_card(page: Page) -> Card | None:
    """Rounds that wait for a second person."""
    if not page.may(_WRITE):
        return None
    sieve = RoundSieve(state=RoundState.APPROVING)
    _, total = await page.desk.quiz.rounds.page(page.actor, sieve, offset=0, limit=1)
    return _card(page, "approving", total, f"/quiz?state={RoundState.APPROVING}")


async def flagged_card(page: Page) -> Card | None:
    """Questions whose figures look odd: the key may be wrong."""
    if not page.may(_WRITE):
        return None
    _, total = await page.desk.quiz.bank.page(
        page.actor, BankSieve(is_flagged=True, state=ItemState.READY), offset=0, limit=1
    )
    return _card(page, "flagged", total, f"/quiz/items?state={ItemState.READY}&flagged=yes")


async def drafts_card(page: Page) -> Card | None:
    """Questions that nobody has confirmed: they are never drawn."""
    if not page.may(_WRITE):
        return None
    sieve = BankSieve(state=ItemState.DRAFT)
    _, total = await page.desk.quiz.bank.page(page.actor, sieve, offset=0, limit=1)
    return _card(page, "drafts", total, f"/quiz/items?state={ItemState.DRAFT}")


async def find_rounds(page: Page, words: str) -> Sequence[Found]:
    """Rounds whose title contains the words."""
    if not page.may(_RESULTS):
        return ()
    found, _ = await page.desk.quiz.rounds.page(
        page.actor, RoundSieve(words=words), offset=0, limit=10
    )
    t = page.t
    return [
        Found(
            t("console_quiz.kind"),
            one.title,
            t(f"console_quiz.round_{one.state}"),
            f"/quiz/rounds/{one.id}",
        )
        for one in found
    ]


async def find_items(page: Page, words: str) -> Sequence[Found]:
    """Questions that contain the words."""
    if not page.may(_WRITE):
        return ()
    found, _ = await page.desk.quiz.bank.page(
        page.actor, BankSieve(words=words), offset=0, limit=5
    )
    t = page.t
    return [
        Found(
            t("console_quiz.item_kind"),
            one.item.question,
            t(f"console_quiz.item_{one.state}"),
            f"/quiz/items/{one.item.id}",
        )
        for one in found
    ]


def _card(page: Page, name: str, total: int, path: str) -> Card:
    t = page.t
    title, text = t(f"console_quiz.card_{name}"), t(f"console_quiz.card_{name}_hint")
    return Card(title, total, text, path, "warn" if name != "drafts" else "plain")


def _act(path: str, handler: Handler, back: Handler, *, again: bool = True) -> Route:
    """A change of one round, asked for on the page `back`."""
    path = f"/quiz/rounds/{{id}}/{path}"
    return Route("POST", path, handler, _WRITE, nav="quiz", back=back, once=True, again=again)


def _save(path: str, handler: Handler) -> Route:
    """A form whose words may be meant again after a colleague changed them."""
    return Route("POST", path, handler, _WRITE, nav="quiz", once=True, again=True)


def _prize(path: str, handler: Handler, permission: Permission = _RESULTS) -> Route:
    """What is done with a prize."""
    path = f"/quiz/rounds/{{id}}/prizes/{{prize}}/{path}"
    return Route("POST", path, handler, permission, nav="quiz", back=prizes.show)


def _item(path: str, handler: Handler) -> Route:
    """A change of one question."""
    path = f"/quiz/items/{{id}}/{path}"
    return Route("POST", path, handler, _WRITE, nav="quiz", back=items.show, once=True, again=True)
