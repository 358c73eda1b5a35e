"""Lists that leave the house: what their columns are, what is masked, what is noted of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.refusal import Refusal

MASK = "***"
SHORTEST_REASON, LONGEST_REASON = 4, 200


class Kind(StrEnum):
    """What a column holds: how it is written, and how it is masked if it is personal."""

    TEXT = "text"
    NAME = "name"
    PHONE = "phone"
    CODE = "code"
    NUMBER = "number"
    DATE = "date"
    INSTANT = "instant"


class Format(StrEnum):
    """What a list is written as."""

    XLSX = "xlsx"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `title` is the key of its heading; `key` is what the audit log calls it.

    `label` is the heading where it was typed by staff, such as an event's own question.
    """

    key: str
    title: str
    kind: Kind = Kind.TEXT
    personal: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list was narrowed to; `title` is the key of its name.

    The value of a personal one, such as a name, is not told to the audit.
    """

    key: str
    title: str
    value: str
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What left the house: everything about the list but its contents."""

    noun: str
    format: Format
    columns: tuple[str, ...]
    filters: tuple[Filter, ...]
    is_full: bool
    reason: str
    rows: int

    def detail(self) -> Mapping[str, object]:
        """As the audit log keeps it."""
        return {
            "format": self.format.value,
            "rows": self.rows,
            "columns": list(self.columns),
            "filters": {one.key: MASK if one.personal else one.value for one in self.filters},
            "full": self.is_full,
            "reason": self.reason,
        }


def checked_reason(text: str) -> str:
    """The reason for taking personal data; it is kept for ever in the audit log.

    Refuses `exports.reason_missing`, `exports.reason_long`.
    """
    reason = " ".join(text.split())
    if len(reason) < SHORTEST_REASON:
        raise Refusal("exports.reason_missing", least=SHORTEST_REASON)
    if len(reason) > LONGEST_REASON:
        raise Refusal("exports.reason_long", limit=LONGEST_REASON)
    return reason


_MASKED_PHONE = re.compile(r"\d{3}\*{4}\d{4}")


def masked(kind: Kind, text: str) -> str:
    """A personal value as those see it who need not know whose it is; nothing stays nothing."""
    if not text:
        return ""
    if kind is Kind.NAME:
        return mask_name(text)
    if kind is Kind.PHONE:
        return mask_phone(text)
    return f"{MASK}{text[-2:]}" if kind is Kind.CODE and len(text) >= 6 else MASK


def mask_name(name: str) -> str:
    """The first character and one star, however long the name is."""
    return f"{name.strip()[:1]}*" if name.strip() else ""


def mask_phone(phone: str) -> str:
    """The first three and the last four digits; of a number that is too short for that, none.

    What was masked before stays as it is.
    """
    if _MASKED_PHONE.fullmatch(phone):
        return phone
    digits = re.sub(r"\D", "", phone)
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else MASK
