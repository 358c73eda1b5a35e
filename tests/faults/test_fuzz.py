"""R19: whatever is posted to the webhook, it answers, keeps what is unusable, and lives on."""

from __future__ import annotations

import asyncio
import gc
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot import updates
from bot.settings import Limits
from storage.tables import journal, rejects
from tests import databases
from tests.conftest import KNOWLEDGE
from tests.faults.fuzzing import bodies
from tests.faults.support import FIRST_UPDATE, Poster, rows
from tests.world import MovableClock, World, start_world

_LANES = 16


@pytest.fixture
async def world(blank: Path, tmp_path: Path, clock: MovableClock) -> AsyncIterator[World]:
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(
            url, clock, mode="webhook", knowledge=KNOWLEDGE, limits=Limits(burst=2)
        ) as started:
            yield started


async def test_bent_bodies_are_taken_and_neighbours_still_answered(world: World) -> None:
    await _bombard(world, thousands=3)


@pytest.mark.faults
async def test_20000_bent_bodies_are_taken_and_neighbours_still_answered(world: World) -> None:
    await _bombard(world, thousands=20)


async def _bombard(world: World, thousands: int) -> None:
    people = [world.member(f"职工{number}").id for number in range(20)]
    async with aiohttp.ClientSession() as session:
        post = Poster(session, world)
        await _pour(post, bodies(1, 1000, people, FIRST_UPDATE))
        before = _resident_mb()
        for round_ in range(thousands - 1):
            first = FIRST_UPDATE + 1000 * (round_ + 1)
            await _pour(post, bodies(round_ + 2, 1000, people, first))
            world.simulator.calls.clear()
            neighbour = world.member(f"邻居{round_}")
            assert "拖欠工资怎么要" in await neighbour.says("老板三个月没发工资了")
        gc.collect()
        grown = _resident_mb() - before
    print(f"statuses {dict(post.statuses)}, grown by {grown:.0f} MB")
    assert set(post.statuses) <= {200, 503}, post.statuses
    assert grown < 50


async def test_what_is_unusable_is_acknowledged_and_kept(world: World) -> None:
    bodies_ = [b"{}", b"null", b"[" * 100_000, b'{"update_id":"x"}', b"\xff\xfe", b"\x00" * 10]
    async with aiohttp.ClientSession() as session:
        post = Poster(session, world)
        assert [await post(body) for body in bodies_] == [200] * len(bodies_)
        huge = b'{"update_id": "' + b"x" * 900_000 + b'"}'
        assert await post(huge) == 200
    kept = await rows(world.parts.database, rejects)
    assert len(kept) == len(bodies_) + 1
    assert max(len(row["body"]) for row in kept) <= 64 * 1024


async def test_content_that_no_program_can_read_is_put_aside_at_once(world: World) -> None:
    bad = {"update_id": FIRST_UPDATE, "message": {"text": "工资"}}
    async with aiohttp.ClientSession() as session:
        post = Poster(session, world)
        assert await post(bad) == 200
        assert await post(bad) == 200
    (row,) = await rows(world.parts.database, journal)
    assert (row["state"], row["attempts"]) == ("quarantined", 1)


async def test_a_stranger_gets_403_and_not_a_byte(world: World) -> None:
    strange = bodies(3, 50, [1], FIRST_UPDATE)
    async with aiohttp.ClientSession() as session:
        post = Poster(session, world)
        for body, secret in zip(strange, [None, "", "wrong", "é", "a" * 5000] * 10, strict=True):
            assert await post(body, secret) == 403
    assert await rows(world.parts.database, rejects) == []
    assert await rows(world.parts.database, journal) == []


async def test_a_half_character_spoils_nobody_elses_transaction(world: World) -> None:
    """A lone surrogate, raw or in UTF-16, must not reach the journal's common transaction."""
    people = [world.member(f"职工{number}") for number in range(20)]
    bad = [
        b'{"update_id":9100000001,"\xed\xa0\x80":{}}',
        '{"update_id":9100000002,"\ud800":{}}'.encode("utf-16", "surrogatepass"),
        b'{"update_id":9100000003,"\\ud800":{}}',
    ]
    async with aiohttp.ClientSession() as session:
        post = Poster(session, world)
        for person in people:
            world.simulator.start(person.id)
        assert await asyncio.gather(*(post(body) for body in bad)) == [200] * 3
        await world.settle()
    kept = await rows(world.parts.database, journal)
    found = Counter((row["state"], row["attempts"]) for row in kept)
    assert found[("done", 1)] >= 20, found
    assert world.simulator.delivery.webhook is not None
    assert world.simulator.delivery.webhook.last_error is None


async def test_read_as_it_comes_a_bent_body_would_break_the_request(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trusting(body: bytes) -> updates.Envelope:
        data = json.loads(body)
        return updates.Envelope(data["update_id"], 0, next(iter(data)), data)

    monkeypatch.setattr("bot.intake.read", trusting)
    async with aiohttp.ClientSession() as session:
        post = Poster(session, world)
        await _pour(post, bodies(4, 200, [1], FIRST_UPDATE))
    assert post.statuses[500] > 10


async def _pour(post: Poster, stream: object) -> None:
    """Post everything, several at a time, each once as if Telegram never repeated."""
    iterator = iter(stream)  # type: ignore[call-overload]

    async def one_after_another() -> None:
        for body in iterator:
            await post(body)

    await asyncio.gather(*(one_after_another() for _ in range(_LANES)))


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20
