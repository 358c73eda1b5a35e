"""What tests share: a clock that is moved by hand, databases, and the whole world."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.database import Database
from tests import databases
from tests.world import MovableClock, World, start_world

KNOWLEDGE = Path(__file__).parent / "fixtures" / "knowledge"


@pytest.fixture(autouse=True, scope="module")
def settled_memory() -> Iterator[None]:
    """What a file of tests leaves behind is not looked through again and again: without this
    the garbage collector takes most of the time of the later tests.
    """
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture
def clock() -> MovableClock:
    """14:00 in Beijing on a Wednesday."""
    return MovableClock(datetime(2026, 11, 25, 6, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return databases.blank_sqlite(tmp_path_factory.mktemp("blank"))


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str | None]:
    if not databases.postgres_is_there():
        yield None
        return
    with databases.postgres_template() as name:
        yield name


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, blank: Path, tmp_path: Path, postgres_template: str | None
) -> Iterator[str]:
    """A migrated, empty database; each test that uses it runs on both kinds."""
    if request.param == "sqlite":
        with databases.sqlite(blank, tmp_path) as url:
            yield url
        return
    if postgres_template is None:
        pytest.skip("no PostgreSQL on 127.0.0.1:5432")
    with databases.postgres(postgres_template) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, databases.vault())
    yield opened
    await opened.close()


@pytest.fixture(params=["polling", "webhook"])
def mode(request: pytest.FixtureRequest) -> str:
    """How updates arrive; each test that uses it runs both ways."""
    return str(request.param)


@pytest.fixture
async def world(mode: str, database_url: str, clock: MovableClock) -> AsyncIterator[World]:
    """The whole program against the simulator: both ways in, on both databases."""
    async with start_world(database_url, clock, mode=mode, knowledge=KNOWLEDGE) as started:
        yield started


@pytest.fixture
async def small_world(blank: Path, tmp_path: Path, clock: MovableClock) -> AsyncIterator[World]:
    """The whole program once: polling, SQLite. For what does not depend on either."""
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(url, clock, mode="polling", knowledge=KNOWLEDGE) as started:
            yield started
