"""What a case is about, and which kinds belong together."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """Kinds of dispute, as a member would sort them."""

    WAGES = "wages"
    SEVERANCE = "severance"
    CONTRACT = "contract"
    INJURY = "injury"
    OVERTIME = "overtime"
    LEAVE = "leave"
    SOCIAL_INSURANCE = "social_insurance"
    WOMEN = "women"
    OTHER = "other"


class Theme(StrEnum):
    """Kinds that point to the same trouble in an enterprise."""

    PAY = "pay"
    ENDING = "ending"
    SAFETY = "safety"
    OTHER = "other"


THEMES: Mapping[Kind, Theme] = MappingProxyType(
    {
        Kind.WAGES: Theme.PAY,
        Kind.OVERTIME: Theme.PAY,
        Kind.LEAVE: Theme.PAY,
        Kind.SOCIAL_INSURANCE: Theme.PAY,
        Kind.SEVERANCE: Theme.ENDING,
        Kind.CONTRACT: Theme.ENDING,
        Kind.INJURY: Theme.SAFETY,
        Kind.WOMEN: Theme.SAFETY,
        Kind.OTHER: Theme.OTHER,
    }
)

# The topics of the knowledge base.
_TOPICS: Mapping[str, Kind] = MappingProxyType(
    {
        "wage": Kind.WAGES,
        "end": Kind.SEVERANCE,
        "contract": Kind.CONTRACT,
        "injury": Kind.INJURY,
        "safety": Kind.INJURY,
        "hours": Kind.OVERTIME,
        "leave": Kind.LEAVE,
        "social": Kind.SOCIAL_INSURANCE,
        "women": Kind.WOMEN,
    }
)


def kind_of(entry_id: str) -> Kind | None:
    """The kind of dispute that an entry is about, if it is about one."""
    return _TOPICS.get(entry_id.partition(".")[0])
