"""The second person's desk: what waits for whom, agreeing, refusing, taking back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.clock import Clock
from domain.countersigns import (
    KEPT,
    NEEDED,
    Act,
    Countersign,
    State,
    checked_reason,
    must_be_second,
)
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from services.countersigning import ask_second, digest_of, use_agreement
from services.rights import allowed
from storage.database import Database
from storage.work import Work

KEYS_DIGEST = digest_of(Act.KEYS)


@dataclass(frozen=True, slots=True)
class Asked:
    """A countersignature as one person sees it. `detail` holds what the two must know of it;
    `seconds` are the names of who could agree, for whoever asked and while it waits."""

    countersign: Countersign
    detail: Mapping[str, Any]
    asked_by: str
    settled_by: str
    seconds: tuple[str, ...] = ()


class CountersignService:
    """Who asked sees their own; others see what they could agree to. Everything else is refused
    with `countersigns.not_found`, like what is not there."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def ask_export(
        self,
        actor: Actor,
        digest: str,
        path: str,
        detail: Mapping[str, Any],
        act: Act = Act.EXPORT,
    ) -> Countersign:
        """Ask that a list with whole names, or one of cases, may leave the house once."""
        return await self._ask(actor, act, digest, path, detail)

    async def ask_keys(self, actor: Actor, reason: str) -> Countersign:
        """Ask that the keys may be renewed once, by command, within a day.

        Refuses with `countersigns.reason_missing`, `countersigns.reason_long`.
        """
        actor.must(Permission.SYSTEM_WRITE)
        detail = {"reason": checked_reason(reason)}
        return await self._ask(actor, Act.KEYS, KEYS_DIGEST, "", detail)

    async def use_export(self, actor: Actor, digest: str, act: Act = Act.EXPORT) -> bool:
        """Use up what was agreed to for this list; False if nobody agreed."""
        async with self._database.open_work() as work:
            now = self._clock.now()
            one = await use_agreement(work, act, digest, now, asked_by=actor.staff_id)
            await work.commit()
        return one is not None

    async def waiting(self, actor: Actor) -> Sequence[Asked]:
        """What this person could agree to, the newest first."""
        now = self._clock.now()
        async with self._database.open_read() as work:
            return [
                await self._asked(work, one, actor)
                for one in await work.countersigns.list_in(State.WAITING)
                if one.is_waiting(now) and one.asked_by != actor.staff_id and one.is_for(actor)
            ]

    async def own(self, actor: Actor) -> Sequence[Asked]:
        """What this person asked for, the newest first."""
        async with self._database.open_read() as work:
            return [
                await self._asked(work, one, actor)
                for one in await work.countersigns.list_of(actor.staff_id)
            ]

    async def look(self, actor: Actor, wanted: str) -> Asked:
        """One of them. Refuses with `countersigns.not_found`."""
        async with self._database.open_read() as work:
            return await self._asked(work, await self._find(work, actor, wanted), actor)

    async def agree(self, actor: Actor, wanted: str) -> Countersign:
        """Agree, as the second person: the first may do it now, once, within a day.

        Refuses with `countersigns.not_found`, `countersigns.not_now`,
        `countersigns.not_yourself`, `countersigns.factor_old`.
        """
        async with self._database.open_work() as work:
            one, now = await self._find(work, actor, wanted), self._clock.now()
            if not one.is_waiting(now):
                raise Refusal("countersigns.not_now")
            must_be_second(actor, (one.asked_by,), one.asked_session, now)
            actor.must(NEEDED[one.act], one.path or None)
            await self._settle(work, one, State.AGREED, actor, "countersign.agreed")
            await work.commit()
        return one

    async def refuse(self, actor: Actor, wanted: str) -> None:
        """Do not let it happen. Whoever asked takes it back by the same verb."""
        async with self._database.open_work() as work:
            one, now = await self._find(work, actor, wanted), self._clock.now()
            if not (one.is_waiting(now) or one.is_agreed(now)):
                raise Refusal("countersigns.not_now")
            is_own = one.asked_by == actor.staff_id
            state = State.TAKEN_BACK if is_own else State.REFUSED
            await self._settle(work, one, state, actor, f"countersign.{state}")
            await work.commit()

    async def purge(self) -> int:
        """Forget what is a month old; the audit log keeps who asked and who agreed."""
        async with self._database.open_work() as work:
            count = await work.countersigns.purge_before(self._clock.now() - KEPT)
            await work.commit()
        return count

    async def _ask(
        self, actor: Actor, act: Act, digest: str, path: str, detail: Mapping[str, Any]
    ) -> Countersign:
        async with self._database.open_work() as work:
            now = self._clock.now()
            one = await ask_second(work, actor, act, digest, path, detail, now)
            await work.commit()
        return one

    async def _find(self, work: Work, actor: Actor, wanted: str) -> Countersign:
        one = await work.countersigns.find(wanted)
        if one is None or not (one.asked_by == actor.staff_id or one.is_for(actor)):
            raise Refusal("countersigns.not_found")
        return one

    async def _settle(
        self, work: Work, one: Countersign, state: State, actor: Actor, act: str
    ) -> None:
        now = self._clock.now()
        if not await work.countersigns.settle(one, state, actor.staff_id, now):
            raise Refusal("countersigns.not_now")
        detail = {"act": one.act.value, "asked_by": one.asked_by}
        await work.audit.add(now, actor.staff_id, act, one.id, detail)

    async def _asked(self, work: Work, one: Countersign, actor: Actor) -> Asked:
        names = await work.staff.names([one.asked_by, one.settled_by or ""])
        detail = await work.countersigns.detail(one)
        seconds: tuple[str, ...] = ()
        if one.asked_by != actor.staff_id:
            # How the first person goes on: a search by name may be among it.
            detail.pop("form", None)
        elif one.is_waiting(now := self._clock.now()):
            able = await allowed(work, NEEDED[one.act], one.path or None, now)
            seconds = tuple(staff.name for staff in able if staff.id != one.asked_by)
        return Asked(
            one,
            detail,
            names.get(one.asked_by, ""),
            names.get(one.settled_by or "", ""),
            seconds,
        )
