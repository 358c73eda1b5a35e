"""Rules of prizes: who is in the draw, and what becomes of a prize that was won."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.draw import Entry
from domain.quiz_play import Standing
from domain.quiz_rounds import Prize
from domain.refusal import Refusal


class PrizeState(StrEnum):
    """WON waits for a word of the winner, CLAIMED for being fetched."""

    WON = "won"
    CLAIMED = "claimed"
    HANDED_OVER = "handed_over"
    LAPSED = "lapsed"


PRIZE_MOVES: Mapping[PrizeState, frozenset[PrizeState]] = {
    # Who comes in person needs no word before.
    PrizeState.WON: frozenset({PrizeState.CLAIMED, PrizeState.HANDED_OVER, PrizeState.LAPSED}),
    PrizeState.CLAIMED: frozenset({PrizeState.HANDED_OVER, PrizeState.LAPSED}),
    # Undone, if the wrong line was marked.
    PrizeState.HANDED_OVER: frozenset({PrizeState.CLAIMED}),
    PrizeState.LAPSED: frozenset({PrizeState.HANDED_OVER}),
}


@dataclass(frozen=True, slots=True)
class Winner:
    """A prize that somebody won. `entry` is their line in the published draw, `code` proves at
    the counter that it is theirs."""

    id: str
    round_id: str
    entry: str
    code: str
    member_id: int | None
    person_id: str | None
    state: PrizeState
    place: int
    claim_until: datetime
    claimed_at: datetime | None = None
    handed_at: datetime | None = None
    handed_by: str | None = None
    note: str = ""


def must_move_prize(before: PrizeState, after: PrizeState) -> None:
    """Refuses with `quiz.prize_not_now` what cannot become of a prize."""
    if after not in PRIZE_MOVES[before]:
        raise Refusal("quiz.prize_not_now")


def entries_of(
    standings: Iterable[Standing], prize: Prize, on_roster: frozenset[str]
) -> Sequence[Entry]:
    """Who is in the draw, each with one lot: whoever passed on enough days, known from a roster
    if the prize asks for it. Neither score nor speed count."""
    return [
        Entry(one.code, 1, 1, ())
        for one in standings
        if one.passed_days >= prize.passed_days
        and (not prize.roster_only or (one.person_id or "") in on_roster)
    ]
