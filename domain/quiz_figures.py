"""Figures of an item: how hard it is, whether it tells the able from the others, what is odd.

Facility is the share of right answers. Discrimination is the difference of facility between the
upper and the lower 27 % by the rest of the attempt (Kelley 1939), and the point-biserial
correlation with that rest: the item itself is left out, or it would agree with itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import sqrt
from operator import itemgetter

# Fewer answers tell nothing that would hold tomorrow.
FEWEST_ANSWERS = 30
TOO_HARD, TOO_EASY = 0.2, 0.95
GROUP = 0.27


class Flag(StrEnum):
    """What somebody should look at. The key is wrong most likely where a wrong option is chosen
    more often than the right ones, or where the able fail more often than the others."""

    TOO_HARD = "too_hard"
    TOO_EASY = "too_easy"
    NEGATIVE = "negative"
    OTHER_PREFERRED = "other_preferred"


@dataclass(frozen=True, slots=True)
class Response:
    """One answer to an item: the ids of the options chosen, whether it counts as right, and the
    share of right answers in the rest of the attempt, None if there was no rest."""

    chosen: frozenset[str]
    is_right: bool
    rest: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one version of an item. None where there are too few answers to say.

    `chosen` counts how often each option was chosen; with several right options, each counts.
    """

    answers: int
    facility: float | None = None
    discrimination: float | None = None
    point_biserial: float | None = None
    chosen: Mapping[str, int] = field(default_factory=dict)
    flags: frozenset[Flag] = frozenset()


def figures_of(responses: Iterable[Response], right: frozenset[str]) -> Figures:
    """The figures of an item whose right options are these."""
    told = list(responses)
    count = len(told)
    chosen = Counter(option for one in told for option in one.chosen)
    if not count:
        return Figures(0)
    facility = sum(one.is_right for one in told) / count
    rated = [(one.rest, one.is_right) for one in told if one.rest is not None]
    is_enough = count >= FEWEST_ANSWERS
    spread = upper_lower(rated) if is_enough else None
    correlation = point_biserial(rated) if is_enough else None
    flags = _flags(facility, spread, correlation, chosen, right) if is_enough else frozenset()
    return Figures(count, facility, spread, correlation, dict(chosen), flags)


def upper_lower(rated: Sequence[tuple[float, bool]]) -> float | None:
    """Facility among the best 27 % less that among the weakest 27 %; None if they are the same
    people or all did equally well."""
    size = round(len(rated) * GROUP)
    ordered = sorted(rated, key=itemgetter(0))
    if size < 1 or ordered[0][0] == ordered[-1][0]:
        return None
    lower, upper = _share(ordered, ordered[size - 1][0], -1), _share(ordered, ordered[-size][0], 1)
    return upper - lower


def point_biserial(rated: Sequence[tuple[float, bool]]) -> float | None:
    """The correlation of being right with the rest; None if one of the two never varies."""
    count = len(rated)
    right = [rest for rest, is_right in rated if is_right]
    if not right or len(right) == count:
        return None
    mean = sum(rest for rest, _ in rated) / count
    variance = sum((rest - mean) ** 2 for rest, _ in rated) / count
    if variance <= 1e-12:
        return None
    share = len(right) / count
    of_right = sum(right) / len(right)
    return (of_right - mean) / sqrt(variance) * sqrt(share / (1 - share))


def _share(ordered: Sequence[tuple[float, bool]], border: float, side: int) -> float:
    """Facility of everybody at or beyond the border: whoever did equally well is in the group."""
    group = [is_right for rest, is_right in ordered if (rest - border) * side >= 0]
    return sum(group) / len(group)


def _flags(
    facility: float,
    spread: float | None,
    correlation: float | None,
    chosen: Mapping[str, int],
    right: frozenset[str],
) -> frozenset[Flag]:
    found = set()
    if facility < TOO_HARD:
        found.add(Flag.TOO_HARD)
    if facility > TOO_EASY:
        found.add(Flag.TOO_EASY)
    known = [figure for figure in (spread, correlation) if figure is not None]
    if known and max(known) < 0:
        found.add(Flag.NEGATIVE)
    wrong = max((n for option, n in chosen.items() if option not in right), default=0)
    if wrong > min((chosen.get(option, 0) for option in right), default=0):
        found.add(Flag.OTHER_PREFERRED)
    return frozenset(found)
