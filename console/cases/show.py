"""One case: what is known of it, in tabs, and what may be done with it now."""

from __future__ import annotations

from aiohttp import web

from console.frame.page import Page
from domain.cases.meeting import MOST_SLOTS, Mode
from domain.cases.settlement import Paid, yuan
from domain.cases.states import PASSABLE
from domain.clock import beijing_date
from domain.documents import Format, Paper
from domain.refusal import Refusal
from domain.staff import Permission
from domain.units import Level, Unit
from services.cases.views import CaseFile

TABS = (
    "progress",
    "facts",
    "files",
    "meetings",
    "agreement",
    "papers",
    "notes",
    "openings",
)
# Instalments and slots are typed into so many rows; what stays empty does not count.
_ROWS = 6


async def show(page: Page) -> web.StreamResponse:
    """The case; whoever is not assigned says first why they look."""
    try:
        file = await page.desk.cases.desk.open(page.actor, page.arg("id"))
    except Refusal as refusal:
        if refusal.code != "cases.reason_needed":
            raise
        return page.render("cases/reason.html", case_id=page.arg("id"))
    return await _shown(page, file)


async def open_(page: Page) -> web.StreamResponse:
    """The same with a reason, which the member will see to have been given."""
    reason = page.form.get("reason", "")
    await page.desk.cases.desk.open(page.actor, page.arg("id"), reason)
    return page.redirect(f"/cases/{page.arg('id')}")


async def _destinations(page: Page, file: CaseFile) -> tuple[Unit, ...]:
    """Where it can be passed on to now."""
    case = file.case
    if not file.is_lead or case.state not in PASSABLE or case.offered_id is not None:
        return ()
    return await page.desk.cases.desk.destinations(page.actor, case.id)


async def _shown(page: Page, file: CaseFile) -> web.Response:
    desk, case = page.desk.cases, file.case
    tab = page.query.get("tab") or page.form.get("tab", "")
    tab = tab if tab in TABS else TABS[0]
    units = [unit for unit in await page.desk.units.list_tree(page.actor) if unit.is_open]
    return page.render(
        "cases/show.html",
        file=file,
        case=case,
        tab=tab,
        tabs=TABS,
        folder=await desk.evidence.list_of(page.actor, case.id),
        clocks=await desk.limits.of_case(page.actor, case.id),
        staff=await desk.desk.assignable(page.actor, case.id) if file.is_lead else (),
        units=await _destinations(page, file),
        employers=[unit for unit in units if unit.level is not Level.DISTRICT],
        firms=[
            firm
            for firm in await desk.firms.list_firms(page.actor)
            if firm.is_under_contract(beijing_date(page.desk.clock.now()))
        ],
        modes=[(one, page.t(f"console_cases.mode_{one}")) for one in Mode],
        answers=[
            (one, page.t(f"console_cases.paid_{one}")) for one in (Paid.YES, Paid.PART, Paid.NO)
        ],
        papers=list(Paper),
        formats=list(Format),
        yuan=yuan,
        slots=range(1, MOST_SLOTS + 1),
        parts_of=range(1, _ROWS + 1),
        now=page.desk.clock.now(),
        today=beijing_date(page.desk.clock.now()),
        may_lead=page.may(Permission.CASES_ASSIGN),
    )
