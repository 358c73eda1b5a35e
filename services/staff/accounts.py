"""Staff accounts and grants: who may come in, and what they may do where."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain.clock import Clock, beijing_date
from domain.countersigns import must_be_second
from domain.refusal import Refusal
from domain.staff import (
    CONFIRMED_ROLES,
    DELAY,
    DELAYED_ROLES,
    OPERATOR,
    Actor,
    Flag,
    Grant,
    Granted,
    GrantState,
    Role,
    Staff,
    check_end,
    check_role,
)
from domain.units import Level, clean_name
from services.staff.common import actor_from, end_all, new_id
from services.staff.rules import (
    READ,
    WRITE,
    check_conflict,
    check_new,
    clean_person,
    get_account,
    get_grant,
    get_unit,
    is_lasting_admin,
    is_visible,
)
from storage.database import Database
from storage.work import Work

# Telegram's own bound for ids.
_BIGGEST_TELEGRAM_ID = 2**52


@dataclass(frozen=True, slots=True)
class StaffRecord:
    """An account with those of its grants that the reader may see, the newest first."""

    account: Staff
    granted: tuple[Granted, ...]
    has_factor: bool


class StaffService:
    """Each verb asks for the right and writes one row of the audit log. An account outside of
    one's reach is refused with `staff.not_found`, like one that is not there."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list_records(self, actor: Actor) -> tuple[StaffRecord, ...]:
        """Every account within reach, suspended ones too, by name."""
        actor.must(READ)
        async with self._database.open_read() as work:
            held: dict[str, list[Granted]] = {}
            for granted in await work.grants.list_untaken():
                held.setdefault(granted.staff_id, []).append(granted)
            enrolled = await work.factors.list_enrolled()
            accounts = await work.staff.list_all()
            return tuple(
                _record(account, actor, grants, has_factor=account.id in enrolled)
                for account in accounts
                if is_visible(actor, grants := held.get(account.id, []))
            )

    async def get_record(self, actor: Actor, staff_id: str) -> StaffRecord:
        """One account, with grants that ended or were taken away."""
        async with self._database.open_read() as work:
            account, granted = await get_account(work, actor, staff_id, READ)
            has_factor = await work.factors.is_enrolled(staff_id)
        return _record(account, actor, granted, has_factor=has_factor)

    async def list_unconfirmed(self, actor: Actor) -> tuple[Granted, ...]:
        """Grants within reach that wait for a second admin or for their day to be over."""
        actor.must(READ)
        now = self._clock.now()
        async with self._database.open_read() as work:
            granted = await work.grants.list_untaken()
        waiting = (GrantState.PENDING, GrantState.WAITING)
        return tuple(
            one for one in granted if one.state(now) in waiting and actor.may(READ, one.grant.path)
        )

    async def names(self, staff_ids: Collection[str]) -> Mapping[str, str]:
        """The names of staff, for lists in which ids stand."""
        async with self._database.open_read() as work:
            return await work.staff.names(staff_ids)

    async def add(
        self,
        actor: Actor,
        name: str,
        telegram_id: int,
        employer_id: int | None = None,
        *,
        is_outside: bool = False,
    ) -> Staff:
        """A new account without any right.

        Refuses with `staff.name_empty`, `staff.name_long`, `staff.telegram_unfit`,
        `staff.telegram_taken`, `units.not_found`.
        """
        actor.must(WRITE)
        async with self._database.open_work() as work:
            await work.units.lock()
            account = await self._add(work, actor, name, telegram_id, employer_id, is_outside)
            await work.commit()
        return account

    async def add_admin(self, actor: Actor, name: str, telegram_id: int, top: str) -> Staff:
        """An account with an admin's grant for the whole tree, in force at once.

        For operators only, who must be able to begin, and to come back in if every admin is gone.
        `top` names the first unit if there is none yet.
        """
        if actor.staff_id != OPERATOR:
            raise Refusal("staff.not_allowed")
        async with self._database.open_work() as work:
            await work.units.lock()
            unit = await work.units.find_top()
            if unit is None:
                unit = await work.units.add(clean_name(top), Level.DISTRICT, None)
            account = await self._add(work, actor, name, telegram_id, None, is_outside=False)
            now = self._clock.now()
            granted = Granted(
                id=new_id(),
                staff_id=account.id,
                grant=Grant(Role.ADMIN, unit.path),
                unit_id=unit.id,
                unit_name=unit.name,
                ends_on=None,
                given_by=actor.staff_id,
                given_at=now,
                starts_at=now,
            )
            await self._keep(work, actor, granted)
            await work.commit()
        return account

    async def suspend(self, actor: Actor, staff_id: str) -> None:
        """Shut an account out: its sessions end, its grants rest.

        Refuses with `staff.not_yourself`, `staff.last_admin`.
        """
        now = self._clock.now()
        async with self._database.open_work() as work:
            await work.units.lock()
            account, granted = await self._whole(work, actor, staff_id)
            if not account.is_active:
                return
            lasting = [one for one in granted if is_lasting_admin(one, now)]
            await self._keep_an_admin(work, lasting, now)
            await work.staff.set_suspended(staff_id, now)
            await end_all(work, staff_id)
            await work.audit.add(now, actor.staff_id, "account.suspended", staff_id, {})
            await work.commit()

    async def reactivate(self, actor: Actor, staff_id: str) -> None:
        """Let a suspended account in again, with the grants that it still has."""
        now = self._clock.now()
        async with self._database.open_work() as work:
            await work.units.lock()
            account, _ = await self._whole(work, actor, staff_id)
            if account.is_active:
                return
            await work.staff.set_suspended(staff_id, None)
            await work.audit.add(now, actor.staff_id, "account.reactivated", staff_id, {})
            await work.commit()

    async def reset_factor(self, actor: Actor, staff_id: str) -> None:
        """Forget a lost second factor: the person enrols a new one at the next sign-in.

        Whoever does it has seen the person. Refuses with `staff.not_yourself`.
        """
        now = self._clock.now()
        async with self._database.open_work() as work:
            await self._whole(work, actor, staff_id)
            await work.factors.remove(staff_id)
            await end_all(work, staff_id)
            await work.audit.add(now, actor.staff_id, "factor.reset", staff_id, {})
            await work.commit()

    async def give(
        self,
        actor: Actor,
        staff_id: str,
        role: Role,
        unit_id: int,
        ends_on: date | None = None,
        flags: frozenset[Flag] = frozenset(),
    ) -> Granted:
        """Grant a role in a unit. Roles near to people's secrets wait for a second admin.

        Refuses with `staff.not_yourself`, `staff.suspended`, `staff.role_not_there`,
        `staff.flag_unfit`, `staff.end_past`, `staff.end_needed`, `staff.end_late`,
        `staff.already_granted`, `units.closed`, and the two codes of Conflict.
        """
        now = self._clock.now()
        async with self._database.open_work() as work:
            await work.units.lock()
            account, held = await self._other(work, actor, staff_id)
            unit = await get_unit(work, actor, unit_id)
            if not account.is_active:
                raise Refusal("staff.suspended")
            check_role(role, flags, unit.level)
            check_end(ends_on, beijing_date(now), is_outside=account.is_outside)
            grant = Grant(role, unit.path, flags)
            check_new(grant, [one.grant for one in held if one.is_live(now)])
            granted = Granted(
                id=new_id(),
                staff_id=staff_id,
                grant=grant,
                unit_id=unit.id,
                unit_name=unit.name,
                ends_on=ends_on,
                given_by=actor.staff_id,
                given_at=now,
                starts_at=None if role in CONFIRMED_ROLES else now,
            )
            await self._keep(work, actor, granted)
            await work.commit()
        return granted

    async def confirm(self, actor: Actor, grant_id: str) -> datetime:
        """Confirm another admin's grant; when it takes effect.

        Refuses with `staff.grant_not_found`, `staff.grant_settled` (confirmed, lapsed, taken),
        `staff.not_own_grant` for who gave or gets it, `staff.factor_old`, `staff.giver_gone` if
        the giver is not an admin there any more, and the two codes of Conflict.
        """
        now = self._clock.now()
        async with self._database.open_work() as work:
            await work.units.lock()
            granted = await get_grant(work, actor, grant_id)
            if granted.state(now) is not GrantState.PENDING:
                raise Refusal("staff.grant_settled")
            must_be_second(
                actor,
                (granted.given_by, granted.staff_id, OPERATOR),
                "",
                now,
                own="staff.not_own_grant",
                old="staff.factor_old",
            )
            await self._check_giver(work, granted)
            held = await work.grants.list_of(granted.staff_id)
            check_conflict([one.grant for one in held if one.is_live(now)])
            starts_at = now + DELAY if granted.grant.role in DELAYED_ROLES else now
            await work.grants.confirm(grant_id, actor.staff_id, now, starts_at)
            detail = {"staff": granted.staff_id, "role": granted.grant.role.value}
            await work.audit.add(now, actor.staff_id, "grant.confirmed", grant_id, detail)
            await work.commit()
        return starts_at

    async def take(self, actor: Actor, grant_id: str) -> None:
        """Take a grant away; it has no effect from the next request on.

        Refuses with `staff.grant_not_found`, `staff.last_admin`.
        """
        now = self._clock.now()
        async with self._database.open_work() as work:
            await work.units.lock()
            granted = await get_grant(work, actor, grant_id)
            if granted.taken_at is not None:
                return
            account = await work.staff.find(granted.staff_id)
            if account is not None and account.is_active and is_lasting_admin(granted, now):
                await self._keep_an_admin(work, [granted], now)
            await work.grants.take(grant_id, actor.staff_id, now)
            detail = {"staff": granted.staff_id, "role": granted.grant.role.value}
            await work.audit.add(now, actor.staff_id, "grant.taken", grant_id, detail)
            await work.commit()

    async def _add(
        self,
        work: Work,
        actor: Actor,
        name: str,
        telegram_id: int,
        employer_id: int | None,
        is_outside: bool,
    ) -> Staff:
        if not 0 < telegram_id < _BIGGEST_TELEGRAM_ID:
            raise Refusal("staff.telegram_unfit")
        if await work.staff.find_by_telegram(telegram_id) is not None:
            raise Refusal("staff.telegram_taken")
        if employer_id is not None and await work.units.find(employer_id) is None:
            raise Refusal("units.not_found")
        account = Staff(
            id=new_id(),
            name=clean_person(name),
            telegram_id=telegram_id,
            employer_id=employer_id,
            is_outside=is_outside,
            created_at=self._clock.now(),
        )
        await work.staff.add(account)
        await work.audit.add(account.created_at, actor.staff_id, "account.added", account.id, {})
        return account

    async def _keep(self, work: Work, actor: Actor, granted: Granted) -> None:
        await work.grants.add(granted)
        detail = {
            "staff": granted.staff_id,
            "role": granted.grant.role.value,
            "unit": granted.unit_id,
            "until": granted.ends_on.isoformat() if granted.ends_on else None,
            "flags": sorted(granted.grant.flags),
        }
        await work.audit.add(granted.given_at, actor.staff_id, "grant.given", granted.id, detail)

    async def _other(
        self, work: Work, actor: Actor, staff_id: str
    ) -> tuple[Staff, tuple[Granted, ...]]:
        account, granted = await get_account(work, actor, staff_id, WRITE)
        if staff_id == actor.staff_id:
            raise Refusal("staff.not_yourself")
        return account, granted

    async def _whole(
        self, work: Work, actor: Actor, staff_id: str
    ) -> tuple[Staff, tuple[Granted, ...]]:
        """An account all of whose rights are within reach: what is done concerns all of them."""
        account, granted = await self._other(work, actor, staff_id)
        for one in granted:
            if one.is_live(self._clock.now()):
                actor.must(WRITE, one.grant.path)
        return account, granted

    async def _check_giver(self, work: Work, granted: Granted) -> None:
        if granted.given_by == OPERATOR:
            return
        giver = await work.staff.find(granted.given_by)
        if giver is not None and giver.is_active:
            acting = await actor_from(work, giver, self._clock.now())
            if acting.may(WRITE, granted.grant.path):
                return
        raise Refusal("staff.giver_gone")

    async def _keep_an_admin(self, work: Work, going: list[Granted], now: datetime) -> None:
        """Refuses with `staff.last_admin` if nobody lasting would remain when these go."""
        if not going:
            return
        gone = {one.id for one in going}
        active = {one.id for one in await work.staff.list_all() if one.is_active}
        for one in await work.grants.list_untaken():
            if one.id not in gone and one.staff_id in active and is_lasting_admin(one, now):
                return
        raise Refusal("staff.last_admin")


def _record(
    account: Staff, actor: Actor, granted: Collection[Granted], *, has_factor: bool
) -> StaffRecord:
    seen = tuple(one for one in granted if actor.may(READ, one.grant.path))
    return StaffRecord(account, seen, has_factor)
