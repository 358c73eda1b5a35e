"""The tree of units: district, towns or streets, enterprises."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from domain.refusal import Refusal

NAME_LIMIT = 60


class Level(StrEnum):
    """Where a unit stands in the tree."""

    DISTRICT = "district"
    TOWN = "town"
    ENTERPRISE = "enterprise"


# What may stand directly below what; nothing stands above a district.
_BELOW = {
    Level.DISTRICT: frozenset({Level.TOWN, Level.ENTERPRISE}),
    Level.TOWN: frozenset({Level.ENTERPRISE}),
    Level.ENTERPRISE: frozenset[Level](),
}


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit. `path` holds the ids from the top to itself, "/1/4/12/": within = starts with."""

    id: int
    name: str
    level: Level
    parent_id: int | None
    path: str
    is_open: bool

    @property
    def depth(self) -> int:
        """0 for the top of the tree."""
        return self.path.count("/") - 2


def is_within(path: str, top: str) -> bool:
    """True if the unit of `path` is the unit of `top` or somewhere below it."""
    return path.startswith(top)


def are_related(one: str, other: str) -> bool:
    """True if one of the two units contains the other, or they are the same."""
    return is_within(one, other) or is_within(other, one)


def check_place(level: Level, parent: Unit | None) -> None:
    """Refuses with `units.misplaced` a level that may not stand below the parent."""
    fits = level is Level.DISTRICT if parent is None else level in _BELOW[parent.level]
    if not fits:
        raise Refusal("units.misplaced")


def clean_name(text: str) -> str:
    """The name as it is kept. Refuses with `units.name_empty` or `units.name_long`."""
    name = " ".join(
        "".join(char for char in text if unicodedata.category(char) not in {"Cf", "Cc"}).split()
    )
    if not name:
        raise Refusal("units.name_empty")
    # The form for comparing may be longer: one character can stand for several.
    if max(len(name), len(name_key(name))) > NAME_LIMIT:
        raise Refusal("units.name_long", limit=NAME_LIMIT)
    return name


def name_key(text: str) -> str:
    """The form in which names are compared: width, case and spaces make no difference."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
