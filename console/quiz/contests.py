"""Live contests in groups: the list, beginning one, watching it, stopping it, its lists."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from html import unescape
from typing import Any

from aiohttp import web

from console.exporting import Column, Export, Filter, Kind, respond
from console.frame.lists import ListPage, ListQuery
from console.frame.page import Page
from console.quiz import wording
from domain.quiz import EASIEST, HARDEST
from domain.quiz_contests import (
    FEWEST,
    MOST,
    OPTIONS_MOST,
    SECONDS,
    SECONDS_MOST,
    TITLE,
    AskState,
    ContestState,
    lasts,
)
from domain.refusal import Refusal
from domain.staff import Permission
from services.quiz import ContestLine, ContestPlan, ContestView

CONTEST_TONES = {
    ContestState.RUNNING: "good",
    ContestState.STOPPED: "warn",
    ContestState.FAILED: "bad",
}
# A rule's no, and the field that it is about.
_FIELD_OF = {
    "contests.title": "title",
    "contests.count": "questions",
    "contests.seconds": "seconds",
    "contests.group": "group",
    "contests.busy": "group",
    "contests.source": "source",
    "contests.two_people": "source",
    "contests.too_few": "questions",
}
_ROUND, _TOPIC = "round", "topic"


async def list_contests(page: Page) -> web.StreamResponse:
    """Contests within reach, the latest first; the groups, for whoever may use them."""
    query = ListQuery.of({"page": page.query.get("page", "1")})
    desk = page.desk.quiz.contests
    found, total = await desk.page(page.actor, offset=query.offset, limit=query.limit)
    units = await page.desk.units.list_tree(page.actor)
    may_write = page.may(Permission.QUIZ_WRITE)
    groups = (await desk.choices(page.actor)).groups if may_write else ()
    return page.render(
        "quiz/contests.html",
        rows=ListPage(found, total, query),
        groups=groups,
        units={unit.path: unit.name for unit in units},
        own_units=[
            (unit.path, unit.name)
            for unit in units
            if unit.is_open and page.may(Permission.QUIZ_WRITE, unit.path)
        ],
        bot_name=page.desk.bot_name,
        say=_telling(page),
    )


async def set_unit(page: Page) -> web.StreamResponse:
    """Whose a group is."""
    path = page.form.get("unit", "")
    # Groups have numbers below nothing.
    await page.desk.quiz.contests.set_unit(page.actor, _whole(page.arg("id")), path)
    return page.redirect("/quiz/contests", "console_contests.unit_set")


async def begin(page: Page) -> web.StreamResponse:
    """An empty form."""
    return await _form(page, {})


async def start(page: Page) -> web.StreamResponse:
    """Begin at once, or show what is wrong."""
    form = page.form
    source, _, what = form.get("source", "").partition(":")
    level = form.get("difficulty", "")
    plan = ContestPlan(
        title=form.get("title", ""),
        group_id=_whole(form.get("group", "")),
        questions=_whole(form.get("questions", "")),
        seconds=_whole(form.get("seconds", "")),
        round_id=what if source == _ROUND else "",
        topic=what if source == _TOPIC else "",
        difficulty=int(level) if level in _levels() else None,
    )
    try:
        one = await page.desk.quiz.contests.start(page.actor, plan)
    except Refusal as refusal:
        if refusal.code not in _FIELD_OF:
            raise
        told = page.t(refusal.code, **refusal.values)
        return await _form(page, {_FIELD_OF[refusal.code]: told})
    return page.redirect(f"/quiz/contests/{one.id}", "console_contests.started")


async def show(page: Page) -> web.StreamResponse:
    """One contest: how it goes while it is on, then what came of it."""
    view = await page.desk.quiz.contests.view(page.actor, page.arg("id"))
    one = view.contest
    return page.render(
        "quiz/contest.html",
        view=view,
        one=one,
        names=await page.desk.staff.names({one.created_by}),
        may_write=page.may(Permission.QUIZ_WRITE, one.unit_path),
        may_export=page.may(Permission.EXPORTS_MASKED, one.unit_path),
        minutes=round(lasts(one.questions, one.seconds).total_seconds() / 60) or 1,
        say=_telling(page),
    )


async def progress(page: Page) -> web.StreamResponse:
    """The counts alone, for a page that stays open; a header tells the state."""
    view = await page.desk.quiz.contests.view(page.actor, page.arg("id"))
    response = page.render("quiz/contest_board.html", view=view, say=_telling(page))
    response.headers["X-State"] = view.contest.state.value
    return response


async def stop(page: Page) -> web.StreamResponse:
    """No further question; the one that is open is closed."""
    one = await page.desk.quiz.contests.stop(page.actor, page.arg("id"))
    return page.redirect(f"/quiz/contests/{one.id}", "console_contests.stopped")


async def export(page: Page) -> web.StreamResponse:
    """A list of one contest as a file: its questions, or the board. It names nobody who did not
    choose a name for all to read."""
    desk = page.desk.quiz.contests
    view = await desk.view(page.actor, page.arg("id"))
    one = view.contest
    page.actor.must(Permission.EXPORTS_MASKED, one.unit_path)
    what = page.form.get("what", "")
    if what not in _LISTS:
        raise Refusal("console_quiz.export_what")
    title = unescape(page.t(f"console_contests.export_{what}"))

    async def still() -> None:
        await desk.get(page.actor, one.id)

    columns, rows = _LISTS[what]
    return await respond(
        page,
        Export(
            "quiz",
            f"{one.title[:20]}-{title}",
            [Column(name, f"console_contests.column_{name}", kind) for name, kind in columns],
            rows(page, view),
            [
                Filter("contest", "console_contests.kind", one.title),
                Filter("what", "console_quiz.export_list", title),
            ],
            path=one.unit_path,
            still=still,
        ),
    )


async def _form(page: Page, faults: Mapping[str, Any]) -> web.Response:
    choices = await page.desk.quiz.contests.choices(page.actor)
    t = page.t
    rounds = [
        (f"{_ROUND}:{one.id}", t("console_contests.source_round", title=one.title))
        for one in choices.rounds
    ]
    topics = [
        (f"{_TOPIC}:{one.key}", t("console_contests.source_topic", title=one.title))
        for one in choices.topics
    ]
    return page.render(
        "quiz/contest_new.html",
        status=422 if faults else 200,
        groups=[(one.id, one.title) for one in choices.groups],
        sources=[*topics, *rounds],
        levels=wording.levels(page),
        seconds=[(one, t("console_contests.seconds_told", seconds=one)) for one in SECONDS],
        open_rounds=choices.open_rounds,
        faults=faults,
        fewest=FEWEST,
        most=MOST,
        most_seconds=SECONDS_MOST,
        title_limit=TITLE,
        bot_name=page.desk.bot_name,
    )


async def _questions(page: Page, view: ContestView) -> AsyncIterator[Sequence[object]]:
    for line in view.lines:
        yield _question(page, line)


def _question(page: Page, line: ContestLine) -> Sequence[object]:
    question, item, count = line.question, line.item, line.count
    told = [
        f"{option.text}: {count.chosen.get(option.id, 0) if count else 0}"
        for option in item.options
    ]
    return (
        question.place + 1,
        item.id,
        question.version,
        item.question,
        item.right[0].text,
        unescape(page.t(f"console_contests.ask_{question.state}")),
        question.shown_at,
        count.answered if count else 0,
        count.right if count else 0,
        count.members if count else 0,
        *told,
        *(None for _ in range(OPTIONS_MOST - len(told))),
    )


async def _board(page: Page, view: ContestView) -> AsyncIterator[Sequence[object]]:
    for line in view.board:
        yield (line.place, line.name, line.right, line.answered)


_NUMBER, _TEXT = Kind.NUMBER, Kind.TEXT
_LISTS: Mapping[str, tuple[Sequence[tuple[str, Kind]], Any]] = {
    "questions": (
        (
            ("number", _NUMBER),
            ("item", _TEXT),
            ("version", _NUMBER),
            ("question", _TEXT),
            ("right_option", _TEXT),
            ("ask_state", _TEXT),
            ("shown_at", Kind.INSTANT),
            ("answered", _NUMBER),
            ("right", _NUMBER),
            ("members", _NUMBER),
            *((f"chosen_{number}", _TEXT) for number in range(1, OPTIONS_MOST + 1)),
        ),
        _questions,
    ),
    "board": (
        (("place", _NUMBER), ("nickname", _TEXT), ("right", _NUMBER), ("answered", _NUMBER)),
        _board,
    ),
}


def _levels() -> frozenset[str]:
    return frozenset(str(level) for level in range(EASIEST, HARDEST + 1))


def _whole(text: str) -> int:
    """The whole number that was typed; 0, which no field may hold, if there is none."""
    typed = text.strip()
    digits = typed.removeprefix("-")
    return int(typed) if digits.isascii() and digits.isdigit() and len(digits) < 16 else 0


def _telling(page: Page) -> Mapping[str, object]:
    return {
        **wording.telling(page),
        "contest_tone": lambda state: CONTEST_TONES.get(state, "plain"),
        "is_asked": lambda line: line.question.state is not AskState.WAITING,
    }
