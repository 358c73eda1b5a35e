"""What happens to talks by the clock: late ones go up, snoozed ones wake, idle ones end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from domain import talks as rules
from domain.talks import Ending, State, Talk
from services.talks import telling
from services.talks.common import TalkBase
from services.talks.duty import Duty
from storage.work import Work

# What is left of a talk without its words counts in the figures of three years.
_FIGURES_KEPT = timedelta(days=3 * 365)


class TalkClock(TalkBase):
    """Every verb looks for what is due and may be called at any time, by several processes."""

    async def escalate_due(self) -> int:
        """Bring talks that nobody answered in time to the level above; how many.

        Who had the talk keeps it; the level above is told and may take it over. A talk whose owner
        has lost the right to it goes back to the queue.
        """
        now = self._clock.now()
        async with self._open_read() as work:
            due = await work.talks.to_escalate(now)
        for talk_id in due:
            async with self._open_work() as work:
                talk = await work.talks.lock(talk_id)
                if talk is None or talk.escalate_at is None or talk.escalate_at > now:
                    continue
                await self._escalate(work, talk)
                await work.commit()
        return len(due)

    async def wake_due(self) -> int:
        """Bring back snoozed talks whose time has come; how many."""
        now = self._clock.now()
        async with self._open_read() as work:
            due = await work.talks.to_wake(now)
        for talk_id in due:
            async with self._open_work() as work:
                talk = await work.talks.lock(talk_id)
                if talk is None or talk.snoozed_until is None or talk.snoozed_until > now:
                    # Another process was here, or somebody put it aside for longer.
                    continue
                talk = rules.woken(talk)
                await work.talks.save(talk)
                had = (await Duty.of(work, now)).find(talk.assignee, talk)
                if had is not None:
                    await self._alert(work, telling.WORD, talk, [had], now)
                await work.commit()
        return len(due)

    async def close_idle_due(self) -> int:
        """End talks in which the member has said nothing for long; how many. They are told."""
        now = self._clock.now()
        before = now - self._policy.idle
        async with self._open_read() as work:
            due = await work.talks.to_close(before)
        for talk_id in due:
            async with self._open_work() as work:
                talk = await work.talks.lock(talk_id)
                if talk is None or talk.state is not State.PENDING:
                    continue
                if talk.staff_at is None or talk.staff_at > before:
                    # Somebody answered in this moment.
                    continue
                talk = rules.closed(talk, now, Ending.IDLE)
                await work.talks.save(talk)
                if talk.member_id is not None:
                    await work.outbox.add(telling.closed(talk, now, is_idle=True))
                await work.commit()
        return len(due)

    async def purge(self) -> int:
        """Remove the words of talks that ended long ago, and in the end what is left of them."""
        now = self._clock.now()
        total = 0
        while True:
            async with self._open_work() as work:
                count = await work.talks.forget_words(now - self._policy.keep)
                if not count:
                    count = await work.talks.purge_before(now - _FIGURES_KEPT)
                    await work.commit()
                    return total + count
                await work.commit()
            total += count

    async def _escalate(self, work: Work, talk: Talk) -> None:
        now = self._clock.now()
        duty = await Duty.of(work, now)
        if talk.assignee is not None and duty.find(talk.assignee, talk) is None:
            talk = replace(talk, assignee=None, state=State.OPEN, snoozed_until=None)
        talk = rules.escalated(talk, duty.above(talk), now, self._hours, self._policy)
        await work.talks.save(talk)
        await self._alert(work, telling.LATE, talk, duty.at_level(talk), now)
        detail = {"level": talk.level_path, "times": talk.escalations}
        await work.audit.add(now, "clock", "talk.escalated", talk.id, detail)
