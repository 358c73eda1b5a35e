"""The ledger of risks, and the signs that it is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.cases.kinds import THEMES, Kind, Theme
from domain.cases.risks import Risk, Sign
from domain.cases.states import State
from domain.cases.wall import Sight
from storage.tables import case_identities, case_risks, cases, units
from storage.units import within
from storage.vault import Place, Vault

_unit = units.alias("risk_unit")
_respondent = units.alias("risk_respondent")
_SELECT = (
    sa.select(
        case_risks,
        _unit.c.path.label("unit_path"),
        _respondent.c.path.label("respondent_path"),
    )
    .join(_unit, _unit.c.id == case_risks.c.unit_id)
    .outerjoin(_respondent, _respondent.c.id == case_risks.c.respondent_id)
)
_PLAIN = (
    "id",
    "employer_print",
    "unit_path",
    "respondent_id",
    "respondent_path",
    "members",
    "opened_at",
    "counted_at",
    "asked_by",
    "asked_at",
    "unlocked_by",
    "unlocked_at",
)


class CaseRisks:
    """Risks as counts. The wall is the one of cases: whoever belongs to the employer sees none."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def signs(self, since: datetime) -> Sequence[Sign]:
        """Every case since then as the warning sees it; what was withdrawn is no sign."""
        rows = await self._connection.execute(
            sa.select(
                cases.c.employer_print,
                case_identities.c.member_print,
                cases.c.kind,
                cases.c.opened_at,
            )
            .join(case_identities, case_identities.c.case_id == cases.c.id)
            .where(
                cases.c.opened_at >= since,
                cases.c.employer_print != "",
                cases.c.state != State.WITHDRAWN.value,
            )
        )
        return [Sign(row[0], row[1], Kind(row[2]), row[3]) for row in rows]

    async def places(self, employer_print: str) -> tuple[int, int | None]:
        """The top unit's id, under which the risk is kept, and the employer's unit if known."""
        top = await self._connection.scalar(
            sa.select(units.c.id).where(units.c.parent_id.is_(None)).order_by(units.c.id)
        )
        respondent = await self._connection.scalar(
            sa.select(cases.c.respondent_id)
            .where(cases.c.employer_print == employer_print, cases.c.respondent_id.is_not(None))
            .limit(1)
        )
        assert top is not None
        return int(top), respondent

    async def find_same(self, employer_print: str, theme: Theme) -> Risk | None:
        """The entry of this employer and theme, whoever asks: for the clock only."""
        c = case_risks.c
        return await self._one(
            _SELECT.where(c.employer_print == employer_print, c.theme == theme.value)
        )

    async def list_seen(self, sight: Sight) -> Sequence[Risk]:
        """The ledger as far as it is there for whoever looks, the latest first."""
        rows = await self._connection.execute(
            _SELECT.where(_seen(sight)).order_by(case_risks.c.counted_at.desc(), case_risks.c.id)
        )
        return [_risk(row) for row in rows.mappings()]

    async def seen(self, sight: Sight, risk_id: str, *, lock: bool = False) -> Risk | None:
        wanted = _SELECT.where(case_risks.c.id == risk_id, _seen(sight))
        return await self._one(wanted.with_for_update(of=case_risks) if lock else wanted)

    async def add(self, risk: Risk, unit_id: int) -> None:
        await self._connection.execute(
            sa.insert(case_risks),
            {
                "id": risk.id,
                "employer_print": risk.employer_print,
                "theme": risk.theme.value,
                "unit_id": unit_id,
                "respondent_id": risk.respondent_id,
                "members": risk.members,
                "opened_at": risk.opened_at,
                "counted_at": risk.counted_at,
            },
        )

    async def count(self, risk_id: str, members: int, at: datetime) -> None:
        await self._connection.execute(
            sa.update(case_risks)
            .where(case_risks.c.id == risk_id)
            .values(members=members, counted_at=at)
        )

    async def ask(self, risk_id: str, by: str, at: datetime, reason: str) -> None:
        """Somebody wants the names, and says why."""
        sealed = self._vault.seal(Place("case_risks", "sealed_reason", risk_id), reason)
        await self._connection.execute(
            sa.update(case_risks)
            .where(case_risks.c.id == risk_id)
            .values(
                asked_by=by,
                asked_at=at,
                sealed_reason=sealed,
                unlocked_by=None,
                unlocked_at=None,
            )
        )

    async def unlock(self, risk_id: str, by: str, at: datetime) -> None:
        await self._connection.execute(
            sa.update(case_risks)
            .where(case_risks.c.id == risk_id)
            .values(unlocked_by=by, unlocked_at=at)
        )

    async def reason(self, risk_id: str) -> str:
        """Why somebody wants the names."""
        sealed = await self._connection.scalar(
            sa.select(case_risks.c.sealed_reason).where(case_risks.c.id == risk_id)
        )
        place = Place("case_risks", "sealed_reason", risk_id)
        return self._vault.open(place, sealed) if sealed else ""

    async def case_ids(self, risk: Risk, since: datetime) -> Sequence[str]:
        """The cases behind a risk, for whoever may know them."""
        kinds = [kind.value for kind, theme in THEMES.items() if theme is risk.theme]
        rows = await self._connection.execute(
            sa.select(cases.c.id)
            .where(
                cases.c.employer_print == risk.employer_print,
                cases.c.kind.in_(kinds),
                cases.c.opened_at >= since,
                cases.c.state != State.WITHDRAWN.value,
            )
            .order_by(cases.c.opened_at)
        )
        return list(rows.scalars())

    async def _one(self, statement: sa.Select[Any]) -> Risk | None:
        rows = await self._connection.execute(statement)
        row = rows.mappings().first()
        return None if row is None else _risk(row)


def _seen(sight: Sight) -> sa.ColumnElement[bool]:
    unknown = _respondent.c.path.is_(None)
    passes = _respondent.c.path.not_in(sight.barred)
    return sa.and_(
        sa.and_(sa.not_(unknown), passes) if sight.is_partial else sa.or_(unknown, passes),
        within(_unit.c.path, sight.lead),
    )


def _risk(row: Mapping[Any, Any]) -> Risk:
    return Risk(**{name: row[name] for name in _PLAIN}, theme=Theme(row["theme"]))
