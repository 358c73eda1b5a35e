"""What all verbs on talks share: the office, the lock, the alert, the audit."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from domain.attachments import Attachment
from domain.calendar import OfficeHours
from domain.clock import Clock
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from domain.talks import Talk, TalkFile, TalkPolicy, may_see
from services.talks import telling
from services.talks.duty import Duty, OnDuty
from storage.database import Database
from storage.talks import Seen
from storage.work import Work

# Easily told on the phone: nothing that looks like something else. 50 random bits.
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class TalkBase:
    """The parts that every service of talks is made of."""

    def __init__(
        self, database: Database, clock: Clock, hours: OfficeHours, policy: TalkPolicy
    ) -> None:
        self._database = database
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock
        self._hours = hours
        self._policy = policy

    async def _alert(
        self,
        work: Work,
        kind: str,
        talk: Talk,
        people: Iterable[OnDuty],
        now: datetime,
        *,
        at_once: bool = False,
    ) -> None:
        """Tell these people of the talk; nothing in it leads to the member."""
        unit = await unit_name(work, talk.unit_path)
        await work.outbox.add(
            *(
                telling.alert(kind, talk, one.staff, unit, now, self._hours, at_once=at_once)
                for one in people
            )
        )

    async def _drop_alerts(self, work: Work, talk: Talk, duty: Duty) -> None:
        """Take back what nobody was told yet of a talk that waits for the morning."""
        for one in duty.who_sees(talk):
            key = telling.alert_key(telling.ALERT, talk, one.staff, talk.opened_at)
            await work.outbox.cancel_chain(key)


async def unit_name(work: Work, path: str) -> str:
    """The name of the unit at the end of a path; nothing for one that is gone."""
    last = path.strip("/").rpartition("/")[2]
    unit = await work.units.find(int(last)) if last else None
    return unit.name if unit else ""


async def seen_talk(work: Work, actor: Actor, talk_id: str, *, locked: bool = True) -> Talk:
    """The talk, if it is there for the actor. Refuses with `talks.not_found`."""
    actor.must(Permission.TALKS_ANSWER)
    talk = await (work.talks.lock(talk_id) if locked else work.talks.find(talk_id))
    if talk is None or not may_see(actor, talk):
        raise Refusal("talks.not_found")
    return talk


async def own_talk(work: Work, actor: Actor, talk_id: str) -> Talk:
    """The talk, if the actor has it. Refuses with `talks.not_found` or `talks.not_yours`."""
    talk = await seen_talk(work, actor, talk_id)
    if talk.assignee != actor.staff_id:
        raise Refusal("talks.not_yours")
    return talk


def seen_by(actor: Actor) -> Seen:
    """What lists show to the actor."""
    return Seen(actor.staff_id, actor.reach(Permission.TALKS_ANSWER), actor.belongs)


def new_talk_id() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(10))


async def keep_file(
    work: Work, talk: Talk, attachment: Attachment, file_id: str, member_id: int
) -> None:
    """Keep a file of the talk, sealed."""
    file = TalkFile(file_id, talk.id, attachment.kind.value, attachment.name, len(attachment.data))
    await work.talk_words.add_file(file, member_id, attachment.data)


async def note_act(
    work: Work, actor: Actor, act: str, talk: Talk, now: datetime, **detail: Any
) -> None:
    """One row of audit: what was done with which talk, nothing of what was said."""
    await work.audit.add(now, actor.staff_id, act, talk.id, detail)
