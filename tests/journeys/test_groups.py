"""In a group: public matters when spoken to, a bare link for the rest, silence otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from bot.settings import Limits
from tests.conftest import KNOWLEDGE
from tests.journeys import checks
from tests.world import MovableClock, Person, World, start_world

PUBLIC = "剩饭剩菜扔哪里"
PRIVATE = "老板三个月没发工资了"
LINK = "💬 私下问暖心"


async def group_of(world: World, *names: str) -> tuple[int, Person]:
    people = [world.member(name) for name in names or ("王芳", "李强")]
    group = world.simulator.add_group("班组群", [person.id for person in people])
    await world.settle()
    return group, people[0]


def buttons(person: Person, group: int) -> list[dict[str, Any]]:
    last = person.messages(group)[-1]
    return [button for row in last["buttons"] for button in row]


async def test_a_public_question_is_answered_in_the_group(world: World) -> None:
    group, wang = await group_of(world)
    answer = await wang.says(f"/ask {PUBLIC}", group)
    assert "厨余垃圾怎么投" in answer
    assert [button["text"] for button in buttons(wang, group)] == [LINK]
    kept = checks.contents(world)
    assert [row["in_group"] for row in kept["questions"]] == [True]
    assert kept["members"] == []


async def test_a_private_question_gets_a_link_that_does_not_name_the_topic(world: World) -> None:
    group, wang = await group_of(world)
    answer = await wang.says(f"/ask {PRIVATE}", group)
    assert answer == "这件事和您个人有关，在群里说不方便。点下面的按钮，咱们私下聊。"
    (button,) = buttons(wang, group)
    assert button["kind"] == "url"
    assert button["url"] == "https://t.me/nuanxin_sim_bot"
    assert not any(word in str(wang.messages(group)[-1]) for word in ("工资", "欠薪", "wage"))


@pytest.mark.parametrize(
    "words",
    [
        "@nuanxin_sim_bot 剩饭剩菜扔哪里",
        "剩饭剩菜扔哪里 @nuanxin_sim_bot",
        "@NUANXIN_sim_BOT 剩饭剩菜扔哪里",
        "/ask@nuanxin_sim_bot 剩饭剩菜扔哪里",
        "/ask\u3000剩饭剩菜扔哪里",
        "/ask\n剩饭剩菜扔哪里",
        "/ask@nuanxin_sim_bot\n剩饭剩菜扔哪里",
    ],
)
async def test_the_bot_listens_when_it_is_named(small_world: World, words: str) -> None:
    group, wang = await group_of(small_world)
    assert "厨余垃圾怎么投" in await wang.says(words, group)


@pytest.mark.parametrize(
    "words",
    [
        "剩饭剩菜扔哪里",
        "老板三个月没发工资了",
        "我不想活了这句话在群里说",
        "/ask@some_other_bot 剩饭剩菜扔哪里",
        "/menu",
        "/human",
        "@nuanxin_sim_bot_other 剩饭剩菜扔哪里",
        "暖心 剩饭剩菜扔哪里",
    ],
)
async def test_the_bot_is_silent_when_it_is_not_spoken_to(small_world: World, words: str) -> None:
    group, wang = await group_of(small_world)
    assert await wang.says(words, group) == ""
    kept = checks.contents(small_world)
    assert kept["questions"] == kept["members"] == []


async def test_colleagues_who_chat_fast_are_not_told_to_slow_down(
    database_url: str, clock: MovableClock
) -> None:
    """A bot that is an administrator, as for a contest, reads all that is said in a group."""
    limits = Limits(burst=6, per_second=0.01)
    async with start_world(
        database_url, clock, mode="polling", knowledge=KNOWLEDGE, limits=limits
    ) as world:
        group, wang = await group_of(world)
        for number in range(12):
            assert await wang.says(f"晚上吃什么{number}", group) == ""
        assert "暖心" in await wang.says("/start")


async def test_a_reply_to_the_bot_is_a_question_and_a_reply_to_a_person_is_not(
    small_world: World,
) -> None:
    group, wang = await group_of(small_world)
    assert "/ask 垃圾怎么分类" in await wang.says("/help", group)
    simulator = small_world.simulator
    spoken, own = (
        next(m for m in simulator.chats[group].messages.values() if (m.author == wang.id) is mine)
        for mine in (False, True)
    )
    simulator.send(wang.id, {"text": PUBLIC, "reply_to_message": own.data}, group)
    await small_world.settle()
    assert "厨余垃圾怎么投" not in await wang.reads(group)
    simulator.send(wang.id, {"text": PUBLIC, "reply_to_message": spoken.data}, group)
    await small_world.settle()
    assert "厨余垃圾怎么投" in await wang.reads(group)


async def test_what_nobody_knows_leads_to_the_private_chat(small_world: World) -> None:
    group, wang = await group_of(small_world)
    assert "私下聊" in await wang.says("/ask asdf qwer", group)
    assert "怎么问" not in await wang.reads(group)
    assert "/ask 垃圾怎么分类" in await wang.says("/ask", group)


async def test_a_cry_for_help_in_a_group_is_answered_with_numbers_and_not_kept(
    small_world: World,
) -> None:
    group, wang = await group_of(small_world)
    assert "110" in await wang.says("/ask 我不想活了", group)
    assert checks.contents(small_world)["questions"] == []


async def test_who_asks_for_names_in_a_group_gets_no_hint(small_world: World) -> None:
    group, wang = await group_of(small_world)
    answer = await wang.says("/ask 列出投诉我单位的人", group)
    assert "私下聊" in answer
    assert checks.contents(small_world)["questions"] == []


async def test_numbers_typed_in_a_group_are_not_kept(small_world: World) -> None:
    group, wang = await group_of(small_world)
    await wang.says("/ask 身份证11010519491231002X能查社保吗", group)
    assert checks.places_of(small_world, "110105") == []


@pytest.mark.parametrize("content", ["voice", "new_chat_members", "pinned_message"])
async def test_what_is_no_text_is_ignored_in_a_group(small_world: World, content: str) -> None:
    group, wang = await group_of(small_world)
    bot = small_world.simulator.bot.as_user()
    said: dict[str, dict[str, Any]] = {
        "voice": {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 1}},
        "new_chat_members": {"new_chat_members": [bot]},
        "pinned_message": {
            "pinned_message": {
                "message_id": 1,
                "date": 0,
                "chat": {"id": group, "type": "group", "title": "班组群"},
            }
        },
    }
    small_world.simulator.send(wang.id, said[content], group)
    await small_world.settle()
    assert await wang.reads(group) == ""


@pytest.mark.parametrize(
    "author",
    [
        {"sender_chat": {"id": -1001234567890, "type": "supergroup", "title": "班组群"}},
        {"sender_chat": {"id": -1009876543210, "type": "channel", "title": "频道"}},
        {
            "from": {"id": 777000, "is_bot": False, "first_name": "Telegram"},
            "sender_chat": {"id": -1009876543210, "type": "channel", "title": "频道"},
            "is_automatic_forward": True,
        },
        {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}},
        {"from": {"id": 9_000_000_001, "is_bot": True, "first_name": "别的机器人"}},
    ],
    ids=["anonymous", "as-channel", "linked-channel", "group-bot", "other-bot"],
)
async def test_who_is_no_person_is_ignored(small_world: World, author: dict[str, Any]) -> None:
    group, wang = await group_of(small_world)
    before = small_world.calls("sendMessage")
    small_world.simulator.send(wang.id, {"text": f"/ask {PUBLIC}"} | author, group)
    await small_world.settle()
    assert small_world.calls("sendMessage") == before
    kept = checks.contents(small_world)
    assert kept["questions"] == kept["members"] == []


@pytest.mark.parametrize("kind", ["channel_post", "business_message", "edited_business_message"])
async def test_channels_and_business_chats_are_ignored(small_world: World, kind: str) -> None:
    wang = await small_world.regular()
    before = small_world.calls("sendMessage")
    message: dict[str, Any] = {
        "message_id": 1,
        "date": 1_795_000_000,
        "chat": {"id": wang.id, "type": "private", "first_name": "王芳"},
        "from": small_world.simulator.people[wang.id].as_user(),
        "text": PRIVATE,
        "business_connection_id": "b",
    }
    if kind == "channel_post":
        del message["from"], message["business_connection_id"]
        message["chat"] = {"id": -1009876543210, "type": "channel", "title": "频道"}
    small_world.simulator.raw_update({kind: message})
    await small_world.settle()
    assert small_world.calls("sendMessage") == before
    assert checks.contents(small_world)["questions"] == []


async def test_a_topic_group_gets_public_answers_only(small_world: World) -> None:
    group, wang = await group_of(small_world)
    topic = {"is_topic_message": True, "message_thread_id": 7}
    small_world.simulator.send(wang.id, {"text": f"/ask {PRIVATE}"} | topic, group)
    await small_world.settle()
    assert "私下聊" in await wang.reads(group)
    assert checks.contents(small_world)["members"] == []


async def test_a_group_that_shuts_the_bot_out_does_not_make_a_member_unreachable(
    small_world: World,
) -> None:
    wang = await small_world.regular()
    group = small_world.simulator.add_group("班组群", [wang.id])
    small_world.simulator.fault(
        "sendMessage", "403", description="Forbidden: bot was kicked from the group chat"
    )
    await wang.says(f"/ask {PUBLIC}", group)
    kept = checks.contents(small_world)
    assert [row["reach"] for row in kept["members"]] == ["reachable"]
    assert {row["state"] for row in kept["journal"]} == {"done"}
