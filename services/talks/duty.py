"""Who answers: the staff whose rights are in force, by level, without those behind the wall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.staff import Actor, Grant, GrantState, Permission, Staff
from domain.talks import Talk, duty_level, is_walled, level_above, may_see
from domain.units import is_within
from storage.work import Work


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody who may answer, with the rights of this moment."""

    staff: Staff
    actor: Actor

    @property
    def tops(self) -> tuple[str, ...]:
        return self.actor.reach(Permission.TALKS_ANSWER)


class Duty:
    """Everybody who may answer at one moment."""

    def __init__(self, people: Sequence[OnDuty]) -> None:
        self._people = people

    @classmethod
    async def of(cls, work: Work, now: datetime) -> Duty:
        """Read accounts and grants: some dozens, whatever the number of members."""
        granted: dict[str, list[Grant]] = {}
        for one in await work.grants.list_untaken():
            if one.state(now) is GrantState.IN_FORCE:
                granted.setdefault(one.staff_id, []).append(one.grant)
        people = []
        for staff in await work.staff.list_all():
            if not staff.is_active or staff.id not in granted:
                continue
            employer = await work.units.find(staff.employer_id) if staff.employer_id else None
            actor = Actor(
                staff.id,
                staff.name,
                tuple(granted[staff.id]),
                employer_path=employer.path if employer else None,
            )
            if actor.may(Permission.TALKS_ANSWER):
                people.append(OnDuty(staff, actor))
        return cls(people)

    def level_for(self, home: str, employer_path: str | None) -> str | None:
        """The nearest level at which somebody may answer the member; None if nobody may."""
        return duty_level(home, self._reaches(employer_path))

    def above(self, talk: Talk) -> str | None:
        """The level that a talk goes to when nobody answered."""
        return level_above(talk.level_path, self._reaches(talk.employer_path))

    def at_level(self, talk: Talk) -> Sequence[OnDuty]:
        """Those who are told of the talk: whose rights begin at its level."""
        return [one for one in self.who_sees(talk) if talk.level_path in one.tops]

    def who_sees(self, talk: Talk) -> Sequence[OnDuty]:
        """Everybody for whom the talk is there."""
        return [one for one in self._people if may_see(one.actor, talk)]

    def find(self, staff_id: str | None, talk: Talk) -> OnDuty | None:
        """That person, if the talk is there for them."""
        return next((one for one in self.who_sees(talk) if one.staff.id == staff_id), None)

    def _reaches(self, employer_path: str | None) -> list[str]:
        return [
            top
            for one in self._people
            if not is_walled(one.actor.belongs, employer_path)
            for top in one.tops
        ]


def may_take_over(actor: Actor, talk: Talk) -> bool:
    """Whether the actor may take a talk that a colleague has.

    A lead may; and after an escalation whoever stands at the level that it was brought to.
    """
    if actor.may(Permission.TALKS_LEAD, talk.unit_path):
        return True
    tops = actor.reach(Permission.TALKS_ANSWER)
    return talk.escalations > 0 and any(is_within(talk.level_path, top) for top in tops)
