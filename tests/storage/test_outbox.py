"""The outbox in the tables: one claim each, fenced; the shared pace; nothing is told twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from domain.outbox import Claim, Notice, Outcome, Policy, Priority, Push, PushState, State, fate
from storage.claiming import Attempt, Result
from storage.database import Database
from storage.pace import BREAK
from storage.tables import outbox, send_attempt
from storage.workers import Worker

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
LEASE = timedelta(seconds=60)


def notice(member: int, key: str = "", **more: Any) -> Notice:
    return Notice("message", member, key or f"k:{member}", NOW, **more)


async def add(database: Database, *notices: Notice) -> None:
    async with database.open_work() as work:
        await work.outbox.add(*notices)
        await work.commit()


async def claim(
    database: Database, most: int, now: datetime = NOW, wire: datetime = NOW, by: str = "a"
) -> list[Claim]:
    async with database.open_work() as work:
        claims = await work.claims.claim(now, wire, most, by, LEASE)
        await work.claims.pace_chats({one.chat_id: wire for one in claims})
        await work.commit()
    return list(claims)


async def settle(database: Database, one: Claim, outcome: Outcome = Outcome.SENT) -> bool:
    result = Result(one, fate(one, outcome, NOW, 0.5), Attempt(NOW, NOW, outcome))
    async with database.open_work() as work:
        (is_ours,) = await work.claims.settle([result])
        await work.commit()
    return is_ours


async def states(database: Database, push_id: int | None = None) -> dict[State, int]:
    async with database.open_read() as work:
        return dict(await work.outbox.counts(push_id))


async def push(database: Database, members: Sequence[int], **more: Any) -> int:
    """A push whose messages are written."""
    async with database.open_work() as work:
        number = await work.pushes.add(
            Push("message", "t", {"text": "x"}, "s", NOW, state=PushState.EXPANDING, **more)
        )
        await work.pushes.freeze(number, members)
        while True:
            one = await work.pushes.find(number)
            assert one is not None
            if await work.pushes.expand(one, NOW, 2) < 2:
                break
        await work.pushes.move(number, PushState.EXPANDING, PushState.RUNNING)
        await work.commit()
    return number


async def counted(database: Database) -> int:
    """How many messages PostgreSQL thinks there are."""
    known = sa.text("SELECT reltuples FROM pg_class WHERE relname = 'outbox'")
    async with database.open_read() as work:
        return int(await work._connection.scalar(known))


async def test_what_is_planned_knows_how_many_messages_there_are(database: Database) -> None:
    """Without it, a claim from many went by a plan for none, and a minute passed with few sent."""
    if database.is_sqlite:
        pytest.skip("SQLite does not plan by the number of rows")
    before = await counted(database)
    await push(database, [1])
    assert await counted(database) == before
    await push(database, [2, 3, 4, 5, 6])
    assert await counted(database) == 6


async def test_the_same_fact_is_told_once(database: Database) -> None:
    await add(database, notice(1), notice(2), notice(1))
    await add(database, notice(1), notice(3))
    assert await states(database) == {State.PENDING: 3}


async def test_a_notice_goes_with_its_effect_or_not_at_all(database: Database) -> None:
    async with database.open_work() as work:
        await work.outbox.add(notice(1))
    assert await states(database) == {}


async def test_urgent_first_then_the_oldest(database: Database) -> None:
    later = NOW + timedelta(seconds=1)
    await add(
        database,
        notice(1, priority=Priority.PROMOTION),
        Notice("message", 2, "late", later, priority=Priority.SECURITY),
        notice(3, priority=Priority.SECURITY),
        notice(4, priority=Priority.REMINDER),
    )
    claims = await claim(database, 10, later)
    assert [one.member_id for one in claims] == [3, 2, 4, 1]


async def test_what_is_not_due_or_too_late_is_not_claimed(database: Database) -> None:
    await add(
        database,
        Notice("message", 1, "soon", NOW + timedelta(seconds=1)),
        notice(2, expires_at=NOW),
        notice(3, expires_at=NOW + timedelta(seconds=1)),
    )
    assert [one.member_id for one in await claim(database, 10)] == [3]


async def test_one_message_of_a_chat_at_a_time_and_one_a_second(database: Database) -> None:
    await add(database, *(notice(1, f"k{number}") for number in range(3)), notice(2))
    first = await claim(database, 10)
    assert sorted(one.chat_id for one in first) == [1, 2]
    long_after = NOW + timedelta(seconds=5)
    assert await claim(database, 10, wire=long_after) == [], "the first is still being sent"
    for one in first:
        assert await settle(database, one)
    assert await claim(database, 10, wire=NOW + timedelta(seconds=1)) == []
    assert len(await claim(database, 10, wire=NOW + timedelta(seconds=1.1))) == 1


async def test_a_chat_does_not_rest_for_ever_if_the_clock_was_wrong(database: Database) -> None:
    await add(database, notice(1), notice(1, "again"))
    (first,) = await claim(database, 10, wire=NOW + timedelta(hours=1))
    await settle(database, first)
    assert len(await claim(database, 10)) == 1


async def test_parts_go_in_order_and_none_is_dropped_for_an_earlier_one(
    database: Database,
) -> None:
    await add(database, notice(1, parts=({"n": 2}, {"n": 3}), details={"n": 1}))
    wire, seen = NOW, []
    for outcome in (Outcome.CONTENT, Outcome.SENT, Outcome.SENT):
        (one,) = await claim(database, 10, wire=wire)
        seen.append(one.details["n"])
        assert await claim(database, 10, wire=wire + timedelta(seconds=30)) == []
        await settle(database, one, outcome)
        wire += timedelta(seconds=2)
    assert seen == [1, 2, 3]


async def test_later_parts_wait_for_an_earlier_one_that_is_tried_again(
    database: Database,
) -> None:
    await add(database, notice(1, parts=({"n": 2},), details={"n": 1}))
    (one,) = await claim(database, 10)
    await settle(database, one, Outcome.NOT_SENT)
    wire = NOW + timedelta(seconds=2)
    (again,) = await claim(database, 10, now=NOW + timedelta(minutes=2), wire=wire)
    assert again.part == 1


async def test_two_senders_never_have_the_same_message(database: Database) -> None:
    await add(database, *(notice(number) for number in range(1, 61)))

    async def sender(name: str) -> list[int]:
        got: list[int] = []
        while claims := await claim(database, 4, by=name):
            got += [one.id for one in claims]
        return got

    found = await asyncio.gather(*(sender(name) for name in "abc"))
    counts = Counter(number for numbers in found for number in numbers)
    assert set(counts.values()) == {1}
    # A sender that met only locked chats may have stopped early: the rest is still there.
    left = (await states(database)).get(State.PENDING, 0)
    assert len(counts) + left == 60


async def test_a_sender_whose_lease_was_taken_over_has_no_say(database: Database) -> None:
    await add(database, notice(1))
    (stale,) = await claim(database, 1, by="stalled")
    async with database.open_read() as work:
        assert await work.claims.list_orphans(NOW + timedelta(seconds=59)) == []
        (orphan,) = await work.claims.list_orphans(NOW + timedelta(seconds=60))
    assert await settle(database, orphan, Outcome.ORPHANED)
    later = NOW + timedelta(minutes=2)
    (fresh,) = await claim(database, 1, later, later, by="alive")
    assert not await settle(database, stale), "the stalled sender must not end it"
    assert await settle(database, fresh)
    async with database.open_read() as work:
        tries = (await work._connection.execute(sa.select(send_attempt))).all()
    assert [row.outcome for row in tries] == ["orphaned", "sent"]


async def test_a_message_to_many_is_written_once_for_each_however_often_it_is_expanded(
    database: Database,
) -> None:
    number = await push(database, range(1, 8))
    async with database.open_work() as work:
        one = await work.pushes.find(number)
        assert one is not None and one.is_expanded and one.expand_cursor == 7
        # The cursor went back, as after a kill between two chunks.
        from dataclasses import replace

        await work.pushes.expand(replace(one, expand_cursor=None), NOW, 100)
        await work.commit()
    assert await states(database, number) == {State.PENDING: 7}


async def test_a_paused_push_is_not_claimed_and_hides_nobody(database: Database) -> None:
    paused = await push(database, range(1, 100))
    async with database.open_work() as work:
        assert await work.pushes.move(paused, PushState.RUNNING, PushState.PAUSED)
        assert not await work.pushes.move(paused, PushState.RUNNING, PushState.PAUSED)
        await work.commit()
    running = await push(database, range(200, 203), priority=Priority.PROMOTION)
    claims = await claim(database, 10)
    assert {one.push_id for one in claims} == {running}
    assert len(claims) == 3


async def test_a_restored_copy_sends_nothing_by_itself(database: Database) -> None:
    await add(database, notice(1), notice(2))
    await claim(database, 1)
    begun = await push(database, range(100, 103))
    async with database.open_work() as work:
        assert await work.outbox.raise_epoch() == 5
        await work.commit()
    assert await states(database) == {State.HELD: 2}
    async with database.open_read() as work:
        held = await work.pushes.find(begun)
    assert held is not None and (held.state, held.pause_reason) == (PushState.HELD, "restored")
    await add(database, notice(3))
    assert [one.member_id for one in await claim(database, 10)] == [3]


async def test_what_a_restore_held_goes_when_a_person_says_so_and_tells_that_it_may_be_a_copy(
    database: Database,
) -> None:
    await add(database, notice(1), notice(2), notice(3, policy=Policy.HOLD))
    async with database.open_work() as work:
        await work.outbox.raise_epoch()
        assert await work.outbox.release(None) == 2
        await work.commit()
    claims = await claim(database, 10)
    assert [(one.member_id, one.ambiguous) for one in claims] == [(1, 1), (2, 1)]
    assert (await states(database))[State.HELD] == 1, "what must not arrive twice stays held"


async def test_what_failed_goes_again_but_never_what_must_not_arrive_twice(
    database: Database,
) -> None:
    for policy, expected in ((Policy.RESEND, 1), (Policy.HOLD, 0)):
        number = await push(database, [900], policy=policy)
        (one,) = await claim(database, 1, wire=NOW + timedelta(hours=expected))
        while await settle(database, one, Outcome.AMBIGUOUS):
            later = NOW + timedelta(hours=expected, minutes=one.attempts + 1)
            found = await claim(database, 1, later, later)
            if not found:
                break
            (one,) = found
        assert await states(database, number) == {State.UNKNOWN: 1}
        async with database.open_work() as work:
            assert dict(await work.outbox.failures(number)) == {"ambiguous": 1}
            assert await work.outbox.resend(number, NOW, "ambiguous") == expected
            await work.commit()


async def test_counts_always_add_up(database: Database) -> None:
    number = await push(database, range(1, 31))
    wire = NOW
    for outcome in (Outcome.SENT, Outcome.GONE, Outcome.CONTENT, Outcome.NOT_SENT):
        wire += timedelta(seconds=5)
        for one in await claim(database, 3, wire=wire):
            await settle(database, one, outcome)
            assert sum((await states(database, number)).values()) == 30
    async with database.open_work() as work:
        assert await work.outbox.cancel(number, 10) == 10
        await work.commit()
    counts = await states(database, number)
    assert sum(counts.values()) == 30
    assert counts[State.CANCELLED] == 10
    assert counts[State.FAILED] == 6


async def test_the_pace_is_shared_and_even(database: Database) -> None:
    moments: list[datetime] = []
    for _ in range(5):
        async with database.open_work() as work:
            moments += await work.pace.reserve(2, NOW, 20.0)
            await work.commit()
    assert [(at - NOW) / timedelta(milliseconds=50) for at in moments] == list(range(10))


async def test_a_pace_from_a_clock_that_was_ahead_is_not_believed(database: Database) -> None:
    async with database.open_work() as work:
        await work.pace.reserve(1, NOW + timedelta(hours=1), 20.0)
        (at,) = await work.pace.reserve(1, NOW, 20.0)
        await work.commit()
    assert at == NOW


async def test_a_refusal_stops_everybody_and_halves_the_pace_for_a_while(
    database: Database,
) -> None:
    until = NOW + timedelta(seconds=3)
    async with database.open_work() as work:
        await work.pace.pause(until, NOW, 20.0)
        # Another process was refused in the same moment.
        await work.pace.pause(until - timedelta(seconds=1), NOW, 20.0)
        gate = await work.pace.look(NOW + timedelta(seconds=2.9))
        assert (gate.is_open, gate.until) == (False, until)
        assert (await work.pace.look(until)).is_open
        first, second = await work.pace.reserve(2, until, 20.0)
        assert second - first == timedelta(milliseconds=100)
        half_a_minute = until + timedelta(seconds=30)
        first, second = await work.pace.reserve(2, half_a_minute, 20.0)
        assert second - first == timedelta(microseconds=90_909)
        await work.commit()


async def test_after_an_outage_one_try_at_a_time(database: Database) -> None:
    async with database.open_work() as work:
        await work.pace.open_breaker(NOW)
        assert not (await work.pace.look(NOW + BREAK / 2)).is_open
        gate = await work.pace.look(NOW + BREAK)
        assert (gate.is_open, gate.most) == (True, 1)
        assert await work.pace.begin_probe(NOW + BREAK)
        assert not await work.pace.begin_probe(NOW + BREAK), "another sender has the try"
        await work.pace.end_probe(NOW + BREAK)
        assert await work.pace.begin_probe(NOW + BREAK), "the try was not used"
        await work.pace.close_breaker()
        assert (await work.pace.look(NOW + BREAK)).most is None
        await work.commit()


async def test_time_without_any_process_is_written_down(database: Database) -> None:
    one = Worker("a", "host", 1, NOW, NOW)
    gap = timedelta(seconds=60)
    async with database.open_work() as work:
        assert await work.workers.beat(one, gap) is None
        from dataclasses import replace

        back = replace(one, id="b", beat_at=NOW + timedelta(minutes=5))
        span = await work.workers.beat(back, gap)
        assert span is not None and span.length == timedelta(minutes=5)
        assert await work.workers.beat(back, gap) is None
        found = await work.workers.list_down(NOW + timedelta(minutes=4), NOW + timedelta(hours=1))
        assert list(found) == [span]
        await work.workers.leave("b")
        await work.commit()


async def test_what_fell_due_is_begun_by_one_only(database: Database) -> None:
    async with database.open_work() as work:
        assert await work.runs.begin("quiz:1", NOW, NOW, "run")
        assert not await work.runs.begin("quiz:1", NOW, NOW, "run")
        assert await work.runs.begin("quiz:1", NOW + timedelta(days=1), NOW, "drop")
        await work.commit()
    async with database.open_read() as work:
        assert await work.runs.last("quiz:1") == NOW + timedelta(days=1)
        assert [outcome for _, outcome in await work.runs.outcomes("quiz:1")] == ["run", "drop"]


async def test_single_messages_are_forgotten_after_their_time(database: Database) -> None:
    await add(database, notice(1), notice(2))
    (one,) = await claim(database, 1)
    await settle(database, one)
    number = await push(database, [5])
    async with database.open_work() as work:
        await work.outbox.purge_before(NOW + timedelta(days=31))
        await work.commit()
    async with database.open_read() as work:
        left = (await work._connection.execute(sa.select(outbox.c.state, outbox.c.push_id))).all()
    assert sorted(left, key=str) == sorted([("pending", None), ("pending", number)], key=str)


@pytest.mark.parametrize("most", [1, 4])
async def test_a_claim_is_never_larger_than_asked(database: Database, most: int) -> None:
    await add(database, *(notice(number) for number in range(1, 20)))
    assert len(await claim(database, most)) == most
