"""Messages to many: frozen, written in chunks, paused, cancelled, sent again, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from domain.members import Member, Reach
from domain.outbox import Push, PushState, State
from domain.refusal import Refusal
from domain.staff import Actor, Grant, Role
from services import outbox as module
from services.outbox import OutboxService
from storage.database import Database
from storage.work import Work
from tests.world import MovableClock

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
SENDER = Actor("s1", "王芳", (Grant(Role.BROADCASTER, "/1/"),))
ELSEWHERE = Actor("s2", "李强", (Grant(Role.BROADCASTER, "/2/"),))
ADMIN = Actor("s3", "赵强", (Grant(Role.ADMIN, "/1/"),))


async def everybody(work: Work, after: int | None, most: int) -> Sequence[int]:
    return await work.members.list_reachable(after, most)


@pytest.fixture
def service(database: Database, clock: MovableClock) -> OutboxService:
    return OutboxService(database, clock)


async def approved(database: Database, service: OutboxService, members: int) -> int:
    async with database.open_work() as work:
        await work.members.save_all(
            [
                Member(number, number, "zh", Reach.REACHABLE, 1, NOW)
                for number in range(1, members + 1)
            ]
        )
        push = Push("message", "t", {"text": "x"}, "s1", NOW, "/1/3/", state=PushState.APPROVED)
        number = await work.pushes.add(push)
        await work.commit()
    assert await service.freeze(number, everybody) == members
    return number


async def acts(database: Database) -> list[str]:
    async with database.open_read() as work:
        rows = await work._connection.exec_driver_sql("SELECT act FROM audit ORDER BY id")
        return [row[0] for row in rows]


async def test_who_was_frozen_gets_it_though_more_have_come_since(
    database: Database, service: OutboxService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 10)
    number = await approved(database, service, 25)
    first = (await service.progress(number)).push.audience_hash
    assert await service.freeze(number, everybody) == 25
    assert (await service.progress(number)).push.audience_hash == first
    async with database.open_work() as work:
        await work.members.save_all([Member(99, 99, "zh", Reach.REACHABLE, 1, NOW)])
        await work.commit()
    await service.start(number)
    assert await service.expand_due() == 25
    progress = await service.progress(number)
    assert (progress.written, progress.total) == (25, 25)
    assert progress.push.state is PushState.RUNNING


async def test_no_more_is_written_while_enough_waits(
    database: Database, service: OutboxService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 10)
    monkeypatch.setattr(module, "BACK_PRESSURE", 30)
    number = await approved(database, service, 100)
    await service.start(number)
    assert await service.expand_due() == 30
    assert await service.expand_due() == 0
    async with database.open_work() as work:
        await work.outbox.cancel(number, 15)
        await work.commit()
    assert await service.expand_due() == 20


async def test_pause_resume_cancel_and_the_counts_add_up(
    database: Database, service: OutboxService
) -> None:
    number = await approved(database, service, 5)
    await service.start(number)
    await service.expand_due()
    await service.pause(ADMIN, number)
    assert (await service.progress(number)).push.pause_reason == "staff"
    with pytest.raises(Refusal, match=r"outbox\.not_now"):
        await service.pause(SENDER, number)
    await service.resume(SENDER, number)
    assert await service.cancel(SENDER, number) == 5
    progress = await service.progress(number)
    assert progress.counts == {State.CANCELLED: 5}
    assert progress.push.state is PushState.CANCELLED
    assert await acts(database) == ["broadcast.pause", "broadcast.resume", "broadcast.cancel"]


async def test_a_push_of_another_unit_is_not_there(
    database: Database, service: OutboxService
) -> None:
    number = await approved(database, service, 1)
    await service.start(number)
    for verb in (service.pause, service.resume, service.cancel):
        with pytest.raises(Refusal, match=r"outbox\.not_found"):
            await verb(ELSEWHERE, number)
        with pytest.raises(Refusal, match=r"outbox\.not_found"):
            await verb(SENDER if verb is not service.pause else ADMIN, number + 1)
    with pytest.raises(Refusal, match=r"staff\.not_allowed"):
        await service.resume(ADMIN, number)
    assert await acts(database) == []


async def test_a_push_that_is_done_is_finished(database: Database, service: OutboxService) -> None:
    number = await approved(database, service, 3)
    await service.start(number)
    await service.expand_due()
    async with database.open_work() as work:
        await work._connection.exec_driver_sql(
            "UPDATE outbox SET state = 'failed', fail_class = 'content'"
        )
        await work.commit()
    await service.expand_due()
    assert (await service.progress(number)).push.state is PushState.FINISHED


async def test_what_is_too_late_expires(
    database: Database, service: OutboxService, clock: MovableClock
) -> None:
    number = await approved(database, service, 3)
    async with database.open_work() as work:
        await work._connection.exec_driver_sql(
            f"UPDATE push SET expires_at = {int((NOW + timedelta(hours=1)).timestamp() * 1000)}"
        )
        await work.commit()
    await service.start(number)
    await service.expand_due()
    assert await service.expire_due() == 0
    clock.move(hours=1)
    assert await service.expire_due() == 3
    assert (await service.progress(number)).counts == {State.EXPIRED: 3}


async def test_a_deadline_moves_by_the_time_in_which_we_were_not_there(
    database: Database, service: OutboxService
) -> None:
    from storage.workers import Worker

    async with database.open_work() as work:
        for minutes in (0, 20):
            at = NOW + timedelta(minutes=minutes)
            await work.workers.beat(Worker("a", "h", 1, NOW, at), timedelta(seconds=60))
        await work.commit()
    hour = timedelta(hours=1)
    assert await service.down_between(NOW - hour, NOW + hour) == timedelta(minutes=20)
    assert await service.down_between(NOW + timedelta(minutes=15), NOW + hour) == timedelta(
        minutes=5
    )
    assert await service.down_between(NOW + hour, NOW + 2 * hour) == timedelta()
