"""What may be kept of a person, and in which form."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.consents import QUIET, VERSIONS, Answer, Consent, Consents, Purpose
from domain.people import (
    Person,
    Source,
    is_same,
    merged,
    read_name,
    read_number,
    read_phone,
    read_unit,
)
from domain.pushes import DAY, OFFERED, PushWindow, is_welcome, next_welcome
from domain.refusal import Refusal

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("芳", "芳"),
        (" 王 芳 ", "王芳"),
        ("王\u200b芳", "王芳"),
        ("买买提.艾力", "买买提·艾力"),
        ("阿卜杜拉・热合曼•江", "阿卜杜拉·热合曼·江"),
        ("John  Smith", "John Smith"),
        ("ｗａｎｇ", "wang"),
        ("名" * 50, "名" * 50),
    ],
)
def test_a_name_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert read_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "people.name_wrong"),
        (" \n", "people.name_wrong"),
        ("·", "people.name_wrong"),
        ("王芳·", "people.name_wrong"),
        ("王芳😀", "people.name_wrong"),
        ("王芳13812345678", "people.name_wrong"),
        ('=HYPERLINK("x")', "people.name_wrong"),
        ("=cmd|' /C calc'!A0", "people.name_wrong"),
        ("<b>王芳</b>", "people.name_wrong"),
        ("名" * 51, "people.name_long"),
    ],
)
def test_a_name_that_is_none_is_told(typed: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read_name(typed)
    assert refusal.value.code == code


@given(st.text(max_size=80))
def test_a_name_that_was_kept_stays_as_it_is(typed: str) -> None:
    try:
        kept = read_name(typed)
    except Refusal:
        return
    assert read_name(kept) == kept
    assert not set(kept) & set('=+-@<>&"\n\t0123456789')


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13812345678", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("+86-138-1234-5678", "13812345678"),
        ("0086 13812345678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("17012345678", "17012345678"),
        ("19912345678", "19912345678"),
        ("+852 9123 4567", "+85291234567"),
        ("00852 91234567", "+85291234567"),
    ],
)
def test_a_phone_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert read_phone(typed) == kept
    assert read_phone(kept) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("010-69243000", "people.phone_landline"),
        ("01069243000", "people.phone_landline"),
        ("138123456789", "people.phone_length"),
        ("1381234567", "people.phone_length"),
        ("12812345678", "people.phone_wrong"),
        ("电话", "people.phone_wrong"),
        ("", "people.phone_wrong"),
        ("+", "people.phone_wrong"),
        ("=13812345678", "people.phone_wrong"),
        ("+86 010 69243000", "people.phone_landline"),
    ],
)
def test_a_phone_that_is_none_is_told(typed: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read_phone(typed)
    assert refusal.value.code == code


def test_numbers_and_units_are_kept_in_one_form() -> None:
    assert read_number(" dx-0012 ") == "DX-0012"
    assert read_number("００１２") == "0012"
    assert read_unit(" 速达  配送 ") == "速达 配送"
    for wrong in ("", "=1+1", "编号一", "9" * 31):
        with pytest.raises(Refusal):
            read_number(wrong)
    for wrong in ("", "厂", "1234", "名" * 61):
        with pytest.raises(Refusal):
            read_unit(wrong)


OWN = Person("own", NOW, NOW, member_id=7, name="王芳", phone="13812345678", phone_shared=True)
LISTED = Person(
    "listed",
    NOW - timedelta(days=9),
    NOW,
    name="王芳",
    phone="13812345678",
    number="0012",
    unit_id=3,
    source=Source.ROSTER,
)


def test_a_phone_and_a_name_together_make_one_person() -> None:
    assert is_same(OWN, LISTED)
    # A number is given to somebody else after a while: the name must agree.
    assert not is_same(replace(OWN, name="李强"), LISTED)
    assert not is_same(replace(OWN, name=None), LISTED)
    # And a phone that was typed may be anybody's.
    assert not is_same(replace(OWN, phone_shared=False), LISTED)
    assert not is_same(replace(OWN, phone="13912345678"), LISTED)


def test_what_staff_settled_goes_first_when_two_records_become_one() -> None:
    one = merged(replace(OWN, unit_text="速达"), LISTED, NOW)
    assert (one.id, one.member_id, one.number) == ("listed", 7, "0012")
    assert (one.unit_id, one.unit_text, one.source) == (3, None, Source.BOTH)
    assert one.phone_shared
    assert one.made_at == LISTED.made_at


def _consents(*answers: tuple[Answer, datetime]) -> Consents:
    purpose = Purpose.PROMOTION
    return Consents(tuple(Consent(purpose, VERSIONS[purpose], what, at) for what, at in answers))


def test_the_last_answer_counts() -> None:
    given = _consents((Answer.REFUSED, NOW), (Answer.GIVEN, NOW + timedelta(days=1)))
    assert given.holds(Purpose.PROMOTION)
    assert not given.holds(Purpose.SERVICE)
    withdrawn = Consents(
        (*given.history, replace(given.history[0], answer=Answer.WITHDRAWN, at=NOW + QUIET))
    )
    assert not withdrawn.holds(Purpose.PROMOTION)


def test_after_a_no_nobody_is_asked_again_for_90_days() -> None:
    assert _consents().may_ask(Purpose.PROMOTION, NOW)
    for answer in (Answer.REFUSED, Answer.WITHDRAWN):
        consents = _consents((answer, NOW))
        assert not consents.may_ask(Purpose.PROMOTION, NOW + timedelta(days=89, hours=23))
        assert consents.may_ask(Purpose.PROMOTION, NOW + timedelta(days=90))


def test_a_new_wording_is_asked_anew() -> None:
    old = Consents((Consent(Purpose.SERVICE, 0, Answer.GIVEN, NOW),))
    assert not old.holds(Purpose.SERVICE)
    assert old.may_ask(Purpose.SERVICE, NOW)


def test_windows_hold_their_hours_also_across_midnight() -> None:
    night, noon = PushWindow(22 * 60, 6 * 60), PushWindow(12 * 60, 14 * 60)
    local = NOW.replace(hour=15)  # 23:00 in Beijing
    assert is_welcome((night,), local)
    assert not is_welcome((noon,), local)
    assert is_welcome((noon, night), local)
    # Nothing chosen: the member has not said anything.
    assert is_welcome((), local)


def test_the_offered_windows_cover_the_day_once() -> None:
    for minute in range(DAY):
        assert sum(window.holds(minute) for window in OFFERED) == 1


@given(
    st.lists(
        st.tuples(st.integers(0, DAY - 1), st.integers(0, DAY - 1)).filter(lambda w: w[0] != w[1]),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 2 * DAY),
)
def test_the_next_welcome_moment_is_the_first(pairs: list[tuple[int, int]], minutes: int) -> None:
    windows = [PushWindow(*pair) for pair in pairs]
    at = NOW + timedelta(minutes=minutes)
    found = next_welcome(windows, at)
    assert found >= at
    assert is_welcome(windows, found)
    between = int((found - at).total_seconds() // 60)
    assert not any(is_welcome(windows, at + timedelta(minutes=n)) for n in range(between))


@pytest.mark.parametrize("pair", [(0, 0), (-1, 5), (5, DAY), (700, 700)])
def test_a_window_that_is_none_cannot_be_made(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no window"):
        PushWindow(*pair)
