"""Who agreed to a broadcast, how it was tried, and what is done to it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.broadcasts import ActKind, ActState, Approval, BroadcastAct, Trial, Verdict
from domain.outbox import State
from storage.tables import approvals, broadcast_acts, broadcast_tests, outbox
from storage.upsert import insert


class Agreements:
    """The tables of approvals, of test sends and of acts on what was sent."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add_approval(self, approval: Approval) -> None:
        await self._connection.execute(
            insert(self._connection, approvals).on_conflict_do_nothing(),
            {one.name: getattr(approval, one.name) for one in fields(approval)}
            | {"verdict": approval.verdict.value},
        )

    async def approvals_of(self, push_id: int) -> Sequence[Approval]:
        rows = await self._connection.execute(
            sa.select(approvals).where(approvals.c.push_id == push_id).order_by(approvals.c.at)
        )
        return [
            Approval(**{**row, "verdict": Verdict(row["verdict"])})
            for row in (dict(row) for row in rows.mappings())
        ]

    async def add_trial(self, broadcast_id: str, chain: str, trial: Trial) -> None:
        """Note a test send. Pressing twice in one second sends one."""
        await self._connection.execute(
            insert(self._connection, broadcast_tests).on_conflict_do_nothing(),
            {
                "chain": chain,
                "broadcast_id": broadcast_id,
                "staff_id": trial.staff_id,
                "body_hash": trial.body_hash,
                "at": trial.at,
            },
        )

    async def trials_of(self, broadcast_id: str) -> Sequence[Trial]:
        """Test sends, the newest first, and whether each has arrived."""
        rows = await self._connection.execute(
            sa.select(broadcast_tests, outbox.c.state)
            .select_from(
                broadcast_tests.outerjoin(
                    outbox, sa.and_(outbox.c.chain == broadcast_tests.c.chain, outbox.c.part == 1)
                )
            )
            .where(broadcast_tests.c.broadcast_id == broadcast_id)
            .order_by(broadcast_tests.c.at.desc())
        )
        return [
            Trial(row["at"], row["body_hash"], row["staff_id"], _arrived(row["state"]))
            for row in rows.mappings()
        ]

    async def add_act(self, act: BroadcastAct) -> None:
        await self._connection.execute(sa.insert(broadcast_acts), _act_row(act))

    async def save_act(self, act: BroadcastAct) -> None:
        await self._connection.execute(
            sa.update(broadcast_acts).where(broadcast_acts.c.id == act.id).values(_act_row(act))
        )

    async def lock_act(self, act_id: str) -> BroadcastAct | None:
        found = await self._acts(broadcast_acts.c.id == act_id, for_update=True)
        return found[0] if found else None

    async def find(self, act_id: str) -> BroadcastAct | None:
        found = await self._acts(broadcast_acts.c.id == act_id)
        return found[0] if found else None

    async def acts_of(self, broadcast_id: str) -> Sequence[BroadcastAct]:
        return await self._acts(broadcast_acts.c.broadcast_id == broadcast_id)

    async def list_waiting(self) -> Sequence[BroadcastAct]:
        return await self._acts(broadcast_acts.c.state == ActState.WAITING.value)

    async def _acts(
        self, where: sa.ColumnElement[bool], *, for_update: bool = False
    ) -> Sequence[BroadcastAct]:
        wanted = sa.select(broadcast_acts).where(where).order_by(broadcast_acts.c.asked_at)
        rows = await self._connection.execute(wanted.with_for_update() if for_update else wanted)
        return [
            BroadcastAct(**{**row, "kind": ActKind(row["kind"]), "state": ActState(row["state"])})
            for row in (dict(row) for row in rows.mappings())
        ]


def _arrived(state: str | None) -> bool | None:
    if state in (None, State.PENDING.value, State.SENDING.value):
        # A row that is gone is long past: what it came to is not known any more.
        return None if state else False
    return state == State.SENT.value


def _act_row(act: BroadcastAct) -> dict[str, Any]:
    row = {one.name: getattr(act, one.name) for one in fields(act)}
    return {**row, "kind": act.kind.value, "state": act.state.value}
