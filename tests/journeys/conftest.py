"""After each journey: every press was answered, nothing was logged, no question has a person."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from tests.journeys import checks
from tests.logbook import recording
from tests.world import World


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """The log of the journey, as production would write it."""
    with recording() as written:
        yield written


@pytest.fixture
def world(logged: io.StringIO, world: World) -> Iterator[World]:
    yield world
    _hold(world, logged)


@pytest.fixture
def small_world(logged: io.StringIO, small_world: World) -> Iterator[World]:
    yield small_world
    _hold(small_world, logged)


def _hold(world: World, logged: io.StringIO) -> None:
    assert checks.unanswered_presses(world) == set()
    assert checks.leaks(world, logged.getvalue()) == []
    assert checks.traces_of_people(world) == []
