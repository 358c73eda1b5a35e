"""A running simulator, one person, and a bare Bot API client."""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import aiohttp
import pytest

from simulator import TOKEN, Running, running

JSON = dict[str, Any]
Api = Callable[..., Coroutine[Any, Any, JSON]]


class HandClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def server(clock: HandClock) -> AsyncIterator[Running]:
    async with running(clock=clock, retry_scale=0.01) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def user(server: Running) -> int:
    return server.simulator.add_user("王芳")


@pytest.fixture
def api(server: Running, http: aiohttp.ClientSession) -> Api:
    """Calls a method with a JSON body and gives the whole answer."""

    async def call(method: str, **payload: Any) -> JSON:
        async with http.post(f"{server.url}/bot{TOKEN}/{method}", json=payload) as response:
            body: JSON = await response.json()
            assert body["ok"] == (response.status == 200)
            assert body.get("error_code", 200) == response.status
            return body

    return call


@pytest.fixture
def sim(server: Running, http: aiohttp.ClientSession) -> Api:
    """Calls /sim: a POST with a body, a GET without."""

    async def call(path: str, body: Any = None, *, status: int = 200) -> Any:
        verb = "GET" if body is None else "POST"
        async with http.request(verb, f"{server.url}/sim/{path}", json=body) as response:
            assert response.status == status, await response.text()
            return await response.json()

    return call
