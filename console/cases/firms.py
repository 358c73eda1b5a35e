"""Law firms on duty: each with a contract that ends."""

from __future__ import annotations

from aiohttp import web

from console.events.wording import day_of
from console.frame.page import Page
from domain.cases.aside import Firm
from domain.clock import beijing_date
from domain.refusal import Refusal
from domain.staff import Permission

_DAYS = range(7)


async def show(page: Page) -> web.StreamResponse:
    """The roster, and for whoever leads the form."""
    found = await page.desk.cases.firms.list_firms(page.actor)
    chosen = next((one for one in found if one.id == page.query.get("edit")), None)
    return page.render(
        "cases/firms.html",
        firms=found,
        chosen=chosen,
        days=_DAYS,
        today=beijing_date(page.desk.clock.now()),
        is_lead=page.may(Permission.CASES_ASSIGN),
    )


async def save(page: Page) -> web.StreamResponse:
    """Keep a firm."""
    form = page.form
    first, last = day_of(form.get("from", "")), day_of(form.get("until", ""))
    if first is None or last is None:
        raise Refusal("cases.contract_order")
    duty = {int(day) for day in page.all("duty") if day in {str(one) for one in _DAYS}}
    firm = Firm(
        form.get("firm", ""),
        form.get("name", ""),
        form.get("phone", "").strip()[:30],
        first,
        last,
        frozenset(duty),
    )
    await page.desk.cases.firms.save(page.actor, firm)
    return page.redirect("/cases/firms", "console_cases.done_firm")
