"""Staff and their rights: roles, the matrix of permissions, conflicts, and who acts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from domain.clock import beijing_date
from domain.refusal import Refusal
from domain.units import Level, are_related, is_within


class Role(StrEnum):
    """What a person does for the union."""

    VIEWER = "viewer"
    ORGANISER = "organiser"
    EDITOR = "editor"
    BROADCASTER = "broadcaster"
    CASEWORKER = "caseworker"
    AID_OFFICER = "aid_officer"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Flag(StrEnum):
    """What a grant allows beyond its role."""

    APPROVER = "approver"
    LEAD = "lead"


class Permission(StrEnum):
    """What can be permitted: `noun.verb`."""

    DASHBOARD_READ = "dashboard.read"
    EVENTS_WRITE = "events.write"
    EVENTS_NAMES = "events.names"
    EVENTS_NOTIFY = "events.notify"
    EXPORTS_MASKED = "exports.masked"
    EXPORTS_FULL = "exports.full"
    KNOWLEDGE_READ = "knowledge.read"
    KNOWLEDGE_SUGGEST = "knowledge.suggest"
    KNOWLEDGE_DRAFT = "knowledge.draft"
    KNOWLEDGE_REVIEW = "knowledge.review"
    KNOWLEDGE_PUBLISH = "knowledge.publish"
    QUESTIONS_READ = "questions.read"
    FIGURES_WRITE = "figures.write"
    QUIZ_WRITE = "quiz.write"
    QUIZ_RESULTS = "quiz.results"
    BROADCAST_DRAFT = "broadcast.draft"
    BROADCAST_APPROVE = "broadcast.approve"
    BROADCAST_PAUSE = "broadcast.pause"
    BROADCAST_RESUME = "broadcast.resume"
    BROADCAST_EMERGENCY = "broadcast.emergency"
    CASES_READ = "cases.read"
    CASES_ASSIGN = "cases.assign"
    CASES_EXPORT = "cases.export"
    AID_READ = "aid.read"
    TALKS_ANSWER = "talks.answer"
    TALKS_LEAD = "talks.lead"
    TALKS_PHRASES = "talks.phrases"
    MEMBERS_READ = "members.read"
    MEMBERS_CORRECT = "members.correct"
    ROSTER_IMPORT = "roster.import"
    ERASURE_CONFIRM = "erasure.confirm"
    ERASURE_READ = "erasure.read"
    ERASURE_WRITE = "erasure.write"
    UNITS_READ = "units.read"
    UNITS_WRITE = "units.write"
    STAFF_READ = "staff.read"
    STAFF_WRITE = "staff.write"
    AUDIT_OWN = "audit.own"
    AUDIT_SECURITY = "audit.security"
    AUDIT_ALL = "audit.all"
    HEALTH_READ = "health.read"
    SYSTEM_WRITE = "system.write"
    COUNTERSIGN = "countersigns.agree"


_ALL = frozenset(Role)
_ADMIN = frozenset({Role.ADMIN})
_EDITOR = frozenset({Role.EDITOR})
_ORGANISER = frozenset({Role.ORGANISER})
_BROADCASTER = frozenset({Role.BROADCASTER})
_CASES = frozenset({Role.CASEWORKER})
_ADVISERS = frozenset({Role.CASEWORKER, Role.AID_OFFICER})

# RELIABILITY 6.1 as data. "Own" and "assigned only" narrow further, in the noun's own queries.
MATRIX: Mapping[Permission, frozenset[Role]] = MappingProxyType(
    {
        Permission.DASHBOARD_READ: _ALL,
        Permission.EVENTS_WRITE: _ORGANISER,
        Permission.EVENTS_NAMES: _ORGANISER,
        Permission.EVENTS_NOTIFY: _ORGANISER,
        Permission.EXPORTS_MASKED: _ORGANISER,
        Permission.EXPORTS_FULL: _ORGANISER,
        Permission.KNOWLEDGE_READ: _EDITOR | _ADVISERS,
        Permission.KNOWLEDGE_SUGGEST: _EDITOR | _ADVISERS,
        Permission.KNOWLEDGE_DRAFT: _EDITOR,
        Permission.KNOWLEDGE_REVIEW: _EDITOR,
        Permission.KNOWLEDGE_PUBLISH: _EDITOR,
        Permission.QUESTIONS_READ: _EDITOR,
        Permission.FIGURES_WRITE: _EDITOR,
        Permission.QUIZ_WRITE: _EDITOR,
        Permission.QUIZ_RESULTS: _EDITOR | _ORGANISER,
        Permission.BROADCAST_DRAFT: _BROADCASTER,
        Permission.BROADCAST_APPROVE: _BROADCASTER | _ADMIN,
        Permission.BROADCAST_PAUSE: _BROADCASTER | _ADMIN,
        Permission.BROADCAST_RESUME: _BROADCASTER,
        Permission.BROADCAST_EMERGENCY: _ADMIN,
        Permission.CASES_READ: _CASES,
        Permission.CASES_ASSIGN: _CASES,
        Permission.CASES_EXPORT: _CASES,
        Permission.AID_READ: frozenset({Role.AID_OFFICER}),
        # Of towns and districts only: an enterprise can be given neither role.
        Permission.TALKS_ANSWER: _EDITOR | _CASES,
        Permission.TALKS_LEAD: _CASES,
        Permission.TALKS_PHRASES: _EDITOR | _CASES,
        Permission.MEMBERS_READ: _ADMIN,
        Permission.MEMBERS_CORRECT: _ADMIN,
        Permission.ROSTER_IMPORT: _ADMIN,
        Permission.ERASURE_CONFIRM: _ADVISERS,
        Permission.ERASURE_READ: frozenset({Role.ADMIN, Role.AUDITOR}),
        Permission.ERASURE_WRITE: _ADMIN,
        Permission.UNITS_READ: _ALL,
        Permission.UNITS_WRITE: _ADMIN,
        Permission.STAFF_READ: frozenset({Role.ADMIN, Role.AUDITOR}),
        Permission.STAFF_WRITE: _ADMIN,
        Permission.AUDIT_OWN: _ALL,
        Permission.AUDIT_SECURITY: _ADMIN,
        Permission.AUDIT_ALL: frozenset({Role.AUDITOR}),
        Permission.HEALTH_READ: _ADMIN,
        Permission.SYSTEM_WRITE: _ADMIN,
        # As the second person for lists with whole names; they see what the list is, not who.
        Permission.COUNTERSIGN: _ORGANISER | _ADMIN,
    }
)
# These need a flag on the grant besides the role.
FLAG_NEEDED: Mapping[Permission, Flag] = MappingProxyType(
    {
        Permission.BROADCAST_APPROVE: Flag.APPROVER,
        Permission.CASES_ASSIGN: Flag.LEAD,
        Permission.CASES_EXPORT: Flag.LEAD,
        Permission.TALKS_LEAD: Flag.LEAD,
    }
)
FLAGS_OF: Mapping[Role, frozenset[Flag]] = MappingProxyType(
    {
        Role.BROADCASTER: frozenset({Flag.APPROVER}),
        Role.ADMIN: frozenset({Flag.APPROVER}),
        Role.CASEWORKER: frozenset({Flag.LEAD}),
    }
)
ENTERPRISE_ROLES = frozenset({Role.VIEWER, Role.ORGANISER, Role.BROADCASTER})
# A second admin must confirm these (RELIABILITY 6.3), and two of them take effect a day later,
# so that an auditor can object before anything was read.
CONFIRMED_ROLES = frozenset({Role.CASEWORKER, Role.AID_OFFICER, Role.ADMIN})
DELAYED_ROLES = frozenset({Role.CASEWORKER, Role.AID_OFFICER})
DELAY = timedelta(hours=24)
CONFIRM_WITHIN = timedelta(hours=24)
# How old a second factor may be for what needs two people.
FRESH_FACTOR = timedelta(minutes=15)
# Who reaches what members wrote or who they are, or speaks to them in the union's name.
FACTOR_ROLES = _ALL - {Role.VIEWER}
# The command line prepares and repairs; it does not read about members.
OPERATOR = "operator"
_OPERATOR_MAY = frozenset(
    {
        Permission.KNOWLEDGE_READ,
        Permission.KNOWLEDGE_SUGGEST,
        Permission.KNOWLEDGE_DRAFT,
        Permission.KNOWLEDGE_REVIEW,
        Permission.KNOWLEDGE_PUBLISH,
        Permission.QUESTIONS_READ,
        Permission.FIGURES_WRITE,
        Permission.UNITS_READ,
        Permission.UNITS_WRITE,
        Permission.STAFF_READ,
        Permission.STAFF_WRITE,
        Permission.HEALTH_READ,
        Permission.SYSTEM_WRITE,
    }
)
_EVERYWHERE = "/"


class Conflict(StrEnum):
    """Why two grants may not be held by one person; the value is the refusal's code."""

    AUDITOR_ALONE = "staff.auditor_alone"
    ADMIN_WITH_CASES = "staff.admin_with_cases"


class GrantState(StrEnum):
    """What a grant is at a given moment."""

    PENDING = "pending"
    LAPSED = "lapsed"
    WAITING = "waiting"
    IN_FORCE = "in_force"
    ENDED = "ended"
    TAKEN = "taken"


# These count for conflicts: they are in force, or will be if nobody interferes.
LIVE = frozenset({GrantState.PENDING, GrantState.WAITING, GrantState.IN_FORCE})


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in a unit and all below it."""

    role: Role
    path: str
    flags: frozenset[Flag] = frozenset()

    def allows(self, permission: Permission) -> bool:
        needed = FLAG_NEEDED.get(permission)
        return self.role in MATRIX[permission] and (needed is None or needed in self.flags)


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant as it is kept, with its history. `ends_on` is the last day, in Beijing."""

    id: str
    staff_id: str
    grant: Grant
    unit_id: int
    unit_name: str
    ends_on: date | None
    given_by: str
    given_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    # None until a second admin has confirmed.
    starts_at: datetime | None = None
    taken_by: str | None = None
    taken_at: datetime | None = None

    def state(self, now: datetime) -> GrantState:
        """What the grant is at `now`: grants end by the clock, without a job."""
        if self.taken_at is not None:
            return GrantState.TAKEN
        if self.ends_on is not None and self.ends_on < beijing_date(now):
            return GrantState.ENDED
        if self.starts_at is None:
            lapses = self.given_at + CONFIRM_WITHIN
            return GrantState.PENDING if now < lapses else GrantState.LAPSED
        return GrantState.WAITING if now < self.starts_at else GrantState.IN_FORCE

    def is_live(self, now: datetime) -> bool:
        return self.state(now) in LIVE


@dataclass(frozen=True, slots=True)
class Staff:
    """An account. `is_outside` marks people of other firms: their grants need an end."""

    id: str
    name: str
    telegram_id: int
    employer_id: int | None
    is_outside: bool
    created_at: datetime
    suspended_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        return self.suspended_at is None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, with the grants that are in force now. Default deny."""

    staff_id: str
    name: str
    grants: tuple[Grant, ...]
    session_id: str = ""
    mfa_at: datetime | None = None
    # The unit that employs the person: cases against it must stay out of sight.
    employer_path: str | None = None

    def may(self, permission: Permission, path: str | None = None) -> bool:
        """Whether it is permitted in the unit of `path`; None asks: anywhere at all."""
        reach = self.reach(permission)
        return bool(reach) if path is None else any(is_within(path, top) for top in reach)

    def must(self, permission: Permission, path: str | None = None) -> None:
        """Refuses with `staff.not_allowed` what `may` denies."""
        if not self.may(permission, path):
            raise Refusal("staff.not_allowed")

    @property
    def belongs(self) -> tuple[str, ...]:
        """The units that they belong to, as employees or by a grant: what is against one of these,
        or of people of one of these, is not for them."""
        paths = {grant.path for grant in self.grants}
        return tuple(sorted(paths | ({self.employer_path} if self.employer_path else set())))

    def reach(self, permission: Permission) -> tuple[str, ...]:
        """The paths of the units within which it is permitted; none lies within another."""
        if self.staff_id == OPERATOR:
            return (_EVERYWHERE,) if permission in _OPERATOR_MAY else ()
        tops = {grant.path for grant in self.grants if grant.allows(permission)}
        return tuple(
            sorted(
                path
                for path in tops
                if not any(path != top and is_within(path, top) for top in tops)
            )
        )

    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)

    def is_fresh(self, now: datetime) -> bool:
        """True if the second factor was shown within the last 15 minutes."""
        return self.mfa_at is not None and now - self.mfa_at <= FRESH_FACTOR


def operator() -> Actor:
    """Who acts on the command line: prepares the house and repairs it, audited as `operator`."""
    return Actor(OPERATOR, OPERATOR, ())


def conflict_of(grants: Iterable[Grant]) -> Conflict | None:
    """The first conflict among the grants of one person, if there is any."""
    grants = tuple(grants)
    roles = {grant.role for grant in grants}
    if Role.AUDITOR in roles and len(roles) > 1:
        return Conflict.AUDITOR_ALONE
    admins = [grant.path for grant in grants if grant.role is Role.ADMIN]
    confidants = [grant.path for grant in grants if grant.role in DELAYED_ROLES]
    if any(are_related(one, other) for one in admins for other in confidants):
        return Conflict.ADMIN_WITH_CASES
    return None


def check_role(role: Role, flags: frozenset[Flag], level: Level) -> None:
    """Refuses with `staff.role_not_there` or `staff.flag_unfit` what no one can be granted."""
    if level is Level.ENTERPRISE and role not in ENTERPRISE_ROLES:
        raise Refusal("staff.role_not_there")
    if flags - FLAGS_OF.get(role, frozenset()):
        raise Refusal("staff.flag_unfit")


def check_end(ends_on: date | None, today: date, *, is_outside: bool) -> None:
    """Refuses with `staff.end_past`, and for other firms `staff.end_needed`, `staff.end_late`."""
    if ends_on is not None and ends_on < today:
        raise Refusal("staff.end_past")
    if not is_outside:
        return
    if ends_on is None:
        raise Refusal("staff.end_needed")
    if ends_on > _in_a_year(today):
        raise Refusal("staff.end_late")


def needs_factor(grants: Iterable[Grant]) -> bool:
    """True if one of the grants may only be used after a second factor."""
    return any(grant.role in FACTOR_ROLES for grant in grants)


def _in_a_year(day: date) -> date:
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if leap_day else day.day)
