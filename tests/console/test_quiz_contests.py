"""Live contests in the console: begun by a form, watched, stopped, taken away as lists."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

import pytest

from domain.quiz_contests import ContestState
from domain.staff import Role
from tests.console.quiz_house import TOPIC, editor, stock, stocked, tiles
from tests.console.visiting import Browser, House
from tests.journeys.test_quiz_contests import Contest
from tests.services.quiz_kit import EDITOR

FORM = {
    "title": "班前五分钟",
    "source": f"topic:{TOPIC}",
    "difficulty": "",
    "questions": "2",
    "seconds": "20",
}


@pytest.fixture
async def live(house: House) -> Contest:
    """A group of three members in the simulated Telegram, and questions on a topic of its own."""
    await stocked(house)
    made = Contest(house.world, house.world.clock)
    made.people = [await house.world.regular(name) for name in ("王芳", "李强", "赵敏")]
    made.group = house.world.simulator.add_group("班组群", [one.id for one in made.people])
    await house.world.settle()
    return made


async def begun(browser: Browser, live: Contest, **fields: str) -> str:
    form = {**FORM, "group": str(live.group), **fields}
    made = await browser.post("/quiz/contests/new", form)
    assert made.status == 303, made.text
    live.id = made.location.rpartition("/")[2]
    return made.location


def rows_of(text: str) -> list[Mapping[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


async def test_a_contest_is_begun_watched_and_stopped(house: House, live: Contest) -> None:
    browser = await editor(house)
    page = await browser.get("/quiz/contests")
    assert "还没有开过现场答题" in page.text and "班组群" in page.text
    way = await begun(browser, live)
    one = await live.desk.get(EDITOR, live.id)
    assert one.state is ContestState.RUNNING
    await live.passes(17)
    await live.votes(live.people[0], right=True)
    await live.votes(live.people[1], right=False)
    page = await browser.get(way)
    assert tiles(page.text) == [1, 2, 2]
    assert f"/quiz/contests/{live.id}/progress" in page.text and "正在答" in page.text
    piece = await browser.get(f"{way}/progress")
    assert piece.headers["X-State"] == "running" and "<html" not in piece.text
    assert tiles(piece.text) == [1, 2, 2]
    stopped = await browser.post(f"{way}/stop")
    assert stopped.location == way
    page = await browser.get(way)
    assert "提前停下" in page.text and "/progress" not in page.text
    assert (await browser.post(f"{way}/stop")).status == 422
    assert "班前五分钟" in (await browser.get("/quiz/contests")).text
    audit = await (await house.someone((Role.AUDITOR, house.district))).get("/audit")
    assert "开始群里现场答题" in audit.text and "停止群里现场答题" in audit.text


@pytest.mark.parametrize(
    ("fields", "fault", "told"),
    [
        ({"title": " "}, "title", "名称要写"),
        ({"questions": "21"}, "questions", "1 到 20"),
        ({"questions": "很多"}, "questions", "1 到 20"),
        ({"questions": "7"}, "questions", "只有 6 道"),
        ({"seconds": "5"}, "seconds", "10 到 120"),
        ({"group": "-1"}, "group", "机器人不在这个群里"),
        ({"source": "topic:weather"}, "source", "请选一个"),
        ({"source": "topic:our_history"}, "source", "两个人核对"),
    ],
)
async def test_what_is_wrong_is_told_beside_its_field(
    house: House, live: Contest, fields: dict[str, str], fault: str, told: str
) -> None:
    await stock(live.quiz, "our_history", 2, is_political=True)
    browser = await editor(house)
    answer = await browser.post("/quiz/contests/new", {**FORM, "group": str(live.group), **fields})
    assert answer.status == 422
    assert f'id="f-{fault}-fault"' in answer.text and told in answer.text
    assert "班前五分钟" in answer.text or fault == "title"


async def test_a_group_is_given_to_a_unit_and_then_its_staff_may_use_it(
    house: House, live: Contest
) -> None:
    town = await house.someone((Role.EDITOR, house.north), name="街道编辑")
    assert "班组群" not in (await town.get("/quiz/contests")).text
    assert "还没有能用的群" in (await town.get("/quiz/contests/new")).text
    way = f"/quiz/groups/{live.group}/unit"
    assert (await town.post(way, {"unit": house.north.path})).status == 404
    browser = await editor(house)
    assert (await browser.post(way, {"unit": "/nowhere/"})).status in (404, 422)
    assert (await browser.post(way, {"unit": house.north.path})).status == 303
    assert "班组群" in (await town.get("/quiz/contests")).text
    shown = await begun(town, live)
    other = await house.someone((Role.EDITOR, house.south), name="镇编辑")
    assert (await other.get(shown)).status == 404
    assert "班前五分钟" not in (await other.get("/quiz/contests")).text


async def test_the_lists_add_up_and_name_nobody(house: House, live: Contest) -> None:
    browser = await editor(house)
    way = await begun(browser, live)
    await live.world.parts.desk.quiz.take_nickname(live.people[0].id, "胡同骑手")
    await live.passes(17)
    votes = 0
    for rights in ((True, False, True), (True, True, False)):
        for person, right in zip(live.people, rights, strict=True):
            await live.votes(person, right=right)
            votes += 1
        await live.passes(28)
    organiser = await house.someone((Role.ORGANISER, house.district), name="组织员小赵")
    lists = {
        what: rows_of(
            (await organiser.post(f"{way}/export", {"what": what, "format": "csv"})).text
        )
        for what in ("questions", "board")
    }
    assert sum(int(row["几人答"]) for row in lists["questions"]) == votes == 6
    assert [int(row["几人答对"]) for row in lists["questions"]] == [2, 2]
    assert [(row["榜上名字"], row["几人答对"]) for row in lists["board"]] == [("胡同骑手", "2")]
    assert not any(str(person.id) in str(lists) for person in live.people)
    book = await organiser.post(f"{way}/export", {"what": "questions", "format": "xlsx"})
    assert book.status == 200
    assert (
        await organiser.post(f"{way}/export", {"what": "voters", "format": "csv"})
    ).status == 422
    # An editor may not take lists away.
    assert (await browser.post(f"{way}/export", {"what": "board", "format": "csv"})).status == 404
