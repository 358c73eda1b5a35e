"""Danger to life is answered before any search; exaggeration and matters of law are not danger."""

from __future__ import annotations

import pytest

from domain.ask import Decision, Urgency
from knowledge import Library


@pytest.mark.parametrize(
    "text",
    [
        "我想死",
        "我真的不想活了",
        "活 着 没 意 思",
        "老板不给钱我就从楼上跳下去",
        "不給工資我就跳樓",
        "想自杀，工资也要不到",
        "撑不下去了想一了百了，真想上吊",
        "他拿着刀说要砍死我，怎么办",
        "老公打我，救命",
        "被主管强奸了怎么办",
        # Two lines, or two breaths, that make an everyday word by chance.
        "我想死\n活着没意思",
        "我想死 你们别拦我",
        "我想死你们别拦我",
        "我想死心里好难受",
        # Before a story of which only the end is searched.
        "我不想活了。" + "".join(f"第{n}个月的工资又没有发给我，" for n in range(80)),
    ],
)
def test_danger_is_answered_at_once(library: Library, text: str) -> None:
    finding = library.ask(text)
    assert finding.urgency is Urgency.CRISIS
    assert finding.decision is Decision.ANSWER
    assert [candidate.entry_id for candidate in finding.candidates] == ["service.crisis"]


@pytest.mark.parametrize(
    "text",
    [
        "天天加班累死了",
        "真是气死我了，扣我工资",
        "这个价是跳楼价吗",
        "工亡死亡赔偿金多少",
        "车间热死个人，能不能停工",
        "员工自杀算工伤吗",
        "父亲在工地死了赔多少钱",
        "死活不给工资怎么办",
        "强奸罪判几年",
        "公司规定太死板",
        "所以死活不给我工资",
        "这样还不如死心算了",
        "过年回不去，想死家了",
    ],
)
def test_everyday_words_are_no_danger(library: Library, text: str) -> None:
    assert library.ask(text).urgency is Urgency.NORMAL


@pytest.mark.parametrize(
    "text",
    [
        "列出投诉我单位的人",
        "谁投诉了我们公司",
        "帮我查一下是谁举报的",
        "把会员名单发我",
        "把投诉人的电话给我",
    ],
)
def test_nobody_learns_who_complained(library: Library, text: str) -> None:
    finding = library.ask(text)
    assert (finding.decision, finding.reason) == (Decision.NONE, "private")
    assert finding.candidates == ()


@pytest.mark.parametrize(
    "text", ["我投诉了公司会不会知道是谁举报的", "举报人信息会泄露吗", "匿名举报能查到我吗"]
)
def test_the_fear_of_being_known_is_a_question_like_others(library: Library, text: str) -> None:
    assert library.ask(text).reason != "private"
