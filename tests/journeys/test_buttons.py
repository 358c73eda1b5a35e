"""Buttons that are old, forged or somebody else's: each is answered, none does harm."""

from __future__ import annotations

from typing import Any

import pytest

from bot import intake
from handlers import presses
from services.ask import AskService
from simulator.state import Press
from tests.journeys import checks
from tests.world import World

GONE = "这个按钮已失效，请用新的"
PAGE_GONE = "这一页已经更新或下线了，请重新问一次"
QUESTION_GONE = "这条记录已经不在了，请重新问一次"


FORGED = [
    "x" * 64,
    "工" * 21,
    ":",
    "::::",
    "ask",
    "ask:",
    "ask:open",
    "ask:open:",
    "ask:open:wage.arrears:more",
    "ask:more:wage.arrears",
    "ask:answer_question:x",
    "quiz:answer:1",
    "Ask:Open:wage.arrears",
    "ask:bad:" + "q" * 56,
    "ask:none:" + "q" * 55,
    "ask:leave:" + "q" * 54,
    "ask:good:'; DROP TABLE questions;--",
    "ask:more:wage.arrears:<b>",
    "browse:groups:1",
    "browse:topic:wage",
    "human:show:1",
    "other:delete:",
    "../../etc/passwd",
]


async def test_a_forged_button_says_that_it_is_void_and_shows_the_topics(
    small_world: World,
) -> None:
    member = await small_world.regular()
    await member.says("老板三个月没发工资了")
    before = checks.contents(small_world)["questions"]
    for data in FORGED:
        await member.says("/help")
        small_world.simulator.press_data(member.id, member.bot_messages()[-1]["id"], data)
        await small_world.settle()
        assert member.toast() == GONE, data
        assert "您想了解哪方面" in await member.reads(), data
    assert checks.contents(small_world)["questions"] == before
    assert {row["state"] for row in checks.contents(small_world)["journal"]} == {"done"}


async def test_without_the_check_of_arguments_a_forged_button_would_fail_the_update(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Anything:
        @staticmethod
        def fullmatch(_: str) -> bool:
            return True

    monkeypatch.setattr(presses, "_ARGUMENT", Anything)
    monkeypatch.setattr(intake, "_RETRY_AFTER", {1: 0.01, 2: 0.01})
    member = await small_world.regular()
    await member.says("老板三个月没发工资了")
    data = "ask:none:" + "q" * 55
    small_world.simulator.press_data(member.id, member.bot_messages()[-1]["id"], data)
    await small_world.settle()
    assert "对不起" in await member.reads()
    assert "quarantined" in {row["state"] for row in checks.contents(small_world)["journal"]}


@pytest.mark.parametrize(
    ("data", "toast"),
    [
        ("ask:open:wage.nothing", PAGE_GONE),
        ("ask:open:-", PAGE_GONE),
        ("ask:more:wage.nothing:-", PAGE_GONE),
        ("ask:less:wage.nothing:-", PAGE_GONE),
        ("ask:choose:AAAAAAAAAAAA:wage.nothing", PAGE_GONE),
        ("ask:leave:AAAAAAAAAAAA", QUESTION_GONE),
        ("ask:why:AAAAAAAAAAAA:because", GONE),
        ("other:delete:x", GONE),
        ("browse:group:nothing", GONE),
        ("browse:topic:nothing:0", GONE),
    ],
)
async def test_a_button_to_something_that_is_gone_says_so(
    small_world: World, data: str, toast: str
) -> None:
    member = await small_world.regular()
    await member.says("老板三个月没发工资了")
    before = checks.contents(small_world)["questions"]
    small_world.simulator.press_data(member.id, member.bot_messages()[-1]["id"], data)
    await small_world.settle()
    assert member.toast() == toast
    assert checks.contents(small_world)["questions"] == before


@pytest.mark.parametrize("verb", ["good", "bad", "leave", "none"])
async def test_a_guessed_question_changes_nobodys_question(small_world: World, verb: str) -> None:
    wang, li = await small_world.regular("王芳"), await small_world.regular("李强")
    await wang.says("老板三个月没发工资了")
    await li.says("剩饭剩菜扔哪里")
    before = checks.contents(small_world)["questions"]
    guess = before[0]["id"][:-1] + ("A" if before[0]["id"][-1] != "A" else "B")
    small_world.simulator.press_data(li.id, li.bot_messages()[-1]["id"], f"ask:{verb}:{guess}")
    await small_world.settle()
    assert checks.contents(small_world)["questions"] == before


async def test_a_press_that_comes_twice_counts_once(world: World) -> None:
    member = await world.regular()
    await member.says("老板三个月没发工资了")
    answer = member.bot_messages()[-1]
    number = checks.contents(world)["questions"][0]["id"]
    for _ in range(3):
        world.simulator.press_data(member.id, answer["id"], f"ask:good:{number}")
    world.simulator.press_data(member.id, answer["id"], f"ask:bad:{number}")
    await world.settle()
    (question,) = checks.contents(world)["questions"]
    # The last word counts.
    assert question["verdict"] == "unhelpful"


async def test_a_page_that_was_taken_down_is_told_and_the_answer_stays(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = await small_world.regular()
    answer = await member.says("老板三个月没发工资了")
    found = AskService.page

    def gone(self: AskService, entry_id: str) -> Any:
        return found(self, "gone" if entry_id == "wage.arrears" else entry_id)

    monkeypatch.setattr(AskService, "page", gone)
    assert await member.presses("展开详情") == answer
    assert member.toast() == PAGE_GONE


async def test_a_press_that_telegram_finds_too_old_still_has_its_effect(
    small_world: World,
) -> None:
    member = await small_world.regular()
    await member.says("老板三个月没发工资了")
    small_world.simulator.press_window = -1.0
    await member.presses("👍 有用")
    assert checks.contents(small_world)["questions"][0]["verdict"] == "helpful"
    assert {row["state"] for row in checks.contents(small_world)["journal"]} == {"done"}


async def test_a_forged_press_in_a_group_shows_nothing_there(small_world: World) -> None:
    member = await small_world.regular()
    group = small_world.simulator.add_group("班组群", [member.id])
    await member.says("/ask 剩饭剩菜扔哪里", group)
    said = len(member.messages(group))
    for data in ("ask:open:wage.arrears", "human:note", "browse:groups", "x" * 64):
        update = _press_in_group(small_world, member.id, group, data)
        small_world.simulator.raw_update(update)
    await small_world.settle()
    assert len(member.messages(group)) == said
    assert checks.contents(small_world)["drafts"] == []
    toasts = [call.get("text") for call in small_world.calls("answerCallbackQuery")]
    assert toasts == [GONE] * 4


def _press_in_group(world: World, person: int, group: int, data: str) -> dict[str, Any]:
    simulator = world.simulator
    message = list(simulator.chats[group].messages.values())[-1]
    query_id = str(len(simulator.presses) + 1)
    simulator.presses[query_id] = Press(person, message.id, simulator.clock())
    return {
        "callback_query": {
            "id": query_id,
            "from": simulator.people[person].as_user(),
            "message": message.data,
            "chat_instance": "1",
            "data": data,
        }
    }
