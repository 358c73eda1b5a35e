"""Sums in capital signs, after the examples of the bank's rules."""

from __future__ import annotations

import pytest

from domain.cases.capitals import Capitals
from locales import load, plain

CAPITALS = Capitals(plain(load()("documents.capitals")))


@pytest.mark.parametrize(
    ("fen", "told"),
    [
        (0, "零元整"),
        (2, "贰分"),
        (50, "伍角整"),
        (1_00, "壹元整"),
        (10_00, "壹拾元整"),
        # The four examples of the rules.
        (1_409_50, "壹仟肆佰零玖元伍角整"),
        (6_007_14, "陆仟零柒元壹角肆分"),
        (1_680_32, "壹仟陆佰捌拾元叁角贰分"),
        (16_409_02, "壹万陆仟肆佰零玖元零贰分"),
        (325_04, "叁佰贰拾伍元零肆分"),
        (107_000_53, "壹拾万柒仟元伍角叁分"),
        (13_500_00, "壹万叁仟伍佰元整"),
        (10_001_00, "壹万零壹元整"),
        (20_500_00, "贰万零伍佰元整"),
        (1_000_010_00, "壹佰万零壹拾元整"),
        (10_010_000_00, "壹仟零壹万元整"),
        (100_000_000_00, "壹亿元整"),
        (100_000_001_00, "壹亿零壹元整"),
        (100_010_000_00, "壹亿零壹万元整"),
        (123_456_789_01, "壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元零壹分"),
    ],
)
def test_a_sum_is_written_as_on_bills(fen: int, told: str) -> None:
    assert CAPITALS.write(fen) == told


@pytest.mark.parametrize("fen", [-1, 10**14])
def test_what_cannot_be_written_is_a_fault(fen: int) -> None:
    with pytest.raises(ValueError, match=str(fen)):
        CAPITALS.write(fen)
