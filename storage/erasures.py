"""The ledger of erasures: enough to know an erased person again, not who they were.

It never grows shorter, so that two copies of it can be put together in any order: of each line the
latest times count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.people import Person
from storage.tables import erasures, members, people
from storage.upsert import insert
from storage.vault import Vault

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Erasure:
    """One line of the ledger: a keyed hash of a member's id, a phone or a member number."""

    mark: str
    kind: str
    erased_at: datetime
    # They came back on their own later.
    struck_at: datetime | None = None

    @property
    def holds(self) -> bool:
        """False for somebody who came back after it."""
        return self.struck_at is None or self.struck_at < self.erased_at

    def joined(self, other: Erasure) -> Erasure:
        """What two copies of the line say together."""
        struck = [at for at in (self.struck_at, other.struck_at) if at is not None]
        return replace(
            self,
            erased_at=max(self.erased_at, other.erased_at),
            struck_at=max(struck, default=None),
        )


class Erasures:
    """The table of erasures."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def note(self, member_id: int | None, person: Person | None, now: datetime) -> None:
        """Remember that somebody asked to be forgotten."""
        await self.add_all(
            Erasure(mark, kind, now) for kind, mark in self._marks(member_id, person).items()
        )

    async def add_all(self, lines: Iterable[Erasure]) -> None:
        """Take lines, also of another copy with the same keys; the latest times count."""
        for line in lines:
            known = await self._find(line.mark)
            joined = known.joined(line) if known else line
            if joined == known:
                continue
            values = {
                "kind": joined.kind,
                "erased_at": joined.erased_at,
                "struck_at": joined.struck_at,
            }
            statement = insert(self._connection, erasures).values(print=joined.mark, **values)
            await self._connection.execute(
                statement.on_conflict_do_update(index_elements=["print"], set_=values)
            )

    async def strike(self, member_id: int | None, person: Person | None, now: datetime) -> None:
        """Strike an erasure out: the person came back and gave the same data again."""
        marks = list(self._marks(member_id, person).values())
        holds = sa.or_(erasures.c.struck_at.is_(None), erasures.c.struck_at < erasures.c.erased_at)
        await self._connection.execute(
            sa.update(erasures).where(erasures.c.print.in_(marks), holds).values(struck_at=now)
        )

    async def list_all(self) -> tuple[Erasure, ...]:
        """Every line, struck out or not."""
        rows = await self._connection.execute(sa.select(erasures).order_by(erasures.c.print))
        return tuple(_line(row) for row in rows)

    async def among(self, kind: str, values: Collection[str]) -> frozenset[str]:
        """Those of the phones or numbers (`kind`) whose owners were erased."""
        marks = {self._mark(kind, value): value for value in values}
        known = list(marks)
        found: set[str] = set()
        for at in range(0, len(known), _AT_ONCE):
            rows = (
                await self._connection.execute(
                    sa.select(erasures).where(erasures.c.print.in_(known[at : at + _AT_ONCE]))
                )
            ).all()
            found |= {marks[line.mark] for line in map(_line, rows) if line.holds}
        return frozenset(found)

    async def list_returned(self) -> tuple[tuple[int | None, str | None], ...]:
        """Who is here although erased: ids of members and of people, as after a restored copy.

        Somebody who came back later by their own wish is younger than the erasure.
        """
        when = {line.mark: line.erased_at for line in await self.list_all() if line.holds}
        if not when:
            return ()
        rows = await self._connection.execute(sa.select(members.c.id, members.c.met_at))
        marked_ids = [(row.id, row.met_at, self._mark("member", str(row.id))) for row in rows]
        found: list[tuple[int | None, str | None]] = [
            (member_id, None)
            for member_id, met_at, mark in marked_ids
            if mark in when and met_at <= when[mark]
        ]
        marked = sa.select(people).where(
            sa.or_(
                people.c.phone_print.is_not(None),
                people.c.number_print.is_not(None),
                people.c.member_id.is_not(None),
            )
        )
        for one in (await self._connection.execute(marked)).mappings():
            marks = {one["phone_print"], one["number_print"]}
            if one["member_id"] is not None:
                marks.add(self._mark("member", str(one["member_id"])))
            if any(one["made_at"] <= when[mark] for mark in marks if mark in when):
                found.append((one["member_id"], one["id"]))
        return tuple(found)

    async def _find(self, mark: str) -> Erasure | None:
        rows = await self._connection.execute(
            sa.select(erasures).where(erasures.c.print == mark).with_for_update()
        )
        row = rows.first()
        return None if row is None else _line(row)

    def _marks(self, member_id: int | None, person: Person | None) -> Mapping[str, str]:
        values = {
            "member": str(member_id) if member_id is not None else None,
            "phone": person.phone if person else None,
            "number": person.number if person else None,
        }
        return {kind: self._mark(kind, value) for kind, value in values.items() if value}

    def _mark(self, kind: str, value: str) -> str:
        # The same prints as in `people`, so that rows can be compared without opening them.
        return self._vault.fingerprint(f"people.{kind}", value)


def _line(row: sa.Row[Any]) -> Erasure:
    return Erasure(row.print, row.kind, row.erased_at, row.struck_at)
