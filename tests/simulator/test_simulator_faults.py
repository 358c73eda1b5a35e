"""Misbehaviour on demand: each fault looks to the bot as it would from Telegram."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import pytest

from simulator import TOKEN, Refused, Running

JSON = dict[str, Any]
Api = Callable[..., Coroutine[Any, Any, JSON]]


def shown(server: Running, user: int) -> list[str]:
    return [message["text"] for message in server.simulator.screen(user)["messages"]]


REFUSALS: list[tuple[str, JSON, int, JSON]] = [
    ("429", {"retry_after": 3}, 429, {"retry_after": 3}),
    ("403", {}, 403, {}),
    ("401", {}, 401, {}),
    ("migrate", {"migrate_to": -1005}, 400, {"migrate_to_chat_id": -1005}),
]


@pytest.mark.parametrize(("kind", "options", "code", "parameters"), REFUSALS)
async def test_a_refusal_has_no_effect_and_ends_after_its_times(
    api: Api, server: Running, user: int, kind: str, options: JSON, code: int, parameters: JSON
) -> None:
    server.simulator.fault("sendMessage", kind, 2, **options)
    for _ in range(2):
        answer = await api("sendMessage", chat_id=user, text="x")
        assert answer["error_code"] == code
        assert answer.get("parameters", {}) == parameters
    assert shown(server, user) == []
    assert (await api("sendMessage", chat_id=user, text="x"))["ok"]


@pytest.mark.parametrize(("kind", "effect"), [("drop_before", False), ("drop_after", True)])
async def test_a_dropped_connection_is_before_or_after_the_effect(
    api: Api, server: Running, user: int, kind: str, effect: bool
) -> None:
    server.simulator.fault("sendMessage", kind)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await api("sendMessage", chat_id=user, text="x")
    assert shown(server, user) == ["x"] * effect
    call = server.simulator.calls.since(0)[-1]
    assert (call["ok"], call["fault"]) == (effect, kind)
    assert await server.simulator.settle(20)


async def test_the_edge_answers_html_and_garbage_is_no_json(
    server: Running, http: aiohttp.ClientSession, user: int
) -> None:
    url = f"{server.url}/bot{TOKEN}/sendMessage"
    body = {"chat_id": user, "text": "x"}
    server.simulator.fault("*", "500")
    async with http.post(url, json=body) as response:
        assert (response.status, response.content_type) == (502, "text/html")
    server.simulator.fault("*", "garbage")
    async with http.post(url, json=body) as response:
        assert response.status == 200
        with pytest.raises(ValueError, match="Expecting"):
            await response.json()
    assert shown(server, user) == []


async def test_a_slow_call_is_in_progress_until_it_is_answered(
    api: Api, server: Running, user: int
) -> None:
    server.simulator.fault("sendMessage", "slow", seconds=0.5)
    call = asyncio.create_task(api("sendMessage", chat_id=user, text="x"))
    await asyncio.sleep(0.05)
    assert not server.simulator.idle()
    assert await server.simulator.settle(20)
    assert (await call)["ok"]


async def test_a_fault_keeps_to_its_method_chat_and_share(
    api: Api, server: Running, user: int
) -> None:
    other = server.simulator.add_user("李强")
    server.simulator.fault("sendMessage", "403", -1, chat_id=other)
    assert (await api("sendMessage", chat_id=user, text="x"))["ok"]
    assert not (await api("sendMessage", chat_id=other, text="x"))["ok"]
    server.simulator.faults.clear()
    server.simulator.fault("*", "401", -1)
    assert (await api("getUpdates"))["ok"]
    server.simulator.faults.clear()
    server.simulator.fault("sendMessage", "429", -1, share=0.3)
    answers = [(await api("sendMessage", chat_id=user, text="x"))["ok"] for _ in range(200)]
    assert 30 <= answers.count(False) <= 90


def test_an_unknown_fault_is_refused(server: Running) -> None:
    with pytest.raises(Refused, match="unknown kind"):
        server.simulator.fault("sendMessage", "earthquake")
    with pytest.raises(Refused):
        server.simulator.fault("sendMessage", "429", wish=1)


async def test_a_rate_limit_refuses_for_the_whole_pause(
    api: Api, server: Running, user: int
) -> None:
    server.simulator.limit(per_second=3, retry_after=1)
    answers = [await api("sendMessage", chat_id=user, text="x") for _ in range(5)]
    assert [answer["ok"] for answer in answers] == [True, True, True, False, False]
    assert answers[-1]["description"] == "Too Many Requests: retry after 1"
    assert (await api("getMe"))["ok"]
    await asyncio.sleep(1.05)
    assert (await api("sendMessage", chat_id=user, text="x"))["ok"]


async def test_a_limit_for_one_chat_leaves_the_others_alone(
    api: Api, server: Running, user: int
) -> None:
    other = server.simulator.add_user("李强")
    server.simulator.limit(per_chat=1)
    assert (await api("sendMessage", chat_id=user, text="x"))["ok"]
    assert not (await api("sendMessage", chat_id=user, text="x"))["ok"]
    assert (await api("sendMessage", chat_id=other, text="x"))["ok"]
