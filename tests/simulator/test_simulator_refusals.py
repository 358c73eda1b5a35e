"""What Telegram refuses, the simulator refuses, in the same words."""

import io
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import pytest

from simulator import TOKEN, Running

JSON = dict[str, Any]
Api = Callable[..., Coroutine[Any, Any, JSON]]

TOO_LONG_URL = "inline keyboard button URL 'localhost' is invalid: Wrong HTTP URL"


def inline(**button: Any) -> JSON:
    return {"reply_markup": {"inline_keyboard": [[button]]}}


def many(count: int) -> JSON:
    row = [{"text": "x", "callback_data": "x"}]
    return {"reply_markup": {"inline_keyboard": [row] * count}}


MESSAGES: list[tuple[JSON, str]] = [
    ({}, "message text is empty"),
    ({"text": ""}, "message text is empty"),
    ({"text": " \n\u200b "}, "message text is empty"),
    ({"text": "<b></b>", "parse_mode": "HTML"}, "message text is empty"),
    ({"text": "字" * 4097}, "message is too long"),
    ({"text": "👍" * 2049}, "message is too long"),
    ({"text": "\ud800"}, "strings must be encoded in UTF-8"),
    (
        {"text": "<x>", "parse_mode": "html"},
        'can\'t parse entities: Unsupported start tag "x" at byte offset 0',
    ),
    ({"text": "x", "parse_mode": "BBCode"}, "unsupported parse_mode"),
    ({"text": "x", **inline(text="x", callback_data="字" * 22)}, "BUTTON_DATA_INVALID"),
    ({"text": "x", **inline(text="x", callback_data="")}, "BUTTON_DATA_INVALID"),
    (
        {"text": "x", **inline(text="x")},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    (
        {"text": "x", **inline(text=" ", callback_data="x")},
        "inline keyboard button text must be non-empty",
    ),
    ({"text": "x", **inline(text="x", url="localhost")}, TOO_LONG_URL),
    ({"text": "x", **many(101)}, "reply markup is too long"),
    ({"text": "x", "reply_markup": "x"}, "can't parse reply_markup JSON object"),
    ({"text": "x", "reply_markup": []}, "object expected as reply markup"),
    ({"text": "x", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
]


@pytest.mark.parametrize(("payload", "words"), MESSAGES)
async def test_a_message_is_refused(api: Api, user: int, payload: JSON, words: str) -> None:
    answer = await api("sendMessage", chat_id=user, **payload)
    assert answer["description"] == f"Bad Request: {words}"


ACCEPTED: list[JSON] = [
    {"text": "字" * 4096},
    {"text": "👍" * 2048},
    {"text": "<b>" + "&lt;" * 4096 + "</b>", "parse_mode": "HTML"},
    {"text": "x", **inline(text="x", callback_data="字" * 21)},
    {"text": "x", **inline(text="x", url="http://127.0.0.1:8080/login")},
    {"text": "x", **many(100)},
    {"text": "x", "reply_parameters": {"message_id": 99, "allow_sending_without_reply": True}},
]


@pytest.mark.parametrize("payload", ACCEPTED)
async def test_a_message_at_the_limit_is_accepted(api: Api, user: int, payload: JSON) -> None:
    assert (await api("sendMessage", chat_id=user, **payload))["ok"]


OTHERS: list[tuple[str, JSON, str]] = [
    ("sendMessage", {"text": "x"}, "chat_id is empty"),
    ("sendMessage", {"chat_id": 1, "text": "x"}, "chat not found"),
    ("sendMessage", {"chat_id": "@nobody", "text": "x"}, "chat not found"),
    ("editMessageText", {"message_id": 99, "text": "x"}, "message to edit not found"),
    ("editMessageReplyMarkup", {"message_id": 99}, "message to edit not found"),
    ("deleteMessage", {"message_id": 99}, "message to delete not found"),
    ("deleteMessages", {"message_ids": []}, "message identifiers are not specified"),
    (
        "answerCallbackQuery",
        {"callback_query_id": "1"},
        "query is too old and response timeout expired or query ID is invalid",
    ),
    ("sendPhoto", {"photo": "nonsense"}, "wrong file identifier/HTTP URL specified"),
    ("sendPhoto", {}, "there is no photo in the request"),
    ("sendDocument", {"document": "https://a.cn/x"}, "failed to get HTTP URL content"),
    ("sendLocation", {"latitude": 91, "longitude": 0}, "wrong latitude specified"),
    ("sendVenue", {"latitude": 1, "longitude": 1, "title": "驿站"}, "address is empty"),
    ("sendContact", {"phone_number": "1"}, "first name is empty"),
    ("sendChatAction", {"action": "dance"}, "wrong parameter action in request"),
    ("getFile", {"file_id": "nonsense"}, "invalid file_id"),
    ("sendPoll", {"question": "问", "options": ["一"]}, "poll must have at least 2 option"),
    (
        "sendPoll",
        {"question": "问", "options": ["一"] * 13},
        "poll can't have more than 12 options",
    ),
    (
        "sendPoll",
        {"question": "问" * 301, "options": ["一", "二"]},
        "poll question length must not exceed 300",
    ),
    (
        "sendPoll",
        {"question": "问", "options": ["一", "二" * 101]},
        "poll options length must not exceed 100",
    ),
    (
        "sendPoll",
        {"question": "问", "options": ["一", "二"], "type": "quiz", "correct_option_id": 2},
        "wrong correct option ID specified",
    ),
    (
        "sendPoll",
        {"question": "问", "options": ["一", "二"], "open_period": 4},
        "wrong open period specified",
    ),
    (
        "setMyCommands",
        {"commands": [{"command": "Start", "description": "x"}]},
        "BOT_COMMAND_INVALID",
    ),
    (
        "setMyCommands",
        {"commands": [{"command": "x" * 33, "description": "x"}]},
        "command length must not exceed 32",
    ),
    (
        "setMyCommands",
        {"commands": [{"command": "x", "description": "字" * 257}]},
        "command description length must not exceed 256",
    ),
    (
        "setMyCommands",
        {"commands": [{"command": "x", "description": "x"}] * 101},
        "BOT_COMMANDS_TOO_MUCH",
    ),
    (
        "setMyCommands",
        {"commands": [], "language_code": "zh-hans"},
        "invalid language code specified",
    ),
    (
        "setWebhook",
        {"url": "ftp://a.cn"},
        "bad webhook: An HTTPS URL must be provided for webhook",
    ),
    (
        "setWebhook",
        {"url": "https://a.cn", "secret_token": "字"},
        "secret token contains unallowed characters",
    ),
]


@pytest.mark.parametrize(("method", "payload", "words"), OTHERS)
async def test_a_call_is_refused(
    api: Api, user: int, method: str, payload: JSON, words: str
) -> None:
    payload = payload if method == "sendMessage" else {"chat_id": user, **payload}
    answer = await api(method, **payload)
    assert answer["description"] == f"Bad Request: {words}"


async def test_an_edit_that_changes_nothing_is_refused(api: Api, user: int) -> None:
    markup = {"inline_keyboard": [[{"text": "是", "callback_data": "y"}]]}
    same = {"text": "<b>你好</b>", "parse_mode": "HTML", "reply_markup": markup}
    sent = (await api("sendMessage", chat_id=user, **same))["result"]
    ids = {"chat_id": user, "message_id": sent["message_id"]}
    refused = await api("editMessageText", **ids, **same)
    assert refused["description"] == (
        "Bad Request: message is not modified: specified new message content and reply markup"
        " are exactly the same as a current content and reply markup of the message"
    )
    again = await api("editMessageReplyMarkup", **ids, reply_markup=markup)
    assert "message is not modified" in again["description"]
    assert (await api("editMessageText", **ids, text="你好", reply_markup=markup))["ok"]
    without = (await api("editMessageText", **ids, text="你好"))["result"]
    assert "reply_markup" not in without


async def test_a_persons_message_cannot_be_edited(api: Api, server: Running, user: int) -> None:
    said = server.simulator.say(user, "你好")
    answer = await api("editMessageText", chat_id=user, message_id=said["message_id"], text="x")
    assert answer["description"] == "Bad Request: message can't be edited"


async def test_a_message_older_than_48_hours_stays(api: Api, user: int, clock: Any) -> None:
    sent = (await api("sendMessage", chat_id=user, text="x"))["result"]
    clock.now += 48 * 3600 + 1
    answer = await api("deleteMessage", chat_id=user, message_id=sent["message_id"])
    assert answer["description"] == "Bad Request: message can't be deleted for everyone"


async def test_a_person_who_blocked_the_bot_gets_nothing(
    api: Api, server: Running, user: int
) -> None:
    server.simulator.block(user)
    answer = await api("sendMessage", chat_id=user, text="x")
    assert answer["error_code"] == 403
    assert answer["description"] == "Forbidden: bot was blocked by the user"
    server.simulator.unblock(user)
    assert (await api("sendMessage", chat_id=user, text="x"))["ok"]


@pytest.mark.parametrize("wish", ["request_contact", "request_location"])
async def test_contact_and_place_are_asked_for_in_private_only(
    api: Api, server: Running, user: int, wish: str
) -> None:
    group = server.simulator.add_group("工会群", [user])
    markup = {"keyboard": [[{"text": "给", wish: True}]]}
    assert (await api("sendMessage", chat_id=user, text="x", reply_markup=markup))["ok"]
    answer = await api("sendMessage", chat_id=group, text="x", reply_markup=markup)
    assert answer["description"].endswith("can be requested in private chats only")


async def test_a_press_is_answered_in_time_and_briefly(
    api: Api, server: Running, user: int, clock: Any
) -> None:
    await api("sendMessage", chat_id=user, text="x", **inline(text="是", callback_data="y"))
    server.simulator.press(user, "是")
    query = (await api("getUpdates"))["result"][-1]["callback_query"]
    long = await api("answerCallbackQuery", callback_query_id=query["id"], text="字" * 201)
    assert long["description"] == "Bad Request: MESSAGE_TOO_LONG"
    assert (await api("answerCallbackQuery", callback_query_id=query["id"], text="字" * 200))["ok"]
    clock.now += 61
    late = await api("answerCallbackQuery", callback_query_id=query["id"])
    assert late["description"].startswith("Bad Request: query is too old")


async def test_a_long_caption_and_a_file_that_is_no_picture_are_refused(
    server: Running, http: aiohttp.ClientSession, user: int
) -> None:
    url = f"{server.url}/bot{TOKEN}/sendPhoto"

    async def refused(data: bytes, **fields: str) -> str:
        form = aiohttp.FormData({"chat_id": str(user), **fields})
        form.add_field("photo", io.BytesIO(data), filename="x.png", content_type="image/png")
        async with http.post(url, data=form) as response:
            return str((await response.json())["description"])

    long = await refused(b"\x89PNG", caption="字" * 1025)
    assert long == "Bad Request: message caption is too long"
    assert await refused(b"not a picture") == "Bad Request: IMAGE_PROCESS_FAILED"
    assert await refused(b"") == "Bad Request: file must be non-empty"
    assert "too big for a photo" in await refused(b"\x89PNG" + bytes(10 * 1024 * 1024))


async def test_an_unknown_method_and_a_wrong_token(
    api: Api, server: Running, http: aiohttp.ClientSession
) -> None:
    assert await api("sendTelegram") == {
        "ok": False,
        "error_code": 404,
        "description": "Not Found",
    }
    async with http.get(f"{server.url}/bot1:WRONG/getMe") as response:
        assert response.status == 401
        assert (await response.json())["description"] == "Unauthorized"


async def test_form_query_and_json_say_the_same(
    server: Running, http: aiohttp.ClientSession, user: int
) -> None:
    url = f"{server.url}/bot{TOKEN}/sendMessage"
    markup = '{"inline_keyboard":[[{"text":"是","callback_data":"y"}]]}'
    fields = {"chat_id": str(user), "text": "你好", "reply_markup": markup}
    for call in (
        http.post(url, data=fields),
        http.get(url, params=fields),
        http.post(url, json=fields),
        http.post(url.replace("sendMessage", "SENDMESSAGE"), json=fields),
    ):
        async with call as response:
            assert (await response.json())["ok"]
    payloads = [call["payload"] for call in server.simulator.calls.since(0)]
    assert len(payloads) == 4
    assert all(payload == payloads[0] for payload in payloads)
    assert payloads[0]["chat_id"] == user
