"""Sorting waste by Beijing's rules: the classes, how sure we are, and what a look-up found."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class WasteKind(StrEnum):
    """The four classes of article 33, and what is put elsewhere than in the four bins."""

    KITCHEN = "kitchen"
    RECYCLABLE = "recyclable"
    HAZARDOUS = "hazardous"
    OTHER = "other"
    BULKY = "bulky"
    DECORATION = "decoration"
    SPECIAL = "special"


class Certainty(StrEnum):
    """Where a decision comes from: the regulation's own list, usual practice, or neither.

    Of an unsure item we say so: the notice of the place decides.
    """

    LAW = "law"
    USUAL = "usual"
    UNSURE = "unsure"


PAGES: Mapping[WasteKind, str] = {
    WasteKind.KITCHEN: "waste.kitchen",
    WasteKind.RECYCLABLE: "waste.recyclable",
    WasteKind.HAZARDOUS: "waste.hazardous",
    WasteKind.OTHER: "waste.other",
    WasteKind.BULKY: "waste.bulky",
    WasteKind.DECORATION: "waste.bulky",
    WasteKind.SPECIAL: "waste.categories",
}
# The page for what the table does not know.
RULES_OF_THUMB = "waste.categories"


@dataclass(frozen=True, slots=True)
class WasteItem:
    """One thing that is thrown away. `hint` is what to do with it first."""

    name: str
    kind: WasteKind
    certainty: Certainty
    synonyms: tuple[str, ...] = ()
    hint: str = ""

    @property
    def key(self) -> str:
        """Short enough for a button, the same after every reload."""
        return hashlib.blake2b(self.name.encode(), digest_size=6).hexdigest()

    @property
    def page(self) -> str:
        """The id of the page about its class."""
        return PAGES[self.kind]


class Likeness(StrEnum):
    """How an item was recognised in what was typed."""

    NAMED = "named"
    A_KIND_OF = "a_kind_of"
    MISTYPED = "mistyped"


@dataclass(frozen=True, slots=True)
class WasteMatch:
    """An item in a question, as it was typed there.

    `is_soiled` is true if the words tell of dirt that makes a recyclable thing worthless.
    """

    typed: str
    item: WasteItem
    likeness: Likeness = Likeness.NAMED
    is_soiled: bool = False


@dataclass(frozen=True, slots=True)
class WasteFinding:
    """What the table says to a question about sorting.

    `unknown` are the things that the table does not have, `near` at most three items that sound
    like the first of them. `is_cut` is true if more things were asked for than are answered.
    """

    matches: tuple[WasteMatch, ...] = ()
    unknown: tuple[str, ...] = ()
    near: tuple[WasteItem, ...] = ()
    is_cut: bool = False

    @property
    def pages(self) -> tuple[str, ...]:
        """The pages about the classes that were found, in the order of the items."""
        return tuple(dict.fromkeys(match.item.page for match in self.matches))
