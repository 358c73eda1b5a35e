"""Members who want to hear: that there is an answer now, or that an answer changed."""

from __future__ import annotations

from datetime import timedelta

from domain.ask import Entry
from domain.clock import Clock, beijing_date
from domain.refusal import Refusal
from knowledge import Knowledge
from storage.database import Database

WAIT = timedelta(days=90)


class HearingService:
    """Wishes and watches. Both are asked for by a press of their own, and end after 90 days."""

    def __init__(self, database: Database, knowledge: Knowledge, clock: Clock) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._knowledge = knowledge
        self._clock = clock

    async def wish(self, member_id: int, question_id: str) -> None:
        """Tell the member once a page answers this question. Refuses with `ask.question_gone`."""
        until = beijing_date(self._clock.now() + WAIT)
        async with self._open_work() as work:
            if not await work.questions.find_asked([question_id]):
                raise Refusal("ask.question_gone")
            await work.wishes.add(member_id, question_id, until)
            await work.commit()

    async def watch(self, member_id: int, entry_id: str) -> None:
        """Tell the member if this page changes in substance. Refuses with `ask.page_gone`."""
        library = self._knowledge.current
        if library is None or library.page(entry_id) is None:
            raise Refusal("ask.page_gone")
        until = beijing_date(self._clock.now() + WAIT)
        async with self._open_work() as work:
            await work.watches.add(member_id, entry_id, until)
            await work.commit()

    async def open(self, member_id: int, token: str) -> Entry:
        """The page behind the button of such a message. Refuses with `ask.page_gone` when the
        wish has ended, is another member's, or the page is not shown any more."""
        library = self._knowledge.current
        pages = {page.id: page for page in library.entries} if library else {}
        async with self._open_read() as work:
            entry_id = await work.wishes.find_page(token, member_id, pages)
            entry_id = entry_id or await work.watches.find_page(token, member_id, pages)
        if entry_id is None:
            raise Refusal("ask.page_gone")
        return pages[entry_id]

    async def forget(self, member_id: int) -> int:
        """Wish and watch nothing any more; how many there were."""
        async with self._open_work() as work:
            count = await work.wishes.remove_of(member_id)
            count += await work.watches.remove_of(member_id)
            await work.commit()
        return count

    async def purge(self) -> int:
        """Remove what has run out; the number of rows."""
        today = beijing_date(self._clock.now())
        async with self._open_work() as work:
            count = await work.wishes.purge_before(today)
            count += await work.watches.purge_before(today)
            await work.commit()
        return count
