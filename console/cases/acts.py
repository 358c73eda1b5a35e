"""What is done with a case: given to somebody, passed on, taken over, moved, noted, joined."""

from __future__ import annotations

from aiohttp import web

from console.frame.page import Page
from domain.cases.states import State
from domain.refusal import Refusal


async def assign(page: Page) -> web.StreamResponse:
    """Give it to somebody."""
    desk = page.desk.cases.desk
    await desk.assign(page.actor, page.arg("id"), page.form.get("staff", ""))
    return back(page, "progress", "console_cases.done_assign")


async def hand_on(page: Page) -> web.StreamResponse:
    """Pass it on to another unit, which has to accept."""
    desk, form = page.desk.cases.desk, page.form
    await desk.hand_on(page.actor, page.arg("id"), _unit(page), form.get("reason", ""))
    return back(page, "progress", "console_cases.done_hand_on")


async def accept(page: Page) -> web.StreamResponse:
    """Take over what was passed on to us."""
    await page.desk.cases.desk.accept(page.actor, page.arg("id"))
    return back(page, "progress", "console_cases.done_accept")


async def give_back(page: Page) -> web.StreamResponse:
    """Say no to what was passed on to us; the list comes next, as it is not ours any more."""
    reason = page.form.get("reason", "")
    await page.desk.cases.desk.give_back(page.actor, page.arg("id"), reason)
    return page.redirect("/cases?queue=offered", "console_cases.done_give_back")


async def move(page: Page) -> web.StreamResponse:
    """Go on to the next stage."""
    try:
        state = State(page.form.get("state", ""))
    except ValueError:
        raise Refusal("cases.not_now") from None
    await page.desk.cases.desk.move(page.actor, page.arg("id"), state, page.form.get("note", ""))
    return back(page, "progress", "console_cases.done_move")


async def add_note(page: Page) -> web.StreamResponse:
    """A note between staff."""
    await page.desk.cases.desk.add_note(page.actor, page.arg("id"), page.form.get("text", ""))
    return back(page, "notes", "console_cases.done_note")


async def link(page: Page) -> web.StreamResponse:
    """Join it to a leading case, or make it lead."""
    form = page.form
    heads = form.get("heads", "")
    count = int(heads) if heads.isascii() and heads.isdigit() and len(heads) < 7 else 0
    await page.desk.cases.desk.link(page.actor, page.arg("id"), form.get("lead", ""), count)
    return back(page, "facts", "console_cases.done_link")


async def settle_employer(page: Page) -> web.StreamResponse:
    """Say which unit the member meant."""
    await page.desk.cases.desk.settle_employer(page.actor, page.arg("id"), _unit(page))
    return back(page, "facts", "console_cases.done_employer")


def back(page: Page, tab: str, flash: str) -> web.Response:
    """The case again, at the tab where one was."""
    return page.redirect(f"/cases/{page.arg('id')}?tab={tab}", flash)


def _unit(page: Page) -> int:
    number = page.form.get("unit", "")
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        raise Refusal("cases.unit_unfit")
    return int(number)
