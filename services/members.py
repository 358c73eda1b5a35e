"""Members as the chat knows them: meeting them, losing and regaining them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from domain.clock import Clock
from domain.members import NOTICE_VERSION, Greeting, Member, Reach
from storage.database import OpenWork

_REMEMBERED = 20_000


class MemberService:
    """Keeps who can be reached, and who has seen the privacy notice."""

    def __init__(self, open_work: OpenWork, open_read: OpenWork, clock: Clock) -> None:
        self._open_work = open_work
        self._open_read = open_read
        self._clock = clock
        # Members whose row is known to be up to date: most updates then need no query.
        self._settled: OrderedDict[int, None] = OrderedDict()

    async def meet(self, member_id: int, chat_id: int, language: str) -> Greeting:
        """Make sure that the member is known and marked as reachable.

        `owes_notice` stays true until `notice_shown` was called.
        """
        if member_id in self._settled:
            self._settled.move_to_end(member_id)
            return Greeting(is_new=False, owes_notice=False)
        async with self._open_read() as work:
            known = await work.members.find(member_id)
        wanted = Member(
            id=member_id,
            chat_id=chat_id,
            language=language,
            reach=Reach.REACHABLE,
            notice_version=known.notice_version if known else 0,
            met_at=known.met_at if known else self._clock.now(),
        )
        if wanted != known:
            await self._save(wanted)
        owes = wanted.notice_version < NOTICE_VERSION
        if not owes:
            self._remember(member_id)
        return Greeting(is_new=known is None, owes_notice=owes)

    async def notice_shown(self, member_id: int) -> None:
        """Remember that the current privacy notice was shown to the member."""
        async with self._open_work() as work:
            known = await work.members.find(member_id)
            if known is not None:
                await work.members.save(replace(known, notice_version=NOTICE_VERSION))
            await work.commit()
        if known is not None:
            self._remember(member_id)

    async def lost(self, member_id: int, reach: Reach) -> None:
        """The member blocked the bot or is gone: nothing more is sent until they return."""
        self._settled.pop(member_id, None)
        async with self._open_work() as work:
            await work.members.set_reach(member_id, reach)
            await work.commit()

    async def returned(self, member_id: int) -> None:
        """The member unblocked the bot."""
        async with self._open_work() as work:
            await work.members.set_reach(member_id, Reach.REACHABLE)
            await work.commit()

    async def _save(self, member: Member) -> None:
        async with self._open_work() as work:
            await work.members.save(member)
            await work.commit()

    def _remember(self, member_id: int) -> None:
        self._settled[member_id] = None
        if len(self._settled) > _REMEMBERED:
            self._settled.popitem(last=False)
