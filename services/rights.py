"""Who may do what at this moment: shared by the services that tell or need somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.staff import Actor, GrantState, Permission, Staff
from domain.units import is_within
from storage.work import Work


async def actor_now(work: Work, staff_id: str, now: datetime) -> Actor | None:
    """Somebody with the rights that are in force now; None for an account that is not active."""
    account = await work.staff.find(staff_id)
    if account is None or not account.is_active:
        return None
    granted = await work.grants.list_of(staff_id)
    grants = tuple(one.grant for one in granted if one.state(now) is GrantState.IN_FORCE)
    return Actor(staff_id, account.name, grants)


async def allowed(
    work: Work, permission: Permission, path: str | None, now: datetime
) -> Sequence[Staff]:
    """Active staff who have the permission in the unit of `path` now; None asks: anywhere."""
    found: dict[str, Staff] = {}
    for one in await work.grants.list_untaken():
        holds = one.state(now) is GrantState.IN_FORCE and one.grant.allows(permission)
        reaches = path is None or is_within(path, one.grant.path)
        if holds and reaches and one.staff_id not in found:
            account = await work.staff.find(one.staff_id)
            if account is not None and account.is_active:
                found[account.id] = account
    return tuple(found.values())
