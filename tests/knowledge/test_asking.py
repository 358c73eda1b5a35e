"""Asking: what is sure is answered, what is near is offered, and the rest is not guessed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ask import Decision, Urgency
from knowledge import Library, load
from tests.knowledge.conftest import TODAY


@pytest.mark.parametrize(
    ("question", "entry_id"),
    [
        ("老板拖了仨月工钱不给", "wage.arrears"),
        ("包工頭跑了，工錢還沒結", "wage.arrears_site"),
        ("周末被叫去上班加班费怎么算", "hours.overtime"),
        ("公司不给交五险咋办", "social.unpaid"),
        ("手让冲床压了评上九级能赔多少", "injury.pay"),
        ("下班路上让汽车撞了算公伤不", "injury.commute"),
        ("仲裁申请书去哪交要带啥", "dispute.arbitration"),
        ("工会卡丢了上哪补", "member.card"),
        ("转人工", "service.human"),
        ("公会怎么加入", "member.join"),
    ],
)
def test_plain_questions_find_their_page(library: Library, question: str, entry_id: str) -> None:
    finding = library.ask(question)
    assert finding.decision is not Decision.NONE
    assert finding.candidates[0].entry_id == entry_id
    assert finding.candidates[0].matched_by


@pytest.mark.parametrize("text", ["5", "6000", "-3", "abc", "1 2 3", "110011"])
def test_a_number_or_letters_alone_are_not_guessed_at(library: Library, text: str) -> None:
    assert library.ask(text).decision is Decision.NONE


@pytest.mark.parametrize("text", ["12345", "N+1", "2n"])
def test_a_number_that_is_a_word_here_is_found(library: Library, text: str) -> None:
    assert library.ask(text).decision is not Decision.NONE


@pytest.mark.parametrize("word", ["工伤", "工资", "加班", "社保", "合同", "离职", "保险", "赔偿"])
def test_a_word_that_many_pages_share_is_offered_as_a_choice(library: Library, word: str) -> None:
    finding = library.ask(word)
    assert finding.decision is Decision.CHOICES
    assert len(finding.candidates) >= 2


@pytest.mark.parametrize(
    "question",
    [
        "我想跟老公离婚孩子判给谁",
        "信用卡还不上了银行要起诉我",
        "隔壁装修太吵了找谁管管",
        "红烧排骨咋做好吃",
        "qwertyuiop",
        "🙂🙂🙂a",
    ],
)
def test_what_no_page_covers_is_not_answered(library: Library, question: str) -> None:
    assert library.ask(question).decision is not Decision.ANSWER


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "empty"), (" \u200b\n", "empty"), ("😀" * 4096, "empty"), ("你好", "greeting")],
)
def test_nothing_to_search_for_is_told_apart(library: Library, text: str, reason: str) -> None:
    finding = library.ask(text)
    assert (finding.decision, finding.reason, finding.candidates) == (Decision.NONE, reason, ())


def test_candidates_come_best_first_and_none_twice(library: Library) -> None:
    finding = library.ask("被公司辞退了能拿到什么补偿")
    scores = [candidate.score for candidate in finding.candidates]
    ids = [candidate.entry_id for candidate in finding.candidates]
    assert scores == sorted(scores, reverse=True)
    assert len(set(ids)) == len(ids)
    assert all(0 <= score <= 1 for score in scores)


def test_the_same_question_has_the_same_finding_in_every_script(library: Library) -> None:
    assert library.ask("老闆拖欠我的工資！！！") == library.ask("老板拖欠我的工资")


def test_what_an_entry_says_tells_why_it_was_found(library: Library) -> None:
    told = library.ask("工钱一直要不回来").candidates[0].matched_by
    assert any(reason.startswith("欠薪") for reason in told)


def test_a_new_phrasing_is_found_after_loading_again(folder: Path) -> None:
    question = "血汗钱啥时候能见着"
    path = folder / "entries/wage/arrears.md"
    path.write_text(path.read_text(encoding="utf-8") + f"- {question}\n", encoding="utf-8")
    finding = load(folder, TODAY).ask(question)
    assert finding.candidates[0].entry_id == "wage.arrears"


@given(text=st.text(st.characters(), max_size=200))
@settings(max_examples=150)
def test_any_text_gets_a_finding(library: Library, text: str) -> None:
    finding = library.ask(text)
    assert finding.decision in Decision
    assert finding.urgency in Urgency


@pytest.mark.parametrize(
    "text", ["a" * 4096, "啊" * 10_000, "工资不发" * 2_500, "(" * 5_000, "1" * 9_999]
)
def test_hostile_lengths_get_a_finding(library: Library, text: str) -> None:
    assert library.ask(text).decision in Decision
