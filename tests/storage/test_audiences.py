"""Large lists and their messages: how much the database reads for one piece of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from domain.broadcasts import MESSAGE, Audience, Segment, Topic
from domain.members import Member, Reach
from domain.outbox import Push, PushState
from domain.people import Person
from storage.database import Database
from storage.work import Work

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
EVERYBODY, PIECE = 4_000, 100
AUDIENCE = Audience((Segment(("/1/",)),))


@pytest.fixture
async def crowd(database: Database) -> Database:
    """Many members. Only PostgreSQL chooses its ways by what it believes to know of a table."""
    if database.is_sqlite:
        pytest.skip("SQLite goes the same way whatever is in a table")
    async with database.open_work() as work:
        await work.members.save_all(
            [Member(one, one, "zh", Reach.REACHABLE, 2, NOW) for one in range(1, EVERYBODY + 1)]
        )
        await work.people.add_all(
            [Person(f"p{one}", NOW, NOW, member_id=one) for one in range(1, EVERYBODY + 1)]
        )
        await work.commit()
    return database


async def new_push(work: Work) -> int:
    one = Push(MESSAGE, "t", {}, "s", NOW, topic="news", state=PushState.EXPANDING)
    return await work.pushes.add(one)


async def read_rows(work: Work, table: str) -> int:
    """How many rows of the table this transaction has read so far."""
    found = await work._connection.scalar(
        sa.text(
            "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
            " WHERE relname = :name"
        ),
        {"name": table},
    )
    return int(found or 0)


@pytest.mark.parametrize("last", [None, EVERYBODY // 2])
async def test_a_piece_of_a_list_reads_a_piece_of_the_members(
    crowd: Database, last: int | None
) -> None:
    async with crowd.open_work() as work:
        # As the server does it by itself after a while.
        await work._connection.execute(sa.text("ANALYZE members, people, units"))
        await work.commit()
    async with crowd.open_work() as work:
        number = await new_push(work)
        tables, first = ("members", "people"), (last or 0) + 1
        before = [await read_rows(work, table) for table in tables]
        assert await work.audiences.freeze(number, AUDIENCE, Topic.NEWS, last, PIECE) == PIECE
        after = [await read_rows(work, table) for table in tables]
        listed = await work.pushes.audience_after(number, None)
        assert listed == list(range(first, first + PIECE))
        assert max(now - was for now, was in zip(after, before, strict=True)) < 2 * PIECE


async def test_whoever_had_enough_is_found_without_reading_the_push_for_each_member(
    crowd: Database,
) -> None:
    """The table of messages is new here: PostgreSQL knows nothing of what is in it."""
    async with crowd.open_work() as work:
        number = await new_push(work)
        await work.pushes.freeze(number, range(1, EVERYBODY + 1))
        push = await work.pushes.find(number)
        assert push is not None
        await work.pushes.expand(push, NOW, EVERYBODY)
        await work.commit()
    async with crowd.open_work() as work:
        before = await read_rows(work, "outbox")
        last = EVERYBODY
        await work.audiences.sift(push, last - PIECE, last, NOW - timedelta(days=7), 5)
        # The open messages once for each of two reasons, and for each member of the piece theirs.
        assert await read_rows(work, "outbox") - before < 3 * EVERYBODY


async def listed(work: Work) -> Push:
    """A push with everybody on its list."""
    number = await new_push(work)
    await work.pushes.freeze(number, range(1, EVERYBODY + 1))
    await work.pushes.set_audience(number, EVERYBODY, "")
    push = await work.pushes.find(number)
    assert push is not None
    return push


async def test_a_piece_of_the_messages_reads_a_piece_of_the_list(crowd: Database) -> None:
    async with crowd.open_work() as work:
        push = await listed(work)
        await work.commit()
    async with crowd.open_work() as work:
        before = await read_rows(work, "push_audience")
        assert await work.pushes.expand(push, NOW, PIECE) == PIECE
        # Where the piece ends, the pace of its chats, and its messages.
        assert await read_rows(work, "push_audience") - before <= 3 * PIECE


async def test_what_waits_is_counted_without_reading_what_was_sent(crowd: Database) -> None:
    async with crowd.open_work() as work:
        push = await listed(work)
        await work.pushes.expand(push, NOW, EVERYBODY)
        await work.commit()
    async with crowd.open_work() as work:
        # Counted while all waited. Since then nearly all of them were sent.
        await work._connection.execute(sa.text("ANALYZE outbox"))
        sent = sa.text("UPDATE outbox SET state = 'sent' WHERE member_id <= :last")
        await work._connection.execute(sent, {"last": EVERYBODY - PIECE})
        await work.commit()
    async with crowd.open_work() as work:
        before = await read_rows(work, "outbox")
        assert await work.pushes.count_waiting(push.id, 2 * PIECE) == PIECE
        assert await work.pushes.count_waiting(push.id, 10) == 10
        assert await read_rows(work, "outbox") - before < 10 * PIECE
