"""Forms in progress as the table keeps them, on both databases."""

from __future__ import annotations

from datetime import timedelta

from domain.forms import Draft, Form
from storage.database import Database
from tests.world import MovableClock

BIG = 2**52 - 1
EVERYTHING = "国標 𠮷 👨‍👩‍👧 <b> ' \" \\ % \n\t"


async def test_a_draft_takes_the_place_of_the_one_before(
    database: Database, clock: MovableClock
) -> None:
    later = clock.now() + timedelta(days=1)
    first = Draft(BIG, Form.NOTE, "text", {"答": EVERYTHING.replace("\n", " ")}, later)
    async with database.open_work() as work:
        await work.drafts.save(first)
        assert await work.drafts.find_all([BIG, 1], clock.now()) == {BIG: first}
        second = Draft(BIG, Form.NOTE, "again", {}, later)
        await work.drafts.save(second)
        assert await work.drafts.find_all([BIG], clock.now()) == {BIG: second}
        assert await work.drafts.find_all([BIG], later) == {}
        assert await work.drafts.purge(clock.now()) == 0
        assert await work.drafts.purge(later) == 1
        assert not await work.drafts.remove(BIG)
        await work.commit()
