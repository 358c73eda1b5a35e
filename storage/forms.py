"""Forms in progress.

Each is kept with the number of the update by which it came to stand as it does. An update that
comes again, because the program died before the mark, knows by it that its answer was taken; else
the answer would count for the next question. A form that an update closes stays, closed, until
that update is marked as done: what was typed into it is no question and not for staff, also when
it comes again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.forms import Draft, Form
from storage.batches import AMONG, among
from storage.marking import handled, note
from storage.tables import drafts
from storage.upsert import insert

if TYPE_CHECKING:
    from storage.work import Work

# In place of the form's name once it is closed, and the name beside its answers.
_CLOSED, _WAS = "closed", "was"
_CAME_WITH = "came_with"


@cache
def _open(dialect: str) -> sa.Select[Any]:
    return sa.select(drafts).where(
        among(dialect, drafts.c.member_id), drafts.c.expires_at > sa.bindparam("now")
    )


class Drafts:
    """The table of drafts: at most one open form for each member."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find_all(self, member_ids: Collection[int], now: datetime) -> Mapping[int, Draft]:
        """The members' open forms, without those that have lapsed by `now`."""
        found = await self.find_with_closed(member_ids, now)
        for draft in found.values():
            # If it is this update's own, it goes with the mark now.
            knows_again(draft)
        return {member: draft for member, draft in found.items() if not draft.is_closed}

    async def find_with_closed(
        self, member_ids: Collection[int], now: datetime
    ) -> Mapping[int, Draft]:
        """The same, and besides those that an update has closed which is not marked as done."""
        result = await self._connection.execute(
            _open(self._connection.dialect.name), {AMONG: list(member_ids), "now": now}
        )
        return {row["member_id"]: _draft(row) for row in result.mappings()}

    async def save(self, draft: Draft) -> None:
        """Keep the draft in place of whatever form was open before."""
        number = handled()
        came_with = {} if number is None else {_CAME_WITH: str(number)}
        values = {
            "form": draft.form.value,
            "step": draft.step,
            "answers": {**draft.answers, **came_with},
            "expires_at": draft.expires_at,
        }
        statement = insert(self._connection, drafts).values(member_id=draft.member_id, **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["member_id"], set_=values)
        )

    async def remove(self, member_id: int) -> bool:
        """Close the form that is open; True if one was, or if this update closed it before."""
        number = handled()
        c = drafts.c
        if number is None:
            gone = sa.delete(drafts).where(c.member_id == member_id, c.form != _CLOSED)
            return (await self._connection.execute(gone)).rowcount > 0
        rows = await self._connection.execute(sa.select(drafts).where(c.member_id == member_id))
        row = rows.mappings().first()
        if row is None:
            return False
        draft = _draft(row)
        if draft.is_closed:
            return knows_again(draft)
        answers = {**draft.answers, _WAS: draft.form.value, _CAME_WITH: str(number)}
        await self._connection.execute(
            sa.update(drafts).where(c.member_id == member_id).values(form=_CLOSED, answers=answers)
        )
        note(_forget_closed, member_id)
        return True

    async def forget_closed(self, member_ids: Sequence[int]) -> None:
        """Remove what was kept of forms of these members that are closed."""
        await self._connection.execute(
            sa.delete(drafts).where(drafts.c.member_id.in_(member_ids), drafts.c.form == _CLOSED)
        )

    async def purge(self, now: datetime) -> int:
        """Remove what has lapsed; the number of rows."""
        result = await self._connection.execute(
            sa.delete(drafts).where(drafts.c.expires_at <= now)
        )
        return result.rowcount


def knows_again(draft: Draft) -> bool:
    """Whether the form stands as it does by the very update that is being handled.

    What is kept of a closed one then goes with the mark of this update.
    """
    if draft.came_with is None or draft.came_with != handled():
        return False
    if draft.is_closed:
        note(_forget_closed, draft.member_id)
    return True


def _draft(row: sa.RowMapping) -> Draft:
    answers = dict(row["answers"])
    number = answers.pop(_CAME_WITH, None)
    was = answers.pop(_WAS, None)
    return Draft(
        member_id=row["member_id"],
        form=Form(was or row["form"]),
        step=row["step"],
        answers=answers,
        expires_at=row["expires_at"],
        came_with=None if number is None else int(number),
        is_closed=was is not None,
    )


async def _forget_closed(work: Work, members: Sequence[int]) -> None:
    """Nothing of a closed form stays once its update does not come again."""
    await work.drafts.forget_closed(members)
