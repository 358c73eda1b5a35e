"""Normalising: any text is taken, and taking it twice changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.normalising import LONGEST, Normaliser

NORMALISER = Normaliser.read()
ANY_TEXT = st.text(st.characters(), max_size=300)


@given(ANY_TEXT)
@settings(max_examples=300)
def test_any_text_is_taken_and_cleaning_twice_changes_nothing(text: str) -> None:
    once = NORMALISER.clean(text)
    assert NORMALISER.clean(once) == once
    assert len(once) <= LONGEST
    assert once.encode("utf-8").decode() == once
    NORMALISER.question(text)
    NORMALISER.key(text)


@given(st.text(st.sampled_from("欠薪公司，。 a1!ＡＢ啊工會\u200b😀\n"), max_size=1200))
@settings(max_examples=200)
def test_long_texts_are_cut_and_stay_cut(text: str) -> None:
    once = NORMALISER.clean(text)
    assert len(once) <= LONGEST
    assert NORMALISER.clean(once) == once


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("老闆拖欠薪資", "老板拖欠薪资"),
        ("ＡＢＣ１２３", "abc123"),
        ("工资\u200b呢\u202e", "工资呢"),
        ("工资😀呢", "工资 呢"),
        ("啊啊啊啊啊！！！！", "啊!"),
        ("1000000 元", "1000000 元"),
        ("a\ud800b\x00c", "abc"),
        ("  \n\t ", ""),
    ],
)
def test_what_cannot_be_seen_or_does_not_matter_is_gone(typed: str, seen: str) -> None:
    assert NORMALISER.clean(typed) == seen


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("您好，请问公会怎么入会？谢谢", "工会怎么入会"),
        ("想申请公司调节", "想申请公司调解"),
        ("空调怎么调节", "空调怎么调节"),
        ("请问，辞腿赔尝多少", "辞退赔偿多少"),
    ],
)
def test_fillers_go_and_typos_are_mended_where_the_words_say_so(typed: str, seen: str) -> None:
    assert NORMALISER.question(typed).text == seen


def test_of_a_long_story_the_last_clauses_stay() -> None:
    story = "我在厂里干了很多年了，" * 100 + "现在老板不给工资怎么办"
    kept = NORMALISER.clean(story)
    assert len(kept) <= LONGEST
    assert kept.endswith("现在老板不给工资怎么办")
    assert kept.startswith("我在厂里")


def test_a_greeting_is_not_blank_but_asks_nothing() -> None:
    assert not NORMALISER.question("你好").was_blank
    assert NORMALISER.question("你好").text == ""
    assert NORMALISER.question(" \u200b ？！").was_blank
