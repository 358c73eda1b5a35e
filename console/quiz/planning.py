"""The form of a round, with a look at what it would come to while it is being filled in."""

from __future__ import annotations

from aiohttp import web

from console.events.fields import MOST_ROWS, Fields
from console.frame.page import Page
from console.quiz import plan, wording
from domain.quiz_rounds import Round
from domain.quiz_timetable import Days
from domain.refusal import Refusal
from domain.staff import Permission
from services.quiz import blank_plan

# Empty rows of the blueprint when the form is opened.
_SPARE = 1


async def begin(page: Page) -> web.StreamResponse:
    """An empty form, with what is usual."""
    choices = await _choices(page)
    return _form(page, None, _blank(page, choices), choices)


async def create(page: Page) -> web.StreamResponse:
    """Keep the plan as a draft, or show what is wrong with it."""
    choices = await _choices(page)
    blank = _blank(page, choices)
    found = plan.read(page, blank, choices)
    if found.plan is None or "more" in page.form:
        return _form(page, None, blank, choices, found.fields)
    try:
        made = await page.desk.quiz.rounds.create(page.actor, found.plan)
    except Refusal as refusal:
        return _form(page, None, blank, choices, _told(found.fields, refusal))
    return page.redirect(f"/quiz/rounds/{made.id}", "console_quiz.created")


async def edit(page: Page) -> web.StreamResponse:
    """The form as the round is now."""
    one = await page.desk.quiz.rounds.get(page.actor, page.arg("id"))
    return _form(page, one, one, await _choices(page))


async def save(page: Page) -> web.StreamResponse:
    """Change what the form changes."""
    one = await page.desk.quiz.rounds.get(page.actor, page.arg("id"))
    choices = await _choices(page)
    found = plan.read(page, one, choices)
    if found.plan is None or "more" in page.form:
        return _form(page, one, one, choices, found.fields)
    changes = plan.changes(one, found.plan)
    if not changes:
        return page.redirect(f"/quiz/rounds/{one.id}", "console_quiz.unchanged")
    try:
        await page.desk.quiz.rounds.change(page.actor, one.id, **changes)
    except Refusal as refusal:
        return _form(page, one, one, choices, _told(found.fields, refusal))
    return page.redirect(f"/quiz/rounds/{one.id}", "console_quiz.saved")


async def check(page: Page) -> web.StreamResponse:
    """A piece of the form: the next days, and whether the bank has enough questions."""
    choices = await _choices(page)
    found = plan.read(page, _blank(page, choices), choices)
    result = None
    if found.plan is not None:
        result = await page.desk.quiz.rounds.check_plan(page.actor, found.plan)
    return page.render(
        "quiz/check.html",
        check=result,
        left=len(found.fields.faults),
        topics=choices.topics,
        obstacle=_sentence(page, result.obstacle if result else None),
    )


def _sentence(page: Page, obstacle: Refusal | None) -> str:
    return "" if obstacle is None else page.t(obstacle.code, **obstacle.values)


def _told(fields: Fields, refusal: Refusal) -> Fields:
    """A rule's no about the whole plan, beside the field that it is about."""
    if refusal.code not in plan.FIELD_OF:
        raise refusal
    fields.refusal(plan.FIELD_OF[refusal.code], refusal)
    return fields


def _form(
    page: Page,
    one: Round | None,
    base: Round,
    choices: plan.Choices,
    fields: Fields | None = None,
) -> web.Response:
    # Asking for one more row is no attempt to save: what is not filled in yet is no fault.
    wants_row = "more" in page.form
    faults = fields.faults if fields is not None and not wants_row else {}
    cells = plan.cells_of(base)
    count = len(cells) + _SPARE if fields is None else max(fields.rows("cell"), 1)
    t = page.t
    return page.render(
        "quiz/plan.html",
        status=422 if faults else 200,
        one=one,
        values=plan.values_of(base),
        cells=cells,
        count=min(count + wants_row, MOST_ROWS),
        faults=faults,
        choices=choices,
        levels=wording.levels(page),
        days=[(one, t(f"console_quiz.days_{one}")) for one in Days],
        weekdays=[(str(day), t(f"console_quiz.weekday_{day}")) for day in range(7)],
    )


def _blank(page: Page, choices: plan.Choices) -> Round:
    if not choices.units:
        raise Refusal("staff.not_allowed")
    return blank_plan(page.desk.clock.now(), next(iter(choices.units)))


async def _choices(page: Page) -> plan.Choices:
    units = {
        unit.path: unit.name
        for unit in await page.desk.units.list_tree(page.actor)
        if unit.is_open and page.may(Permission.QUIZ_WRITE, unit.path)
    }
    topics = await page.desk.quiz.bank.topics(page.actor)
    return plan.Choices(units, wording.titles(tuple(topics)))
