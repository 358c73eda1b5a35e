"""Working something out in the chat, with the mistakes that people make on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import databases
from tests.journeys import checks
from tests.world import MovableClock, Person, World, start_world

WHOLE_KNOWLEDGE = Path(__file__).parents[2] / "knowledge"


async def walk(person: Person, *acts: str) -> str:
    """Type, or press what begins with `=`; what is read after the last act."""
    said = ""
    for act in acts:
        said = await (person.presses(act[1:]) if act.startswith("=") else person.says(act))
    return said


def edits_and_messages(world: World) -> tuple[int, int]:
    return len(world.calls("editMessageText")), len(world.calls("sendMessage"))


async def test_severance_is_worked_out_through_all_mistakes(world: World) -> None:
    worker = await world.regular()
    assert "算哪一样" in await worker.says("/calc")
    assert "第 1 步，共 4 步" in await worker.presses("离职补偿")
    assert "请点一个按钮" in await worker.says("随便")
    assert "第 2 步，共 5 步" in await worker.presses("没提前30天")
    for wrong, why in (("abc", "没看懂"), ("0年", "时间是 0"), ("2030-1-1", "还没到")):
        said = await worker.says(wrong)
        assert why in said
        assert "例如" in said
        assert "‹ 上一步" in worker.buttons()
    await worker.says("2021年3月5日")
    assert "日子反了" in await worker.says("2020-1-1")
    assert "平均每月应发多少" in await worker.says("２０２６．１１．４")
    assert "多打了几个 0" in await worker.says("100,000,000")
    assert "只写一个数" in await worker.says("五六千吧")
    await worker.says("6千")
    sheet = await worker.presses("和平均工资一样")
    assert sheet.startswith("💰 能拿多少")
    # Five years and eight months.
    assert "42,000 元" in sheet
    assert "N：6,000 × 6 = 36,000 元" in sheet
    assert "《劳动合同法》第四十条、第四十六条、第四十七条" in sheet
    assert "没算封顶" in sheet
    assert "银行流水" in sheet
    assert checks.contents(world)["drafts"] == []


async def test_overtime_is_worked_out_with_buttons(small_world: World) -> None:
    worker = await small_world.regular()
    sheet = await walk(
        worker, "/calc", "=加班费", "4,500元", "=‹ 上一步", "5000", "3小时×22天", "=没有", "半天"
    )
    assert "加班费：3,189.66 元" in sheet
    assert "5,000 ÷ 21.75 ÷ 8 × 150% × 66 小时 = 2,844.83 元" in sheet
    assert "《劳动法》第四十四条" in sheet


async def test_three_times_nothing_is_no_overtime(small_world: World) -> None:
    worker = await small_world.regular()
    await walk(worker, "/calc", "=加班费", "5000", "=没有", "=没有")
    said = await worker.presses("没有")
    assert "就没有加班费可算" in said
    assert "法定节假日" in said
    assert "加班费：172.41 元" in await worker.says("2")


async def test_annual_leave_in_the_year_of_leaving(small_world: World) -> None:
    worker = await small_world.regular()
    sheet = await walk(
        worker, "/calc", "=年假", "=满 10 年，不满", "2026-6-30", "=一天没休", "6525"
    )
    assert "平时工资以外，还能要：2,400 元" in sheet
    assert "不足一天的不算，剩 4 天" in sheet


async def test_less_than_a_year_of_work_ends_at_once(small_world: World) -> None:
    worker = await small_world.regular()
    sheet = await walk(worker, "/calc", "=年假", "=不满 1 年")
    assert "还没有年休假" in sheet


async def test_double_pay_tells_what_the_limit_has_eaten(small_world: World) -> None:
    worker = await small_world.regular()
    sheet = await walk(worker, "/calc", "=双倍工资", "2025-3-1", "=一直没签", "5000")
    assert "55,000 元" in sheet
    assert "⚠️ 双倍工资有一年时效" in sheet


async def test_a_step_is_one_message(small_world: World) -> None:
    worker = await small_world.regular()
    await worker.says("/calc")
    edits, messages = edits_and_messages(small_world)
    await worker.presses("离职补偿")
    assert edits_and_messages(small_world) == (edits + 1, messages)
    await worker.presses("说不清")
    assert edits_and_messages(small_world) == (edits + 2, messages)
    await worker.says("3年")
    assert edits_and_messages(small_world) == (edits + 2, messages + 1)


async def test_a_button_of_a_step_that_is_over_does_nothing(small_world: World) -> None:
    worker = await small_world.regular()
    await walk(worker, "/calc", "=加班费", "5000", "66")
    # Two messages ask for hours; the button below the older one is of the step before.
    old = next(message for message in worker.bot_messages() if "上班日" in str(message["text"]))
    small_world.simulator.press_at(worker.id, int(old["id"]), 0, 0)
    await small_world.settle()
    assert "已经过去了" in str(worker.toast())
    assert "休息日" in await worker.reads()


async def test_a_question_in_the_middle_is_answered_and_the_form_offered_again(
    small_world: World,
) -> None:
    worker = await small_world.regular()
    await walk(worker, "/calc", "=加班费")
    said = await worker.says("老板三个月没发工资了")
    assert "刚才算到这里" in said
    assert "每月工资是多少元" in said
    assert "拖欠工资怎么要" in str(worker.bot_messages()[-2]["text"])
    assert "平时" in await worker.says("5000")


async def test_a_cry_for_help_comes_before_the_form(small_world: World) -> None:
    worker = await small_world.regular()
    await walk(worker, "/calc", "=加班费")
    said = await worker.says("我不想活了")
    assert "每月工资" not in said
    assert len(checks.contents(small_world)["drafts"]) == 1


async def test_leaving_forgets_what_was_typed(small_world: World) -> None:
    worker = await small_world.regular()
    await walk(worker, "/calc", "=加班费", "4321")
    assert checks.places_of(small_world, "4321") == ["drafts.answers"]
    assert "已经删掉" in await worker.presses("不算了")
    assert checks.places_of(small_world, "4321") == []
    await walk(worker, "/calc", "=加班费", "4321")
    assert "已经退出" in await worker.says("/cancel")
    assert checks.contents(small_world)["drafts"] == []


async def test_a_picture_is_no_answer(small_world: World) -> None:
    worker = await small_world.regular()
    await walk(worker, "/calc", "=加班费")
    said = await worker.sends({"dice": {"emoji": "🎲", "value": 3}})
    assert "请打字或者点按钮" in said


async def test_a_restart_goes_on_where_it_was(
    blank: Path, tmp_path: Path, clock: MovableClock
) -> None:
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(url, clock, mode="polling", knowledge=WHOLE_KNOWLEDGE) as world:
            worker = await world.regular()
            answer = await worker.says("加班费怎么算")
            assert "150%" in answer
            assert "第 1 步" in await worker.presses("🧮 算一算")
            await worker.says("5000")
            number = worker.id
        async with start_world(url, clock, mode="polling", knowledge=WHOLE_KNOWLEDGE) as world:
            again = world.member("李强")
            assert again.id == number
            said = await again.starts()
            assert "您刚才算到这里" in said
            assert "已填：月工资 5,000 元" in said
            sheet = await walk(again, "66", "=没有", "=没有")
            assert "加班费：2,844.83 元" in sheet
            assert again.buttons() == ["🔄 再算一次", "📖 相关说明", "🙋 找人", "🤝 请工会帮忙"]
            assert "加班费怎么算" in await again.presses("相关说明")
            assert "第 1 步" in await again.presses("再算一次")


@pytest.mark.parametrize(
    "acts",
    [
        ("=离职补偿", "=协商", "2003-1-1", "=算到今天", "1500"),
        ("=离职补偿", "=没理由", "2003-1-1", "2017-12-31", "30000"),
        ("=离职补偿", "=说不清", "3年8个月", "6000"),
        ("=加班费", "2000", "1", "2", "3"),
        ("=年假", "=满 20 年", "=没离开", "1", "6000"),
        ("=年假", "=满 1 年，不满", "2026-3-1", "4", "6000"),
        ("=双倍工资", "8个月", "=一直没签", "5000"),
        ("=双倍工资", "2026-11-20", "=一直没签", "5000"),
        ("=双倍工资", "2023-1-1", "=后来补签", "2023-6-15", "5000"),
        ("=双倍工资", "2026-3-1", "=离开了", "2026-9-10", "5000"),
    ],
)
async def test_every_kind_of_sheet_finds_its_words(
    small_world: World, acts: tuple[str, ...]
) -> None:
    worker = await small_world.regular()
    sheet = await walk(worker, "/calc", *acts)
    assert "能拿多少" in sheet
    assert "四舍五入" in sheet
