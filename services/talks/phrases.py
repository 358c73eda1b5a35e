"""Replies that are written once: kept by unit, filled from the pages and figures in force."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.ask import Entry
from domain.clock import Clock, beijing_date
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from domain.talk_phrases import PAGE_GAPS, checked, filled, values_of
from domain.talks import Phrase
from domain.union import Union
from domain.units import are_related
from knowledge import Knowledge
from services.talks.common import seen_talk
from storage.database import Database

_ANSWER = Permission.TALKS_ANSWER
_WRITE = Permission.TALKS_PHRASES


class PhraseService:
    """One source: a phrase has gaps, and what fills them is what is in force when it is used."""

    def __init__(
        self, database: Database, clock: Clock, knowledge: Knowledge, union: Union
    ) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock
        self._knowledge = knowledge
        self._union = union

    async def list(self, actor: Actor) -> Sequence[Phrase]:
        """The phrases of the actor's units, of those above and of those below."""
        actor.must(_ANSWER)
        tops = actor.reach(_ANSWER)
        async with self._open_read() as work:
            return [
                phrase
                for phrase in await work.talk_phrases.list_all()
                if any(are_related(phrase.unit_path, top) for top in tops)
            ]

    async def write(
        self, actor: Actor, phrase_id: str, title: str, text: str, entry_id: str, path: str
    ) -> Phrase:
        """Keep a new phrase (`phrase_id` empty) or change one.

        Refuses with `talks.phrase_not_found`, `talks.phrase_entry` or what
        `domain.talk_phrases.checked` refuses: a gap that would be empty today is not kept.
        """
        actor.must(_WRITE, path)
        now = self._clock.now()
        entry = self._entry(entry_id)
        if entry_id and entry is None:
            raise Refusal("talks.phrase_entry")
        phrase = Phrase(
            phrase_id or secrets.token_hex(8),
            title,
            text,
            entry_id or None,
            path,
            actor.staff_id,
            now,
        )
        values = dict(self._values(actor, entry, now))
        if entry is None:
            # The page is the one that each member comes from: known only when it is used.
            values |= {gap: gap for gap in PAGE_GAPS}
        phrase = checked(phrase, values, now)
        async with self._open_work() as work:
            if phrase_id:
                before = await work.talk_phrases.find(phrase_id)
                if before is None or not actor.may(_WRITE, before.unit_path):
                    raise Refusal("talks.phrase_not_found")
            await work.talk_phrases.save(phrase)
            await work.audit.add(now, actor.staff_id, "talk.phrase_saved", phrase.id, {})
            await work.commit()
        return phrase

    async def remove(self, actor: Actor, phrase_id: str) -> None:
        """Refuses with `talks.phrase_not_found`."""
        now = self._clock.now()
        async with self._open_work() as work:
            phrase = await work.talk_phrases.find(phrase_id)
            if phrase is None or not actor.may(_WRITE, phrase.unit_path):
                raise Refusal("talks.phrase_not_found")
            await work.talk_phrases.remove(phrase_id)
            await work.audit.add(now, actor.staff_id, "talk.phrase_removed", phrase_id, {})
            await work.commit()

    async def find(self, actor: Actor, phrase_id: str) -> Phrase:
        """Refuses with `talks.phrase_not_found`."""
        found = {phrase.id: phrase for phrase in await self.list(actor)}
        if phrase_id not in found:
            raise Refusal("talks.phrase_not_found")
        return found[phrase_id]

    async def fill(self, actor: Actor, talk_id: str, phrase_id: str) -> str:
        """The phrase for this talk, its gaps filled with what is in force now.

        `{entry...}` is the phrase's own page, else the one that the member came from. Refuses with
        `talks.phrase_gap` if a gap has no value.
        """
        phrase = await self.find(actor, phrase_id)
        async with self._open_read() as work:
            talk = await seen_talk(work, actor, talk_id, locked=False)
        entry = self._entry(phrase.entry_id or talk.entry_id or "")
        return filled(phrase.text, self._values(actor, entry, self._clock.now()))

    def gaps(self, actor: Actor) -> Mapping[str, str]:
        """Every gap that has a value today, besides those of a page."""
        return self._values(actor, None, self._clock.now())

    def _entry(self, entry_id: str) -> Entry | None:
        library = self._knowledge.current
        return library.page(entry_id) if library and entry_id else None

    def _values(self, actor: Actor, entry: Entry | None, now: datetime) -> Mapping[str, str]:
        library, today = self._knowledge.current, beijing_date(now)
        figures = {
            figure.name: figure.written(today)
            for figure in (library.figures if library else ())
            if figure.is_known(today)
        }
        return values_of(self._union, actor.name, entry, figures)
