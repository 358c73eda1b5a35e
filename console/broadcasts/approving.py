"""The second person's page: what exactly would go out, to whom, when; yes or no."""

from __future__ import annotations

from aiohttp import web

from console.broadcasts.wording import known, telling
from console.frame.page import Page


async def list_waiting(page: Page) -> web.StreamResponse:
    """Everything that somebody asks a second person for, and this one may give."""
    office = page.desk.broadcasts
    waiting = await office.approvals.waiting(page.actor)
    people = {one.author for one in (*waiting.approvals, *waiting.reviews)}
    people |= {act.asked_by for act, _ in waiting.acts} | {
        one.made_by for one in waiting.templates
    }
    return page.render(
        "broadcasts/waiting.html",
        waiting=waiting,
        names=await office.desk.names(tuple(people)),
        say=telling(page, await known(page)),
    )


async def show(page: Page) -> web.StreamResponse:
    """The message as it will arrive, five of its recipients, its times, its number."""
    office = page.desk.broadcasts
    look = await office.approvals.look(page.actor, page.arg("id"))
    broadcast, names = look.broadcast, await known(page)
    paths = broadcast.audience.paths
    return page.render(
        "broadcasts/approve.html",
        look=look,
        broadcast=broadcast,
        phone=office.phone_page(broadcast.content, names.units.get(paths[0], "")),
        say=telling(page, names),
        is_own=broadcast.author == page.actor.staff_id,
        is_fresh=page.actor.is_fresh(page.desk.clock.now()),
    )


async def approve(page: Page) -> web.StreamResponse:
    """Agree, with the number of recipients typed by hand."""
    typed = page.form.get("count", "")
    await page.desk.broadcasts.approvals.approve(page.actor, page.arg("id"), typed)
    return page.redirect(f"/broadcasts/{page.arg('id')}", "console_broadcasts.approved")


async def reject(page: Page) -> web.StreamResponse:
    """Give it back to its author, with the reason."""
    note = page.form.get("reject_note", "").strip()
    await page.desk.broadcasts.approvals.reject(page.actor, page.arg("id"), note)
    return page.redirect(f"/broadcasts/{page.arg('id')}", "console_broadcasts.rejected")


async def approve_act(page: Page) -> web.StreamResponse:
    """Agree to what somebody wants to do with what was sent."""
    typed = page.form.get("count", "")
    await page.desk.broadcasts.approvals.approve_act(page.actor, page.arg("act"), typed)
    return page.redirect(f"/broadcasts/{page.arg('id')}", "console_broadcasts.act_approved")


async def reject_act(page: Page) -> web.StreamResponse:
    """Say no to it."""
    await page.desk.broadcasts.approvals.reject_act(page.actor, page.arg("act"))
    return page.redirect(f"/broadcasts/{page.arg('id')}", "console_broadcasts.act_rejected")
