"""Rules of lists of questions from staff: what a row says, and all that is wrong with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from domain.people import folded
from domain.quiz import (
    EASIEST,
    FALSE,
    HARDEST,
    TRUE,
    Item,
    Kind,
    Option,
    button_labels,
    flaws,
)
from domain.quiz_answers import Answer, is_truth, read_choice, read_truth, tidied
from domain.quiz_repeats import Known, Likeness, Twin, compare
from domain.roster import Cell
from domain.roster import Kind as CellKind

MOST_ROWS = 5_000
# A dry run that nobody confirmed is forgotten.
PLAN_LIVES = timedelta(hours=24)
LETTERS = "ABCDEFGH"
# Without these an item is kept and can be completed; it is not drawn before.
_LATER = frozenset({("empty", "explanation"), ("empty", "source")})
# "A.", "(b)" and their full-width forms. A letter and a space alone may begin any words.
_LEADING = re.compile(r"[\(\uff08]?([A-Ha-h\uff21-\uff28])[.\uff0e\u3001:\uff1a\)\uff09]\s*")
_INLINE = re.compile(
    r"(?:^|\s|[\(\uff08\)\uff09.\u3002?\uff1f:\uff1a;\uff1b,\uff0c])([A-H])[.\uff0e\u3001:\uff1a]"
)
# An answer that stands in the brackets of its question.
_TOLD = re.compile(r"[\(\uff08]\s*[A-H](?:[\s,\uff0c\u3001]*[A-H])*\s*[\)\uff09]")
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffd]")
_ROUNDED = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
_MOST_DIGITS = 15
# So much of a text is quoted where its fault is told.
_SHOWN = 20


class Field(StrEnum):
    """A column that is read. Options stand in columns of their own, or all in one."""

    QUESTION = "question"
    KIND = "kind"
    OPTIONS = "options"
    ANSWER = "answer"
    TOPIC = "topic"
    DIFFICULTY = "difficulty"
    EXPLANATION = "explanation"
    SOURCE = "source"
    VALID_FROM = "valid_from"
    VALID_TO = "valid_to"


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row of the file: its line, its cells by field, the columns of options from A on."""

    line: int
    cells: Mapping[Field, Cell]
    options: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What a list may say in words. All keys are folded (`key_of`).

    `kinds` holds None for kinds that cannot be asked by buttons. `topics` leads from names to
    topics. `referring` are phrases by which an option speaks of the others. `true` and `false`
    are the words for the two options of a statement; the first of each is shown.
    """

    kinds: Mapping[str, Kind | None]
    difficulties: Mapping[str, int]
    topics: Mapping[str, str]
    true: tuple[str, ...]
    false: tuple[str, ...]
    referring: tuple[str, ...]
    topic: str
    difficulty: int


@dataclass(frozen=True, slots=True)
class Issue:
    """What is wrong with a line, or (`is_error` False) what somebody should look at.

    `column` is the one at fault: a name of `Field`, or a letter for the column of an option.
    `other` is the line, or the item of the bank, that it repeats or contradicts.
    """

    line: int
    column: str
    code: str
    values: Mapping[str, object] = field(default_factory=dict)
    is_error: bool = True
    other: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a list holds. `items` are those that can be taken, by line, without ids.

    `rows` = `items` + `repeats` + `faulty`: every row is one of the three. `unfinished` of the
    items lack an explanation or a source; `lettered` have options too long for a button.
    """

    items: tuple[tuple[int, Item], ...]
    issues: tuple[Issue, ...]
    rows: int
    repeats: int
    faulty: int
    unfinished: int
    lettered: int


def read_list(raw: Sequence[RawRow], rules: Rules, bank: Mapping[str, Known]) -> Reading:
    """Read every row and tell all faults of all of them.

    `bank` holds what the bank has already, by `question_key`. A row that repeats another, or the
    bank, word for word is left out; one that contradicts it is a fault of both.
    """
    issues: list[Issue] = []
    found: list[tuple[int, Item]] = []
    for row in raw:
        item, told = _Row(row, rules).read()
        issues += told
        if item is not None:
            found.append((row.line, item))
    compared = compare(found, bank)
    issues += map(_told, compared.twins)
    items = [one for one in found if one[0] not in compared.repeated | compared.contrary]
    repeats = len(compared.repeated)
    return Reading(
        items=tuple(items),
        issues=tuple(sorted(issues, key=lambda one: (not one.is_error, one.line))),
        rows=len(raw),
        repeats=repeats,
        faulty=len(raw) - len(items) - repeats,
        unfinished=sum(is_unfinished(item) for _, item in items),
        lettered=sum(_is_lettered(item) for _, item in items),
    )


def is_unfinished(item: Item) -> bool:
    """Whether the explanation or the source is still missing."""
    return not item.explanation.strip() or not item.source.strip()


def key_of(text: str) -> str:
    """How the words of a list are compared."""
    return folded(text).strip(".:")


def _told(twin: Twin) -> Issue:
    code = f"{twin.likeness}_known" if twin.in_bank else twin.likeness.value
    is_error = twin.likeness is not Likeness.REPEAT
    return Issue(twin.line, Field.QUESTION, code, {}, is_error, twin.other)


class _Row:
    """One row on its way to an item. Every fault is noted, and the row is read on."""

    def __init__(self, row: RawRow, rules: Rules) -> None:
        self._row, self._rules = row, rules
        self._issues: list[Issue] = []
        self._parts: set[str] = set()

    def read(self) -> tuple[Item | None, list[Issue]]:
        """The item, or None if something is wrong, and what was noted."""
        question, options = self._question()
        kind = self._kind(options)
        topic, difficulty = self._topic(), self._difficulty()
        if question and _TOLD.search(question):
            self._fault(Field.QUESTION, "answer_told")
        chosen = self._answer(kind, options) if kind else frozenset[str]()
        if kind is Kind.TRUE_FALSE:
            options = (Option(TRUE, self._rules.true[0]), Option(FALSE, self._rules.false[0]))
        if not question:
            self._fault(Field.QUESTION, "question_empty")
        item = Item(
            id="",
            topic=topic,
            difficulty=difficulty,
            kind=kind or Kind.SINGLE,
            question=question,
            options=options,
            answer=chosen,
            explanation=self._text(Field.EXPLANATION),
            source=self._text(Field.SOURCE),
            valid_from=self._day(Field.VALID_FROM),
            valid_to=self._day(Field.VALID_TO),
        )
        if kind is not None:
            self._check(item)
        is_good = not any(issue.is_error for issue in self._issues)
        return (item if is_good else None), self._issues

    def _check(self, item: Item) -> None:
        """The flaws that the bank itself would find, unless the field has its fault already."""
        for flaw in flaws(item, self._rules.referring):
            if (flaw.code, flaw.part) in _LATER or flaw.part in self._parts:
                continue
            code = f"answer_{flaw.code}" if flaw.part == Field.ANSWER else flaw.code
            if code == "answer_several" and len(item.answer) == len(item.options) > 1:
                code = "answer_all"
            values = {} if code == "answer_all" else dict(flaw.values)
            if "text" in values:
                values["text"] = _short(str(values["text"]))
            self._issues.append(Issue(self._row.line, flaw.part, code, values))

    def _question(self) -> tuple[str, tuple[Option, ...]]:
        question = self._text(Field.QUESTION)
        texts = [self._clean(cell, LETTERS[at]) for at, cell in enumerate(self._row.options)]
        while texts and not texts[-1]:
            texts.pop()
        if not texts and (together := self._text(Field.OPTIONS)):
            texts = _apart(together)
        if not texts:
            # The whole question in one cell, the options behind it.
            question, texts = _cut(question)
        options = []
        for at, text in enumerate(texts[: len(LETTERS)]):
            options.append(Option(LETTERS[at].lower(), self._unlettered(text, LETTERS[at])))
        return question, tuple(options)

    def _unlettered(self, text: str, letter: str) -> str:
        """The option without the letter before it, which must be that of its column."""
        match = _LEADING.match(text)
        alone = text[match.end() :] if match else text
        if not alone:
            self._fault(letter, "option_gap", letter=letter)
        elif match and (said := tidied(match.group(1)).upper()) != letter:
            self._fault(letter, "option_letter", letter=letter, found=said)
        return alone

    def _kind(self, options: Sequence[Option]) -> Kind | None:
        """The kind that is said, else the one that the answer tells."""
        rules = self._rules
        text = self._text(Field.KIND)
        if text:
            if (key := key_of(text)) not in rules.kinds:
                self._fault(Field.KIND, "kind_unknown", value=text[:_SHOWN])
                return None
            kind = rules.kinds[key]
            if kind is None:
                self._fault(Field.KIND, "kind_unfit", value=text[:_SHOWN])
            return kind
        answer = self._text(Field.ANSWER)
        said = read_truth(answer, (), rules.true, rules.false)
        if options:
            words = [is_truth(option.text, rules.true, rules.false) for option in options]
            if all(words):
                return Kind.TRUE_FALSE
        elif not said.fault and not said.note:
            return Kind.TRUE_FALSE
        several = len(read_choice(answer, options).ids) > 1
        return Kind.MULTIPLE if several else Kind.SINGLE

    def _answer(self, kind: Kind, options: Sequence[Option]) -> frozenset[str]:
        rules = self._rules
        text = self._text(Field.ANSWER)
        if kind is not Kind.TRUE_FALSE and not options:
            self._fault(Field.OPTIONS, "options_missing")
            return frozenset()
        if not text:
            self._fault(Field.ANSWER, "answer_missing")
            return frozenset()
        if kind is Kind.TRUE_FALSE:
            words = [is_truth(option.text, rules.true, rules.false) for option in options]
            if options and (len(options) != 2 or not all(words)):
                self._fault(Field.OPTIONS, "judge_options")
                self._parts.add(Field.ANSWER)
                return frozenset()
            said = read_truth(text, options, rules.true, rules.false)
        else:
            said = read_choice(text, options)
        return self._understood(said, len(options))

    def _understood(self, said: Answer, count: int) -> frozenset[str]:
        if said.fault:
            last = LETTERS[count - 1] if count else ""
            values = {"value": said.value}
            if said.fault == "answer_outside":
                values["last"] = last
            self._fault(Field.ANSWER, said.fault, **values)
        elif said.note:
            values = {"value": said.value} if said.value else {}
            self._issues.append(
                Issue(self._row.line, Field.ANSWER, said.note, values, is_error=False)
            )
        return said.ids

    def _topic(self) -> str:
        text = self._text(Field.TOPIC)
        found = self._rules.topics.get(key_of(text), "") if text else self._rules.topic
        if not found:
            code = "topic_unknown" if text else "topic_missing"
            self._fault(Field.TOPIC, code, **({"value": text[:_SHOWN]} if text else {}))
        return found

    def _difficulty(self) -> int:
        text = self._text(Field.DIFFICULTY)
        if not text:
            return self._rules.difficulty
        found = self._rules.difficulties.get(key_of(text))
        plain = tidied(text).removesuffix(".0")
        if found is None and plain.isascii() and plain.isdigit() and len(plain) == 1:
            found = int(plain)
        if found is None or not EASIEST <= found <= HARDEST:
            self._fault(Field.DIFFICULTY, "difficulty_unknown", value=text[:_SHOWN])
            return EASIEST
        return found

    def _day(self, name: Field) -> date | None:
        cell = self._row.cells.get(name, Cell(""))
        text = unicodedata.normalize("NFKC", cell.text).strip()
        if not text:
            return None
        parts = re.findall(r"\d+", text.partition(" ")[0])
        try:
            return date(*map(int, parts[:3])) if len(parts) == 3 else date.fromisoformat(text)
        except ValueError:
            self._fault(name, "day_unreadable", value=text[:_SHOWN])
            return None

    def _text(self, name: Field) -> str:
        return self._clean(self._row.cells.get(name, Cell("")), name)

    def _clean(self, cell: Cell, name: str) -> str:
        if cell.kind in (CellKind.FORMULA, CellKind.FAULT, CellKind.DATE):
            self._fault(name, f"cell_{cell.kind.value}")
            return ""
        text = _INVISIBLE.sub("", cell.text.replace("\r\n", "\n").replace("\r", "\n"))
        text = text.replace("\u00a0", " ").strip()
        if cell.kind is CellKind.NUMBER:
            self._check_number(text, name)
        return text

    def _check_number(self, text: str, name: str) -> None:
        """A spreadsheet keeps fifteen digits, and drops a zero at the end of a fraction."""
        if _ROUNDED.fullmatch(text) or len(text.lstrip("-")) > _MOST_DIGITS:
            self._fault(name, "digits_lost", value=text[:_SHOWN])
        elif "." in text and not text.endswith("%"):
            values = {"value": text[:_SHOWN]}
            self._issues.append(Issue(self._row.line, name, "fraction", values, is_error=False))

    def _fault(self, name: str, code: str, **values: object) -> None:
        """Note a fault, once for each field."""
        if name not in self._parts:
            self._issues.append(Issue(self._row.line, str(name), code, values))
        self._parts.add(name)
        if name in tuple(LETTERS):
            self._parts.add(Field.OPTIONS)


def _apart(text: str) -> list[str]:
    """Options that stand in one cell: by their letters, by lines, or by signs between them."""
    starts = [match.start(1) for match in _INLINE.finditer(text)]
    if len(starts) > 1 and not text[: starts[0]].strip("(\uff08 "):
        ends = [*starts[1:], len(text)]
        return [
            text[start:end].strip(" \t\n;\uff1b,\uff0c|")
            for start, end in zip(starts, ends, strict=True)
        ]
    for sign in ("\n", "|", "\uff1b", ";"):
        parts = [part.strip() for part in text.split(sign) if part.strip()]
        if len(parts) > 1:
            return parts
    return [text]


def _cut(question: str) -> tuple[str, list[str]]:
    """A question that has its options behind it: the question alone, and the options."""
    starts = [(match.start(1), match.group(1)) for match in _INLINE.finditer(question)]
    letters = "".join(letter for _, letter in starts)
    if len(letters) < 2 or letters != LETTERS[: len(letters)]:
        return question, []
    return question[: starts[0][0]].strip(), _apart(question[starts[0][0] :])


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}\u2026"


def _is_lettered(item: Item) -> bool:
    return button_labels(item.options) != tuple(option.text for option in item.options)
