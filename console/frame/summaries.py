"""What pages contribute to "today" and to the search."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from console.frame.page import Page

Tone = Literal["bad", "warn", "good", "plain"]


@dataclass(frozen=True, slots=True)
class Card:
    """Something that waits for whoever looks: how many, what, and where to do it.

    `title` and `text` are sentences, `path` is without the prefix. A card with a count of 0 says
    that nothing waits and is not shown.
    """

    title: str
    count: int
    text: str
    path: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a search found. `kind` is the word for what it is."""

    kind: str
    title: str
    detail: str
    path: str


# None for who may not: the maker asks `page.may(...)` first.
CardMaker: TypeAlias = "Callable[[Page], Awaitable[Card | None]]"
# What fits the words and is within the actor's rights; the best first, at most ten.
Searcher: TypeAlias = "Callable[[Page, str], Awaitable[Sequence[Found]]]"
