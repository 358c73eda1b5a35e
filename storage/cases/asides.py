"""What goes along with a case: appointments, agreements with their instalments, disclosures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.cases.aside import Answer, Disclosure
from domain.cases.figures import Settled
from domain.cases.meeting import Appointment, Meeting, Mode
from domain.cases.settlement import Agreement, Instalment, Paid
from domain.cases.states import State
from domain.cases.wall import Sight
from domain.units import Level
from storage.cases.cases import FROM, seen
from storage.tables import (
    case_agreements,
    case_disclosures,
    case_instalments,
    case_meetings,
    cases,
)
from storage.upsert import insert
from storage.vault import Place, Vault

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class CaseAsides:
    """The tables beside a case. Whoever asks has been let through to the case before."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def save_meeting(self, case_id: str, meeting: Appointment) -> None:
        """Keep an appointment, in place of what it was before."""
        place = Place("case_meetings", "sealed_place", meeting.id)
        values = {
            "case_id": case_id,
            "mode": meeting.mode.value,
            "state": meeting.state.value,
            "sealed_place": self._vault.seal(place, meeting.place),
            "slots": [(slot - _EPOCH) // _MILLISECOND for slot in meeting.slots],
            "chosen": meeting.chosen,
            "made_by": meeting.made_by,
            "made_at": meeting.made_at,
            "other_side_at": meeting.other_side_at,
            "reminded_at": meeting.reminded_at,
        }
        await self._save(case_meetings, meeting.id, values)

    async def meetings(self, case_id: str) -> Sequence[Appointment]:
        """The appointments of a case, the latest first."""
        rows = await self._connection.execute(
            sa.select(case_meetings)
            .where(case_meetings.c.case_id == case_id)
            .order_by(case_meetings.c.made_at.desc(), case_meetings.c.id)
        )
        return [self._meeting(row) for row in rows.mappings()]

    async def meetings_to_remind(
        self, after: datetime, until: datetime
    ) -> Sequence[tuple[str, Appointment]]:
        """Confirmed appointments between the two moments that nobody was reminded of."""
        c = case_meetings.c
        rows = await self._connection.execute(
            sa.select(case_meetings).where(
                c.state == Meeting.CONFIRMED.value,
                c.chosen > after,
                c.chosen <= until,
                c.reminded_at.is_(None),
            )
        )
        return [(row["case_id"], self._meeting(row)) for row in rows.mappings()]

    async def save_agreement(self, case_id: str, agreement: Agreement) -> None:
        """Keep an agreement with its instalments, in place of what they were before."""
        place = Place("case_agreements", "sealed_other", agreement.id)
        values = {
            "case_id": case_id,
            "agreed_on": agreement.agreed_on,
            "level": agreement.level.value,
            "claimed": agreement.claimed,
            "settled": agreement.settled,
            "sealed_other": self._vault.seal(place, agreement.other) if agreement.other else None,
            "made_by": agreement.made_by,
            "cancelled_at": agreement.cancelled_at,
        }
        await self._save(case_agreements, agreement.id, values)
        for one in agreement.instalments:
            await self.save_instalment(agreement.id, one)

    async def save_instalment(self, agreement_id: str, one: Instalment) -> None:
        values = {
            "agreement_id": agreement_id,
            "number": one.number,
            "amount": one.amount,
            "due_on": one.due_on,
            "paid": one.paid.value,
            "received": one.received,
            "asked_at": one.asked_at,
            "answered_at": one.answered_at,
        }
        await self._save(case_instalments, one.id, values)

    async def agreements(self, case_id: str) -> Sequence[Agreement]:
        """The agreements of a case, the latest first, cancelled ones too."""
        found = await self._agreements(case_agreements.c.case_id == case_id)
        return [row.agreement for row in reversed(found)]

    async def standing(self, case_ids: Sequence[str]) -> dict[str, Agreement]:
        """The agreement that stands in each of these cases, the latest; at most 500 cases."""
        found = await self._agreements(
            case_agreements.c.case_id.in_(case_ids), case_agreements.c.cancelled_at.is_(None)
        )
        return {row.case_id: row.agreement for row in found}

    async def settled(self, sight: Sight, first: date, last: date) -> Sequence[Settled]:
        """Agreements made in a period, as far as their cases are there for whoever looks. That a
        case follows another is known to them only if that one is there too."""
        found = await self._agreements(
            case_agreements.c.agreed_on >= first, case_agreements.c.agreed_on <= last, seen(sight)
        )
        leads = await self._seen_of(sight, sorted({row.lead_id for row in found if row.lead_id}))
        return [row if row.lead_id in leads else replace(row, lead_id=None) for row in found]

    async def instalments_due(self, day: date) -> Sequence[tuple[str, str, Instalment]]:
        """Case, agreement and instalment of what was to be paid by that day and is not asked."""
        rows = await self._connection.execute(
            sa.select(case_instalments, case_agreements.c.case_id)
            .join(case_agreements, case_agreements.c.id == case_instalments.c.agreement_id)
            .join(cases, cases.c.id == case_agreements.c.case_id)
            .where(
                case_instalments.c.paid == Paid.WAITING.value,
                case_instalments.c.due_on <= day,
                case_agreements.c.cancelled_at.is_(None),
                cases.c.state == State.FOLLOWING.value,
            )
            .order_by(case_instalments.c.due_on, case_instalments.c.id)
        )
        return [(row["case_id"], row["agreement_id"], _instalment(row)) for row in rows.mappings()]

    async def save_disclosure(self, case_id: str, one: Disclosure) -> None:
        """Keep what somebody outside would be told, and what the member said to it."""
        values = {
            "case_id": case_id,
            "sealed_to": self._seal_disclosure("sealed_to", one.id, one.to),
            "sealed_what": self._seal_disclosure("sealed_what", one.id, one.what),
            "answer": one.answer.value,
            "asked_by": one.asked_by,
            "asked_at": one.asked_at,
            "answered_at": one.answered_at,
            "done_at": one.done_at,
        }
        await self._save(case_disclosures, one.id, values)

    async def disclosures(self, case_id: str) -> Sequence[Disclosure]:
        """The latest first."""
        rows = await self._connection.execute(
            sa.select(case_disclosures)
            .where(case_disclosures.c.case_id == case_id)
            .order_by(case_disclosures.c.asked_at.desc(), case_disclosures.c.id)
        )
        return [self._disclosure(row) for row in rows.mappings()]

    async def _agreements(self, *conditions: sa.ColumnElement[bool]) -> list[Settled]:
        rows = await self._connection.execute(
            sa.select(case_agreements, cases.c.head_count, cases.c.lead_id)
            .select_from(FROM.join(case_agreements, case_agreements.c.case_id == cases.c.id))
            .where(*conditions)
            .order_by(case_agreements.c.agreed_on, case_agreements.c.id)
        )
        found = list(rows.mappings())
        parts = await self._instalments([row["id"] for row in found])
        return [
            Settled(row["case_id"], row["head_count"], self._agreement(row, parts), row["lead_id"])
            for row in found
        ]

    async def _seen_of(self, sight: Sight, ids: Sequence[str]) -> set[str]:
        """Which of these cases are there for whoever looks."""
        found: set[str] = set()
        for at in range(0, len(ids), 500):
            some = ids[at : at + 500]
            rows = await self._connection.execute(
                sa.select(cases.c.id).select_from(FROM).where(cases.c.id.in_(some), seen(sight))
            )
            found |= set(rows.scalars())
        return found

    async def _instalments(self, agreement_ids: Sequence[str]) -> dict[str, list[Instalment]]:
        found: dict[str, list[Instalment]] = {}
        for at in range(0, len(agreement_ids), 500):
            some = agreement_ids[at : at + 500]
            rows = await self._connection.execute(
                sa.select(case_instalments)
                .where(case_instalments.c.agreement_id.in_(some))
                .order_by(case_instalments.c.agreement_id, case_instalments.c.number)
            )
            for row in rows.mappings():
                found.setdefault(row["agreement_id"], []).append(_instalment(row))
        return found

    async def _save(self, table: sa.Table, key: str, values: Mapping[str, Any]) -> None:
        statement = insert(self._connection, table).values(id=key, **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=dict(values))
        )

    def _seal_disclosure(self, column: str, key: str, text: str) -> bytes:
        return self._vault.seal(Place("case_disclosures", column, key), text)

    def _meeting(self, row: Mapping[Any, Any]) -> Appointment:
        place = Place("case_meetings", "sealed_place", row["id"])
        return Appointment(
            id=row["id"],
            mode=Mode(row["mode"]),
            place=self._vault.open(place, row["sealed_place"]),
            slots=tuple(_EPOCH + slot * _MILLISECOND for slot in row["slots"]),
            state=Meeting(row["state"]),
            made_by=row["made_by"],
            made_at=row["made_at"],
            chosen=row["chosen"],
            other_side_at=row["other_side_at"],
            reminded_at=row["reminded_at"],
        )

    def _agreement(
        self, row: Mapping[Any, Any], parts: Mapping[str, Sequence[Instalment]]
    ) -> Agreement:
        place = Place("case_agreements", "sealed_other", row["id"])
        sealed = row["sealed_other"]
        return Agreement(
            id=row["id"],
            agreed_on=row["agreed_on"],
            level=Level(row["level"]),
            claimed=row["claimed"],
            settled=row["settled"],
            other=self._vault.open(place, sealed) if sealed else "",
            instalments=tuple(parts.get(row["id"], ())),
            made_by=row["made_by"],
            cancelled_at=row["cancelled_at"],
        )

    def _disclosure(self, row: Mapping[Any, Any]) -> Disclosure:
        to, what = (
            self._vault.open(Place("case_disclosures", column, row["id"]), row[column])
            for column in ("sealed_to", "sealed_what")
        )
        return Disclosure(
            id=row["id"],
            to=to,
            what=what,
            answer=Answer(row["answer"]),
            asked_by=row["asked_by"],
            asked_at=row["asked_at"],
            answered_at=row["answered_at"],
            done_at=row["done_at"],
        )


def _instalment(row: Mapping[Any, Any]) -> Instalment:
    return Instalment(
        id=row["id"],
        number=row["number"],
        amount=row["amount"],
        due_on=row["due_on"],
        paid=Paid(row["paid"]),
        received=row["received"],
        asked_at=row["asked_at"],
        answered_at=row["answered_at"],
    )
