"""Broadcasts as members meet them: pressing a button, choosing what to hear of."""

from __future__ import annotations

from domain.broadcasts import MUTABLE, Broadcast, Button, Topic, content_of
from domain.clock import Clock
from domain.refusal import Refusal
from storage.database import Database
from storage.work import Work


class BroadcastMembers:
    """What is turned off is never sent; it blocks no service and no news of one's own matters."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def press(self, member_id: int, broadcast_id: str, number: int) -> Button:
        """Note the press and return the button, for the face to follow.

        A second press counts no more than the first. Staff who pressed it in their own test are
        not counted. Refuses with `common.button_gone` for somebody who did not get it.
        """
        async with self._database.open_work() as work:
            one = await work.broadcasts.find(broadcast_id)
            if one is None:
                raise Refusal("common.button_gone")
            push = one.push
            content = content_of(push.body) if push else one.content
            if not 0 <= number < len(content.buttons):
                raise Refusal("common.button_gone")
            now = self._clock.now()
            got = push is not None and await work.broadcast_reach.press(
                one.id, push.id, member_id, number, now
            )
            if not got and not await self._tried(work, one, member_id):
                raise Refusal("common.button_gone")
            await work.commit()
        return content.buttons[number]

    async def muted(self, member_id: int) -> frozenset[Topic]:
        """What the member does not want to hear of."""
        async with self._database.open_read() as work:
            return await work.topic_mutes.of(member_id)

    async def mute(self, member_id: int, topic: Topic, *, is_muted: bool) -> frozenset[Topic]:
        """Turn a topic off, or on again; what is off then. Twice changes nothing.

        Refuses with `common.button_gone`.
        """
        if topic not in MUTABLE:
            raise Refusal("common.button_gone")
        async with self._database.open_work() as work:
            if is_muted:
                await work.topic_mutes.add(member_id, topic, self._clock.now())
            else:
                await work.topic_mutes.remove(member_id, topic)
            found = await work.topic_mutes.of(member_id)
            await work.commit()
        return found

    async def _tried(self, work: Work, one: Broadcast, member_id: int) -> bool:
        """Whether it is one of the staff with the test that they sent to themselves."""
        account = await work.staff.find_by_telegram(member_id)
        trials = await work.agreements.trials_of(one.id)
        return account is not None and account.id in {trial.staff_id for trial in trials}
