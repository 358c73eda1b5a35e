"""Rounds: the list, one round with its charts, who took part, how its questions went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web

from console.frame.lists import ListPage, ListQuery
from console.frame.page import Page
from console.quiz import wording
from domain.exports import mask_name, mask_phone
from domain.quiz_rounds import ROUND_MOVES, RoundSieve, RoundState
from domain.staff import Permission
from services.quiz import Day, ItemLine, PersonLine

# While nothing was decided there is nothing to count.
_PLANS = (RoundState.DRAFT, RoundState.APPROVING)


async def list_rounds(page: Page) -> web.StreamResponse:
    """Rounds by state and words of the title, as far as one's own units reach."""
    query = ListQuery.of(page.query, filters={"state": list(RoundState)})
    state = query.get("state")
    sieve = RoundSieve(words=query.q, state=RoundState(state) if state else None)
    found, total = await page.desk.quiz.rounds.page(
        page.actor, sieve, offset=query.offset, limit=query.limit
    )
    units = await page.desk.units.list_tree(page.actor)
    return page.render(
        "quiz/rounds.html",
        rows=ListPage(found, total, query),
        states=[(one, page.t(f"console_quiz.round_{one}")) for one in RoundState],
        units={unit.path: unit.name for unit in units},
        say=wording.telling(page),
    )


async def show(page: Page) -> web.StreamResponse:
    """The page of a round: the plan while it is one, then what comes of it."""
    desk = page.desk.quiz
    one = await desk.rounds.get(page.actor, page.arg("id"))
    may_write = page.may(Permission.QUIZ_WRITE, one.unit_path)
    is_plan = one.state in _PLANS
    overview = None if is_plan else await desk.reader.overview(page.actor, one.id)
    check = await desk.rounds.check(page.actor, one.id) if is_plan and may_write else None
    obstacle = check.obstacle if check else None
    units = []
    if one.unit_table_reason and not is_plan:
        units = [line async for line in desk.reader.stream_units(page.actor, one.id)]
    topics = await desk.bank.topics(page.actor) if may_write else ()
    people = {one.created_by, one.handed_in_by or "", one.approved_by or ""} - {""}
    where = await page.desk.units.list_tree(page.actor)
    return page.render(
        "quiz/round.html",
        one=one,
        overview=overview,
        check=check,
        obstacle=page.t(obstacle.code, **obstacle.values) if obstacle else "",
        topics=wording.titles(tuple(topics)),
        unit=next((unit.name for unit in where if unit.path == one.unit_path), ""),
        names=await page.desk.staff.names(people),
        is_own=page.actor.staff_id in (one.created_by, one.handed_in_by),
        moves=ROUND_MOVES[one.state],
        may_write=may_write,
        may_export=page.may(Permission.EXPORTS_MASKED, one.unit_path),
        may_full=page.may(Permission.EXPORTS_FULL, one.unit_path),
        days=_days(overview.days) if overview else ((), (), ()),
        scores=_scores(overview.scores) if overview else ((), ()),
        units=units,
        RoundState=RoundState,
        say=wording.telling(page),
    )


async def list_people(page: Page) -> web.StreamResponse:
    """Who took part and how each stands, the names masked."""
    query = ListQuery.of({"page": page.query.get("page", "1")})
    desk = page.desk.quiz
    one = await desk.rounds.get(page.actor, page.arg("id"))
    found, total = await desk.reader.standings(
        page.actor, one.id, offset=query.offset, limit=query.limit
    )
    return page.render(
        "quiz/people.html",
        one=one,
        rows=ListPage(found, total, query),
        named=lambda line: named(page, line),
        mask_phone=lambda phone: mask_phone(phone) if phone else "",
        may_export=page.may(Permission.EXPORTS_MASKED, one.unit_path),
        may_full=page.may(Permission.EXPORTS_FULL, one.unit_path),
        say=wording.telling(page),
    )


async def list_items(page: Page) -> web.StreamResponse:
    """How each question of the round went, the hardest first."""
    desk = page.desk.quiz
    one = await desk.rounds.get(page.actor, page.arg("id"))
    lines = [line async for line in desk.reader.stream_items(page.actor, one.id)]
    lines.sort(key=_facility)
    return page.render(
        "quiz/round_items.html",
        one=one,
        lines=lines,
        may_write=page.may(Permission.QUIZ_WRITE, one.unit_path),
        may_export=page.may(Permission.EXPORTS_MASKED, one.unit_path),
        may_full=page.may(Permission.EXPORTS_FULL, one.unit_path),
        say=wording.telling(page),
    )


def named(page: Page, line: PersonLine) -> str:
    """The name as lists show it, or that none is known."""
    return mask_name(line.name) if line.name else page.t("console_quiz.nameless")


def _facility(line: ItemLine) -> float:
    return line.right / line.answered if line.answered else 1.0


def _days(days: Sequence[Day]) -> tuple[Sequence[str], Sequence[int], Sequence[int]]:
    """Labels, people and people who passed, day by day."""
    labels = [wording.short_day(day.sitting.opens_at) for day in days]
    return labels, [day.people for day in days], [day.passed for day in days]


def _scores(scores: Mapping[int, int]) -> tuple[Sequence[str], Sequence[int]]:
    """Every ten percent from none to all, also those that nobody has."""
    marks = range(0, 101, 10)
    return [f"{mark}%" for mark in marks], [scores.get(mark, 0) for mark in marks]
