"""What happens to cases by the clock: they go up, money is asked about, risks are counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from domain.calendar import OfficeHours
from domain.cases.case import Act, Case
from domain.cases.deadlines import ESCALATED_DAYS, KEPT_ANONYMOUS_DAYS, KEPT_DAYS
from domain.cases.risks import Found, Risk, WarningPolicy, warnings
from domain.cases.settlement import Paid
from domain.cases.states import PASSABLE, State
from domain.clock import BEIJING, Clock, beijing_date
from services.cases import telling
from services.cases.common import CLOCK, CaseWork
from services.cases.member import WIPED_UNTIL
from storage.cases.cases import new_id
from storage.database import Database
from storage.work import Work

_AT_ONCE = 200
REMIND_BEFORE = timedelta(hours=24)
# Nobody is asked about money before people are up.
_ASKED_FROM = time(9)


class CaseClock(CaseWork):
    """Every verb looks for what is due and may be called at any time, by several processes."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        office: OfficeHours,
        policy: WarningPolicy | None = None,
    ) -> None:
        super().__init__(database, clock, office)
        self._policy = policy or WarningPolicy()

    async def escalate_due(self) -> int:
        """Show cases that are overdue to the unit above; how many."""
        now = self._clock.now()
        before = self._working_days_ago(ESCALATED_DAYS, now)
        async with self._open_read() as work:
            due = await work.cases.list_overdue(now, before, _AT_ONCE)
        return sum([await self._escalate(one.id, now, before) for one in due])

    async def release_due(self) -> int:
        """Take cases back from people who may not do case work any more; how many."""
        async with self._open_read() as work:
            able = {account.id for account, _ in await telling.workers(work, self._clock.now())}
            held = [one for one in await work.cases.list_held() if one.assigned_to not in able]
        for one in held:
            await self._release(one.id, able)
        return len(held)

    async def ask_payments_due(self) -> int:
        """Ask members whether the money of today came; how many were asked."""
        now = self._clock.now()
        if now.astimezone(BEIJING).time() < _ASKED_FROM:
            return 0
        async with self._open_read() as work:
            due = await work.case_asides.instalments_due(beijing_date(now))
        for case_id, agreement_id, one in due:
            async with self._open_work() as work:
                case = await work.cases.find(case_id, lock=True)
                if case is None or case.state is not State.FOLLOWING:
                    continue
                asked = replace(one, paid=Paid.ASKED, asked_at=now)
                await work.case_asides.save_instalment(agreement_id, asked)
                details = {"case": case.id, "instalment": one.id}
                await telling.tell_member(work, case, telling.PAID, one.id, now, details)
                await work.commit()
        return len(due)

    async def remind_meetings_due(self) -> int:
        """Remind members of appointments of the next day; how many."""
        now = self._clock.now()
        async with self._open_read() as work:
            due = await work.case_asides.meetings_to_remind(now, now + REMIND_BEFORE)
        for case_id, one in due:
            async with self._open_work() as work:
                case = await work.cases.find(case_id, lock=True)
                if case is None:
                    continue
                told = replace(one, reminded_at=now)
                await work.case_asides.save_meeting(case_id, told)
                assert one.chosen is not None
                details = {"at": one.chosen.isoformat()}
                await telling.tell_member(work, case, telling.MEETING, one.id, now, details)
                await work.commit()
        return len(due)

    async def warn_due(self) -> int:
        """Count the signs of trouble, employer by employer; how many entries are new."""
        now = self._clock.now()
        async with self._open_read() as work:
            signs = await work.case_risks.signs(now - self._policy.window)
        found = warnings(signs, self._policy, now)
        return sum([await self._warn(one, now) for one in found])

    async def purge(self) -> int:
        """Forget what ended long ago, forms that lapsed, messages too old to wipe; how many."""
        now = self._clock.now()
        async with self._open_work() as work:
            ended = await work.cases.ids_ended_before(
                now - timedelta(days=KEPT_DAYS), now - timedelta(days=KEPT_ANONYMOUS_DAYS)
            )
            for case_id in ended:
                await work.cases.forget(case_id)
            if ended:
                detail = {"cases": len(ended)}
                await work.audit.add(now, CLOCK, "case.forgotten", "", detail)
            count = await work.case_forms.purge(now, now - WIPED_UNTIL)
            await work.commit()
        return len(ended) + count

    async def _escalate(self, case_id: str, now: datetime, before: datetime) -> int:
        async with self._open_work() as work:
            case = await work.cases.find(case_id, lock=True)
            if case is None or not case.is_overdue(now):
                return 0
            if case.escalated_at is not None and case.escalated_at >= before:
                # Another process was here first.
                return 0
            above = _above(case.overseer_path or case.unit_path)
            changed = await self.change(
                work, case, Act.ESCALATED, CLOCK, tells=False, escalated_at=now
            )
            path = above or case.unit_path
            await self._show(work, changed, path)
            leads = await telling.leads_near(work, path, case.respondent_path, now)
            await telling.alert(work, leads, f"{case.id}:{now.timestamp():.0f}", now)
            await work.commit()
        return 1

    async def _show(self, work: Work, case: Case, path: str) -> None:
        unit_id = int(path.strip("/").split("/")[-1])
        if unit_id != case.unit_id:
            await work.cases.set_overseer(case.id, unit_id)

    async def _release(self, case_id: str, able: set[str]) -> None:
        async with self._open_work() as work:
            case = await work.cases.find(case_id, lock=True)
            if case is None or case.assigned_to is None or case.assigned_to in able:
                return
            to = State.RECEIVED if case.state in PASSABLE - {State.RECEIVED} else None
            changed = await self.change(
                work, case, Act.RETURNED, CLOCK, to=to, tells=False, assigned_to=None
            )
            now = changed.changed_at
            leads = await telling.leads_near(work, case.unit_path, case.respondent_path, now)
            await telling.alert(work, leads, f"{case.id}:{now}", now)
            await work.commit()

    async def _warn(self, found: Found, now: datetime) -> int:
        async with self._open_work() as work:
            known = await work.case_risks.find_same(found.employer_print, found.theme)
            if known is not None:
                if known.members == found.members and beijing_date(
                    known.counted_at
                ) == beijing_date(now):
                    return 0
                await work.case_risks.count(known.id, found.members, now)
                await work.commit()
                return 0
            unit_id, respondent_id = await work.case_risks.places(found.employer_print)
            unit = await work.units.find(unit_id)
            respondent = await work.units.find(respondent_id) if respondent_id else None
            assert unit is not None
            risk = Risk(
                id=new_id(),
                employer_print=found.employer_print,
                theme=found.theme,
                unit_path=unit.path,
                respondent_id=respondent_id,
                respondent_path=respondent.path if respondent else None,
                members=found.members,
                opened_at=now,
                counted_at=now,
            )
            await work.case_risks.add(risk, unit_id)
            detail = {"members": found.members, "theme": found.theme.value}
            await work.audit.add(now, CLOCK, "case.risk", risk.id, detail)
            leads = await telling.leads_near(work, unit.path, risk.respondent_path, now)
            await telling.alert(work, leads, risk.id, now)
            await work.commit()
        return 1

    def _working_days_ago(self, days: int, now: datetime) -> datetime:
        """The moment from which so many working days have passed until now."""
        at, left = now, days
        while left:
            if self._office.calendar.is_working_day(beijing_date(at)):
                left -= 1
            at -= timedelta(days=1)
        return at


def _above(path: str) -> str | None:
    ids = path.strip("/").split("/")
    return "/" + "/".join(ids[:-1]) + "/" if len(ids) > 1 else None
