"""The quiz bank: every item of knowledge/quiz, checked as a whole, every fault with its line."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from domain.quiz import Item, flaws
from knowledge.errors import ContentError, Faults
from knowledge.figures import toml_line
from knowledge.normalising import Normaliser
from knowledge.quiz_items import ItemReader, Place
from knowledge.quiz_things import ThingCheck
from knowledge.reading import Reader
from knowledge.waste import TABLE, TableWords, read_waste
from knowledge.wording import Format, read_table

FOLDER = "quiz"
WORDS = "quiz_words.toml"


@dataclass(frozen=True, slots=True)
class Bank:
    """The items of all topics, by file and line. `places` tells where each is written."""

    items: tuple[Item, ...]
    topics: Mapping[str, str]
    places: Mapping[str, Place]

    def of(self, topic: str) -> tuple[Item, ...]:
        """The items of one topic."""
        return tuple(item for item in self.items if item.topic == topic)

    def valid(self, day: date) -> tuple[Item, ...]:
        """The items that may be asked on this day."""
        return tuple(item for item in self.items if item.is_valid(day))


def load_bank(folder: Path, today: date) -> Bank:
    """The bank in `folder`/quiz, together with the table of waste that its items must agree with.

    Raises ContentError with every fault of every file; a bank is whole or not there.
    """
    return _Loading(folder, today).bank()


def quiz_faults() -> Faults:
    """Faults with the sentences of the bank and those of files in general."""
    return Faults(read_table("faults.toml") | read_table(WORDS)["faults"])


class _Loading:
    """One pass over the files of the bank."""

    def __init__(self, folder: Path, today: date) -> None:
        self._faults = quiz_faults()
        self._words = read_table(WORDS)
        self._reader = Reader(folder, self._faults, Format.read().limit("file_bytes"))
        self._items = ItemReader(self._words, today, self._faults)
        self._found: list[Item] = []
        self._topics: dict[str, str] = {}
        self._titled: dict[str, str] = {}
        self._places: dict[str, Place] = {}
        self._asked: dict[str, Place] = {}

    def bank(self) -> Bank:
        paths = sorted((self._reader.folder / FOLDER).glob("*.toml"))
        if not paths:
            self._faults.add(FOLDER, 1, "no_bank")
        things = self._things()
        for path in paths:
            text = self._reader.text(path)
            if text is not None:
                self._read(self._reader.name(path), text, things)
        if self._faults:
            raise ContentError(self._faults.found())
        return Bank(tuple(self._found), dict(self._topics), dict(self._places))

    def _things(self) -> ThingCheck:
        words = TableWords.of(read_table("waste_words.toml"))
        path = self._reader.folder / TABLE
        text = self._reader.text(path, tabs=True) if path.exists() else None
        normaliser = Normaliser.read()
        items = read_waste(text, words, normaliser, self._faults) if text else ()
        return ThingCheck(items, words, normaliser, self._faults)

    def _read(self, name: str, text: str, things: ThingCheck) -> None:
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self._faults.add(name, toml_line(error), "toml", why=str(error))
            return
        head = self._items.head(name, table)
        rows = table.get("item", [])
        if head is None or not isinstance(rows, list):
            self._faults.add(name, 1, "form", why="topic, title, [[item]]")
            return
        self._check_title(name, head.topic, head.title)
        starts = [n for n, line in enumerate(text.split("\n"), 1) if line.strip() == "[[item]]"]
        lines = text.split("\n")
        for at, row in enumerate(rows):
            start = starts[at] if at < len(starts) else 1
            end = starts[at + 1] if at + 1 < len(starts) else len(lines) + 1
            place = Place(name, start, tuple(lines[start - 1 : end - 1]))
            self._add(self._items.item(head, row, place), row, place, things)

    def _check_title(self, name: str, topic: str, title: str) -> None:
        if self._topics.setdefault(topic, title) != title:
            self._faults.add(name, 1, "topic_title", topic=topic, other=self._titled[topic])
        self._titled.setdefault(topic, name)

    def _add(self, item: Item | None, row: Any, place: Place, things: ThingCheck) -> None:
        if item is None:
            return
        for flaw in flaws(item, self._words["referring"]):
            values = {**flaw.values, "field": flaw.part}
            self._faults.add(place.path, place.line_of(flaw.part), flaw.code, **values)
        if item.source.strip() and self._words["open"]["mark"] not in item.source:
            self._faults.add(place.path, place.line_of("source"), "source_bare")
        things.check(item, row, place)
        known = self._places.setdefault(item.id, place)
        if known is not place:
            line = place.line_of("id")
            self._faults.add(place.path, line, "id_twice", id=item.id, other=str(known))
        same = self._asked.setdefault("".join(item.question.split()), place)
        if same is not place:
            line = place.line_of("question")
            self._faults.add(place.path, line, "question_twice", other=str(same))
        self._found.append(item)
