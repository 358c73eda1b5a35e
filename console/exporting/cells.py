"""Cells: from values to texts and numbers that no spreadsheet can mistake for anything else."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from domain.clock import BEIJING
from domain.exports import Column, Kind, masked

# What is kept between reading and writing; days and instants as ISO text in Beijing's time.
Cell: TypeAlias = str | int | float | None
Row: TypeAlias = list[Cell]

LONGEST = 32_767
# Beyond fifteen digits a spreadsheet's numbers lose their end.
_BIGGEST = 10**15
# Control characters, halves of pairs, what XML forbids, and what turns the direction of writing.
_BAD = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufffe\uffff]"
)
# A spreadsheet runs what begins so, also behind spaces and invisible characters, also full-width.
_FORMULA = re.compile(
    "[\\s'\u200b-\u200d\u2060\ufeff]*[=+\\-@|\uff1d\uff0b\uff0d\uff20\uff5c]|[\t\r\n]"
)
# Digits that a spreadsheet would shorten, round, or take for a day, an hour or a power.
_DIGITS = re.compile(
    r"\d{12,}|0\d+|\d{1,4}[-/:]\d{1,2}(?:[-/:]\d{1,4})?|\d+(?:\.\d+)?[eE][+-]?\d+"
)


class Preparing:
    """Turns the rows of one list into cells: cleaned, cut, and masked where they must be.

    `cut_mark` ends a text that was too long for a cell.
    """

    def __init__(self, columns: Sequence[Column], cut_mark: str, *, is_full: bool) -> None:
        self._cut_mark = cut_mark
        self._makers = [
            self._masking(column.kind)
            if column.personal and not is_full
            else self._plain(column.kind)
            for column in columns
        ]

    def rows(self, rows: Sequence[Sequence[object]]) -> list[Row]:
        """The cells of some rows. A row of another length is a mistake of ours and raises."""
        makers = self._makers
        return [
            [
                None if value is None else make(value)
                for make, value in zip(makers, row, strict=True)
            ]
            for row in rows
        ]

    def text(self, value: object) -> str:
        """Clean text that fits into a cell."""
        text = str(value)
        if _BAD.search(text):
            text = _BAD.sub("", text)
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text if len(text) <= LONGEST // 2 else self._fitting(text)

    def _fitting(self, text: str) -> str:
        """Spreadsheets count as UTF-16 does: an emoji is two."""
        if _units(text) <= LONGEST:
            return text
        room = LONGEST - _units(self._cut_mark)
        kept = text.encode("utf-16-le")[: room * 2].decode("utf-16-le", "ignore")
        return kept + self._cut_mark

    def _plain(self, kind: Kind) -> Callable[[object], Cell]:
        return {
            Kind.NUMBER: self._number,
            Kind.DATE: self._date,
            Kind.INSTANT: self._instant,
        }.get(kind, self.text)

    def _masking(self, kind: Kind) -> Callable[[object], Cell]:
        return lambda value: masked(kind, self.text(value))

    def _number(self, value: object) -> Cell:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return self.text(value)
        if isinstance(value, Decimal) and len(value.as_tuple().digits) > 15:
            return self.text(value)
        number = value if isinstance(value, int) else float(value)
        if not math.isfinite(number) or abs(number) >= _BIGGEST:
            return self.text(value)
        return number

    def _date(self, value: object) -> Cell:
        if isinstance(value, datetime):
            value = value.astimezone(BEIJING).date()
        return value.isoformat() if isinstance(value, date) else self.text(value)

    def _instant(self, value: object) -> Cell:
        if not isinstance(value, datetime):
            return self.text(value)
        if value.tzinfo is None:
            raise ValueError("a time without a zone must not leave the house")
        local = value.astimezone(BEIJING)
        return local.replace(tzinfo=None, microsecond=0).isoformat(" ")


def guarded(text: str) -> str:
    """Text for CSV: with an apostrophe before it if a spreadsheet would make something of it."""
    if _FORMULA.match(text) or _DIGITS.fullmatch(text):
        return f"'{text}"
    return text


def guarded_day(text: str) -> str:
    """The same for a column of days, where days are wanted."""
    return f"'{text}" if _FORMULA.match(text) else text


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
