"""Talks as staff work on them. Only who has a talk may speak in it; each act is audited."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime

from domain import talks as rules
from domain.attachments import Attachment
from domain.people import Person
from domain.refusal import Refusal
from domain.staff import Actor
from domain.talks import (
    CAPTION_LIMIT,
    NOTE_LIMIT,
    TEXT_LIMIT,
    Ending,
    Message,
    Note,
    Priority,
    State,
    Talk,
    checked_text,
)
from services.talks import telling
from services.talks.common import TalkBase, keep_file, note_act, own_talk, seen_talk
from services.talks.duty import Duty, may_take_over
from storage.work import Work

_TOPIC_LIMIT = 40


class TalkDesk(TalkBase):
    """A talk out of sight is refused like one that is not there: `talks.not_found`.

    What only its owner may do is refused to others with `talks.not_yours`, and everything on a
    closed talk with `talks.not_now`.
    """

    async def claim(self, actor: Actor, talk_id: str) -> Talk:
        """Take the talk. The first of two who press at the same moment has it.

        Refuses with `talks.taken` unless it is one's own to take over.
        """
        now = self._clock.now()
        async with self._open_work() as work:
            talk = await seen_talk(work, actor, talk_id)
            _must_be_live(talk)
            if talk.assignee == actor.staff_id:
                return talk
            if talk.assignee is not None and not may_take_over(actor, talk):
                raise Refusal("talks.taken")
            before = talk.assignee
            talk = replace(talk, assignee=actor.staff_id, staff_at=now)
            await work.talks.save(talk)
            await self._drop_alerts(work, talk, await Duty.of(work, now))
            if before is None and talk.member_id is not None:
                await work.outbox.add(telling.taken(talk, actor.name, now))
            await note_act(work, actor, "talk.claimed", talk, now, before=before)
            await work.commit()
        return talk

    async def put_back(self, actor: Actor, talk_id: str) -> None:
        """Give it back to the queue; those on duty are told again."""
        now = self._clock.now()
        async with self._open_work() as work:
            talk = await own_talk(work, actor, talk_id)
            _must_be_live(talk)
            talk = replace(talk, assignee=None, state=State.OPEN, snoozed_until=None)
            await work.talks.save(talk)
            duty = await Duty.of(work, now)
            others = [one for one in duty.at_level(talk) if one.staff.id != actor.staff_id]
            await self._alert(work, telling.ALERT, talk, others, now)
            await note_act(work, actor, "talk.put_back", talk, now)
            await work.commit()

    async def hand_over(self, actor: Actor, talk_id: str, staff_id: str) -> None:
        """Give it to a colleague who may have it. Refuses with `talks.colleague_unfit`."""
        now = self._clock.now()
        async with self._open_work() as work:
            talk = await own_talk(work, actor, talk_id)
            _must_be_live(talk)
            colleague = (await Duty.of(work, now)).find(staff_id, talk)
            if colleague is None or staff_id == actor.staff_id:
                raise Refusal("talks.colleague_unfit")
            talk = replace(talk, assignee=staff_id)
            await work.talks.save(talk)
            await self._alert(work, telling.WORD, talk, [colleague], now)
            await note_act(work, actor, "talk.handed_over", talk, now, to=staff_id)
            await work.commit()

    async def reply(
        self, actor: Actor, talk_id: str, text: str, attachment: Attachment | None = None
    ) -> Message:
        """Say something to the member, with or without a file.

        Refuses with `talks.text_empty` or `talks.text_long`.
        """
        limit = TEXT_LIMIT if attachment is None else CAPTION_LIMIT
        said = checked_text(text, limit) if text.strip() or attachment is None else ""
        now = self._clock.now()
        async with self._open_work() as work:
            talk = await own_talk(work, actor, talk_id)
            _must_be_live(talk)
            if talk.member_id is None:
                raise Refusal("talks.not_now")
            message_id = f"s{secrets.token_hex(10)}"
            file_id = f"f{message_id}"[:24] if attachment else None
            message = Message(message_id, talk.id, now, said, actor.staff_id, file_id)
            if attachment is not None and file_id is not None:
                await keep_file(work, talk, attachment, file_id, talk.member_id)
            await work.talk_words.add(message, talk.member_id)
            await work.outbox.add(telling.reply(talk, message, actor.name))
            talk = rules.answered(talk, now)
            await work.talks.save(talk)
            await note_act(work, actor, "talk.replied", talk, now, file=attachment is not None)
            await work.commit()
        return message

    async def note(self, actor: Actor, talk_id: str, text: str) -> None:
        """Write something for colleagues. It lies in another table and is never sent."""
        said = checked_text(text, NOTE_LIMIT)
        now = self._clock.now()
        async with self._open_work() as work:
            talk = await own_talk(work, actor, talk_id)
            note = Note(f"n{secrets.token_hex(10)}", talk.id, now, actor.staff_id, said)
            await work.talk_words.add_note(note)
            await note_act(work, actor, "talk.noted", talk, now)
            await work.commit()

    async def snooze(self, actor: Actor, talk_id: str, until: datetime) -> None:
        """Put it aside until then. Refuses with `talks.snooze_past`."""
        now = self._clock.now()
        async with self._open_work() as work:
            talk = await own_talk(work, actor, talk_id)
            talk = rules.snoozed(talk, now, until)
            await work.talks.save(talk)
            await note_act(work, actor, "talk.snoozed", talk, now, until=until.isoformat())
            await work.commit()

    async def close(self, actor: Actor, talk_id: str) -> None:
        """End it; the member is asked how it was and may go on for a week."""
        now = self._clock.now()
        async with self._open_work() as work:
            talk = await own_talk(work, actor, talk_id)
            talk = rules.closed(talk, now, Ending.STAFF)
            await work.talks.save(talk)
            if talk.member_id is not None:
                await work.outbox.add(telling.closed(talk, now, is_idle=False))
            await note_act(work, actor, "talk.closed", talk, now)
            await work.commit()

    async def sort(self, actor: Actor, talk_id: str, topic: str, priority: int) -> None:
        """Say what it is about and how urgent it is. Refuses with `talks.sort_wrong`."""
        now = self._clock.now()
        if priority not in set(Priority) or len(topic) > _TOPIC_LIMIT:
            raise Refusal("talks.sort_wrong")
        async with self._open_work() as work:
            talk = await own_talk(work, actor, talk_id)
            talk = replace(talk, topic=topic, priority=Priority(priority))
            await work.talks.save(talk)
            await note_act(work, actor, "talk.sorted", talk, now, topic=topic, priority=priority)
            await work.commit()

    async def mark_called(self, actor: Actor, talk_id: str) -> None:
        """The member was called, as no message reaches them: off the call sheet."""
        now = self._clock.now()
        async with self._open_work() as work:
            talk = await own_talk(work, actor, talk_id)
            await work.talks.save(replace(talk, called_at=now, staff_at=now))
            await note_act(work, actor, "talk.called", talk, now)
            await work.commit()

    async def reveal_phone(self, actor: Actor, talk_id: str) -> str:
        """The member's whole phone number; that it was asked for is noted.

        Refuses with `talks.no_phone`.
        """
        now = self._clock.now()
        async with self._open_work() as work:
            talk = await own_talk(work, actor, talk_id)
            person = await _person(work, talk)
            if person is None or not person.phone:
                raise Refusal("talks.no_phone")
            await note_act(work, actor, "talk.phone_read", talk, now)
            await work.commit()
        return person.phone


async def _person(work: Work, talk: Talk) -> Person | None:
    if talk.member_id is None:
        return None
    return await work.people.find_of_member(talk.member_id)


def _must_be_live(talk: Talk) -> None:
    if not talk.is_live:
        raise Refusal("talks.not_now")
