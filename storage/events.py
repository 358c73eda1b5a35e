"""Events: finding them, locking one before its seats are counted."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.events import SHOWN, Event, EventSieve, EventState, Mode
from domain.seats import State
from storage.event_plans import fields_of, plan_of
from storage.tables import drafts, events, seats, sign_up_answers, teams
from storage.units import within
from storage.upsert import insert
from storage.vault import Place, Vault

_DAY = timedelta(days=1)
# Columns that are a field of Event under the same name and need no change.
_PLAIN = (
    "id",
    "title",
    "unit_path",
    "capacity",
    "opens_at",
    "closes_at",
    "starts_at",
    "ends_at",
    "series_id",
    "is_demo",
    "created_by",
    "created_at",
    "last_rank",
    "owes_fill",
    "seed",
    "seed_hash",
    "entries_hash",
    "drawn_at",
    "draw_record",
    "asked_feedback_at",
)


class Events:
    """The tables of events and their teams."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, event: Event) -> None:
        await self._connection.execute(sa.insert(events), _row(event))

    async def save(self, event: Event) -> None:
        """Bring every column up to date. The caller holds the event's lock."""
        await self._connection.execute(
            sa.update(events).where(events.c.id == event.id), _row(event)
        )

    async def lock(self, event_id: str) -> Event | None:
        """The event, and nobody else changes its seats until this unit of work has ended.

        On SQLite the whole unit of work holds the only write lock already.
        """
        return (await self.lock_all([event_id])).get(event_id)

    async def lock_all(self, event_ids: Collection[str]) -> Mapping[str, Event]:
        """Several events, locked in the order of their ids, so that no two wait in a circle."""
        rows = await self._connection.execute(
            sa.select(events)
            .where(events.c.id.in_(list(event_ids)))
            .order_by(events.c.id)
            .with_for_update()
        )
        return {row["id"]: _event(row) for row in rows.mappings()}

    async def find(self, event_id: str) -> Event | None:
        return (await self.find_all([event_id])).get(event_id)

    async def find_all(self, event_ids: Collection[str]) -> Mapping[str, Event]:
        rows = await self._connection.execute(
            sa.select(events).where(events.c.id.in_(list(event_ids)))
        )
        return {row["id"]: _event(row) for row in rows.mappings()}

    async def list_coming(self, now: datetime, limit: int = 200) -> Sequence[Event]:
        """What members may see: published events that are not over, the next first."""
        return await self._list(
            sa.select(events)
            .where(events.c.state.in_(_values(SHOWN)), events.c.ends_at > now)
            .order_by(events.c.starts_at, events.c.id)
            .limit(limit)
        )

    async def list_within(self, paths: Collection[str], limit: int = 1000) -> Sequence[Event]:
        """The events of units within one of the paths, the latest first."""
        if not paths:
            return []
        within = [events.c.unit_path.startswith(path, autoescape=True) for path in paths]
        return await self._list(
            sa.select(events)
            .where(sa.or_(*within))
            .order_by(events.c.starts_at.desc(), events.c.id)
            .limit(limit)
        )

    async def page_within(
        self, paths: Collection[str], sieve: EventSieve, *, offset: int, limit: int
    ) -> tuple[Sequence[Event], int]:
        """Some of the events within the paths that the sieve lets through, and how many in all."""
        where = [within(events.c.unit_path, paths), *_let_through(sieve)]
        order = {"at": events.c.starts_at, "title": events.c.title}[sieve.order]
        found = await self._list(
            sa.select(events)
            .where(*where)
            .order_by(order.desc() if sieve.is_down else order, events.c.id)
            .offset(offset)
            .limit(limit)
        )
        total = await self._connection.scalar(sa.select(sa.func.count(events.c.id)).where(*where))
        return found, int(total or 0)

    async def list_series(self, series_id: str) -> Sequence[Event]:
        return await self._list(
            sa.select(events).where(events.c.series_id == series_id).order_by(events.c.starts_at)
        )

    async def ids_that_owe(self, now: datetime) -> Sequence[str]:
        """Events whose line rests with a seat free, or whose sign-up closed within a day.

        What was kept for a group until then may go to the others in line.
        """
        waits = sa.exists().where(
            seats.c.event_id == events.c.id, seats.c.state == State.WAITING.value
        )
        closed = sa.and_(events.c.closes_at <= now, events.c.closes_at > now - _DAY, waits)
        found = sa.select(events.c.id).where(
            sa.or_(events.c.owes_fill, closed), events.c.state == EventState.PUBLISHED.value
        )
        return list((await self._connection.execute(found)).scalars())

    async def ids_to_draw(self, now: datetime) -> Sequence[str]:
        """Draws whose sign-up has closed and that have not been made."""
        found = sa.select(events.c.id).where(
            events.c.state == EventState.PUBLISHED.value,
            events.c.closes_at <= now,
            events.c.mode == Mode.DRAW.value,
            events.c.drawn_at.is_(None),
        )
        return list((await self._connection.execute(found)).scalars())

    async def list_starting(self, now: datetime, until: datetime) -> Sequence[Event]:
        """Events that are not over and of which some part starts until then."""
        return await self._list(
            sa.select(events).where(
                events.c.state.in_([EventState.PUBLISHED.value, EventState.HELD.value]),
                events.c.starts_at <= until,
                events.c.ends_at > now,
            )
        )

    async def list_on(self, since: datetime, until: datetime) -> Sequence[Event]:
        """Events that were held in this span of time, also those that only reach into it."""
        return await self._list(
            sa.select(events)
            .where(events.c.starts_at < until, events.c.ends_at >= since)
            .order_by(events.c.starts_at, events.c.id)
        )

    async def list_over(self, before: datetime, since: datetime) -> Sequence[Event]:
        """Events that ended between the two moments and whose guests were not asked yet."""
        return await self._list(
            sa.select(events).where(
                events.c.state.in_([EventState.PUBLISHED.value, EventState.CLOSED.value]),
                events.c.ends_at <= before,
                events.c.ends_at > since,
                events.c.asked_feedback_at.is_(None),
            )
        )

    async def team(self, event_id: str, name: str, new_id: str, now: datetime) -> str:
        """The id of the team of this name, which is made if it is not there."""
        await self._connection.execute(
            insert(self._connection, teams)
            .values(id=new_id, event_id=event_id, name=name, created_at=now)
            .on_conflict_do_nothing(index_elements=["event_id", "name"])
        )
        found = await self._connection.scalar(
            sa.select(teams.c.id).where(teams.c.event_id == event_id, teams.c.name == name)
        )
        return str(found)

    async def team_names(self, event_id: str) -> Mapping[str, str]:
        """Team names by id."""
        rows = await self._connection.execute(
            sa.select(teams.c.id, teams.c.name).where(teams.c.event_id == event_id)
        )
        return {str(row[0]): str(row[1]) for row in rows}

    async def _list(self, statement: sa.Select[Any]) -> Sequence[Event]:
        rows = await self._connection.execute(statement)
        return [_event(row) for row in rows.mappings()]


class SignUpAnswers:
    """The table of answers to forms that are not handed in yet, sealed."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def save(
        self, member_id: int, event_id: str, given: Mapping[str, str], until: datetime
    ) -> None:
        """Keep them in place of those before."""
        text = json.dumps(dict(given), ensure_ascii=False)
        values = {
            "event_id": event_id,
            "sealed_answers": self._vault.seal(_place(member_id), text),
            "expires_at": until,
        }
        statement = insert(self._connection, sign_up_answers).values(member_id=member_id, **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["member_id"], set_=values)
        )

    async def find(self, member_id: int, event_id: str) -> Mapping[str, str]:
        """What was answered for this event so far."""
        sealed = await self._connection.scalar(
            sa.select(sign_up_answers.c.sealed_answers).where(
                sign_up_answers.c.member_id == member_id, sign_up_answers.c.event_id == event_id
            )
        )
        if sealed is None:
            return {}
        found: dict[str, str] = json.loads(self._vault.open(_place(member_id), sealed))
        return found

    async def remove(self, member_id: int) -> None:
        await self._connection.execute(
            sa.delete(sign_up_answers).where(sign_up_answers.c.member_id == member_id)
        )

    async def purge(self, now: datetime) -> int:
        """Remove what has lapsed, and what no open form belongs to."""
        still_open = sa.select(drafts.c.member_id).where(drafts.c.form == "sign_up")
        result = await self._connection.execute(
            sa.delete(sign_up_answers).where(
                sa.or_(
                    sign_up_answers.c.expires_at <= now,
                    sign_up_answers.c.member_id.not_in(still_open),
                )
            )
        )
        return int(result.rowcount)


def _let_through(sieve: EventSieve) -> list[sa.ColumnElement[bool]]:
    found = []
    if sieve.words:
        found.append(events.c.title.icontains(sieve.words, autoescape=True))
    if sieve.state is not None:
        found.append(events.c.state == sieve.state.value)
    if sieve.path:
        found.append(within(events.c.unit_path, (sieve.path,)))
    if sieve.ends_after is not None:
        found.append(events.c.ends_at > sieve.ends_after)
    if sieve.ends_before is not None:
        found.append(events.c.ends_at <= sieve.ends_before)
    if sieve.starts_from is not None:
        found.append(events.c.starts_at >= sieve.starts_from)
    if sieve.starts_before is not None:
        found.append(events.c.starts_at < sieve.starts_before)
    return found


def _place(member_id: int) -> Place:
    return Place("sign_up_answers", "sealed_answers", str(member_id))


def _values(states: Collection[EventState]) -> list[str]:
    return [state.value for state in states]


def _row(event: Event) -> dict[str, Any]:
    plain = {name: getattr(event, name) for name in _PLAIN}
    return {
        **plain,
        "state": event.state.value,
        "mode": event.mode.value,
        "plan": plan_of(event),
    }


def _event(row: Any) -> Event:
    return Event(
        **{name: row[name] for name in _PLAIN},
        **fields_of(row["plan"]),
        state=EventState(row["state"]),
        mode=Mode(row["mode"]),
    )
