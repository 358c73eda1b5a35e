"""The audit log as it is read: rows, what can be asked for, and who may see which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.staff import Actor, Permission
from domain.units import is_within

# What staff do with cases.
CASE_ACTS = "case."
CASE_OPENED = "case.opened"
# Who gets in and with which rights: what an admin sees of others.
SECURITY_ACTS = ("sign_in.", "session.", "factor.", "account.", "grant.")


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One act. `detail` holds figures, ids and names of units; never a member's data or words."""

    id: int
    at: datetime
    actor: str
    act: str
    subject: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class OddOpenings:
    """How often somebody opened cases that are not theirs, and how many different ones."""

    actor: str
    times: int
    cases: int


def odd_openings(rows: Iterable[AuditRow]) -> tuple[OddOpenings, ...]:
    """Openings outside of one's assignments by who opened, the most first.

    Each had a reason, which the case keeps; whether they are too many an auditor judges.
    """
    found: dict[str, list[str]] = {}
    for row in rows:
        if row.act == CASE_OPENED and row.detail.get("assigned") is False:
            found.setdefault(row.actor, []).append(row.subject)
    odd = [OddOpenings(actor, len(cases), len(set(cases))) for actor, cases in found.items()]
    return tuple(sorted(odd, key=lambda one: (-one.times, one.actor)))


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is asked for. Empty means any; `act` may be the beginning: "grant."."""

    actor: str = ""
    act: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditScope:
    """Whose acts somebody may see: their own, and within paths the security acts, or all."""

    own: str
    security: tuple[str, ...] = field(default=())
    all: tuple[str, ...] = field(default=())
    # Employed by a unit outside of what they audit, like an enterprise: what others do with cases
    # is not for them, as any of the cases may be against it.
    without_cases: bool = False

    @classmethod
    def of(cls, actor: Actor) -> AuditScope:
        """Refuses with `staff.not_allowed` who may not even see their own."""
        if not actor.may(Permission.AUDIT_ALL) and not actor.may(Permission.AUDIT_SECURITY):
            actor.must(Permission.AUDIT_OWN)
        return cls(
            actor.staff_id,
            actor.reach(Permission.AUDIT_SECURITY),
            actor.reach(Permission.AUDIT_ALL),
            _is_employed_elsewhere(actor),
        )


def _is_employed_elsewhere(actor: Actor) -> bool:
    path = actor.employer_path
    tops = actor.reach(Permission.AUDIT_ALL)
    return path is not None and not any(is_within(top, path) for top in tops)
