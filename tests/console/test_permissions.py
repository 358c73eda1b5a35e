"""Every route x every role x own unit, another unit, own employer, against the matrix as data."""

from __future__ import annotations

import pytest

from console.frame.routes import Access, Route
from console.registry import all_routes
from domain.staff import FLAG_NEEDED, FLAGS_OF, MATRIX, Permission, Role
from domain.units import Unit
from tests.console.examples import EXAMPLES
from tests.console.visiting import Answer, Browser, House

ROUTES = all_routes()
# Nobody without a unit is asked here, so what an enterprise may not be given is not tried.
LET_IN = {200, 303, 422}
# Their examples name a session and an account that are not there.
ABSENT_FOR_ALL = {
    "POST /account/sessions/{id}/end",
    "POST /sign-in/demo",
    "GET /roster/{id}",
    "POST /roster/{id}",
    # There is no record before a draw.
    "GET /events/{id}/draw/record",
    "GET /quiz/rounds/{id}/draw/record",
}


def test_every_route_says_who_may_and_has_an_example() -> None:
    for route in ROUTES:
        assert isinstance(route.permission, (Permission, Access)), route.name
    assert {route.name for route in ROUTES} == set(EXAMPLES)
    assert len({route.name for route in ROUTES}) == len(ROUTES)


def test_every_permission_of_a_route_is_in_the_matrix() -> None:
    for route in ROUTES:
        if isinstance(route.permission, Permission):
            assert MATRIX[route.permission], route.name


async def ask(house: House, browser: Browser, route: Route, unit: Unit) -> tuple[str, Answer]:
    """Ask for a route about something new in the unit; the path and the answer."""
    subject = await EXAMPLES[route.name].make(house, unit)
    path = route.path.format(**subject.args)
    if route.method == "GET":
        return path, await browser.get(path)
    return path, await browser.post(path, subject.form)


def same_as_absent(answer: Answer, absent: Answer) -> bool:
    told = ("Content-Type", "Cache-Control", "Content-Length")
    return (
        answer.status == 404
        and answer.text == absent.text
        and all(answer.headers.get(name) == absent.headers.get(name) for name in told)
    )


def is_led_to_the_door(answer: Answer) -> bool:
    return answer.status == 303 and answer.location.startswith("/sign-in")


@pytest.mark.parametrize("role", Role)
async def test_a_role_reaches_what_the_matrix_gives_it_and_nothing_else(
    house: House, role: Role
) -> None:
    """Own unit and another one. What is hidden answers byte for byte like what is absent."""
    person = await house.person((role, house.north))
    faults = []
    browser = None
    for route in ROUTES:
        may = isinstance(route.permission, Access) or (
            role in MATRIX[route.permission] and route.permission not in FLAG_NEEDED
        )
        for unit in (house.north, house.south):
            browser = await house.stays(browser, person, route)
            absent = await browser.get("/there-is-no-such-page")
            path, answer = await ask(house, browser, route, unit)
            assert not browser.is_kept or not is_led_to_the_door(answer), route.name
            is_hidden = EXAMPLES[route.name].is_local and unit is house.south
            if may and not is_hidden:
                good = answer.status in LET_IN or route.name in ABSENT_FOR_ALL
            else:
                good = same_as_absent(answer, absent)
            if not good:
                faults.append(f"{route.name} in {unit.name}: {answer.status} for {path}")
    assert faults == []


async def test_who_works_for_an_enterprise_gains_nothing_by_it(house: House) -> None:
    person = await house.person((Role.ADMIN, house.south), employer=house.factory)
    browser = await house.sits_down(person)
    absent = await browser.get("/there-is-no-such-page")
    for route in ROUTES:
        if EXAMPLES[route.name].is_local:
            browser = await house.stays(browser, person, route)
            _, answer = await ask(house, browser, route, house.north)
            assert same_as_absent(answer, absent), route.name


async def test_who_has_no_role_reaches_only_what_needs_none(house: House) -> None:
    person = await house.person()
    browser = None
    for route in ROUTES:
        browser = await house.stays(browser, person, route)
        _, answer = await ask(house, browser, route, house.north)
        if isinstance(route.permission, Permission):
            assert answer.status == 404, route.name


async def test_who_is_not_signed_in_is_led_to_the_door(house: House) -> None:
    for route in ROUTES:
        browser = house.browser()
        _, answer = await ask(house, browser, route, house.north)
        if route.permission is Access.PUBLIC:
            assert answer.status in LET_IN | {404}, route.name
        else:
            assert answer.status == 303, route.name
            assert is_led_to_the_door(answer), route.name


@pytest.mark.parametrize("role", FLAGS_OF)
async def test_a_right_that_needs_a_flag_is_there_with_it(house: House, role: Role) -> None:
    person = await house.person((role, house.north), flags=FLAGS_OF[role])
    faults = []
    for route in ROUTES:
        right = route.permission
        if not isinstance(right, Permission) or right not in FLAG_NEEDED:
            continue
        if role not in MATRIX[right]:
            continue
        browser = await house.sits_down(person)
        path, answer = await ask(house, browser, route, house.north)
        if answer.status not in LET_IN:
            faults.append(f"{route.name}: {answer.status} for {path}")
    assert faults == []
