"""Following up: short texts that mean the page just shown, and all others that do not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ask import Section
from knowledge import Library
from knowledge.followups import FollowUps
from knowledge.normalising import Normaliser

FOLLOW_UPS = FollowUps.read()
NORMALISER = Normaliser.read()

ASK_ON = {
    Section.LIMITS: [
        "那要多久",
        "那要多久?",
        "要多久才能办好",
        "得多少天啊",
        "好的，那要等多久才有结果呢？",
        "多长时间能下来",
        "什么时候截止",
        "有时间限制吗",
        "有没有期限",
        "时效是多久",
        "那大概需要几个月",
        "處理要多長時間",
    ],
    Section.EVIDENCE: [
        "要准备什么材料",
        "我要准备哪些材料啊",
        "要带什么",
        "需要什么证据",
        "材料有哪些",
        "那证据呢",
        "要交啥资料",
        "要留什么证据",
    ],
    Section.STEPS: [
        "去哪办",
        "那去哪里办理",
        "然后呢",
        "接下来怎么办",
        "下一步呢",
        "那我该怎么办",
        "具体怎么弄",
        "怎么申请",
        "流程是什么",
        "找谁办",
        "在哪儿申请",
        "第一步做什么",
        "請問去哪裡辦",
    ],
    Section.BASIS: [
        "有什么法律依据",
        "依据是什么",
        "法律依据呢",
        "哪条法律规定的",
        "是根据哪条规定",
        "法律上怎么规定的",
        "有法律依据吗",
        "第几条",
    ],
    Section.COST: [
        "多少钱",
        "那要多少钱啊",
        "收费吗",
        "要花钱吗",
        "贵不贵",
        "要不要钱",
        "费用是多少",
    ],
    Section.ALL: ["详细说说", "说详细一点", "具体讲讲", "還有呢"],
}
NEW_QUESTIONS = [
    # Another subject is named.
    "加班费多少钱",
    "仲裁要多久",
    "去哪办会员卡",
    "工伤认定要什么材料",
    "产假多少天",
    "怎么入会",
    "那社保呢",
    "那年假呢",
    "公积金怎么取",
    "多久发一次工资",
    "最低工资多少钱",
    "病假要什么材料",
    "怎么写申请书",
    "找谁投诉",
    "怎么投诉",
    "去哪告",
    "去哪扔",
    "有补偿吗",
    "能赔多少钱",
    "打哪个电话",
    "多久算工伤",
    "要多久才能领失业金",
    "多少天年假",
    "怎么报警",
    "劳动仲裁的法律依据",
    "离职要什么手续",
    "那工资要多久给我",
    # Too little is said, or it is no question.
    "证据",
    "材料",
    "多少",
    "怎么",
    "哪里",
    "期限",
    "那",
    "好的",
    "谢谢",
    "你好",
    "嗯嗯",
    "知道了",
    "工资",
    "转人工",
    # Something new is told.
    "然后老板说不发了",
    "那要多久啊我都等了三个月了老板还不给钱",
    "几条腿",
    "去哪办我老板不给盖章",
    "我不想活了然后呢",
    "",
    "?",
]


def section(text: str) -> Section | None:
    return FOLLOW_UPS.section(NORMALISER.question(text).text)


@pytest.mark.parametrize(
    ("text", "part"), [(text, part) for part, texts in ASK_ON.items() for text in texts]
)
def test_a_short_text_without_a_subject_asks_on(text: str, part: Section) -> None:
    assert section(text) is part


@pytest.mark.parametrize("text", NEW_QUESTIONS)
def test_everything_else_is_a_new_question(text: str) -> None:
    assert section(text) is None


def test_nearly_no_phrasing_of_any_page_is_taken_for_a_follow_up(library: Library) -> None:
    taken = {
        phrasing
        for entry in library.entries
        for phrasing in (entry.title, *entry.phrasings)
        if section(phrasing)
    }
    # They name nothing but evidence, which every page may have.
    assert taken <= {"要准备哪些证据", "怎么取证"}


def test_the_costs_of_a_page_are_its_paragraphs_about_money(library: Library) -> None:
    page = library.page("wage.arrears")
    assert page is not None
    told = library.follow_up(library.ask("多少钱"), page)
    assert told is not None
    assert told.section is Section.COST
    assert any("不收费" in paragraph for paragraph in told.costs)
    assert len(told.costs) < 1 + len(page.details.split("\n\n"))
    assert library.follow_up(library.ask("工资多少钱"), page) is None


@settings(max_examples=200)
@given(st.text(max_size=40))
def test_no_text_makes_it_raise(text: str) -> None:
    section(text)


@given(st.text("那要得能去多少钱久什么法律哪条办", max_size=18))
def test_texts_of_its_own_words_cost_little(text: str) -> None:
    section(text)
