"""Emergencies: words that were agreed to beforehand, sent by one person, looked at afterwards."""

from __future__ import annotations

from aiohttp import web

from console.frame.page import Page
from domain.staff import Permission

_HERE = "/broadcasts/emergency"


async def show(page: Page) -> web.StreamResponse:
    """The templates, and the form that sends one."""
    office, clock = page.desk.broadcasts, page.desk.clock
    templates = await office.emergencies.templates(page.actor)
    units = [
        (unit.path, unit.name)
        for unit in await page.desk.units.list_tree(page.actor)
        if unit.is_open and page.may(Permission.BROADCAST_EMERGENCY, unit.path)
    ]
    people = {one.made_by for one in templates} | {one.agreed_by or "" for one in templates}
    return page.render(
        "broadcasts/emergency.html",
        templates=templates,
        units=units,
        names=await office.desk.names([one for one in people if one]),
        is_fresh=page.actor.is_fresh(clock.now()),
    )


async def propose(page: Page) -> web.StreamResponse:
    """Prepare words for an emergency; they wait for a second person."""
    form = page.form
    text = form.get("words", "").replace("\r\n", "\n").strip()
    await page.desk.broadcasts.emergencies.propose(
        page.actor, form.get("template_title", ""), text
    )
    return page.redirect(_HERE, "console_broadcasts.template_kept")


async def agree(page: Page) -> web.StreamResponse:
    """The second person agrees to the words."""
    await page.desk.broadcasts.emergencies.agree(page.actor, page.arg("template"))
    return page.redirect(_HERE, "console_broadcasts.template_agreed")


async def remove(page: Page) -> web.StreamResponse:
    """Words that are not wanted any more."""
    await page.desk.broadcasts.emergencies.remove(page.actor, page.arg("template"))
    return page.redirect(_HERE, "console_broadcasts.template_gone")


async def send(page: Page) -> web.StreamResponse:
    """Send agreed words to everybody of a unit, at once, after the title was typed."""
    typed, unit = page.form.get("confirm_name", ""), page.form.get("unit", "")
    sent = await page.desk.broadcasts.emergencies.send(
        page.actor, page.arg("template"), unit, typed
    )
    return page.redirect(f"/broadcasts/{sent.id}", "console_broadcasts.emergency_sent")
