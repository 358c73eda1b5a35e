"""Forms in progress: opening, continuing and leaving them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import replace

from domain.clock import Clock, beijing_date
from domain.forms import LIFETIME, Draft, Form
from domain.privacy import for_keeping
from domain.refusal import Refusal
from storage.database import Database
from storage.forms import knows_again
from storage.group import Group
from storage.work import Work

NOTE_LIMIT = 1000


class FormService:
    """One open form for each member, kept in the database so that any process continues it."""

    def __init__(self, database: Database, clock: Clock, key: bytes) -> None:
        self._open_work = database.open_work
        self._clock = clock
        self._key = key
        # Asked for every message: under load many members' forms are looked up at once.
        self._finding = Group[int, Draft | None](database.read, self._find_all)

    async def find_open(self, member_id: int) -> Draft | None:
        """The form that the member is in the middle of, if any.

        An update that comes again finds the form that it closed: what was typed is the form's.
        """
        draft = await self._finding.submit(member_id)
        return draft if draft is None or not draft.is_closed or knows_again(draft) else None

    async def begin_note(self, member_id: int) -> None:
        """Open the form for a note to staff, in place of any other."""
        await self._save(Draft(member_id, Form.NOTE, step="text"))

    async def leave(self, member_id: int) -> bool:
        """Close the open form without effect; False if none was open."""
        async with self._open_work() as work:
            was_open = await work.drafts.remove(member_id)
            await work.commit()
        return was_open

    async def hand_in_note(self, member_id: int, text: str, update_id: int) -> None:
        """Keep the note for staff, without its author, and close the form.

        Refuses with `forms.note_empty` or `forms.note_long`; the form then stays open.
        """
        kept = for_keeping(text)
        if not kept.strip():
            raise Refusal("forms.note_empty")
        if len(text) > NOTE_LIMIT:
            raise Refusal("forms.note_long", limit=NOTE_LIMIT, length=len(text))
        digest = hashlib.blake2b(f"note{update_id}".encode(), key=self._key, digest_size=9)
        note_id = base64.urlsafe_b64encode(digest.digest()).decode()
        async with self._open_work() as work:
            await work.notes.add(note_id, beijing_date(self._clock.now()), kept)
            await work.drafts.remove(member_id)
            await work.commit()

    async def purge(self) -> int:
        """Remove forms that lapsed; the number of rows."""
        async with self._open_work() as work:
            count = await work.drafts.purge(self._clock.now())
            await work.commit()
        return count

    async def _find_all(self, work: Work, member_ids: Sequence[int]) -> Sequence[Draft | None]:
        found = await work.drafts.find_with_closed(set(member_ids), self._clock.now())
        return [found.get(member_id) for member_id in member_ids]

    async def _save(self, draft: Draft) -> None:
        async with self._open_work() as work:
            await work.drafts.save(replace(draft, expires_at=self._clock.now() + LIFETIME))
            await work.commit()
