"""The form of signing up: begun, answered step by step, taken up after a restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from domain.clock import Clock, beijing_date
from domain.events import Event, check_eligible, check_open
from domain.forms import LIFETIME, Draft, Form
from domain.reading.words import Words
from domain.refusal import Refusal
from domain.sign_up_form import (
    SKIPPED,
    Part,
    Step,
    answers_of,
    known_already,
    next_step,
    picked,
    typed,
)
from domain.sign_ups import Wish
from storage.database import Database
from storage.forms import knows_again
from storage.work import Work

_EVENT = "event"


@dataclass(frozen=True, slots=True)
class Asked:
    """Where the form stands: the step to answer."""

    event: Event
    step: Step


class SignUpForms:
    """One form for each member, kept sealed. With the last answer the member is signed up."""

    def __init__(self, database: Database, clock: Clock, words: Words) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock
        self._words = words

    async def begin(self, member_id: int, event_id: str) -> Asked | Wish:
        """Ask for what is not known yet; a wish when nothing has to be asked or one has a claim.

        Refuses with the rule that would keep the member from signing up.
        """
        async with self._open_work() as work:
            event = await _open_event(work, event_id)
            mine = await work.seats.of_members(event_id, [member_id], ())
            if any(not one.is_gone for one in mine):
                # An old button: what is asked once more would change nothing.
                return Wish(event_id, member_id)
            check_open(event, self._clock.now())
            known = await work.seats.facts([member_id], self._clock.now(), with_history=True)
            check_eligible(event, known[member_id][1])
            person = await work.people.find_of_member(member_id) if event.questions else None
            given = known_already(
                event, person.name if person else None, person.phone if person else None
            )
            found = await self._go_on(work, member_id, event, given)
            await work.commit()
        return found

    async def find_open(self, member_id: int) -> Asked | None:
        """The step that is open, if a form is."""
        async with self._open_read() as work:
            try:
                _, event, given = await self._open(work, member_id)
            except Refusal:
                return None
        step = next_step(event, given)
        return None if step is None else Asked(event, step)

    async def tell(self, member_id: int, text: str) -> Asked | Wish:
        """Take a typed answer. Refuses what is none; the step then stays open."""

        def read(event: Event, step: Step) -> str:
            today = beijing_date(self._clock.now())
            return typed(event, step, text, today, self._words)

        return await self._take(member_id, read)

    async def pick(
        self, member_id: int, event_id: str, step_key: str, number: int
    ) -> Asked | Wish:
        """Take the answer behind a button. Refuses with `events.step_gone` an old button."""

        def read(event: Event, step: Step) -> str:
            if event.id != event_id or step.key != step_key:
                raise Refusal("events.step_gone")
            return picked(step, number)

        return await self._take(member_id, read)

    async def skip(self, member_id: int, event_id: str, step_key: str) -> Asked | Wish:
        """Pass over a step that need not be answered."""

        def read(event: Event, step: Step) -> str:
            if event.id != event_id or step.key != step_key or not step.is_optional:
                raise Refusal("events.step_gone")
            return SKIPPED

        return await self._take(member_id, read)

    async def close(self, member_id: int) -> None:
        """Forget the form: it was handed in, or is not wanted."""
        async with self._open_work() as work:
            draft = (await work.drafts.find_all([member_id], self._clock.now())).get(member_id)
            if draft is not None and draft.form is Form.SIGN_UP:
                await work.drafts.remove(member_id)
            await work.sign_up_answers.remove(member_id)
            await work.commit()

    async def begin_comment(self, member_id: int, event_id: str) -> None:
        """Open the form for some words on how it was, in place of any other."""
        async with self._open_work() as work:
            await self._save(
                work, Draft(member_id, Form.EVENT_COMMENT, "text", {_EVENT: event_id})
            )
            await work.commit()

    async def purge(self) -> int:
        """Forget answers of forms that lapsed or were left; the number."""
        async with self._open_work() as work:
            count = await work.sign_up_answers.purge(self._clock.now())
            await work.commit()
        return count

    async def _take(self, member_id: int, read: Callable[[Event, Step], str]) -> Asked | Wish:
        async with self._open_work() as work:
            draft, event, given = await self._open(work, member_id)
            step = next_step(event, given)
            if step is None:
                # Everything was answered before: the same update once more.
                return _wish(member_id, event, given)
            if knows_again(draft):
                return Asked(event, step)
            found = await self._go_on(
                work, member_id, event, {**given, step.key: read(event, step)}
            )
            await work.commit()
        return found

    async def _go_on(
        self, work: Work, member_id: int, event: Event, given: dict[str, str]
    ) -> Asked | Wish:
        step = next_step(event, given)
        key = step.key if step else "done"
        until = self._clock.now() + LIFETIME
        if step is not None or given:
            # Also when all is known: if the sign-up fails now, the same update finds the answers.
            await self._save(work, Draft(member_id, Form.SIGN_UP, key, {_EVENT: event.id}))
            await work.sign_up_answers.save(member_id, event.id, given, until)
        return _wish(member_id, event, given) if step is None else Asked(event, step)

    async def _open(self, work: Work, member_id: int) -> tuple[Draft, Event, dict[str, str]]:
        draft = (await work.drafts.find_all([member_id], self._clock.now())).get(member_id)
        if draft is None or draft.form is not Form.SIGN_UP:
            raise Refusal("events.step_gone")
        event = await _open_event(work, draft.answers[_EVENT])
        given = await work.sign_up_answers.find(member_id, event.id)
        return draft, event, dict(given)

    async def _save(self, work: Work, draft: Draft) -> None:
        await work.drafts.save(replace(draft, expires_at=self._clock.now() + LIFETIME))


async def _open_event(work: Work, event_id: str) -> Event:
    event = await work.events.find(event_id)
    if event is None:
        raise Refusal("events.not_found")
    return event


def _wish(member_id: int, event: Event, given: dict[str, str]) -> Wish:
    return Wish(
        event.id,
        member_id,
        int(given.get(Part.PARTY, "1")),
        given.get(Part.SESSION) or None,
        given.get(Part.TEAM, ""),
        answers_of(event, given),
    )
