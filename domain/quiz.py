"""Rules of quiz items: what an item is, and what makes it fit to be asked."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

# A native poll of Telegram: question 300, option 100, explanation 200 with at most 2 line feeds.
QUESTION, OPTION, EXPLANATION, EXPLANATION_LINES = 300, 100, 200, 2
SOURCE = 120
FEWEST, MOST = 2, 6
EASIEST, HARDEST = 1, 3
# Columns of a button that take the whole width of a small phone; an ideograph takes two.
BUTTON_COLUMNS = 28
# With four options, chance makes the right one the longest in a quarter of the items.
MOST_RECOGNISABLE = 0.4
TRUE, FALSE = "true", "false"


class Kind(StrEnum):
    """How many of the options are right: one, several, or one of the two words true and false."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"


@dataclass(frozen=True, slots=True)
class Option:
    """One option. Its id never changes, whatever place it is shown at."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One question of the bank, with its explanation and the source that a reader can check.

    Both days of validity belong to it. `reviewed_on` is when it was last compared with its
    source, None if it has not been yet; `reviewed_by` is the person of the union who vouches for
    it, empty if nobody has yet.
    """

    id: str
    topic: str
    difficulty: int
    kind: Kind
    question: str
    options: tuple[Option, ...]
    answer: frozenset[str]
    explanation: str
    source: str
    valid_from: date | None = None
    valid_to: date | None = None
    reviewed_on: date | None = None
    reviewed_by: str = ""

    @property
    def right(self) -> tuple[Option, ...]:
        """The right options, in the order of the item."""
        return tuple(option for option in self.options if option.id in self.answer)

    @property
    def wrong(self) -> tuple[Option, ...]:
        """The other options, in the order of the item."""
        return tuple(option for option in self.options if option.id not in self.answer)

    def is_right(self, chosen: Collection[str]) -> bool:
        """True if exactly the right options were chosen: half an answer is none."""
        return frozenset(chosen) == self.answer

    def is_valid(self, day: date) -> bool:
        """True if the item may be asked on this day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why an item must not be asked. `code` names the sentence, `part` the field at fault,
    `values` fill the gaps of the sentence."""

    code: str
    part: str
    values: Mapping[str, object] = field(default_factory=dict)


def flaws(item: Item, referring: Collection[str] = ()) -> tuple[Flaw, ...]:
    """Every flaw of an item; none if it is fit to be asked.

    `referring` are phrases by which an option speaks of the others ("all of the above"): options
    are shuffled, so none may.
    """
    return (*_texts(item), *_options(item, referring), *_answer(item), *_rest(item))


def size(text: str) -> int:
    """Characters as Telegram counts them: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def button_labels(options: Sequence[Option]) -> tuple[str, ...]:
    """What stands on the buttons: the options themselves if every one fits on a small phone, else
    the letters A, B, C ... by which the message must list them."""
    if all(_columns(option.text) <= BUTTON_COLUMNS for option in options):
        return tuple(option.text for option in options)
    return tuple(chr(ord("A") + place) for place in range(len(options)))


def recognisable(items: Iterable[Item]) -> tuple[float, float]:
    """The shares of the items with one right option in which that is longer than every other, and
    shorter than every other. Above `MOST_RECOGNISABLE` a topic can be passed by its lengths."""
    longest = shortest = total = 0
    for item in items:
        if item.kind is not Kind.SINGLE or not item.right or not item.wrong:
            continue
        right = size(item.right[0].text)
        others = [size(option.text) for option in item.wrong]
        total += 1
        longest += right > max(others)
        shortest += right < min(others)
    return (longest / total, shortest / total) if total else (0.0, 0.0)


def _texts(item: Item) -> Iterable[Flaw]:
    limits = (("question", QUESTION), ("explanation", EXPLANATION), ("source", SOURCE))
    for name, most in limits:
        text: str = getattr(item, name)
        if not text.strip():
            yield Flaw("empty", name)
        elif size(text) > most:
            yield Flaw("long", name, {"size": size(text), "most": most})
    lines = item.explanation.count("\n")
    if lines > EXPLANATION_LINES:
        yield Flaw("lines", "explanation", {"size": lines, "most": EXPLANATION_LINES})


def _options(item: Item, referring: Collection[str]) -> Iterable[Flaw]:
    count = len(item.options)
    if not FEWEST <= count <= MOST:
        yield Flaw("count", "options", {"size": count, "least": FEWEST, "most": MOST})
    if len({option.id for option in item.options}) != count:
        yield Flaw("ids", "options")
    seen: set[str] = set()
    for option in item.options:
        plain = _plain(option.text)
        if not plain:
            yield Flaw("option_empty", "options", {"option": option.id})
        elif plain in seen:
            yield Flaw("same", "options", {"text": option.text})
        elif size(option.text) > OPTION:
            values = {"text": option.text, "size": size(option.text), "most": OPTION}
            yield Flaw("option_long", "options", values)
        if any(phrase in option.text for phrase in referring):
            yield Flaw("refers", "options", {"text": option.text})
        seen.add(plain)


def _answer(item: Item) -> Iterable[Flaw]:
    ids = {option.id for option in item.options}
    unknown = sorted(item.answer - ids)
    if unknown:
        yield Flaw("unknown", "answer", {"option": unknown[0]})
    if item.kind is Kind.MULTIPLE:
        if not 2 <= len(item.answer) < len(ids):
            yield Flaw("several", "answer", {"size": len(item.answer)})
    elif len(item.answer) != 1:
        yield Flaw("one", "answer", {"size": len(item.answer)})
    if item.kind is Kind.TRUE_FALSE and ids != {TRUE, FALSE}:
        yield Flaw("true_false", "options")


def _rest(item: Item) -> Iterable[Flaw]:
    if not EASIEST <= item.difficulty <= HARDEST:
        values = {"size": item.difficulty, "least": EASIEST, "most": HARDEST}
        yield Flaw("difficulty", "difficulty", values)
    if item.valid_from and item.valid_to and item.valid_to < item.valid_from:
        period = {"start": item.valid_from, "end": item.valid_to}
        yield Flaw("period", "valid_to", period)


def _plain(text: str) -> str:
    """How options are compared: width, case and spaces make no difference."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)
