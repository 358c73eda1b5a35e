"""The tree of units: adding, renaming, moving, closing, and finding by name."""

from __future__ import annotations

from domain.clock import Clock
from domain.refusal import Refusal
from domain.staff import OPERATOR, Actor, Grant, Permission, conflict_of
from domain.units import Level, Unit, check_place, clean_name, is_within
from storage.database import Database
from storage.work import Work

_EVERYWHERE = ("/",)
_WRITE = Permission.UNITS_WRITE


class UnitService:
    """Keeps the tree. A unit is never removed: a closed one keeps its history.

    A unit outside of one's reach is refused with `units.not_found`, like one that is not there.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list_tree(self, actor: Actor) -> tuple[Unit, ...]:
        """Every unit that the actor may see, closed ones too, each after its parent."""
        async with self._database.open_read() as work:
            return await work.units.list_within(actor.reach(Permission.UNITS_READ))

    async def get(self, actor: Actor, unit_id: int) -> Unit:
        async with self._database.open_read() as work:
            return await _get(work, actor, unit_id, Permission.UNITS_READ)

    async def find(self, unit_id: int) -> Unit | None:
        """The unit, for whoever: names of units are no secret."""
        async with self._database.open_read() as work:
            return await work.units.find(unit_id)

    async def search(self, text: str, limit: int = 8) -> tuple[Unit, ...]:
        """Open units whose name contains the text, for members who look for their own."""
        async with self._database.open_read() as work:
            return await work.units.search(text, _EVERYWHERE, limit)

    async def create_top(self, actor: Actor, name: str) -> Unit:
        """The unit that everything else hangs below. Only an operator makes it, and only once.

        Refuses with `units.one_top`.
        """
        if actor.staff_id != OPERATOR:
            raise Refusal("staff.not_allowed")
        name = clean_name(name)
        async with self._database.open_work() as work:
            await work.units.lock()
            if await work.units.find_top() is not None:
                raise Refusal("units.one_top")
            unit = await work.units.add(name, Level.DISTRICT, None)
            await self._tell(work, actor, "unit.created", unit)
            await work.commit()
        return unit

    async def create(self, actor: Actor, name: str, level: Level, parent_id: int) -> Unit:
        """A new unit below another.

        Refuses with `units.name_taken`, `units.misplaced`, `units.closed`, and names that cannot
        be kept.
        """
        name = clean_name(name)
        async with self._database.open_work() as work:
            await work.units.lock()
            parent = await _get(work, actor, parent_id, _WRITE)
            check_place(level, parent)
            await _check_parent(work, parent, name)
            unit = await work.units.add(name, level, parent)
            await self._tell(work, actor, "unit.created", unit, parent=parent.id)
            await work.commit()
        return unit

    async def rename(self, actor: Actor, unit_id: int, name: str) -> None:
        """Refuses with `units.name_taken`, and names that cannot be kept."""
        name = clean_name(name)
        async with self._database.open_work() as work:
            await work.units.lock()
            unit = await _get(work, actor, unit_id, _WRITE)
            other = await work.units.find_named(unit.parent_id, name)
            if other is not None and other.id != unit.id:
                raise Refusal("units.name_taken")
            await work.units.rename(unit.id, name)
            await self._tell(work, actor, "unit.renamed", unit, before=unit.name, after=name)
            await work.commit()

    async def move(self, actor: Actor, unit_id: int, parent_id: int) -> None:
        """Hang a unit with all below it under another; the actor must have both in reach.

        Refuses with `units.top_stays`, `units.into_itself`, `units.misplaced`, `units.closed`,
        `units.name_taken`, and with `units.move_conflict` if somebody's grants, which are allowed
        where they are, would then conflict.
        """
        async with self._database.open_work() as work:
            await work.units.lock()
            unit = await _get(work, actor, unit_id, _WRITE)
            parent = await _get(work, actor, parent_id, _WRITE)
            if unit.parent_id is None:
                raise Refusal("units.top_stays")
            if is_within(parent.path, unit.path):
                raise Refusal("units.into_itself")
            if unit.parent_id == parent.id:
                return
            check_place(unit.level, parent)
            await _check_parent(work, parent, unit.name)
            await work.units.move(unit, parent)
            await self._check_conflicts(work)
            detail = {"from": unit.parent_id, "to": parent.id}
            await self._tell(work, actor, "unit.moved", unit, **detail)
            await work.commit()

    async def close(self, actor: Actor, unit_id: int) -> None:
        """Take a unit out of use. Refuses with `units.top_stays` and `units.open_below`."""
        async with self._database.open_work() as work:
            await work.units.lock()
            unit = await _get(work, actor, unit_id, _WRITE)
            if unit.parent_id is None:
                raise Refusal("units.top_stays")
            if await work.units.has_open_below(unit):
                raise Refusal("units.open_below")
            if unit.is_open:
                await work.units.set_open(unit.id, is_open=False)
                await self._tell(work, actor, "unit.closed", unit)
                await work.commit()

    async def reopen(self, actor: Actor, unit_id: int) -> None:
        """Undo a closing. Refuses with `units.closed` while the unit above is closed."""
        async with self._database.open_work() as work:
            await work.units.lock()
            unit = await _get(work, actor, unit_id, _WRITE)
            parent = await work.units.find(unit.parent_id) if unit.parent_id else None
            if parent is not None and not parent.is_open:
                raise Refusal("units.closed")
            if not unit.is_open:
                await work.units.set_open(unit.id, is_open=True)
                await self._tell(work, actor, "unit.reopened", unit)
                await work.commit()

    async def _check_conflicts(self, work: Work) -> None:
        now = self._clock.now()
        held: dict[str, list[Grant]] = {}
        for granted in await work.grants.list_untaken():
            if granted.is_live(now):
                held.setdefault(granted.staff_id, []).append(granted.grant)
        if any(conflict_of(grants) for grants in held.values()):
            raise Refusal("units.move_conflict")

    async def _tell(
        self, work: Work, actor: Actor, act: str, unit: Unit, **detail: object
    ) -> None:
        await work.audit.add(self._clock.now(), actor.staff_id, act, str(unit.id), detail)


async def _get(work: Work, actor: Actor, unit_id: int, permission: Permission) -> Unit:
    unit = await work.units.find(unit_id)
    if unit is None or not actor.may(permission, unit.path):
        raise Refusal("units.not_found")
    return unit


async def _check_parent(work: Work, parent: Unit, name: str) -> None:
    if not parent.is_open:
        raise Refusal("units.closed")
    if await work.units.find_named(parent.id, name) is not None:
        raise Refusal("units.name_taken")
