"""What is said in talks: messages, notes of staff, files, phrases. All words lie sealed."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.outbox import State
from domain.talks import Message, Note, Phrase, TalkFile
from storage.tables import (
    outbox,
    talk_files,
    talk_messages,
    talk_notes,
    talk_phrases,
    talk_pieces,
)
from storage.talk_replies import REPLY
from storage.upsert import insert
from storage.vault import Place, Vault

_PIECE = 48 * 1024


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a reply on its way. `why` is set where it did not arrive."""

    state: State
    why: str | None
    sent_at: datetime | None


class TalkWords:
    """The tables of messages, notes and files."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, message: Message, member_id: int) -> bool:
        """False if the message is there already: an update may come twice."""
        statement = insert(self._connection, talk_messages).values(
            id=message.id,
            talk_id=message.talk_id,
            member_id=member_id,
            at=message.at,
            staff_id=message.staff_id,
            sealed_text=self._seal("talk_messages", message.id, message.text),
            file_id=message.file_id,
        )
        added = statement.on_conflict_do_nothing().returning(talk_messages.c.id)
        return await self._connection.scalar(added) is not None

    async def find(self, message_id: str) -> Message | None:
        found = await self._messages(talk_messages.c.id == message_id)
        return found[0] if found else None

    async def list_of(self, talk_id: str) -> Sequence[Message]:
        """Everything that was said, in order."""
        return await self._messages(talk_messages.c.talk_id == talk_id)

    async def count_of_member(self, talk_id: str) -> int:
        """How many messages the member wrote in the talk."""
        found = await self._connection.scalar(
            sa.select(sa.func.count())
            .select_from(talk_messages)
            .where(talk_messages.c.talk_id == talk_id, talk_messages.c.staff_id.is_(None))
        )
        return int(found or 0)

    async def fates(self, message_ids: Collection[str]) -> Mapping[str, Fate]:
        """What became of replies, by the message; none for those whose record was purged."""
        chains = {f"{REPLY}:{message_id}": message_id for message_id in message_ids}
        rows = await self._connection.execute(
            sa.select(outbox.c.chain, outbox.c.state, outbox.c.fail_class, outbox.c.sent_at).where(
                outbox.c.chain.in_(chains), outbox.c.part == 1
            )
        )
        return {
            chains[row.chain]: Fate(State(row.state), row.fail_class, row.sent_at) for row in rows
        }

    async def add_note(self, note: Note) -> None:
        await self._connection.execute(
            sa.insert(talk_notes),
            {
                "id": note.id,
                "talk_id": note.talk_id,
                "at": note.at,
                "staff_id": note.staff_id,
                "sealed_text": self._seal("talk_notes", note.id, note.text),
            },
        )

    async def notes_of(self, talk_id: str) -> Sequence[Note]:
        rows = await self._connection.execute(
            sa.select(talk_notes)
            .where(talk_notes.c.talk_id == talk_id)
            .order_by(talk_notes.c.at, talk_notes.c.id)
        )
        return [
            Note(
                row["id"],
                row["talk_id"],
                row["at"],
                row["staff_id"],
                self._open("talk_notes", row["id"], row["sealed_text"]),
            )
            for row in rows.mappings()
        ]

    async def add_file(self, file: TalkFile, member_id: int, data: bytes) -> bool:
        """False if the file is there already."""
        place = Place("talk_files", "sealed_name", file.id)
        statement = insert(self._connection, talk_files).values(
            id=file.id,
            talk_id=file.talk_id,
            member_id=member_id,
            kind=file.kind,
            sealed_name=self._vault.seal(place, file.name),
            size=file.size,
        )
        added = statement.on_conflict_do_nothing().returning(talk_files.c.id)
        if await self._connection.scalar(added) is None:
            return False
        pieces = [data[at : at + _PIECE] for at in range(0, len(data), _PIECE)]
        await self._connection.execute(
            sa.insert(talk_pieces),
            [
                {
                    "file_id": file.id,
                    "number": number,
                    "sealed_piece": self._vault.seal(
                        _piece(file.id, number), base64.b64encode(piece).decode()
                    ),
                }
                for number, piece in enumerate(pieces)
            ],
        )
        return True

    async def files_of(self, talk_id: str) -> Mapping[str, TalkFile]:
        """The files of a talk by their ids, without their bytes."""
        rows = await self._connection.execute(
            sa.select(talk_files).where(talk_files.c.talk_id == talk_id)
        )
        return {row["id"]: self._file(row) for row in rows.mappings()}

    async def find_file(self, file_id: str) -> TalkFile | None:
        rows = await self._connection.execute(
            sa.select(talk_files).where(talk_files.c.id == file_id)
        )
        row = rows.mappings().first()
        return None if row is None else self._file(row)

    async def read_file(self, file_id: str) -> bytes:
        """The bytes of a file."""
        rows = await self._connection.execute(
            sa.select(talk_pieces.c.number, talk_pieces.c.sealed_piece)
            .where(talk_pieces.c.file_id == file_id)
            .order_by(talk_pieces.c.number)
        )
        return b"".join(
            base64.b64decode(self._vault.open(_piece(file_id, row.number), row.sealed_piece))
            for row in rows
        )

    async def _messages(self, condition: sa.ColumnElement[bool]) -> Sequence[Message]:
        rows = await self._connection.execute(
            sa.select(talk_messages)
            .where(condition)
            .order_by(talk_messages.c.at, talk_messages.c.id)
        )
        return [
            Message(
                row["id"],
                row["talk_id"],
                row["at"],
                self._open("talk_messages", row["id"], row["sealed_text"]),
                row["staff_id"],
                row["file_id"],
            )
            for row in rows.mappings()
        ]

    def _file(self, row: Mapping[Any, Any]) -> TalkFile:
        place = Place("talk_files", "sealed_name", row["id"])
        return TalkFile(
            row["id"],
            row["talk_id"],
            row["kind"],
            self._vault.open(place, row["sealed_name"]),
            row["size"],
        )

    def _seal(self, table: str, key: str, text: str) -> bytes:
        return self._vault.seal(Place(table, "sealed_text", key), text)

    def _open(self, table: str, key: str, sealed: bytes) -> str:
        return self._vault.open(Place(table, "sealed_text", key), sealed)


class TalkPhrases:
    """The table of replies that are written once."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def save(self, phrase: Phrase) -> None:
        """Add it, or change the one of this id."""
        values = {
            "title": phrase.title,
            "text": phrase.text,
            "entry_id": phrase.entry_id,
            "unit_path": phrase.unit_path,
            "changed_by": phrase.changed_by,
            "changed_at": phrase.changed_at,
        }
        statement = insert(self._connection, talk_phrases).values(id=phrase.id, **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=values)
        )

    async def find(self, phrase_id: str) -> Phrase | None:
        rows = await self._connection.execute(
            sa.select(talk_phrases).where(talk_phrases.c.id == phrase_id)
        )
        row = rows.mappings().first()
        return None if row is None else Phrase(**row)

    async def list_all(self) -> Sequence[Phrase]:
        """Every phrase, by its title."""
        rows = await self._connection.execute(
            sa.select(talk_phrases).order_by(talk_phrases.c.title, talk_phrases.c.id)
        )
        return [Phrase(**row) for row in rows.mappings()]

    async def remove(self, phrase_id: str) -> None:
        await self._connection.execute(
            sa.delete(talk_phrases).where(talk_phrases.c.id == phrase_id)
        )


def _piece(file_id: str, number: int) -> Place:
    return Place("talk_pieces", "sealed_piece", f"{file_id}/{number}")
