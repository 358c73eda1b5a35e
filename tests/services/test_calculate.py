"""Calculators as forms: one open for each member, a repeated update without further effect."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from domain.calculate.asking import Progress
from domain.calculate.sheet import Sheet
from domain.clock import beijing_date
from domain.reading.words import Words
from domain.refusal import Refusal
from knowledge import Knowledge
from locales import load_words
from services.calculate import CalculateService
from storage.database import Database
from storage.marking import noting
from tests.conftest import KNOWLEDGE
from tests.world import MovableClock

WANG, LI = 1001, 1002


@pytest.fixture
def service(database: Database, clock: MovableClock) -> CalculateService:
    knowledge = Knowledge(KNOWLEDGE, lambda: beijing_date(clock.now()))
    assert knowledge.reload() == ()
    words = Words.of(load_words())
    return CalculateService(database.open_work, database.open_read, knowledge, clock, words)


def step_of(outcome: Progress | Sheet | None) -> str:
    assert isinstance(outcome, Progress)
    return outcome.question.step


async def test_an_update_that_comes_twice_answers_one_step(service: CalculateService) -> None:
    await service.begin(WANG, "overtime")
    for _ in range(2):
        with noting(7):
            assert step_of(await service.tell(WANG, "500")) == "workday"
    with noting(8):
        assert step_of(await service.tell(WANG, "66")) == "restday"
    for _ in range(2):
        with noting(9):
            assert step_of(await service.step_back(WANG, "overtime", "restday")) == "workday"


async def test_the_last_answer_may_come_twice_until_the_form_is_closed(
    service: CalculateService,
) -> None:
    await service.begin(WANG, "overtime")
    for text in ("5000", "66", "0"):
        await service.tell(WANG, text)
    with noting(4):
        first = await service.tell(WANG, "0")
        assert isinstance(first, Sheet)
        assert await service.tell(WANG, "0") == first
    await service.close(WANG)
    assert await service.find_open(WANG) is None


async def test_people_do_not_see_each_others_calculators(service: CalculateService) -> None:
    await service.begin(WANG, "overtime")
    await service.begin(LI, "severance")
    await service.tell(WANG, "5000")
    assert step_of(await service.find_open(LI)) == "how"
    assert step_of(await service.find_open(WANG)) == "workday"


async def test_a_button_of_another_step_or_calculator_has_no_effect(
    service: CalculateService,
) -> None:
    await service.begin(WANG, "overtime")
    for name, step in (("overtime", "workday"), ("severance", "wage")):
        with pytest.raises(Refusal, match=r"calculate\.step_gone"):
            await service.pick(WANG, name, step, "none")
        with pytest.raises(Refusal, match=r"calculate\.step_gone"):
            await service.step_back(WANG, name, step)
    with pytest.raises(Refusal, match=r"calculate\.step_gone"):
        await service.pick(LI, "overtime", "wage", "none")
    with pytest.raises(Refusal, match=r"common\.button_gone"):
        await service.begin(WANG, "lottery")


async def test_a_forgotten_calculator_lapses(
    service: CalculateService, clock: MovableClock
) -> None:
    await service.begin(WANG, "overtime")
    clock.move(days=8)
    assert await service.find_open(WANG) is None


async def test_the_minimum_wage_is_that_of_the_last_day(service: CalculateService) -> None:
    for end, floor in ((date(2026, 8, 31), "2540"), (date(2025, 8, 31), "2420")):
        await service.begin(WANG, "severance")
        for text in ("协商", "2024-9-1", end.isoformat(), "1000"):
            outcome = await service.tell(WANG, text)
        assert isinstance(outcome, Sheet)
        line = next(line for line in outcome.steps if line.code == "severance_floor")
        assert line.amounts["floor"] == Decimal(floor)


async def test_without_a_known_minimum_wage_the_sheet_says_so(service: CalculateService) -> None:
    await service.begin(WANG, "severance")
    for text in ("协商", "2019-1-1", "2020-12-31", "1000"):
        outcome = await service.tell(WANG, text)
    assert isinstance(outcome, Sheet)
    assert outcome.amount == 2000
    assert "severance_floor_unknown" in {line.code for line in outcome.flags}
