"""Looking back at questions, on both databases."""

from __future__ import annotations

import asyncio
import math
import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from domain.ask import Verdict
from domain.outcomes import Mark, MissReport
from domain.refusal import Refusal
from knowledge import Knowledge
from knowledge.misses import find_misses
from services.ask import AskService
from services.outcomes import DayCounter, OutcomeService
from storage.database import Database
from storage.tables import questions
from tests.conftest import KNOWLEDGE
from tests.editors import EDITOR, VIEWER
from tests.world import MovableClock

KEY = b"k" * 32
WAGES = "老板三个月没发工资了"
NOTHING = ("asdf qwer", "qwer asdf", "asdf qwer zxcv", "asdf qwer", "asdf, qwer")


@pytest.fixture(autouse=True)
def never_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is."""
    monkeypatch.setattr("services.outcomes.SLOW_SECONDS", math.inf)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    held = Knowledge(KNOWLEDGE, lambda: date(2026, 11, 25))
    assert held.reload() == ()
    return held


@pytest.fixture
def ask(database: Database, knowledge: Knowledge, clock: MovableClock) -> AskService:
    return AskService(database, knowledge, clock, KEY)


@pytest.fixture
def outcomes(database: Database, knowledge: Knowledge, clock: MovableClock) -> OutcomeService:
    return OutcomeService(database, knowledge, clock, cluster_size=5)


async def test_what_became_of_questions_is_counted_by_page(
    ask: AskService, outcomes: OutcomeService
) -> None:
    answered = await ask.ask(WAGES, 1)
    await ask.judge(answered.question_id, Verdict.HELPFUL)
    await ask.ask_human(answered.question_id)
    offered = await ask.ask("工伤", 2)
    await ask.choose(offered.question_id, offered.pages[0].id)
    refused = await ask.ask("工伤", 3)
    await ask.reject(refused.question_id)
    await ask.ask(NOTHING[0], 4)
    report = await outcomes.count(EDITOR, 30)
    assert report.pages["wage.arrears"] == {Mark.ANSWERED: 1, Mark.HELPFUL: 1, Mark.HUMAN: 1}
    assert report.pages[offered.pages[0].id] == {Mark.OFFERED: 2, Mark.CHOSEN: 1}
    assert (report.totals[Mark.ASKED], report.totals[Mark.REJECTED]) == (4, 1)
    assert report.totals[Mark.NONE] == 1


async def test_in_a_group_nothing_is_offered(ask: AskService, outcomes: OutcomeService) -> None:
    await ask.ask("工伤", 1, in_group=True)
    report = await outcomes.count(EDITOR, 30)
    assert (report.totals[Mark.CHOICES], report.pages) == (1, {})


async def test_days_are_counted_with_today(
    ask: AskService, outcomes: OutcomeService, clock: MovableClock
) -> None:
    await ask.ask(WAGES, 1)
    assert (await outcomes.count(EDITOR, 1)).totals[Mark.ASKED] == 1
    clock.move(days=1)
    assert (await outcomes.count(EDITOR, 1)).totals == {}
    assert (await outcomes.count(EDITOR, 2)).totals[Mark.ASKED] == 1


async def test_misses_are_shown_from_the_size_of_the_setting_on(
    ask: AskService, outcomes: OutcomeService, clock: MovableClock
) -> None:
    for number, text in enumerate(NOTHING[:4]):
        await ask.ask(text, number)
    assert (await outcomes.find_misses(EDITOR, 30, at_least=1)).clusters == ()
    await ask.ask(NOTHING[4], 9)
    clock.move(minutes=1)
    (cluster,) = (await outcomes.find_misses(EDITOR, 30)).clusters
    assert cluster.size == 5
    assert set(cluster.samples) <= set(NOTHING)
    assert (await outcomes.find_misses(EDITOR, 30, at_least=6)).small_questions == 5


async def test_without_any_knowledge_misses_are_refused(
    database: Database, clock: MovableClock, tmp_path: Path
) -> None:
    empty = Knowledge(tmp_path, lambda: date(2026, 11, 25))
    with pytest.raises(Refusal, match="no_knowledge"):
        await OutcomeService(database, empty, clock, 5).find_misses(EDITOR, 30)
    assert (await OutcomeService(database, empty, clock, 5).count(EDITOR, 30)).pages == {}


async def test_each_day_is_counted_also_one_without_questions(
    ask: AskService, outcomes: OutcomeService, clock: MovableClock
) -> None:
    await ask.ask(WAGES, 1)
    await ask.ask(NOTHING[0], 2)
    clock.move(days=2)
    await ask.ask(WAGES, 3)
    days = await outcomes.by_day(EDITOR, 3)
    assert [(day.asked, day.answered, day.none) for day in days] == [
        (2, 1, 1),
        (0, 0, 0),
        (1, 1, 0),
    ]


async def test_days_that_are_over_are_counted_once_and_say_the_same(
    ask: AskService, outcomes: OutcomeService, clock: MovableClock, database: Database
) -> None:
    counter = DayCounter(database, clock)
    await ask.ask(WAGES, 1)
    await ask.ask("工伤", 2)
    clock.move(days=1)
    await ask.ask(NOTHING[0], 3)
    clock.move(days=1)
    await ask.ask(WAGES, 4)
    report, days = await outcomes.count(EDITOR, 30), await outcomes.by_day(EDITOR, 30)
    assert await counter.count_due() == 2
    assert await counter.count_due() == 0
    clock.move(seconds=61)
    assert await outcomes.count(EDITOR, 30) == report
    assert await outcomes.by_day(EDITOR, 30) == days
    # Counted days are not looked at again: without their questions they say the same, and of
    # today, which is not over, nothing is left.
    async with database.open_work() as work:
        await work._connection.execute(sa.delete(questions))
        await work.commit()
    clock.move(seconds=61)
    assert (await outcomes.count(EDITOR, 30)).totals[Mark.ASKED] == 3


async def test_a_late_verdict_counts_for_its_day(
    ask: AskService, outcomes: OutcomeService, clock: MovableClock, database: Database
) -> None:
    counter = DayCounter(database, clock)
    judged = await ask.ask(WAGES, 1)
    clock.move(days=1)
    assert await counter.count_due() == 1
    await ask.judge(judged.question_id, Verdict.HELPFUL)
    assert (await outcomes.count(EDITOR, 30)).totals[Mark.HELPFUL] == 1
    assert await counter.count_due() == 1
    clock.move(seconds=61)
    assert (await outcomes.count(EDITOR, 30)).totals[Mark.HELPFUL] == 1


async def test_who_does_not_want_to_wait_for_the_misses_comes_back(
    ask: AskService, outcomes: OutcomeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def slow(*given: Any) -> MissReport:
        gate.wait(10)
        return find_misses(*given)

    monkeypatch.setattr("services.outcomes.find_misses", slow)
    assert await outcomes.peek_misses(EDITOR, 30, timedelta(milliseconds=10)) is None
    gate.set()
    assert await outcomes.peek_misses(EDITOR, 30, timedelta(seconds=10)) is not None


async def test_a_topic_that_is_read_much_more_than_before_rises(
    ask: AskService, outcomes: OutcomeService, clock: MovableClock
) -> None:
    for update in range(4):
        await ask.ask(WAGES, update)
    await ask.ask("厨余垃圾怎么扔", 10)
    clock.move(days=7)
    for update in range(20, 26):
        await ask.ask(WAGES, update)
    assert [(rise.topic, rise.now, rise.before) for rise in await outcomes.rising(EDITOR, 7)] == [
        ("wage", 6, 4)
    ]
    clock.move(days=7)
    for update in range(30, 34):
        await ask.ask(WAGES, update)
    # Four are no trend.
    assert await outcomes.rising(EDITOR, 7) == ()


async def test_an_answer_is_kept_for_a_minute_and_no_longer(
    ask: AskService, outcomes: OutcomeService, clock: MovableClock
) -> None:
    await ask.ask(WAGES, 1)
    assert (await outcomes.count(EDITOR, 30)).totals[Mark.ASKED] == 1
    await ask.ask(WAGES, 2)
    clock.move(seconds=59)
    assert (await outcomes.count(EDITOR, 30)).totals[Mark.ASKED] == 1
    clock.move(seconds=1)
    assert (await outcomes.count(EDITOR, 30)).totals[Mark.ASKED] == 2


async def test_nobody_waits_for_what_is_slow_to_find_but_the_first(
    ask: AskService,
    outcomes: OutcomeService,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.outcomes.SLOW_SECONDS", 0.0)

    async def asked() -> int:
        return (await outcomes.count(EDITOR, 30)).totals[Mark.ASKED]

    await ask.ask(WAGES, 1)
    assert await asked() == 1
    await ask.ask(WAGES, 2)
    clock.move(minutes=9)
    assert await asked() == 1
    assert not outcomes._renewing
    clock.move(minutes=1)
    # The old answer at once, and the new one as soon as it is there.
    assert await asked() == 1
    await asyncio.gather(*outcomes._renewing.values())
    assert await asked() == 2
    await ask.ask(WAGES, 3)
    clock.move(hours=1)
    # An hour is too old to be shown.
    assert await asked() == 3


async def test_who_may_not_read_questions_is_refused(outcomes: OutcomeService) -> None:
    for act in (
        outcomes.count(VIEWER, 30),
        outcomes.by_day(VIEWER, 30),
        outcomes.rising(VIEWER, 7),
        outcomes.find_misses(VIEWER, 30),
    ):
        with pytest.raises(Refusal, match=r"staff\.not_allowed"):
            await act
