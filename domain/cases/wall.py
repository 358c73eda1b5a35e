"""The wall: who of the staff may know that a case exists at all."""

from __future__ import annotations

from dataclasses import dataclass

from domain.cases.case import Case
from domain.staff import Actor, Permission
from domain.units import is_within


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody of the staff may see of cases; every query of cases is made from one.

    Within `read` the cases that are assigned to them, within `lead` all. `behind` are the units
    that they belong to, as employees or by a grant: a case against one of these, or against a unit
    above one of these, is not there for them. Nor is a case whose employer is not settled yet, if
    they belong to any unit but those from which they do case work.
    """

    staff_id: str
    read: tuple[str, ...]
    lead: tuple[str, ...]
    behind: tuple[str, ...]

    @classmethod
    def of(cls, actor: Actor) -> Sight:
        """Refuses with `staff.not_allowed` who has no case work at all."""
        actor.must(Permission.CASES_READ)
        return cls(
            actor.staff_id,
            actor.reach(Permission.CASES_READ),
            actor.reach(Permission.CASES_ASSIGN),
            actor.belongs,
        )

    @property
    def is_partial(self) -> bool:
        """Whether they belong to a unit that is no part of their case work, like an enterprise."""
        return any(not any(is_within(top, path) for top in self.read) for path in self.behind)

    @property
    def barred(self) -> tuple[str, ...]:
        """The units against which no case is there for them: their own, and all above these."""
        found = set()
        for path in self.behind:
            ids = path.strip("/").split("/")
            found |= {"/" + "/".join(ids[: depth + 1]) + "/" for depth in range(len(ids))}
        return tuple(sorted(found))

    def is_walled(self, respondent_path: str | None) -> bool:
        """Whether a case against that unit must stay out of their sight."""
        if respondent_path is None:
            return self.is_partial
        return any(is_within(path, respondent_path) for path in self.behind)

    def leads(self, path: str | None) -> bool:
        """Whether they lead case work in the unit; false for none."""
        return path is not None and any(is_within(path, top) for top in self.lead)

    def sees(self, case: Case) -> bool:
        """Whether the case is there for them; storage.cases.seen asks the same in SQL."""
        if self.is_walled(case.respondent_path):
            return False
        places = [case.unit_path, case.offered_path, case.overseer_path]
        paths = [path for path in places if path is not None]
        if any(is_within(path, top) for path in paths for top in self.lead):
            return True
        return case.assigned_to == self.staff_id and any(
            is_within(path, top) for path in paths for top in self.read
        )
