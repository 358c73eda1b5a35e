"""The people behind the members: names, phones and numbers go in and come out sealed."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.people import Occupation, Person, Source, folded, tail
from storage.tables import people, units
from storage.units import within
from storage.vault import Place, Vault

_TEXTS = ("name", "phone", "number", "unit_text")
_LOOKED_UP_AT_ONCE = 500


def new_person_id() -> str:
    """An id that nobody can guess."""
    return secrets.token_urlsafe(16)


class People:
    """The table of people."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def find(self, person_id: str) -> Person | None:
        return await self._one(people.c.id == person_id)

    async def find_all(self, person_ids: Iterable[str]) -> Mapping[str, Person]:
        """Several people by id; whoever is not there any more is left out."""
        found: dict[str, Person] = {}
        for some in _portions(sorted(set(person_ids))):
            found |= {one.id: one for one in await self._list(people.c.id.in_(some))}
        return found

    async def find_of_member(self, member_id: int) -> Person | None:
        """The person that a Telegram account belongs to."""
        return await self._one(people.c.member_id == member_id)

    async def list_by_phone(self, phone: str) -> tuple[Person, ...]:
        return await self._list(people.c.phone_print == self._print("phone", phone))

    async def search(
        self, *, name: str, tail: str, number: str, phone: str, tops: Collection[str], limit: int
    ) -> tuple[Person, ...]:
        """People within the paths for whom one of these is exactly so; empty ones are left out."""
        prints = {"name": folded(name), "tail": tail, "number": number, "phone": phone}
        wanted = [
            people.c[f"{what}_print"] == self._print(what, value)
            for what, value in prints.items()
            if value
        ]
        return await self._list(
            sa.or_(sa.false(), *wanted), within_reach(tops), order=people.c.id, limit=limit
        )

    async def list_in(
        self, tops: Collection[str], *, top: str | None, state: str, offset: int, limit: int
    ) -> tuple[Person, ...]:
        """A page of people within the paths, the newest first; `top` narrows to one unit's tree.

        `state` is "linked", "unlinked", "missing" or "" for all.
        """
        return await self._list(
            *_filters(tops, top, state),
            order=sa.desc(people.c.made_at),
            offset=offset,
            limit=limit,
        )

    async def count_in(self, tops: Collection[str], *, top: str | None, state: str) -> int:
        """How many `list_in` would list in all."""
        counted = sa.select(sa.func.count()).select_from(_with_units())
        found = await self._connection.scalar(counted.where(*_filters(tops, top, state)))
        return int(found or 0)

    async def list_unsettled(self, limit: int) -> tuple[tuple[str, str, int], ...]:
        """Units that were typed and not found yet: print, text, how many people; most first."""
        c = people.c
        rows = await self._connection.execute(
            sa.select(
                c.unit_text_print, sa.func.min(c.id).label("id"), sa.func.count().label("people")
            )
            .where(c.unit_text_print.is_not(None))
            .group_by(c.unit_text_print)
            .order_by(sa.desc("people"), c.unit_text_print)
            .limit(limit)
        )
        counted = {row.id: (row.unit_text_print, row.people) for row in rows}
        shown = {person.id: person for person in await self._list(c.id.in_(counted))}
        return tuple(
            (mark, shown[person_id].unit_text or "", number)
            for person_id, (mark, number) in counted.items()
        )

    async def count_unsettled(self) -> int:
        """How many different units were typed and not found yet."""
        typed = people.c.unit_text_print
        counted = sa.select(sa.func.count(sa.distinct(typed))).where(typed.is_not(None))
        return int(await self._connection.scalar(counted) or 0)

    async def settle(self, unit_text_print: str, unit_id: int) -> int:
        """Put everybody who typed that text into the unit; how many."""
        result = await self._connection.execute(
            sa.update(people)
            .where(people.c.unit_text_print == unit_text_print)
            .values(unit_id=unit_id, sealed_unit_text=None, unit_text_print=None)
        )
        return result.rowcount

    async def find_known(
        self, numbers: Iterable[str], phones: Iterable[str]
    ) -> tuple[Mapping[str, Person], Mapping[str, tuple[Person, ...]]]:
        """Who is known by these member numbers, and who by these phones."""
        by_number: dict[str, Person] = {}
        by_phone: dict[str, tuple[Person, ...]] = {}
        for person in await self._looked_up("number", numbers):
            by_number[person.number or ""] = person
        for person in await self._looked_up("phone", phones):
            by_phone[person.phone or ""] = (*by_phone.get(person.phone or "", ()), person)
        return by_number, by_phone

    async def list_outside(
        self, person_ids: Iterable[str], tops: Collection[str]
    ) -> frozenset[str]:
        """Those of the people who belong to a unit that is not within the paths."""
        found: set[str] = set()
        for some in _portions(sorted(set(person_ids))):
            rows = await self._connection.execute(
                sa.select(people.c.id)
                .join_from(people, units)
                .where(people.c.id.in_(some), ~within(units.c.path, tops))
            )
            found |= set(rows.scalars())
        return frozenset(found)

    async def count_roster(self, top: str) -> int:
        """How many people within the unit a roster has named, without those missing since."""
        found = await self._connection.scalar(
            sa.select(sa.func.count()).select_from(_with_units()).where(*_on_roster(top))
        )
        return int(found or 0)

    async def list_roster_ids(self, top: str) -> frozenset[str]:
        """The ids of those whom `count_roster` counts."""
        rows = (
            await self._connection.execute(
                sa.select(people.c.id).select_from(_with_units()).where(*_on_roster(top))
            )
        ).scalars()
        return frozenset(rows)

    async def mark_missing(self, person_ids: Collection[str], now: Any) -> None:
        """Note that the latest roster did not name them. Nothing else of them changes."""
        for some in _portions(sorted(person_ids)):
            await self._connection.execute(
                sa.update(people).where(people.c.id.in_(some)).values(missing_since=now)
            )

    async def add_all(self, batch: Sequence[Person]) -> None:
        if batch:
            await self._connection.execute(
                sa.insert(people), [{"id": one.id, **self._row(one)} for one in batch]
            )

    async def save_all(self, batch: Sequence[Person]) -> None:
        """Write people who are there already."""
        if not batch:
            return
        rows = [{"row_id": one.id, **self._row(one)} for one in batch]
        statement = sa.update(people).where(people.c.id == sa.bindparam("row_id"))
        names = [name for name in rows[0] if name != "row_id"]
        await self._connection.execute(
            statement.values({name: sa.bindparam(name) for name in names}), rows
        )

    async def remove(self, person_id: str) -> bool:
        result = await self._connection.execute(sa.delete(people).where(people.c.id == person_id))
        return result.rowcount > 0

    async def _looked_up(self, what: str, values: Iterable[str]) -> list[Person]:
        found: list[Person] = []
        column = people.c[f"{what}_print"]
        for some in _portions([self._print(what, value) for value in values]):
            found += await self._list(column.in_(some))
        return found

    async def _one(self, condition: sa.ColumnElement[bool]) -> Person | None:
        found = await self._list(condition, limit=1)
        return found[0] if found else None

    async def _list(
        self,
        *conditions: sa.ColumnElement[bool],
        order: Any = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> tuple[Person, ...]:
        statement = sa.select(people).select_from(_with_units()).where(*conditions)
        if order is not None:
            statement = statement.order_by(order, people.c.id)
        if limit is not None:
            # Only the ids are put in order: sorting whole rows of many people takes seconds.
            chosen = sa.select(people.c.id).select_from(_with_units()).where(*conditions)
            if order is not None:
                chosen = chosen.order_by(order, people.c.id)
            ids = (await self._connection.execute(chosen.offset(offset).limit(limit))).scalars()
            statement = statement.where(people.c.id.in_(ids.all()))
        rows = await self._connection.execute(statement)
        return tuple(self._person(row) for row in rows.mappings())

    def _print(self, what: str, value: str) -> str:
        return self._vault.fingerprint(f"people.{what}", value)

    def _row(self, person: Person) -> dict[str, object]:
        texts = {name: getattr(person, name) for name in _TEXTS}
        sealed = {
            f"sealed_{name}": text
            and self._vault.seal(Place("people", f"sealed_{name}", person.id), text)
            for name, text in texts.items()
        }
        looked_up = {
            "name": texts["name"] and folded(texts["name"]),
            "phone": texts["phone"],
            "tail": texts["phone"] and tail(texts["phone"]),
            "number": texts["number"],
            "unit_text": texts["unit_text"] and folded(texts["unit_text"]),
        }
        return {
            **sealed,
            **{
                f"{what}_print": value and self._print(what, value)
                for what, value in looked_up.items()
            },
            "member_id": person.member_id,
            "phone_shared": person.phone_shared,
            "unit_id": person.unit_id,
            "occupation": person.occupation.value if person.occupation else None,
            "source": person.source.value,
            "missing_since": person.missing_since,
            "made_at": person.made_at,
            "changed_at": person.changed_at,
        }

    def _person(self, row: Mapping[Any, Any]) -> Person:
        opened = {
            name: self._vault.open(Place("people", f"sealed_{name}", row["id"]), sealed)
            if (sealed := row[f"sealed_{name}"]) is not None
            else None
            for name in _TEXTS
        }
        return Person(
            id=row["id"],
            member_id=row["member_id"],
            **opened,
            phone_shared=row["phone_shared"],
            unit_id=row["unit_id"],
            occupation=Occupation(row["occupation"]) if row["occupation"] else None,
            source=Source(row["source"]),
            missing_since=row["missing_since"],
            made_at=row["made_at"],
            changed_at=row["changed_at"],
        )


def within_reach(tops: Collection[str]) -> sa.ColumnElement[bool]:
    """A condition on people joined with their units: within one of the paths.

    Somebody whose unit is not settled yet is seen only from the top of the tree.
    """
    settled = within(units.c.path, tops)
    from_top = any(map(is_top, tops))
    return sa.or_(settled, people.c.unit_id.is_(None)) if from_top else settled


def is_top(path: str) -> bool:
    """True for "/" and "/1/": everywhere, and the unit that everything else is below."""
    return path.count("/") <= 2


def _with_units() -> sa.FromClause:
    return people.outerjoin(units, units.c.id == people.c.unit_id)


def _filters(tops: Collection[str], top: str | None, state: str) -> list[sa.ColumnElement[bool]]:
    found = [within_reach(tops)]
    if top is not None:
        found.append(within(units.c.path, (top,)))
    by_state = {
        "linked": people.c.member_id.is_not(None),
        "unlinked": people.c.member_id.is_(None),
        "missing": people.c.missing_since.is_not(None),
    }
    return [*found, by_state[state]] if state in by_state else found


def _on_roster(top: str) -> list[sa.ColumnElement[bool]]:
    return [
        within(units.c.path, (top,)),
        people.c.source != Source.SELF.value,
        people.c.missing_since.is_(None),
    ]


def _portions(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (
        values[at : at + _LOOKED_UP_AT_ONCE] for at in range(0, len(values), _LOOKED_UP_AT_ONCE)
    )
