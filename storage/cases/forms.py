"""What members have open: the form of a case, the code before their matters, what can be wiped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.cases.codes import Code
from storage.tables import case_codes, case_intakes, case_messages, outbox
from storage.upsert import insert
from storage.vault import Place, Vault

CODE_PURPOSE = "cases.code"


class CaseForms:
    """Forms, codes and messages, each by the member that they belong to."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def save_intake(self, member_id: int, given: Mapping[str, str], until: datetime) -> None:
        """Keep the answers in place of those before; also which case is meant is sealed."""
        text = json.dumps(dict(given), ensure_ascii=False)
        values = {
            "sealed_answers": self._vault.seal(_place(member_id), text),
            "expires_at": until,
        }
        statement = insert(self._connection, case_intakes).values(member_id=member_id, **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["member_id"], set_=values)
        )

    async def intake(self, member_id: int, now: datetime) -> dict[str, str] | None:
        """The answers so far of the form in progress."""
        rows = await self._connection.execute(
            sa.select(case_intakes).where(
                case_intakes.c.member_id == member_id, case_intakes.c.expires_at > now
            )
        )
        row = rows.mappings().first()
        if row is None:
            return None
        found: dict[str, str] = json.loads(
            self._vault.open(_place(member_id), row["sealed_answers"])
        )
        return found

    async def remove_intake(self, member_id: int) -> None:
        await self._connection.execute(
            sa.delete(case_intakes).where(case_intakes.c.member_id == member_id)
        )

    async def purge(self, now: datetime, sent_before: datetime) -> int:
        """Remove forms that lapsed and messages that cannot be wiped any more."""
        forms = await self._connection.execute(
            sa.delete(case_intakes).where(case_intakes.c.expires_at <= now)
        )
        messages = await self._connection.execute(
            sa.delete(case_messages).where(case_messages.c.at < sent_before)
        )
        return forms.rowcount + messages.rowcount

    async def code(self, member_id: int, *, lock: bool = False) -> Code | None:
        wanted = sa.select(case_codes).where(case_codes.c.member_id == member_id)
        rows = await self._connection.execute(wanted.with_for_update() if lock else wanted)
        row = rows.mappings().first()
        if row is None:
            return None
        return Code(
            row["code_print"],
            row["wrong"],
            row["locked_until"],
            row["open_until"],
            row["reset_asked_at"],
        )

    async def save_code(self, member_id: int, code: Code) -> None:
        values = {
            "code_print": code.code_print,
            "wrong": code.wrong,
            "locked_until": code.locked_until,
            "open_until": code.open_until,
            "reset_asked_at": code.reset_asked_at,
        }
        statement = insert(self._connection, case_codes).values(member_id=member_id, **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["member_id"], set_=values)
        )

    async def remove_code(self, member_id: int) -> None:
        await self._connection.execute(
            sa.delete(case_codes).where(case_codes.c.member_id == member_id)
        )

    def code_print(self, member_id: int, digits: str) -> str:
        """The same digits of another member give another print."""
        return self._vault.fingerprint(CODE_PURPOSE, f"{member_id}:{digits}")

    async def note_message(self, member_id: int, message_id: int, at: datetime) -> None:
        """A message of the chat that shows a case, or that the member typed for one."""
        await self._connection.execute(
            insert(self._connection, case_messages)
            .values(member_id=member_id, message_id=message_id, at=at)
            .on_conflict_do_nothing(index_elements=["member_id", "message_id"])
        )

    async def messages(self, member_id: int, since: datetime) -> Sequence[int]:
        shown = sa.select(case_messages.c.message_id).where(
            case_messages.c.member_id == member_id, case_messages.c.at > since
        )
        # Notices went out by themselves; their numbers stand with them.
        told = sa.select(outbox.c.message_id).where(
            outbox.c.chat_id == member_id,
            outbox.c.kind.startswith("cases."),
            outbox.c.sent_at > since,
            outbox.c.message_id.is_not(None),
        )
        rows = await self._connection.execute(sa.union(shown, told))
        return sorted(rows.scalars())

    async def remove_messages(self, member_id: int) -> None:
        await self._connection.execute(
            sa.delete(case_messages).where(case_messages.c.member_id == member_id)
        )


def _place(member_id: int) -> Place:
    return Place("case_intakes", "sealed_answers", str(member_id))
