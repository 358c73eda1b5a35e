"""Agreements and whether they are kept: written down, asked about, taken up again."""

from __future__ import annotations

from dataclasses import replace

from domain.cases.case import Act, Case
from domain.cases.settlement import Agreement, Instalment, Paid, Plan, check_plan
from domain.cases.states import State
from domain.clock import beijing_date
from domain.privacy import for_keeping
from domain.refusal import Refusal
from domain.staff import Actor
from services.cases.common import MEMBER, CaseWork
from storage.cases.cases import new_id
from storage.work import Work


class SettlementDesk(CaseWork):
    """What staff write down of agreements and payments."""

    async def agree(self, actor: Actor, case_id: str, plan: Plan) -> Agreement:
        """Both sides agreed. The case goes on to looking after the payments, if there are any.

        An agreement that is made anew replaces the one before. Refuses with the codes of
        `check_plan` and with `cases.not_now` outside of mediation.
        """
        now = self._clock.now()
        check_plan(plan, beijing_date(now))
        async with self._open_work() as work:
            case = await self._own(work, actor, case_id)
            if case.state is not State.MEDIATING:
                raise Refusal("cases.not_now")
            await self._cancel_earlier(work, case)
            unit = await work.units.find(case.unit_id)
            assert unit is not None
            made = Agreement(
                id=new_id(),
                agreed_on=plan.agreed_on,
                level=unit.level,
                claimed=plan.claimed,
                settled=plan.settled,
                other=for_keeping(plan.other).strip(),
                instalments=tuple(
                    Instalment(new_id(), number, amount, day)
                    for number, (amount, day) in enumerate(plan.instalments, 1)
                ),
                made_by=actor.staff_id,
            )
            await work.case_asides.save_agreement(case.id, made)
            changed = await self.change(work, case, Act.SETTLED, actor.staff_id, to=State.SETTLED)
            if made.instalments:
                await self.change(
                    work, changed, Act.MOVED, actor.staff_id, to=State.FOLLOWING, tells=False
                )
            await work.commit()
        return made

    async def note_payment(
        self,
        actor: Actor,
        case_id: str,
        instalment_id: str,
        paid: Paid,
        received: int | None = None,
    ) -> Case:
        """What staff know of a payment. Refuses like the member's own answer."""
        async with self._open_work() as work:
            case = await self._own(work, actor, case_id)
            changed = await note_payment(
                self, work, case, actor.staff_id, instalment_id, paid, received
            )
            await work.commit()
        return changed

    async def _cancel_earlier(self, work: Work, case: Case) -> None:
        for one in await work.case_asides.agreements(case.id):
            if one.cancelled_at is None:
                gone = replace(one, cancelled_at=self._clock.now())
                await work.case_asides.save_agreement(case.id, gone)


async def note_payment(
    desk: CaseWork,
    work: Work,
    case: Case,
    by: str,
    instalment_id: str,
    paid: Paid,
    received: int | None,
) -> Case:
    """Keep an answer about one instalment; what was not paid in full opens the case again.

    Refuses with `cases.payment_gone`, `cases.amount_wrong`. The same answer twice changes nothing.
    """
    agreement, found = await instalment(work, case, instalment_id)
    if paid not in (Paid.YES, Paid.PART, Paid.NO):
        raise Refusal("cases.payment_gone")
    amount = {Paid.YES: found.amount, Paid.NO: 0}.get(paid, received)
    if amount is None or (paid is Paid.PART and not 0 < amount < found.amount):
        raise Refusal("cases.amount_wrong")
    if found.paid is paid and found.received == amount:
        return case
    # Already taken up again: what arrives now is noted, and the stage stays.
    if case.state not in (State.FOLLOWING, State.MEDIATING):
        raise Refusal("cases.payment_gone")
    now = desk.now()
    told = replace(found, paid=paid, received=amount, answered_at=now)
    await work.case_asides.save_instalment(agreement.id, told)
    if paid is Paid.YES:
        return await _received(desk, work, case, by, agreement.id)
    is_told = by != MEMBER
    return await desk.change(work, case, Act.UNPAID, by, to=State.MEDIATING, tells=is_told)


async def _received(desk: CaseWork, work: Work, case: Case, by: str, agreement_id: str) -> Case:
    """One more instalment came. With the last one the case is ready to be closed, also if it had
    been taken up again meanwhile."""
    made = {one.id: one for one in await work.case_asides.agreements(case.id)}[agreement_id]
    if not made.is_performed:
        return await desk.change(work, case, Act.PAID, by, tells=False)
    if case.state is State.MEDIATING:
        case = await desk.change(work, case, Act.PAID, by, to=State.SETTLED, tells=False)
        return await desk.change(
            work, case, Act.MOVED, by, to=State.FOLLOWING, tells=False, due_at=desk.close_by()
        )
    return await desk.change(work, case, Act.PAID, by, tells=False, due_at=desk.close_by())


async def instalment(work: Work, case: Case, instalment_id: str) -> tuple[Agreement, Instalment]:
    """Refuses with `cases.payment_gone` one of an agreement that does not count any more."""
    for agreement in await work.case_asides.agreements(case.id):
        if agreement.cancelled_at is not None:
            continue
        for one in agreement.instalments:
            if one.id == instalment_id:
                return agreement, one
    raise Refusal("cases.payment_gone")
