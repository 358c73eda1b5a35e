"""Versions of pages and figures, and the members who want to hear of an answer or a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.editing import IN_FORCE, Kind, State, Version
from storage.tables import content_edition, content_versions, watches, wishes
from storage.upsert import insert
from storage.vault import Place, Vault

_IN_FORCE = tuple(state.value for state in IN_FORCE)


class Versions:
    """The table of versions, and the edition: how often what is in force has changed."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, version: Version) -> Version:
        """Keep a new version under the next number of its name; it comes back with both ids."""
        # Two who begin a draft of one page at the same moment would both take the same number.
        await self._connection.execute(sa.select(content_edition.c.number).with_for_update())
        columns = content_versions.c
        number = await self._connection.scalar(
            sa.select(sa.func.coalesce(sa.func.max(columns.number), 0) + 1).where(
                columns.kind == version.kind.value, columns.name == version.name
            )
        )
        values = {**_values(version), "number": number}
        row = await self._connection.execute(
            sa.insert(content_versions).values(values).returning(content_versions)
        )
        return _version(row.one())

    async def change(self, version: Version, was: State) -> bool:
        """Write a version back; False if its state is not `was` any more."""
        columns = content_versions.c
        result = await self._connection.execute(
            sa.update(content_versions)
            .where(columns.id == version.id, columns.state == was.value)
            .values(_values(version))
        )
        return result.rowcount > 0

    async def find(self, version_id: int) -> Version | None:
        return await self._one(content_versions.c.id == version_id)

    async def find_number(self, kind: Kind, name: str, number: int) -> Version | None:
        columns = content_versions.c
        return await self._one(
            sa.and_(columns.kind == kind.value, columns.name == name, columns.number == number)
        )

    async def list_in_force(self) -> list[Version]:
        """Every version that counts, by kind and name."""
        return await self._list(content_versions.c.state.in_(_IN_FORCE))

    async def list_in(self, states: Iterable[State]) -> list[Version]:
        """Every version in one of these states, by kind, name and number."""
        wanted = [state.value for state in states]
        return await self._list(content_versions.c.state.in_(wanted))

    async def list_of(self, kind: Kind, name: str) -> list[Version]:
        """The history of a name, oldest first."""
        columns = content_versions.c
        return await self._list(sa.and_(columns.kind == kind.value, columns.name == name))

    async def edition(self) -> int:
        """How often what is in force has changed. Cheap: other processes ask every few seconds."""
        return int(await self._connection.scalar(sa.select(content_edition.c.number)) or 0)

    async def next_edition(self, seen: int) -> bool:
        """Count a change of what is in force; False if another one came after `seen`.

        From here to the end of the transaction nobody else can publish.
        """
        number = content_edition.c.number
        result = await self._connection.execute(
            sa.update(content_edition).where(number == seen).values(number=number + 1)
        )
        return result.rowcount > 0

    async def _one(self, condition: sa.ColumnElement[bool]) -> Version | None:
        row = (
            await self._connection.execute(sa.select(content_versions).where(condition))
        ).one_or_none()
        return _version(row) if row is not None else None

    async def _list(self, condition: sa.ColumnElement[bool]) -> list[Version]:
        columns = content_versions.c
        rows = await self._connection.execute(
            sa.select(content_versions)
            .where(condition)
            .order_by(columns.kind, columns.name, columns.number)
        )
        return [_version(row) for row in rows]


class Wishes:
    """Who wants to hear when there is an answer. The question is sealed: whoever has the
    database alone cannot tell who asked what."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, member_id: int, question_id: str, until: date) -> None:
        """Keep a wish; the same wish again changes nothing."""
        wish = _id(self._vault, "wish", member_id, question_id)
        sealed = self._vault.seal(Place("wishes", "sealed_question", wish), question_id)
        await self._connection.execute(
            insert(self._connection, wishes).on_conflict_do_nothing(),
            {"id": wish, "member_id": member_id, "sealed_question": sealed, "until": until},
        )

    async def list_open(self, today: date) -> list[tuple[str, int, str]]:
        """Every wish that was not met yet: its id, the member and the question's id."""
        columns = wishes.c
        rows = await self._connection.execute(
            sa.select(columns.id, columns.member_id, columns.sealed_question)
            .where(columns.page.is_(None), columns.until >= today)
            .order_by(columns.id)
        )
        return [(wish, member, self._question(wish, sealed)) for wish, member, sealed in rows]

    async def meet(self, wish_id: str, entry_id: str) -> bool:
        """Note the page that answers; False if the wish is gone or was met already."""
        columns = wishes.c
        result = await self._connection.execute(
            sa.update(wishes)
            .where(columns.id == wish_id, columns.page.is_(None))
            .values(page=_mark(self._vault, entry_id))
        )
        return result.rowcount > 0

    async def find_page(self, wish_id: str, member_id: int, ids: Iterable[str]) -> str | None:
        """Which of these pages answers the member's wish."""
        return await _page(self._connection, self._vault, wishes, wish_id, member_id, ids)

    async def remove_of(self, member_id: int) -> int:
        """Forget every wish of a member; the number."""
        return await _remove_of(self._connection, wishes, member_id)

    async def purge_before(self, day: date) -> int:
        """Remove what nobody waits for any more; the number of rows."""
        return await _purge(self._connection, wishes, day)

    def _question(self, wish_id: str, sealed: bytes) -> str:
        return self._vault.open(Place("wishes", "sealed_question", wish_id), sealed)


class Watches:
    """Who wants to hear when a page changes. Pages stand here by a keyed mark, not by name."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, member_id: int, entry_id: str, until: date) -> None:
        """Watch a page until a day; the same page again moves the day."""
        values = {"member_id": member_id, "page": _mark(self._vault, entry_id), "until": until}
        watch = _id(self._vault, "watch", member_id, entry_id)
        statement = insert(self._connection, watches).values(id=watch, **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_={"until": until})
        )

    async def list_of(self, entry_id: str, today: date) -> list[tuple[str, int]]:
        """Who watches a page: the watch's id and the member."""
        columns = watches.c
        rows = await self._connection.execute(
            sa.select(columns.id, columns.member_id)
            .where(columns.page == _mark(self._vault, entry_id), columns.until >= today)
            .order_by(columns.id)
        )
        return [(row.id, row.member_id) for row in rows]

    async def find_page(self, watch_id: str, member_id: int, ids: Iterable[str]) -> str | None:
        """Which of these pages the member's watch is for."""
        return await _page(self._connection, self._vault, watches, watch_id, member_id, ids)

    async def remove_of(self, member_id: int) -> int:
        """Forget everything that a member watches; the number."""
        return await _remove_of(self._connection, watches, member_id)

    async def purge_before(self, day: date) -> int:
        return await _purge(self._connection, watches, day)


def _id(vault: Vault, what: str, member_id: int, of: str) -> str:
    """The same for the same wish. Short: it stands in a button beside a verb."""
    return vault.fingerprint(what, f"{member_id}:{of}")[:24]


def _mark(vault: Vault, entry_id: str) -> str:
    return vault.fingerprint("page", entry_id)


async def _page(
    connection: AsyncConnection,
    vault: Vault,
    table: sa.Table,
    row_id: str,
    member_id: int,
    ids: Iterable[str],
) -> str | None:
    """Only the owner's row counts: a button that was passed on opens nothing."""
    mark = await connection.scalar(
        sa.select(table.c.page).where(table.c.id == row_id, table.c.member_id == member_id)
    )
    if mark is None:
        return None
    return next((entry_id for entry_id in ids if _mark(vault, entry_id) == mark), None)


async def _remove_of(connection: AsyncConnection, table: sa.Table, member_id: int) -> int:
    result = await connection.execute(sa.delete(table).where(table.c.member_id == member_id))
    return result.rowcount


async def _purge(connection: AsyncConnection, table: sa.Table, day: date) -> int:
    result = await connection.execute(sa.delete(table).where(table.c.until < day))
    return result.rowcount


def _values(version: Version) -> Mapping[str, Any]:
    return {
        "kind": version.kind.value,
        "name": version.name,
        "number": version.number,
        "state": version.state.value,
        "source": version.source,
        "hash": version.hash,
        "base_number": version.base_number,
        "base_hash": version.base_hash,
        "needs_review": version.needs_review,
        "is_material": version.is_material,
        "author": version.author,
        "reviewer": version.reviewer,
        "reason": version.reason,
        "created_at": version.created_at,
        "changed_at": version.changed_at,
        "decided_at": version.decided_at,
    }


def _version(row: sa.Row[Any]) -> Version:
    return Version(
        id=row.id,
        kind=Kind(row.kind),
        name=row.name,
        number=row.number,
        state=State(row.state),
        source=row.source,
        base_number=row.base_number,
        base_hash=row.base_hash,
        needs_review=row.needs_review,
        is_material=row.is_material,
        author=row.author,
        reviewer=row.reviewer,
        reason=row.reason,
        created_at=row.created_at,
        changed_at=row.changed_at,
        decided_at=row.decided_at,
    )
