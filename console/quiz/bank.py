"""The bank: every question with its standing and its figures; several confirmed at once."""

from __future__ import annotations

from aiohttp import web

from console.frame.lists import ListPage, ListQuery
from console.frame.page import Page
from console.quiz import wording
from domain.quiz import Kind
from domain.quiz_bank import BankSieve, ItemState
from domain.refusal import Refusal

_SORTS = ("id", "-changed", "facility", "discrimination")
_LEVELS = ("1", "2", "3")
_LONGEST_ID = 40


async def list_items(page: Page) -> web.StreamResponse:
    """Questions by topic, kind, difficulty, state, flags and words."""
    topics = await page.desk.quiz.bank.topics(page.actor)
    query = ListQuery.of(
        page.query,
        sorts=_SORTS,
        filters={
            "topic": [topic.key for topic in topics],
            "kind": list(Kind),
            "difficulty": _LEVELS,
            "state": list(ItemState),
            "flagged": ("yes",),
        },
    )
    found, total = await page.desk.quiz.bank.page(
        page.actor, sieve_of(query), offset=query.offset, limit=query.limit
    )
    t = page.t
    return page.render(
        "quiz/items.html",
        rows=ListPage(found, total, query),
        topics=wording.titles(tuple(topics)),
        kinds=wording.kinds(page),
        levels=wording.levels(page),
        states=[(state, t(f"console_quiz.item_{state}")) for state in ItemState],
        flagged=[("yes", t("console_quiz.flagged"))],
        drafts=sum(one.state is ItemState.DRAFT for one in found),
        say=wording.telling(page),
    )


async def confirm(page: Page) -> web.StreamResponse:
    """Vouch for the ticked questions, as far as they are fit and unchanged."""
    ticked = page.all("item")
    seen = {}
    for one in ticked:
        item_id, _, version = one.rpartition(":")
        if not (version.isascii() and version.isdigit() and 0 < len(item_id) <= _LONGEST_ID):
            raise Refusal("quiz.outdated")
        seen[item_id] = int(version)
    if not seen:
        raise Refusal("console_quiz.none_ticked")
    done = await page.desk.quiz.bank.confirm_many(page.actor, seen)
    left = len(seen) - done
    said = "console_quiz.confirmed_some" if left else "console_quiz.confirmed_many"
    values = {"count": done, "left": left} if left else {"count": done}
    return page.redirect("/quiz/items?state=draft", said, **values)


async def add_topic(page: Page) -> web.StreamResponse:
    """A topic of the union's own."""
    form = page.form
    topic = await page.desk.quiz.bank.add_topic(
        page.actor,
        form.get("key", "").strip(),
        form.get("topic_title", "").strip(),
        is_political="is_political" in form,
    )
    return page.redirect(f"/quiz/items?topic={topic.key}", "console_quiz.topic_added")


def sieve_of(query: ListQuery) -> BankSieve:
    """What the list's address asks of the bank."""
    kind, state, level = query.get("kind"), query.get("state"), query.get("difficulty")
    return BankSieve(
        words=query.q,
        topic=query.get("topic"),
        kind=Kind(kind) if kind else None,
        difficulty=int(level) if level else None,
        state=ItemState(state) if state else None,
        is_flagged=bool(query.get("flagged")),
        order=query.order,
        is_down=query.is_down,
    )
