"""The staff's side of a quiz in a real browser: S4 from the list of questions to the prize."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from random import Random

import openpyxl
import pytest
from playwright.async_api import Browser, Page, expect

from domain.clock import beijing_date
from domain.quiz_figures import Flag
from domain.staff import Role
from services.quiz import Feedback, Question
from tests.browser.test_phone_page import CHROMIUM
from tests.console.quiz_house import TOPIC, known, quiz_of, stocked
from tests.console.visiting import House
from tests.journeys.test_quiz_contests import Contest
from tests.services.quiz_kit import EDITOR, Quiz

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]
WHO, TAKES = "编辑小刘", "组织员小赵"
PEOPLE = 32
HEAD = ("题干", "题型", "选项A", "选项B", "选项C", "选项D", "答案", "难度", "解析", "来源")


@pytest.fixture
async def house(house: House) -> House:
    await house.person((Role.EDITOR, house.district), name=WHO)
    await house.person((Role.ORGANISER, house.district), name=TAKES)
    return house


async def sits_down(page: Page, house: House, who: str) -> None:
    await page.goto(f"{house.base}/console/sign-in")
    await page.get_by_role("button", name=who).click()
    await page.wait_for_url(f"{house.base}/console/")


def bank() -> bytes:
    """Six questions, the key of the first one wrong, and three rows that cannot be asked."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(HEAD)
    for number in range(1, 7):
        words = [f"{letter}{number}类" for letter in "甲乙丙丁"]
        told = f"第{number}样属于乙{number}类。"
        key = "A" if number == 1 else "B"
        sheet.append(
            (f"第{number}样东西属于哪一类？", "单选题", *words, key, "中", told, "《条例》")
        )
    sheet.append(("", "单选题", "甲", "乙", "丙", "丁", "A", "", "", ""))
    sheet.append(("第7样____。", "填空题", "", "", "", "", "", "", "", ""))
    sheet.append(("第8样？", "单选题", "甲", "乙", "丙", "丁", "E", "", "", ""))
    out = BytesIO()
    workbook.save(out)
    return out.getvalue()


async def load(page: Page, house: House) -> None:
    """A topic, the list checked and taken over, all of it confirmed."""
    await page.goto(f"{house.base}/console/quiz/items")
    await page.get_by_text("新建主题").first.click()
    await page.locator("#f-topic_title").fill("分类周")
    await page.locator("#f-key").fill("sorting_week")
    await page.get_by_role("button", name="新建主题").click()
    await page.goto(f"{house.base}/console/quiz/import")
    file = {"name": "题库.xlsx", "mimeType": "application/octet-stream", "buffer": bank()}
    await page.locator("#f-file").set_input_files(file)  # type: ignore[arg-type]
    await page.locator("#f-topic").select_option("sorting_week")
    await page.get_by_role("button", name="检查").click()
    for told in ("没有题目。请补上题干", "没法用按钮答", "答案里有 E，选项只到 D"):
        await expect(page.get_by_text(told)).to_be_visible()
    await page.get_by_role("button", name="导入 6 道题").click()
    await expect(page.get_by_text("导入了 6 道题")).to_be_visible()
    await page.goto(f"{house.base}/console/quiz/items?state=draft&topic=sorting_week")
    for box in await page.locator('input[name="item"]').all():
        await box.check()
    await page.get_by_role("button", name="确认选中的题目").click()
    await expect(page.get_by_text("确认了 6 道题")).to_be_visible()


async def plan(page: Page, house: House) -> str:
    """A round of two days by its form; the page says at once whether the bank suffices."""
    today = beijing_date(house.world.clock.now())
    await page.goto(f"{house.base}/console/quiz/new")
    await page.locator("#f-title").fill("垃圾分类答题周")
    await page.locator("#f-first").fill(today.isoformat())
    await page.locator("#f-last").fill((today + timedelta(days=1)).isoformat())
    await page.locator("#f-cell0_topic").select_option("sorting_week")
    await page.locator("#f-cell0_count").fill("7")
    await expect(page.locator("#quiz-check")).to_contain_text("不够")
    await page.locator("#f-cell0_count").fill("6")
    await expect(page.locator("#quiz-check")).to_contain_text("要 6 道，能用的有 6 道")
    await expect(page.locator("#quiz-check")).to_contain_text("一共 2 天")
    await expect(page.locator("#f-prize_what")).to_be_hidden()
    await page.get_by_label("有奖品，抽奖决定").check()
    await page.locator("#f-prize_what").fill("帆布袋")
    await page.locator("#f-prize_winners").fill("2")
    await page.locator("#f-prize_where").fill("工会服务大厅")
    await page.get_by_label("只给已对上会员名册的会员").check()
    await page.get_by_role("button", name="保存").last.click()
    await expect(page.get_by_text("草稿保存好了")).to_be_visible()
    await page.get_by_role("button", name="发布").click()
    await expect(page.get_by_text("已发布，到时间会邀请会员")).to_be_visible()
    return page.url.rpartition("/")[2]


async def played(house: House, quiz: Quiz, round_id: str) -> None:
    """People of the factory: the able know that the first key is wrong, the others guess."""
    dice = Random(7)
    one = await quiz.rounds.get(EDITOR, round_id)
    sitting = await quiz.sitting(one)
    for number in range(1, PEOPLE + 1):
        await known(quiz, number, house.factory, f"王{number}")
        question = await quiz.asked(sitting, number)
        is_able = number % 2
        while True:
            quiz.clock.move(seconds=2)
            wrong = "a" if question.item.question.startswith("第1样") else dice.choice("abcd")
            view = await quiz.answers(question, "b" if is_able else wrong)
            assert isinstance(view, Feedback)
            after = await quiz.play.go_on(question.attempt.id, question.attempt.member_id or 0)
            if not isinstance(after, Question):
                break
            question = after


async def void(page: Page, house: House) -> None:
    """Today says that a key may be wrong; the page of the question says why; it is voided."""
    await page.goto(f"{house.base}/console/")
    await page.get_by_text("答案可能有错的题").click()
    await page.get_by_role("link", name="第1样东西属于哪一类？").click()
    await expect(page.get_by_text("多半是答案写错了。请先核对答案")).to_be_visible()
    item_id = page.url.rpartition("/")[2]
    await page.get_by_text("作废，重新算分").first.click()
    await page.locator("#f-void_reason").fill("答案应该是乙")
    await page.locator('input[name="confirm_name"]').fill(item_id)
    await page.get_by_role("button", name="作废，重新算分").click()
    await expect(page.get_by_text("重新算了分")).to_be_visible()
    await expect(page.get_by_text("这道题作废了")).to_be_visible()


async def test_a_quiz_week_from_the_list_to_the_prize(house: House, browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    quiz = quiz_of(house)
    await sits_down(page, house, WHO)
    await load(page, house)
    round_id = await plan(page, house)
    await quiz.ticks.open_due()
    await played(house, quiz, round_id)
    await quiz.ticks.figure_due()
    lines = [line async for line in quiz.reader.stream_items(EDITOR, round_id)]
    odd = [one.item.question for one in lines if Flag.NEGATIVE in one.figures.flags]
    assert odd == ["第1样东西属于哪一类？"]
    before = await quiz.reader.overview(EDITOR, round_id)
    await void(page, house)
    after = await quiz.reader.overview(EDITOR, round_id)
    assert (after.attempts, after.people) == (before.attempts, before.people) == (PEOPLE, PEOPLE)
    # The able lacked nothing but this question, and have it now.
    assert before.scores.get(100, 0) == 0 and after.scores[100] == PEOPLE // 2
    way = f"{house.base}/console/quiz/rounds/{round_id}"
    await page.goto(way)
    for title in ("每天参加的人", "最好成绩的分布", "最难的题"):
        await expect(page.get_by_text(title)).to_be_visible()
    await expect(page.get_by_text("各单位参加情况", exact=True)).to_be_hidden()
    await drawn(page, house, quiz, round_id)
    await taken(browser, house, way)
    assert faults == []


async def drawn(page: Page, house: House, quiz: Quiz, round_id: str) -> None:
    """After the last day: the list, ten minutes, the draw; a prize goes over the counter."""
    await quiz.ends(await quiz.rounds.get(EDITOR, round_id))
    await sits_down(page, house, WHO)
    await page.goto(f"{house.base}/console/quiz/rounds/{round_id}/draw")
    await page.get_by_text("不等了，现在抽奖").first.click()
    await page.get_by_role("button", name="不等了，现在抽奖").click()
    await expect(page.get_by_text("名单马上固定")).to_be_visible()
    await quiz.ticks.draw_due()
    house.world.clock.move(minutes=11)
    await quiz.ticks.draw_due()
    await page.reload()
    await expect(page.get_by_text("结果一样")).to_be_visible()
    line = (await quiz.prizes.winners(EDITOR, round_id))[0]
    row = page.locator(f"#w-{line.winner.id}")
    await row.get_by_text("发奖").first.click()
    await row.locator('input[name="code"]').fill(line.winner.code)
    await row.get_by_role("button", name="发奖").click()
    await expect(row.get_by_text("已领走")).to_be_visible()


async def taken(browser: Browser, house: House, way: str) -> None:
    """An organiser takes two lists away: they reconcile, and nobody's name is whole."""
    page = await browser.new_page(locale="zh-CN")
    await sits_down(page, house, TAKES)
    await page.goto(way)
    sums = {}
    for name, column in (("按人导出", "答卷份数"), ("按答卷导出", "")):
        await page.get_by_text(name).first.click()
        form = page.locator("details[open]").filter(has_text=name)
        async with page.expect_download() as download:
            await form.get_by_role("button", name="Excel").click()
        path = await (await download.value).path()
        book = openpyxl.load_workbook(BytesIO(Path(path).read_bytes()))
        rows = list(book.worksheets[1].iter_rows(values_only=True))
        head, told = list(rows[0]), rows[1:]
        counts = [int(str(row[head.index(column)])) if column else 1 for row in told]
        sums[name] = sum(counts)
        assert {str(row[head.index("姓名")]) for row in told} == {"王*"}
        await form.locator("summary").click()
        await page.reload()
    assert sums == {"按人导出": PEOPLE, "按答卷导出": PEOPLE}


async def test_a_live_contest_is_begun_watched_and_stopped(house: House, browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": 390, "height": 844}, locale="zh-CN")
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    await stocked(house)
    live = Contest(house.world, house.world.clock)
    live.people = [await house.world.regular(name) for name in ("王芳", "李强")]
    live.group = house.world.simulator.add_group("班组群", [one.id for one in live.people])
    await house.world.settle()
    await sits_down(page, house, WHO)
    await page.goto(f"{house.base}/console/quiz/contests/new")
    await page.locator("#f-title").fill("班前五分钟")
    await page.locator("#f-source").select_option(f"topic:{TOPIC}")
    await page.locator("#f-questions").fill("9")
    await page.get_by_role("button", name="开始").click()
    await expect(page.get_by_text("能在群里出的题只有 6 道")).to_be_visible()
    await page.locator("#f-questions").fill("3")
    await page.get_by_role("button", name="开始").click()
    await expect(page.get_by_text("开始了，群里已经收到开场消息")).to_be_visible()
    live.id = page.url.rpartition("/")[2]
    await live.passes(17)
    for person in live.people:
        await live.votes(person, right=person is live.people[0])
    # The counts come by themselves, and nothing of the page is thrown away.
    board = page.locator("[data-renew]")
    await expect(board).to_contain_text("2收到的回答", timeout=30_000)
    await expect(board).to_contain_text("50%")
    await page.get_by_text("停下", exact=True).first.click()
    await expect(page.get_by_text("正在答的题马上截止")).to_be_visible()
    await page.get_by_role("button", name="停下").click()
    await expect(page.get_by_text("提前停下")).to_be_visible()
    await expect(page.locator("[data-renew]")).to_have_count(0)
    await live.world.deliver()
    assert live.polls()[-1]["media"]["closed"]
    assert faults == []
