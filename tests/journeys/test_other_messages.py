"""What is no text: each kind gets its kind sentence, and nothing of it is kept."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys import checks
from tests.world import World

FILE = {"file_id": "f-1", "file_unique_id": "u-1", "file_size": 10}
PICTURE = FILE | {"width": 1, "height": 1}
USER = {"id": 8_000_000_008, "is_bot": False, "first_name": "旁人甲乙丙"}
POLL = {
    "id": "1",
    "question": "今天吃什么好呢",
    "options": [
        {"text": "面", "voter_count": 0, "persistent_id": "0"},
        {"text": "饭", "voter_count": 0, "persistent_id": "1"},
    ],
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
    "allows_revoting": False,
    "members_only": False,
}
CONTENTS: dict[str, tuple[dict[str, Any], str]] = {
    "voice": ({"voice": FILE | {"duration": 3}}, "语音我还听不懂"),
    "audio": ({"audio": FILE | {"duration": 3}}, "语音我还听不懂"),
    "video_note": ({"video_note": FILE | {"duration": 3, "length": 1}}, "语音我还听不懂"),
    "photo": ({"photo": [PICTURE], "caption": "图片的说明文字"}, "图片我还看不了"),
    "video": ({"video": PICTURE | {"duration": 3}}, "图片我还看不了"),
    "animation": (
        {"animation": PICTURE | {"duration": 3}, "document": FILE},
        "图片我还看不了",
    ),
    "document": ({"document": FILE | {"file_name": "欠条.pdf.exe"}}, "文件我还看不了"),
    "sticker": (
        {
            "sticker": PICTURE
            | {"type": "regular", "is_animated": False, "is_video": False, "emoji": "😀"}
        },
        "收到您的表情啦",
    ),
    "contact": (
        {"contact": {"phone_number": "+8613912340000", "first_name": "旁人甲乙丙"}},
        "现在不需要电话号码",
    ),
    "location": ({"location": {"latitude": 39.7267, "longitude": 116.3414}}, "位置我没有保存"),
    "venue": (
        {
            "location": {"latitude": 39.7267, "longitude": 116.3414},
            "venue": {
                "location": {"latitude": 39.7267, "longitude": 116.3414},
                "title": "某某地方",
                "address": "某某路",
            },
        },
        "位置我没有保存",
    ),
    "poll": ({"poll": POLL}, "投票和骰子"),
    "dice": ({"dice": {"emoji": "🎲", "value": 6}}, "投票和骰子"),
    "forwarded poll": (
        {"poll": POLL, "forward_origin": {"type": "user", "date": 1, "sender_user": USER}},
        "投票和骰子",
    ),
    "game": ({"game": {"title": "g", "description": "d", "photo": [PICTURE]}}, "还处理不了"),
    "something of tomorrow": ({"hologram": {"depth": 3}}, "还处理不了"),
}


@pytest.mark.parametrize("kind", CONTENTS)
async def test_a_message_that_is_no_text_gets_its_sentence_and_is_not_kept(
    small_world: World, kind: str
) -> None:
    content, sentence = CONTENTS[kind]
    member = await small_world.regular()
    before = checks.contents(small_world)
    assert sentence in await member.sends(content)
    after = checks.contents(small_world)
    new = [row for row in after["journal"] if row not in before["journal"]]
    assert [(row["kind"], row["state"], row["body"]) for row in new] == [("message", "done", None)]
    assert {**after, "journal": []} == {**before, "journal": []}


async def test_somebody_elses_contact_is_not_kept(world: World) -> None:
    member = await world.regular()
    world.simulator.contact(member.id, "+8613912340000", "旁人甲乙丙", owner=8_000_000_008)
    await world.settle()
    assert "没有保存" in await member.reads()
    for trace in ("13912340000", "旁人甲乙丙", "8000000008"):
        assert checks.places_of(world, trace) == []


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("账单.pdf", {"size": 25 * 1024 * 1024}),
        ("照片.jpg", {"data": b"MZ\x90\x00"}),
        ("图.svg", {"data": b"<svg onload='x'/>", "mime_type": "image/svg+xml"}),
        ("空.txt", {"data": b""}),
    ],
)
async def test_a_file_of_any_kind_is_never_fetched(
    small_world: World, name: str, options: dict[str, Any]
) -> None:
    member = await small_world.regular()
    small_world.simulator.document(member.id, name, **options)
    await small_world.settle()
    assert "文件我还看不了" in await member.reads()
    assert small_world.calls("getFile") == []


async def test_a_caption_with_an_identity_number_is_not_kept(small_world: World) -> None:
    member = await small_world.regular()
    small_world.simulator.photo(member.id, data=b"\x89PNG", caption="证件 11010519491231002X")
    await small_world.settle()
    assert "图片没有保存" in await member.reads()
    assert checks.places_of(small_world, "110105") == []


@pytest.mark.parametrize(
    "service",
    [
        {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}},
        {"write_access_allowed": {"from_request": True}},
    ],
)
async def test_what_telegram_itself_notes_in_the_chat_is_not_answered(
    small_world: World, service: dict[str, Any]
) -> None:
    member = await small_world.regular()
    before = await member.reads()
    count = len(member.bot_messages())
    await member.sends(service)
    assert await member.reads() == before
    assert len(member.bot_messages()) == count


async def test_an_edit_is_told_once_an_hour_and_changes_nothing(world: World) -> None:
    member = await world.regular()
    await member.says("老板三个月没发工资了")
    said = next(m["id"] for m in reversed(member.messages()) if m["from"] == "me")
    kept = checks.contents(world)["questions"]
    world.simulator.edit(member.id, said, "剩饭剩菜扔哪里")
    await world.settle()
    assert "您改了前面的消息" in await member.reads()
    count = len(member.bot_messages())
    world.simulator.edit(member.id, said, "垃圾要分几种")
    await world.settle()
    assert len(member.bot_messages()) == count
    world.clock.move(hours=1, seconds=1)
    world.simulator.edit(member.id, said, "怎么加入工会")
    await world.settle()
    assert len(member.bot_messages()) == count + 1
    assert checks.contents(world)["questions"] == kept


async def test_an_edit_after_a_note_was_handed_in_does_not_change_the_note(
    small_world: World,
) -> None:
    member = await small_world.regular()
    await member.says("/human")
    await member.presses("📝 留言")
    await member.says("食堂的菜太咸了")
    said = next(m["id"] for m in reversed(member.messages()) if m["from"] == "me")
    small_world.simulator.edit(member.id, said, "食堂的菜太淡了")
    await small_world.settle()
    assert "您改了前面的消息" in await member.reads()
    assert [row["text"] for row in checks.contents(small_world)["notes"]] == ["食堂的菜太咸了"]


async def test_an_edited_command_is_no_command(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("怎么加入工会")
    said = next(m["id"] for m in reversed(member.messages()) if m["from"] == "me")
    small_world.simulator.edit(member.id, said, "/human")
    await small_world.settle()
    assert "您改了前面的消息" in await member.reads()
