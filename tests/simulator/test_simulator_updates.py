"""Updates reach the bot in order and at least once, and only an acknowledged one is gone."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from aiohttp import web

from simulator import Running
from simulator.webhook import SECRET_HEADER

JSON = dict[str, Any]
Api = Callable[..., Coroutine[Any, Any, JSON]]


async def texts(api: Api, **options: Any) -> list[str]:
    return [u["message"]["text"] for u in (await api("getUpdates", **options))["result"]]


async def test_an_update_is_given_again_until_an_offset_confirms_it(
    api: Api, server: Running, user: int
) -> None:
    first = server.simulator.say(user, "一")["update_id"]
    server.simulator.say(user, "二")
    assert await texts(api) == ["一", "二"]
    assert await texts(api, offset=first) == ["一", "二"]
    assert await texts(api, offset=first + 1) == ["二"]
    assert await texts(api) == ["二"]
    assert not await server.simulator.settle(0.05)
    assert await texts(api, offset=first + 2) == []
    assert await server.simulator.settle(20)


async def test_limit_and_negative_offset(api: Api, server: Running, user: int) -> None:
    for text in "一二三四":
        server.simulator.say(user, text)
    assert await texts(api, limit=2) == ["一", "二"]
    assert await texts(api, offset=-1) == ["四"]
    assert await texts(api) == ["四"]


async def test_a_long_poll_is_woken_by_news_and_ends_in_time(
    api: Api, server: Running, user: int
) -> None:
    poll = asyncio.create_task(texts(api, timeout=30))
    await asyncio.sleep(0.05)
    server.simulator.say(user, "你好")
    assert await asyncio.wait_for(poll, 20) == ["你好"]
    assert await asyncio.wait_for(texts(api, offset=2**31, timeout=1), 20) == []


async def test_a_second_poller_ends_the_first_with_409(api: Api) -> None:
    first = asyncio.create_task(api("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(api("getUpdates", timeout=1))
    ended = await asyncio.wait_for(first, 20)
    assert ended["error_code"] == 409
    assert ended["description"].startswith("Conflict: terminated by other getUpdates request")
    assert (await second)["ok"]


async def test_polling_while_a_webhook_is_set_gives_409(api: Api) -> None:
    await api("setWebhook", url="http://127.0.0.1:9/")
    answer = await api("getUpdates")
    assert answer["error_code"] == 409
    assert "while webhook is active" in answer["description"]
    await api("deleteWebhook")
    assert (await api("getUpdates"))["ok"]


async def test_only_the_wanted_kinds_are_kept(api: Api, server: Running, user: int) -> None:
    await api("getUpdates", allowed_updates=["callback_query"])
    assert server.simulator.say(user, "你好")["update_id"] is None
    await api("getUpdates", allowed_updates=[])
    assert server.simulator.say(user, "你好")["update_id"]


async def test_a_press_is_kept_150_seconds_and_a_message_a_day(
    api: Api, server: Running, user: int, clock: Any
) -> None:
    markup = {"inline_keyboard": [[{"text": "是", "callback_data": "y"}]]}
    await api("sendMessage", chat_id=user, text="x", reply_markup=markup)
    server.simulator.say(user, "你好")
    server.simulator.press(user, "是")
    clock.now += 149
    assert len((await api("getUpdates"))["result"]) == 2
    clock.now += 2
    assert await texts(api) == ["你好"]
    clock.now += 24 * 3600
    assert await texts(api) == []
    assert await server.simulator.settle(20)


async def test_a_raw_update_is_delivered_as_it_is(api: Api, server: Running) -> None:
    server.simulator.raw_update({"update_id": 10**30, "message": {"x": "\ud800"}})
    server.simulator.raw_update({"mystery": 1})
    first, second = (await api("getUpdates"))["result"]
    assert first == {"update_id": 10**30, "message": {"x": "\ud800"}}
    assert isinstance(second["update_id"], int)


class Hook:
    """A bot's webhook that answers as told and remembers what came."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.seen: list[tuple[str, JSON]] = []
        self.busy = 0
        self.most_busy = 0
        self.wait = 0.0

    async def take(self, request: web.Request) -> web.Response:
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        update = await request.json()
        self.seen.append((request.headers.get(SECRET_HEADER, ""), update))
        await asyncio.sleep(self.wait)
        self.busy -= 1
        status, headers = self.answers.pop(0) if self.answers else (200, {})
        return web.Response(status=status, headers=headers)

    def texts(self) -> list[str]:
        return [update["message"]["text"] for _, update in self.seen]


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    application = web.Application()
    application.router.add_post("/", hook.take)
    runner = web.AppRunner(application, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield hook
    await runner.cleanup()


async def test_a_webhook_gets_the_secret_and_what_was_pending(
    api: Api, server: Running, user: int, hook: Hook
) -> None:
    server.simulator.say(user, "之前")
    await api("setWebhook", url=hook.url, secret_token="s-1")
    server.simulator.say(user, "之后")
    assert await server.simulator.settle(20)
    assert hook.texts() == ["之前", "之后"]
    assert {secret for secret, _ in hook.seen} == {"s-1"}
    info = (await api("getWebhookInfo"))["result"]
    assert (info["url"], info["pending_update_count"]) == (hook.url, 0)


async def test_pending_updates_can_be_dropped(
    api: Api, server: Running, user: int, hook: Hook
) -> None:
    server.simulator.say(user, "之前")
    await api("setWebhook", url=hook.url, drop_pending_updates=True)
    server.simulator.say(user, "之后")
    assert await server.simulator.settle(20)
    assert hook.texts() == ["之后"]


@pytest.mark.parametrize("status", [500, 503, 403, 302])
async def test_a_refused_update_comes_again_and_holds_back_its_queue(
    api: Api, server: Running, user: int, hook: Hook, status: int
) -> None:
    hook.answers = [(status, {}), (status, {}), (204, {})]
    await api("setWebhook", url=hook.url)
    server.simulator.say(user, "一")
    server.simulator.say(user, "二")
    assert await server.simulator.settle(20)
    assert hook.texts() == ["一", "一", "一", "二"]
    info = (await api("getWebhookInfo"))["result"]
    assert info["last_error_message"].startswith(f"Wrong response from the webhook: {status}")


async def test_retry_after_is_obeyed(api: Api, server: Running, user: int, hook: Hook) -> None:
    hook.answers = [(503, {"Retry-After": "30"})]
    await api("setWebhook", url=hook.url)
    loop = asyncio.get_running_loop()
    begin = loop.time()
    server.simulator.say(user, "一")
    assert await server.simulator.settle(20)
    assert 0.3 <= loop.time() - begin < 20  # 30 s at a scale of 0.01


async def test_queues_run_side_by_side_up_to_the_connections(
    api: Api, server: Running, hook: Hook
) -> None:
    hook.wait = 0.05
    await api("setWebhook", url=hook.url, max_connections=3)
    people = [server.simulator.add_user(f"人{n}") for n in range(6)]
    for person in people:
        server.simulator.say(person, f"{person} 一")
        server.simulator.say(person, f"{person} 二")
    assert await server.simulator.settle(20)
    assert hook.most_busy == 3
    for person in people:
        mine = [text for text in hook.texts() if text.startswith(str(person))]
        assert mine == [f"{person} 一", f"{person} 二"]


async def test_a_duplicate_and_a_lost_answer_are_delivered_again(
    api: Api, server: Running, user: int, hook: Hook
) -> None:
    await api("setWebhook", url=hook.url)
    for kind, copies in (("duplicate", 2), ("drop_after", 2), ("drop_before", 1)):
        hook.seen.clear()
        server.simulator.fault("webhook", kind)
        server.simulator.say(user, kind)
        assert await server.simulator.settle(20)
        assert hook.texts() == [kind] * copies


async def test_polling_can_get_a_duplicate_too(api: Api, server: Running, user: int) -> None:
    server.simulator.fault("getUpdates", "duplicate")
    number = server.simulator.say(user, "一")["update_id"]
    assert await texts(api) == ["一"]
    assert await texts(api, offset=number + 1) == ["一"]
    assert await texts(api, offset=number + 1) == []
    assert await server.simulator.settle(20)


async def test_a_dead_webhook_keeps_the_update_for_later(
    api: Api, server: Running, user: int, hook: Hook
) -> None:
    await api("setWebhook", url="http://127.0.0.1:9/")
    server.simulator.say(user, "你好")
    assert not await server.simulator.settle(0.5)
    info = (await api("getWebhookInfo"))["result"]
    assert info["last_error_message"] == "Connection refused"
    assert info["pending_update_count"] == 1
    await api("setWebhook", url=hook.url)
    assert await server.simulator.settle(20)
    assert hook.texts() == ["你好"]
    await api("deleteWebhook")
    assert await texts(api) == []
