"""What tests share: a clock that is moved by hand, databases, and the whole world."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from jinja2 import Environment, FileSystemBytecodeCache

from knowledge import Library, load
from knowledge.overlay import NO_OVERLAY, Overlay
from storage.database import Database
from tests import databases
from tests.world import MovableClock, World, start_world

KNOWLEDGE = Path(__file__).parent / "fixtures" / "knowledge"
WHOLE_KNOWLEDGE = Path(__file__).parent.parent / "knowledge"

# How long something takes on a machine that has other work says nothing about whether it is right.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(autouse=True, scope="module")
def settled_memory() -> Iterator[None]:
    """What a file of tests leaves behind is not looked through again and again: without this
    the garbage collector takes most of the time of the later tests.
    """
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def libraries_are_built_once() -> Iterator[None]:
    """A library never changes: all tests of one day share that of a folder which none changes."""
    built: dict[tuple[Path, date], Library] = {}

    def remembered(folder: Path, today: date, overlay: Overlay = NO_OVERLAY) -> Library:
        if folder not in {KNOWLEDGE, WHOLE_KNOWLEDGE} or overlay != NO_OVERLAY:
            return load(folder, today, overlay)
        if (folder, today) not in built:
            built[folder, today] = load(folder, today)
        return built[folder, today]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("knowledge.holding.load", remembered)
        yield


@pytest.fixture(autouse=True, scope="session")
def templates_are_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each house of a test has an environment of its own; compiling is the same for all."""
    kept = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "console.frame.building.Environment", partial(Environment, bytecode_cache=kept)
        )
        yield


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


@pytest.fixture(scope="session")
def postgres_url(postgres_template: str | None) -> Iterator[str | None]:
    """One database for all tests of this process, wiped after each."""
    if postgres_template is None:
        yield None
        return
    with databases.wiped_postgres(postgres_template) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, blank: Path, tmp_path: Path, postgres_url: str | None
) -> Iterator[str]:
    """A migrated, empty database; each test that uses it runs on both kinds."""
    if request.param == "sqlite":
        with databases.sqlite(blank, tmp_path) as url:
            yield url
        return
    if postgres_url is None:
        pytest.skip("no PostgreSQL on 127.0.0.1:5432")
    yield postgres_url
    databases.wipe(postgres_url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, databases.vault())
    yield opened
    await opened.close()


@pytest.fixture(params=["polling", "webhook"])
def mode(request: pytest.FixtureRequest) -> str:
    """How updates arrive; each test that uses it runs both ways."""
    return str(request.param)


# A journey goes by polling on SQLite and by webhook on PostgreSQL: each way in and each database,
# in half of the time. `make faults` goes the other two ways as well; without PostgreSQL both ways
# in are gone on SQLite.
_WAYS = ["usual"]
if os.environ.get("NUANXIN_TEST_ALL_WAYS") or not databases.postgres_is_there():
    _WAYS.append("other")


@pytest.fixture(params=_WAYS)
def way(request: pytest.FixtureRequest, database_url: str) -> str:
    """How updates arrive in a journey on this database."""
    is_usual = request.param == "usual"
    return "polling" if database_url.startswith("sqlite") == is_usual else "webhook"


@pytest.fixture
async def world(way: str, database_url: str, clock: MovableClock) -> AsyncIterator[World]:
    """The whole program against the simulator: each way in, each database."""
    async with start_world(database_url, clock, mode=way, knowledge=KNOWLEDGE) as started:
        yield started


@pytest.fixture
async def small_world(blank: Path, tmp_path: Path, clock: MovableClock) -> AsyncIterator[World]:
    """The whole program once: polling, SQLite. For what does not depend on either."""
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(url, clock, mode="polling", knowledge=KNOWLEDGE) as started:
            yield started
