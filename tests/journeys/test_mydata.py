"""My data: the copy as files, erasing with a second press, and where the words never are."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from domain.cases.codes import OPEN_FOR
from simulator.state import Message
from tests.journeys import checks
from tests.journeys.test_profile import agreed
from tests.services.filling import fill
from tests.world import Person, World

NAME, PHONE = "欧阳春花", "+8613712349876"
CANARIES = (NAME, "13712349876", "老街修车铺")


async def told(world: World) -> Person:
    """Somebody who told everything that can be told."""
    member = await world.regular("网名")
    await agreed(member)
    await member.says(NAME)
    await member.presses("改手机")
    world.simulator.contact(member.id, PHONE)
    await world.settle()
    await member.presses("改单位")
    await member.says("老街修车铺")
    await member.says("/me")
    await member.presses("改职业")
    await member.presses("殡葬")
    await member.presses("🔔 什么时候通知我")
    await member.presses("18:00–22:00")
    return member


def documents(world: World, member: Person) -> dict[str, str]:
    """The files that the bot sent, by name."""
    found = {}
    messages: list[Message] = list(world.simulator.chats[member.id].messages.values())
    for message in messages:
        data: dict[str, Any] = message.data.get("document") or {}
        file = world.simulator.files.find(str(data.get("file_unique_id", "")))
        if file is not None and file.data is not None:
            found[str(data["file_name"])] = file.data.decode()
    return found


async def test_the_copy_comes_as_a_page_and_as_data(world: World) -> None:
    member = await told(world)
    await member.says("/mydata")
    await member.presses("📥 给我一份")
    files = documents(world, member)
    assert set(files) == {"nuanxin-mydata.html", "nuanxin-mydata.json"}
    tables = json.loads(files["nuanxin-mydata.json"])["tables"]
    (person,) = tables["people"]
    assert (person["name"], person["phone"]) == (NAME, "13712349876")
    assert (person["unit_text"], person["occupation"]) == ("老街修车铺", "funeral")
    assert [row["answer"] for row in tables["consents"]] == ["given"]
    page = files["nuanxin-mydata.html"]
    for part in (*CANARIES, "资料", "同意记录", "聊天身份", str(member.id), "2026-11-25 14:00"):
        assert part in page
    assert "<script" not in page
    assert "http" not in page


async def test_the_copy_of_somebody_without_a_profile_holds_the_little_there_is(
    small_world: World,
) -> None:
    member = await small_world.regular()
    await member.says("/mydata")
    await member.presses("📥 给我一份")
    tables = json.loads(documents(small_world, member)["nuanxin-mydata.json"])["tables"]
    assert set(tables) == {"members"}


async def test_every_registered_table_can_be_shown(small_world: World) -> None:
    member = await small_world.regular()
    names = await fill(small_world.parts.database, member.id)
    # The code that is filled in as well was given just now.
    async with small_world.parts.database.open_work() as work:
        code = await work.case_forms.code(member.id)
        assert code is not None
        until = small_world.clock.now() + OPEN_FOR
        await work.case_forms.save_code(member.id, replace(code, open_until=until))
        await work.commit()
    await member.says("/mydata")
    await member.presses("📥 给我一份")
    tables = json.loads(documents(small_world, member)["nuanxin-mydata.json"])["tables"]
    assert set(tables) == names


async def test_erasing_needs_a_second_press_and_tells_what_stays_and_why(world: World) -> None:
    member = await told(world)
    await member.says("/mydata")
    asked = await member.presses("🗑 全部删除")
    assert "会马上删掉" in asked
    assert "这些会留下，原因是" in asked
    assert "没有删" in await member.presses("不删了")
    assert len(checks.contents(world)["people"]) == 1
    await member.says("/delete")
    assert "已经全部删除" in await member.presses("确认，全部删除")
    kept = checks.contents(world)
    for table in ("members", "people", "consents", "push_windows", "drafts"):
        assert kept[table] == [], table
    assert checks.places_of(world, str(member.id)) == []
    assert {row["kind"] for row in kept["erasures"]} == {"member", "phone"}


async def test_erasing_twice_is_harmless_and_the_next_word_is_a_first_one(world: World) -> None:
    member = await told(world)
    await member.says("/delete")
    message = member.bot_messages()[-1]["id"]
    await member.presses("确认，全部删除")
    world.simulator.press_data(member.id, message, "mydata:erase_now")
    await world.settle()
    assert "已经全部删除" in await member.reads()
    assert checks.places_of(world, str(member.id)) == []
    before = len(member.bot_messages())
    answer = await member.says("老板三个月没发工资了")
    new = [message["text"] for message in member.bot_messages()[before:]]
    assert "先说明一下" in new[0]
    assert "拖欠工资怎么要" in answer
    assert "我还不知道您是谁" in await member.presses("👤 我的")


async def test_an_open_form_goes_with_the_rest(small_world: World) -> None:
    member = await small_world.regular()
    await agreed(member)
    await member.says("/delete")
    await member.presses("确认，全部删除")
    assert "拖欠工资怎么要" in await member.says("老板三个月没发工资了")
    assert checks.contents(small_world)["people"] == []


async def test_what_members_told_is_in_no_log_no_database_and_no_message_of_ours(
    small_world: World, logged: io.StringIO
) -> None:
    member = await told(small_world)
    sent = str(list(small_world.simulator.calls.since(0)))
    await member.says("/me")
    place = Path(sa.engine.make_url(small_world.settings.database.url).database or "")
    raw = b"".join(file.read_bytes() for file in place.parent.glob(f"{place.name}*"))
    for canary in CANARIES:
        assert canary not in logged.getvalue()
        assert canary.encode() not in raw
    # What a unit is called is said back, so that it can be corrected; who it is never.
    for canary in CANARIES[:2]:
        assert canary not in sent
    # The control: what is kept open would be found.
    assert b"zh-hans" in raw or b"reachable" in raw


async def test_only_an_asked_for_copy_carries_the_name(small_world: World) -> None:
    member = await told(small_world)
    await member.says("/mydata")
    await member.presses("📥 给我一份")
    carrying = {
        call["method"] for call in small_world.simulator.calls.since(0) if NAME in str(call)
    }
    assert carrying <= {"sendDocument"}


@pytest.mark.parametrize("data", ["mydata:erase_now:x", "mydata:everything", "mydata:"])
async def test_a_forged_button_erases_nothing(small_world: World, data: str) -> None:
    member = await told(small_world)
    await member.says("/mydata")
    message = member.bot_messages()[-1]["id"]
    small_world.simulator.press_data(member.id, message, data)
    await small_world.settle()
    assert len(checks.contents(small_world)["people"]) == 1
