"""The ledger of risks: counts for everybody who leads, names only after two people agreed."""

from __future__ import annotations

from domain.calendar import OfficeHours
from domain.cases.risks import Risk, WarningPolicy
from domain.cases.wall import Sight
from domain.clock import Clock
from domain.countersigns import must_be_second
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from services.cases.common import CaseWork, checked_reason
from services.cases.views import LetterFacts, RiskName
from storage.database import Database
from storage.work import Work


class RiskDesk(CaseWork):
    """What staff may do with early warnings."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        office: OfficeHours,
        policy: WarningPolicy | None = None,
    ) -> None:
        super().__init__(database, clock, office)
        self._policy = policy or WarningPolicy()

    async def list_risks(self, actor: Actor) -> tuple[Risk, ...]:
        """Counts, never fewer than the threshold; nothing against one's own unit."""
        actor.must(Permission.CASES_ASSIGN)
        async with self._open_read() as work:
            return tuple(await work.case_risks.list_seen(Sight.of(actor)))

    async def ask_unlock(self, actor: Actor, risk_id: str, reason: str) -> None:
        """Ask for the names, and say why. Refuses with `cases.reason_needed`."""
        why = checked_reason(reason)
        async with self._open_work() as work:
            risk = await self._risk(work, actor, risk_id)
            now = self._clock.now()
            await work.case_risks.ask(risk.id, actor.staff_id, now, why)
            await work.audit.add(now, actor.staff_id, "case.risk_asked", risk.id, {})
            await work.commit()

    async def unlock(self, actor: Actor, risk_id: str) -> None:
        """Agree, as the second person, that the names are seen.

        Refuses with `cases.not_asked`, `cases.second_person`, `staff.factor_needed`.
        """
        async with self._open_work() as work:
            risk = await self._risk(work, actor, risk_id)
            now = self._clock.now()
            if not risk.is_asked(now):
                raise Refusal("cases.not_asked")
            must_be_second(
                actor,
                (risk.asked_by or "",),
                "",
                now,
                own="cases.second_person",
                old="cases.factor_needed",
            )
            await work.case_risks.unlock(risk.id, actor.staff_id, now)
            detail = {"asked_by": risk.asked_by}
            await work.audit.add(now, actor.staff_id, "case.risk_unlocked", risk.id, detail)
            await work.commit()

    async def reason(self, actor: Actor, risk_id: str) -> str:
        """Why somebody asked for the names."""
        async with self._open_read() as work:
            risk = await self._risk(work, actor, risk_id)
            return await work.case_risks.reason(risk.id)

    async def names(self, actor: Actor, risk_id: str) -> tuple[RiskName, ...]:
        """Who they are, for the two who agreed, for eight hours.

        Each case still has to be there for whoever looks. Refuses with `cases.locked_names`.
        """
        async with self._open_work() as work:
            risk = await self._risk(work, actor, risk_id)
            now = self._clock.now()
            is_one = actor.staff_id in (risk.asked_by, risk.unlocked_by)
            if not risk.is_unlocked(now) or not is_one:
                raise Refusal("cases.locked_names")
            found = []
            since = risk.counted_at - self._policy.window
            for case_id in await work.case_risks.case_ids(risk, since):
                case = await work.cases.seen(Sight.of(actor), case_id)
                if case is not None:
                    identity = await work.cases.identity(case_id)
                    found.append(RiskName(case.number, case.id, identity.name))
            detail = {"cases": len(found)}
            await work.audit.add(now, actor.staff_id, "case.risk_names", risk.id, detail)
            await work.commit()
        return tuple(found)

    async def letter_facts(self, actor: Actor, risk_id: str) -> LetterFacts:
        """What a letter to the employer may say. Refuses with `cases.employer_unknown`."""
        async with self._open_read() as work:
            risk = await self._risk(work, actor, risk_id)
            unit = await work.units.find(risk.respondent_id) if risk.respondent_id else None
        if unit is None:
            raise Refusal("cases.employer_unknown")
        return LetterFacts(unit.name, risk.theme, risk.members, self._policy.days)

    async def _risk(self, work: Work, actor: Actor, risk_id: str) -> Risk:
        actor.must(Permission.CASES_ASSIGN)
        risk = await work.case_risks.seen(Sight.of(actor), risk_id)
        if risk is None:
            raise Refusal("cases.not_found")
        return risk
