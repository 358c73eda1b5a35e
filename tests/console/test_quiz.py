"""Rounds in the console: planning with a second person, what came of them, the draw."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from domain.draw import verify
from domain.quiz_prizes import PrizeState
from domain.quiz_rounds import Cell, RoundState
from domain.staff import Role
from storage.tables import audit
from tests.console.quiz_house import (
    PLAN,
    TOPIC,
    editor,
    known,
    own_plan,
    stock,
    stocked,
    tiles,
    won,
)
from tests.console.visiting import Answer, House
from tests.services.quiz_kit import EDITOR, FIRST, PRIZE, Quiz


@pytest.fixture
async def quiz(house: House) -> Quiz:
    return await stocked(house)


async def test_a_form_becomes_a_plan_and_says_whether_the_bank_suffices(
    house: House, quiz: Quiz
) -> None:
    browser = await editor(house)
    form = {**PLAN, "unit": house.north.path}
    piece = await browser.post("/quiz/check", form)
    assert "够" in piece.text and "能用的有 6 道" in piece.text
    assert "2026-11-30 08:00 – 21:00" in piece.text and "一共 1 天" in piece.text
    short = await browser.post("/quiz/check", {**form, "cell0_count": "7"})
    assert "不够" in short.text and 'class="notice bad"' in short.text
    made = await browser.post("/quiz/new", form)
    assert made.location.startswith("/quiz/rounds/"), made.text
    one = await quiz.rounds.get(EDITOR, made.location.rpartition("/")[2])
    assert (one.title, one.blueprint, one.prize) == ("垃圾分类答题周", (Cell(TOPIC, 2),), None)
    assert one.unit_path == house.north.path and one.timetable.weekdays == {0}
    # Saved as it was opened, nothing changes; a control: one field that is changed is changed.
    same = await browser.post(f"{made.location}/edit", form)
    assert "没有改动" in (await browser.get(same.location)).text
    await browser.post(f"{made.location}/edit", {**form, "minutes": "5"})
    assert (await quiz.rounds.get(EDITOR, one.id)).minutes == 5
    assert (await browser.post(f"{made.location}/publish")).status == 303
    assert (await quiz.rounds.get(EDITOR, one.id)).state is RoundState.PUBLISHED


async def test_every_fault_of_a_plan_is_told_beside_its_field(house: House, quiz: Quiz) -> None:
    browser = await editor(house)
    wrong = {
        **PLAN,
        "unit": house.north.path,
        "title": "",
        "opens": "什么时候",
        "month_days": "40",
        "weekdays": "9",
        "cell0_topic": "weather",
        "has_prize": "yes",
        "prize_what": "",
        "prize_where": "服务大厅",
        "pass_mark": "101",
    }
    answer = await browser.post("/quiz/new", wrong)
    assert answer.status == 422
    told = re.findall(r'<p class="fault" id="f-(\w+)-fault">', answer.text)
    assert told == ["title", "opens", "month_days", "cell0_topic", "pass_mark", "prize_what"]
    assert "请至少选一天" in answer.text and "有 7 处要改" in answer.text
    # What only the rules of the whole plan see is told there too.
    early = await browser.post("/quiz/new", {**PLAN, "unit": house.north.path, "opens": "05:00"})
    assert re.findall(r'id="f-(\w+)-fault">', early.text) == ["opens"]
    more = await browser.post("/quiz/new", {**wrong, "more": "cell"})
    assert more.status == 200 and 'name="cell2_count"' in more.text
    assert "要改" not in more.text


async def test_a_political_round_needs_a_second_person(house: House, quiz: Quiz) -> None:
    await stock(quiz, "our_history", 2, is_political=True)
    author, second = await editor(house), await editor(house, "编辑小钱")
    made = await author.post(
        "/quiz/new", {**PLAN, "unit": house.north.path, "cell0_topic": "our_history"}
    )
    way = made.location
    assert "要另一个人核对后才能发布" in (await author.get(way)).text
    assert (await author.post(f"{way}/publish")).status == 422
    await author.post(f"{way}/hand-in")
    one = await quiz.rounds.get(EDITOR, way.rpartition("/")[2])
    assert one.state is RoundState.APPROVING and one.plan_hash
    seen = {"plan_hash": one.plan_hash}
    # Neither by oneself, nor what was not on the screen.
    assert "自己交的不能自己批" in (await author.get(way)).text
    assert (await author.post(f"{way}/approve", seen)).status == 422
    assert (await second.post(f"{way}/approve", {"plan_hash": "0" * 64})).status == 422
    assert one.plan_hash in (await second.get(way)).text
    assert (await quiz.rounds.get(EDITOR, one.id)).state is RoundState.APPROVING
    assert "等您核对的答题活动" in (await second.get("/")).text
    assert (await second.post(f"{way}/approve", seen)).status == 303
    assert (await quiz.rounds.get(EDITOR, one.id)).state is RoundState.PUBLISHED


async def play(house: House, quiz: Quiz, *, prize: bool = True) -> tuple[str, list[int]]:
    """A round of two days in which three people of two units and a stranger play."""
    plan = own_plan(quiz, prize=PRIZE if prize else None)
    days = replace(plan.timetable, last=plan.timetable.first + timedelta(days=1))
    one, sitting = await quiz.round(
        unit_path=house.district.path,
        prize=plan.prize,
        timetable=days,
        blueprint=plan.blueprint,
    )
    for number, unit in ((1, house.factory), (2, house.factory), (3, house.mill)):
        await known(quiz, number, unit, f"王{'一二三'[number - 1]}")
    rights = [2, 1, 0, 2]
    for number, right in enumerate(rights, 1):
        await quiz.plays(sitting, number, right, seconds=5)
    await quiz.plays(sitting, 2, 2, seconds=5)
    return one.id, rights


async def test_a_round_shows_what_came_of_it(house: House, quiz: Quiz) -> None:
    round_id, _ = await play(house, quiz)
    browser = await editor(house)
    page = await browser.get(f"/quiz/rounds/{round_id}")
    # People, attempts, passed, running, invited, on the board.
    assert tiles(page.text)[:4] == [4, 5, 3, 0]
    for title in ("每天参加的人", "最好成绩的分布"):
        assert title in page.text
    # Units stand beside each other only for a reason that somebody wrote down.
    assert "机械厂" not in page.text
    refused = await browser.post(f"/quiz/rounds/{round_id}/units", {"unit_reason": " "})
    assert refused.status == 422
    await browser.post(f"/quiz/rounds/{round_id}/units", {"unit_reason": "看看哪里没通知到"})
    shown = await browser.get(f"/quiz/rounds/{round_id}")
    assert "机械厂" in shown.text and "看看哪里没通知到" in shown.text
    await browser.post(f"/quiz/rounds/{round_id}/units", {"off": "yes"})
    assert "机械厂" not in (await browser.get(f"/quiz/rounds/{round_id}")).text
    people = await browser.get(f"/quiz/rounds/{round_id}/people")
    assert "王*" in people.text and "王一" not in people.text
    assert "138****0001" in people.text and "13800000001" not in people.text
    assert "没有留姓名" in people.text
    asked = await browser.get(f"/quiz/rounds/{round_id}/items")
    assert asked.text.count("样东西属于哪一类") >= 2


def rows_of(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


async def test_the_lists_reconcile_and_are_masked_by_role(house: House, quiz: Quiz) -> None:
    round_id, _ = await play(house, quiz)
    await quiz.rounds.set_unit_table(EDITOR, round_id, "看看哪里没通知到")
    organiser = await house.someone((Role.ORGANISER, house.district), name="组织员小赵")
    way = f"/quiz/rounds/{round_id}/export"
    lists = {
        what: rows_of(await organiser.post(way, {"what": what, "format": "csv"}))
        for what in ("people", "attempts", "items", "units")
    }

    def total(what: str, column: str) -> int:
        return sum(int(row[column]) for row in lists[what])

    attempts = len(lists["attempts"])
    assert attempts == total("people", "答卷份数") == total("units", "答卷份数") == 5
    assert len(lists["people"]) == total("units", "参加的人") == 4
    assert total("items", "出了几次") == total("attempts", "题数") == total("units", "题数") == 10
    rights = total("attempts", "答对")
    assert rights == total("items", "答对") == total("units", "答对") == 7
    # The best of each person counts, and no more.
    assert total("people", "答对") == 6
    assert {row["姓名"] for row in lists["people"]} == {"王*", ""}
    assert {row["手机"] for row in lists["people"]} >= {"138****0001"}
    full = {"what": "people", "format": "csv", "full": "yes"}
    assert (await organiser.post(way, full)).status == 422, "a reason is needed"
    asked = await organiser.post(way, {**full, "reason": "打电话通知领奖"})
    assert asked.location.startswith("/countersigns/") and await house.agrees() == 1
    whole = rows_of(await organiser.post(way, {**full, "reason": "打电话通知领奖"}))
    assert {row["姓名"] for row in whole} == {"王一", "王二", "王三", ""}
    # An editor reads the round and takes nothing away; another unit's organiser sees nothing.
    assert (await (await editor(house)).post(way, full)).status == 404
    stranger = await house.someone((Role.ORGANISER, house.south))
    assert (await stranger.post(way, full)).status == 404


async def test_voiding_scores_anew_and_says_what_it_does(house: House, quiz: Quiz) -> None:
    for number in range(3, 7):
        await quiz.bank.retire(EDITOR, f"own.{number}", seen=1)
    round_id, _ = await play(house, quiz)
    await quiz.ticks.figure_due()
    browser = await editor(house)
    page = await browser.get("/quiz/items/own.1")
    assert "会有 5 份答卷、4 个人重新算分" in page.text
    unnamed = {"seen": "1", "void_reason": "答案写反了"}
    assert (await browser.post("/quiz/items/own.1/void", unnamed)).status == 422
    done = await browser.post("/quiz/items/own.1/void", {**unnamed, "confirm_name": "own.1"})
    assert done.location == "/quiz/items/own.1"
    assert "这道题作废了" in (await browser.get(done.location)).text
    lines, total = await quiz.reader.standings(EDITOR, round_id, offset=0, limit=10)
    assert total == 4 and min(line.standing.right for line in lines) >= 1


async def test_the_draw_can_be_checked_and_prizes_are_handed_over(
    house: House, quiz: Quiz
) -> None:
    round_id, _ = await play(house, quiz)
    browser = await editor(house)
    way = f"/quiz/rounds/{round_id}/draw"
    one = await quiz.rounds.get(EDITOR, round_id)
    before = await browser.get(way)
    assert one.seed_hash and one.seed_hash in before.text
    assert one.seed and one.seed not in before.text, "the seed is a secret until the draw"
    await quiz.ends(one)
    # Days have passed: one signs in anew.
    browser = await editor(house)
    assert (await browser.post(way)).location == way
    await quiz.ticks.draw_due()
    listed = await quiz.rounds.get(EDITOR, round_id)
    assert listed.entries_hash and not listed.drawn_at
    assert listed.entries_hash in (await browser.get(way)).text
    house.world.clock.move(minutes=11)
    await quiz.ticks.draw_due()
    page = await browser.get(way)
    assert "结果一样" in page.text and one.seed in page.text
    record = await browser.get(f"{way}/record")
    assert len(verify(record.text).winners) == 1 and "王" not in record.text
    (line,) = await quiz.prizes.winners(EDITOR, round_id)
    prize = f"/quiz/rounds/{round_id}/prizes/{line.winner.id}"
    assert (await browser.post(f"{prize}/hand-over", {"code": "wrong"})).status == 422
    assert (await browser.post(f"{prize}/hand-over", {"code": ""})).status == 422
    assert (await browser.post(f"{prize}/hand-over", {"code": line.winner.code})).status == 303
    page = await browser.get(way)
    assert "已领走" in page.text and "编辑小刘" in page.text
    assert (await browser.post(f"{prize}/undo", {"undo_note": "标错了"})).status == 303
    (line,) = await quiz.prizes.winners(EDITOR, round_id)
    assert line.winner.state is PrizeState.CLAIMED


async def test_a_record_that_was_changed_is_noticed(house: House, quiz: Quiz) -> None:
    round_id, _ = await play(house, quiz)
    one = await quiz.ends(await quiz.rounds.get(EDITOR, round_id))
    await quiz.rounds.draw_now(EDITOR, round_id)
    await quiz.ticks.draw_due()
    house.world.clock.move(minutes=11)
    await quiz.ticks.draw_due()
    browser = await editor(house)
    way = f"/quiz/rounds/{round_id}/draw"
    assert "结果一样" in (await browser.get(way)).text
    one = await quiz.rounds.get(EDITOR, round_id)
    told = json.loads(one.draw_record or "")
    told["winners"], told["waiting"] = told["waiting"][:1], told["winners"]
    async with quiz.database.open_work() as work:
        await work.quiz_rounds.save(replace(one, draw_record=json.dumps(told)))
        await work.commit()
    assert "结果不一样" in (await browser.get(way)).text


async def test_a_whole_name_is_shown_on_request_and_that_is_noted(
    house: House, quiz: Quiz
) -> None:
    round_id, _ = await play(house, quiz)
    one = await quiz.ends(await quiz.rounds.get(EDITOR, round_id))
    winner = await won(quiz, one, person_id="person-1", member_id=FIRST + 1)
    async with quiz.database.open_work() as work:
        await work.quiz_rounds.save(replace(one, drawn_at=quiz.clock.now(), draw_record=None))
        await work.commit()
    browser = await editor(house)
    way = f"/quiz/rounds/{round_id}/draw"
    page = await browser.get(way)
    assert "王*" in page.text and "王一" not in page.text
    # An editor writes questions; names are for those who meet the people.
    reveal = f"/quiz/rounds/{round_id}/prizes/{winner.id}/phone"
    assert (await browser.post(reveal)).status == 404
    organiser = await house.someone((Role.ORGANISER, house.district))
    shown = await organiser.post(reveal)
    assert "王一" in shown.text and "13800000001" in shown.text
    async with quiz.database.open_read() as work:
        acts = await work._connection.scalars(
            sa.select(audit.c.act).where(audit.c.act == "quiz_prize.reveal")
        )
        assert len(acts.all()) == 1


async def test_rounds_and_questions_are_found_by_the_search(house: House, quiz: Quiz) -> None:
    await play(house, quiz, prize=False)
    browser = await editor(house)
    text = (await browser.get("/search?q=答题周")).text
    assert "垃圾分类答题周" in text
    assert "第 3 样东西" in (await browser.get("/search?q=第 3 样")).text
    # A control: who has no right to the bank finds none of it.
    viewer = await house.someone((Role.VIEWER, house.district))
    assert "第 3 样东西" not in (await viewer.get("/search?q=第 3 样")).text


async def test_quizzes_of_another_unit_are_not_there(house: House) -> None:
    quiz = await stocked(house)
    one, _ = await quiz.round(unit_path=house.south.path, blueprint=(Cell(TOPIC, 2),))
    browser = await house.someone((Role.EDITOR, house.north))
    assert (await browser.get(f"/quiz/rounds/{one.id}")).status == 404
    assert one.title not in (await browser.get("/quiz")).text
    own = await house.someone((Role.EDITOR, house.south))
    assert one.title in (await own.get("/quiz")).text
