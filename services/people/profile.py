"""A member's own profile: read and changed by the member, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.clock import Clock
from domain.consents import VERSIONS, Answer, Consent, Consents, Purpose
from domain.forms import LIFETIME, Draft, Form
from domain.people import (
    Occupation,
    Person,
    Source,
    is_same,
    merged,
    read_name,
    read_phone,
    read_unit,
)
from domain.pushes import OFFERED, PushWindow
from domain.refusal import Refusal
from domain.units import Unit, name_key
from services.joining import carry
from storage.database import Database
from storage.people import new_person_id
from storage.work import Work

_EVERYWHERE = ("/",)
_MOST_CHOICES = 6


class Step(StrEnum):
    """What a member may be in the middle of telling."""

    NAME = "name"
    PHONE = "phone"
    UNIT = "unit"


class Joined(StrEnum):
    """What telling a name or a phone led to."""

    NO = "no"
    # The union's roster knew this person already.
    ROSTER = "roster"
    # The person was bound to another Telegram account until now.
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Profile:
    """All that a member can change. `person` is None before the first thing was told."""

    person: Person | None
    unit: Unit | None
    windows: tuple[PushWindow, ...]
    consents: Consents


@dataclass(frozen=True, slots=True)
class UnitTold:
    """What became of a typed unit: found, or kept as typed with units that may be meant."""

    unit: Unit | None
    choices: tuple[Unit, ...] = ()


class ProfileService:
    """Keeps what members tell of themselves. Nothing is kept before they agreed to it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def get(self, member_id: int) -> Profile:
        """The member's profile as it is now."""
        async with self._database.open_read() as work:
            person = await work.people.find_of_member(member_id)
            unit_id = person.unit_id if person else None
            return Profile(
                person=person,
                unit=await work.units.find(unit_id) if unit_id else None,
                windows=await work.push_windows.of(member_id),
                consents=await work.consents.of(member_id),
            )

    async def begin(self, member_id: int, step: Step) -> None:
        """Open the form for one thing, in place of any other form.

        Refuses with `profile.consent_needed` before the member agreed to the purpose SERVICE.
        """
        async with self._database.open_work() as work:
            await _must_agree(work, member_id)
            draft = Draft(member_id, Form.PROFILE, step.value)
            await work.drafts.save(replace(draft, expires_at=self._clock.now() + LIFETIME))
            await work.commit()

    async def tell_name(self, member_id: int, text: str) -> Joined:
        """Keep the name and close the form. Refuses with `people.name_long`, `people.name_wrong`;
        the form then stays open."""
        return await self._tell_key(member_id, name=read_name(text))

    async def share_phone(self, member_id: int, owner_id: int | None, text: str) -> Joined:
        """Keep the phone of a contact that the member shared, and close the form.

        `owner_id` is whose contact Telegram says it is. Refuses with `profile.phone_of_other`:
        nothing of it is kept.
        """
        if owner_id != member_id:
            raise Refusal("profile.phone_of_other")
        # Telegram gives the number in international form, with or without the plus.
        digits = "".join(char for char in text if char.isdecimal())
        return await self._tell_key(member_id, phone=read_phone(f"+{digits}"), phone_shared=True)

    async def tell_unit(self, member_id: int, text: str) -> UnitTold:
        """Find the unit of that name, or keep the text for staff to settle.

        The form closes either way; `choices` may be taken up with `choose_unit`.
        Refuses with `people.unit_wrong`.
        """
        name = read_unit(text)
        async with self._database.open_work() as work:
            found = await work.units.search(name, _EVERYWHERE, _MOST_CHOICES + 1)
            exact = [unit for unit in found if name_key(unit.name) == name_key(name)]
            told = UnitTold(exact[0]) if len(exact) == 1 else UnitTold(None, found[:_MOST_CHOICES])
            if told.unit is not None:
                await self._change(work, member_id, unit_id=told.unit.id, unit_text=None)
            else:
                await self._change(work, member_id, unit_id=None, unit_text=name)
            await work.drafts.remove(member_id)
            await work.commit()
        return told

    async def choose_unit(self, member_id: int, unit_id: int) -> Unit:
        """Take one of the units that were offered. Refuses with `profile.unit_gone`."""
        async with self._database.open_work() as work:
            unit = await work.units.find(unit_id)
            if unit is None or not unit.is_open:
                raise Refusal("profile.unit_gone")
            await self._change(work, member_id, unit_id=unit.id, unit_text=None)
            await work.commit()
        return unit

    async def choose_occupation(self, member_id: int, occupation: Occupation) -> None:
        async with self._database.open_work() as work:
            await self._change(work, member_id, occupation=occupation)
            await work.commit()

    async def set_window(self, member_id: int, number: int, *, is_chosen: bool) -> None:
        """Choose an offered window, or take the choice back; twice changes nothing.

        Refuses with `common.button_gone`.
        """
        if not 0 <= number < len(OFFERED):
            raise Refusal("common.button_gone")
        window = OFFERED[number]
        async with self._database.open_work() as work:
            was_chosen = window in await work.push_windows.of(member_id)
            if was_chosen and not is_chosen:
                await work.push_windows.remove(member_id, window)
            elif is_chosen and not was_chosen:
                await work.push_windows.add(member_id, window)
            await work.commit()

    async def clear_windows(self, member_id: int) -> None:
        """Any hour will do again."""
        async with self._database.open_work() as work:
            await work.push_windows.clear(member_id)
            await work.commit()

    async def answer(self, member_id: int, purpose: Purpose, answer: Answer) -> Consents:
        """Keep the member's answer; one that changes nothing is not kept twice.

        Whoever takes back SERVICE takes back what they told for it: it is erased at once.
        """
        async with self._database.open_work() as work:
            consents = await work.consents.of(member_id)
            last = consents.last(purpose)
            version = VERSIONS[purpose]
            if last is None or (last.answer, last.version) != (answer, version):
                told = Consent(purpose, version, answer, self._clock.now())
                await work.consents.add(member_id, told)
                consents = Consents((*consents.history, told))
            if purpose is Purpose.SERVICE and answer is not Answer.GIVEN:
                await self._forget(work, member_id)
            await work.commit()
        return consents

    async def consents(self, member_id: int) -> Consents:
        async with self._database.open_read() as work:
            return await work.consents.of(member_id)

    async def forget(self, member_id: int) -> None:
        """Erase what the member told of themselves, and leave what the roster says."""
        async with self._database.open_work() as work:
            await self._forget(work, member_id)
            await work.commit()

    async def _forget(self, work: Work, member_id: int) -> None:
        person = await work.people.find_of_member(member_id)
        if person is None:
            return
        if person.source is Source.SELF:
            await work.people.remove(person.id)
            return
        # Name, number, phone and unit are also the roster's; the account is not.
        unbound = replace(person, member_id=None, phone_shared=False, source=Source.ROSTER)
        await work.people.save_all([replace(unbound, changed_at=self._clock.now())])

    async def _tell_key(self, member_id: int, **told: object) -> Joined:
        """Keep what may tell us that somebody is known already, and look whether it does."""
        async with self._database.open_work() as work:
            person = await self._change(work, member_id, **told)
            joined = await self._join(work, person)
            await work.drafts.remove(member_id)
            await work.commit()
        return joined

    async def _join(self, work: Work, own: Person) -> Joined:
        others = await work.people.list_by_phone(own.phone) if own.phone else ()
        same = [other for other in others if other.id != own.id and is_same(own, other)]
        if not same:
            return Joined.NO
        # The union's record first: it carries the member number.
        other = max(same, key=lambda one: one.source is not Source.SELF)
        was_bound = other.member_id is not None
        now = self._clock.now()
        await work.people.remove(own.id)
        await work.people.save_all([merged(own, other, now)])
        former = (other.member_id,) if other.member_id is not None else ()
        await carry(work, other.id, now, members=former, gone=own)
        return Joined.MOVED if was_bound else Joined.ROSTER

    async def _change(self, work: Work, member_id: int, **told: object) -> Person:
        await _must_agree(work, member_id)
        now = self._clock.now()
        known = await work.people.find_of_member(member_id)
        before = known or Person(new_person_id(), now, now, member_id=member_id)
        person = replace(before, changed_at=now, **told)  # type: ignore[arg-type]
        if known is None:
            await work.people.add_all([person])
            await carry(work, person.id, now, members=(member_id,))
        else:
            await work.people.save_all([person])
        # Who was erased and comes back on their own may be in a roster again.
        await work.erasures.strike(None, person, now)
        return person


async def _must_agree(work: Work, member_id: int) -> None:
    if not (await work.consents.of(member_id)).holds(Purpose.SERVICE):
        raise Refusal("profile.consent_needed")
