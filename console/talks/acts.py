"""What is done with a talk. Only who has it may speak in it; the service says no to others."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from console.events.wording import moment_of
from console.frame.page import Page
from domain.attachments import Attachment, read_file
from domain.refusal import Refusal

_HOURS = ("1", "3", "24", "72")


async def claim(page: Page) -> web.StreamResponse:
    talk = await page.desk.talks.desk.claim(page.actor, page.arg("id"))
    return page.redirect(f"/talks/{talk.id}", "console_talks.claimed")


async def reply(page: Page) -> web.StreamResponse:
    """Say something to the member, with a file if one was chosen."""
    await page.desk.talks.desk.reply(
        page.actor, page.arg("id"), page.form.get("reply", ""), _attached(page)
    )
    return page.redirect(f"/talks/{page.arg('id')}", "console_talks.replied")


async def note(page: Page) -> web.StreamResponse:
    """Write a note: another form, another field, another table than a reply."""
    await page.desk.talks.desk.note(page.actor, page.arg("id"), page.form.get("note", ""))
    return page.redirect(f"/talks/{page.arg('id')}", "console_talks.noted")


async def put_back(page: Page) -> web.StreamResponse:
    await page.desk.talks.desk.put_back(page.actor, page.arg("id"))
    return page.redirect("/talks", "console_talks.put_back_done")


async def hand_over(page: Page) -> web.StreamResponse:
    colleague = page.form.get("colleague", "")
    await page.desk.talks.desk.hand_over(page.actor, page.arg("id"), colleague)
    return page.redirect("/talks?box=mine", "console_talks.handed_over")


async def snooze(page: Page) -> web.StreamResponse:
    """Put it aside for some hours, or until a moment."""
    hours, until = page.form.get("hours", ""), moment_of(page.form.get("until", ""))
    if until is None and hours in _HOURS:
        until = page.desk.clock.now() + timedelta(hours=int(hours))
    if until is None:
        raise Refusal("talks.snooze_past")
    await page.desk.talks.desk.snooze(page.actor, page.arg("id"), until)
    return page.redirect("/talks?box=mine", "console_talks.snoozed")


async def sort(page: Page) -> web.StreamResponse:
    """What it is about, and how urgent."""
    priority = page.form.get("priority", "")
    await page.desk.talks.desk.sort(
        page.actor,
        page.arg("id"),
        page.form.get("topic", ""),
        int(priority) if priority in {"1", "2", "3"} else 0,
    )
    return page.redirect(f"/talks/{page.arg('id')}", "console_talks.sorted")


async def close(page: Page) -> web.StreamResponse:
    await page.desk.talks.desk.close(page.actor, page.arg("id"))
    return page.redirect(f"/talks/{page.arg('id')}", "console_talks.closed")


async def called(page: Page) -> web.StreamResponse:
    await page.desk.talks.desk.mark_called(page.actor, page.arg("id"))
    return page.redirect(f"/talks/{page.arg('id')}", "console_talks.called_done")


async def add_phrasing(page: Page) -> web.StreamResponse:
    """Teach the bot the member's wording: whoever asks so next time gets the page."""
    view = await page.desk.talks.reader.get(page.actor, page.arg("id"))
    if not view.is_own:
        raise Refusal("talks.not_yours")
    name, text = page.form.get("entry", ""), page.form.get("phrasing", "").strip()
    if not name:
        raise Refusal("console_questions.choose_page")
    await page.desk.editing.add_phrasing(page.actor, name, text)
    found = await page.desk.editing.find_answer(page.actor, text)
    said = "taught" if found == name else "taught_astray"
    return page.redirect(f"/talks/{page.arg('id')}", f"console_talks.{said}")


def _attached(page: Page) -> Attachment | None:
    chosen = page.file("file")
    return None if chosen is None else read_file(chosen.filename, chosen.file.read())
