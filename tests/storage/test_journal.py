"""The journal: attempts are counted before handlers run, on both databases alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from storage.database import Database
from storage.journal import BODY_LIMIT, Begin, Begun, JournalRows, State
from storage.tables import journal, rejects
from tests.faults.support import rows
from tests.world import MovableClock

Result = TypeVar("Result")
Do = Callable[[Callable[[JournalRows], Awaitable[Any]]], Awaitable[Any]]


@pytest.fixture
def do(database: Database) -> Do:
    """Do one thing with the journal and commit."""

    async def done(act: Callable[[JournalRows], Awaitable[Result]]) -> Result:
        async with database.open_work() as work:
            result = await act(work.journal)
            await work.commit()
        return result

    return done


@pytest.fixture
def begin(clock: MovableClock) -> Callable[..., Begin]:
    def made(update_id: int, *, counts: bool = True) -> Begin:
        return Begin(update_id, "message", clock.now(), counts=counts)

    return made


async def test_a_new_update_is_its_first_attempt(do: Do, begin: Callable[..., Begin]) -> None:
    begun = await do(lambda rows_: rows_.begin_all([begin(1, counts=False), begin(2)]))
    assert begun == {n: Begun(State.WORKING, 1, is_new=True) for n in (1, 2)}


async def test_a_known_update_counts_only_if_it_is_told_to(
    do: Do, begin: Callable[..., Begin]
) -> None:
    await do(lambda rows_: rows_.begin_all([begin(1)]))
    begun = await do(lambda rows_: rows_.begin_all([begin(1, counts=False)]))
    assert begun[1] == Begun(State.WORKING, 1)
    begun = await do(lambda rows_: rows_.begin_all([begin(1)]))
    assert begun[1] == Begun(State.WORKING, 2)


async def test_new_known_and_done_updates_may_share_a_batch(
    do: Do, begin: Callable[..., Begin], clock: MovableClock, database: Database
) -> None:
    await do(lambda rows_: rows_.begin_all([begin(1), begin(2)]))
    await do(lambda rows_: rows_.finish_all([1], clock.now()))
    begun = await do(lambda rows_: rows_.begin_all([begin(1), begin(2), begin(3)]))
    assert [begun[n].state for n in (1, 2, 3)] == [State.DONE, State.WORKING, State.WORKING]
    attempts = {row["update_id"]: row["attempts"] for row in await rows(database, journal)}
    assert attempts == {1: 1, 2: 2, 3: 1}, "what is done is not counted any more"


async def test_what_is_not_committed_was_not_begun(
    database: Database, begin: Callable[..., Begin]
) -> None:
    async with database.open_work() as work:
        await work.journal.begin_all([begin(1)])
    assert await rows(database, journal) == []


async def test_quarantine_keeps_the_body_and_done_clears_it(
    do: Do, begin: Callable[..., Begin], clock: MovableClock, database: Database
) -> None:
    await do(lambda rows_: rows_.begin_all([begin(1)]))
    await do(lambda rows_: rows_.quarantine(begin(1), "LookupError", "x" * 10**6, clock.now()))
    (kept,) = await do(lambda rows_: rows_.list_in(State.QUARANTINED))
    assert (kept.update_id, kept.error, len(kept.body)) == (1, "LookupError", BODY_LIMIT)
    assert await do(lambda rows_: rows_.ask_replay(1))
    assert not await do(lambda rows_: rows_.ask_replay(1)), "asked once is enough"
    assert await do(lambda rows_: rows_.count_in(State.REPLAY)) == 1
    await do(lambda rows_: rows_.finish_all([1], clock.now()))
    (row,) = await rows(database, journal)
    assert (row["state"], row["body"], row["error"]) == ("done", None, None)
    assert not await do(lambda rows_: rows_.ask_replay(1))


async def test_an_update_that_nobody_began_can_be_put_aside_too(
    do: Do, begin: Callable[..., Begin], clock: MovableClock
) -> None:
    await do(lambda rows_: rows_.quarantine(begin(5), "TypeError", "{}", clock.now()))
    assert await do(lambda rows_: rows_.count_in(State.QUARANTINED)) == 1


async def test_purging_forgets_what_is_done_and_old_and_nothing_else(
    do: Do, begin: Callable[..., Begin], clock: MovableClock
) -> None:
    await do(lambda rows_: rows_.begin_all([begin(1), begin(2)]))
    await do(lambda rows_: rows_.finish_all([1], clock.now()))
    await do(lambda rows_: rows_.quarantine(begin(3), "TypeError", "{}", clock.now()))
    assert await do(lambda rows_: rows_.purge_before(clock.now())) == 0
    clock.move(seconds=1)
    assert await do(lambda rows_: rows_.purge_before(clock.now())) == 1
    known = await do(lambda rows_: rows_.begin_all([begin(n, counts=False) for n in (1, 2, 3)]))
    assert [known[n].is_new for n in (1, 2, 3)] == [True, False, False]


async def test_what_failed_is_forgotten_after_its_own_time(
    do: Do, begin: Callable[..., Begin], clock: MovableClock, database: Database
) -> None:
    await do(lambda rows_: rows_.quarantine(begin(3), "TypeError", "{}", clock.now()))
    await do(lambda rows_: rows_.reject("not JSON", "{" * 10**6, clock.now()))
    (refused,) = await rows(database, rejects)
    assert len(refused["body"]) == BODY_LIMIT
    now = clock.now()
    assert await do(lambda rows_: rows_.purge_failed_before(now)) == 0
    later = now + timedelta(days=1)
    assert await do(lambda rows_: rows_.purge_failed_before(later)) == 2
    assert await rows(database, journal) == await rows(database, rejects) == []


async def test_the_largest_number_that_telegram_could_send_fits(
    do: Do, begin: Callable[..., Begin]
) -> None:
    begun = await do(lambda rows_: rows_.begin_all([begin(2**63 - 1), begin(0)]))
    assert len(begun) == 2
