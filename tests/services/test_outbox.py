"""Messages to many: written in chunks, paused, cancelled, expired; on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from domain.outbox import Push, PushState, State
from domain.refusal import Refusal
from domain.staff import Actor, Grant, Role
from services import outbox as module
from services.outbox import OutboxService
from storage.database import Database
from tests.pushing import begun, found
from tests.world import MovableClock

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
SENDER = Actor("s1", "王芳", (Grant(Role.BROADCASTER, "/1/"),))
ELSEWHERE = Actor("s2", "李强", (Grant(Role.BROADCASTER, "/2/"),))
ADMIN = Actor("s3", "赵强", (Grant(Role.ADMIN, "/1/"),))


@pytest.fixture
def service(database: Database, clock: MovableClock) -> OutboxService:
    return OutboxService(database, clock)


async def started(database: Database, members: int) -> int:
    """A push that has begun, to so many."""
    one = Push("message", "t", {"text": "x"}, "s1", NOW, "/1/3/")
    return await begun(database, one, range(1, members + 1))


async def counts(database: Database, number: int) -> Mapping[State, int]:
    async with database.open_read() as work:
        return await work.outbox.counts(number)


async def acts(database: Database) -> list[str]:
    async with database.open_read() as work:
        rows = await work._connection.exec_driver_sql("SELECT act FROM audit ORDER BY id")
        return [row[0] for row in rows]


async def test_no_more_is_written_while_enough_waits(
    database: Database, service: OutboxService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 10)
    monkeypatch.setattr(module, "BACK_PRESSURE", 30)
    number = await started(database, 100)
    assert await service.expand_due() == 30
    assert await service.expand_due() == 0
    async with database.open_work() as work:
        await work.outbox.cancel(number, 15)
        await work.commit()
    assert await service.expand_due() == 20


async def test_pause_resume_cancel_and_the_counts_add_up(
    database: Database, service: OutboxService
) -> None:
    number = await started(database, 5)
    await service.expand_due()
    await service.pause(ADMIN, number)
    assert (await found(database, number)).pause_reason == "staff"
    with pytest.raises(Refusal, match=r"outbox\.not_now"):
        await service.pause(SENDER, number)
    await service.resume(SENDER, number)
    assert await service.cancel(SENDER, number) == 5
    assert await counts(database, number) == {State.CANCELLED: 5}
    assert (await found(database, number)).state is PushState.CANCELLED
    assert await acts(database) == ["broadcast.pause", "broadcast.resume", "broadcast.cancel"]


async def test_a_push_of_another_unit_is_not_there(
    database: Database, service: OutboxService
) -> None:
    number = await started(database, 1)
    for verb in (service.pause, service.resume, service.cancel):
        with pytest.raises(Refusal, match=r"outbox\.not_found"):
            await verb(ELSEWHERE, number)
        with pytest.raises(Refusal, match=r"outbox\.not_found"):
            await verb(SENDER if verb is not service.pause else ADMIN, number + 1)
    with pytest.raises(Refusal, match=r"staff\.not_allowed"):
        await service.resume(ADMIN, number)
    assert await acts(database) == []


async def test_a_push_that_is_done_is_finished(database: Database, service: OutboxService) -> None:
    number = await started(database, 3)
    await service.expand_due()
    async with database.open_work() as work:
        await work._connection.exec_driver_sql(
            "UPDATE outbox SET state = 'failed', fail_class = 'content'"
        )
        await work.commit()
    await service.expand_due()
    assert (await found(database, number)).state is PushState.FINISHED


async def test_what_is_too_late_expires(
    database: Database, service: OutboxService, clock: MovableClock
) -> None:
    number = await started(database, 3)
    async with database.open_work() as work:
        await work._connection.exec_driver_sql(
            f"UPDATE push SET expires_at = {int((NOW + timedelta(hours=1)).timestamp() * 1000)}"
        )
        await work.commit()
    await service.expand_due()
    assert await service.expire_due() == 0
    clock.move(hours=1)
    assert await service.expire_due() == 3
    assert await counts(database, number) == {State.EXPIRED: 3}
