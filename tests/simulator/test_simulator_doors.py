"""The control API, files, and the phone page's WebSocket."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import aiohttp
import pytest

from simulator import TOKEN, Running

JSON = dict[str, Any]
Api = Callable[..., Coroutine[Any, Any, JSON]]
Sim = Callable[..., Coroutine[Any, Any, Any]]

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAYAAAC56t6BAAAAFUlEQVR42mNk+M9QzwAEjDAGTgYAQw0D/RdE9SAA"
    "AAAASUVORK5CYII="
)


async def test_the_whole_table_answers_over_http(sim: Sim, api: Api, server: Running) -> None:
    user = (await sim("users", {"name": "王芳"}))["id"]
    assert await sim("users") == [
        {"id": user, "name": "王芳", "language_code": "zh-hans", "blocked": False}
    ]
    said = await sim(f"users/{user}/say", {"text": "你好"})
    assert set(said) == {"message_id", "update_id"}
    await sim(f"users/{user}/edit", {"message_id": said["message_id"], "text": "您好"})
    await sim(f"users/{user}/start", {"payload": "ev_1"})
    await sim(f"users/{user}/location", {"latitude": 39.7, "longitude": 116.3})
    await sim(f"users/{user}/contact", {})
    await sim(f"users/{user}/send", {"message": {"dice": {"emoji": "🎲", "value": 3}}})
    await sim(f"users/{user}/document", {"name": "a.pdf", "size": 26_000_000})
    group = (await sim("groups", {"title": "群", "members": [user]}))["id"]
    await sim(f"users/{user}/say", {"text": "/help", "chat_id": group})
    assert len((await sim(f"groups/{group}/screen"))["messages"]) == 1
    assert "update_id" in await sim("updates", {"odd": {}})
    await api("sendMessage", chat_id=user, text="x", reply_markup={"keyboard": [["菜单"]]})
    assert (await sim(f"users/{user}/press", {"text": "菜"}))["kind"] == "reply"
    assert await sim(f"users/{user}/block", {}) == {}
    await sim(f"users/{user}/say", {"text": "喂"}, status=409)
    await sim(f"users/{user}/unblock", {})
    assert await sim("settle", {"timeout": 0.05}) == {"settled": False}
    last = (await api("getUpdates"))["result"][-1]["update_id"]
    await api("getUpdates", offset=last + 1)
    assert await sim("settle", {"timeout": 1}) == {"settled": True}
    calls = await sim("calls?since=0")
    assert [call["method"] for call in calls["calls"]] == ["sendMessage"]
    assert calls["next"] == 1
    await sim("faults", {"method": "getMe", "kind": "429", "times": 1, "retry_after": 2})
    assert (await api("getMe"))["parameters"] == {"retry_after": 2}
    await sim("limits", {"per_second": 100})
    await sim("clear", {})
    assert await sim("users") == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("users/1/screen", None, 404),
        ("users/1/say", {"text": "x"}, 404),
        ("users/x/say", {"text": "x"}, 400),
        ("users", {}, 400),
        ("users", [], 400),
        ("faults", {"method": "getMe"}, 400),
        ("users/1/dance", {}, 404),
        ("groups", {"title": "x", "members": []}, 400),
    ],
)
async def test_a_wrong_order_is_refused(sim: Sim, path: str, body: Any, status: int) -> None:
    assert "error" in await sim(path, body, status=status)


async def test_a_photo_travels_both_ways(
    sim: Sim, api: Api, server: Running, http: aiohttp.ClientSession, user: int
) -> None:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", PNG, filename="工资条.png", content_type="image/png")
    form.add_field("caption", "看")
    async with http.post(f"{server.url}/sim/users/{user}/photo", data=form) as response:
        assert response.status == 200
    message = (await api("getUpdates"))["result"][-1]["message"]
    photo = message["photo"][-1]
    assert (photo["width"], photo["height"], message["caption"]) == (2, 3, "看")
    file = (await api("getFile", file_id=photo["file_id"]))["result"]
    async with http.get(f"{server.url}/file/bot{TOKEN}/{file['file_path']}") as response:
        assert await response.read() == PNG
    media = (await sim(f"users/{user}/screen"))["messages"][-1]["media"]
    assert (media["kind"], media["name"], media["size"]) == ("photo", "工资条.png", len(PNG))
    async with http.get(server.url + media["url"]) as response:
        assert response.content_type == "image/png"
    again = await api("sendPhoto", chat_id=user, photo=photo["file_id"], caption="回")
    assert again["result"]["caption"] == "回"


async def test_a_document_of_the_bot_is_downloaded_and_never_shown_by_the_browser(
    sim: Sim, server: Running, http: aiohttp.ClientSession, user: int
) -> None:
    form = aiohttp.FormData({"chat_id": str(user), "document": "attach://f"}, quote_fields=False)
    form.add_field("f", b"<script>", filename="名单.html", content_type="text/html")
    async with http.post(f"{server.url}/bot{TOKEN}/sendDocument", data=form) as response:
        assert (await response.json())["result"]["document"]["file_name"] == "名单.html"
    media = (await sim(f"users/{user}/screen"))["messages"][-1]["media"]
    async with http.get(server.url + media["url"]) as response:
        assert response.content_type == "application/octet-stream"
        assert response.headers["Content-Disposition"] == "attachment"


async def test_a_file_over_20_megabytes_cannot_be_fetched(
    api: Api, server: Running, user: int
) -> None:
    server.simulator.document(user, "big.zip", size=25 * 1024 * 1024)
    document = (await api("getUpdates"))["result"][-1]["message"]["document"]
    answer = await api("getFile", file_id=document["file_id"])
    assert answer["description"] == "Bad Request: file is too big"


class Phone:
    """The page's end of the WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def next(self, kind: str) -> JSON:
        """The next event of that type."""
        while True:
            event: JSON = await asyncio.wait_for(self.socket.receive_json(), 20)
            if event["type"] == kind:
                return event

    async def do(self, kind: str, **fields: Any) -> None:
        await self.socket.send_json({"type": kind, **fields})


@pytest.fixture
async def phone(server: Running, http: aiohttp.ClientSession) -> AsyncIterator[Phone]:
    async with http.ws_connect(f"{server.url}/ws") as socket:
        yield Phone(socket)


async def test_a_page_sees_its_chat_and_everybodys_messages(
    phone: Phone, api: Api, server: Running
) -> None:
    hello = await phone.next("hello")
    assert (hello["users"], hello["bot"]["name"]) == ([], "暖心")
    await phone.do("add_user", name="王芳")
    user = (await phone.next("user"))["user"]["id"]
    assert (await phone.next("added"))["user"] == user
    await phone.do("open", user=user)
    chat = await phone.next("chat")
    assert (chat["messages"], chat["keyboard"], chat["blocked"]) == ([], None, False)
    await phone.do("say", text="你好")
    assert (await phone.next("message"))["message"]["from"] == "me"
    await api("sendChatAction", chat_id=user, action="typing")
    assert (await phone.next("typing"))["user"] == user
    markup = {"inline_keyboard": [[{"text": "是", "callback_data": "y"}]]}
    sent = await api("sendMessage", chat_id=user, text="吗", reply_markup=markup)
    assert (await phone.next("message"))["message"]["buttons"][0][0]["text"] == "是"
    number = sent["result"]["message_id"]
    await phone.do("press", message_id=number, row=0, column=0)
    await asyncio.sleep(0.05)
    query = (await api("getUpdates"))["result"][-1]["callback_query"]
    await api("answerCallbackQuery", callback_query_id=query["id"])
    assert (await phone.next("toast"))["text"] == ""
    await api("editMessageText", chat_id=user, message_id=number, text="好")
    assert (await phone.next("message"))["message"]["text"] == "好"
    await api("deleteMessage", chat_id=user, message_id=number)
    assert (await phone.next("deleted"))["ids"] == [number]
    other = server.simulator.add_user("李强")
    server.simulator.say(other, "在")
    assert (await phone.next("message"))["user"] == other
    await phone.do("block")
    assert (await phone.next("user"))["user"]["blocked"]
    await phone.do("say", text="喂")
    assert "unblock" in (await phone.next("refused"))["text"]
    await phone.do("unblock")
    await phone.do("start", payload="ev_1")
    assert (await phone.next("message"))["message"]["text"] == "/start ev_1"
    await api("setMyCommands", commands=[{"command": "start", "description": "开始"}])
    assert (await phone.next("bot"))["bot"]["commands"][0]["command"] == "start"
    server.simulator.clear()
    await phone.next("cleared")


async def test_nonsense_from_a_page_is_answered_and_not_fatal(phone: Phone) -> None:
    for text in (
        "nonsense",
        "[]",
        "{}",
        '{"type":"dance"}',
        '{"type":"open","user":"x"}',
        '{"type":"say","text":"x"}',
    ):
        await phone.socket.send_str(text)
        assert (await phone.next("refused"))["text"]


async def test_the_page_has_a_strict_policy_and_no_way_out_of_its_folder(
    server: Running, http: aiohttp.ClientSession
) -> None:
    async with http.get(server.url + "/") as response:
        assert response.headers["Content-Security-Policy"].startswith("default-src 'self'")
    async with http.get(server.url + "/static/..%2f__init__.py") as response:
        assert response.status == 404
