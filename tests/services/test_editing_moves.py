"""Whatever editors do in whatever order, at most one version of a page is in force."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.editing import IN_FORCE, Kind, State
from domain.refusal import Refusal
from domain.staff import Actor
from storage.database import Database
from storage.tables import content_versions
from tests import databases
from tests.editors import EDITOR, FREE, LEGAL, SECOND, Office, small_folder
from tests.world import MovableClock

PEOPLE = {"first": EDITOR, "second": SECOND}
MOVES = ("draft", "save", "hand_in", "take_back", "discard", "reject", "publish", "archive")
STEP = st.tuples(
    st.sampled_from((*MOVES, "roll_back", "add_phrasing", "day")),
    st.sampled_from(sorted(PEOPLE)),
    st.sampled_from((LEGAL, FREE)),
    st.integers(0, 4),
)


def act(
    office: Office, what: str, who: Actor, name: str, number: int
) -> Coroutine[Any, Any, object]:
    editing, entry = office.editing, Kind.ENTRY
    text = office.retitled(name, f"标题 {number}")
    acts: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
        "draft": lambda: office.draft(name, f"标题 {number}", who),
        "save": lambda: editing.save_draft(who, entry, name, text, version_id=number),
        "hand_in": lambda: editing.hand_in(who, number),
        "take_back": lambda: editing.take_back(who, number),
        "discard": lambda: editing.discard(who, number),
        "reject": lambda: editing.reject(who, number, "不行"),
        "publish": lambda: editing.publish(who, number),
        "archive": lambda: editing.archive(who, name, "核对"),
        "roll_back": lambda: editing.roll_back(who, entry, name, number, "回去"),
        "add_phrasing": lambda: editing.add_phrasing(who, name, f"没听过的说法{number}号"),
    }
    return acts[what]()


async def check(office: Office) -> None:
    async with office.database.open_read() as work:
        columns = content_versions.c
        rows = list(
            await work._connection.execute(sa.select(columns.name, columns.number, columns.state))
        )
    in_force = [row.name for row in rows if State(row.state) in IN_FORCE]
    assert len(in_force) == len(set(in_force))
    shelf = await office.in_force.read()
    for name in (LEGAL, FREE):
        numbers = sorted(row.number for row in rows if row.name == name)
        assert numbers == list(range(1, len(numbers) + 1))
        standing = shelf.standing(office.folder, Kind.ENTRY, name)
        assert standing is not None
        shown = standing.source.partition("\n")[0].removeprefix("# ")
        assert office.title(name) == (shown if standing.is_shown else None)


@settings(
    max_examples=5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, min_size=4, max_size=10))
def test_at_most_one_version_is_in_force(
    steps: list[tuple[str, str, str, int]],
    blank: Path,
    folder: Path,
    tmp_path: Path,
    clock: MovableClock,
) -> None:
    async def main() -> None:
        with databases.sqlite(blank, tmp_path) as url:
            database = Database(url, databases.vault())
            office = Office(database, folder, clock)
            for what, who, name, number in steps:
                if what == "day":
                    clock.move(hours=25)
                    continue
                try:
                    await act(office, what, PEOPLE[who], name, number)
                except Refusal:
                    continue
                await check(office)
            await check(office)
            await database.close()

    asyncio.run(main())


async def test_the_table_itself_refuses_a_second_version_in_force(
    database: Database, tmp_path: Path, clock: MovableClock
) -> None:
    office = Office(database, small_folder(tmp_path), clock)
    await office.published(LEGAL, "一")
    await office.draft(LEGAL, "二")
    statement = sa.update(content_versions).values(state=State.PUBLISHED.value)
    with pytest.raises(sa.exc.IntegrityError):
        async with database.open_work() as work:
            await work._connection.execute(statement)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_folder(tmp_path_factory.mktemp("knowledge"))
