"""Evidence: files go in and come out sealed, in pieces; links to the page are kept as hashes."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.evidence import Evidence, FileKind, Via
from storage.tables import case_intakes, cases, evidence, evidence_links, evidence_pieces, members
from storage.vault import Place, Vault

_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose files: a member's who has no case yet, or a case's."""

    member_id: int | None = None
    case_id: str | None = None


@dataclass(frozen=True, slots=True)
class UploadLink:
    """What a link leads to. `used_at` is set once it was used."""

    token_hash: str
    member_id: int
    case_id: str | None
    item: str
    expires_at: datetime
    used_at: datetime | None = None


class EvidenceFiles:
    """The tables of evidence."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def list_of(self, owner: Owner) -> tuple[Evidence, ...]:
        """The files of an owner by number, without their bytes."""
        rows = await self._connection.execute(
            sa.select(evidence).where(_of(owner)).order_by(evidence.c.serial)
        )
        return tuple(self._one(dict(row)) for row in rows.mappings())

    async def find(self, owner: Owner, evidence_id: str) -> Evidence | None:
        """One of the owner's files."""
        return await self._find(_of(owner), evidence.c.id == evidence_id)

    async def find_by_source(self, source: str) -> Evidence | None:
        """The file that came with this delivery."""
        return await self._find(evidence.c.source == source)

    async def lock(self, owner: Owner) -> None:
        """Let nobody else number files of this owner until the end of the transaction."""
        whose = (
            sa.select(cases.c.id).where(cases.c.id == owner.case_id)
            if owner.case_id is not None
            else sa.select(members.c.id).where(members.c.id == owner.member_id)
        )
        await self._connection.execute(whose.with_for_update())

    async def next_number(self, owner: Owner) -> int:
        """The number after the last one; one that was removed is not given again while later
        ones are there."""
        last = await self._connection.scalar(
            sa.select(sa.func.max(evidence.c.serial)).where(_of(owner))
        )
        return (last or 0) + 1

    async def add(self, owner: Owner, one: Evidence, source: str, data: bytes) -> None:
        """Keep a file with its bytes."""
        await self._connection.execute(
            sa.insert(evidence).values(
                id=one.id,
                case_id=owner.case_id,
                member_id=owner.member_id if owner.case_id is None else None,
                source=source,
                serial=one.number,
                item=one.item,
                kind=one.kind.value,
                via=one.via.value,
                sealed_file_name=self._vault.seal(_name(one.id), one.name),
                size=one.size,
                sha256=one.sha256,
                kept_sha256=one.kept_sha256,
                received_at=one.received_at,
                handed_in_at=one.handed_in_at,
            )
        )
        for number, at in enumerate(range(0, len(data), _PIECE)):
            piece = base64.b64encode(data[at : at + _PIECE]).decode()
            await self._connection.execute(
                sa.insert(evidence_pieces).values(
                    evidence_id=one.id,
                    number=number,
                    sealed_piece=self._vault.seal(_piece(one.id, number), piece),
                )
            )

    async def read(self, evidence_id: str) -> bytes:
        """The bytes of a file, opened."""
        c = evidence_pieces.c
        rows = await self._connection.execute(
            sa.select(c.number, c.sealed_piece)
            .where(c.evidence_id == evidence_id)
            .order_by(c.number)
        )
        return b"".join(
            base64.b64decode(self._vault.open(_piece(evidence_id, number), sealed))
            for number, sealed in rows
        )

    async def remove(self, evidence_id: str) -> None:
        """Forget a file with its bytes."""
        await self._forget(evidence.c.id == evidence_id)

    async def attach(self, member_id: int, case_id: str, at: datetime) -> int:
        """Hand the member's files in with the case that now exists; the number of files."""
        result = await self._connection.execute(
            sa.update(evidence)
            .where(_of(Owner(member_id)))
            .values(case_id=case_id, member_id=None, handed_in_at=at)
        )
        return result.rowcount

    async def drop_pending(self, member_id: int) -> int:
        """Forget the member's files that belong to no case; the number of files."""
        return await self._forget(_of(Owner(member_id)))

    async def purge_pending(self, before: datetime, now: datetime) -> int:
        """Forget files that came before, of cases that were never handed in, unless their form is
        still open at `now`; the number of files."""
        c, open_ = evidence.c, case_intakes.c
        going_on = sa.select(open_.member_id).where(open_.expires_at > now)
        return await self._forget(
            c.case_id.is_(None), c.received_at <= before, c.member_id.not_in(going_on)
        )

    async def hand_in(self, case_id: str, at: datetime) -> int:
        """Mark what was not handed in before; the number of files."""
        c = evidence.c
        result = await self._connection.execute(
            sa.update(evidence)
            .where(c.case_id == case_id, c.handed_in_at.is_(None))
            .values(handed_in_at=at)
        )
        return result.rowcount

    async def add_link(self, link: UploadLink) -> None:
        """Keep a link, in place of one that the member had and did not use."""
        c = evidence_links.c
        await self._connection.execute(
            sa.delete(evidence_links).where(c.member_id == link.member_id, c.used_at.is_(None))
        )
        case_id = link.case_id
        sealed = None if case_id is None else self._vault.seal(_case(link.token_hash), case_id)
        await self._connection.execute(
            sa.insert(evidence_links).values(
                token_hash=link.token_hash,
                member_id=link.member_id,
                sealed_case=sealed,
                item=link.item,
                expires_at=link.expires_at,
            )
        )

    async def find_link(self, token_hash: str) -> UploadLink | None:
        """The link, whether it can still be used or not."""
        rows = await self._connection.execute(
            sa.select(evidence_links).where(evidence_links.c.token_hash == token_hash)
        )
        row = rows.mappings().first()
        if row is None:
            return None
        values = dict(row)
        sealed = values.pop("sealed_case")
        case_id = None if sealed is None else self._vault.open(_case(token_hash), sealed)
        return UploadLink(**values, case_id=case_id)

    async def use_link(self, token_hash: str, at: datetime) -> bool:
        """Use the link up; False if somebody did so before, or it has expired."""
        c = evidence_links.c
        result = await self._connection.execute(
            sa.update(evidence_links)
            .where(c.token_hash == token_hash, c.used_at.is_(None), c.expires_at > at)
            .values(used_at=at)
        )
        return result.rowcount > 0

    async def purge_links(self, before: datetime) -> int:
        """Remove links that expired before; the number of rows."""
        result = await self._connection.execute(
            sa.delete(evidence_links).where(evidence_links.c.expires_at <= before)
        )
        return result.rowcount

    async def _find(self, *conditions: sa.ColumnElement[bool]) -> Evidence | None:
        rows = await self._connection.execute(sa.select(evidence).where(*conditions))
        row = rows.mappings().first()
        return self._one(dict(row)) if row else None

    async def _forget(self, *conditions: sa.ColumnElement[bool]) -> int:
        gone = sa.select(evidence.c.id).where(*conditions)
        await self._connection.execute(
            sa.delete(evidence_pieces).where(evidence_pieces.c.evidence_id.in_(gone))
        )
        result = await self._connection.execute(sa.delete(evidence).where(*conditions))
        return result.rowcount

    def _one(self, row: dict[str, Any]) -> Evidence:
        return Evidence(
            id=row["id"],
            number=row["serial"],
            item=row["item"],
            kind=FileKind(row["kind"]),
            via=Via(row["via"]),
            name=self._vault.open(_name(row["id"]), row["sealed_file_name"]),
            size=row["size"],
            sha256=row["sha256"],
            kept_sha256=row["kept_sha256"],
            received_at=row["received_at"],
            handed_in_at=row["handed_in_at"],
            case_id=row["case_id"],
        )


def _of(owner: Owner) -> sa.ColumnElement[bool]:
    c = evidence.c
    if owner.case_id is not None:
        return c.case_id == owner.case_id
    return sa.and_(c.case_id.is_(None), c.member_id == owner.member_id)


def _name(evidence_id: str) -> Place:
    return Place(evidence.name, "sealed_file_name", evidence_id)


def _case(token_hash: str) -> Place:
    return Place(evidence_links.name, "sealed_case", token_hash)


def _piece(evidence_id: str, number: int) -> Place:
    return Place(evidence_pieces.name, "sealed_piece", f"{evidence_id}/{number}")
