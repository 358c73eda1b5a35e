"""Every column that holds paths of units, and what becomes of it when a unit hangs elsewhere.

A path decides who sees a row and who is behind a wall: one that stays behind shows the row to the
wrong people. A test of the house fails for a column that is not named here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import tables

# One path, or nothing.
CARRIED: tuple[sa.Column[Any], ...] = (
    tables.units.c.path,
    tables.events.c.unit_path,
    tables.segments.c.unit_path,
    tables.broadcasts.c.unit_path,
    # Asked again when the push begins: whether its author and its approver still may.
    tables.push.c.path,
    tables.countersigns.c.path,
    tables.quiz_rounds.c.unit_path,
    tables.group_chats.c.unit_path,
    tables.quiz_contests.c.unit_path,
    tables.talks.c.unit_path,
    tables.talks.c.level_path,
    # The wall: who belongs to this enterprise must not see that the talk exists.
    tables.talks.c.employer_path,
    tables.talk_phrases.c.unit_path,
)
# Paths among other values. What a broadcast asks for and what its push was made from are compared
# before it goes out, so both go along; no hash is taken of either.
CARRIED_INSIDE: tuple[sa.Column[Any], ...] = (
    tables.events.c.plan,
    tables.segments.c.criteria,
    tables.broadcasts.c.audience,
    tables.push.c.audience,
)
_NO_PATHS = "holds no paths"
# What stays as it was, and why.
LEFT: Mapping[sa.Column[Any], str] = {
    tables.audit.c.detail: "what was true when it was done; the rows are chained by hashes",
    tables.quiz_rounds.c.plan_hash: "a round that waits for its second person names another place"
    " now: it is handed in again",
    tables.countersigns.c.digest: "binds the agreement to exactly the list that was looked at",
    tables.countersigns.c.sealed_detail: "what the second person was shown",
    tables.sent_forms.c.location: "where a form led when it was sent, for a day",
    tables.broadcasts.c.content: _NO_PATHS,
    tables.broadcasts.c.plan: _NO_PATHS,
    tables.push.c.body: _NO_PATHS,
    tables.push.c.tally: _NO_PATHS,
    tables.outbox.c.details: _NO_PATHS,
    tables.case_meetings.c.slots: _NO_PATHS,
    tables.drafts.c.answers: _NO_PATHS,
    tables.roster_imports.c.counts: _NO_PATHS,
    tables.quiz_imports.c["items"]: _NO_PATHS,
    tables.quiz_items.c.content: _NO_PATHS,
    tables.quiz_items.c.figures: _NO_PATHS,
    tables.quiz_item_versions.c.content: _NO_PATHS,
    tables.quiz_rounds.c.plan: _NO_PATHS,
}


async def carry(connection: AsyncConnection, before: str, after: str) -> None:
    """Whatever lay within the path `before` lies within `after`, in every table."""
    for column in CARRIED:
        rest = sa.func.substr(column, len(before) + 1)
        await connection.execute(
            sa.update(column.table)
            .where(column.startswith(before, autoescape=True))
            .values({column: sa.literal(after).concat(rest)})
        )
    for column in CARRIED_INSIDE:
        (key,) = column.table.primary_key
        found = await connection.execute(
            sa.select(key, column)
            # In JSON a path stands at the beginning of a string.
            .where(sa.cast(column, sa.Text).contains(f'"{before}', autoescape=True))
            .order_by(key)
            .with_for_update()
        )
        for row_id, value in found.all():
            await connection.execute(
                sa.update(column.table)
                .where(key == row_id)
                .values({column: _carried(value, before, after)})
            )


def _carried(value: Any, before: str, after: str) -> Any:
    if isinstance(value, str):
        return after + value.removeprefix(before) if value.startswith(before) else value
    if isinstance(value, list):
        return [_carried(one, before, after) for one in value]
    if isinstance(value, dict):
        return {key: _carried(one, before, after) for key, one in value.items()}
    return value
