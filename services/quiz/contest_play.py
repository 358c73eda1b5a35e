"""What groups and their people do with contests: the bot comes and goes, people vote."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from domain.clock import Clock
from domain.quiz_contests import AskState
from services.quiz import contest_telling as telling
from storage.database import Database

# A poll whose sending nobody recorded is known again by its words for so long.
_RECOGNISED = timedelta(hours=1)
_MARK = 32


class ContestService:
    """The chat's side. `key` marks votes, so that each account has one and nobody is named."""

    def __init__(self, database: Database, clock: Clock, key: bytes) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock
        self._key = key
        # Groups that were noted lately: each message of a group would write them anew.
        self._noted: dict[int, str] = {}

    async def note_group(self, group_id: int, title: str) -> None:
        """The bot is in this group, which is called so."""
        if self._noted.get(group_id) == title:
            return
        async with self._open_work() as work:
            now = self._clock.now()
            await work.quiz_contests.put_group(group_id, title, now, is_in=True)
            await work.commit()
        self._noted[group_id] = title

    async def leave_group(self, group_id: int, title: str) -> None:
        """The bot is not there any more, or may not write there."""
        self._noted.pop(group_id, None)
        async with self._open_work() as work:
            now = self._clock.now()
            await work.quiz_contests.put_group(group_id, title, now, is_in=False)
            await work.commit()

    async def move_group(self, old: int, new: int, title: str) -> None:
        """Telegram gave the group another number; what waits for it goes there."""
        self._noted.pop(old, None)
        async with self._open_work() as work:
            await work.quiz_contests.move_group(old, new, title, self._clock.now())
            await work.outbox.move_chat(old, new)
            await work.commit()

    async def vote(self, poll_id: str, voter: int, choice: int) -> None:
        """Keep an answer; only the first of each account counts. Of whoever is not a member of
        ours nothing is kept by which they could be found."""
        mark = hmac.new(self._key, f"{poll_id}:{voter}".encode(), hashlib.sha256).hexdigest()
        async with self._open_work() as work:
            member_id = voter if await work.members.find_all([voter]) else None
            await work.quiz_contests.add_vote(
                poll_id, mark[:_MARK], member_id, choice, self._clock.now()
            )
            await work.commit()

    async def recognise(self, poll_id: str, question: str, options: Sequence[str]) -> None:
        """A poll of ours tells of itself. If nobody wrote down which question it is, because the
        program died while it was being sent, its words tell, as far as only one fits."""
        now = self._clock.now()
        async with self._open_read() as work:
            if await work.quiz_contests.knows_poll(poll_id):
                return
        async with self._open_work() as work:
            if await work.quiz_contests.knows_poll(poll_id):
                return
            fitting = []
            for one in await work.quiz_contests.without_poll(now - _RECOGNISED):
                item = await telling.item_of(work, one)
                same = telling.texts_of(one, item) == tuple(options)
                if same and question.endswith(item.question):
                    fitting.append(one)
            if len(fitting) != 1:
                return
            (one,) = fitting
            shown = replace(
                one, state=AskState.SHOWN, poll_id=poll_id, shown_at=one.shown_at or one.asked_at
            )
            await work.quiz_contests.save_question(shown)
            await work.commit()
