"""The bank of quiz items: as they are now, and as they were whenever they were asked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.quiz import Item, Kind
from domain.quiz_bank import (
    BankItem,
    BankSieve,
    ItemState,
    ItemVersion,
    Origin,
    Shelf,
    Topic,
    content_hash,
    content_of,
    fields_of,
)
from domain.quiz_figures import Figures, Flag
from domain.quiz_play import PoolItem
from storage.tables import quiz_item_versions, quiz_items, quiz_topics
from storage.upsert import insert

_AT_ONCE = 500
_OWN = "own."
_ORDERS = {
    "id": quiz_items.c.id,
    "changed": quiz_items.c.changed_at,
    "facility": quiz_items.c.facility,
    "discrimination": quiz_items.c.discrimination,
}


class QuizBank:
    """The tables of items, their versions and topics."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def topics(self) -> Sequence[Topic]:
        rows = await self._connection.execute(sa.select(quiz_topics).order_by(quiz_topics.c.key))
        return [Topic(row["key"], row["title"], row["is_political"]) for row in rows.mappings()]

    async def put_topic(self, one: Topic) -> None:
        """Keep a topic, in place of one of the same key."""
        values = {"title": one.title, "is_political": one.is_political}
        statement = insert(self._connection, quiz_topics).values(key=one.key, **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["key"], set_=values)
        )

    async def find(self, item_id: str, *, for_update: bool = False) -> BankItem | None:
        wanted = sa.select(quiz_items).where(quiz_items.c.id == item_id)
        if for_update:
            wanted = wanted.with_for_update()
        found = await self._list(wanted)
        return found[0] if found else None

    async def all(self, *states: ItemState) -> Sequence[BankItem]:
        """Items in these states, or in any."""
        wanted = sa.select(quiz_items).order_by(quiz_items.c.id)
        if states:
            wanted = wanted.where(quiz_items.c.state.in_([state.value for state in states]))
        return await self._list(wanted)

    async def page(
        self, sieve: BankSieve, *, offset: int, limit: int
    ) -> tuple[Sequence[BankItem], int]:
        """Some of the items that the sieve lets through, and how many in all."""
        where = _let_through(sieve)
        order = _ORDERS[sieve.order]
        # What has no figure stands last, either way.
        found = await self._list(
            sa.select(quiz_items)
            .where(*where)
            .order_by(order.is_(None), order.desc() if sieve.is_down else order, quiz_items.c.id)
            .offset(offset)
            .limit(limit)
        )
        total = await self._connection.scalar(
            sa.select(sa.func.count(quiz_items.c.id)).where(*where)
        )
        return found, int(total or 0)

    async def put(self, one: BankItem, *, is_new_version: bool) -> None:
        """Keep an item as it is now; a new version stays for good."""
        await self.put_all([one], [one] if is_new_version else [])

    async def put_all(self, some: Sequence[BankItem], new: Sequence[BankItem]) -> None:
        """The same for many; `new` are those of them that are new versions."""
        if some:
            statement = insert(self._connection, quiz_items)
            names = [column.name for column in quiz_items.columns if column.name != "id"]
            await self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["id"],
                    set_={name: statement.excluded[name] for name in names},
                ),
                [_row(one) for one in some],
            )
        if new:
            rows = [_version_row(one) for one in new]
            await self._connection.execute(sa.insert(quiz_item_versions), rows)

    async def next_own(self) -> int:
        """The number of the next item of the staff's own."""
        rows = await self._connection.execute(
            sa.select(quiz_items.c.id).where(quiz_items.c.id.startswith(_OWN, autoescape=True))
        )
        numbers = (re.fullmatch(r"own\.(\d+)", str(found)) for found in rows.scalars())
        return max((int(match[1]) for match in numbers if match), default=0) + 1

    async def versions(self, item_id: str) -> Sequence[ItemVersion]:
        """What the item said, the newest first."""
        rows = await self._connection.execute(
            sa.select(quiz_item_versions)
            .where(quiz_item_versions.c.item_id == item_id)
            .order_by(quiz_item_versions.c.number.desc())
        )
        return [_version(row) for row in rows.mappings()]

    async def asked(self, keys: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], Item]:
        """Items in the versions that were asked."""
        wanted = sorted(set(keys))
        found: dict[tuple[str, int], Item] = {}
        c = quiz_item_versions.c
        for at in range(0, len(wanted), _AT_ONCE):
            some = set(wanted[at : at + _AT_ONCE])
            rows = await self._connection.execute(
                sa.select(quiz_item_versions).where(c.item_id.in_(sorted({k for k, _ in some})))
            )
            for row in rows.mappings():
                key = (row["item_id"], row["number"])
                if key in some:
                    found[key] = _version(row).item
        return found

    async def pool(self, day: date, topics: Collection[str] = ()) -> Sequence[PoolItem]:
        """What may be drawn on a day, of some topics or of all."""
        c = quiz_items.c
        wanted = sa.select(c.id, c.version, c.topic, c.difficulty).where(
            *_drawable(day), c.topic.in_(list(topics)) if topics else sa.true()
        )
        rows = await self._connection.execute(wanted.order_by(c.id))
        return [PoolItem(*row) for row in rows]

    async def shelf(self, day: date) -> Shelf:
        """How many items of each topic and difficulty may be drawn on a day."""
        c = quiz_items.c
        rows = await self._connection.execute(
            sa.select(c.topic, c.difficulty, sa.func.count())
            .where(*_drawable(day))
            .group_by(c.topic, c.difficulty)
        )
        return Shelf({(topic, difficulty): int(count) for topic, difficulty, count in rows})

    async def set_figures(self, item_id: str, version: int, figures: Figures) -> None:
        """Write down the figures of an item, if it is still of this version."""
        await self._connection.execute(
            sa.update(quiz_items)
            .where(quiz_items.c.id == item_id, quiz_items.c.version == version)
            .values(
                figures=_figures_row(figures),
                facility=figures.facility,
                discrimination=figures.discrimination,
                is_flagged=bool(figures.flags),
            )
        )

    async def _list(self, statement: sa.Select[Any]) -> Sequence[BankItem]:
        rows = await self._connection.execute(statement)
        return [_bank_item(row) for row in rows.mappings()]


def _drawable(day: date) -> list[sa.ColumnElement[bool]]:
    c = quiz_items.c
    return [
        c.state == ItemState.READY.value,
        sa.or_(c.valid_from.is_(None), c.valid_from <= day),
        sa.or_(c.valid_to.is_(None), c.valid_to >= day),
    ]


def _let_through(sieve: BankSieve) -> list[sa.ColumnElement[bool]]:
    c = quiz_items.c
    found: list[sa.ColumnElement[bool]] = []
    if sieve.words:
        is_like = c.question.icontains(sieve.words, autoescape=True)
        found.append(sa.or_(is_like, c.id == sieve.words))
    if sieve.topic:
        found.append(c.topic == sieve.topic)
    if sieve.kind is not None:
        found.append(c.kind == sieve.kind.value)
    if sieve.difficulty is not None:
        found.append(c.difficulty == sieve.difficulty)
    if sieve.state is not None:
        found.append(c.state == sieve.state.value)
    if sieve.is_flagged:
        found.append(c.is_flagged)
    return found


def _row(one: BankItem) -> dict[str, Any]:
    item = one.item
    return {
        "id": item.id,
        "topic": item.topic,
        "difficulty": item.difficulty,
        "kind": item.kind.value,
        "state": one.state.value,
        "origin": one.origin.value,
        "version": one.version,
        "question": item.question,
        "content": content_of(item),
        "content_hash": content_hash(item),
        "valid_from": item.valid_from,
        "valid_to": item.valid_to,
        "reviewed_on": item.reviewed_on,
        "reviewed_by": item.reviewed_by,
        "changed_at": one.changed_at,
        "changed_by": one.changed_by,
        "figures": None if one.figures is None else _figures_row(one.figures),
        "facility": one.figures.facility if one.figures else None,
        "discrimination": one.figures.discrimination if one.figures else None,
        "is_flagged": bool(one.figures and one.figures.flags),
    }


def _version_row(one: BankItem) -> dict[str, Any]:
    item = one.item
    return {
        "item_id": item.id,
        "number": one.version,
        "topic": item.topic,
        "difficulty": item.difficulty,
        "kind": item.kind.value,
        "content": content_of(item),
        "made_at": one.changed_at,
        "made_by": one.changed_by,
    }


def _bank_item(row: Mapping[Any, Any]) -> BankItem:
    item = Item(
        id=row["id"],
        topic=row["topic"],
        difficulty=row["difficulty"],
        kind=Kind(row["kind"]),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        reviewed_on=row["reviewed_on"],
        reviewed_by=row["reviewed_by"],
        **fields_of(row["content"]),
    )
    return BankItem(
        item,
        ItemState(row["state"]),
        Origin(row["origin"]),
        row["version"],
        row["changed_at"],
        row["changed_by"],
        None if row["figures"] is None else _figures(row["figures"]),
    )


def _version(row: Mapping[Any, Any]) -> ItemVersion:
    item = Item(
        id=row["item_id"],
        topic=row["topic"],
        difficulty=row["difficulty"],
        kind=Kind(row["kind"]),
        **fields_of(row["content"]),
    )
    return ItemVersion(row["number"], item, row["made_at"], row["made_by"])


def _figures_row(one: Figures) -> dict[str, Any]:
    return {
        "answers": one.answers,
        "facility": one.facility,
        "discrimination": one.discrimination,
        "point_biserial": one.point_biserial,
        "chosen": dict(one.chosen),
        "flags": sorted(flag.value for flag in one.flags),
    }


def _figures(row: Mapping[str, Any]) -> Figures:
    return Figures(
        row["answers"],
        row["facility"],
        row["discrimination"],
        row["point_biserial"],
        row["chosen"],
        frozenset(map(Flag, row["flags"])),
    )
