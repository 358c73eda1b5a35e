"""Signing in: what browsers asked for, wrong tries, sessions, second factors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.sign_in import Session, SignIn, SignInState
from storage.tables import factors, recovery_codes, sessions, sign_in_faults, sign_ins
from storage.upsert import insert
from storage.vault import Place, Vault


class SignIns:
    """The tables of sign-ins and of wrong tries."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, sign_in: SignIn, token_hash: str, code_hash: str) -> None:
        await self._connection.execute(
            sa.insert(sign_ins),
            {
                "id": sign_in.id,
                "token_hash": token_hash,
                "code_hash": code_hash,
                "right_number": sign_in.right_number,
                "numbers": ",".join(map(str, sign_in.numbers)),
                "state": sign_in.state.value,
                "staff_id": sign_in.staff_id,
                "browser": sign_in.browser,
                "address": sign_in.address,
                "created_at": sign_in.created_at,
                "expires_at": sign_in.expires_at,
            },
        )

    async def find(self, sign_in_id: str) -> SignIn | None:
        return await self._find(sign_ins.c.id == sign_in_id)

    async def find_by_token(self, token_hash: str) -> SignIn | None:
        return await self._find(sign_ins.c.token_hash == token_hash)

    async def find_by_code(self, code_hash: str) -> SignIn | None:
        return await self._find(sign_ins.c.code_hash == code_hash)

    async def move(
        self,
        sign_in: SignIn,
        state: SignInState,
        staff_id: str | None,
    ) -> bool:
        """Change the state; False if somebody else changed it since it was read."""
        result = await self._connection.execute(
            sa.update(sign_ins)
            .where(sign_ins.c.id == sign_in.id, sign_ins.c.state == sign_in.state.value)
            .values(state=state.value, staff_id=staff_id)
        )
        return result.rowcount > 0

    async def void_of(self, staff_id: str) -> None:
        """Whatever the person has begun and not finished leads nowhere any more."""
        await self._connection.execute(
            sa.update(sign_ins)
            .where(sign_ins.c.staff_id == staff_id, sign_ins.c.state != SignInState.USED.value)
            .values(state=SignInState.VOID.value)
        )

    async def count_unfinished(self, since: datetime, address: str | None = None) -> int:
        """How many were begun since then and led to no session; of one address, or of all."""
        conditions = [sign_ins.c.created_at > since, sign_ins.c.state != SignInState.USED.value]
        if address is not None:
            conditions.append(sign_ins.c.address == address)
        return await self._count(sign_ins, conditions)

    async def add_fault(self, at: datetime, staff_id: str | None, address: str | None) -> None:
        await self._connection.execute(
            sa.insert(sign_in_faults), {"at": at, "staff_id": staff_id, "address": address}
        )

    async def count_faults(
        self, since: datetime, *, staff_id: str | None = None, address: str | None = None
    ) -> int:
        """Wrong tries since then: of one account, of one address, or of all."""
        conditions = [sign_in_faults.c.at > since]
        if staff_id is not None:
            conditions.append(sign_in_faults.c.staff_id == staff_id)
        if address is not None:
            conditions.append(sign_in_faults.c.address == address)
        return await self._count(sign_in_faults, conditions)

    async def purge(self, before: datetime) -> int:
        """Remove what began before; the number of rows."""
        count = 0
        for statement in (
            sa.delete(sign_ins).where(sign_ins.c.created_at < before),
            sa.delete(sign_in_faults).where(sign_in_faults.c.at < before),
        ):
            count += (await self._connection.execute(statement)).rowcount
        return count

    async def _count(self, table: sa.Table, conditions: list[sa.ColumnElement[bool]]) -> int:
        return int(
            await self._connection.scalar(
                sa.select(sa.func.count()).select_from(table).where(*conditions)
            )
            or 0
        )

    async def _find(self, condition: sa.ColumnElement[bool]) -> SignIn | None:
        rows = await self._connection.execute(sa.select(sign_ins).where(condition))
        row = rows.mappings().first()
        if row is None:
            return None
        return SignIn(
            id=row["id"],
            state=SignInState(row["state"]),
            right_number=row["right_number"],
            numbers=tuple(int(number) for number in row["numbers"].split(",")),
            staff_id=row["staff_id"],
            browser=row["browser"],
            address=row["address"],
            created_at=row["created_at"],
            expires_at=row["expires_at"],
        )


class Sessions:
    """The table of sessions. A session that is over has no row."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, session: Session, token_hash: str, address: str) -> None:
        await self._connection.execute(
            sa.insert(sessions),
            {
                "id": session.id,
                "staff_id": session.staff_id,
                "token_hash": token_hash,
                "browser": session.browser,
                "address": address,
                "created_at": session.created_at,
                "seen_at": session.seen_at,
                "mfa_at": session.mfa_at,
            },
        )

    async def find_by_token(self, token_hash: str) -> Session | None:
        rows = await self._connection.execute(
            sa.select(sessions).where(sessions.c.token_hash == token_hash)
        )
        row = rows.mappings().first()
        return None if row is None else _session(row)

    async def list_of(self, staff_id: str) -> tuple[Session, ...]:
        """The person's sessions, the newest first."""
        rows = await self._connection.execute(
            sa.select(sessions)
            .where(sessions.c.staff_id == staff_id)
            .order_by(sessions.c.created_at.desc(), sessions.c.id)
        )
        return tuple(_session(row) for row in rows.mappings())

    async def touch(self, session_id: str, at: datetime) -> None:
        await self._connection.execute(
            sa.update(sessions).where(sessions.c.id == session_id).values(seen_at=at)
        )

    async def renew(self, session_id: str, token_hash: str, mfa_at: datetime) -> None:
        """Another token from now on, with the second factor shown."""
        await self._connection.execute(
            sa.update(sessions)
            .where(sessions.c.id == session_id)
            .values(token_hash=token_hash, mfa_at=mfa_at, seen_at=mfa_at)
        )

    async def remove(self, session_id: str) -> bool:
        result = await self._connection.execute(
            sa.delete(sessions).where(sessions.c.id == session_id)
        )
        return result.rowcount > 0

    async def remove_of(self, staff_id: str, but: str = "") -> int:
        """End the person's sessions, except for one; how many."""
        result = await self._connection.execute(
            sa.delete(sessions).where(sessions.c.staff_id == staff_id, sessions.c.id != but)
        )
        return result.rowcount

    async def purge(self, seen_before: datetime, begun_before: datetime) -> int:
        result = await self._connection.execute(
            sa.delete(sessions).where(
                sa.or_(sessions.c.seen_at <= seen_before, sessions.c.created_at <= begun_before)
            )
        )
        return result.rowcount


class Factors:
    """The tables of second factors and of recovery codes."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def is_enrolled(self, staff_id: str) -> bool:
        found = await self._connection.scalar(
            sa.select(factors.c.staff_id).where(
                factors.c.staff_id == staff_id, factors.c.enrolled_at.is_not(None)
            )
        )
        return found is not None

    async def list_enrolled(self) -> frozenset[str]:
        """The ids of all staff who have a second factor."""
        rows = await self._connection.execute(
            sa.select(factors.c.staff_id).where(factors.c.enrolled_at.is_not(None))
        )
        return frozenset(rows.scalars())

    async def find_secret(self, staff_id: str) -> str | None:
        """The secret in use."""
        return await self._secret(staff_id, "sealed_secret")

    async def find_next_secret(self, staff_id: str) -> str | None:
        """The secret of an enrolment that waits for its first code."""
        return await self._secret(staff_id, "sealed_next_secret")

    async def set_next_secret(self, staff_id: str, secret: str) -> None:
        sealed = self._vault.seal(Place("factors", "sealed_next_secret", staff_id), secret)
        statement = insert(self._connection, factors).values(
            staff_id=staff_id, sealed_next_secret=sealed, last_step=0
        )
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["staff_id"], set_={"sealed_next_secret": sealed}
            )
        )

    async def enrol(self, staff_id: str, secret: str, step: int, at: datetime) -> None:
        """From now on this secret counts; the code of `step` was used for showing it."""
        sealed = self._vault.seal(Place("factors", "sealed_secret", staff_id), secret)
        await self._connection.execute(
            sa.update(factors)
            .where(factors.c.staff_id == staff_id)
            .values(sealed_secret=sealed, sealed_next_secret=None, last_step=step, enrolled_at=at)
        )

    async def take_step(self, staff_id: str, step: int) -> bool:
        """Use up the code of a step; False if it, or a later one, was used before."""
        result = await self._connection.execute(
            sa.update(factors)
            .where(factors.c.staff_id == staff_id, factors.c.last_step < step)
            .values(last_step=step)
        )
        return result.rowcount > 0

    async def remove(self, staff_id: str) -> None:
        """Forget the second factor and its recovery codes."""
        for table in (recovery_codes, factors):
            await self._connection.execute(sa.delete(table).where(table.c.staff_id == staff_id))

    async def set_recovery_codes(self, staff_id: str, code_hashes: Collection[str]) -> None:
        """A new set; the old one is void."""
        await self._connection.execute(
            sa.delete(recovery_codes).where(recovery_codes.c.staff_id == staff_id)
        )
        await self._connection.execute(
            sa.insert(recovery_codes),
            [{"staff_id": staff_id, "code_hash": code_hash} for code_hash in code_hashes],
        )

    async def take_recovery_code(self, staff_id: str, code_hash: str, at: datetime) -> bool:
        """Use a code up; False if there is none, or it was used."""
        result = await self._connection.execute(
            sa.update(recovery_codes)
            .where(
                recovery_codes.c.staff_id == staff_id,
                recovery_codes.c.code_hash == code_hash,
                recovery_codes.c.used_at.is_(None),
            )
            .values(used_at=at)
        )
        return result.rowcount > 0

    async def count_recovery_codes(self, staff_id: str) -> int:
        """How many are left."""
        return int(
            await self._connection.scalar(
                sa.select(sa.func.count())
                .select_from(recovery_codes)
                .where(recovery_codes.c.staff_id == staff_id, recovery_codes.c.used_at.is_(None))
            )
            or 0
        )

    async def _secret(self, staff_id: str, column: str) -> str | None:
        sealed = await self._connection.scalar(
            sa.select(factors.c[column]).where(factors.c.staff_id == staff_id)
        )
        if sealed is None:
            return None
        return self._vault.open(Place("factors", column, staff_id), sealed)


def _session(row: Mapping[Any, Any]) -> Session:
    return Session(
        id=row["id"],
        staff_id=row["staff_id"],
        browser=row["browser"],
        created_at=row["created_at"],
        seen_at=row["seen_at"],
        mfa_at=row["mfa_at"],
    )
