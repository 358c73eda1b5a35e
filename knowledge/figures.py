"""Figures that change with time: kept once, inserted into texts by name for the day."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from knowledge.errors import Faults
from knowledge.wording import read_table

USE = re.compile(r"\{\{([a-z][a-z0-9_]*)\}\}")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WORDS = ("label", "unit", "region", "source")


@dataclass(frozen=True, slots=True)
class Value:
    """One period of a figure; both days belong to it. `review` is when staff must check it."""

    amount: int | float | str
    start: date
    end: date | None = None
    review: date | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A named figure with its source and its periods, earliest first."""

    name: str
    label: str
    unit: str
    region: str
    source: str
    values: tuple[Value, ...]
    line: int = 0

    def value(self, day: date) -> Value:
        """The value of the day, or the nearest one that is known."""
        begun = [value for value in self.values if value.start <= day]
        return begun[-1] if begun else self.values[0]

    def is_known(self, day: date) -> bool:
        """False if the day lies outside every period: then the text is out of date."""
        value = self.value(day)
        return value.start <= day and (value.end is None or day <= value.end)

    def written(self, day: date) -> str:
        """As it stands in a text: the amount and its unit, `60%` without a gap."""
        amount = self.value(day).amount
        if not self.unit:
            return str(amount)
        return f"{amount}{self.unit}" if self.unit[0] == "%" else f"{amount} {self.unit}"


def read_figures(path: str, text: str, faults: Faults) -> dict[str, Figure]:
    """Every sound figure of a figures file by name; what is unsound is noted with its line."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        faults.add(path, toml_line(error), "toml", why=str(error))
        return {}
    rows = table.get("figure", [])
    lines = [at for at, line in enumerate(text.split("\n"), 1) if line.strip() == "[[figure]]"]
    if not isinstance(rows, list):
        faults.add(path, 1, "figure_form", name="figure", why="[[figure]]")
        return {}
    for key in table.keys() - {"figure"}:
        faults.add(path, 1, "figure_form", name=key, why="[[figure]]")
    found: dict[str, Figure] = {}
    for at, row in enumerate(rows):
        figure = _figure(path, row, lines[at] if at < len(lines) else 1, faults)
        if figure and figure.name in found:
            faults.add(path, figure.line, "figure_twice", name=figure.name)
        elif figure:
            found[figure.name] = figure
    return found


def read_overlaid(name: str, source: str, faults: Faults) -> dict[str, Figure]:
    """The one figure of this name that the text must hold."""
    path = figure_path(name)
    found = read_figures(path, source, faults)
    others = found.keys() - {name}
    if others or (not found and not source.strip()):
        faults.add(path, 1, "figure_form", name=name, why="name = " + repr(name))
    return {name: found[name]} if name in found and not others else {}


def figure_path(name: str) -> str:
    """How faults call the text of a single figure."""
    return f"figures/{name}.toml"


def figure_source(text: str, name: str) -> str | None:
    """The part of figures.toml that says this figure, or None if there is none."""
    lines = text.split("\n")
    starts = [at for at, line in enumerate(lines) if line.strip() == "[[figure]]"]
    for start, end in pairwise([*starts, len(lines)]):
        block = "\n".join(lines[start:end]).strip() + "\n"
        figures = read_figures("figures.toml", block, Faults(read_table("faults.toml")))
        if name in figures:
            return block
    return None


def written_figure(
    name: str, words: Mapping[str, str], periods: Sequence[tuple[str, str, str, str]]
) -> str:
    """The [[figure]] table that says these words (label, unit, region, source) and periods
    (amount, from, to, review). What is no number or no date is left to the checks to refuse."""
    lines = ["[[figure]]", f"name = {_quoted(name)}"]
    lines += [f"{key} = {_quoted(words.get(key, '').strip())}" for key in _WORDS]
    lines.append("values = [")
    for amount, *days in periods:
        parts = [
            f"{key} = {day.strip() if _DAY.fullmatch(day.strip()) else _quoted(day)}"
            for key, day in zip(("from", "to", "review"), days, strict=True)
            if day.strip()
        ]
        number = amount.strip()
        said = number if _NUMBER.fullmatch(number) else _quoted(number)
        lines.append("    { " + ", ".join([*parts, f"value = {said}"]) + " },")
    return "\n".join([*lines, "]"]) + "\n"


def _quoted(text: str) -> str:
    # JSON's strings are TOML's basic strings, but for DEL, which no editor types.
    return json.dumps(text.replace("\x7f", ""), ensure_ascii=False)


def merged_figures(folder: Path, overlaid: Mapping[str, str]) -> str:
    """The text of figures.toml with these figures instead of its own, new ones at the end."""
    text = (folder / "figures.toml").read_text("utf-8")
    for name, source in sorted(overlaid.items()):
        old = figure_source(text, name)
        text = text.replace(old.strip(), source.strip()) if old else f"{text}\n{source}"
    return text


def toml_line(error: tomllib.TOMLDecodeError) -> int:
    """The line that the parser names in its message, else 1."""
    found = re.search(r"at line (\d+)", str(error))
    return int(found.group(1)) if found else 1


def _figure(path: str, row: Any, line: int, faults: Faults) -> Figure | None:
    name = str(row.get("name", "")) if isinstance(row, dict) else ""
    known = len(faults)
    if not isinstance(row, dict) or not _NAME.fullmatch(name):
        faults.add(path, line, "figure_form", name=name, why="name")
        return None
    for key in _WORDS:
        if not isinstance(row.get(key), str) or (key != "unit" and not row[key].strip()):
            faults.add(path, line, "figure_form", name=name, why=key)
    for key in row.keys() - {"name", "values", *_WORDS}:
        faults.add(path, line, "figure_form", name=name, why=key)
    rows = row.get("values")
    if not isinstance(rows, list) or not rows:
        faults.add(path, line, "figure_form", name=name, why="values")
        return None
    values = [_value(path, name, value, line, faults) for value in rows]
    if len(faults) > known:
        return None
    ordered = _in_order(path, name, [value for value in values if value], line, faults)
    words = {key: row[key] for key in _WORDS}
    return Figure(name=name, values=ordered, line=line, **words)


def _value(path: str, name: str, row: Any, line: int, faults: Faults) -> Value | None:
    row = row if isinstance(row, dict) else {}
    amount, start = row.get("value"), row.get("from")
    days = [row.get("to"), row.get("review")]
    plain = isinstance(amount, int | float | str) and not isinstance(amount, bool)
    dated = type(start) is date and all(day is None or type(day) is date for day in days)
    unknown = row.keys() - {"value", "from", "to", "review"}
    if not plain or not dated or unknown:
        why = "value" if not plain else ", ".join(sorted(unknown)) or "from, to"
        faults.add(path, line, "figure_form", name=name, why=why)
        return None
    return Value(amount=row["value"], start=row["from"], end=days[0], review=days[1])


def _in_order(
    path: str, name: str, values: list[Value], line: int, faults: Faults
) -> tuple[Value, ...]:
    ordered = sorted(values, key=lambda value: value.start)
    for value in ordered:
        if value.end is not None and value.end < value.start:
            why = f"{value.start} > {value.end}"
            faults.add(path, line, "figure_period", name=name, why=why)
    for one, two in pairwise(ordered):
        if one.end is None or one.end >= two.start:
            why = f"{one.start} / {two.start}"
            faults.add(path, line, "figure_period", name=name, why=why)
    return tuple(ordered)
