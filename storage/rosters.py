"""Rosters on their way in: the plan and its rows, sealed, until they are in `people`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.people import Occupation
from domain.roster import RosterRow, Stage, StoredPlan
from storage.tables import roster_imports, roster_rows
from storage.vault import Place, Vault


class Rosters:
    """The tables of roster imports."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, plan: StoredPlan) -> None:
        await self._connection.execute(
            sa.insert(roster_imports),
            {
                "id": plan.id,
                "staff_id": plan.staff_id,
                "unit_id": plan.unit_id,
                "state": plan.stage.value,
                "counts": dict(plan.counts),
                "chunks": plan.chunks,
                "done_chunks": plan.done_chunks,
                "made_at": plan.made_at,
                "expires_at": plan.expires_at,
            },
        )

    async def add_rows(self, plan_id: str, chunk: int, rows: Sequence[RosterRow]) -> None:
        text = json.dumps([asdict(row) for row in rows], ensure_ascii=False)
        sealed = self._vault.seal(Place("roster_rows", "sealed_rows", f"{plan_id}/{chunk}"), text)
        await self._connection.execute(
            sa.insert(roster_rows), {"import_id": plan_id, "chunk": chunk, "sealed_rows": sealed}
        )

    async def find(self, plan_id: str, *, for_update: bool = False) -> StoredPlan | None:
        wanted = sa.select(roster_imports).where(roster_imports.c.id == plan_id)
        rows = await self._connection.execute(wanted.with_for_update() if for_update else wanted)
        row = rows.mappings().first()
        if row is None:
            return None
        return StoredPlan(
            id=row["id"],
            staff_id=row["staff_id"],
            unit_id=row["unit_id"],
            stage=Stage(row["state"]),
            counts=row["counts"],
            chunks=row["chunks"],
            done_chunks=row["done_chunks"],
            made_at=row["made_at"],
            expires_at=row["expires_at"],
        )

    async def rows_of(self, plan_id: str, chunk: int) -> tuple[RosterRow, ...]:
        """The rows of one chunk, in the order of the file."""
        sealed = await self._connection.scalar(
            sa.select(roster_rows.c.sealed_rows).where(
                roster_rows.c.import_id == plan_id, roster_rows.c.chunk == chunk
            )
        )
        if sealed is None:
            return ()
        place = Place("roster_rows", "sealed_rows", f"{plan_id}/{chunk}")
        return tuple(map(_row, json.loads(self._vault.open(place, sealed))))

    async def list_in(self, stage: Stage) -> tuple[str, ...]:
        rows = (
            await self._connection.execute(
                sa.select(roster_imports.c.id)
                .where(roster_imports.c.state == stage.value)
                .order_by(roster_imports.c.made_at)
            )
        ).scalars()
        return tuple(rows)

    async def move(self, plan_id: str, stage: Stage, *, done_chunks: int = 0) -> None:
        await self._connection.execute(
            sa.update(roster_imports)
            .where(roster_imports.c.id == plan_id)
            .values(state=stage.value, done_chunks=done_chunks)
        )

    async def count_skipped(self, plan: StoredPlan, rows: int) -> None:
        """Add to the rows that could not be taken over any more."""
        counts = {**plan.counts, "skipped": plan.counts.get("skipped", 0) + rows}
        await self._connection.execute(
            sa.update(roster_imports).where(roster_imports.c.id == plan.id).values(counts=counts)
        )

    async def finish(self, plan_id: str, forget_at: datetime) -> None:
        """The import is done; its counts stay for a while."""
        await self._connection.execute(
            sa.update(roster_imports)
            .where(roster_imports.c.id == plan_id)
            .values(state=Stage.DONE.value, expires_at=forget_at)
        )

    async def drop_rows(self, plan_id: str) -> None:
        """Forget the rows of the plan."""
        await self._connection.execute(
            sa.delete(roster_rows).where(roster_rows.c.import_id == plan_id)
        )

    async def purge(self, now: datetime) -> int:
        """Forget plans whose time is over, with their rows; the number of plans."""
        lapsed = sa.and_(
            roster_imports.c.expires_at <= now, roster_imports.c.state != Stage.RUNNING.value
        )
        ids = sa.select(roster_imports.c.id).where(lapsed)
        await self._connection.execute(
            sa.delete(roster_rows).where(roster_rows.c.import_id.in_(ids))
        )
        result = await self._connection.execute(sa.delete(roster_imports).where(lapsed))
        return result.rowcount


def _row(kept: Mapping[str, object]) -> RosterRow:
    values = dict(kept)
    occupation = values.pop("occupation")
    return RosterRow(
        **values,  # type: ignore[arg-type]
        occupation=Occupation(str(occupation)) if occupation else None,
    )
