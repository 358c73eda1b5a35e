"""What a hidden case or talk costs the database: exactly what one costs that never was."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from console.frame import guard
from console.frame.routes import Route
from console.registry import all_routes
from domain.cases.numbers import number_of
from domain.staff import Flag, Role, Staff
from tests.console.case_house import a_case
from tests.console.examples import EXAMPLES
from tests.console.talk_house import a_talk
from tests.console.visiting import Answer, Browser, House
from tests.loop_time import in_loop_time

LEAD = frozenset({Flag.LEAD})
# The clock of the house works beside: what it asks comes on top of some of the looks.
LOOKS = 3


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that any database is given inside."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


async def ask(browser: Browser, route: Route, path: str, form: Mapping[str, str]) -> Answer:
    return await (browser.get(path) if route.method == "GET" else browser.post(path, form))


async def cost(
    house: House, person: Staff, route: Route, path: str, form: Mapping[str, str]
) -> tuple[int, list[str]]:
    """The status, and the statements of the cheapest of some looks."""
    found = []
    for _ in range(LOOKS):
        browser = await house.sits_down(person)
        with statements() as told:
            answer = await ask(browser, route, path, form)
        found.append((answer.status, told))
    return min(found, key=lambda one: len(one[1]))


async def behind_the_wall(house: House, *, is_lead: bool) -> Staff:
    """Somebody of the factory who does case work in its town."""
    await house.person((Role.CASEWORKER, house.north), flags=LEAD)
    flags = LEAD if is_lead else frozenset[Flag]()
    return await house.person((Role.CASEWORKER, house.north), employer=house.factory, flags=flags)


def routes(prefix: str) -> list[Route]:
    found = [route for route in all_routes() if route.path.startswith(prefix)]
    assert len(found) > 10
    return found


@pytest.mark.parametrize("is_lead", [False, True])
async def test_a_hidden_case_asks_the_database_what_an_absent_one_asks(
    house: House, is_lead: bool
) -> None:
    person = await behind_the_wall(house, is_lead=is_lead)
    for route in routes("/cases/{id}"):
        hidden = await a_case(house, house.north, worker=person.id, respondent=house.factory)
        form = (await EXAMPLES[route.name].make(house, house.north)).form
        absent = {**hidden, "id": secrets.token_hex(8)}
        costs = [
            await cost(house, person, route, route.path.format(**args), form)
            for args in (hidden, absent)
        ]
        assert costs[0] == costs[1], route.name
        assert costs[0][0] == 404, route.name
        assert costs[0][1], route.name


async def test_a_hidden_talk_asks_the_database_what_an_absent_one_asks(house: House) -> None:
    person = await behind_the_wall(house, is_lead=True)
    for route in routes("/talks/{id}"):
        subject = await EXAMPLES[route.name].make(house, house.north)
        talk, file = await a_talk(house, house.factory)
        hidden = {**subject.args, "id": talk, "file": file}
        absent = {**hidden, "id": "".join(secrets.choice("ABCDEFGH") for _ in range(10))}
        costs = [
            await cost(house, person, route, route.path.format(**args), subject.form)
            for args in (hidden, absent)
        ]
        assert costs[0] == costs[1], route.name
        # Who may do nothing of the kind is turned away before anything is looked for.
        assert costs[0][0] == 404, route.name


async def test_a_number_that_is_hidden_costs_what_a_number_costs_that_nobody_has(
    house: House,
) -> None:
    person = await behind_the_wall(house, is_lead=True)
    case = await a_case(house, house.north, worker=person.id, respondent=house.factory)
    async with house.world.parts.database.open_read() as work:
        kept = await work.cases.find(case["id"])
    assert kept is not None
    nobodys = number_of([secrets.randbelow(31) for _ in range(7)])
    search = next(route for route in all_routes() if route.name == "GET /search")
    for path in ("/search?q={}", "/cases?q={}", "/cases?queue=mine&q={}"):
        costs = [
            await cost(house, person, search, path.format(number), {})
            for number in (kept.number, nobodys)
        ]
        assert costs[0] == costs[1], path
        assert costs[0][0] == 200


async def test_a_case_that_is_there_costs_more(house: House) -> None:
    """The control: the counting tells one from the other where there is a difference."""
    person = await behind_the_wall(house, is_lead=True)
    hidden = await a_case(house, house.north, worker=person.id, respondent=house.factory)
    seen = await a_case(house, house.north, worker=person.id)
    show = next(route for route in all_routes() if route.name == "GET /cases/{id}")
    costs = [
        await cost(house, person, show, show.path.format(**args), {}) for args in (hidden, seen)
    ]
    assert costs[0][0] == 404 and costs[1][0] == 200
    assert len(costs[0][1]) < len(costs[1][1])


@pytest.mark.parametrize("late", [0.0, 0.0005, 0.0015])
@pytest.mark.parametrize(("passed", "answered"), [(0.004, 0.03), (0.029, 0.03), (0.041, 0.06)])
def test_the_time_until_not_here_is_a_whole_number_of_marks(
    monkeypatch: pytest.MonkeyPatch, passed: float, answered: float, late: float
) -> None:
    """However late timers are, up to a millisecond or two."""
    monkeypatch.setattr(guard, "MARK_SECONDS", 0.03)

    async def looking() -> None:
        loop, looks, sleep = asyncio.get_running_loop(), itertools.count(), asyncio.sleep

        def now() -> float:
            return loop.time() + next(looks) / 1_000_000

        async def sleep_late(seconds: float) -> None:
            await sleep(seconds + late if seconds > 0 else 0)

        began = now()
        await sleep(passed)
        monkeypatch.setattr(guard, "time", SimpleNamespace(perf_counter=now))
        monkeypatch.setattr(guard, "asyncio", SimpleNamespace(sleep=sleep_late))
        await guard.next_mark(began)
        assert now() - began == pytest.approx(answered, abs=0.000_01)

    in_loop_time(looking())


async def test_hidden_and_absent_both_wait_for_the_mark_and_what_is_there_does_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def note(began: float) -> None:
        waits.append(began)

    monkeypatch.setattr(guard, "next_mark", note)
    person = await behind_the_wall(house, is_lead=True)
    case = await a_case(house, house.north, worker=person.id, respondent=house.factory)
    browser = await house.sits_down(person)
    for number in (case["id"], secrets.token_hex(8)):
        assert (await browser.get(f"/cases/{number}")).status == 404
    assert len(waits) == 2
    assert (await browser.get("/cases")).status == 200
    assert len(waits) == 2
