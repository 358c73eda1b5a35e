"""What is sealed beside a case: who it is about, what happened, its history, its notes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.cases.case import Act, Facts, Identity, Note, Opening, Step
from domain.cases.states import State
from domain.units import name_key
from storage.tables import case_facts, case_identities, case_notes, case_openings, case_steps
from storage.upsert import insert
from storage.vault import Place, Vault

MEMBER_PURPOSE = "cases.member"
EMPLOYER_PURPOSE = "cases.employer"


class CaseRecords:
    """The sealed tables beside a case. Whoever asks has been let through to the case before."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def member_print(self, member_id: int) -> str:
        """The keyed hash by which a member's cases are found."""
        return self._vault.fingerprint(MEMBER_PURPOSE, str(member_id))

    def employer_print(self, name: str) -> str:
        """The keyed hash of an employer's name, in the form in which names are compared."""
        return self._vault.fingerprint(EMPLOYER_PURPOSE, name_key(name))

    async def set_identity(self, case_id: str, identity: Identity) -> None:
        await self._connection.execute(
            sa.update(case_identities)
            .where(case_identities.c.case_id == case_id)
            .values(self._identity_row(case_id, identity))
        )

    async def set_facts(self, case_id: str, facts: Facts) -> None:
        text = json.dumps(
            {
                "story": facts.story,
                "employer": facts.employer,
                "claimed": facts.claimed,
                "question": facts.question,
                "entry_id": facts.entry_id,
                "sheet": dict(facts.sheet),
            },
            ensure_ascii=False,
        )
        sealed = self._vault.seal(Place("case_facts", "sealed_facts", case_id), text)
        await self._connection.execute(
            insert(self._connection, case_facts)
            .values(case_id=case_id, sealed_facts=sealed)
            .on_conflict_do_update(index_elements=["case_id"], set_={"sealed_facts": sealed})
        )

    async def add_step(self, case_id: str, step: Step) -> str:
        """One more line of the history; its id. Whoever writes holds the case."""
        # Two lines may be of the same moment: the id says which came first.
        before = await self._connection.scalar(
            sa.select(sa.func.count())
            .select_from(case_steps)
            .where(case_steps.c.case_id == case_id)
        )
        step_id = f"{before:06d}{secrets.token_hex(9)}"
        await self._connection.execute(
            sa.insert(case_steps),
            {
                "id": step_id,
                "case_id": case_id,
                "at": step.at,
                "act": step.act.value,
                "by": step.by,
                "before": step.before.value,
                "after": step.after.value,
                "sealed_note": self._seal("case_steps", "sealed_note", step_id, step.note),
            },
        )
        return step_id

    async def add_opening(self, case_id: str, opening: Opening) -> None:
        """Somebody of the staff looked into it."""
        opening_id = secrets.token_hex(12)
        reason = self._seal("case_openings", "sealed_reason", opening_id, opening.reason)
        await self._connection.execute(
            sa.insert(case_openings),
            {
                "id": opening_id,
                "case_id": case_id,
                "at": opening.at,
                "staff_id": opening.staff_id,
                "role": opening.role,
                "sealed_reason": reason,
            },
        )

    async def add_note(self, case_id: str, note: Note) -> None:
        """What staff write for each other."""
        note_id = secrets.token_hex(12)
        await self._connection.execute(
            sa.insert(case_notes),
            {
                "id": note_id,
                "case_id": case_id,
                "at": note.at,
                "by": note.by,
                "sealed_text": self._seal("case_notes", "sealed_text", note_id, note.text),
            },
        )

    async def identity(self, case_id: str) -> Identity:
        """Who it is about; nothing once it was forgotten."""
        rows = await self._connection.execute(
            sa.select(case_identities).where(case_identities.c.case_id == case_id)
        )
        row = rows.mappings().first()
        if row is None:
            return Identity()
        name, phone, reach, chat = (
            self._open("case_identities", f"sealed_{what}", case_id, row[f"sealed_{what}"])
            for what in ("name", "phone", "reach", "chat")
        )
        return Identity(name, phone, reach, int(chat) if chat else None)

    async def facts(self, case_id: str) -> Facts:
        """What happened; nothing once it was forgotten."""
        sealed = await self._connection.scalar(
            sa.select(case_facts.c.sealed_facts).where(case_facts.c.case_id == case_id)
        )
        text = self._open("case_facts", "sealed_facts", case_id, sealed)
        return Facts(**json.loads(text)) if text else Facts("")

    async def steps(self, case_id: str) -> Sequence[Step]:
        """The history, oldest first."""
        rows = await self._connection.execute(
            sa.select(case_steps).where(case_steps.c.case_id == case_id).order_by(case_steps.c.id)
        )
        return [
            Step(
                row["at"],
                Act(row["act"]),
                row["by"],
                State(row["before"]),
                State(row["after"]),
                self._open("case_steps", "sealed_note", row["id"], row["sealed_note"]) or "",
            )
            for row in rows.mappings()
        ]

    async def openings(self, case_id: str) -> Sequence[Opening]:
        """Who looked into it, the latest first."""
        rows = await self._connection.execute(
            sa.select(case_openings)
            .where(case_openings.c.case_id == case_id)
            .order_by(case_openings.c.at.desc(), case_openings.c.id)
        )
        return [
            Opening(
                row["at"],
                row["staff_id"],
                row["role"],
                self._open("case_openings", "sealed_reason", row["id"], row["sealed_reason"])
                or "",
            )
            for row in rows.mappings()
        ]

    async def notes(self, case_id: str) -> Sequence[Note]:
        """What staff wrote for each other, oldest first."""
        rows = await self._connection.execute(
            sa.select(case_notes)
            .where(case_notes.c.case_id == case_id)
            .order_by(case_notes.c.at, case_notes.c.id)
        )
        return [
            Note(
                row["at"],
                row["by"],
                self._open("case_notes", "sealed_text", row["id"], row["sealed_text"]) or "",
            )
            for row in rows.mappings()
        ]

    def _identity_row(self, case_id: str, identity: Identity) -> dict[str, bytes | None]:
        texts = {
            "name": identity.name,
            "phone": identity.phone,
            "reach": identity.reach,
            "chat": None if identity.chat_id is None else str(identity.chat_id),
        }
        return {
            f"sealed_{what}": self._seal("case_identities", f"sealed_{what}", case_id, text)
            for what, text in texts.items()
        }

    def _seal(self, table: str, column: str, key: str, text: str | None) -> bytes | None:
        return self._vault.seal(Place(table, column, key), text) if text else None

    def _open(self, table: str, column: str, key: str, sealed: bytes | None) -> str | None:
        return None if sealed is None else self._vault.open(Place(table, column, key), sealed)
