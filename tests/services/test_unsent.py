"""What did not arrive: counted by reason without names, sent again, let go or given up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from domain.outbox import Notice, Policy, State
from domain.refusal import Refusal
from domain.staff import Actor, Grant, Role
from services.unsent import UnsentService
from storage.database import Database
from storage.tables import outbox
from tests.world import MovableClock

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
ADMIN = Actor("s1", "赵强", (Grant(Role.ADMIN, "/1/"),))
OTHER = Actor("s2", "王芳", (Grant(Role.BROADCASTER, "/1/"),))


@pytest.fixture
def service(database: Database, clock: MovableClock) -> UnsentService:
    return UnsentService(database, clock)


async def fail(database: Database, reason: str, *members: int, **more: object) -> None:
    """Notices to the members that ended so; "ambiguous" means that nobody knows."""
    state = State.UNKNOWN if reason == "ambiguous" else State.FAILED
    async with database.open_work() as work:
        await work.outbox.add(
            *(
                Notice("events.offer", one, f"{reason}:{one}", NOW, **more)  # type: ignore[arg-type]
                for one in members
            )
        )
        await work._connection.execute(
            sa.update(outbox)
            .where(outbox.c.member_id.in_(members))
            .values(state=state.value, fail_class=reason)
        )
        await work.commit()


async def waiting(database: Database) -> int:
    async with database.open_read() as work:
        return (await work.outbox.counts(None)).get(State.PENDING, 0)


async def test_what_did_not_arrive_is_counted_by_reason(
    database: Database, service: UnsentService
) -> None:
    await fail(database, "content", 1, 2, 3)
    await fail(database, "ambiguous", 4, policy=Policy.HOLD)
    await fail(database, "blocked", 5)
    found = {one.reason: (one.count, one.may_resend) for one in await service.list_unsent()}
    assert found == {"content": (3, True), "ambiguous": (1, False), "blocked": (1, False)}


async def test_it_goes_again_but_never_what_must_not_arrive_twice(
    database: Database, service: UnsentService
) -> None:
    await fail(database, "ambiguous", 1, 2)
    await fail(database, "ambiguous", 3, policy=Policy.HOLD)
    assert await service.resend(ADMIN, "events.offer", "ambiguous") == 2
    assert await waiting(database) == 2
    assert await service.resend(ADMIN, "events.offer", "ambiguous") == 0
    with pytest.raises(Refusal, match=r"outbox\.no_resend"):
        await service.resend(ADMIN, "events.offer", "blocked")


async def test_what_a_restore_held_is_let_go_or_given_up(
    database: Database, service: UnsentService
) -> None:
    for number, verb in enumerate((service.release, service.give_up)):
        async with database.open_work() as work:
            await work.outbox.add(Notice("events.offer", 7 + number, f"t{number}", NOW))
            await work.outbox.raise_epoch()
            await work.commit()
        assert [one.reason for one in await service.list_unsent()] == ["restored"]
        assert await verb(ADMIN) == 1
        assert await service.list_unsent() == []
        assert await waiting(database) == 1 - number
        async with database.open_work() as work:
            # It goes: as if it had arrived, so that the next one is alone.
            await work._connection.exec_driver_sql("UPDATE outbox SET state = 'sent'")
            await work.commit()


async def test_only_those_who_keep_the_house_may(service: UnsentService) -> None:
    for act in (service.release(OTHER), service.give_up(OTHER), service.resend(OTHER, "x", "y")):
        with pytest.raises(Refusal, match=r"staff\.not_allowed"):
            await act
