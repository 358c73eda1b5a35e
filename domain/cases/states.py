"""Where a case is, and where it may go from there."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from domain.refusal import Refusal


class State(StrEnum):
    """The stages of a case, in the order in which most go through them.

    It is the member's own case: they may withdraw it at every stage (PIPL, article 15).
    """

    RECEIVED = "received"
    ASSIGNED = "assigned"
    CONTACTING = "contacting"
    MEDIATING = "mediating"
    SETTLED = "settled"
    FAILED = "failed"
    ANSWERED = "answered"
    FOLLOWING = "following"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"


MOVES: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.RECEIVED: frozenset({State.ASSIGNED, State.WITHDRAWN}),
        # Back to RECEIVED when another unit takes the case over.
        State.ASSIGNED: frozenset({State.CONTACTING, State.RECEIVED, State.WITHDRAWN}),
        State.CONTACTING: frozenset(
            {
                State.MEDIATING,
                State.ANSWERED,
                State.FAILED,
                State.RECEIVED,
                State.WITHDRAWN,
            }
        ),
        State.MEDIATING: frozenset({State.SETTLED, State.FAILED, State.WITHDRAWN}),
        # An agreement with nothing to pay has nothing to look after.
        State.SETTLED: frozenset({State.FOLLOWING, State.ARCHIVED, State.WITHDRAWN}),
        State.FAILED: frozenset({State.MEDIATING, State.ARCHIVED, State.WITHDRAWN}),
        State.ANSWERED: frozenset({State.CONTACTING, State.ARCHIVED, State.WITHDRAWN}),
        # What was not paid is taken up again.
        State.FOLLOWING: frozenset({State.MEDIATING, State.ARCHIVED, State.WITHDRAWN}),
        State.ARCHIVED: frozenset(),
        State.WITHDRAWN: frozenset(),
    }
)
ENDED = frozenset({State.ARCHIVED, State.WITHDRAWN})
OPEN = frozenset(State) - ENDED
# What staff may choose as the next stage; every other move is the effect of a verb of its own.
BY_HAND = frozenset(
    {State.CONTACTING, State.MEDIATING, State.FAILED, State.ANSWERED, State.ARCHIVED}
)
# The case may still change hands: nobody has sat down with both sides.
PASSABLE = frozenset({State.RECEIVED, State.ASSIGNED, State.CONTACTING})


def may_move(old: State, new: State) -> bool:
    return new in MOVES[old]


def must_move(old: State, new: State) -> None:
    """Refuses with `cases.not_now` a move that no case may make."""
    if not may_move(old, new):
        raise Refusal("cases.not_now")
