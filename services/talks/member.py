"""Talks as members have them: asking for a human, saying and sending things, the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain import talks as rules
from domain.attachments import Attachment
from domain.calendar import OfficeHours
from domain.clock import Clock
from domain.refusal import Refusal
from domain.talk_waits import Wait, wait_of
from domain.talks import (
    Complaint,
    Context,
    Ending,
    Message,
    Priority,
    State,
    Talk,
    TalkPolicy,
)
from domain.units import Unit
from services.talks import telling
from services.talks.common import TalkBase, keep_file, new_talk_id
from services.talks.duty import Duty
from storage.database import Database
from storage.group import Group
from storage.work import Work

_SHOWN_LIMIT = 2000
_QUESTION_LIMIT = 500
# What one message of Telegram holds.
_MEMBER_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Standing:
    """How a talk stands for its member; `wait` is set while nobody has it."""

    talk: Talk
    wait: Wait | None


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of a member's words.

    `is_first` is true for the first words since the talk was opened; `is_silent` while the bot
    leaves the word to people.
    """

    talk: Talk
    wait: Wait | None
    is_first: bool
    is_silent: bool


class TalkService(TalkBase):
    """Every verb may be tried twice with the same update and then does it once."""

    def __init__(
        self, database: Database, clock: Clock, hours: OfficeHours, policy: TalkPolicy
    ) -> None:
        super().__init__(database, clock, hours, policy)
        # Asked for every message: under load many members' talks are looked up at once.
        self._finding = Group[int, Talk | None](database.read, _find_live)

    async def find_live(self, member_id: int) -> Talk | None:
        """The member's talk that is not closed, if there is one."""
        return await self._finding.submit(member_id)

    async def open(
        self, member_id: int, context: Context, question_id: str = "", *, is_urgent: bool = False
    ) -> Standing | None:
        """Ask for a human, from wherever the member stands; the talk that is open already.

        Those on duty are told: when the office opens, or at once and at any hour if `is_urgent`.
        None if nobody may answer this member: then nothing is kept.
        """
        now = self._clock.now()
        async with self._open_work() as work:
            talk = await work.talks.lock_live(member_id)
            if talk is None:
                talk = await self._begin(work, member_id, context, question_id, now)
                if talk is None:
                    return None
                if is_urgent:
                    talk = await self._hurry(work, talk, now)
            else:
                if talk.member_at is not None:
                    # What is typed next is for the talk, whatever form was begun meanwhile.
                    talk = replace(talk, member_at=now)
                    await work.talks.save(talk)
                if is_urgent and talk.priority is not Priority.URGENT:
                    talk = await self._hurry(work, talk, now)
            standing = Standing(talk, await self._wait(work, talk, now))
            await work.commit()
        return standing

    async def standing(self, member_id: int) -> Standing | None:
        """How the member's talk stands now."""
        now = self._clock.now()
        async with self._open_read() as work:
            talk = (await work.talks.find_live_all([member_id])).get(member_id)
            return Standing(talk, await self._wait(work, talk, now)) if talk else None

    async def say(
        self, member_id: int, text: str, update_id: int, *, is_crisis: bool = False
    ) -> Heard | None:
        """Add words to the member's talk; None if there is none any more.

        Words of danger make it urgent, and somebody is told at once, at any hour.
        """
        return await self._hear(member_id, text[:_MEMBER_LIMIT], update_id, None, is_crisis)

    async def send(
        self, member_id: int, attachment: Attachment, caption: str, update_id: int
    ) -> Heard | None:
        """Add a picture or document to the talk; None if there is none any more."""
        return await self._hear(member_id, caption[:_MEMBER_LIMIT], update_id, attachment, False)

    async def leave(self, talk_id: str, member_id: int) -> None:
        """The member needs nobody any more; twice changes nothing. Of a press by mistake nothing
        stays."""
        now = self._clock.now()
        async with self._open_work() as work:
            talk = await self._own(work, talk_id, member_id)
            if talk.ending is Ending.MEMBER:
                return
            if not talk.is_live:
                raise Refusal("common.button_gone")
            await self._drop_alerts(work, talk, await Duty.of(work, now))
            is_mistake = talk.assignee is None and not await work.talk_words.count_of_member(
                talk.id
            )
            if is_mistake:
                await work.talks.remove(talk.id)
            else:
                await work.talks.save(rules.closed(talk, now, Ending.MEMBER))
            await work.commit()

    async def reopen(self, talk_id: str, member_id: int) -> Standing:
        """Go on with a closed talk, within a week, with whoever had it.

        Refuses with `talks.reopen_late`, or `talks.reopen_other` while another talk is open.
        """
        now = self._clock.now()
        async with self._open_work() as work:
            live = await work.talks.lock_live(member_id)
            if live is not None and live.id != talk_id:
                raise Refusal("talks.reopen_other")
            talk = await self._own(work, talk_id, member_id)
            if not talk.is_live:
                talk = rules.reopened(talk, now, self._hours, self._policy)
                duty = await Duty.of(work, now)
                had = duty.find(talk.assignee, talk)
                if had is None:
                    talk = replace(talk, assignee=None)
                await work.talks.save(talk)
                people = [had] if had else duty.at_level(talk)
                await self._alert(work, telling.WORD if had else telling.ALERT, talk, people, now)
            standing = Standing(talk, await self._wait(work, talk, now))
            await work.commit()
        return standing

    async def rate(self, talk_id: str, member_id: int, stars: int) -> None:
        """How it was, from 1 to 3; the last word counts."""
        if stars not in rules.STARS:
            raise Refusal("common.button_gone")
        async with self._open_work() as work:
            talk = await self._closed(work, talk_id, member_id)
            await work.talks.save(replace(talk, stars=stars, complaint=None))
            await work.commit()

    async def complain(self, talk_id: str, member_id: int, complaint: Complaint) -> None:
        """Why it was not good."""
        async with self._open_work() as work:
            talk = await self._closed(work, talk_id, member_id)
            await work.talks.save(replace(talk, complaint=complaint))
            await work.commit()

    async def _begin(
        self, work: Work, member_id: int, context: Context, question_id: str, now: datetime
    ) -> Talk | None:
        await work.units.hold()
        person = await work.people.find_of_member(member_id)
        own = await work.units.find(person.unit_id) if person and person.unit_id else None
        home, employer = rules.home_of(own, await _above(work, own), await work.units.find_top())
        duty = await Duty.of(work, now)
        level = duty.level_for(home, employer)
        if level is None:
            return None
        context = await _whole(work, context, question_id)
        talk = Talk(
            id=new_talk_id(),
            member_id=member_id,
            state=State.OPEN,
            priority=Priority.NORMAL,
            topic=(context.entry_id or "").partition(".")[0],
            entry_id=context.entry_id,
            unit_path=home,
            level_path=level,
            employer_path=employer,
            opened_at=now,
            first_due_at=now,
            solve_by=now,
        )
        talk = rules.opened(talk, self._hours, self._policy)
        if not await work.talks.add(talk, context):
            # The same member pressed twice at once: the other press has opened it.
            return await work.talks.lock_live(member_id)
        await self._alert(work, telling.ALERT, talk, duty.at_level(talk), now)
        return talk

    async def _hurry(self, work: Work, talk: Talk, now: datetime) -> Talk:
        """Make the talk urgent, and tell who has it, or those on duty, at once."""
        talk = replace(talk, priority=Priority.URGENT)
        await work.talks.save(talk)
        duty = await Duty.of(work, now)
        had = duty.find(talk.assignee, talk)
        people = [had] if had else duty.at_level(talk)
        await self._alert(work, telling.URGENT, talk, people, now, at_once=True)
        return talk

    async def _hear(
        self,
        member_id: int,
        text: str,
        update_id: int,
        attachment: Attachment | None,
        is_crisis: bool,
    ) -> Heard | None:
        now = self._clock.now()
        async with self._open_work() as work:
            before = await work.talks.lock_live(member_id)
            if before is None:
                return None
            is_first = before.member_at is None
            # Sorted as they were sent, and the same for an update that comes twice.
            message_id = f"{update_id:012d}-{before.id}"[:24]
            file_id = f"f{message_id}"[:24] if attachment else None
            message = Message(message_id, before.id, now, text, None, file_id)
            talk = before
            if await work.talk_words.add(message, member_id):
                if attachment is not None and file_id is not None:
                    await keep_file(work, before, attachment, file_id, member_id)
                talk = rules.heard(before, now, self._hours, self._policy)
                if is_crisis:
                    talk = replace(talk, priority=Priority.URGENT)
                await work.talks.save(talk)
                await self._tell_of_word(work, before, talk, now, is_crisis)
            else:
                # The same update once more: whether it was the first is not what it was.
                is_first = await work.talk_words.count_of_member(before.id) == 1
            wait = await self._wait(work, talk, now)
            await work.commit()
        return Heard(talk, wait, is_first, before.is_silent(now, self._policy))

    async def _tell_of_word(
        self, work: Work, before: Talk, talk: Talk, now: datetime, is_crisis: bool
    ) -> None:
        """Tell who has the talk that it is their turn, once until they answer."""
        is_turn = talk.assignee is not None and before.due_at is None
        if not is_turn and not is_crisis:
            return
        duty = await Duty.of(work, now)
        had = duty.find(talk.assignee, talk)
        people = [had] if had else duty.at_level(talk)
        kind = telling.URGENT if is_crisis else telling.WORD
        await self._alert(work, kind, talk, people, now, at_once=is_crisis)

    async def _wait(self, work: Work, talk: Talk, now: datetime) -> Wait | None:
        if talk.assignee is not None:
            return None
        taken = [
            self._hours.working_minutes_between(opened, answered)
            for opened, answered in await work.talks.latest_replies(talk.unit_path)
        ]
        ahead = await work.talks.ahead_of(talk)
        return wait_of(ahead, taken, now, self._hours, self._policy)

    async def _closed(self, work: Work, talk_id: str, member_id: int) -> Talk:
        talk = await self._own(work, talk_id, member_id)
        if talk.is_live:
            raise Refusal("common.button_gone")
        return talk

    async def _own(self, work: Work, talk_id: str, member_id: int) -> Talk:
        """The member's own talk; another's is refused like one that is gone."""
        talk = await work.talks.lock(talk_id)
        if talk is None or talk.member_id != member_id:
            raise Refusal("common.button_gone")
        return talk


async def _whole(work: Work, context: Context, question_id: str) -> Context:
    """With the question, and the page that answered it if none was seen since."""
    found = await work.questions.find_asked([question_id]) if question_id else {}
    asked = found.get(question_id)
    pages = sorted(asked.shown) if asked else []
    return replace(
        context,
        question=(asked.text if asked else context.question)[:_QUESTION_LIMIT],
        shown=context.shown[:_SHOWN_LIMIT],
        entry_id=context.entry_id or (pages[0] if len(pages) == 1 else None),
    )


async def _above(work: Work, unit: Unit | None) -> Unit | None:
    return await work.units.find(unit.parent_id) if unit and unit.parent_id else None


async def _find_live(work: Work, member_ids: Sequence[int]) -> Sequence[Talk | None]:
    found = await work.talks.find_live_all(set(member_ids))
    return [found.get(member_id) for member_id in member_ids]
