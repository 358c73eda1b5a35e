"""Identity and card numbers are recognised, and nothing else is."""

from __future__ import annotations

import random
import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import privacy
from domain.privacy import clean, for_keeping, is_bank_card, is_identity_number, screen

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identity(region: int, born: date, order: int) -> str:
    """An identity number as GB 11643 builds it."""
    body = f"{region:06d}{born:%Y%m%d}{order:03d}"
    # The standard's own formula: the check makes the weighted sum 1 modulo 11.
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + "0123456789X"[(1 - total) % 11]


def card(prefix: str, length: int, rng: random.Random) -> str:
    """A card number whose Luhn sum is right."""
    body = prefix + "".join(rng.choice("0123456789") for _ in range(length - len(prefix) - 1))
    total = sum(
        sum(divmod(int(digit) * (2 if place % 2 == 0 else 1), 10))
        for place, digit in enumerate(reversed(body))
    )
    return body + str(-total % 10)


def _two_hundred() -> list[tuple[str, bool]]:
    rng = random.Random(11643)
    numbers: list[tuple[str, bool]] = []
    for _ in range(50):
        born = date(1930, 1, 1) + timedelta(days=rng.randrange(33_000))
        good = identity(rng.randrange(110000, 660000), born, rng.randrange(1000))
        wrong = good[:-1] + rng.choice([c for c in "0123456789X" if c != good[-1]])
        numbers += [(good, True), (wrong, False)]
    for _ in range(50):
        good = card(rng.choice(["62", "4", "51", "37", "95"]), rng.choice([16, 17, 19]), rng)
        wrong = good[:-1] + str((int(good[-1]) + rng.randrange(1, 10)) % 10)
        numbers += [(good, True), (wrong, False)]
    return numbers


TWO_HUNDRED = _two_hundred()


def test_of_two_hundred_numbers_each_is_judged_right() -> None:
    assert len(TWO_HUNDRED) == 200
    wrong = [
        (number, expected)
        for number, expected in TWO_HUNDRED
        # A broken identity number may still be a sound card number: both are masked.
        if screen(f"我的号码是{number}，帮我查").found is not expected and not is_bank_card(number)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "number",
    ["11010519491231002X", "11010519491231002x", "440524188001010014", "110101199003078515"],
)
def test_published_examples_of_the_standard(number: str) -> None:
    # 440524188001010014 is right by its check digit, but nobody alive was born in 1880.
    assert is_identity_number(number) is not number.startswith("4405241880")


@pytest.mark.parametrize(
    "text",
    ["110105194902300021", "110105194913010020", "11010519491231002", "abcdefghijklmnopqr", ""],
)
def test_impossible_birthdays_and_wrong_lengths_are_no_identity(text: str) -> None:
    assert not is_identity_number(text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("11010519491231002X", "***"),
        ("号110105 19491231 002X完", "号***完"),
        ("110105-19491231-002X", "***"),
        ("sfz11010519491231002Xok", "sfz11010519491231002Xok"),
        ("sfz110101199003078515ok", "sfz***ok"),
        ("302 11010519491231002X 6222021234567890128 完", "302 *** *** 完"),
        ("6222 0212 3456 7890 128", "***"),
        ("１１０１０１１９９００３０７８５１５", "***"),
        ("11010119900307851513812345678", "11010119900307851513812345678"),
        ("两行\n110101199003078515\n110101199003078515", "两行\n***\n***"),
    ],
)
def test_a_number_is_masked_where_it_stands(text: str, masked: str) -> None:
    # With letters right behind it an X may be the letter of a word: then it is no number.
    assert screen(text).text == masked
    assert screen(text).found is (text != masked)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("打13812345678", "打***"),
        ("打138 1234 5678", "打***"),
        ("打+86 138-1234-5678", "打***"),
        ("打１３８１２３４５６７８", "打***"),
        ("座机010-81234567", "座机010-81234567"),
        ("12345", "12345"),
        ("工资5000元，欠3个月", "工资5000元，欠3个月"),
    ],
)
def test_mobile_numbers_are_not_kept(text: str, kept: str) -> None:
    assert for_keeping(text) == kept


@given(st.text())
def test_screening_never_fails_and_is_done_once(text: str) -> None:
    once = screen(text)
    assert screen(once.text).text == once.text
    assert once.found or once.text == text


@given(st.text())
def test_what_is_kept_has_no_hidden_characters(text: str) -> None:
    kept = for_keeping(text)
    assert all(c in "\n\t" or unicodedata.category(c)[0] != "C" for c in kept)
    kept.encode()
    assert for_keeping(kept) == kept


@settings(max_examples=200)
@given(
    st.sampled_from([number for number, good in TWO_HUNDRED if good]),
    st.text(alphabet="身份证是，。 \n:abc", max_size=8),
    st.text(alphabet="号，。 \n:", max_size=8),
    st.integers(0, 18),
    st.sampled_from(["", " ", "-"]),
)
def test_a_good_number_is_found_in_any_company(
    number: str, before: str, after: str, cut: int, separator: str
) -> None:
    typed = number[:cut] + separator + number[cut:] if 0 < cut < len(number) else number
    screened = screen(before + typed + after)
    assert screened.found
    assert number[:14] not in screened.text


@given(st.text(alphabet=st.characters(categories=["Cc", "Cf", "Cs", "Co"]), max_size=20))
def test_hidden_characters_do_not_smuggle_a_number_into_storage(hidden: str) -> None:
    number = "11010519491231002X"
    typed = hidden.replace("\n", "").replace("\t", "").join(number)
    assert number not in for_keeping(typed)
    assert clean(typed) == number


def test_the_check_would_notice_a_mask_that_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy, "is_identity_number", lambda _: False)
    monkeypatch.setattr(privacy, "is_bank_card", lambda _: False)
    assert not any(screen(number).found for number, _ in TWO_HUNDRED)
