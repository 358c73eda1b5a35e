"""The demo's quiz: a round on sorting waste that is open as soon as the hour allows, and one that
is over, with its charts, standings and prizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot import demo_quiz_played
from domain.calendar import load_calendar
from domain.clock import Clock, beijing_date
from domain.quiz_rounds import Cell, Prize
from domain.staff import Actor, Grant, Role
from services.quiz import RoundDesk, blank_plan
from storage.database import Database

_STAFF = "demo"


async def settle(database: Database, clock: Clock, content: Mapping[str, Any]) -> None:
    """Publish the round of demo_quiz.toml, from today on."""
    desk = RoundDesk(database, clock, load_calendar())
    editor = Actor(_STAFF, _STAFF, (Grant(Role.EDITOR, "/"),))
    async with database.open_read() as work:
        top = await work.units.find_top()
    blank = blank_plan(clock.now(), "/" if top is None else top.path)
    first = beijing_date(clock.now())
    rule = replace(blank.timetable, first=first, last=first + timedelta(days=content["days"] - 1))
    plan = replace(
        blank,
        title=content["title"],
        intro=content["intro"],
        timetable=rule,
        blueprint=tuple(Cell(**cell) for cell in content["cells"]),
        prize=Prize(**content["prize"]),
        is_demo=True,
    )
    made = await desk.create(editor, plan)
    await desk.publish(editor, made.id)
    await demo_quiz_played.settle(database, clock, content["played"])
