"""Forms that are sent twice, on both databases."""

from __future__ import annotations

import asyncio

import pytest

from domain.refusal import Refusal
from domain.repeats import Claim
from services.repeats import RepeatService
from storage.database import Database
from tests.world import MovableClock


@pytest.fixture
def repeats(database: Database, clock: MovableClock) -> RepeatService:
    return RepeatService(database.open_work, clock)


async def test_a_form_is_handled_once_and_then_leads_where_it_led(repeats: RepeatService) -> None:
    claim = await repeats.claim("wang", "POST /x", "key", "words")
    assert claim == Claim("wang", "key")
    with pytest.raises(Refusal, match="being_done"):
        await repeats.claim("wang", "POST /x", "key", "words")
    await repeats.keep(claim, "/x/1")
    assert (await repeats.claim("wang", "POST /x", "key", "words")).location == "/x/1"
    # Another person's key of the same letters is another key.
    assert (await repeats.claim("li", "POST /x", "key", "words")).location is None


async def test_of_clicks_at_the_same_moment_one_is_handled(repeats: RepeatService) -> None:
    async def click() -> bool:
        try:
            return (await repeats.claim("wang", "POST /x", "key", "words")).location is None
        except Refusal:
            return False

    assert sum(await asyncio.gather(*(click() for _ in range(20)))) == 1


async def test_the_same_words_again_are_the_same_form_for_a_while(
    repeats: RepeatService, clock: MovableClock
) -> None:
    await repeats.keep(await repeats.claim("wang", "POST /x", "a", "words"), "/x/1")
    assert (await repeats.claim("wang", "POST /x", "b", "words")).location == "/x/1"
    # Something else in between: then it is meant.
    clock.move(seconds=1)
    await repeats.keep(await repeats.claim("wang", "POST /y", "c", "other"), "/y/1")
    clock.move(seconds=1)
    assert (await repeats.claim("wang", "POST /x", "d", "words")).location is None


async def test_after_a_while_the_same_words_are_meant(
    repeats: RepeatService, clock: MovableClock
) -> None:
    await repeats.keep(await repeats.claim("wang", "POST /x", "a", "words"), "/x/1")
    clock.move(minutes=11)
    assert (await repeats.claim("wang", "POST /x", "b", "words")).location is None


async def test_a_key_with_other_words_and_no_key_are_refused(repeats: RepeatService) -> None:
    await repeats.claim("wang", "POST /x", "key", "words")
    with pytest.raises(Refusal, match="sent_changed"):
        await repeats.claim("wang", "POST /x", "key", "other words")
    with pytest.raises(Refusal, match="sent_changed"):
        await repeats.claim("wang", "POST /y", "key", "words")
    with pytest.raises(Refusal, match="key_missing"):
        await repeats.claim("wang", "POST /x", "", "words")


async def test_what_was_given_up_may_be_sent_again(repeats: RepeatService) -> None:
    await repeats.give_up(await repeats.claim("wang", "POST /x", "key", "words"))
    assert (await repeats.claim("wang", "POST /x", "key", "words")).location is None


async def test_a_form_that_died_while_it_was_handled_is_not_done_again_unseen(
    repeats: RepeatService, clock: MovableClock
) -> None:
    await repeats.claim("wang", "POST /x", "key", "words")
    clock.move(minutes=3)
    with pytest.raises(Refusal, match="maybe_done"):
        await repeats.claim("wang", "POST /x", "key", "words")


async def test_keys_are_forgotten_after_a_day(repeats: RepeatService, clock: MovableClock) -> None:
    await repeats.claim("wang", "POST /x", "key", "words")
    clock.move(hours=23)
    assert await repeats.purge() == 0
    clock.move(hours=2)
    assert await repeats.purge() == 1


async def test_what_may_be_meant_again_is_told_by_its_key_alone(repeats: RepeatService) -> None:
    claim = await repeats.claim("wang", "POST /hold", "a", "words", again=True)
    await repeats.keep(claim, "/x")
    # The same click twice leads where it led; the same words with another key are done.
    assert (await repeats.claim("wang", "POST /hold", "a", "words", again=True)).location == "/x"
    assert (await repeats.claim("wang", "POST /hold", "b", "words", again=True)).location is None
