"""Limits of time: asked, shown, kept if wanted; reminders come once, and name no matter."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from domain.calendar import load_calendar
from domain.limits.asking import Progress
from domain.reading.words import Words
from domain.refusal import Refusal
from locales import load_words
from services.limits import LimitService, Shown
from storage.database import Database
from storage.keeping import REGISTER, Subject
from storage.marking import noting
from storage.tables import rights_clocks
from tests.world import MovableClock

WANG, LI = 1001, 1002


@pytest.fixture
def service(database: Database, clock: MovableClock) -> LimitService:
    return LimitService(database, clock, Words.of(load_words()), load_calendar())


async def dismissed(service: LimitService, member: int, left: str, update: int = 1) -> Shown:
    """A member who says when they were dismissed, and nothing more."""
    await service.begin(member, "severance")
    await service.pick(member, "stage", "nothing", update)
    await service.tell(member, left, update + 1)
    shown = await service.pick(member, "claimed", "never", update + 2)
    assert isinstance(shown, Shown)
    return shown


def subject(member: int) -> Subject:
    return Subject(member)


async def are_readable(database: Database) -> list[bool]:
    """Whether the kind of dispute can be read in the rows as they lie there."""
    async with database.open_read() as work:
        rows = await work._connection.execute(sa.select(rights_clocks.c.sealed_answers))
        return [b"severance" in bytes(sealed) for (sealed,) in rows]


async def test_three_answers_give_the_limits_and_the_same_update_gives_them_again(
    service: LimitService,
) -> None:
    shown = await dismissed(service, WANG, "2026-06-30")
    assert [limit.days_left(shown.today) for limit in shown.limits] == [217, 583]
    again = await service.pick(WANG, "claimed", "never", 3)
    assert isinstance(again, Shown)
    assert again.clock.id == shown.clock.id
    assert await service.find_open(WANG) is None


async def test_a_form_goes_on_where_it_was_and_a_step_can_be_taken_back(
    service: LimitService,
) -> None:
    await service.begin(WANG, "severance")
    await service.pick(WANG, "stage", "nothing", 1)
    with noting(2):
        first = await service.tell(WANG, "2026-06-30", 2)
        assert isinstance(first, Progress)
        assert first.question.step == "claimed"
        assert await service.tell(WANG, "2026-06-30", 2) == first
    for _ in range(2):
        with noting(4):
            earlier = await service.step_back(WANG, "claimed")
        assert earlier.question.step == "left"
    with pytest.raises(Refusal, match=r"limits\.step_gone"):
        await service.pick(WANG, "claimed", "never", 3)


async def test_nobody_sees_or_keeps_the_clock_of_another(service: LimitService) -> None:
    shown = await dismissed(service, WANG, "2026-06-30")
    for verb in (service.get, service.keep, service.forget):
        with pytest.raises(Refusal, match=r"limits\.gone"):
            await verb(LI, shown.clock.id)
    assert (await service.get(WANG, shown.clock.id)).limits == shown.limits


async def test_what_nobody_kept_is_gone_after_a_day_and_what_was_kept_stays(
    service: LimitService, clock: MovableClock
) -> None:
    kept = await dismissed(service, WANG, "2026-06-30", 1)
    await service.keep(WANG, kept.clock.id)
    await dismissed(service, WANG, "2026-07-01", 11)
    clock.move(days=2)
    assert await service.purge() == 1
    assert [one.clock.id for one in await service.list_kept(WANG)] == [kept.clock.id]
    clock.move(days=3 * 366)
    assert await service.purge() == 1


async def test_a_sixth_clock_is_not_kept(service: LimitService) -> None:
    for number in range(5):
        shown = await dismissed(service, WANG, "2026-06-30", 1 + 10 * number)
        await service.keep(WANG, shown.clock.id)
    sixth = await dismissed(service, WANG, "2026-06-30", 91)
    with pytest.raises(Refusal, match=r"limits\.too_many"):
        await service.keep(WANG, sixth.clock.id)


async def test_reminders_come_in_the_morning_once_and_name_no_matter(
    service: LimitService, database: Database, clock: MovableClock
) -> None:
    # Wednesday 25 November 2026: the year is over on 2 December, in seven days.
    shown = await dismissed(service, WANG, "2025-12-02")
    await service.keep(WANG, shown.clock.id)
    assert await service.remind_due() == 0
    clock.move(days=3, hours=16)
    # 06:00 of the 29th in Beijing, three days before: too early to wake anybody.
    assert await service.remind_due() == 0
    clock.move(hours=4)
    assert await service.remind_due() == 1
    assert await service.remind_due() == 0
    async with database.open_read() as work:
        copied = await work.keeping.copy(subject(WANG), REGISTER)
    (row,) = copied["outbox"]
    assert (row["kind"], row["details"]) == ("limits.notice", {"clock": shown.clock.id})


async def test_what_fell_due_while_the_program_was_down_is_told_once(
    service: LimitService, clock: MovableClock
) -> None:
    shown = await dismissed(service, WANG, "2025-12-26")
    await service.keep(WANG, shown.clock.id)
    clock.move(days=30)
    assert await service.remind_due() == 1
    assert await service.remind_due() == 0


async def test_a_clock_that_was_forgotten_reminds_nobody(
    service: LimitService, clock: MovableClock
) -> None:
    shown = await dismissed(service, WANG, "2025-12-02")
    await service.keep(WANG, shown.clock.id)
    await service.forget(WANG, shown.clock.id)
    clock.move(days=6)
    assert await service.remind_due() == 0


async def test_what_it_is_about_stays_sealed(service: LimitService, database: Database) -> None:
    await dismissed(service, WANG, "2026-06-30")
    async with database.open_read() as work:
        copied = await work.keeping.copy(subject(WANG), REGISTER)
    (row,) = copied["rights_clocks"]
    assert "severance" in row["answers"]
    assert await are_readable(database) == [False]
