"""The table of what second persons were asked to agree to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countersigns import Act, Countersign, State
from storage.tables.countersigns import countersigns
from storage.vault import Place, Vault


class Countersigns:
    """Countersignatures; what they are about lies sealed."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, one: Countersign, detail: Mapping[str, Any]) -> None:
        text = json.dumps(dict(detail), ensure_ascii=False)
        sealed = self._vault.seal(_place(one.id), text)
        await self._connection.execute(
            sa.insert(countersigns), {**_row(one), "sealed_detail": sealed}
        )

    async def settle(self, one: Countersign, state: State, by: str | None, at: datetime) -> bool:
        """Move it on; False if somebody else did so since it was read."""
        result = await self._connection.execute(
            sa.update(countersigns)
            .where(countersigns.c.id == one.id, countersigns.c.state == one.state.value)
            .values(state=state.value, settled_by=by, settled_at=at)
        )
        return result.rowcount > 0

    async def find(self, wanted: str) -> Countersign | None:
        found = await self._list(countersigns.c.id == wanted)
        return found[0] if found else None

    async def detail(self, one: Countersign) -> dict[str, Any]:
        """What it is about, opened."""
        sealed = await self._connection.scalar(
            sa.select(countersigns.c.sealed_detail).where(countersigns.c.id == one.id)
        )
        assert sealed is not None
        told: dict[str, Any] = json.loads(self._vault.open(_place(one.id), sealed))
        return told

    async def list_in(self, *states: State, act: Act | None = None) -> Sequence[Countersign]:
        """Those in one of the states, the newest first; lapsed ones are among them."""
        wanted = countersigns.c.state.in_([state.value for state in states])
        same = sa.true() if act is None else countersigns.c.act == act.value
        return await self._list(sa.and_(wanted, same))

    async def list_of(self, staff_id: str) -> Sequence[Countersign]:
        """Everything that somebody asked for, the newest first."""
        return await self._list(countersigns.c.asked_by == staff_id)

    async def list_for(self, act: Act, digest: str) -> Sequence[Countersign]:
        """What was asked about exactly this thing, the newest first."""
        c = countersigns.c
        return await self._list(sa.and_(c.act == act.value, c.digest == digest))

    async def purge_before(self, instant: datetime) -> int:
        result = await self._connection.execute(
            sa.delete(countersigns).where(countersigns.c.asked_at < instant)
        )
        return result.rowcount

    async def _list(self, wanted: sa.ColumnElement[bool]) -> Sequence[Countersign]:
        c = countersigns.c
        rows = await self._connection.execute(
            sa.select(countersigns).where(wanted).order_by(c.asked_at.desc(), c.id)
        )
        return [_countersign(row) for row in rows.mappings()]


def _place(row_key: str) -> Place:
    return Place("countersigns", "sealed_detail", row_key)


def _row(one: Countersign) -> dict[str, Any]:
    row = {field.name: getattr(one, field.name) for field in fields(one)}
    return {**row, "act": one.act.value, "state": one.state.value}


def _countersign(row: Mapping[Any, Any]) -> Countersign:
    known = {field.name: row[field.name] for field in fields(Countersign)}
    return Countersign(**{**known, "act": Act(row["act"]), "state": State(row["state"])})
