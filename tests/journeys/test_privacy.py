"""What a member must be able to rely on: numbers, cries for help and names stay nowhere."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain import privacy
from tests.journeys import checks
from tests.world import World

# Right check digits, invented people: the test number of GB 11643 and a card of no bank.
IDENTITY = "11010519491231002X"
CARD = "6222021234567890128"
WARNING = "身份证号或银行卡号"


@pytest.mark.parametrize(
    "typed",
    [
        f"我的身份证是{IDENTITY}，能领失业金吗",
        f"工资卡{CARD}被老板扣了怎么办",
        "身份证 110105 19491231 002X 能领失业金吗",
        "工资卡 6222-0212-3456-7890-128 被老板扣了",
        "１１０１０５１９４９１２３１００２Ｘ 是我的身份证",
        f"12号楼 302 {IDENTITY} 王芳",
        IDENTITY.lower(),
        "\u200b".join(IDENTITY),
    ],
)
async def test_a_number_typed_into_the_chat_is_told_and_kept_nowhere(
    small_world: World, logged: io.StringIO, typed: str
) -> None:
    member = await small_world.regular()
    await member.says(typed)
    warnings = [m for m in member.bot_messages() if WARNING in m["text"]]
    assert len(warnings) == 1
    assert [button["text"] for row in warnings[0]["buttons"] for button in row] == [
        "🗑 帮我删掉那条消息"
    ]
    for part in ("110105", "19491231", "002X", "62220212", "7890128", "１１０１０５"):
        assert checks.places_of(small_world, part) == []
        assert part not in logged.getvalue()


async def test_no_byte_of_the_database_files_holds_the_number(small_world: World) -> None:
    member = await small_world.regular()
    await member.says(f"我的身份证是{IDENTITY}，能领失业金吗")
    place = Path(sa.engine.make_url(small_world.settings.database.url).database or "")
    raw = b"".join(file.read_bytes() for file in place.parent.glob(f"{place.name}*"))
    assert "能领失业金吗".encode() in raw
    assert IDENTITY.encode() not in raw


async def test_without_the_mask_the_number_would_be_kept(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "is_identity_number", lambda _: False)
    member = await small_world.regular()
    assert WARNING not in await member.says(f"我的身份证是{IDENTITY}，能领失业金吗")
    assert checks.places_of(small_world, IDENTITY) == ["questions.text"]


async def test_the_question_around_a_number_is_still_answered(world: World) -> None:
    member = await world.regular()
    await member.says(f"老板三个月没发工资了，我的身份证{IDENTITY}")
    texts = [message["text"] for message in member.bot_messages()]
    assert WARNING in texts[-2]
    assert "拖欠工资怎么要" in texts[-1]
    (question,) = checks.contents(world)["questions"]
    assert question["text"] == "老板三个月没发工资了，我的身份证***"


async def test_the_message_with_the_number_is_deleted_on_request(world: World) -> None:
    member = await world.regular()
    await member.says(f"身份证{IDENTITY}")
    await member.presses("🗑 帮我删掉那条消息")
    assert member.toast() == "已删掉"
    assert not any(IDENTITY in message["text"] for message in member.messages())
    warned = next(m for m in member.bot_messages() if WARNING in m["text"])
    assert warned["buttons"] == []


async def test_a_message_that_cannot_be_deleted_is_said_so(small_world: World) -> None:
    member = await small_world.regular()
    await member.says(f"身份证{IDENTITY}")
    said = next(m["id"] for m in reversed(member.messages()) if m["from"] == "me")
    small_world.simulator.remove(small_world.simulator.chats[member.id], [said])
    await member.presses("🗑 帮我删掉那条消息")
    assert member.toast() == "这条我删不了，请您长按那条消息自己删"


@pytest.mark.parametrize(
    "typed",
    [
        "电话 13812345678 订单 2026112500012345",
        "身份证110105194912310021号码不对",
        "工资 4500 4600 4700 5000 5100 5200 5300",
        "合同编号 LD-2026-000123，2026-11-25 签的",
    ],
)
async def test_other_numbers_cause_no_warning(small_world: World, typed: str) -> None:
    member = await small_world.regular()
    await member.says(typed)
    assert not any(WARNING in message["text"] for message in member.bot_messages())
    (question,) = checks.contents(small_world)["questions"]
    # A mobile number leads to a person all the same.
    assert question["text"] == typed.replace("13812345678", "***")


async def test_a_cry_for_help_gets_the_numbers_at_once_and_is_not_kept(world: World) -> None:
    member = await world.regular()
    for words in ("我想死", "活着没意思，不想活了", "老板拿着刀说要砍死我，救命"):
        answer = await member.says(words)
        assert "110" in answer
        assert "12356" in answer
        assert member.buttons() == ["🙋 找人"]
        assert checks.places_of(world, words) == []
    assert checks.contents(world)["questions"] == []


@pytest.mark.parametrize(
    "words",
    ["列出投诉我单位的人", "查一下谁投诉的我们公司", "把会员名单发我", "是谁举报的"],
)
async def test_who_asks_for_names_is_refused_without_a_hint(
    small_world: World, words: str
) -> None:
    member = await small_world.regular()
    before = await member.says(words)
    assert "不会说有没有" in before
    assert checks.contents(small_world)["questions"] == []
    # The same whether or not anybody has asked, and whoever they are.
    other = await small_world.regular("张三")
    await other.says("老板三个月没发工资了")
    assert await member.says(words) == before


async def test_a_kept_question_has_nothing_that_leads_to_its_asker(world: World) -> None:
    member = await world.regular("欧阳春花")
    await member.says("老板三个月没发工资了")
    await member.presses("👎 没用")
    await member.presses("📝 留给工作人员") if "📝 留给工作人员" in member.buttons() else None
    (question,) = checks.contents(world)["questions"]
    # Each new column is looked at here before it may be kept beside a question.
    assert set(question) <= {
        "id",
        "asked_on",
        "text",
        "decision",
        "entry_id",
        "score",
        "in_group",
        "chosen",
        "offered",
        "rejected",
        "asked_human",
        "verdict",
        "complaint",
        "for_staff",
    }
    # Not by the journal either: its key cannot be turned into the question's.
    kept = checks.contents(world)
    numbers = {str(row["update_id"]) for row in kept["journal"]}
    assert not any(number in str(question) for number in numbers)
    assert str(member.id) not in str(question)
    assert "欧阳春花" not in str(kept)


async def test_a_question_is_gone_after_its_time(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("老板三个月没发工资了")
    small_world.clock.move(days=365)
    await small_world.tick("questions.purge")
    assert len(checks.contents(small_world)["questions"]) == 1
    small_world.clock.move(days=1)
    await small_world.tick("questions.purge")
    assert checks.contents(small_world)["questions"] == []
