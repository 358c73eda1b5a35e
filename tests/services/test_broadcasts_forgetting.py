"""Who got what is forgotten when its time is over; what it came to stays; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from domain.broadcasts import KEEP, CallOutcome
from domain.outbox import PushState, State
from storage import ledgers
from storage.database import Database
from storage.tables import (
    broadcast_calls,
    broadcast_presses,
    broadcast_tests,
    outbox,
    push_audience,
)
from tests.services.broadcast_kit import FIRST, Casting, make_casting
from tests.staffing import make_house
from tests.world import MovableClock

PERSONAL = (outbox, push_audience, broadcast_presses, broadcast_calls, broadcast_tests)


@pytest.fixture
async def cast(
    database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> Casting:
    monkeypatch.setattr(ledgers, "_CHUNK", 7)
    return await make_casting(await make_house(database, clock))


async def rows(cast: Casting) -> list[int]:
    """How many rows lead to somebody, table by table; notices of staff do not count."""
    found = []
    async with cast.database.open_read() as work:
        for table in PERSONAL:
            wanted = sa.select(sa.func.count()).select_from(table)
            if table is outbox:
                wanted = wanted.where(outbox.c.push_id.is_not(None))
            found.append(int(await work._connection.scalar(wanted) or 0))
    return found


async def over(cast: Casting) -> str:
    """A broadcast with presses, calls and a correction, all at an end; its id."""
    await cast.people(cast.house.east, 30)
    one = await cast.started(correction="更正")
    await cast.ended("failed", "blocked", most=2)
    await cast.ended("sent")
    await cast.outbox.expand_due()
    await cast.members.press(FIRST + 5, one.id, 0)
    (row, *_), _ = await cast.calls.sheet(cast.br, one.id, offset=0, limit=9)
    await cast.calls.called(cast.br, one.id, row.person_id, CallOutcome.REACHED)
    await cast.runs.correct(cast.br, one.id)
    await cast.outbox.expand_due()
    await cast.ended("sent", kind="broadcast.edit")
    await cast.outbox.expand_due()
    return one.id


async def test_a_year_later_nobody_can_tell_who_got_it_and_the_figures_are_the_same(
    cast: Casting,
) -> None:
    number = await over(cast)
    before = await cast.runs.reach(cast.br, number)
    assert all(await rows(cast))
    cast.clock.move(days=KEEP.days - 1)
    await cast.ticks.purge()
    assert all(await rows(cast)), "not before its time"
    cast.clock.move(days=1, seconds=1)
    await cast.ticks.purge()
    assert await rows(cast) == [0] * len(PERSONAL)
    after = await cast.runs.reach(cast.br, number)
    assert (after.counts, after.failures, after.pressed, after.acted, after.presses) == (
        before.counts,
        before.failures,
        before.pressed,
        before.acted,
        before.presses,
    )
    assert list(after.by_hour) == list(before.by_hour)
    assert sum(after.counts.values()) == after.total == 30
    progress = await cast.runs.progress(cast.br, number)
    assert progress.counts == {State.SENT: 28, State.FAILED: 2}
    assert progress.push.state is PushState.FINISHED
    assert await cast.runs.ledger(cast.br, number, offset=0, limit=9) == ([], 0)
    assert await cast.calls.sheet(cast.br, number, offset=0, limit=9) == ((), 0)
    assert "broadcast.forget" in await cast.house.acts()
    # Once is enough: the figures are not taken again from what is gone.
    await cast.ticks.purge()
    assert (await cast.runs.reach(cast.br, number)).counts == before.counts


async def test_a_crash_in_the_middle_forgets_the_rest_the_next_time(
    cast: Casting, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await over(cast)
    before = await cast.runs.reach(cast.br, number)
    cast.clock.move(days=KEEP.days + 1)
    real, left = ledgers.Ledgers.forget_some, [1, 2]

    async def fails(self: ledgers.Ledgers, push_id: int) -> bool:
        if not left:
            raise RuntimeError("the process dies")
        left.pop()
        return await real(self, push_id)

    with monkeypatch.context() as patch:
        patch.setattr(ledgers.Ledgers, "forget_some", fails)
        with pytest.raises(ExceptionGroup):
            await cast.ticks.purge()
    assert any(await rows(cast))
    await cast.ticks.purge()
    assert await rows(cast) == [0] * len(PERSONAL)
    assert (await cast.runs.reach(cast.br, number)).counts == before.counts


async def test_what_still_goes_on_is_kept_however_old_it_is(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.started()
    assert one.push is not None
    await cast.outbox.pause(cast.br, one.push.id)
    cast.clock.move(days=KEEP.days + 10)
    await cast.ticks.purge()
    async with cast.database.open_read() as work:
        assert len(await work.pushes.audience_after(one.push.id, None)) == 30
    assert timedelta(days=365) == KEEP
