"""The webhook's edge: who may post, how much, how slowly; strangers learn and cost nothing."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import web
from storage.tables import journal, rejects
from tests import databases
from tests.conftest import KNOWLEDGE
from tests.faults.support import FIRST_UPDATE, SECRET_HEADER, Poster, message, rows
from tests.world import SECRET, TOKEN, MovableClock, World, start_world

_MB = 1024 * 1024


@pytest.fixture
async def world(blank: Path, tmp_path: Path, clock: MovableClock) -> AsyncIterator[World]:
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(url, clock, mode="webhook", knowledge=KNOWLEDGE) as started:
            yield started


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def post(session: aiohttp.ClientSession, world: World) -> Poster:
    return Poster(session, world)


async def test_an_update_with_the_secret_is_handled_within_the_request(
    world: World, post: Poster
) -> None:
    person = world.member()
    assert await post(message(FIRST_UPDATE, person.id, "老板三个月没发工资了")) == 200
    assert "拖欠工资怎么要" in await person.reads()


@pytest.mark.parametrize("secret", [None, "", "x", SECRET[:-1], SECRET + "x", SECRET.upper(), "é"])
async def test_a_wrong_secret_gets_403_without_a_byte(
    world: World, session: aiohttp.ClientSession, post: Poster, secret: str | None
) -> None:
    headers = {"Content-Type": "application/json"}
    if secret is not None:
        headers[SECRET_HEADER] = secret
    body = json.dumps(message(FIRST_UPDATE, world.member().id, "工资")).encode()
    async with session.post(post.url, data=body, headers=headers) as response:
        assert response.status == 403
        assert await response.read() == b""
    assert await rows(world.parts.database, journal) == []
    assert 'reason="secret"} 1.0' in await _metrics(world, session)


async def test_a_stranger_is_refused_before_the_body_is_there(world: World, post: Poster) -> None:
    """403 comes at the headers: no body is waited for, read or parsed."""
    reader, writer = await _connect(world, post, secret="wrong", length=_MB)
    try:
        async with asyncio.timeout(5):
            assert b"403" in await reader.readline()
    finally:
        writer.close()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_another_method_gets_405(
    session: aiohttp.ClientSession, post: Poster, method: str
) -> None:
    headers = {SECRET_HEADER: SECRET}
    async with session.request(method, post.url, headers=headers) as response:
        assert response.status == 405


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_another_content_type_gets_415(
    world: World, session: aiohttp.ClientSession, post: Poster, kind: str
) -> None:
    headers = {SECRET_HEADER: SECRET, "Content-Type": kind}
    async with session.post(post.url, data=b"{}", headers=headers) as response:
        assert response.status == 415
    assert await rows(world.parts.database, rejects) == []


async def test_the_path_cannot_be_guessed_and_does_not_show_the_token(
    world: World, session: aiohttp.ClientSession, post: Poster
) -> None:
    assert TOKEN not in post.url and TOKEN.split(":")[1] not in post.url
    headers = {SECRET_HEADER: SECRET, "Content-Type": "application/json"}
    for path in ("/", "/telegram", "/telegram/", f"/{TOKEN}", "/webhook"):
        url = world.parts.url + path
        async with session.post(url, data=b"{}", headers=headers) as response:
            assert response.status == 404


async def test_two_megabytes_get_413(
    world: World, session: aiohttp.ClientSession, post: Poster
) -> None:
    body = io.BytesIO(b'{"update_id":1,"a":"' + b"x" * 2 * _MB + b'"}')
    headers = {SECRET_HEADER: SECRET, "Content-Type": "application/json"}
    async with session.post(post.url, data=body, headers=headers) as response:
        assert response.status == 413
    assert await rows(world.parts.database, rejects) == []


@pytest.mark.parametrize("size", [1000, 60 * _MB])
async def test_a_gzip_bomb_is_not_unpacked(
    world: World, session: aiohttp.ClientSession, post: Poster, size: int
) -> None:
    bomb = gzip.compress(b" " * size)
    headers = {
        SECRET_HEADER: SECRET,
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
    }
    before = _resident_mb()
    async with session.post(post.url, data=bomb, headers=headers) as response:
        # Spaces are no JSON: small enough to be kept, or too large to be read.
        assert response.status == (413 if size > _MB else 200)
    assert _resident_mb() - before < 50


async def test_a_body_that_drips_gets_408(
    world: World, post: Poster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "_BODY_SECONDS", 0.2)
    reader, writer = await _connect(world, post, secret=SECRET, length=1000)
    try:
        writer.write(b'{"update_id"')
        async with asyncio.timeout(5):
            assert b"408" in await reader.readline()
    finally:
        writer.close()


async def test_without_the_limit_a_dripping_body_would_hold_the_connection(
    world: World, post: Poster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "_BODY_SECONDS", None)
    reader, writer = await _connect(world, post, secret=SECRET, length=1000)
    try:
        writer.write(b'{"update_id"')
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await reader.readline()
    finally:
        writer.close()


async def test_a_caller_that_hangs_up_does_not_stop_the_handling(
    world: World, post: Poster
) -> None:
    person = world.member()
    world.simulator.fault("sendMessage", "slow", seconds=0.3)
    body = json.dumps(message(FIRST_UPDATE, person.id, "老板三个月没发工资了")).encode()
    _, writer = await _connect(world, post, secret=SECRET, length=len(body))
    writer.write(body)
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.transport.abort()
    async with asyncio.timeout(5):
        while "拖欠工资怎么要" not in await person.reads():
            await asyncio.sleep(0.02)
    assert await post(body) == 200
    (row,) = await rows(world.parts.database, journal)
    assert (row["state"], row["attempts"]) == ("done", 1)


async def _connect(world: World, post: Poster, *, secret: str, length: int) -> Any:
    """A connection on which only the headers of a post were sent."""
    host, _, port = world.parts.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    path = post.url.removeprefix(world.parts.url)
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: bot\r\nContent-Type: application/json\r\n"
        f"{SECRET_HEADER}: {secret}\r\nContent-Length: {length}\r\n\r\n".encode()
    )
    await writer.drain()
    return reader, writer


async def _metrics(world: World, session: aiohttp.ClientSession) -> str:
    async with session.get(f"{world.parts.url}/metrics") as response:
        return await response.text()


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20
