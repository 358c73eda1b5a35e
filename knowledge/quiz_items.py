"""One item of the quiz bank: from the rows of a TOML file to the item, or to its faults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain.quiz import FALSE, TRUE, Item, Kind, Option
from knowledge.errors import Faults

_TOPIC = re.compile(r"[a-z][a-z_]{1,30}")
_OPTION_ID = re.compile(r"[a-z]")
# The type of each key, and the word for it.
_TYPES: Mapping[str, tuple[type, str]] = {
    "id": (str, "text"),
    "difficulty": (int, "number"),
    "kind": (str, "text"),
    "question": (str, "text"),
    "explanation": (str, "text"),
    "source": (str, "text"),
    "answer": (str, "answers"),
    "options": (dict, "table"),
    "valid_from": (date, "day"),
    "valid_to": (date, "day"),
    "reviewed_on": (date, "day"),
    "reviewed_by": (str, "text"),
    "thing": (str, "text"),
    "class": (str, "text"),
}
_NEEDED = ("id", "difficulty", "kind", "question", "answer", "explanation", "source")
_HEAD = frozenset({"topic", "title", "reviewed_on", "reviewed_by", "valid_from", "item"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item is written: its file, its first line and all its lines."""

    path: str
    line: int
    lines: tuple[str, ...]

    def line_of(self, key: str) -> int:
        """The line of a key, or the item's first if it is not there."""
        for number, line in enumerate(self.lines, self.line):
            if re.match(rf"\s*{key}\s*=", line):
                return number
        return self.line

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Head:
    """What is said once for all items of a file; an item may say otherwise."""

    topic: str
    title: str
    reviewed_on: date | None
    reviewed_by: str
    valid_from: date | None


class ItemReader:
    """Reads heads and items; what is wrong is noted in `faults`."""

    def __init__(self, words: Mapping[str, Any], today: date, faults: Faults) -> None:
        self._words = words
        self._today = today
        self._faults = faults

    def head(self, name: str, table: Mapping[str, Any]) -> Head | None:
        """The head of a file, or None if it does not say its topic and title."""
        for key in sorted(table.keys() - _HEAD):
            known = " ".join(sorted(_HEAD))
            self._faults.add(name, 1, "key_unknown", key=key, known=known)
        topic, title = table.get("topic"), table.get("title")
        days = [table.get(key) for key in ("reviewed_on", "valid_from")]
        if not isinstance(topic, str) or not _TOPIC.fullmatch(topic):
            return None
        if not isinstance(title, str) or not title.strip():
            return None
        if not all(day is None or _is_day(day) for day in days):
            return None
        reviewed_on, valid_from = days
        self._check_review(name, 1, reviewed_on)
        by = table.get("reviewed_by", "")
        return Head(topic, title, reviewed_on, by if isinstance(by, str) else "", valid_from)

    def item(self, head: Head, row: Any, place: Place) -> Item | None:
        """The item of a row, or None if its form is not such that it could be judged."""
        if not isinstance(row, dict):
            self._faults.add(place.path, place.line, "form", why="[[item]]")
            return None
        known = len(self._faults)
        self._check_keys(row, place)
        if len(self._faults) > known:
            return None
        kind = self._kind(row["kind"], place)
        options = self._options(kind, row, place)
        self._check_id(row["id"], head.topic, place)
        reviewed_on = row.get("reviewed_on", head.reviewed_on)
        self._check_review(place.path, place.line_of("reviewed_on"), reviewed_on)
        if kind is None or options is None:
            return None
        true_false = kind is Kind.TRUE_FALSE
        return Item(
            id=row["id"],
            topic=head.topic,
            difficulty=row["difficulty"],
            kind=kind,
            question=row["question"],
            options=options,
            answer=frozenset({row["answer"]} if true_false else row["answer"]),
            explanation=row["explanation"],
            source=row["source"],
            valid_from=row.get("valid_from", head.valid_from),
            valid_to=row.get("valid_to"),
            reviewed_on=reviewed_on,
            reviewed_by=row.get("reviewed_by", head.reviewed_by),
        )

    def _check_review(self, path: str, line: int, day: date | None) -> None:
        if day is not None and day > self._today:
            self._faults.add(path, line, "reviewed_future", value=day)

    def _check_keys(self, row: Mapping[str, Any], place: Place) -> None:
        for key in sorted(row.keys() - _TYPES.keys()):
            line, known = place.line_of(key), " ".join(_TYPES)
            self._faults.add(place.path, line, "key_unknown", key=key, known=known)
        for key in _NEEDED:
            if key not in row:
                self._faults.add(place.path, place.line, "key_missing", key=key)
        for key, (wanted, word) in _TYPES.items():
            if key in row and not _fits(row[key], wanted):
                line, want = place.line_of(key), self._words["types"][word]
                self._faults.add(place.path, line, "key_type", key=key, want=want)

    def _kind(self, word: str, place: Place) -> Kind | None:
        try:
            return Kind(word)
        except ValueError:
            line, known = place.line_of("kind"), " ".join(Kind)
            self._faults.add(place.path, line, "kind_unknown", kind=word, known=known)
            return None

    def _options(
        self, kind: Kind | None, row: Mapping[str, Any], place: Place
    ) -> tuple[Option, ...] | None:
        if kind is Kind.TRUE_FALSE:
            if "options" in row:
                self._faults.add(place.path, place.line_of("options"), "true_false")
                return None
            words = self._words["true_false"]
            return (Option(TRUE, words["true"]), Option(FALSE, words["false"]))
        if "options" not in row:
            self._faults.add(place.path, place.line, "key_missing", key="options")
            return None
        options = row["options"]
        if not all(_OPTION_ID.fullmatch(key) and isinstance(options[key], str) for key in options):
            line = place.line_of("options")
            want = self._words["types"]["table"]
            self._faults.add(place.path, line, "key_type", key="options", want=want)
            return None
        return tuple(Option(key, text) for key, text in options.items())

    def _check_id(self, item_id: str, topic: str, place: Place) -> None:
        if not re.fullmatch(rf"{topic}\.\d{{3,5}}", item_id):
            line = place.line_of("id")
            self._faults.add(place.path, line, "id_form", id=item_id, topic=topic)


def _fits(value: object, wanted: type) -> bool:
    if wanted is date:
        return _is_day(value)
    # In Python a truth value is a number, in the file it is none.
    return isinstance(value, wanted) and not isinstance(value, bool)


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)
