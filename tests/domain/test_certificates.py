"""Codes of certificates: read as they were written, however they are typed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.certificates import Subject, event_code, quiz_code, read_code

DAY = date(2026, 12, 5)
CODE = event_code(DAY, "ff00a1b2c3" + 54 * "0")


def test_a_code_begins_with_the_day_and_has_no_letter_that_is_taken_for_another() -> None:
    assert str(CODE) == "H261205-ZW0A-3CP3"


@given(st.dates(date(2001, 1, 1), date(2068, 12, 31)), st.binary(min_size=32, max_size=32))
def test_a_code_is_read_as_it_was_written(day: date, mark: bytes) -> None:
    code = event_code(day, mark.hex())
    assert read_code(str(code)) == code
    assert not set(str(code)[1:]) & set("ILOU")


@pytest.mark.parametrize(
    "typed",
    ["h261205-zw0a-3cp3", " H261205 ZW0A 3CP3 ", "H261205ZWOA3CP3", "h2612O5\u2014zwoa\uff0d3cp3"],
)
def test_spaces_dashes_small_letters_and_misread_digits_do_not_matter(typed: str) -> None:
    assert read_code(typed) == CODE


@pytest.mark.parametrize(
    "typed",
    ["", "H", "H261205-ZW0A-3CP", "H261205-ZW0A-3CP33", "H261305-ZW0A-3CP3", "X261205-ZW0A-3CP3"],
)
def test_what_can_be_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


def test_the_first_letter_tells_an_event_from_a_quiz() -> None:
    code = quiz_code(DAY, "ff00a1b2c3" + 54 * "0")
    assert str(code) == "D261205-ZW0A-3CP3"
    read = read_code("d261205 zw0a 3cp3")
    assert read == code != CODE
    assert (code.subject, CODE.subject) == (Subject.QUIZ, Subject.EVENT)
