"""The table of cases, with the wall in every query of staff."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from domain.cases.case import Case, Facts, Identity, Wish
from domain.cases.kinds import Kind
from domain.cases.states import ENDED, OPEN, State
from domain.cases.wall import Sight
from domain.units import Level
from storage.cases.records import CaseRecords
from storage.tables import (
    case_agreements,
    case_disclosures,
    case_facts,
    case_identities,
    case_instalments,
    case_meetings,
    case_notes,
    case_openings,
    case_referrals,
    case_steps,
    cases,
    units,
)
from storage.units import within

_unit = units.alias("case_unit")
_offered = units.alias("case_offered")
_overseer = units.alias("case_overseer")
_respondent = units.alias("case_respondent")
FROM = (
    cases.join(_unit, _unit.c.id == cases.c.unit_id)
    .outerjoin(_offered, _offered.c.id == cases.c.offered_id)
    .outerjoin(_overseer, _overseer.c.id == cases.c.overseer_id)
    .outerjoin(_respondent, _respondent.c.id == cases.c.respondent_id)
)
_SELECT = sa.select(
    cases,
    _unit.c.path.label("unit_path"),
    _offered.c.path.label("offered_path"),
    _overseer.c.path.label("overseer_path"),
    _respondent.c.path.label("respondent_path"),
).select_from(FROM)
_PLAIN = (
    "id",
    "number",
    "unit_id",
    "offered_id",
    "respondent_id",
    "employer_print",
    "is_anonymous",
    "assigned_to",
    "opened_at",
    "changed_at",
    "due_at",
    "escalated_at",
    "closed_at",
    "lead_id",
    "head_count",
    "stars",
)
_PATHS = ("unit_path", "offered_path", "overseer_path", "respondent_path")
_OPEN = [state.value for state in OPEN]
_BESIDE = (
    case_facts,
    case_identities,
    case_steps,
    case_openings,
    case_notes,
    case_meetings,
    case_agreements,
    case_disclosures,
    case_referrals,
)


@dataclass(frozen=True, slots=True)
class CaseSieve:
    """Which cases are wanted, besides what the wall lets through. Empty means any."""

    states: Collection[State] = ()
    kind: Kind | None = None
    assigned_to: str | None = None
    is_unassigned: bool = False
    # Passed on to a unit within these paths and not accepted yet.
    offered_within: Collection[str] = ()
    is_offered: bool = False
    overdue_at: datetime | None = None
    number: str = ""
    lead_id: str | None = None
    # With an agreement that stands, made between these days, both inclusive.
    agreed: tuple[date, date] | None = None


def new_id() -> str:
    """An id that nobody can guess."""
    return secrets.token_hex(8)


def seen(sight: Sight) -> sa.ColumnElement[bool]:
    """THE wall, as a condition: the case is there for whoever looks (domain/cases/wall.py)."""
    places = (_unit.c.path, _offered.c.path, _overseer.c.path)
    leads = sa.or_(*(within(place, sight.lead) for place in places))
    reads = sa.or_(*(within(place, sight.read) for place in places))
    unknown = _respondent.c.path.is_(None)
    passes = _respondent.c.path.not_in(sight.barred)
    return sa.and_(
        sa.and_(sa.not_(unknown), passes) if sight.is_partial else sa.or_(unknown, passes),
        sa.or_(leads, sa.and_(cases.c.assigned_to == sight.staff_id, reads)),
    )


class Cases(CaseRecords):
    """Cases by number, unit, assignment; who may see which."""

    # What staff see: through the wall, always.

    async def seen(self, sight: Sight, case_id: str, *, lock: bool = False) -> Case | None:
        """The case, if it is there for them; `lock` holds it until the unit of work ends."""
        wanted = _SELECT.where(cases.c.id == case_id, seen(sight))
        return await self._one(wanted.with_for_update(of=cases) if lock else wanted)

    async def seen_number(self, sight: Sight, number: str) -> Case | None:
        return await self._one(_SELECT.where(cases.c.number == number, seen(sight)))

    async def list_seen(
        self, sight: Sight, sieve: CaseSieve, *, order: str, offset: int, limit: int
    ) -> Sequence[Case]:
        """A page of cases; `order` is "due" or "opened"."""
        ways: dict[str, list[sa.ColumnElement[Any]]] = {
            "due": [cases.c.due_at.is_(None), cases.c.due_at, cases.c.opened_at],
            "opened": [cases.c.opened_at.desc()],
        }
        wanted = _SELECT.where(seen(sight), *_let_through(sieve))
        paged = wanted.order_by(*ways[order], cases.c.id).offset(offset or None).limit(limit)
        return await self._list(paged)

    async def count_seen(self, sight: Sight, sieve: CaseSieve) -> int:
        found = await self._connection.scalar(
            sa.select(sa.func.count()).select_from(FROM).where(seen(sight), *_let_through(sieve))
        )
        return int(found or 0)

    # What members see: their own.

    async def find_of_member(
        self, member_id: int, case_id: str, *, lock: bool = False
    ) -> Case | None:
        """The member's own case."""
        wanted = _SELECT.where(cases.c.id == case_id, self._own(member_id))
        return await self._one(wanted.with_for_update(of=cases) if lock else wanted)

    async def list_of_member(self, member_id: int) -> Sequence[Case]:
        """The member's own cases, the newest first."""
        return await self._list(
            _SELECT.where(self._own(member_id)).order_by(cases.c.opened_at.desc(), cases.c.id)
        )

    async def count_open(self, member_id: int) -> int:
        found = await self._connection.scalar(
            sa.select(sa.func.count())
            .select_from(cases)
            .where(self._own(member_id), cases.c.state.in_(_OPEN))
        )
        return int(found or 0)

    # What the clock sees: everything.

    async def list_overdue(self, now: datetime, before: datetime, limit: int) -> Sequence[Case]:
        """Open cases whose stage should be over and of which nobody above knows yet, or whose unit
        above was told before that moment and has another one above itself."""
        return await self._list(
            _SELECT.where(
                cases.c.state.in_(_OPEN),
                cases.c.due_at < now,
                sa.or_(
                    cases.c.escalated_at.is_(None),
                    sa.and_(cases.c.escalated_at < before, _overseer.c.parent_id.is_not(None)),
                ),
            )
            .order_by(cases.c.due_at, cases.c.id)
            .limit(limit)
        )

    async def list_held(self) -> Sequence[Case]:
        """Open cases that somebody works on."""
        return await self._list(
            _SELECT.where(cases.c.state.in_(_OPEN), cases.c.assigned_to.is_not(None))
        )

    async def find(self, case_id: str, *, lock: bool = False) -> Case | None:
        """The case, whoever asks: for the clock only."""
        wanted = _SELECT.where(cases.c.id == case_id)
        return await self._one(wanted.with_for_update(of=cases) if lock else wanted)

    async def list_linked(self, sight: Sight, lead_id: str) -> Sequence[Case]:
        """The cases that follow this one, as far as they are there for whoever looks."""
        return await self._list(
            _SELECT.where(seen(sight), cases.c.lead_id == lead_id).order_by(cases.c.opened_at)
        )

    async def ids_ended_before(self, named: datetime, anonymous: datetime) -> Sequence[str]:
        """Cases to be forgotten: they ended so long ago."""
        rows = await self._connection.execute(
            sa.select(cases.c.id)
            .join(case_identities, case_identities.c.case_id == cases.c.id)
            .where(
                cases.c.state.in_([state.value for state in ENDED]),
                sa.or_(
                    cases.c.closed_at < named,
                    sa.and_(cases.c.is_anonymous, cases.c.closed_at < anonymous),
                ),
            )
        )
        return list(rows.scalars())

    # Writing.

    async def add(self, case: Case, member_id: int, identity: Identity, facts: Facts) -> None:
        """A new case with its two sealed records."""
        await self._connection.execute(sa.insert(cases), _row(case))
        await self._connection.execute(
            sa.insert(case_identities),
            {
                "case_id": case.id,
                "member_print": self.member_print(member_id),
                **self._identity_row(case.id, identity),
            },
        )
        await self.set_facts(case.id, facts)

    async def save(self, case: Case) -> None:
        row = _row(case)
        await self._connection.execute(
            sa.update(cases).where(cases.c.id == row.pop("id")).values(row)
        )

    async def is_number_taken(self, number: str) -> bool:
        found = await self._connection.scalar(
            sa.select(cases.c.id).where(cases.c.number == number)
        )
        return found is not None

    async def forget(self, case_id: str) -> None:
        """Remove a case with everything beside it."""
        mine = sa.select(case_agreements.c.id).where(case_agreements.c.case_id == case_id)
        await self._connection.execute(
            sa.delete(case_instalments).where(case_instalments.c.agreement_id.in_(mine))
        )
        await self._connection.execute(
            sa.update(cases).where(cases.c.lead_id == case_id).values(lead_id=None)
        )
        for table in _BESIDE:
            await self._connection.execute(sa.delete(table).where(table.c.case_id == case_id))
        await self._connection.execute(sa.delete(cases).where(cases.c.id == case_id))

    async def set_overseer(self, case_id: str, unit_id: int | None) -> None:
        """The unit above that looks after a case that is overdue."""
        await self._connection.execute(
            sa.update(cases).where(cases.c.id == case_id).values(overseer_id=unit_id)
        )

    def _own(self, member_id: int) -> sa.ColumnElement[bool]:
        own = sa.select(case_identities.c.case_id).where(
            case_identities.c.member_print == self.member_print(member_id)
        )
        return cases.c.id.in_(own)

    async def _one(self, statement: sa.Select[Any]) -> Case | None:
        rows = await self._connection.execute(statement)
        row = rows.mappings().first()
        return None if row is None else _case(row)

    async def _list(self, statement: sa.Select[Any]) -> Sequence[Case]:
        rows = await self._connection.execute(statement)
        return [_case(row) for row in rows.mappings()]


def _let_through(sieve: CaseSieve) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if sieve.states:
        found.append(cases.c.state.in_([state.value for state in sieve.states]))
    if sieve.kind is not None:
        found.append(cases.c.kind == sieve.kind.value)
    if sieve.assigned_to is not None:
        found.append(cases.c.assigned_to == sieve.assigned_to)
    if sieve.is_unassigned:
        found.append(cases.c.assigned_to.is_(None))
    if sieve.is_offered:
        found.append(within(_offered.c.path, sieve.offered_within))
    if sieve.overdue_at is not None:
        found += [cases.c.due_at < sieve.overdue_at, cases.c.state.in_(_OPEN)]
    if sieve.number:
        found.append(cases.c.number.contains(sieve.number, autoescape=True))
    if sieve.lead_id is not None:
        found.append(cases.c.lead_id == sieve.lead_id)
    if sieve.agreed is not None:
        c, (first, last) = case_agreements.c, sieve.agreed
        made = sa.select(c.case_id).where(
            c.cancelled_at.is_(None), c.agreed_on >= first, c.agreed_on <= last
        )
        found.append(cases.c.id.in_(made))
    return found


def _row(case: Case) -> dict[str, Any]:
    return {
        **{name: getattr(case, name) for name in _PLAIN},
        "state": case.state.value,
        "wish": case.wish.value,
        "kind": case.kind.value,
        "level": case.level.value,
    }


def _case(row: Mapping[Any, Any]) -> Case:
    return Case(
        **{name: row[name] for name in (*_PLAIN, *_PATHS)},
        state=State(row["state"]),
        wish=Wish(row["wish"]),
        kind=Kind(row["kind"]),
        level=Level(row["level"]),
    )
