"""What happens to cases by the clock: they go up, money is asked about, risks are counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from domain.calendar import OfficeHours
from domain.cases.case import Act, Case
from domain.cases.deadlines import ESCALATED_DAYS, KEPT_ANONYMOUS_DAYS, KEPT_DAYS
from domain.cases.meeting import Meeting
from domain.cases.risks import Found, Risk, WarningPolicy, warnings
from domain.cases.settlement import Paid
from domain.cases.states import State
from domain.cases.wall import Sight
from domain.clock import BEIJING, Clock, beijing_date
from services.cases import telling
from services.cases.common import CLOCK, CaseWork
from services.cases.meeting import appointment
from services.cases.member import WIPED_UNTIL
from services.cases.settling import instalment
from storage.cases.cases import new_id
from storage.database import Database
from storage.work import Work

_AT_ONCE = 200
REMIND_BEFORE = timedelta(hours=24)
# Nobody is asked about money before people are up, or late in the evening.
_ASKED_FROM, _ASKED_UNTIL = time(9), time(21)


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
        """Take cases back from people for whom they are not there any more; how many."""
        async with self._open_read() as work:
            workers = await telling.workers(work, self._clock.now())
            sights = {account.id: Sight.of(actor) for account, actor in workers}
            lost = [
                one
                for one in await work.cases.list_held()
                if (sight := sights.get(one.assigned_to or "")) is None or not sight.sees(one)
            ]
        for one in lost:
            await self._release(one.id)
        return len(lost)

    async def ask_payments_due(self) -> int:
        """Ask members whether the money of today came, at an hour of the day; how many."""
        now = self._clock.now()
        if not _ASKED_FROM <= now.astimezone(BEIJING).time() < _ASKED_UNTIL:
            return 0
        async with self._open_read() as work:
            due = await work.case_asides.instalments_due(beijing_date(now))
        return sum([await self._ask_payment(case_id, one.id, now) for case_id, _, one in due])

    async def remind_meetings_due(self) -> int:
        """Remind members of appointments of the next day; how many."""
        now = self._clock.now()
        async with self._open_read() as work:
            due = await work.case_asides.meetings_to_remind(now, now + REMIND_BEFORE)
        return sum([await self._remind(case_id, one.id, now) for case_id, one in due])

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

    async def _ask_payment(self, case_id: str, instalment_id: str, now: datetime) -> int:
        async with self._open_work() as work:
            case = await work.cases.find(case_id, lock=True)
            if case is None or case.state is not State.FOLLOWING:
                return 0
            # Read again under the lock: somebody may have noted the payment in this moment.
            agreement, one = await instalment(work, case, instalment_id)
            if one.paid is not Paid.WAITING:
                return 0
            asked = replace(one, paid=Paid.ASKED, asked_at=now)
            await work.case_asides.save_instalment(agreement.id, asked)
            named = {"case": case.id, "instalment": one.id}
            await telling.tell_member(work, case, telling.PAID, one.id, now, sealed=named)
            await work.commit()
        return 1

    async def _remind(self, case_id: str, meeting_id: str, now: datetime) -> int:
        async with self._open_work() as work:
            case = await work.cases.find(case_id, lock=True)
            if case is None:
                return 0
            # As above: it may have been cancelled in this moment.
            one = await appointment(work, case_id, meeting_id)
            if one.state is not Meeting.CONFIRMED or one.chosen is None or one.reminded_at:
                return 0
            told = replace(one, reminded_at=now)
            await work.case_asides.save_meeting(case_id, told)
            details = {"at": one.chosen.isoformat()}
            await telling.tell_member(work, case, telling.MEETING, one.id, now, details)
            await work.commit()
        return 1

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
            await self.alert_leads(work, changed, path)
            await work.commit()
        return 1

    async def _show(self, work: Work, case: Case, path: str) -> None:
        unit_id = int(path.strip("/").split("/")[-1])
        if unit_id != case.unit_id:
            await work.cases.set_overseer(case.id, unit_id)

    async def _release(self, case_id: str) -> None:
        async with self._open_work() as work:
            case = await work.cases.find(case_id, lock=True)
            if case is not None and case.is_open:
                await self.release(work, case)
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
            await telling.alert(work, leads, risk.id, now, self._office)
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
