"""The small rules: links, forms, entries, days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from domain.ask import Entry
from domain.clock import SystemClock, beijing_date
from domain.links import is_payload
from domain.refusal import Refusal


@pytest.mark.parametrize("payload", ["a", "A-_9", "x" * 64])
def test_what_telegram_could_send_is_a_payload(payload: str) -> None:
    assert is_payload(payload)


@pytest.mark.parametrize("payload", ["", "x" * 65, "a b", "a=", "令", "a\n", "a/b", "\ud800"])
def test_what_telegram_could_not_send_is_none(payload: str) -> None:
    assert not is_payload(payload)


@pytest.mark.parametrize(("hour", "day"), [(0, 25), (15, 25), (16, 26), (23, 26)], ids="{}".format)
def test_the_day_is_the_one_in_beijing(hour: int, day: int) -> None:
    assert beijing_date(datetime(2026, 11, 25, hour, tzinfo=UTC)) == date(2026, 11, day)


def test_the_machine_tells_an_aware_time() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_an_entry_is_valid_from_its_first_day_to_its_last() -> None:
    entry = Entry("a.b", "题", "答", valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31))
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [entry.is_valid(day) for day in days] == [False, True, True, False]
    assert Entry("a.b", "题", "答").is_valid(date.max)
    assert entry.topic == "a"


def test_a_refusal_names_its_sentence_and_fills_its_gaps() -> None:
    refusal = Refusal("forms.note_long", limit=3)
    assert (refusal.code, refusal.values) == ("forms.note_long", {"limit": 3})
