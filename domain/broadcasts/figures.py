"""What a broadcast came to, in figures: they stay when the list of recipients is forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.outbox import State

# How long it can be told who got a broadcast and who did not.
KEEP = timedelta(days=365)
_HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Figures:
    """`counts` add up to the recipients; `by_hour` are how many were sent and pressed first."""

    counts: Mapping[State, int]
    failures: Mapping[str, int]
    pressed: int = 0
    acted: int = 0
    presses: Mapping[int, int] = field(default_factory=dict)
    by_hour: Sequence[tuple[datetime, int, int]] = ()


def figures_json(figures: Figures) -> dict[str, Any]:
    """As they are kept."""
    return {
        "counts": {state.value: count for state, count in figures.counts.items()},
        "failures": dict(figures.failures),
        "pressed": figures.pressed,
        "acted": figures.acted,
        "presses": {str(button): count for button, count in figures.presses.items()},
        "hours": [[(at - _EPOCH) // _HOUR, sent, seen] for at, sent, seen in figures.by_hour],
    }


def figures_of(data: Mapping[str, Any]) -> Figures:
    """What was kept."""
    return Figures(
        {State(state): count for state, count in data["counts"].items()},
        dict(data["failures"]),
        data["pressed"],
        data["acted"],
        {int(button): count for button, count in data["presses"].items()},
        [(_EPOCH + hour * _HOUR, sent, seen) for hour, sent, seen in data["hours"]],
    )
