"""Rules of the bank: where an item comes from, whether it may be drawn, what a change means."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.quiz import Flaw, Item, Kind, Option
from domain.quiz_figures import Figures
from domain.refusal import Refusal

# A round on these topics is published by two people (RELIABILITY 6.3).
POLITICAL_TOPICS = frozenset({"party_history"})
TOPIC_TITLE, VOID_REASON = 20, 200
_TOPIC_KEY = re.compile(r"[a-z][a-z_0-9]{1,30}")


class ItemState(StrEnum):
    """DRAFT waits for somebody to vouch for it; only READY is drawn; VOID had a wrong key."""

    DRAFT = "draft"
    READY = "ready"
    VOID = "void"
    RETIRED = "retired"


class Origin(StrEnum):
    """SHIPPED follows the files; ADOPTED came with them and staff changed it; OWN is theirs."""

    SHIPPED = "shipped"
    ADOPTED = "adopted"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of the bank. Its key is what items and blueprints name."""

    key: str
    title: str
    is_political: bool


@dataclass(frozen=True, slots=True)
class BankItem:
    """An item with its standing in the bank. `changed_by` is a staff id, or "files"."""

    item: Item
    state: ItemState
    origin: Origin
    version: int
    changed_at: datetime
    changed_by: str
    figures: Figures | None = None


@dataclass(frozen=True, slots=True)
class ItemVersion:
    """What an item said once, and who wrote and confirmed it."""

    number: int
    item: Item
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class BankSieve:
    """Which items of the bank are wanted; what is None or empty lets everything through."""

    words: str = ""
    topic: str = ""
    kind: Kind | None = None
    difficulty: int | None = None
    state: ItemState | None = None
    is_flagged: bool = False
    # "id", "changed", "facility", "discrimination".
    order: str = "id"
    is_down: bool = False


@dataclass(frozen=True, slots=True)
class VoidEffect:
    """What voiding an item does, or did: attempts scored anew, of how many people, and how many
    attempts pass only because of it."""

    attempts: int
    people: int
    newly_passed: int


@dataclass(frozen=True, slots=True)
class Synced:
    """What following the files came to."""

    added: int = 0
    changed: int = 0
    withdrawn: int = 0


def content_of(item: Item) -> dict[str, Any]:
    """What an item says, as plain data; its topic and who vouches for it stand beside it."""
    return {
        "question": item.question,
        "options": [[option.id, option.text] for option in item.options],
        "answer": sorted(item.answer),
        "explanation": item.explanation,
        "source": item.source,
    }


def fields_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an item that `content_of` wrote."""
    return {
        "question": content["question"],
        "options": tuple(Option(key, text) for key, text in content["options"]),
        "answer": frozenset(content["answer"]),
        "explanation": content["explanation"],
        "source": content["source"],
    }


def content_hash(item: Item) -> str:
    """Changes whenever a member would be asked, told or scored something else."""
    told = {**content_of(item), "kind": item.kind.value, "topic": item.topic}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def shipped_state(item: Item) -> ItemState:
    """An item of the files is drawn only if somebody held it against its source."""
    return ItemState.READY if item.reviewed_on is not None else ItemState.DRAFT


def check_fit(flaws: Sequence[Flaw]) -> None:
    """Refuses with `quiz.item_unfit` to confirm what must not be asked."""
    if flaws:
        raise Refusal("quiz.item_unfit", count=len(flaws))


def check_topic(key: str, title: str, known: Collection[str]) -> None:
    """Refuses with `quiz.topic_key`, `quiz.topic_title` or `quiz.topic_known`."""
    if not _TOPIC_KEY.fullmatch(key):
        raise Refusal("quiz.topic_key")
    if not 0 < len(title) <= TOPIC_TITLE:
        raise Refusal("quiz.topic_title", limit=TOPIC_TITLE)
    if key in known:
        raise Refusal("quiz.topic_known")


def check_reason(text: str) -> str:
    """A reason as it is kept. Refuses with `quiz.reason_needed` or `quiz.reason_long`."""
    reason = " ".join(text.split())
    if not reason:
        raise Refusal("quiz.reason_needed")
    if len(reason) > VOID_REASON:
        raise Refusal("quiz.reason_long", limit=VOID_REASON)
    return reason


@dataclass(frozen=True, slots=True)
class Shelf:
    """How many items of a topic and difficulty may be drawn on a day, by (topic, difficulty)."""

    counts: Mapping[tuple[str, int], int] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Iterable[tuple[str, int]]) -> Shelf:
        counts: dict[tuple[str, int], int] = {}
        for key in items:
            counts[key] = counts.get(key, 0) + 1
        return cls(counts)

    def count(self, topic: str, difficulty: int | None) -> int:
        """Items of the topic, of one difficulty or of all."""
        return sum(
            number
            for (of_topic, of_difficulty), number in self.counts.items()
            if of_topic == topic and difficulty in (None, of_difficulty)
        )
