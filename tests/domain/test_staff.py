"""Rights: the matrix as it was decided, conflicts, grants by the clock, and who acts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sign_in import Stage, stage_of
from domain.staff import (
    CONFIRM_WITHIN,
    FACTOR_ROLES,
    MATRIX,
    Actor,
    Conflict,
    Flag,
    Grant,
    Granted,
    GrantState,
    Permission,
    Role,
    check_end,
    check_role,
    conflict_of,
    needs_factor,
    operator,
)
from domain.units import Level, Unit, are_related, check_place, clean_name, is_within, name_key
from tests.staffing import refused

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)
TOP, EAST, RIDERS, WEST = "/1/", "/1/2/", "/1/2/5/", "/1/3/"

# RELIABILITY 6.1, typed once more: columns in the order of Role.
DECIDED = """
dashboard.read     vw og ed br cw ao ad au
events.write       og
events.names       og
events.notify      og
exports.masked     og
exports.full       og
knowledge.read     ed cw ao
knowledge.suggest  ed cw ao
knowledge.draft    ed
knowledge.review   ed
knowledge.publish  ed
questions.read     ed
figures.write      ed
quiz.write         ed
quiz.results       og ed
broadcast.draft    br
broadcast.approve  br ad
broadcast.pause    br ad
broadcast.resume   br
broadcast.emergency ad
cases.read         cw
cases.assign       cw
cases.export       cw
aid.read           ao
talks.answer       ed cw
talks.lead         cw
talks.phrases      ed cw
members.read       ad
members.correct    ad
roster.import      ad
erasure.confirm    cw ao
erasure.read       ad au
erasure.write      ad
units.read         vw og ed br cw ao ad au
units.write        ad
staff.read         ad au
staff.write        ad
audit.own          vw og ed br cw ao ad au
audit.security     ad
audit.all          au
health.read        ad
system.write       ad
countersigns.agree og ad
"""
SHORT = dict(zip(["vw", "og", "ed", "br", "cw", "ao", "ad", "au"], Role, strict=True))
TABLE = {
    Permission(name): frozenset(SHORT[mark] for mark in marks)
    for name, *marks in (line.split() for line in DECIDED.strip().splitlines())
}
# Who would see what members confided, or who they are.
CONFIDED = {
    Permission.CASES_READ,
    Permission.CASES_EXPORT,
    Permission.AID_READ,
    Permission.TALKS_ANSWER,
    Permission.MEMBERS_READ,
    Permission.EVENTS_NAMES,
    Permission.EXPORTS_FULL,
}


def acting(*grants: Grant, **more: object) -> Actor:
    return Actor("s1", "王芳", grants, **more)  # type: ignore[arg-type]


def granted(**more: object) -> Granted:
    values = {"ends_on": None, "given_by": "s0", "given_at": NOW, "starts_at": NOW} | more
    grant = Grant(Role.EDITOR, TOP)
    return Granted("g1", "s1", grant, 1, "区", **values)  # type: ignore[arg-type]


def test_the_matrix_is_complete_and_as_decided() -> None:
    assert dict(MATRIX) == TABLE
    assert set(MATRIX) == set(Permission)


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_each_role_may_exactly_what_the_matrix_says(role: Role, permission: Permission) -> None:
    actor = acting(Grant(role, EAST, frozenset(Flag)))
    allowed = role in TABLE[permission]
    assert actor.may(permission) is allowed
    assert actor.may(permission, EAST) is allowed
    assert actor.may(permission, RIDERS) is allowed
    assert not actor.may(permission, WEST)
    assert not actor.may(permission, TOP)
    assert actor.reach(permission) == ((EAST,) if allowed else ())
    if not allowed:
        with refused("staff.not_allowed"):
            actor.must(permission)


def test_who_has_no_grant_may_nothing() -> None:
    assert not any(acting().may(permission) for permission in Permission)


def test_a_flag_is_needed_on_the_grant_that_allows() -> None:
    bare = acting(
        Grant(Role.BROADCASTER, TOP), Grant(Role.ADMIN, EAST, frozenset({Flag.APPROVER}))
    )
    assert bare.reach(Permission.BROADCAST_APPROVE) == (EAST,)
    assert not acting(Grant(Role.CASEWORKER, TOP)).may(Permission.CASES_ASSIGN)
    lead = acting(Grant(Role.CASEWORKER, TOP, frozenset({Flag.LEAD})))
    assert lead.may(Permission.CASES_ASSIGN) and lead.may(Permission.CASES_EXPORT)


def test_reach_names_no_unit_within_another_and_keeps_lookalikes_apart() -> None:
    actor = acting(*(Grant(Role.ORGANISER, path) for path in (RIDERS, EAST, "/1/20/", "/1/2/")))
    assert actor.reach(Permission.EVENTS_WRITE) == (EAST, "/1/20/")
    assert not is_within("/1/20/", EAST)
    assert not are_related("/1/20/", EAST)


def test_an_operator_prepares_the_house_and_reads_nothing_confided() -> None:
    actor = operator()
    assert actor.may(Permission.STAFF_WRITE, RIDERS)
    assert actor.may(Permission.UNITS_WRITE, TOP)
    assert actor.may(Permission.KNOWLEDGE_PUBLISH)
    assert not any(actor.may(permission) for permission in CONFIDED)
    assert not actor.may(Permission.BROADCAST_APPROVE)


@pytest.mark.parametrize("other", [role for role in Role if role is not Role.AUDITOR])
def test_an_auditor_has_no_other_role_anywhere(other: Role) -> None:
    held = [Grant(Role.AUDITOR, EAST), Grant(other, WEST)]
    assert conflict_of(held) is Conflict.AUDITOR_ALONE
    assert conflict_of([*held, Grant(other, EAST)]) is Conflict.AUDITOR_ALONE


@pytest.mark.parametrize("confidant", [Role.CASEWORKER, Role.AID_OFFICER])
@pytest.mark.parametrize(("admin", "where"), [(TOP, RIDERS), (RIDERS, TOP), (EAST, EAST)])
def test_an_admin_handles_no_confidences_above_or_below(
    confidant: Role, admin: str, where: str
) -> None:
    held = [Grant(Role.ADMIN, admin), Grant(confidant, where)]
    assert conflict_of(held) is Conflict.ADMIN_WITH_CASES


def test_an_admin_may_handle_confidences_beside_their_unit() -> None:
    assert conflict_of([Grant(Role.ADMIN, EAST), Grant(Role.CASEWORKER, WEST)]) is None
    two_auditors = [Grant(Role.AUDITOR, EAST), Grant(Role.AUDITOR, WEST)]
    assert conflict_of(two_auditors) is None
    assert conflict_of([]) is None


@pytest.mark.parametrize("role", Role)
def test_enterprises_have_viewers_organisers_and_broadcasters_only(role: Role) -> None:
    check_role(role, frozenset(), Level.TOWN)
    if role in (Role.VIEWER, Role.ORGANISER, Role.BROADCASTER):
        check_role(role, frozenset(), Level.ENTERPRISE)
        return
    with refused("staff.role_not_there"):
        check_role(role, frozenset(), Level.ENTERPRISE)


@pytest.mark.parametrize(
    ("role", "flag"), [(Role.EDITOR, Flag.APPROVER), (Role.BROADCASTER, Flag.LEAD)]
)
def test_a_flag_that_means_nothing_for_a_role_is_refused(role: Role, flag: Flag) -> None:
    with refused("staff.flag_unfit"):
        check_role(role, frozenset({flag}), Level.TOWN)
    check_role(Role.ADMIN, frozenset({Flag.APPROVER}), Level.TOWN)


@pytest.mark.parametrize(
    ("ends_on", "is_outside", "code"),
    [
        (None, True, "staff.end_needed"),
        (date(2027, 11, 26), True, "staff.end_late"),
        (date(2026, 11, 24), True, "staff.end_past"),
        (date(2026, 11, 24), False, "staff.end_past"),
    ],
)
def test_an_end_that_does_not_fit_is_refused(
    ends_on: date | None, is_outside: bool, code: str
) -> None:
    with refused(code):
        check_end(ends_on, TODAY, is_outside=is_outside)


def test_ends_that_fit() -> None:
    check_end(date(2027, 11, 25), TODAY, is_outside=True)
    check_end(None, TODAY, is_outside=False)
    check_end(date(2040, 1, 1), TODAY, is_outside=False)
    check_end(date(2029, 2, 28), date(2028, 2, 29), is_outside=True)


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, GrantState.IN_FORCE),
        ({"starts_at": None}, GrantState.PENDING),
        ({"starts_at": None, "given_at": NOW - CONFIRM_WITHIN}, GrantState.LAPSED),
        ({"starts_at": NOW + timedelta(seconds=1)}, GrantState.WAITING),
        ({"ends_on": TODAY}, GrantState.IN_FORCE),
        ({"ends_on": TODAY - timedelta(days=1)}, GrantState.ENDED),
        ({"starts_at": None, "ends_on": TODAY - timedelta(days=1)}, GrantState.ENDED),
        ({"taken_at": NOW}, GrantState.TAKEN),
    ],
)
def test_a_grant_begins_and_ends_by_the_clock(
    values: dict[str, object], state: GrantState
) -> None:
    assert granted(**values).state(NOW) is state


def test_the_last_day_ends_at_midnight_in_beijing() -> None:
    grant = granted(ends_on=TODAY)
    midnight = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
    assert grant.is_live(midnight - timedelta(seconds=1))
    assert not grant.is_live(midnight)


def test_everybody_who_reaches_people_or_speaks_for_the_union_shows_a_second_factor() -> None:
    for permission in CONFIDED | {Permission.BROADCAST_DRAFT, Permission.QUESTIONS_READ}:
        assert MATRIX[permission] <= FACTOR_ROLES
    assert not needs_factor([Grant(Role.VIEWER, TOP)])
    assert needs_factor([Grant(Role.VIEWER, TOP), Grant(Role.EDITOR, EAST)])


@pytest.mark.parametrize(
    ("role", "mfa_at", "is_enrolled", "stage"),
    [
        (Role.VIEWER, None, False, Stage.FULL),
        (Role.EDITOR, None, False, Stage.ENROL),
        (Role.EDITOR, None, True, Stage.FACTOR),
        (Role.EDITOR, NOW, True, Stage.FULL),
    ],
)
def test_what_a_session_still_lacks(
    role: Role, mfa_at: datetime | None, is_enrolled: bool, stage: Stage
) -> None:
    assert stage_of([Grant(role, TOP)], mfa_at, is_enrolled=is_enrolled) is stage


def test_a_second_factor_is_fresh_for_a_quarter_of_an_hour() -> None:
    assert acting(mfa_at=NOW).is_fresh(NOW + timedelta(minutes=15))
    assert not acting(mfa_at=NOW).is_fresh(NOW + timedelta(minutes=15, seconds=1))
    assert not acting().is_fresh(NOW)


PATHS = st.sampled_from([TOP, EAST, RIDERS, WEST, "/1/3/6/"])


@given(st.lists(st.builds(Grant, st.sampled_from(Role), PATHS), max_size=6), st.data())
def test_nobody_without_conflict_can_be_admin_where_they_read_confidences(
    held: list[Grant], data: st.DataObject
) -> None:
    if conflict_of(held) is not None:
        return
    actor, path = acting(*held), data.draw(PATHS)
    confides = actor.may(Permission.CASES_READ, path) or actor.may(Permission.AID_READ, path)
    assert not (confides and actor.may(Permission.STAFF_WRITE, path))
    if actor.may(Permission.AUDIT_ALL):
        assert not actor.may(Permission.STAFF_WRITE)


@pytest.mark.parametrize(
    ("level", "above", "fits"),
    [
        (Level.DISTRICT, None, True),
        (Level.TOWN, None, False),
        (Level.TOWN, Level.DISTRICT, True),
        (Level.ENTERPRISE, Level.DISTRICT, True),
        (Level.ENTERPRISE, Level.TOWN, True),
        (Level.DISTRICT, Level.DISTRICT, False),
        (Level.TOWN, Level.TOWN, False),
        (Level.TOWN, Level.ENTERPRISE, False),
        (Level.ENTERPRISE, Level.ENTERPRISE, False),
    ],
)
def test_each_level_has_its_place(level: Level, above: Level | None, fits: bool) -> None:
    parent = Unit(1, "上级", above, None, TOP, is_open=True) if above else None
    if fits:
        check_place(level, parent)
        return
    with refused("units.misplaced"):
        check_place(level, parent)


def test_names_of_units_are_kept_tidy_and_compared_loosely() -> None:
    assert clean_name("  速达\u200b  配送\n") == "速达 配送"
    assert name_key("速达 配送（Ａ区）") == name_key("速达配送(a区)")
    with refused("units.name_empty"):
        clean_name(" \u200b ")
    with refused("units.name_long"):
        clean_name("单" * 61)
    with refused("units.name_long"):
        clean_name("\ufdfa" * 10)
