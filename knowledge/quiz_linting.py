"""Softer findings in the quiz bank: items that are alike, out of date, or given away by length."""

from __future__ import annotations

from datetime import date

from rapidfuzz import fuzz

from domain.ask import Fault
from domain.quiz import MOST_RECOGNISABLE, Item, Kind, recognisable
from knowledge.errors import Faults
from knowledge.quiz_bank import WORDS, Bank, quiz_faults
from knowledge.wording import read_table

# Likeness in per cent from which two items are taken for the same question in other words.
ALIKE = 85
FEWEST_OTHER_KINDS = 0.2


def lint_bank(bank: Bank, today: date) -> tuple[Fault, ...]:
    """What an editor should look at: items that are nearly the same, that have expired, topics
    whose right options can be told by their length, topics with hardly anything but one kind."""
    faults = quiz_faults()
    for topic in bank.topics:
        items = bank.of(topic)
        _check_alike(items, bank, faults)
        _check_topic(topic, items, bank, faults)
    for item in bank.items:
        if item.valid_to is not None and item.valid_to < today:
            place = bank.places[item.id]
            line = place.line_of("valid_to")
            faults.add(place.path, line, "expired", end=item.valid_to)
    return faults.found()


def _check_alike(items: tuple[Item, ...], bank: Bank, faults: Faults) -> None:
    for at, item in enumerate(items):
        for other in items[:at]:
            percent = round(_likeness(item, other))
            if percent >= ALIKE:
                place, known = bank.places[item.id], str(bank.places[other.id])
                faults.add(place.path, place.line, "alike", other=known, percent=percent)


def _likeness(one: Item, other: Item) -> float:
    """In per cent. Where both have the same options, as the four bins, the questions decide."""
    options, others = _texts(one), _texts(other)
    if options == others:
        return fuzz.ratio(one.question, other.question)
    return fuzz.ratio("\n".join((one.question, *options)), "\n".join((other.question, *others)))


def _check_topic(topic: str, items: tuple[Item, ...], bank: Bank, faults: Faults) -> None:
    if not items:
        return
    path, words = bank.places[items[0].id].path, read_table(WORDS)["lengths"]
    for share, which in zip(recognisable(items), ("longest", "shortest"), strict=True):
        if share > MOST_RECOGNISABLE:
            values = {"percent": round(share * 100), "most": round(MOST_RECOGNISABLE * 100)}
            faults.add(path, 1, "recognisable", topic=topic, which=words[which], **values)
    share = sum(item.kind is not Kind.SINGLE for item in items) / len(items)
    if share < FEWEST_OTHER_KINDS:
        values = {"percent": round(share * 100), "least": round(FEWEST_OTHER_KINDS * 100)}
        faults.add(path, 1, "one_kind", topic=topic, **values)


def _texts(item: Item) -> list[str]:
    return sorted(option.text for option in item.options)
