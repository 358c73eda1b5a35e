"""Talks as staff look at them: the boxes of the inbox, one talk with all that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.outbox import State as OutboxState
from domain.people import Person
from domain.refusal import Refusal
from domain.staff import Actor
from domain.talks import Box, Context, Message, Note, Talk, TalkFigures, TalkFile
from services.talks.common import TalkBase, note_act, seen_by, seen_talk, unit_name
from services.talks.duty import Duty, may_take_over
from storage.talk_words import Fate
from storage.work import Work

COUNTED = (Box.QUEUE, Box.MINE, Box.OVERDUE, Box.CALLS)


@dataclass(frozen=True, slots=True)
class Row:
    """A talk in a list: nothing of who the member is, nothing of what was said."""

    talk: Talk
    owner: str
    unit: str


@dataclass(frozen=True, slots=True)
class Said:
    """A message or a note with the name of who wrote it; `fate` is that of a reply."""

    what: Message | Note
    by: str
    file: TalkFile | None = None
    fate: OutboxState | None = None
    why: str | None = None

    @property
    def is_note(self) -> bool:
        return isinstance(self.what, Note)


@dataclass(frozen=True, slots=True)
class TalkView:
    """A talk as its owner sees it. Before somebody has it, `is_open` is false and only what a
    list shows is told."""

    row: Row
    is_open: bool
    may_claim: bool
    is_own: bool = False
    context: Context = field(default_factory=Context)
    said: Sequence[Said] = ()
    person: Person | None = None
    person_unit: str = ""
    earlier: Sequence[Row] = ()
    colleagues: Sequence[tuple[str, str]] = ()

    @property
    def talk(self) -> Talk:
        return self.row.talk

    @property
    def unreached(self) -> Said | None:
        """The last reply, if it has not arrived and nobody has called since."""
        replies = [one for one in self.said if one.fate is not None]
        last = replies[-1] if replies else None
        if last is None or last.fate in _ON_ITS_WAY:
            return None
        if self.talk.called_at is not None and last.what.at <= self.talk.called_at:
            return None
        return last


_ON_ITS_WAY = {OutboxState.PENDING, OutboxState.SENDING, OutboxState.SENT, OutboxState.HELD}


@dataclass(frozen=True, slots=True)
class TalkFileView:
    """A file with its bytes."""

    file: TalkFile
    data: bytes


class TalkReader(TalkBase):
    """Everything that is only looked at."""

    async def list(
        self, actor: Actor, box: Box, *, offset: int, limit: int
    ) -> tuple[Sequence[Row], int]:
        """A part of the inbox, and how many talks it has in all."""
        now = self._clock.now()
        async with self._open_read() as work:
            found, total = await work.talks.page(
                seen_by(actor), box, now, offset=offset, limit=limit
            )
            return await _rows(work, found), total

    async def count(self, actor: Actor, box: Box) -> int:
        """How many talks wait in a box."""
        async with self._open_read() as work:
            return await work.talks.count(seen_by(actor), box, self._clock.now())

    async def counts(self, actor: Actor) -> Mapping[Box, int]:
        """How many talks wait in each box that waits for somebody."""
        now = self._clock.now()
        async with self._open_read() as work:
            return {box: await work.talks.count(seen_by(actor), box, now) for box in COUNTED}

    async def get(self, actor: Actor, talk_id: str) -> TalkView:
        """One talk. Refuses with `talks.not_found`.

        What was said is for who has it, and for who now has another talk of the same member:
        that such a look back was taken is noted.
        """
        now = self._clock.now()
        async with self._open_read() as work:
            talk = await seen_talk(work, actor, talk_id, locked=False)
            (row,) = await _rows(work, [talk])
            is_own = talk.assignee == actor.staff_id
            is_open = is_own or await _has_another(work, actor, talk)
            may_claim = talk.is_live and not is_own
            may_claim = may_claim and (talk.assignee is None or may_take_over(actor, talk))
            if not is_open:
                return TalkView(row, is_open, may_claim)
            view = await self._whole(work, actor, row, now, may_claim=may_claim, is_own=is_own)
        if not is_own:
            async with self._open_work() as work:
                await note_act(work, actor, "talk.read", talk, now)
                await work.commit()
        return view

    async def read_file(self, actor: Actor, talk_id: str, file_id: str) -> TalkFileView:
        """A file of a talk that one has. Refuses with `talks.not_yours`, `talks.not_found`."""
        now = self._clock.now()
        async with self._open_work() as work:
            talk = await seen_talk(work, actor, talk_id, locked=False)
            if talk.assignee != actor.staff_id and not await _has_another(work, actor, talk):
                raise Refusal("talks.not_yours")
            file = await work.talk_words.find_file(file_id)
            if file is None or file.talk_id != talk.id:
                raise Refusal("talks.not_found")
            data = await work.talk_words.read_file(file_id)
            await note_act(work, actor, "talk.file_read", talk, now)
            await work.commit()
        return TalkFileView(file, data)

    async def figures(self, actor: Actor, since: datetime, until: datetime) -> TalkFigures:
        """Counts over the talks within reach that were opened in the span."""
        async with self._open_read() as work:
            return await work.talks.figures(seen_by(actor), since, until)

    async def _whole(
        self,
        work: Work,
        actor: Actor,
        row: Row,
        now: datetime,
        *,
        may_claim: bool,
        is_own: bool,
    ) -> TalkView:
        talk = row.talk
        duty = await Duty.of(work, now)
        person = await work.people.find_of_member(talk.member_id) if talk.member_id else None
        unit = await work.units.find(person.unit_id) if person and person.unit_id else None
        return TalkView(
            row,
            is_open=True,
            may_claim=may_claim,
            is_own=is_own,
            context=await work.talks.context(talk.id),
            said=await _said(work, talk),
            person=person,
            person_unit=unit.name if unit else "",
            earlier=await _rows(work, await work.talks.earlier(talk)),
            colleagues=[
                (one.staff.id, one.staff.name)
                for one in duty.who_sees(talk)
                if one.staff.id != actor.staff_id
            ],
        )


async def _has_another(work: Work, actor: Actor, talk: Talk) -> bool:
    """Whether the actor now has a live talk of the same member."""
    if talk.member_id is None:
        return False
    live = (await work.talks.find_live_all([talk.member_id])).get(talk.member_id)
    return live is not None and live.assignee == actor.staff_id


async def _said(work: Work, talk: Talk) -> Sequence[Said]:
    """Messages and notes in the order of time."""
    messages = await work.talk_words.list_of(talk.id)
    notes = await work.talk_words.notes_of(talk.id)
    files = await work.talk_words.files_of(talk.id)
    sent = [message.id for message in messages if message.staff_id is not None]
    fates = await work.talk_words.fates(sent)
    names = await work.staff.names(
        {one.staff_id for one in messages if one.staff_id} | {one.staff_id for one in notes}
    )
    said = [
        Said(
            message,
            names.get(message.staff_id or "", ""),
            files.get(message.file_id or ""),
            *_fate(fates.get(message.id)),
        )
        for message in messages
    ]
    said += [Said(note, names.get(note.staff_id, "")) for note in notes]
    return sorted(said, key=lambda one: (one.what.at, one.is_note, one.what.id))


def _fate(fate: Fate | None) -> tuple[OutboxState | None, str | None]:
    return (None, None) if fate is None else (fate.state, fate.why)


async def _rows(work: Work, found: Sequence[Talk]) -> Sequence[Row]:
    names = await work.staff.names({talk.assignee for talk in found if talk.assignee})
    units = {path: await unit_name(work, path) for path in {talk.unit_path for talk in found}}
    return [Row(talk, names.get(talk.assignee or "", ""), units[talk.unit_path]) for talk in found]
