"""Seats: counting them, the line, changes, and the log that says why."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.events import Facts
from domain.seats import HOLDING, Quota, Reason, Room, State
from domain.sign_ups import LogRow, Seat, Source
from storage.tables import events, people, seat_log, seats, units
from storage.vault import Place, Vault, VaultMissing

_PLAIN = (
    "id",
    "event_id",
    "member_id",
    "person_id",
    "reason",
    "rank",
    "party",
    "session",
    "team_id",
    "weight",
    "is_extra",
    "code",
    "offered_until",
    "joined_at",
    "changed_at",
    "checked_in_at",
    "reminded",
    "is_coming",
    "stars",
)
# What a claim may change after it was made; the rest is who and when.
_CHANGING = tuple(set(_PLAIN) - {"id", "event_id", "member_id", "joined_at", "code"})
# Everything but the sealed answers and the comment.
_COLUMNS = [seats.c[name] for name in (*_PLAIN, "state", "source", "marks")]
_MISSED_WITHIN = timedelta(days=365)


class Seats:
    """The table of seats and its log. Whoever writes holds the lock of the event."""

    def __init__(self, connection: AsyncConnection, vault: Vault | None) -> None:
        self._connection = connection
        self._vault = vault

    async def room(self, event_id: str, capacity: int, quotas: tuple[Quota, ...]) -> Room:
        """The capacity with what is held of it now."""
        counted = [
            sa.func.sum(
                sa.case((seats.c.marks.contains(f"|{quota.key}|", autoescape=True), seats.c.party))
            )
            for quota in quotas
        ]
        found = await self._connection.execute(
            sa.select(sa.func.sum(seats.c.party), *counted).where(
                seats.c.event_id == event_id, seats.c.state.in_(_values(HOLDING))
            )
        )
        held, *by_quota = found.one()
        held_by = {quota.key: count or 0 for quota, count in zip(quotas, by_quota, strict=True)}
        return Room(capacity, quotas, held or 0, held_by)

    async def line(self, event_id: str) -> Sequence[Seat]:
        """Who waits, the first in line first."""
        return await self._list(event_id, [State.WAITING])

    async def in_states(self, event_id: str, states: Collection[State]) -> Sequence[Seat]:
        """The claims in these states, in the order of their ranks."""
        return await self._list(event_id, states)

    async def to_remind(self, event_id: str, due: int) -> Sequence[Seat]:
        """Confirmed claims whose holders got fewer than `due` reminders."""
        return await self._list(event_id, [State.CONFIRMED], seats.c.reminded < due)

    async def all_of(self, event_id: str) -> Sequence[Seat]:
        return await self._list(event_id, list(State))

    async def page(
        self, event_id: str, states: Collection[State], *, offset: int, limit: int
    ) -> Sequence[Seat]:
        """Some of the claims in these states, in the order of their ranks."""
        return await self._list(event_id, states, offset=offset, limit=limit)

    async def after(self, event_id: str, state: State, rank: int, limit: int) -> Sequence[Seat]:
        """The next claims in one state behind a rank: for reading long lists in pieces."""
        return await self._list(event_id, [state], seats.c.rank > rank, limit=limit)

    async def waiting_before(self, event_id: str, rank: int) -> int:
        """How many wait with a smaller rank."""
        found = await self._connection.scalar(
            sa.select(sa.func.count()).where(
                seats.c.event_id == event_id,
                seats.c.state == State.WAITING.value,
                seats.c.rank < rank,
            )
        )
        return int(found or 0)

    async def counts(self, event_ids: Collection[str]) -> Mapping[str, Mapping[State, int]]:
        """Seats (companions count) of each state, by event."""
        rows = await self._connection.execute(
            sa.select(seats.c.event_id, seats.c.state, sa.func.sum(seats.c.party))
            .where(seats.c.event_id.in_(list(event_ids)))
            .group_by(seats.c.event_id, seats.c.state)
        )
        found: dict[str, dict[State, int]] = defaultdict(dict)
        for event_id, state, count in rows:
            found[event_id][State(state)] = int(count)
        return found

    async def find(self, seat_id: str) -> Seat | None:
        rows = await self._connection.execute(sa.select(*_COLUMNS).where(seats.c.id == seat_id))
        row = rows.mappings().first()
        return None if row is None else _seat(row)

    async def by_code(self, event_id: str, code: str) -> Seat | None:
        rows = await self._connection.execute(
            sa.select(*_COLUMNS).where(seats.c.event_id == event_id, seats.c.code == code)
        )
        row = rows.mappings().first()
        return None if row is None else _seat(row)

    async def of_members(
        self, event_id: str, member_ids: Collection[int], person_ids: Collection[str]
    ) -> Sequence[Seat]:
        """The claims at one event of these members or of these people."""
        rows = await self._connection.execute(
            sa.select(*_COLUMNS).where(
                seats.c.event_id == event_id,
                sa.or_(
                    seats.c.member_id.in_(list(member_ids)),
                    seats.c.person_id.in_(list(person_ids)),
                ),
            )
        )
        return [_seat(row) for row in rows.mappings()]

    async def of_member(self, member_id: int) -> Sequence[Seat]:
        """All claims of one member, the newest first."""
        rows = await self._connection.execute(
            sa.select(*_COLUMNS)
            .where(seats.c.member_id == member_id)
            .order_by(seats.c.joined_at.desc())
        )
        return [_seat(row) for row in rows.mappings()]

    async def of_person(
        self, person_ids: Collection[str], member_ids: Collection[int]
    ) -> Sequence[Seat]:
        """The claims of these records, and those of these accounts that lead to no record."""
        is_known = sa.exists().where(people.c.id == seats.c.person_id)
        rows = await self._connection.execute(
            sa.select(*_COLUMNS).where(
                sa.or_(
                    seats.c.person_id.in_(list(person_ids)),
                    sa.and_(seats.c.member_id.in_(list(member_ids)), ~is_known),
                )
            )
        )
        return [_seat(row) for row in rows.mappings()]

    async def team_size(self, team_id: str) -> int:
        """Seats of a team that are not given up."""
        found = await self._connection.scalar(
            sa.select(sa.func.sum(seats.c.party)).where(
                seats.c.team_id == team_id,
                seats.c.state.not_in(_values([State.CANCELLED, State.EXPIRED, State.RELEASED])),
            )
        )
        return int(found or 0)

    async def lapsed_offers(self, now: datetime) -> Sequence[str]:
        """Events with an offer whose time is over."""
        found = await self._connection.execute(
            sa.select(seats.c.event_id)
            .where(seats.c.state == State.OFFERED.value, seats.c.offered_until <= now)
            .distinct()
        )
        return list(found.scalars())

    async def add_all(self, batch: Sequence[tuple[Seat, Mapping[str, str]]]) -> None:
        """New claims with their answers."""
        if batch:
            rows = [{**_row(seat), **self._sealed(seat.id, given)} for seat, given in batch]
            await self._connection.execute(sa.insert(seats), rows)

    async def change_all(self, batch: Sequence[Seat]) -> None:
        """Bring claims up to date."""
        if not batch:
            return
        changing = (*_CHANGING, "state", "source", "marks")
        statement = (
            sa.update(seats)
            .where(seats.c.id == sa.bindparam("_id"))
            .values({name: sa.bindparam(f"_{name}") for name in changing})
        )
        rows = [
            {"_id": seat.id, **{f"_{name}": _row(seat)[name] for name in changing}}
            for seat in batch
        ]
        await self._connection.execute(statement, rows)

    async def answer(self, seat_id: str, answers: Mapping[str, str]) -> None:
        """Keep these answers in place of those before."""
        await self._connection.execute(
            sa.update(seats).where(seats.c.id == seat_id), self._sealed(seat_id, answers)
        )

    async def answers(self, seat_ids: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """The answers, by claim."""
        rows = await self._connection.execute(
            sa.select(seats.c.id, seats.c.sealed_answers).where(
                seats.c.id.in_(list(seat_ids)), seats.c.sealed_answers.is_not(None)
            )
        )
        return {row[0]: json.loads(self._open(row[0], row[1])) for row in rows}

    async def rate(self, seat_id: str, stars: int) -> None:
        await self._connection.execute(
            sa.update(seats).where(seats.c.id == seat_id).values(stars=stars)
        )

    async def coming(self, seat_id: str) -> None:
        """Somebody answered the reminder with yes."""
        await self._connection.execute(
            sa.update(seats).where(seats.c.id == seat_id).values(is_coming=True)
        )

    async def comment(self, seat_id: str, text: str) -> None:
        await self._connection.execute(
            sa.update(seats).where(seats.c.id == seat_id).values(comment=text)
        )

    async def comments(self, event_id: str) -> Sequence[str]:
        """What guests wrote afterwards, in no order that tells who."""
        found = await self._connection.execute(
            sa.select(seats.c.comment)
            .where(seats.c.event_id == event_id, seats.c.comment.is_not(None))
            .order_by(seats.c.comment)
        )
        return list(found.scalars())

    async def facts(
        self, member_ids: Collection[int], now: datetime, *, with_history: bool
    ) -> Mapping[int, tuple[str | None, Facts]]:
        """What rules may know of members: the person they are, if known, and the facts.

        The history of attendance and draws is only looked up when asked for.
        """
        rows = await self._connection.execute(
            sa.select(
                people.c.member_id,
                people.c.id,
                people.c.occupation,
                people.c.source,
                units.c.path,
            )
            .join_from(people, units, people.c.unit_id == units.c.id, isouter=True)
            .where(people.c.member_id.in_(list(member_ids)))
        )
        known = {row[0]: row for row in rows}
        past = await self._history(member_ids, now) if with_history else {}
        found: dict[int, tuple[str | None, Facts]] = {}
        for member_id in member_ids:
            _, person_id, occupation, source, path = known.get(member_id, (None,) * 5)
            attended, missed, lost = past.get(member_id, (0, 0, 0))
            is_on_roster = source in ("roster", "both")
            facts = Facts(path, occupation, is_on_roster, attended, missed, lost)
            found[member_id] = (person_id, facts)
        return found

    async def log(self, rows: Iterable[LogRow]) -> None:
        values = [
            {
                "event_id": row.event_id,
                "seat_id": row.seat_id,
                "at": row.at,
                "before": row.before,
                "after": row.after,
                "reason": row.reason,
                "by": row.by,
                "note": row.note,
            }
            for row in rows
        ]
        if values:
            await self._connection.execute(sa.insert(seat_log), values)

    async def history_of(self, event_id: str, seat_id: str | None = None) -> Sequence[LogRow]:
        """The log of an event, or of one claim, oldest first."""
        where = [seat_log.c.event_id == event_id]
        if seat_id is not None:
            where.append(seat_log.c.seat_id == seat_id)
        rows = await self._connection.execute(
            sa.select(seat_log).where(*where).order_by(seat_log.c.id)
        )
        return [
            LogRow(**{name: value for name, value in row.items() if name != "id"})
            for row in rows.mappings()
        ]

    async def _history(
        self, member_ids: Collection[int], now: datetime
    ) -> Mapping[int, tuple[int, int, int]]:
        """Attended ever, missed within a year, draws lost since the last one won."""
        ids = list(member_ids)
        since = now - _MISSED_WITHIN
        attended = sa.func.sum(sa.case((seats.c.state == State.ATTENDED.value, 1), else_=0))
        recent = sa.and_(seats.c.state == State.NO_SHOW.value, events.c.starts_at > since)
        rows = await self._connection.execute(
            sa.select(seats.c.member_id, attended, sa.func.sum(sa.case((recent, 1), else_=0)))
            .join_from(seats, events, seats.c.event_id == events.c.id)
            .where(seats.c.member_id.in_(ids))
            .group_by(seats.c.member_id)
        )
        found = {row[0]: (int(row[1]), int(row[2]), 0) for row in rows}
        drawn = await self._connection.execute(
            sa.select(seats.c.member_id, seat_log.c.reason)
            .join_from(seat_log, seats, seat_log.c.seat_id == seats.c.id)
            .where(
                seats.c.member_id.in_(ids),
                seat_log.c.reason.in_([Reason.DRAWN.value, Reason.NOT_DRAWN.value]),
            )
            .order_by(seat_log.c.id)
        )
        for member_id, reason in drawn:
            attended_, missed, lost = found.get(member_id, (0, 0, 0))
            lost = lost + 1 if reason == Reason.NOT_DRAWN.value else 0
            found[member_id] = (attended_, missed, lost)
        return found

    async def _list(
        self,
        event_id: str,
        states: Collection[State],
        *more: sa.ColumnElement[bool],
        offset: int = 0,
        limit: int | None = None,
    ) -> Sequence[Seat]:
        rows = await self._connection.execute(
            sa.select(*_COLUMNS)
            .where(seats.c.event_id == event_id, seats.c.state.in_(_values(states)), *more)
            .order_by(seats.c.rank)
            .offset(offset or None)
            .limit(limit)
        )
        return [_seat(row) for row in rows.mappings()]

    def _sealed(self, seat_id: str, answers: Mapping[str, str]) -> dict[str, bytes | None]:
        if not answers:
            return {"sealed_answers": None}
        text = json.dumps(dict(answers), ensure_ascii=False)
        return {"sealed_answers": self._vault_needed().seal(_place(seat_id), text)}

    def _open(self, seat_id: str, sealed: bytes) -> str:
        return self._vault_needed().open(_place(seat_id), sealed)

    def _vault_needed(self) -> Vault:
        if self._vault is None:
            raise VaultMissing("answers are sealed")
        return self._vault


def _place(seat_id: str) -> Place:
    return Place("seats", "sealed_answers", seat_id)


def _values(states: Collection[State]) -> list[str]:
    return [state.value for state in states]


def _row(seat: Seat) -> dict[str, Any]:
    return {
        **{name: getattr(seat, name) for name in _PLAIN},
        "state": seat.state.value,
        "source": seat.source.value,
        "marks": "|" + "".join(f"{mark}|" for mark in sorted(seat.marks)),
    }


def _seat(row: Any) -> Seat:
    return Seat(
        **{name: row[name] for name in _PLAIN},
        state=State(row["state"]),
        source=Source(row["source"]),
        marks=frozenset(mark for mark in row["marks"].split("|") if mark),
    )
