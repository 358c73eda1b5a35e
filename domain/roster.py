"""Rosters: reading a row that staff uploaded, and what it means for the people who are there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.people import (
    Occupation,
    Person,
    Source,
    folded,
    is_same,
    merged,
    read_name,
    read_number,
    read_phone,
)
from domain.refusal import Refusal
from domain.units import name_key

MOST_ROWS = 100_000
CHUNK = 250
# A plan that nobody confirmed is forgotten, with the names in it.
PLAN_LIVES = timedelta(hours=24)
# One that failed half-way, or was done: its counts, for the log.
DONE_LIVES = timedelta(days=7)
# A roster that leaves out more of the present members than this is probably the wrong file.
MISSING_SHARE = 0.10
# Long reports help nobody; the counts are whole.
MOST_ISSUES = 200

_ROUNDED = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
_TRAILING_ZERO = re.compile(r"(\d+)\.0+")


class Field(StrEnum):
    """A column of a roster that we use. All others are passed over."""

    NUMBER = "number"
    NAME = "name"
    PHONE = "phone"
    UNIT = "unit"
    OCCUPATION = "occupation"


class Kind(StrEnum):
    """What a cell held; a formula's or a date's text is not what was typed."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    FORMULA = "formula"
    FAULT = "fault"


class Stage(StrEnum):
    """How far an import has come."""

    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as it was read from the file."""

    text: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row of the file: its line there, and its cells by field."""

    line: int
    cells: Mapping[Field, Cell]


@dataclass(frozen=True, slots=True)
class Issue:
    """What is wrong with a line, or (`is_error` False) what somebody should look at."""

    line: int
    code: str
    values: Mapping[str, object]
    is_error: bool = True


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A row that makes sense."""

    line: int
    name: str
    number: str | None
    phone: str | None
    unit_id: int
    occupation: Occupation | None


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """An import between its dry run and its end. The counts are those of `Plan`."""

    id: str
    staff_id: str
    unit_id: int
    stage: Stage
    counts: Mapping[str, int]
    chunks: int
    done_chunks: int
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do. `id` confirms it; None while there are errors."""

    id: str | None
    unit_id: int
    new: int
    changed: int
    same: int
    erased: int
    missing: int
    present: int
    errors: int
    issues: tuple[Issue, ...]

    @property
    def misses_many(self) -> bool:
        """Whether the number of missing people must be confirmed on its own."""
        return misses_many(self.missing, self.present)


def misses_many(missing: int, present: int) -> bool:
    """Whether so many of the present members are missing that the file may be the wrong one."""
    return missing > present * MISSING_SHARE


@dataclass(frozen=True, slots=True)
class Match:
    """What one row does: `after` is the person then; `before` None if new. `absorbed` is the
    member's own record that turned out to be the same person, and goes."""

    after: Person
    before: Person | None = None
    absorbed: Person | None = None

    @property
    def is_same(self) -> bool:
        return self.before is not None and replace(
            self.after, changed_at=self.before.changed_at
        ) == (self.before)


def read_rows(
    raw: Sequence[RawRow],
    units: Mapping[str, Sequence[int]],
    default_unit: int,
    occupations: Mapping[str, Occupation],
) -> tuple[list[RosterRow], list[Issue]]:
    """The rows that make sense, and what is wrong with the others.

    `units` are the ids by the folded name of each unit that may be named; a row that names none
    belongs to `default_unit`. `occupations` are the words for them.
    """
    issues: list[Issue] = []
    rows: list[RosterRow] = []
    for one in raw:
        try:
            rows.append(_read(one, units, default_unit, occupations))
        except Refusal as refusal:
            issues.append(Issue(one.line, refusal.code, refusal.values))
    issues += _twice(rows)
    issues += _lost_zeros(raw)
    return rows, sorted(issues, key=lambda issue: (not issue.is_error, issue.line))


def match(
    row: RosterRow,
    by_number: Mapping[str, Person],
    by_phone: Mapping[str, Sequence[Person]],
    now: datetime,
    new_id: str,
) -> Match:
    """Who the row is among the people known, and what becomes of them.

    The member number decides; without one, phone and name together. A member's own record is
    joined if its phone came from the share button and the name is the same.
    """
    candidates = by_phone.get(row.phone or "", ())
    same_name = [one for one in candidates if folded(one.name or "") == folded(row.name)]
    before = by_number.get(row.number or "")
    if before is None:
        before = next((one for one in same_name if one.number is None or not row.number), None)
    if before is None:
        return Match(_updated(Person(new_id, now, now, source=Source.ROSTER), row, now))
    after = _updated(before, row, now)
    for own in same_name:
        if own.id != before.id and own.member_id and not after.member_id and is_same(own, after):
            return Match(merged(own, after, now), before, absorbed=own)
    return Match(after, before)


def _updated(person: Person, row: RosterRow, now: datetime) -> Person:
    after = replace(
        person,
        name=row.name,
        number=row.number or person.number,
        # What came from the member's own share button is newer than any list.
        phone=person.phone if person.phone_shared else row.phone or person.phone,
        unit_id=row.unit_id,
        unit_text=None,
        occupation=row.occupation or person.occupation,
        source=Source.ROSTER if person.source is Source.ROSTER else Source.BOTH,
        missing_since=None,
    )
    return after if after == person else replace(after, changed_at=now)


def _read(
    raw: RawRow,
    units: Mapping[str, Sequence[int]],
    default_unit: int,
    occupations: Mapping[str, Occupation],
) -> RosterRow:
    name = _text(raw, Field.NAME)
    number, phone = _text(raw, Field.NUMBER), _text(raw, Field.PHONE)
    unit, occupation = _text(raw, Field.UNIT), _text(raw, Field.OCCUPATION)
    if not name:
        raise Refusal("roster.name_empty")
    if not number and not phone:
        raise Refusal("roster.no_key")
    for text in (number, phone):
        if _ROUNDED.fullmatch(text):
            raise Refusal("roster.rounded", value=text)
    if occupation and folded(occupation) not in occupations:
        raise Refusal("roster.occupation_unknown", value=occupation)
    return RosterRow(
        line=raw.line,
        name=read_name(name),
        number=read_number(number) if number else None,
        phone=read_phone(phone) if phone else None,
        unit_id=_unit(unit, units) if unit else default_unit,
        occupation=occupations[folded(occupation)] if occupation else None,
    )


def _text(raw: RawRow, field: Field) -> str:
    cell = raw.cells.get(field, Cell(""))
    if cell.kind in (Kind.FORMULA, Kind.DATE, Kind.FAULT):
        raise Refusal(f"roster.cell_{cell.kind}", column=field.value)
    text = cell.text.strip()
    whole = _TRAILING_ZERO.fullmatch(text)
    return whole.group(1) if whole and field in (Field.NUMBER, Field.PHONE) else text


def _unit(text: str, units: Mapping[str, Sequence[int]]) -> int:
    found = units.get(name_key(text), ())
    if not found:
        raise Refusal("roster.unit_unknown", value=text)
    if len(found) > 1:
        raise Refusal("roster.unit_twice", value=text)
    return found[0]


def _twice(rows: Sequence[RosterRow]) -> Iterator[Issue]:
    """Lines with a number, or a phone, that an earlier line has."""
    for what in ("number", "phone"):
        first: dict[str, int] = {}
        for row in rows:
            value = getattr(row, what)
            if value is None:
                continue
            if value in first:
                yield Issue(row.line, f"roster.{what}_twice", {"first": first[value]})
            first.setdefault(value, row.line)


def _lost_zeros(raw: Sequence[RawRow]) -> Iterator[Issue]:
    """Member numbers that are shorter than all others: a spreadsheet drops leading zeros."""
    numbers = {
        row.line: (cell.text.strip(), cell.kind)
        for row in raw
        if (cell := row.cells.get(Field.NUMBER)) and cell.text.strip().isdecimal()
    }
    lengths = Counter(len(text) for text, _ in numbers.values())
    if len(lengths) < 2:
        return
    usual, often = lengths.most_common(1)[0]
    padded = any(text.startswith("0") for text, _ in numbers.values())
    for line, (text, kind) in numbers.items():
        if len(text) < usual and (padded or (kind is Kind.NUMBER and often > len(numbers) // 2)):
            values = {"length": len(text), "usual": usual}
            yield Issue(line, "roster.zeros_lost", values, is_error=padded)
