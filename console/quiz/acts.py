"""What is done with a whole round: publishing with a second person, holding, ending, copying."""

from __future__ import annotations

from datetime import date

from aiohttp import web

from console.frame.page import Page
from console.quiz.wording import day_of
from domain.refusal import Refusal


async def publish(page: Page) -> web.StreamResponse:
    await page.desk.quiz.rounds.publish(page.actor, page.arg("id"))
    return _back(page, "published")


async def hand_in(page: Page) -> web.StreamResponse:
    """Ask a second person to look at it."""
    await page.desk.quiz.rounds.hand_in(page.actor, page.arg("id"))
    return _back(page, "handed_in")


async def approve(page: Page) -> web.StreamResponse:
    """Publish what somebody else handed in, exactly as it was on the screen."""
    seen = page.form.get("plan_hash", "")
    await page.desk.quiz.rounds.approve(page.actor, page.arg("id"), seen)
    return _back(page, "published")


async def send_back(page: Page) -> web.StreamResponse:
    note = page.form.get("send_back_note", "")
    await page.desk.quiz.rounds.send_back(page.actor, page.arg("id"), note)
    return _back(page, "sent_back")


async def hold(page: Page) -> web.StreamResponse:
    note = page.form.get("hold_note", "")
    await page.desk.quiz.rounds.hold(page.actor, page.arg("id"), note)
    return _back(page, "held")


async def resume(page: Page) -> web.StreamResponse:
    await page.desk.quiz.rounds.resume(page.actor, page.arg("id"))
    return _back(page, "resumed")


async def close(page: Page) -> web.StreamResponse:
    """End it before its last day."""
    await page.desk.quiz.rounds.close(page.actor, page.arg("id"))
    return _back(page, "closed")


async def cancel(page: Page) -> web.StreamResponse:
    """Call it off, after its name was typed."""
    one = await page.desk.quiz.rounds.get(page.actor, page.arg("id"))
    page.must_be_named(one.title)
    await page.desk.quiz.rounds.cancel(page.actor, one.id, page.form.get("cancel_note", ""))
    return page.redirect(f"/quiz/rounds/{one.id}", "console_quiz.cancelled", name=one.title)


async def clone(page: Page) -> web.StreamResponse:
    """The same plan as a draft that begins on another day."""
    one = await page.desk.quiz.rounds.get(page.actor, page.arg("id"))
    first: date | None = day_of(page.form.get("first", ""))
    if first is None:
        raise Refusal("console_quiz.fault_day")
    by = first - one.timetable.first
    made = await page.desk.quiz.rounds.clone(page.actor, one.id, by)
    return page.redirect(f"/quiz/rounds/{made.id}", "console_quiz.cloned")


async def set_unit_table(page: Page) -> web.StreamResponse:
    """Switch the table of units on, with the reason that stays beside it, or off."""
    reason = "" if "off" in page.form else page.form.get("unit_reason", "").strip()
    if not reason and "off" not in page.form:
        raise Refusal("console_quiz.unit_reason_missing")
    await page.desk.quiz.rounds.set_unit_table(page.actor, page.arg("id"), reason)
    return _back(page, "unit_table_on" if reason else "unit_table_off")


def _back(page: Page, said: str) -> web.Response:
    return page.redirect(f"/quiz/rounds/{page.arg('id')}", f"console_quiz.{said}")
