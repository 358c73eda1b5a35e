"""Statements for whole batches. What is written or read for every update is built only once:
building a statement costs more than running it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.upsert import insert_for

# The parameter of `among`.
AMONG = "among"


def among(dialect: str, column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """A condition: the column is one of the values in the list that is handed in as `among`.

    One parameter, however many values: an IN is written anew for each number of them.
    """
    if dialect == "postgresql":
        values = sa.bindparam(AMONG, type_=postgresql.ARRAY(_whole(column)))
        return column == sa.any_(values)
    each = sa.func.json_each(sa.bindparam(AMONG, type_=sa.JSON)).table_valued("value")
    return column.in_(sa.select(each.c.value))


class Inserting:
    """An INSERT of many rows that leaves alone what is there already.

    `run` answers with the values of the column `told` of the rows that were not there before. On
    PostgreSQL the rows go as one statement with a list for each column.
    """

    def __init__(self, table: sa.Table, names: Sequence[str], told: str) -> None:
        self._table = table
        self._names = names
        self._told = told
        self._statement = cache(self._built)

    async def run(self, connection: AsyncConnection, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """Insert the rows: values in the order of `names`. There must be at least one."""
        values: Any
        if connection.dialect.name == "postgresql":
            values = dict(zip(self._names, map(list, zip(*rows, strict=True)), strict=True))
        else:
            values = [dict(zip(self._names, row, strict=True)) for row in rows]
        result = await connection.execute(self._statement(connection.dialect.name), values)
        return list(result.scalars())

    def _built(self, dialect: str) -> Any:
        insert = insert_for(dialect, self._table)
        if dialect == "postgresql":
            columns = [self._table.c[name] for name in self._names]
            lists = [sa.bindparam(c.name, type_=postgresql.ARRAY(_whole(c))) for c in columns]
            heads = [sa.column(c.name, _whole(c)) for c in columns]
            rows = sa.func.unnest(*lists).table_valued(*heads).render_derived()
            insert = insert.from_select(self._names, sa.select(rows))
        return insert.on_conflict_do_nothing().returning(self._table.c[self._told])


def _whole(column: sa.Column[Any]) -> sa.types.TypeEngine[Any]:
    """The type without a length: a list that is cast to VARCHAR(24)[] is cut in silence, where a
    text that is too long for its column is refused."""
    return sa.Text() if isinstance(column.type, sa.String) else column.type
