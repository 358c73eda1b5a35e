"""Members as the chat knows them: meeting them, losing and regaining them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.clock import Clock
from domain.members import NOTICE_VERSION, Greeting, Member, Reach
from storage.database import Database
from storage.group import Group
from storage.work import Work

_REMEMBERED = 20_000
# What is remembered is looked at again after this time: delivery, or another process, may have
# marked the member as unreachable or erased them since.
_LAPSES = timedelta(minutes=1)


class MemberService:
    """Keeps who can be reached, and who has seen the privacy notice.

    Each process remembers for a minute whom it has met, so a member who was marked as blocked or
    was erased elsewhere is met again by what they send after that.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._open_work = database.open_work
        self._finding = Group[int, Member | None](database.read, _find_all)
        self._saving = Group[Member, None](database.write, _save_all)
        self._clock = clock
        # Members whose row is known to be up to date: most updates then need no query.
        self._settled: OrderedDict[int, datetime] = OrderedDict()

    async def meet(
        self, member_id: int, chat_id: int, language: str, *, is_back: bool = True
    ) -> Greeting:
        """Make sure that the member is known and, if `is_back`, marked as reachable.

        `owes_notice` stays true until `notice_shown` was called.
        """
        if self._is_settled(member_id):
            return Greeting(is_new=False, owes_notice=False)
        known = await self._finding.submit(member_id)
        wanted = Member(
            id=member_id,
            chat_id=chat_id,
            language=language,
            reach=known.reach if known and not is_back else Reach.REACHABLE,
            notice_version=known.notice_version if known else 0,
            met_at=known.met_at if known else self._clock.now(),
        )
        if wanted != known:
            await self._saving.submit(wanted)
        owes = wanted.notice_version < NOTICE_VERSION
        if not owes and wanted.reach is Reach.REACHABLE:
            self._remember(member_id)
        return Greeting(
            is_new=known is None,
            owes_notice=owes,
            has_seen_earlier=owes and wanted.notice_version > 0,
        )

    async def notice_shown(self, member_id: int) -> None:
        """Remember that the current privacy notice was shown to the member."""
        known = await self._finding.submit(member_id)
        if known is not None:
            await self._saving.submit(replace(known, notice_version=NOTICE_VERSION))
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

    def forget(self, member_id: int) -> None:
        """The member's row is gone: whoever writes again is met as somebody new."""
        self._settled.pop(member_id, None)

    def _is_settled(self, member_id: int) -> bool:
        since = self._settled.get(member_id)
        # A clock that was set back must not make the memory longer.
        return since is not None and timedelta(0) <= self._clock.now() - since < _LAPSES

    def _remember(self, member_id: int) -> None:
        self._settled[member_id] = self._clock.now()
        self._settled.move_to_end(member_id)
        if len(self._settled) > _REMEMBERED:
            self._settled.popitem(last=False)


async def _find_all(work: Work, member_ids: Sequence[int]) -> Sequence[Member | None]:
    found = await work.members.find_all(set(member_ids))
    return [found.get(member_id) for member_id in member_ids]


async def _save_all(work: Work, batch: Sequence[Member]) -> Sequence[None]:
    await work.members.save_all(batch)
    return [None] * len(batch)
