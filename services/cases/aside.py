"""Telling somebody outside, only with the member's yes; law firms and referrals."""

from __future__ import annotations

from dataclasses import replace

from domain.cases.aside import Answer, Disclosure, Firm, Referral, check_disclosure, check_firm
from domain.cases.case import Act
from domain.cases.states import ENDED
from domain.clock import beijing_date
from domain.privacy import for_keeping
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from services.cases.common import CaseWork, checked_reason
from storage.cases.cases import new_id


class DisclosureDesk(CaseWork):
    """Contact with the employer or anybody else outside the house."""

    async def ask(self, actor: Actor, case_id: str, to: str, what: str) -> Disclosure:
        """Ask the member whether exactly these words may be told to them.

        Refuses with `cases.disclosure_empty`, `cases.disclosure_long`, `cases.not_now`.
        """
        to, what = " ".join(to.split()), for_keeping(what).strip()
        check_disclosure(to, what)
        async with self._open_work() as work:
            case = await self._own(work, actor, case_id)
            if case.state in ENDED or case.is_anonymous:
                raise Refusal("cases.not_now")
            now = self._clock.now()
            made = Disclosure(new_id(), to, what, Answer.OPEN, actor.staff_id, now)
            await work.case_asides.save_disclosure(case.id, made)
            await self.change(work, case, Act.DISCLOSED, actor.staff_id)
            await work.commit()
        return made

    async def carried_out(self, actor: Actor, case_id: str, disclosure_id: str) -> Disclosure:
        """It was told as agreed. Refuses with `cases.no_consent` before the member said yes."""
        async with self._open_work() as work:
            case = await self._own(work, actor, case_id)
            found = [
                one
                for one in await work.case_asides.disclosures(case.id)
                if one.id == disclosure_id
            ]
            # At the end of the case a yes is taken back: only what stands now counts.
            if not found or found[0].answer is not Answer.YES:
                raise Refusal("cases.no_consent")
            if found[0].done_at is not None:
                return found[0]
            done = replace(found[0], done_at=self._clock.now())
            await work.case_asides.save_disclosure(case.id, done)
            await self.change(work, case, Act.DISCLOSED, actor.staff_id)
            await work.commit()
        return done


class FirmDesk(CaseWork):
    """The roster of law firms, and giving a case to one."""

    async def list_firms(self, actor: Actor) -> tuple[Firm, ...]:
        actor.must(Permission.CASES_READ)
        async with self._open_read() as work:
            return tuple(await work.law_firms.list_all())

    async def save(self, actor: Actor, firm: Firm) -> Firm:
        """Keep a firm; one without an id is new.

        Refuses with `cases.firm_name`, `cases.contract_order`, `cases.contract_long`.
        """
        actor.must(Permission.CASES_ASSIGN)
        check_firm(firm)
        kept = replace(firm, id=firm.id or new_id(), name=firm.name.strip())
        async with self._open_work() as work:
            now = self._clock.now()
            await work.law_firms.save(kept, actor.staff_id, now)
            detail = {"until": kept.contract_until.isoformat()}
            await work.audit.add(now, actor.staff_id, "case.firm", kept.id, detail)
            await work.commit()
        return kept

    async def refer(self, actor: Actor, case_id: str, firm_id: str, note: str) -> Referral:
        """Give the case to a firm whose contract is in force. Refuses with `cases.firm_gone`."""
        why = checked_reason(note)
        async with self._open_work() as work:
            case = await self._own(work, actor, case_id)
            now = self._clock.now()
            firm = await work.law_firms.find(firm_id)
            if firm is None or not firm.is_under_contract(beijing_date(now)):
                raise Refusal("cases.firm_gone")
            made = Referral(new_id(), firm.id, firm.name, now, actor.staff_id, why)
            await work.law_firms.refer(case.id, made)
            await self.change(work, case, Act.REFERRED, actor.staff_id)
            await work.commit()
        return made
