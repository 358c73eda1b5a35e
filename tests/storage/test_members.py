"""Members as the table keeps them, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from domain.members import Member, Reach
from storage.database import Database
from tests.world import MovableClock

BIG = 2**52 - 1


async def test_members_are_kept_and_changed(database: Database, clock: MovableClock) -> None:
    member = Member(BIG, BIG, "zh-hans", Reach.REACHABLE, 0, clock.now())
    other = Member(2, 2, "", Reach.REACHABLE, 1, clock.now())
    async with database.open_work() as work:
        assert await work.members.find_all([BIG, 2]) == {}
        await work.members.save_all([member, other])
        assert await work.members.find_all([BIG, 2, 3]) == {BIG: member, 2: other}
        changed = replace(member, chat_id=7, notice_version=1, reach=Reach.BLOCKED)
        # When somebody was first met does not change.
        await work.members.save_all([replace(changed, met_at=clock.now() + timedelta(days=1))])
        assert await work.members.find_all([BIG]) == {BIG: changed}
        assert await work.members.set_reach(BIG, Reach.DEACTIVATED)
        found = await work.members.find_all([BIG])
        assert found[BIG].reach is Reach.DEACTIVATED
        assert not await work.members.set_reach(1, Reach.BLOCKED)
        assert await work.members.find_all([1]) == {}
        await work.commit()
