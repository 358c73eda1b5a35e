"""Rules that the verbs on accounts and grants share: who sees whom, what may be held together."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from domain.refusal import Refusal
from domain.staff import Actor, Grant, Granted, GrantState, Permission, Role, Staff, conflict_of
from domain.units import Unit, is_within
from storage.work import Work

NAME_LIMIT = 40
READ, WRITE = Permission.STAFF_READ, Permission.STAFF_WRITE


def is_lasting_admin(granted: Granted, now: datetime) -> bool:
    """An admin of the whole tree, in force and without an end: one must always remain."""
    return (
        granted.grant.role is Role.ADMIN
        and granted.grant.path.count("/") == 2
        and granted.ends_on is None
        and granted.state(now) is GrantState.IN_FORCE
    )


async def get_account(
    work: Work, actor: Actor, staff_id: str, permission: Permission
) -> tuple[Staff, tuple[Granted, ...]]:
    """The account with every grant it ever had. Refuses with `staff.not_found`."""
    actor.must(permission)
    account = await work.staff.find(staff_id)
    granted = await work.grants.list_of(staff_id)
    untaken = [one for one in granted if one.taken_at is None]
    if account is None or not is_visible(actor, untaken):
        raise Refusal("staff.not_found")
    return account, granted


async def get_grant(work: Work, actor: Actor, grant_id: str) -> Granted:
    """Refuses with `staff.grant_not_found` what the actor may not change."""
    granted = await work.grants.find(grant_id)
    if granted is None or not actor.may(WRITE, granted.grant.path):
        raise Refusal("staff.grant_not_found")
    return granted


async def get_unit(work: Work, actor: Actor, unit_id: int) -> Unit:
    """A unit in which the actor may grant. Refuses with `units.not_found`, `units.closed`."""
    unit = await work.units.find(unit_id)
    if unit is None or not actor.may(WRITE, unit.path):
        raise Refusal("units.not_found")
    if not unit.is_open:
        raise Refusal("units.closed")
    return unit


def is_visible(actor: Actor, untaken: Collection[Granted]) -> bool:
    """Whoever has a grant within reach, and whoever has none yet: somebody must give the first."""
    reach = actor.reach(READ)
    return not untaken or any(is_within(one.grant.path, top) for one in untaken for top in reach)


def check_new(grant: Grant, live: list[Grant]) -> None:
    """Refuses with `staff.already_granted` or a Conflict's code."""
    if any((one.role, one.path) == (grant.role, grant.path) for one in live):
        raise Refusal("staff.already_granted")
    check_conflict([*live, grant])


def check_conflict(grants: list[Grant]) -> None:
    """Refuses with the code of the conflict."""
    conflict = conflict_of(grants)
    if conflict is not None:
        raise Refusal(conflict.value)


def clean_person(text: str) -> str:
    """A person's name as it is kept. Refuses with `staff.name_empty` or `staff.name_long`."""
    name = " ".join("".join(char for char in text if char.isprintable() or char == " ").split())
    if not name:
        raise Refusal("staff.name_empty")
    if len(name) > NAME_LIMIT:
        raise Refusal("staff.name_long", limit=NAME_LIMIT)
    return name
