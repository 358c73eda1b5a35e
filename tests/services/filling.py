"""Rows for a member in every table that is registered, whatever the table is about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from storage.database import Database
from storage.keeping import REGISTER
from storage.sealed import place_of
from storage.tables import Instant, metadata
from storage.vault import Vault
from storage.work import Work

SECRET = "只有本人知道的一句话"
# What is an enumeration and is read back as one.
_WORDS: dict[str, dict[str, str]] = {
    "state": {"": "confirmed", "outbox": "pending"},
    "occupation": {"": "rider"},
    "source": {"": "self"},
    "reach": {"": "reachable"},
    "purpose": {"": "service"},
    "answer": {"": "given"},
    "form": {"": "note"},
}

_LEADS = {kept.table.name: kept.member for kept in REGISTER if kept.member is not None}


async def fill(database: Database, member_id: int) -> frozenset[str]:
    """Add a row to each registered table that has none of the member yet; the tables' names.

    Where it refers to another table, a row is made there first.
    """
    async with database.open_work() as work:
        # By the person only: when there is one.
        later = [kept for kept in REGISTER if kept.member is None and kept.through is None]
        for kept in REGISTER:
            if kept.through is not None or kept.member is None:
                continue
            leads = kept.table.c[kept.member] == member_id
            found = await work._connection.execute(sa.select(kept.table).where(leads))
            if found.first() is None:
                await _insert(work, kept.table, {kept.member: member_id})
        person = await work.people.find_of_member(member_id)
        assert person is not None
        for kept in later:
            assert kept.person is not None
            await _insert(work, kept.table, {kept.person: person.id})
        await _fill_case(work, member_id)
        await work.commit()
    return frozenset(kept.table.name for kept in REGISTER)


async def _fill_case(work: Work, member_id: int) -> None:
    """A case of the member with a row in each table beside it, an answer to the quiz, and why a
    seat changed: what only another table leads to."""
    ids = {"case_id": f"case-{member_id % 1000}", "agreement_id": f"made-{member_id % 1000}"}
    tables = [kept.table for kept in REGISTER if kept.through is not None]
    # What refers to others goes first; here they come last.
    for table in sorted(tables, key=lambda one: list(metadata.sorted_tables).index(one)):
        values: dict[str, Any] = {name: ids[name] for name in ids if name in table.c}
        if table.name == "cases":
            values = {"id": ids["case_id"], "number": f"{member_id % 1000:09d}"}
        if table.name == "quiz_answers":
            c = metadata.tables["quiz_attempts"].c
            mine = sa.select(c.id).where(c.member_id == member_id)
            values["attempt_id"] = await work._connection.scalar(mine)
        if table.name == "seat_log":
            c = metadata.tables["seats"].c
            mine = sa.select(c.id).where(c.member_id == member_id)
            values["seat_id"] = await work._connection.scalar(mine)
        if table.name == "case_agreements":
            values["id"] = ids["agreement_id"]
        if table.name == "case_identities":
            values["member_print"] = work.cases.member_print(member_id)
        await _insert(work, table, values)


async def _insert(work: Work, table: sa.Table, values: dict[str, Any]) -> None:
    row: dict[str, Any] = {}
    for column in table.columns:
        keys = list(column.foreign_keys)
        if column.name in values:
            row[column.name] = values[column.name]
        elif keys and not column.nullable:
            other = keys[0].column
            newest = sa.select(other).order_by(other.desc()).limit(1)
            found = await work._connection.scalar(newest)
            if found is None:
                # Where it is the member's too, it is the row that they are asked for later.
                lead = _LEADS.get(other.table.name)
                member = next(iter(values.values()), None)
                await _insert(work, other.table, {lead: member} if lead and member else {})
                found = await work._connection.scalar(newest)
            row[column.name] = found
        elif (
            keys
            or (column.primary_key and column.autoincrement is True)
            or (column.primary_key and _counts(column))
        ):
            continue
        else:
            row[column.name] = _value(column)
    for column in table.columns:
        if column.name.startswith("sealed_"):
            key = [row[part.name] for part in table.primary_key.columns]
            row[column.name] = _sealed(work.vault, column, key)
    await work._connection.execute(sa.insert(table), row)


def _counts(column: sa.Column[Any]) -> bool:
    whole = isinstance(column.type, sa.Integer)
    return whole and column.autoincrement == "auto" and len(column.table.primary_key.columns) == 1


def _sealed(vault: Vault, column: sa.Column[Any], key: list[Any]) -> bytes:
    return vault.seal(place_of(column, key), SECRET)


def _value(column: sa.Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, Instant):
        return datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
    if isinstance(kind, sa.Date):
        return date(2026, 11, 25)
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.Integer | sa.Float):
        return 1
    if isinstance(kind, sa.JSON):
        return {"text": SECRET}
    if isinstance(kind, sa.LargeBinary):
        return b""
    known = _WORDS.get(column.name, {})
    if known:
        return known.get(column.table.name, known[""])
    length = getattr(kind, "length", None)
    text = f"{column.table.name}-{column.name}"
    return text[:length] if length else SECRET
