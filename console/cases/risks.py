"""The ledger of risks: counts only; names after two people agreed; the letter to the employer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from aiohttp import web

from console.cases.papers import TYPES, attachment
from console.frame.page import Page
from domain.cases.risks import Risk
from domain.clock import beijing_date
from domain.documents import Format, Letter
from domain.refusal import Refusal
from services.cases.views import RiskName


async def list_risks(page: Page) -> web.StreamResponse:
    """Every entry, with counts and what it is about."""
    found = await page.desk.cases.risks.list_risks(page.actor)
    return page.render("cases/risks.html", risks=found, now=page.desk.clock.now())


async def show(page: Page) -> web.StreamResponse:
    """One entry, and what the next person may do about it."""
    return await _shown(page, names=None)


async def ask(page: Page) -> web.StreamResponse:
    """Ask for the names, with a reason."""
    risk, reason = page.arg("risk"), page.form.get("reason", "")
    await page.desk.cases.risks.ask_unlock(page.actor, risk, reason)
    return page.redirect(f"/cases/risks/{risk}", "console_cases.done_ask_unlock")


async def unlock(page: Page) -> web.StreamResponse:
    """Agree, as the second person."""
    await page.desk.cases.risks.unlock(page.actor, page.arg("risk"))
    return page.redirect(f"/cases/risks/{page.arg('risk')}", "console_cases.done_unlock")


async def names(page: Page) -> web.StreamResponse:
    """The names, for the two who agreed; each look is on record."""
    found = await page.desk.cases.risks.names(page.actor, page.arg("risk"))
    return await _shown(page, names=found)


async def letter(page: Page) -> web.StreamResponse:
    """A draft of the letter to the employer: counts, never who."""
    try:
        form = Format(page.arg("form"))
    except ValueError:
        raise Refusal("console.not_found") from None
    desk, risk = page.desk.cases, await _risk(page)
    facts = await desk.risks.letter_facts(page.actor, risk.id)
    today = beijing_date(page.desk.clock.now())
    letter = Letter(
        employer=facts.employer,
        unit_name=page.desk.union.name,
        theme=facts.theme.value,
        members=facts.members,
        since=today - timedelta(days=facts.days),
        made_on=today,
    )
    data = await asyncio.to_thread(desk.papers.write_letter, letter, form)
    return attachment(data, f"{today:%Y%m%d}.{form}", TYPES[form])


async def _shown(page: Page, names: tuple[RiskName, ...] | None) -> web.Response:
    risk, now = await _risk(page), page.desk.clock.now()
    reason = ""
    if risk.is_asked(now) or risk.is_unlocked(now):
        reason = await page.desk.cases.risks.reason(page.actor, risk.id)
    return page.render(
        "cases/risk.html",
        risk=risk,
        now=now,
        names=names,
        reason=reason,
        is_own=risk.asked_by == page.actor.staff_id,
        formats=list(Format),
    )


async def _risk(page: Page) -> Risk:
    for one in await page.desk.cases.risks.list_risks(page.actor):
        if one.id == page.arg("risk"):
            return one
    raise Refusal("cases.not_found")
