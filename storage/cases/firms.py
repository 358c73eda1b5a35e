"""Law firms with their contracts, and the cases that were given to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.cases.aside import Firm, Referral
from storage.tables import case_referrals, law_firms
from storage.upsert import insert
from storage.vault import Place, Vault


class LawFirms:
    """The roster of firms, and referrals."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def list_all(self) -> Sequence[Firm]:
        """Every firm, those whose contract runs longest first."""
        rows = await self._connection.execute(
            sa.select(law_firms).order_by(law_firms.c.contract_until.desc(), law_firms.c.name)
        )
        return [
            Firm(
                id=row["id"],
                name=row["name"],
                phone=row["phone"],
                contract_from=row["contract_from"],
                contract_until=row["contract_until"],
                duty=frozenset(int(day) for day in row["duty"]),
            )
            for row in rows.mappings()
        ]

    async def find(self, firm_id: str) -> Firm | None:
        return next((firm for firm in await self.list_all() if firm.id == firm_id), None)

    async def save(self, firm: Firm, by: str, at: datetime) -> None:
        """Keep a firm, in place of what it was before."""
        values = {
            "name": firm.name,
            "phone": firm.phone,
            "contract_from": firm.contract_from,
            "contract_until": firm.contract_until,
            "duty": "".join(str(day) for day in sorted(firm.duty)),
            "changed_by": by,
            "changed_at": at,
        }
        statement = insert(self._connection, law_firms).values(id=firm.id, **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=values)
        )

    async def refer(self, case_id: str, one: Referral) -> None:
        place = Place("case_referrals", "sealed_note", one.id)
        await self._connection.execute(
            sa.insert(case_referrals),
            {
                "id": one.id,
                "case_id": case_id,
                "firm_id": one.firm_id,
                "at": one.at,
                "by": one.by,
                "sealed_note": self._vault.seal(place, one.note) if one.note else None,
            },
        )

    async def referrals(self, case_id: str) -> Sequence[Referral]:
        """The latest first."""
        rows = await self._connection.execute(
            sa.select(case_referrals, law_firms.c.name.label("firm_name"))
            .join(law_firms, law_firms.c.id == case_referrals.c.firm_id)
            .where(case_referrals.c.case_id == case_id)
            .order_by(case_referrals.c.at.desc(), case_referrals.c.id)
        )
        found = []
        for row in rows.mappings():
            place = Place("case_referrals", "sealed_note", row["id"])
            sealed = row["sealed_note"]
            note = self._vault.open(place, sealed) if sealed else ""
            found.append(
                Referral(row["id"], row["firm_id"], row["firm_name"], row["at"], row["by"], note)
            )
        return found
