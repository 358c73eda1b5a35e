"""Lost replies on the list for calling: what arrived in one talk says nothing of another."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from domain.outbox import State
from domain.staff import Actor, Role
from domain.talks import Box
from storage.database import Database
from storage.tables import outbox
from tests.services import talk_kit
from tests.services.talk_kit import FIRST, Talks
from tests.world import MovableClock


@pytest.fixture
async def talks(database: Database, clock: MovableClock) -> Talks:
    return await talk_kit.settle(database, clock)


async def lost(talks: Talks, someone: Actor, member: int) -> str:
    """A talk whose last reply did not arrive."""
    talk = await talks.opens(member)
    await talks.desk.claim(someone, talk)
    message = await talks.desk.reply(someone, talk, "在吗")
    await talks.fails(message.id)
    talks.clock.move(minutes=1)
    return talk


async def arrives(talks: Talks, someone: Actor, talk: str) -> None:
    """Another reply, which the member gets."""
    message = await talks.desk.reply(someone, talk, "您好")
    async with talks.database.open_work() as work:
        await work._connection.execute(
            sa.update(outbox)
            .where(outbox.c.chain == f"talks.reply:{message.id}")
            .values(state=State.SENT.value)
        )
        await work.commit()
    talks.clock.move(minutes=1)


async def calls(talks: Talks, someone: Actor) -> set[str]:
    rows, total = await talks.reader.list(someone, Box.CALLS, offset=0, limit=50)
    assert (await talks.reader.counts(someone))[Box.CALLS] == total == len(rows)
    return {row.talk.id for row in rows}


async def test_a_reply_that_arrives_takes_only_its_own_talk_off_the_list(talks: Talks) -> None:
    someone = await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    first, second = [await lost(talks, someone, FIRST + at) for at in range(2)]
    third = await talks.opens(FIRST + 2)
    await talks.desk.claim(someone, third)
    await arrives(talks, someone, third)
    assert await calls(talks, someone) == {first, second}
    await arrives(talks, someone, first)
    assert await calls(talks, someone) == {second}
    # What is lost after one that arrived is on the list again.
    again = await talks.desk.reply(someone, first, "还在吗")
    await talks.fails(again.id)
    assert await calls(talks, someone) == {first, second}
