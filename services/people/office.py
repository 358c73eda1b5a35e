"""People as staff see them: looking somebody up, settling units, correcting, erasing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from domain.clock import Clock
from domain.consents import Consents
from domain.countersigns import Act, Countersign, checked_reason
from domain.members import Reach
from domain.people import Person, read_name, read_number, read_phone
from domain.pushes import PushWindow
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from domain.units import Unit
from services.countersigning import ask_second, digest_of, use_agreement
from storage.database import Database
from storage.keeping import REGISTER, Kept, Subject
from storage.people import is_top
from storage.work import Work

_READ = Permission.MEMBERS_READ
_CORRECT = Permission.MEMBERS_CORRECT
_FOUND = 20
_TEXTS = 20
_TAIL = 4


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of people and how many there are in all, with the units that they belong to."""

    people: tuple[Person, ...]
    total: int
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class File:
    """One person as staff see them: nothing about cases, aid or questions."""

    person: Person
    unit: Unit | None
    reach: Reach | None
    consents: Consents
    windows: tuple[PushWindow, ...]
    # What a second person was asked, or has agreed to, about erasing them.
    erasure: Countersign | None = None


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A unit as it was typed, by how many people. `mark` settles it."""

    mark: str
    text: str
    people: int


class PeopleOffice:
    """What staff may do with people, each within their own units.

    Somebody outside of one's reach is refused with `members.not_found`, like one who is not there.
    Opening a file and every change write one row of audit.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        forgotten: Callable[[int], None] = lambda _: None,
        register: tuple[Kept, ...] = REGISTER,
    ) -> None:
        self._database = database
        self._clock = clock
        self._forgotten = forgotten
        self._register = register

    async def search(self, actor: Actor, text: str) -> tuple[Person, ...]:
        """People whose whole name, phone, last four digits or member number this is."""
        actor.must(_READ)
        wanted = text.strip()
        async with self._database.open_read() as work:
            return await work.people.search(
                name=_or_nothing(read_name, wanted),
                tail=wanted if re.fullmatch(rf"[0-9]{{{_TAIL}}}", wanted) else "",
                number=_or_nothing(read_number, wanted),
                phone=_or_nothing(read_phone, wanted),
                tops=actor.reach(_READ),
                limit=_FOUND,
            )

    async def list(
        self, actor: Actor, *, unit_id: int | None, state: str, offset: int, limit: int
    ) -> Listed:
        """A page of the people within reach. Refuses with `members.not_found` for a foreign unit.

        `state` is "linked", "unlinked", "missing" or "".
        """
        actor.must(_READ)
        tops = actor.reach(_READ)
        async with self._database.open_read() as work:
            top = None
            if unit_id is not None:
                top = (await _unit(work, actor, unit_id, _READ)).path
            return Listed(
                people=await work.people.list_in(
                    tops, top=top, state=state, offset=offset, limit=limit
                ),
                total=await work.people.count_in(tops, top=top, state=state),
                units=await work.units.list_within(tops),
            )

    async def open(self, actor: Actor, person_id: str) -> File:
        """One person's file; that it was opened is noted."""
        async with self._database.open_work() as work:
            person, unit = await _person(work, actor, person_id, _READ)
            member_id = person.member_id
            reach, consents = None, Consents()
            windows: tuple[PushWindow, ...] = ()
            if member_id is not None:
                found = (await work.members.find_all([member_id])).get(member_id)
                reach = found.reach if found else None
                consents = await work.consents.of(member_id)
                windows = await work.push_windows.of(member_id)
            digest, now = digest_of(Act.ERASURE, person.id), self._clock.now()
            asked = await work.countersigns.list_for(Act.ERASURE, digest)
            erasure = next((o for o in asked if o.is_waiting(now) or o.is_agreed(now)), None)
            await self._note(work, actor, "member.read", person)
            await work.commit()
        return File(person, unit, reach, consents, windows, erasure)

    async def reveal_phone(self, actor: Actor, person_id: str) -> str:
        """The whole phone number, which files do not show; that it was asked for is noted."""
        async with self._database.open_work() as work:
            person, _ = await _person(work, actor, person_id, _READ)
            await self._note(work, actor, "member.phone_read", person)
            await work.commit()
        return person.phone or ""

    async def correct_name(self, actor: Actor, person_id: str, text: str) -> None:
        """Refuses with `people.name_long`, `people.name_wrong`."""
        name = read_name(text)
        async with self._database.open_work() as work:
            person, _ = await _person(work, actor, person_id, _CORRECT)
            await self._save(work, replace(person, name=name))
            await self._note(work, actor, "member.corrected", person, field="name")
            await work.commit()

    async def correct_unit(self, actor: Actor, person_id: str, unit_id: int) -> None:
        """Put the person into a unit within the actor's reach."""
        async with self._database.open_work() as work:
            person, _ = await _person(work, actor, person_id, _CORRECT)
            unit = await _unit(work, actor, unit_id, _CORRECT)
            await self._save(work, replace(person, unit_id=unit.id, unit_text=None))
            await self._note(work, actor, "member.corrected", person, field="unit", unit=unit.id)
            await work.commit()

    async def unlink(self, actor: Actor, person_id: str) -> None:
        """Take the Telegram account off the person, as they asked: a lost or sold phone."""
        async with self._database.open_work() as work:
            person, _ = await _person(work, actor, person_id, _CORRECT)
            await self._save(work, replace(person, member_id=None, phone_shared=False))
            await self._note(work, actor, "member.unlinked", person)
            await work.commit()

    async def list_unsettled(self, actor: Actor) -> tuple[Unsettled, ...]:
        """Units that members typed and nobody has found yet, the twenty most frequent.

        Their people belong to no unit so far: who does not reach all units sees none.
        """
        actor.must(_CORRECT)
        if not _reaches_all(actor, _CORRECT):
            return ()
        async with self._database.open_read() as work:
            return tuple(Unsettled(*row) for row in await work.people.list_unsettled(_TEXTS))

    async def count_unsettled(self, actor: Actor) -> int:
        """How many there are in all."""
        actor.must(_CORRECT)
        if not _reaches_all(actor, _CORRECT):
            return 0
        async with self._database.open_read() as work:
            return await work.people.count_unsettled()

    async def settle(self, actor: Actor, mark: str, unit_id: int) -> int:
        """Put everybody who typed this text into the unit; how many.

        Refuses with `members.only_from_top` who does not reach all units.
        """
        actor.must(_CORRECT)
        if not _reaches_all(actor, _CORRECT):
            raise Refusal("members.only_from_top")
        async with self._database.open_work() as work:
            unit = await _unit(work, actor, unit_id, _CORRECT)
            moved = await work.people.settle(mark, unit.id)
            detail = {"unit": unit.id, "people": moved}
            await work.audit.add(
                self._clock.now(), actor.staff_id, "members.settled", str(unit.id), detail
            )
            await work.commit()
        return moved

    async def erase(self, actor: Actor, person_id: str, name: str, reason: str = "") -> bool:
        """Erase everything of a person who asked for it at a counter or by phone; True if done.

        Nobody does it alone: where no second person has agreed yet, one is asked, with the
        reason, and the same verb erases within a day after that. `name` is typed as a
        confirmation. Refuses with `members.name_differs`, `countersigns.reason_missing`,
        `countersigns.reason_long`.
        """
        async with self._database.open_work() as work:
            person, unit = await _person(work, actor, person_id, Permission.ERASURE_WRITE)
            if person.name and _or_nothing(read_name, name) != person.name:
                raise Refusal("members.name_differs")
            now, digest = self._clock.now(), digest_of(Act.ERASURE, person.id)
            agreed = await use_agreement(work, Act.ERASURE, digest, now, asked_by=actor.staff_id)
            if agreed is None:
                # Nothing here says who it is: whoever may agree may also open the file.
                detail = {
                    "reason": checked_reason(reason),
                    "where": f"/members/{person.id}",
                    "unit": unit.name if unit else "",
                }
                path = unit.path if unit else ""
                await ask_second(work, actor, Act.ERASURE, digest, path, detail, now)
                await work.commit()
                return False
            subject = Subject(person.member_id, person.id)
            touched = await work.keeping.erase(subject, self._register)
            await work.erasures.note(person.member_id, person, now)
            second = {"second": agreed.settled_by, "rows": touched}
            await self._note(work, actor, "member.erased", person, **second)
            await work.commit()
        if person.member_id is not None:
            self._forgotten(person.member_id)
        return True

    async def _save(self, work: Work, person: Person) -> None:
        await work.people.save_all([replace(person, changed_at=self._clock.now())])

    async def _note(
        self, work: Work, actor: Actor, act: str, person: Person, **detail: object
    ) -> None:
        await work.audit.add(self._clock.now(), actor.staff_id, act, person.id, detail)


async def _person(
    work: Work, actor: Actor, person_id: str, permission: Permission
) -> tuple[Person, Unit | None]:
    actor.must(permission)
    person = await work.people.find(person_id)
    if person is None:
        raise Refusal("members.not_found")
    unit = await work.units.find(person.unit_id) if person.unit_id else None
    # Whose unit is not settled yet is seen from the top of the tree only.
    seen = actor.may(permission, unit.path) if unit else _reaches_all(actor, permission)
    if not seen:
        raise Refusal("members.not_found")
    return person, unit


def _reaches_all(actor: Actor, permission: Permission) -> bool:
    return any(is_top(path) for path in actor.reach(permission))


async def _unit(work: Work, actor: Actor, unit_id: int, permission: Permission) -> Unit:
    unit = await work.units.find(unit_id)
    if unit is None or not actor.may(permission, unit.path):
        raise Refusal("units.not_found")
    return unit


def _or_nothing(read: Callable[[str], str], text: str) -> str:
    try:
        return read(text)
    except Refusal:
        return ""
