"""What is left of events that are long over: counts, and nobody."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import check_ins, events, seat_log, seats, teams


class PastEvents:
    """Forgets whose the claims of past events were, in one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def forget_before(self, moment: datetime) -> int:
        """Forget what leads to anybody at events that ended by then; the number of rows touched.

        Claims stay as nobody's, so that the figures hold. Why they changed, the ticks of the door
        and the teams go: notes and names are typed by people.
        """
        over = sa.select(events.c.id).where(events.c.ends_at <= moment)
        linked = sa.or_(
            seats.c.member_id.is_not(None),
            seats.c.person_id.is_not(None),
            seats.c.sealed_answers.is_not(None),
            seats.c.comment.is_not(None),
            seats.c.team_id.is_not(None),
        )
        nobody = {
            "member_id": None,
            "person_id": None,
            "sealed_answers": None,
            "comment": None,
            "team_id": None,
        }
        # Teams last: claims refer to them.
        statements: tuple[sa.Update | sa.Delete, ...] = (
            sa.update(seats).where(seats.c.event_id.in_(over), linked).values(nobody),
            sa.delete(seat_log).where(seat_log.c.event_id.in_(over)),
            sa.delete(check_ins).where(check_ins.c.event_id.in_(over)),
            sa.delete(teams).where(teams.c.event_id.in_(over)),
        )
        touched = 0
        for statement in statements:
            touched += (await self._connection.execute(statement)).rowcount
        return touched
