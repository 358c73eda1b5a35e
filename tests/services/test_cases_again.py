"""The same update twice: the program died after the answer was kept and before the reply."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from domain.cases.intake import Ask, Asked
from storage.database import Database
from storage.marking import handled, noting
from tests.services.case_kit import STORY, Cases, make_cases
from tests.staffing import refused
from tests.world import MovableClock


@pytest.fixture
async def cases(database: Database, clock: MovableClock) -> Cases:
    return await make_cases(database, clock)


async def begun(cases: Cases) -> tuple[int, Asked]:
    member = await cases.consents(1)
    return member, await cases.intake.begin(member)


async def test_an_answer_that_comes_again_is_not_taken_for_that_of_the_next_step(
    cases: Cases,
) -> None:
    member, now = await begun(cases)
    assert now.step is Ask.KIND
    intake = cases.intake
    acts: tuple[tuple[int, Callable[[], Awaitable[Asked]], Ask], ...] = (
        (1, lambda: intake.pick(member, Ask.KIND, "wages"), Ask.STORY),
        (2, lambda: intake.tell(member, STORY), Ask.EMPLOYER),
        (3, lambda: intake.tell(member, "速达配送"), Ask.AMOUNT),
        (4, lambda: intake.step_back(member, Ask.AMOUNT), Ask.EMPLOYER),
        (5, lambda: intake.tell(member, "速达配送"), Ask.AMOUNT),
        (6, lambda: intake.skip(member, Ask.AMOUNT), Ask.EVIDENCE),
    )
    for number, act, after in acts:
        for _ in range(3):
            with noting(number):
                assert (await act()).step is after, number
    found = await intake.find_open(member)
    assert found is not None
    assert (found.answers[Ask.STORY], found.answers[Ask.EMPLOYER]) == (STORY, "速达配送")


async def test_the_same_words_in_another_message_are_another_answer(cases: Cases) -> None:
    """The control: it is the update that is known again, not what it says."""
    member, _ = await begun(cases)
    with noting(1):
        await cases.intake.pick(member, Ask.KIND, "wages")
    with noting(2):
        await cases.intake.tell(member, STORY)
    with noting(3):
        assert (await cases.intake.tell(member, STORY)).step is not Ask.EMPLOYER
    with noting(4), refused("cases.step_gone"):
        await cases.intake.pick(member, Ask.KIND, "wages")


def test_outside_of_an_update_nothing_is_handled() -> None:
    assert handled() is None
    with noting(7):
        assert handled() == 7
        with noting(8):
            assert handled() == 8
        assert handled() == 7
    assert handled() is None
