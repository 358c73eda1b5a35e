"""People behind the members: what may be known of them, and how it is written down."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.privacy import clean
from domain.refusal import Refusal

NAME_LIMIT = 50
UNIT_LIMIT = 60
NUMBER_LIMIT = 30

# What people type for the dot in a name, all of them one sign.
_DOTS = dict.fromkeys(map(ord, ".\u2022\u2027\u30fb\uff0e\uff65\u318d"), "\u00b7")
_PUNCTUATION = re.compile(r"[\s\-\u2010-\u2015()\u00b7.]+")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0[1-9]\d{8,10}")
_FOREIGN = re.compile(r"\+(?!86)[1-9]\d{6,14}")
_NUMBER = re.compile(r"[A-Za-z0-9\-]+")


class Occupation(StrEnum):
    """What somebody does for a living, as the union counts it."""

    RIDER = "rider"
    DRIVER = "driver"
    SANITATION = "sanitation"
    FUNERAL = "funeral"
    FACTORY = "factory"
    CONSTRUCTION = "construction"
    CARE = "care"
    SHOP = "shop"
    OFFICE = "office"
    OTHER = "other"


class Source(StrEnum):
    """Where we know a person from."""

    SELF = "self"
    ROSTER = "roster"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Person:
    """A person in clear. `unit_text` is what was typed until staff find the unit that is meant."""

    id: str
    made_at: datetime
    changed_at: datetime
    member_id: int | None = None
    name: str | None = None
    phone: str | None = None
    # From the member's own share button: Telegram vouches for it.
    phone_shared: bool = False
    number: str | None = None
    unit_id: int | None = None
    unit_text: str | None = None
    occupation: Occupation | None = None
    source: Source = Source.SELF
    # The latest roster of the unit did not name them; nothing else follows from it.
    missing_since: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known that a person said or a roster named."""
        known = (self.name, self.phone, self.number, self.unit_id, self.unit_text, self.occupation)
        return not any(known)


def read_name(text: str) -> str:
    """A name in the one form that is kept.

    Refuses with `people.name_long`, `people.name_wrong`: 1 to 50 letters and the middle dot.
    """
    folded = " ".join(unicodedata.normalize("NFKC", clean(text)).translate(_DOTS).split())
    # Between characters that know no upper case a space is only for looks.
    parts = [_closed_up(part) for part in folded.split("\u00b7")]
    name = "\u00b7".join(parts)
    if len(name) > NAME_LIMIT:
        raise Refusal("people.name_long", limit=NAME_LIMIT)
    if not name or not all(_is_name_part(part) for part in parts):
        raise Refusal("people.name_wrong", limit=NAME_LIMIT)
    return name


def read_phone(text: str) -> str:
    """A mobile number: 11 digits, or `+` and the digits of one from outside the mainland.

    Refuses with `people.phone_landline`, `people.phone_length`, `people.phone_wrong`.
    """
    bare = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", clean(text)))
    bare = re.sub(r"^(?:\+86|0086|86(?=1\d{10}$))", "", bare)
    bare = re.sub(r"^00(?=[1-9])", "+", bare)
    if _MOBILE.fullmatch(bare) or _FOREIGN.fullmatch(bare):
        return bare
    if _LANDLINE.fullmatch(bare):
        raise Refusal("people.phone_landline")
    if bare.isascii() and bare.isdecimal() and len(bare) != 11:
        raise Refusal("people.phone_length", length=len(bare))
    raise Refusal("people.phone_wrong")


def read_number(text: str) -> str:
    """A member number: letters, digits and hyphens. Refuses with `people.number_wrong`."""
    bare = "".join(unicodedata.normalize("NFKC", clean(text)).split())
    if not _NUMBER.fullmatch(bare) or len(bare) > NUMBER_LIMIT:
        raise Refusal("people.number_wrong", limit=NUMBER_LIMIT)
    return bare.upper()


def read_unit(text: str) -> str:
    """A unit's name as typed. Refuses with `people.unit_wrong`: 2 to 60 characters, one line."""
    name = " ".join(clean(text).split())
    if not 2 <= len(name) <= UNIT_LIMIT or not any(char.isalpha() for char in name):
        raise Refusal("people.unit_wrong", limit=UNIT_LIMIT)
    return name


def folded(text: str) -> str:
    """The form in which names of people and units are compared."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def tail(phone: str) -> str:
    """The last four digits, by which people look for a phone."""
    return phone[-4:]


def is_same(own: Person, other: Person) -> bool:
    """Whether a phone and a name say that both records are one person.

    Not the phone alone: numbers are given to somebody else after a year, and whoever has it now
    must not be shown the name, the unit and the member number of the one before.
    """
    if not own.phone_shared or own.phone is None or own.phone != other.phone:
        return False
    return bool(own.name and other.name) and folded(own.name or "") == folded(other.name or "")


def merged(own: Person, other: Person, now: datetime) -> Person:
    """The member's own record and that of the roster in one; what staff settled goes first."""
    return replace(
        other,
        member_id=own.member_id,
        phone_shared=own.phone_shared,
        unit_id=other.unit_id or own.unit_id,
        unit_text=None if other.unit_id or own.unit_id else other.unit_text or own.unit_text,
        occupation=own.occupation or other.occupation,
        source=Source.SELF if other.source is Source.SELF else Source.BOTH,
        made_at=min(own.made_at, other.made_at),
        changed_at=now,
    )


def _closed_up(text: str) -> str:
    words = text.split()
    if all(unicodedata.category(char) == "Lo" for word in words for char in word):
        return "".join(words)
    return " ".join(words)


def _is_name_part(part: str) -> bool:
    return bool(part) and all(
        unicodedata.category(char)[0] in "LM" or char in " '" for char in part
    )
