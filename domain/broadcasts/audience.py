"""Who a broadcast is for: criteria from a short list, never cases, aid or questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.people import Occupation
from domain.refusal import Refusal
from domain.units import is_within

# Fewer than this would be a message to somebody, not to many (RELIABILITY, bad input 45).
LEAST = 20
MOST_SEGMENTS = 10
NAME_LIMIT = 40
SAMPLE = 5
_MOST_VALUES = 50


class Language(StrEnum):
    """What language somebody's Telegram speaks, as far as it matters here."""

    CHINESE = "zh"
    OTHER = "other"


class Behaviour(StrEnum):
    """What somebody did with an event."""

    SIGNED_UP = "signed_up"
    ATTENDED = "attended"
    ABSENT = "absent"
    NOT_SIGNED_UP = "not_signed_up"


@dataclass(frozen=True, slots=True)
class WithEvent:
    """A criterion: what was done with one event."""

    event_id: str
    behaviour: Behaviour


@dataclass(frozen=True, slots=True)
class Segment:
    """Members of the units below `paths` for whom every criterion holds; empty ones say nothing.

    These fields are all there is: a segment cannot look at cases, aid or questions.
    """

    paths: tuple[str, ...]
    occupations: tuple[Occupation, ...] = ()
    languages: tuple[Language, ...] = ()
    events: tuple[WithEvent, ...] = ()
    # Took part in one of these rounds of the quiz.
    rounds: tuple[str, ...] = ()

    @property
    def is_narrowed(self) -> bool:
        """Whether it says more than where somebody works."""
        return bool(self.occupations or self.languages or self.events or self.rounds)


@dataclass(frozen=True, slots=True)
class SavedSegment:
    """A segment with a name, kept for the next time. `unit_path` is whose it is."""

    id: str
    name: str
    unit_path: str
    segment: Segment
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Audience:
    """Members of any of the segments; whoever is in several gets it once."""

    segments: tuple[Segment, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted({path for segment in self.segments for path in segment.paths}))

    def is_everyone(self, top: str) -> bool:
        """Whether it is everybody below `top`, the path of the unit above all."""
        return any(not s.is_narrowed and top in s.paths for s in self.segments)


@dataclass(frozen=True, slots=True)
class Sample:
    """One of the recipients, so masked that nobody is named."""

    name: str
    unit: str
    occupation: Occupation | None


@dataclass(frozen=True, slots=True)
class Reckoning:
    """An audience in figures. `count` get it; the others are meant and do not, each for one
    reason, the first that holds. `share` is `count` among all who could be reached in its units.
    """

    count: int
    share: float
    sample: tuple[Sample, ...]
    # Blocked the bot or left Telegram.
    unreachable: int
    # Known from a roster only.
    unlinked: int
    # Said no to news of the union.
    refused: int
    # Do not want to hear of this topic.
    muted: int
    # Their unit is not known: for texts that name it.
    without_unit: int


def check_audience(audience: Audience) -> None:
    """Refuses with `broadcasts.audience_empty` or `broadcasts.audience_long`."""
    if not audience.segments or not all(segment.paths for segment in audience.segments):
        raise Refusal("broadcasts.audience_empty")
    values = [
        len(some)
        for s in audience.segments
        for some in (s.paths, s.occupations, s.languages, s.events, s.rounds)
    ]
    if len(audience.segments) > MOST_SEGMENTS or max(values) > _MOST_VALUES:
        raise Refusal("broadcasts.audience_long", most=MOST_SEGMENTS)


def check_inside(audience: Audience, unit_path: str) -> None:
    """Refuses with `broadcasts.audience_outside` members of other units than the broadcast's own:
    whoever may agree there would agree for others.
    """
    if not is_inside(audience, (unit_path,)):
        raise Refusal("broadcasts.audience_outside")


def is_inside(audience: Audience, tops: tuple[str, ...]) -> bool:
    """Whether each unit of it lies within one of the paths."""
    return all(any(is_within(path, top) for top in tops) for path in audience.paths)


def audience_json(audience: Audience) -> dict[str, Any]:
    """As it is kept, with the keys that `audience_of` allows."""
    return {"segments": [segment_json(segment) for segment in audience.segments]}


def segment_json(segment: Segment) -> dict[str, Any]:
    return {
        "paths": list(segment.paths),
        "occupations": [one.value for one in segment.occupations],
        "languages": [one.value for one in segment.languages],
        "events": [[one.event_id, one.behaviour.value] for one in segment.events],
        "rounds": list(segment.rounds),
    }


def audience_of(data: Mapping[str, Any]) -> Audience:
    """What was kept. Raises ValueError for a key that is not allowed."""
    if set(data) != {"segments"}:
        raise ValueError(f"not an audience of members: {sorted(data)}")
    return Audience(tuple(segment_of(one) for one in data["segments"]))


def segment_of(data: Mapping[str, Any]) -> Segment:
    """What was kept. Raises ValueError for a key or a value that is not allowed."""
    unknown = set(data) - {"paths", "occupations", "languages", "events", "rounds"}
    if unknown:
        raise ValueError(f"a segment may not look at {sorted(unknown)}")
    return Segment(
        tuple(data["paths"]),
        tuple(Occupation(one) for one in data.get("occupations", ())),
        tuple(Language(one) for one in data.get("languages", ())),
        tuple(WithEvent(one, Behaviour(how)) for one, how in data.get("events", ())),
        tuple(data.get("rounds", ())),
    )
