"""The form of a case: begun, answered in any order of days, handed in; identity told later."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from domain.calendar import OfficeHours
from domain.cases import intake as form
from domain.cases.case import MOST_OPEN, Act, Case, Identity, Step, Wish
from domain.cases.deadlines import due_at
from domain.cases.intake import Ask, Asked
from domain.cases.kinds import Kind, kind_of
from domain.cases.states import State
from domain.clock import Clock
from domain.consents import Purpose
from domain.forms import Draft, Form
from domain.reading.words import Words
from domain.refusal import Refusal
from domain.units import Level
from services.cases import filling
from services.cases.common import MEMBER, CaseWork
from storage.cases.cases import new_id
from storage.database import Database
from storage.marking import handled
from storage.work import Work

_DAY = timedelta(days=1)
_DONE = "done"
# Which update the last answer came with.
_CAME_WITH = "came_with"


class CaseIntake(CaseWork):
    """One form for each member, kept sealed for two weeks. Any process continues it.

    An update that comes again, because the program died before it was marked as done, gets the
    step where the form stands: its answer is not taken for that of the next step.
    """

    def __init__(
        self, database: Database, clock: Clock, office: OfficeHours, words: Words
    ) -> None:
        super().__init__(database, clock, office)
        self._words = words

    async def begin(
        self,
        member_id: int,
        *,
        entry_id: str = "",
        question_id: str = "",
        sheet: Mapping[str, str] | None = None,
        claimed: int | None = None,
    ) -> Asked:
        """Open a new form with all that is known: the page, the question, the sheet, the profile.

        Refuses with `cases.consent_needed`, `cases.too_many`.
        """
        async with self._open_work() as work:
            if not (await work.consents.of(member_id)).holds(Purpose.CASE):
                raise Refusal("cases.consent_needed")
            await self._check_room(work, member_id)
            given = await filling.known(work, member_id)
            if kind := kind_of(entry_id):
                given |= {Ask.KIND: kind, form.ENTRY: entry_id}
            if question_id:
                asked = await work.questions.find_asked([question_id])
                if question_id in asked:
                    given[form.QUESTION] = asked[question_id].text
            if sheet:
                given[form.SHEET] = json.dumps(dict(sheet), ensure_ascii=False)
            if claimed:
                given[Ask.AMOUNT] = str(claimed)
            # What was sent for a form that lapsed is not for this one.
            await work.evidence.drop_pending(member_id)
            now = await self._keep(work, member_id, given)
            await work.commit()
        return now

    async def begin_identity(self, member_id: int, case_id: str) -> Asked:
        """Open the form by which somebody who asked without a name tells it.

        Refuses with `cases.not_now` a case that knows it already, and with `cases.form_open`
        while the form of another case is not finished: it would be lost.
        """
        async with self._open_work() as work:
            case = await self._of_member(work, member_id, case_id)
            open_ = await work.case_forms.intake(member_id, self._clock.now()) or {}
            if open_ and _DONE not in open_ and open_.get(form.REVEALS) != case_id:
                raise Refusal("cases.form_open")
            if not case.is_anonymous or not case.is_open:
                raise Refusal("cases.not_now")
            known = await filling.known(work, member_id)
            given = {form.REVEALS: case_id}
            given |= {name: known[name] for name in (Ask.NAME, Ask.PHONE) if name in known}
            now = await self._keep(work, member_id, given)
            await work.commit()
        return now

    async def find_open(self, member_id: int) -> Asked | None:
        """The form in progress, also if another one was opened since."""
        async with self._open_read() as work:
            found = await work.case_forms.intake(member_id, self._clock.now())
            if found is None or _DONE in found:
                return None
            return await filling.stand(work, found)

    async def resume(self, member_id: int) -> Asked:
        """Make it the member's open form again. Refuses with `cases.step_gone`."""
        return await self._take(member_id, lambda _, given: given)

    def read_amount(self, text: str) -> int:
        """A typed sum in fen. Refuses with `cases.amount_unclear`."""
        return int(form.typed(Ask.AMOUNT, text, self._words))

    def reopens_at(self) -> datetime | None:
        """When somebody is in the office again; None while somebody is there."""
        now = self._clock.now()
        return None if self._office.is_open(now) else self._office.next_opening(now)

    async def tell(self, member_id: int, text: str) -> Asked:
        """Take a typed answer. Refuses what is none; the step then stays open."""
        async with self._open_work() as work:
            given = await self._open(work, member_id)
            now = await filling.stand(work, given)
            if _is_kept(given):
                return now
            value = form.typed(now.step, text, self._words)
            more: dict[str, str] = {}
            if now.step is Ask.EMPLOYER:
                more = await filling.meant(work, value)
            after = form.with_answer(given, now.step, value, **more)
            asked = await self._keep(work, member_id, after)
            await work.commit()
        return asked

    async def pick(self, member_id: int, step: str, choice: str) -> Asked:
        """Take the answer behind a button. Refuses with `cases.step_gone` an old button."""
        async with self._open_work() as work:
            given = await self._open(work, member_id)
            now = await filling.stand(work, given)
            if _is_kept(given):
                return now
            value = form.picked(_step(step), choice, now)
            more: dict[str, str] = {}
            if now.step in (Ask.WHICH, Ask.TOWN) and value != form.SKIPPED:
                unit = await work.units.find(int(value))
                if unit is None:
                    raise Refusal("cases.step_gone")
                if now.step is Ask.WHICH:
                    more = filling.of_unit(unit)
            after = form.with_answer(given, now.step, value, **more)
            asked = await self._keep(work, member_id, after)
            await work.commit()
        return asked

    async def skip(self, member_id: int, step: str) -> Asked:
        """Pass over a step that need not be answered. Refuses with `cases.step_gone`."""
        wanted = _step(step)

        def take(now: Asked, given: dict[str, str]) -> dict[str, str]:
            if now.step is not wanted or not now.is_optional:
                raise Refusal("cases.step_gone")
            return form.with_answer(given, wanted, form.SKIPPED)

        return await self._take(member_id, take)

    async def step_back(self, member_id: int, step: str) -> Asked:
        """Ask the step before this one again. Refuses with `cases.step_gone`."""
        wanted = _step(step)

        def take(now: Asked, given: dict[str, str]) -> dict[str, str]:
            if now.step is not wanted:
                raise Refusal("cases.step_gone")
            return form.back(given)

        return await self._take(member_id, take)

    async def edit(self, member_id: int, step: str) -> Asked:
        """Ask one step again from the page that shows all. Refuses with `cases.step_gone`."""
        wanted = _step(step)

        def take(now: Asked, given: dict[str, str]) -> dict[str, str]:
            if now.step is not Ask.CHECK or wanted not in form.EDITABLE:
                raise Refusal("cases.step_gone")
            return form.without(given, wanted)

        return await self._take(member_id, take)

    async def submit(self, member_id: int) -> Case:
        """Hand the form in: a new case, or the identity of one that is there.

        Pressing twice hands in once. Refuses with `cases.step_gone`, `cases.too_many`.
        """
        async with self._open_work() as work:
            given = await self._open(work, member_id, done=True)
            if _DONE in given:
                return await self._of_member(work, member_id, given[_DONE])
            now = await filling.stand(work, given)
            if now.step is not Ask.CHECK:
                raise Refusal("cases.step_gone")
            if form.REVEALS in given:
                case = await self._identify(work, member_id, given[form.REVEALS], given)
            else:
                case = await self._file(work, member_id, given)
            await work.evidence.attach(member_id, case.id, self._clock.now())
            # If the answer does not reach the member, the same press finds the case.
            until = self._clock.now() + form.LIFETIME
            await work.case_forms.save_intake(member_id, {_DONE: case.id}, until)
            await work.commit()
        return case

    async def close(self, member_id: int) -> None:
        """Forget the form: it was handed in, or is not wanted."""
        async with self._open_work() as work:
            draft = (await work.drafts.find_all([member_id], self._clock.now())).get(member_id)
            if draft is not None and draft.form is Form.CASE:
                await work.drafts.remove(member_id)
            found = await work.case_forms.intake(member_id, self._clock.now())
            if found is not None and _DONE not in found:
                await work.evidence.drop_pending(member_id)
            await work.case_forms.remove_intake(member_id)
            await work.commit()

    async def _check_room(self, work: Work, member_id: int) -> None:
        """Three open cases, and three new ones a day: beyond that a human helps better."""
        since = self._clock.now() - _DAY
        mine = await work.cases.list_of_member(member_id)
        is_full = sum(one.is_open for one in mine) >= MOST_OPEN
        if is_full or sum(one.opened_at > since for one in mine) >= MOST_OPEN:
            raise Refusal("cases.too_many", most=MOST_OPEN)

    async def _take(
        self, member_id: int, take: Callable[[Asked, dict[str, str]], dict[str, str]]
    ) -> Asked:
        async with self._open_work() as work:
            given = await self._open(work, member_id)
            now = await filling.stand(work, given)
            if _is_kept(given):
                return now
            after = take(now, given)
            asked = await self._keep(work, member_id, after)
            await work.commit()
        return asked

    async def _open(self, work: Work, member_id: int, *, done: bool = False) -> dict[str, str]:
        found = await work.case_forms.intake(member_id, self._clock.now())
        if found is None or (_DONE in found and not done):
            raise Refusal("cases.step_gone")
        return found

    async def _keep(self, work: Work, member_id: int, given: Mapping[str, str]) -> Asked:
        asked = await filling.stand(work, given)
        until = self._clock.now() + form.LIFETIME
        came_with = {_CAME_WITH: str(handled() or "")}
        await work.case_forms.save_intake(member_id, {**given, **came_with}, until)
        draft = Draft(member_id, Form.CASE, asked.step.value)
        await work.drafts.save(replace(draft, expires_at=until))
        return asked

    async def _identify(
        self, work: Work, member_id: int, case_id: str, given: Mapping[str, str]
    ) -> Case:
        case = await self._of_member(work, member_id, case_id)
        if not case.is_anonymous:
            raise Refusal("cases.not_now")
        await work.cases.set_identity(case_id, filling.identity_of(member_id, given))
        return await self.change(
            work,
            case,
            Act.IDENTIFIED,
            MEMBER,
            tells=False,
            is_anonymous=False,
            wish=Wish.MEDIATE,
        )

    async def _file(self, work: Work, member_id: int, given: Mapping[str, str]) -> Case:
        await self._check_room(work, member_id)
        now = self._clock.now()
        respondent = await work.units.find(int(given[form.UNIT])) if form.UNIT in given else None
        is_anonymous = given.get(Ask.WHO) == form.ANONYMOUS
        level = Level(given.get(Ask.LEVEL, Level.DISTRICT))
        unit = await filling.receiver(work, level, respondent, given.get(Ask.TOWN, ""))
        case = Case(
            id=new_id(),
            number=await filling.new_number(work),
            state=State.RECEIVED,
            wish=Wish.CONSULT if is_anonymous else Wish.MEDIATE,
            kind=Kind(given[Ask.KIND]),
            level=level,
            unit_id=unit.id,
            unit_path=unit.path,
            opened_at=now,
            changed_at=now,
            is_anonymous=is_anonymous,
            respondent_id=respondent.id if respondent else None,
            respondent_path=respondent.path if respondent else None,
            employer_print=work.cases.employer_print(
                respondent.name if respondent else given[Ask.EMPLOYER]
            ),
            due_at=due_at(State.RECEIVED, now, self._office),
        )
        identity = Identity() if is_anonymous else filling.identity_of(member_id, given)
        await work.cases.add(case, member_id, identity, filling.facts_of(given))
        step = Step(now, Act.FILED, MEMBER, State.RECEIVED, State.RECEIVED)
        await work.cases.add_step(case.id, step)
        detail = {"level": level.value}
        await work.audit.add(now, MEMBER, f"case.{Act.FILED}", case.id, detail)
        await self.alert_leads(work, case)
        return case


def _is_kept(given: Mapping[str, str]) -> bool:
    """Whether the last answer came with the very update that is being handled."""
    return handled() is not None and given.get(_CAME_WITH) == str(handled())


def _step(name: str) -> Ask:
    try:
        return Ask(name)
    except ValueError:
        raise Refusal("cases.step_gone") from None
