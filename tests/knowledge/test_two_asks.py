"""Two asks in one question: the first is answered, the second offered, and seldom wrongly."""

from __future__ import annotations

import pytest

from domain.ask import Candidate, Decision, Finding
from knowledge import Library
from knowledge.two_asks import Part, TwoAsks

TWO_ASKS = TwoAsks.read()


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("老板三个月没发工资，还不给我交社保，怎么办", "wage.arrears", "social.unpaid"),
        ("我想问工会怎么入会，另外会费怎么交", "member.join", "member.dues"),
        ("怎么申请法律援助？仲裁要带什么材料？", "dispute.legal_aid", "dispute.arbitration"),
        ("单位不给签合同，押金也不退", "contract.none", "contract.deposit"),
        ("加班费怎么算，年假没休能给钱吗", "hours.overtime", "leave.annual_unused"),
        ("我爸得了大病工会给补助吗？孩子上大学有没有助学", "aid.illness", "benefit.school_aid"),
        ("离职公司不给开离职证明，最后一个月工资也不发", "end.handover", "wage.final"),
    ],
)
def test_the_second_ask_is_offered(
    library: Library, question: str, first: str, second: str
) -> None:
    finding = library.ask(question)
    assert finding.decision is Decision.ANSWER
    assert finding.candidates[0].entry_id == first
    assert finding.second is not None
    assert finding.second.entry_id == second


@pytest.mark.parametrize(
    "question",
    [
        "老板三个月没发工资了",
        "我在工地干活，老板三个月没发工资，怎么办",
        "公司要裁员，我怀孕了能裁我吗",
        "骑手送餐摔了，平台不管",
        "孕期被调岗，我该怎么办",
        "公司搬家太远不想去，怎么办",
        "下班路上让汽车撞了，腿断了，算工伤不",
        "钱包丢了，会员卡也在里面，怎么补",
        "工会卡丢了，上哪补，谢谢",
        "干了三年，没休过年假，能折成钱吗",
        "我想死，还不给我发工资",
        "你好，在吗",
    ],
)
def test_circumstances_are_no_second_ask(library: Library, question: str) -> None:
    assert library.ask(question).second is None


def test_phrasings_of_one_page_seldom_ask_for_another(library: Library) -> None:
    asked = [
        phrasing
        for entry in library.entries
        for phrasing in entry.phrasings
        if library.ask(phrasing).second
    ]
    total = sum(len(entry.phrasings) for entry in library.entries)
    assert len(asked) < total / 100


WAVERING = Finding(
    Decision.CHOICES,
    (Candidate("b.later", 0.6), Candidate("a.early", 0.3), Candidate("c.other", 0.05)),
)


def test_where_the_search_wavers_between_two_asks_the_first_is_answered() -> None:
    parts = [Part("a.early", asks=False, joined=False), Part("b.later", asks=False, joined=True)]
    paired = TWO_ASKS.paired(WAVERING, parts)
    assert paired.decision is Decision.ANSWER
    assert [row.entry_id for row in paired.candidates] == ["a.early", "b.later", "c.other"]
    assert paired.second == Candidate("b.later", 0.6)


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [Part("b.later", asks=True, joined=True)],
        [Part("a.early", asks=False, joined=False), Part("b.later", asks=True, joined=False)],
        [Part("a.early", asks=True, joined=False), Part("c.other", asks=True, joined=True)],
        [Part("b.later", asks=True, joined=True), Part("b.later", asks=True, joined=True)],
        [Part("a.early", asks=True, joined=False), Part("d.unseen", asks=True, joined=True)],
    ],
)
def test_choices_stay_choices_without_two_sure_and_joined_parts(parts: list[Part]) -> None:
    assert TWO_ASKS.paired(WAVERING, parts) == WAVERING


def test_a_clause_is_parted_where_a_joining_word_begins() -> None:
    assert TWO_ASKS.parts("老板不给发工资还不交社保") == ["老板不给发工资", "还不交社保"]
    assert TWO_ASKS.parts("老板不给发工资") == []
