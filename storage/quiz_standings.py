"""Where everybody stood when a round was over, and what became of the prizes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.people import Source
from domain.quiz_play import Standing
from domain.quiz_prizes import PrizeState, Winner
from storage.tables import people, quiz_standings, quiz_winners

_STANDING = (
    "place",
    "who",
    "member_id",
    "person_id",
    "right",
    "total",
    "took",
    "days",
    "passed_days",
    "attempts",
    "code",
)
_WINNER = (
    "id",
    "round_id",
    "entry",
    "code",
    "member_id",
    "person_id",
    "place",
    "claim_until",
    "claimed_at",
    "handed_at",
    "handed_by",
    "note",
)
_ON_ROSTER = (Source.ROSTER.value, Source.BOTH.value)


class QuizStandings:
    """The tables of standings and winners."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put_standings(self, round_id: str, some: Sequence[Standing]) -> None:
        """Keep where everybody stood, in place of what was kept before."""
        await self._connection.execute(
            sa.delete(quiz_standings).where(quiz_standings.c.round_id == round_id)
        )
        rows = [
            {"round_id": round_id, **{name: getattr(one, name) for name in _STANDING}}
            for one in some
        ]
        if rows:
            await self._connection.execute(sa.insert(quiz_standings), rows)

    async def standings(self, round_id: str) -> Sequence[Standing]:
        """Where everybody stood when the round was over."""
        c = quiz_standings.c
        rows = await self._connection.execute(
            sa.select(quiz_standings).where(c.round_id == round_id).order_by(c.place, c.code)
        )
        return [Standing(**{name: row[name] for name in _STANDING}) for row in rows.mappings()]

    async def on_roster(self, person_ids: Collection[str]) -> frozenset[str]:
        """Those of the people whom a roster of the union knows."""
        found: set[str] = set()
        wanted = sorted(set(person_ids))
        for at in range(0, len(wanted), 500):
            rows = await self._connection.execute(
                sa.select(people.c.id).where(
                    people.c.id.in_(wanted[at : at + 500]), people.c.source.in_(_ON_ROSTER)
                )
            )
            found |= set(rows.scalars())
        return frozenset(found)

    async def add_winners(self, some: Sequence[Winner]) -> None:
        if some:
            await self._connection.execute(
                sa.insert(quiz_winners), [_winner_row(one) for one in some]
            )

    async def winner(self, winner_id: str, *, for_update: bool = False) -> Winner | None:
        wanted = sa.select(quiz_winners).where(quiz_winners.c.id == winner_id)
        found = await self._winners(wanted.with_for_update() if for_update else wanted)
        return found[0] if found else None

    async def winners(self, round_id: str) -> Sequence[Winner]:
        """Everybody who won, in the order of the draw."""
        c = quiz_winners.c
        return await self._winners(
            sa.select(quiz_winners).where(c.round_id == round_id).order_by(c.place)
        )

    async def won_by(self, member_id: int) -> Sequence[Winner]:
        """What an account won, the latest first."""
        c = quiz_winners.c
        return await self._winners(
            sa.select(quiz_winners).where(c.member_id == member_id).order_by(c.claim_until.desc())
        )

    async def winners_late(self, now: datetime) -> Sequence[Winner]:
        """Prizes that nobody asked for in time."""
        c = quiz_winners.c
        return await self._winners(
            sa.select(quiz_winners)
            .where(c.state == PrizeState.WON.value, c.claim_until <= now)
            .with_for_update()
        )

    async def save_winner(self, one: Winner) -> None:
        await self._connection.execute(
            sa.update(quiz_winners).where(quiz_winners.c.id == one.id), _winner_row(one)
        )

    async def _winners(self, statement: sa.Select[Any]) -> Sequence[Winner]:
        rows = await self._connection.execute(statement)
        return [
            Winner(**{name: row[name] for name in _WINNER}, state=PrizeState(row["state"]))
            for row in rows.mappings()
        ]


def _winner_row(one: Winner) -> dict[str, Any]:
    return {**{name: getattr(one, name) for name in _WINNER}, "state": one.state.value}
