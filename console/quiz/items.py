"""One question: what it says, who vouches for it, its figures, what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from console.frame.page import Page
from console.quiz import wording
from domain.quiz import Item
from domain.quiz_bank import BankItem, ItemState
from domain.refusal import Refusal

# Who wrote an item that came with the program.
FILES = "files"


async def show(page: Page) -> web.StreamResponse:
    """The page of a question."""
    bank = page.desk.quiz.bank
    file = await bank.get(page.actor, page.arg("id"))
    one = file.item
    effect = None
    if one.state is not ItemState.VOID and one.figures and one.figures.answers:
        effect = await bank.preview_void(page.actor, one.item.id)
    topics = await bank.topics(page.actor)
    return page.render(
        "quiz/item.html",
        file=file,
        one=one,
        item=one.item,
        topics=wording.titles(tuple(topics)),
        phone=page.desk.quiz.phone_item(one),
        names=await _names(page, {version.made_by for version in file.versions}),
        chosen=_chosen(one),
        effect=effect,
        ItemState=ItemState,
        say=wording.telling(page),
    )


async def confirm(page: Page) -> web.StreamResponse:
    """Vouch for it: only now it may be drawn."""
    await page.desk.quiz.bank.confirm(page.actor, page.arg("id"), seen=seen_of(page))
    return _back(page, "confirmed")


async def retire(page: Page) -> web.StreamResponse:
    await page.desk.quiz.bank.retire(page.actor, page.arg("id"), seen=seen_of(page))
    return _back(page, "retired")


async def restore(page: Page) -> web.StreamResponse:
    """Back as a draft, to be confirmed again."""
    await page.desk.quiz.bank.restore(page.actor, page.arg("id"), seen=seen_of(page))
    return _back(page, "restored")


async def void(page: Page) -> web.StreamResponse:
    """The key was wrong: whoever was asked counts as right, and is told."""
    page.must_be_named(page.arg("id"))
    done = await page.desk.quiz.bank.void(
        page.actor, page.arg("id"), page.form.get("void_reason", ""), seen=seen_of(page)
    )
    return page.redirect(
        f"/quiz/items/{page.arg('id')}",
        "console_quiz.voided",
        attempts=done.attempts,
        people=done.people,
        passed=done.newly_passed,
    )


def _chosen(one: BankItem) -> Mapping[str, int]:
    """How often each option was chosen, the right ones marked, by their texts."""
    if one.figures is None:
        return {}
    item: Item = one.item
    return {
        f"{'✓ ' if option.id in item.answer else ''}{option.text}": one.figures.chosen.get(
            option.id, 0
        )
        for option in item.options
    }


def seen_of(page: Page) -> int:
    text = page.form.get("seen", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refusal("quiz.outdated")
    return int(text)


async def _names(page: Page, people: set[str]) -> Mapping[str, str]:
    """Names by id; the files and whoever left have a word."""
    known = await page.desk.staff.names(people - {FILES})
    t = page.t
    words = {FILES: str(t("console_quiz.files"))}
    gone = str(t("console_quiz.somebody"))
    return {person: known.get(person) or words.get(person, gone) for person in people}


def _back(page: Page, said: str) -> web.Response:
    return page.redirect(f"/quiz/items/{page.arg('id')}", f"console_quiz.{said}")
