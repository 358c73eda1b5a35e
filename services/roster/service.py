"""Rosters of members: a dry run first, then taken over in small transactions."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from domain.clock import Clock
from domain.people import Occupation
from domain.refusal import Refusal
from domain.roster import (
    CHUNK,
    DONE_LIVES,
    MOST_ISSUES,
    MOST_ROWS,
    PLAN_LIVES,
    Issue,
    Match,
    Plan,
    RawRow,
    RosterRow,
    Stage,
    StoredPlan,
    match,
    read_rows,
)
from domain.staff import Actor
from domain.units import Unit, name_key
from services.joining import carry
from services.rights import actor_now
from services.roster.checks import (
    IMPORT,
    check_missing,
    check_open,
    erased_lines,
    errors_first,
    lines_out_of_reach,
    open_ids,
    unit_within_reach,
)
from storage.database import Database
from storage.people import new_person_id
from storage.work import Work

# So many chunks are taken over while whoever confirmed waits: about a second.
_AT_ONCE = 8


@dataclass(slots=True)
class _Counted:
    """What the rows looked at so far would do."""

    counts: dict[str, int] = field(
        default_factory=lambda: {"new": 0, "changed": 0, "same": 0, "erased": 0}
    )
    issues: list[Issue] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    # The paths within which people may be taken over.
    tops: Collection[str] = ()


class RosterService:
    """Takes rosters over. Nobody is ever removed or unbound by a roster.

    A plan is kept sealed for 24 hours. Confirmed, it is taken over in chunks: each is one
    transaction, so that others get their turn, and what was interrupted goes on with `resume`.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def plan(
        self,
        actor: Actor,
        unit_id: int,
        raw: Sequence[RawRow],
        occupations: Mapping[str, Occupation],
    ) -> Plan:
        """The dry run: what the rows would do to the people of the unit. Writes no person.

        Refuses with `roster.empty`, `roster.too_many`, `roster.unit_closed`, `units.not_found`.
        """
        if not raw:
            raise Refusal("roster.empty")
        if len(raw) > MOST_ROWS:
            raise Refusal("roster.too_many", limit=MOST_ROWS)
        async with self._database.open_read() as work:
            unit = await unit_within_reach(work, actor, unit_id)
            check_open(unit)
            names = _by_name(await work.units.list_within((unit.path,)))
            present = await work.people.list_roster_ids(unit.path)
        # A hundred thousand rows take seconds: in a thread, members are answered meanwhile.
        rows, issues = await asyncio.to_thread(read_rows, raw, names, unit.id, occupations)
        seen = _Counted(issues=issues, tops=actor.reach(IMPORT))
        for chunk in _chunks(rows):
            await self._database.read(_Looking(self, chunk, seen))
        missing = len(present - seen.named)
        errors = sum(issue.is_error for issue in seen.issues)
        stored = None
        if not errors:
            counts = {**seen.counts, "missing": missing, "present": len(present)}
            stored = await self._store(actor, unit, rows, counts)
        return Plan(
            id=stored,
            unit_id=unit.id,
            **seen.counts,
            missing=missing,
            present=len(present),
            errors=errors,
            issues=tuple(sorted(seen.issues, key=errors_first)[:MOST_ISSUES]),
        )

    async def confirm(self, actor: Actor, plan_id: str, missing: int | None = None) -> StoredPlan:
        """Take the planned roster over; a long one is only begun, and `resume` goes on with it.

        `missing` is the typed number of people whom the roster leaves out; it is needed if they
        are many. Refuses with `roster.plan_gone`, `roster.many_missing`, `roster.unit_closed`.
        Confirming again has no further effect.
        """
        named = await self._units_of(plan_id)
        async with self._database.open_work() as work:
            plan = await work.rosters.find(plan_id, for_update=True)
            if plan is None or plan.staff_id != actor.staff_id:
                raise Refusal("roster.plan_gone")
            unit = await unit_within_reach(work, actor, plan.unit_id)
            if plan.stage is Stage.PLANNED:
                if plan.expires_at <= self._clock.now():
                    raise Refusal("roster.plan_gone")
                still_open = await open_ids(work, unit)
                for unit_id in sorted({unit.id, *named} - still_open):
                    check_open(await work.units.find(unit_id), is_moved=True)
                check_missing(plan, missing)
                await work.rosters.move(plan_id, Stage.RUNNING)
                await work.audit.add(
                    self._clock.now(),
                    actor.staff_id,
                    "roster.imported",
                    f"unit {unit.id}",
                    dict(plan.counts),
                )
            await work.commit()
        if plan.chunks <= _AT_ONCE:
            await self._take_over(plan_id)
        return await self._get(plan_id)

    async def find(self, actor: Actor, plan_id: str) -> StoredPlan | None:
        """The actor's own plan, or None."""
        async with self._database.open_read() as work:
            plan = await work.rosters.find(plan_id)
        return plan if plan is not None and plan.staff_id == actor.staff_id else None

    async def resume(self) -> None:
        """Go on with what was confirmed and interrupted."""
        async with self._database.open_read() as work:
            running = await work.rosters.list_in(Stage.RUNNING)
        for plan_id in running:
            await self._take_over(plan_id)

    async def purge(self) -> int:
        """Forget plans that nobody confirmed, and counts of old imports."""
        async with self._database.open_work() as work:
            count = await work.rosters.purge(self._clock.now())
            await work.commit()
        return count

    async def _store(
        self, actor: Actor, unit: Unit, rows: Sequence[RosterRow], counts: Mapping[str, int]
    ) -> str:
        plan_id, now = secrets.token_urlsafe(16), self._clock.now()
        chunks = _chunks(rows)
        for number, chunk in enumerate(chunks):
            await self._database.write(_Storing(plan_id, number, chunk))
        async with self._database.open_work() as work:
            await work.rosters.add(
                StoredPlan(
                    id=plan_id,
                    staff_id=actor.staff_id,
                    unit_id=unit.id,
                    stage=Stage.PLANNED,
                    counts=counts,
                    chunks=len(chunks),
                    done_chunks=0,
                    made_at=now,
                    expires_at=now + PLAN_LIVES,
                )
            )
            await work.commit()
        return plan_id

    async def _take_over(self, plan_id: str) -> None:
        while not await self._database.write(_Taking(self, plan_id)):
            pass
        plan = await self._get(plan_id)
        if plan.stage is Stage.RUNNING:
            await self._finish(plan)

    async def _finish(self, plan: StoredPlan) -> None:
        """Note whom the roster left out, matched once more as it was taken over."""
        async with self._database.open_read() as work:
            unit = await work.units.find(plan.unit_id)
            present = await work.people.list_roster_ids(unit.path) if unit else frozenset()
        seen = _Counted()
        for chunk in range(plan.chunks):
            await self._database.read(_Naming(self, plan.id, chunk, seen))
        now = self._clock.now()
        async with self._database.open_work() as work:
            latest = await work.rosters.find(plan.id, for_update=True)
            # The clock's round and whoever confirmed may both have come this far: once one of them
            # is done the rows are gone, and the other has found nobody named.
            if latest is None or latest.stage is not Stage.RUNNING:
                return
            await work.people.mark_missing(present - seen.named, now)
            await work.rosters.drop_rows(plan.id)
            await work.rosters.finish(plan.id, now + DONE_LIVES)
            await work.commit()

    async def _units_of(self, plan_id: str) -> set[int]:
        """The units that the rows of a plan name."""
        found: set[int] = set()
        plan = await self._database.read(_Finding(plan_id))
        for chunk in range(plan.chunks if plan and plan.stage is Stage.PLANNED else 0):
            found |= await self._database.read(_UnitsOf(plan_id, chunk))
        return found

    async def _get(self, plan_id: str) -> StoredPlan:
        async with self._database.open_read() as work:
            plan = await work.rosters.find(plan_id)
        assert plan is not None
        return plan

    async def look(self, work: Work, rows: Sequence[RosterRow], seen: _Counted) -> None:
        """Count what the rows would do."""
        erased = await erased_lines(work, rows)
        matches = await self._matches(work, rows)
        beyond = await lines_out_of_reach(work, rows, matches, seen.tops)
        for row, found in zip(rows, matches, strict=True):
            if row.line in erased:
                seen.counts["erased"] += 1
                seen.issues.append(Issue(row.line, "roster.erased", {}, is_error=False))
                continue
            if row.line in beyond:
                seen.issues.append(Issue(row.line, "roster.elsewhere", {}))
                continue
            before = found.before
            kind = "new" if before is None else "same" if found.is_same else "changed"
            seen.counts[kind] += 1
            if before is not None:
                seen.named.add(before.id)
            if before is not None and before.name and before.name != found.after.name:
                seen.issues.append(Issue(row.line, "roster.name_changes", {}, is_error=False))

    async def take_chunk(self, work: Work, plan_id: str) -> bool:
        """Take one chunk over; True if no chunk is left."""
        plan = await work.rosters.find(plan_id, for_update=True)
        if plan is None or plan.stage is not Stage.RUNNING:
            return True
        if plan.done_chunks < plan.chunks:
            rows = await work.rosters.rows_of(plan_id, plan.done_chunks)
            erased = await erased_lines(work, rows)
            wanted = [row for row in rows if row.line not in erased]
            skipped = await self._take(work, plan, wanted)
            if skipped:
                await work.rosters.count_skipped(plan, skipped)
            await work.rosters.move(plan_id, Stage.RUNNING, done_chunks=plan.done_chunks + 1)
            return False
        return True

    async def _take(self, work: Work, plan: StoredPlan, wanted: Sequence[RosterRow]) -> int:
        """Take rows over as things stand now; how many could not be any more."""
        now = self._clock.now()
        unit = await work.units.find(plan.unit_id)
        actor = await actor_now(work, plan.staff_id, now)
        # Whoever confirmed had the right in the unit; beyond it only what they may reach now.
        tops = (*((unit.path,) if unit else ()), *(actor.reach(IMPORT) if actor else ()))
        still_open = await open_ids(work, unit) if unit else frozenset()
        rows = [row for row in wanted if row.unit_id in still_open]
        matches = await self._matches(work, rows)
        beyond = await lines_out_of_reach(work, rows, matches, tops)
        found = [one for row, one in zip(rows, matches, strict=True) if row.line not in beyond]
        for absorbed in (one.absorbed for one in found if one.absorbed):
            await work.people.remove(absorbed.id)
        await work.people.add_all([one.after for one in found if one.before is None])
        await work.people.save_all(
            [one.after for one in found if one.before is not None and not one.is_same]
        )
        for one in found:
            if one.absorbed:
                await carry(work, one.after.id, now, gone=one.absorbed)
        return len(wanted) - len(found)

    async def note_named(self, work: Work, plan_id: str, chunk: int, seen: _Counted) -> None:
        """Collect who the rows of a chunk are."""
        matches = await self._matches(work, await work.rosters.rows_of(plan_id, chunk))
        seen.named |= {one.before.id for one in matches if one.before is not None}

    async def _matches(self, work: Work, rows: Sequence[RosterRow]) -> list[Match]:
        by_number, by_phone = await work.people.find_known(
            [row.number for row in rows if row.number], [row.phone for row in rows if row.phone]
        )
        now = self._clock.now()
        return [match(row, by_number, by_phone, now, new_person_id()) for row in rows]


# Jobs for `Database.read` and `write`: on SQLite they run in a thread of their own, so that
# opening and sealing thousands of names holds up nobody who writes to the bot meanwhile.


@dataclass(frozen=True, slots=True)
class _Looking:
    service: RosterService
    rows: Sequence[RosterRow]
    seen: _Counted

    async def __call__(self, work: Work) -> None:
        await self.service.look(work, self.rows, self.seen)


@dataclass(frozen=True, slots=True)
class _Finding:
    plan_id: str

    async def __call__(self, work: Work) -> StoredPlan | None:
        return await work.rosters.find(self.plan_id)


@dataclass(frozen=True, slots=True)
class _UnitsOf:
    plan_id: str
    chunk: int

    async def __call__(self, work: Work) -> set[int]:
        return {row.unit_id for row in await work.rosters.rows_of(self.plan_id, self.chunk)}


@dataclass(frozen=True, slots=True)
class _Storing:
    plan_id: str
    number: int
    rows: Sequence[RosterRow]

    async def __call__(self, work: Work) -> None:
        await work.rosters.add_rows(self.plan_id, self.number, self.rows)


@dataclass(frozen=True, slots=True)
class _Naming:
    service: RosterService
    plan_id: str
    chunk: int
    seen: _Counted

    async def __call__(self, work: Work) -> None:
        await self.service.note_named(work, self.plan_id, self.chunk, self.seen)


@dataclass(frozen=True, slots=True)
class _Taking:
    service: RosterService
    plan_id: str

    async def __call__(self, work: Work) -> bool:
        return await self.service.take_chunk(work, self.plan_id)


def _by_name(units: Sequence[Unit]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for unit in units:
        if unit.is_open:
            found.setdefault(name_key(unit.name), []).append(unit.id)
    return found


def _chunks(rows: Sequence[RosterRow]) -> list[Sequence[RosterRow]]:
    return [rows[at : at + CHUNK] for at in range(0, len(rows), CHUNK)]
