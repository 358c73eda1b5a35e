"""What people do reaches the bot; what the bot does is seen on the phone."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from simulator import Refused, Running, Simulator

JSON = dict[str, Any]
Api = Callable[..., Coroutine[Any, Any, JSON]]


async def newest(api: Api) -> JSON:
    update: JSON = (await api("getUpdates"))["result"][-1]
    return update


async def test_a_text_arrives_in_full_shape(api: Api, server: Running, user: int) -> None:
    said = server.simulator.say(user, "/start ev_1")
    update = await newest(api)
    assert update["update_id"] == said["update_id"]
    message = update["message"]
    assert message["from"] == {
        "id": user,
        "is_bot": False,
        "first_name": "王芳",
        "language_code": "zh-hans",
    }
    assert message["chat"] == {"id": user, "first_name": "王芳", "type": "private"}
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert message["message_id"] == said["message_id"]


async def test_the_screen_shows_text_buttons_and_edits(
    api: Api, server: Running, user: int
) -> None:
    sim = server.simulator
    sim.say(user, "你好")
    markup = {"inline_keyboard": [[{"text": "展开", "callback_data": "more"}]]}
    sent = (
        await api(
            "sendMessage", chat_id=user, text="<b>好</b>", parse_mode="HTML", reply_markup=markup
        )
    )["result"]
    mine, bots = sim.screen(user)["messages"]
    assert (mine["from"], mine["text"]) == ("me", "你好")
    assert (bots["from"], bots["html"], bots["edited"]) == ("bot", "<b>好</b>", False)
    assert bots["buttons"] == [[{"text": "展开", "kind": "callback"}]]
    pressed = sim.press(user, "展")
    assert pressed["kind"] == "inline"
    query = (await newest(api))["callback_query"]
    assert (query["data"], query["message"]["message_id"]) == ("more", sent["message_id"])
    await api("answerCallbackQuery", callback_query_id=query["id"], text="已展开")
    await api("editMessageText", chat_id=user, message_id=sent["message_id"], text="全文")
    screen = sim.screen(user)
    assert screen["toast"] == "已展开"
    assert screen["messages"][-1] | {"date": 0} == {
        "id": sent["message_id"],
        "from": "bot",
        "author": "暖心",
        "author_id": sim.bot.id,
        "date": 0,
        "text": "全文",
        "html": "全文",
        "buttons": [],
        "edited": True,
        "media": None,
    }
    sim.say(user, "谢谢")
    assert sim.screen(user)["toast"] is None


async def test_the_newest_button_wins_and_an_equal_label_first(
    api: Api, server: Running, user: int
) -> None:
    sim = server.simulator

    def rows(*labels: str) -> JSON:
        return {"inline_keyboard": [[{"text": t, "callback_data": t}] for t in labels]}

    await api("sendMessage", chat_id=user, text="1", reply_markup=rows("报名"))
    keyboard = {"keyboard": [["报名表"]]}
    await api("sendMessage", chat_id=user, text="2", reply_markup=keyboard)
    assert sim.press(user, "报名")["kind"] == "reply"
    assert (await newest(api))["message"]["text"] == "报名表"
    await api("sendMessage", chat_id=user, text="3", reply_markup=rows("报名二", "报名"))
    assert sim.press(user, "报名")["kind"] == "inline"
    assert (await newest(api))["callback_query"]["data"] == "报名"
    with pytest.raises(Refused):
        sim.press(user, "退订")


async def test_a_reply_keyboard_stays_until_removed_and_a_one_time_one_until_used(
    api: Api, server: Running, user: int
) -> None:
    sim = server.simulator
    keyboard = {
        "keyboard": [[{"text": "电话", "request_contact": True}, "不了"]],
        "is_persistent": True,
        "input_field_placeholder": "请选",
    }
    await api("sendMessage", chat_id=user, text="x", reply_markup=keyboard)
    assert sim.screen(user)["keyboard"] == {
        "rows": [[{"text": "电话", "kind": "contact"}, {"text": "不了", "kind": "text"}]],
        "persistent": True,
        "one_time": False,
        "placeholder": "请选",
    }
    sim.press(user, "电话")
    assert (await newest(api))["message"]["contact"]["user_id"] == user
    assert sim.screen(user)["keyboard"]
    await api("sendMessage", chat_id=user, text="x", reply_markup={"remove_keyboard": True})
    assert sim.screen(user)["keyboard"] is None
    once = keyboard | {"one_time_keyboard": True}
    await api("sendMessage", chat_id=user, text="x", reply_markup=once)
    sim.say(user, "别的")
    assert sim.screen(user)["keyboard"]
    sim.press(user, "不了")
    assert sim.screen(user)["keyboard"] is None


async def test_blocking_tells_the_bot_once_and_silences_the_person(
    api: Api, server: Running, user: int
) -> None:
    sim = server.simulator
    sim.block(user)
    sim.block(user)
    changes = [u["my_chat_member"] for u in (await api("getUpdates"))["result"]]
    assert [c["new_chat_member"]["status"] for c in changes] == ["kicked"]
    with pytest.raises(Refused) as refused:
        sim.say(user, "喂")
    assert refused.value.status == 409
    sim.unblock(user)
    sim.start(user)
    assert sim.screen(user)["blocked"] is False


async def test_all_kinds_of_content_arrive(api: Api, server: Running, user: int) -> None:
    sim = server.simulator
    sim.location(user, 39.7, 116.3)
    sim.contact(user, "13800000000", "他人", None)
    sim.send(
        user,
        {
            "voice": {
                "file_id": "v",
                "file_unique_id": "u",
                "duration": 3,
                "file_size": 9,
            }
        },
    )
    sim.send(user, {"sticker": {"emoji": "👍"}})
    sim.photo(user, "a.jpg", size=5000, caption="病假条")
    kinds = [u["message"] for u in (await api("getUpdates"))["result"]]
    assert kinds[0]["location"] == {"latitude": 39.7, "longitude": 116.3}
    assert "user_id" not in kinds[1]["contact"]
    assert kinds[4]["caption"] == "病假条"
    shown = [m["media"]["kind"] for m in sim.screen(user)["messages"]]
    assert shown == ["location", "contact", "voice", "sticker", "photo"]


async def test_an_own_text_can_be_edited(api: Api, server: Running, user: int) -> None:
    said = server.simulator.say(user, "一")
    server.simulator.edit(user, said["message_id"], "二")
    edited = (await newest(api))["edited_message"]
    assert (edited["text"], "edit_date" in edited) == ("二", True)
    assert server.simulator.screen(user)["messages"][0]["edited"]


async def test_a_group_hears_everybody(api: Api, server: Running, user: int) -> None:
    sim = server.simulator
    other = sim.add_user("李强")
    group = sim.add_group("工会群", [user, other])
    assert group < 0
    sim.say(other, "/help", group)
    updates = (await api("getUpdates"))["result"]
    assert updates[0]["my_chat_member"]["chat"]["title"] == "工会群"
    assert updates[1]["message"]["chat"]["type"] == "group"
    await api("sendMessage", chat_id=group, text="大家好")
    sides = [(m["from"], m["author"]) for m in sim.group_screen(group)["messages"]]
    assert sides == [("other", "李强"), ("bot", "暖心")]
    stranger = sim.add_user("外人")
    with pytest.raises(Refused):
        sim.say(stranger, "在吗", group)


async def test_votes_are_counted_and_a_closed_poll_takes_none(
    api: Api, server: Running, user: int
) -> None:
    sim = server.simulator
    sent = (
        await api(
            "sendPoll",
            chat_id=user,
            question="去哪",
            options=[{"text": "南海子"}, "念坛"],
            is_anonymous=False,
        )
    )["result"]
    sim.vote(user, sent["message_id"], [1])
    poll, answer = (await api("getUpdates"))["result"]
    assert [o["voter_count"] for o in poll["poll"]["options"]] == [0, 1]
    assert answer["poll_answer"]["option_ids"] == [1]
    ids = {"chat_id": user, "message_id": sent["message_id"]}
    assert (await api("stopPoll", **ids))["result"]["is_closed"]
    with pytest.raises(Refused):
        sim.vote(user, sent["message_id"], [0])
    assert "already been closed" in (await api("stopPoll", **ids))["description"]


async def test_a_link_button_to_the_bot_starts_it_with_its_payload(
    api: Api, server: Running, user: int
) -> None:
    url = "https://t.me/nuanxin_sim_bot?start=ev_7"
    markup = {"inline_keyboard": [[{"text": "活动", "url": url}]]}
    await api("sendMessage", chat_id=user, text="x", reply_markup=markup)
    assert server.simulator.press(user, "活动")["kind"] == "url"
    assert (await newest(api))["message"]["text"] == "/start ev_7"


@pytest.mark.parametrize("payload", ["字", "a b", "x" * 65])
def test_a_deep_link_payload_has_its_limits(payload: str) -> None:
    simulator = Simulator()
    user = simulator.add_user("王芳")
    with pytest.raises(Refused):
        simulator.start(user, payload)
    assert simulator.start(user, "x" * 64)["update_id"]


def test_a_long_text_goes_out_in_parts_as_the_apps_do() -> None:
    simulator = Simulator()
    user = simulator.add_user("王芳")
    simulator.say(user, "👍" * 3000)
    assert [len(m["text"]) for m in simulator.screen(user)["messages"]] == [2048, 952]


async def test_deleted_messages_leave_the_screen(api: Api, server: Running, user: int) -> None:
    ids = [(await api("sendMessage", chat_id=user, text=t))["result"]["message_id"] for t in "abc"]
    assert (await api("deleteMessage", chat_id=user, message_id=ids[0]))["ok"]
    assert (await api("deleteMessages", chat_id=user, message_ids=[ids[1], 999]))["ok"]
    assert [m["text"] for m in server.simulator.screen(user)["messages"]] == ["c"]


async def test_clear_forgets_people_but_uses_no_number_twice(
    api: Api, server: Running, user: int
) -> None:
    sim = server.simulator
    first = sim.say(user, "一")
    sim.clear()
    assert sim.users() == []
    assert await sim.settle(20)
    other = sim.add_user("王芳")
    second = sim.say(other, "二")
    assert other != user
    assert second["update_id"] > first["update_id"]
    assert second["message_id"] > first["message_id"]
    assert (await api("sendMessage", chat_id=user, text="x"))["error_code"] == 400


async def test_the_profile_is_kept_by_scope_and_language(api: Api, server: Running) -> None:
    commands = [{"command": "start", "description": "开始"}]
    await api("setMyCommands", commands=commands, scope={"type": "all_private_chats"})
    assert (await api("getMyCommands"))["result"] == []
    private = await api("getMyCommands", scope={"type": "all_private_chats"})
    assert private["result"] == commands
    await api("setMyDescription", description="职工的帮手", language_code="zh")
    assert (await api("getMyDescription"))["result"] == {"description": ""}
    assert (await api("getMyDescription", language_code="zh"))["result"] == {
        "description": "职工的帮手"
    }
    await api("setMyName", name="暖心小助手")
    assert (await api("getMe"))["result"]["first_name"] == "暖心小助手"
    view = server.simulator.bot.view()
    assert (view["commands"], view["description"]) == (commands, "职工的帮手")
    await api("deleteMyCommands", scope={"type": "all_private_chats"})
    assert server.simulator.bot.view()["commands"] == []
    await api("setChatMenuButton", menu_button={"type": "commands"})
    assert (await api("getChatMenuButton"))["result"] == {"type": "commands"}
