"""R13, R14, R15: each due time is begun once, whatever clocks and other processes do."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from domain.calendar import QuietHours
from domain.lateness import Action, Due, Kind, Verdict
from domain.outbox import Notice
from services.duties import DutyService
from storage.database import Database
from storage.work import Work
from tests.world import MovableClock

NOON = datetime(2026, 11, 25, 4, tzinfo=UTC)
DUE = [Due(f"schedule:{number}", NOON, Kind.QUIZ) for number in range(50)]


async def tell(work: Work, due: Due, verdict: Verdict) -> None:
    key = f"{due.schedule_id}:{due.due_at.timestamp():.0f}"
    await work.outbox.add(Notice("message", 7, key, due.due_at, {"text": verdict.action.value}))


def service(database: Database, clock: MovableClock) -> DutyService:
    return DutyService(database, clock, QuietHours())


async def test_clock_jumps_of_an_hour_fire_nothing_twice_and_skip_nothing(
    database: Database,
) -> None:
    clock = MovableClock(NOON - timedelta(minutes=30))
    duties, fired = service(database, clock), Counter[str]()
    for jump in (0, 60, -60, 60, -60, 90):
        clock.move(minutes=jump)
        fired.update(due.schedule_id for due, _ in await duties.run(DUE, tell))
    assert set(fired.values()) == {1}
    assert len(fired) == len(DUE)


async def test_three_replicas_begin_each_due_time_once(database: Database) -> None:
    replicas = [service(database, MovableClock(NOON)) for _ in range(3)]
    begun = await asyncio.gather(*(replica.run(DUE, tell) for replica in replicas))
    fired = Counter(due.schedule_id for done in begun for due, _ in done)
    assert fired == Counter({due.schedule_id: 1 for due in DUE})
    async with database.open_read() as work:
        assert sum((await work.outbox.counts(None)).values()) == len(DUE)


async def test_without_the_mark_three_replicas_would_begin_it_three_times(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage.workers import Runs

    async def always(*_: object) -> bool:
        return True

    monkeypatch.setattr(Runs, "begin", always)
    replicas = [service(database, MovableClock(NOON)) for _ in range(3)]
    begun = [await replica.run(DUE[:5], tell) for replica in replicas]
    assert sum(len(done) for done in begun) == 15


async def test_what_cannot_be_begun_stays_due_and_stops_nobody_else(database: Database) -> None:
    duties = service(database, MovableClock(NOON))

    async def stumble(work: Work, due: Due, verdict: Verdict) -> None:
        await tell(work, due, verdict)
        if due is DUE[1]:
            raise RuntimeError("broken")

    with pytest.raises(ExceptionGroup) as raised:
        await duties.run(DUE[:3], stumble)
    assert raised.group_contains(RuntimeError)
    (again,) = await duties.run(DUE[:3], tell)
    assert again[0] is DUE[1]


async def test_what_is_too_late_leaves_a_record(database: Database) -> None:
    duties = service(database, MovableClock(NOON + timedelta(days=2)))
    ((_, verdict),) = await duties.run(DUE[:1], tell)
    assert verdict.action is Action.DROP
    async with database.open_read() as work:
        assert await work.runs.outcomes("schedule:0") == [(NOON, "drop")]
