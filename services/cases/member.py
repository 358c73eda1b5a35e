"""A member's own cases: how they stand, who looked, answering, withdrawing, wiping the chat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from domain.cases.aside import Answer, Disclosure
from domain.cases.case import Act, Case
from domain.cases.meeting import Appointment, Meeting, must_be
from domain.cases.settlement import Paid
from domain.cases.states import ENDED, State
from domain.clock import beijing_date
from domain.consents import VERSIONS, Consent, Purpose
from domain.consents import Answer as Consented
from domain.forms import Draft, Form
from domain.refusal import Refusal
from services.cases.codes import CaseCodes
from services.cases.common import MEMBER
from services.cases.meeting import appointment
from services.cases.settling import note_payment
from services.cases.views import MyCase
from storage.cases.kept import CASE_REGISTER
from storage.cases.marks import open_mark, seal_mark
from storage.keeping import Subject
from storage.work import Work

# Telegram lets a bot delete messages that are younger (Bot API, deleteMessages).
WIPED_UNTIL = timedelta(hours=48)
_STARS = 3
_DRAFTS, _MARK = "drafts", "mark"
_CASE_FORMS = frozenset({Form.CASE, Form.CASE_NUMBER, Form.EVIDENCE})


class CaseService(CaseCodes):
    """What members do with their own cases. Somebody else's is refused as `cases.not_found`."""

    async def list_mine(self, member_id: int) -> tuple[Case, ...]:
        """The member's cases, the newest first."""
        async with self._open_read() as work:
            return tuple(await work.cases.list_of_member(member_id))

    async def get_mine(self, member_id: int, case_id: str) -> MyCase:
        """How a case stands, who looked into it, and what waits for the member's answer."""
        async with self._open_read() as work:
            case = await work.cases.find_of_member(member_id, case_id)
            if case is None:
                raise Refusal("cases.not_found")
            return await self._view(work, case)

    async def withdraw(self, member_id: int, case_id: str) -> Case:
        """The member does not want it any more. Twice changes nothing."""
        async with self._open_work() as work:
            case = await self._of_member(work, member_id, case_id)
            if case.state in ENDED:
                return case
            changed = await self.change(
                work, case, Act.WITHDRAWN, MEMBER, to=State.WITHDRAWN, tells=False
            )
            await work.commit()
        return changed

    async def withdraw_consent(self, member_id: int) -> int:
        """Take back the consent to case work: what is open stops, and what was told is erased,
        down to figures that lead to nobody; how many cases were stopped.

        What was done before by the consent stays done (PIPL, articles 15 and 47).
        """
        now = self._clock.now()
        async with self._open_work() as work:
            told = Consent(Purpose.CASE, VERSIONS[Purpose.CASE], Consented.WITHDRAWN, now)
            last = (await work.consents.of(member_id)).last(Purpose.CASE)
            if last is None or last.answer is not Consented.WITHDRAWN:
                await work.consents.add(member_id, told)
            stopped = 0
            for case in await work.cases.list_of_member(member_id):
                held = await self._of_member(work, member_id, case.id)
                if held.is_open:
                    await self.change(
                        work, held, Act.WITHDRAWN, MEMBER, to=State.WITHDRAWN, tells=False
                    )
                    stopped += 1
            draft = (await work.drafts.find_all([member_id], now)).get(member_id)
            if draft is not None and draft.form in _CASE_FORMS:
                await work.drafts.remove(member_id)
            await work.keeping.erase(Subject(member_id), CASE_REGISTER)
            await work.commit()
        return stopped

    async def choose_slot(
        self, member_id: int, case_id: str, appointment_id: str, number: int
    ) -> Appointment:
        """Take one of the times; the caseworker then asks the other side.

        Refuses with `cases.meeting_gone`. The same choice twice changes nothing.
        """
        async with self._open_work() as work:
            case = await self._of_member(work, member_id, case_id)
            found = await appointment(work, case.id, appointment_id)
            must_be(found.state, {Meeting.OFFERED, Meeting.CHOSEN})
            if not 0 <= number < len(found.slots) or found.slots[number] <= self._clock.now():
                raise Refusal("cases.meeting_gone")
            if found.chosen == found.slots[number]:
                return found
            chosen = replace(found, state=Meeting.CHOSEN, chosen=found.slots[number])
            await work.case_asides.save_meeting(case.id, chosen)
            await self.change(work, case, Act.MET_CHOSEN, MEMBER, tells=False)
            await work.commit()
        return chosen

    async def decline_slots(self, member_id: int, case_id: str, appointment_id: str) -> None:
        """None of the times is possible, or not the one that was chosen any more: the caseworker
        offers others."""
        async with self._open_work() as work:
            case = await self._of_member(work, member_id, case_id)
            found = await appointment(work, case.id, appointment_id)
            if found.state is Meeting.CANCELLED:
                return
            must_be(found.state, {Meeting.OFFERED, Meeting.CHOSEN, Meeting.CONFIRMED})
            gone = replace(found, state=Meeting.CANCELLED)
            await work.case_asides.save_meeting(case.id, gone)
            act = Act.MET_NONE if found.state is Meeting.OFFERED else Act.MET_CANNOT
            await self.change(work, case, act, MEMBER, tells=False)
            await work.commit()

    async def answer_payment(
        self,
        member_id: int,
        case_id: str,
        instalment_id: str,
        paid: Paid,
        received: int | None = None,
    ) -> Case:
        """Whether the money came. What did not come in full is taken up again at once.

        Refuses with `cases.payment_gone`, `cases.amount_wrong`.
        """
        async with self._open_work() as work:
            case = await self._of_member(work, member_id, case_id)
            changed = await note_payment(self, work, case, MEMBER, instalment_id, paid, received)
            await work.commit()
        return changed

    async def answer_disclosure(
        self, member_id: int, case_id: str, disclosure_id: str, answer: Answer
    ) -> Disclosure:
        """Yes or no to exactly those words; a yes may be taken back until it was told.

        Refuses with `cases.disclosure_gone`.
        """
        async with self._open_work() as work:
            case = await self._of_member(work, member_id, case_id)
            found = [
                one
                for one in await work.case_asides.disclosures(case.id)
                if one.id == disclosure_id
            ]
            if not found or found[0].done_at is not None or answer is Answer.OPEN:
                raise Refusal("cases.disclosure_gone")
            if found[0].answer is answer:
                return found[0]
            told = replace(found[0], answer=answer, answered_at=self._clock.now())
            await work.case_asides.save_disclosure(case.id, told)
            await self.change(work, case, Act.DISCLOSED, MEMBER, tells=False)
            await work.commit()
        return told

    async def rate(self, member_id: int, case_id: str, stars: int) -> None:
        """How it was, once it is over: 1 to 3. Refuses with `cases.not_now`."""
        if not 1 <= stars <= _STARS:
            raise Refusal("common.button_gone")
        async with self._open_work() as work:
            case = await self._of_member(work, member_id, case_id)
            if case.state not in ENDED:
                raise Refusal("cases.not_now")
            if case.stars != stars:
                await self.change(work, case, Act.RATED, MEMBER, tells=False, stars=stars)
                await work.commit()

    async def begin_part(self, member_id: int, case_id: str, instalment_id: str) -> None:
        """Wait for the sum of which the member says that it came. Refuses like the answer."""
        async with self._open_work() as work:
            case = await self._of_member(work, member_id, case_id)
            told = {"case": case.id, "instalment": instalment_id}
            mark = seal_mark(work.vault, _DRAFTS, str(member_id), told)
            await self._type(work, Draft(member_id, Form.CASE_NUMBER, "part", {_MARK: mark}))
            await work.commit()

    async def answer_part(self, draft: Draft, amount: int) -> Case:
        """The sum that was waited for. Refuses like the answer."""
        async with self._open_work() as work:
            key = str(draft.member_id)
            told = open_mark(work.vault, _DRAFTS, key, draft.answers[_MARK])
            case = await self._of_member(work, draft.member_id, told["case"])
            changed = await note_payment(
                self, work, case, MEMBER, told["instalment"], Paid.PART, amount
            )
            await work.drafts.remove(draft.member_id)
            await work.commit()
        return changed

    # Wiping the chat.

    async def note_message(self, member_id: int, message_id: int) -> None:
        """Remember a message that shows or tells something of a case, to wipe it if asked."""
        async with self._open_work() as work:
            await work.case_forms.note_message(member_id, message_id, self._clock.now())
            await work.commit()

    async def messages(self, member_id: int) -> Sequence[int]:
        """The messages that can still be wiped: our notices, pages and what was typed for them."""
        async with self._open_read() as work:
            since = self._clock.now() - WIPED_UNTIL
            return await work.case_forms.messages(member_id, since)

    async def forget_messages(self, member_id: int) -> None:
        """They were wiped."""
        async with self._open_work() as work:
            await work.case_forms.remove_messages(member_id)
            await work.commit()

    async def _view(self, work: Work, case: Case) -> MyCase:
        unit = await work.units.find(case.unit_id)
        assert unit is not None
        meetings = await work.case_asides.meetings(case.id)
        live = [one for one in meetings if one.is_live]
        made = [
            one for one in await work.case_asides.agreements(case.id) if one.cancelled_at is None
        ]
        agreement = made[0] if made else None
        asked = [
            one for one in (agreement.instalments if agreement else ()) if one.paid is Paid.ASKED
        ]
        disclosures = [
            one
            for one in await work.case_asides.disclosures(case.id)
            if one.done_at is None and one.answer in (Answer.OPEN, Answer.YES)
        ]
        referrals = await work.law_firms.referrals(case.id)
        firm = await work.law_firms.find(referrals[0].firm_id) if referrals else None
        today = beijing_date(self._clock.now())
        steps = await work.cases.steps(case.id)
        answers = [
            one.note
            for one in steps
            if one.after is State.ANSWERED and one.before is not State.ANSWERED
        ]
        return MyCase(
            case=case,
            unit_name=unit.name,
            is_handled=case.assigned_to is not None,
            steps=tuple(steps),
            openings=tuple(await work.cases.openings(case.id)),
            appointment=live[0] if live else None,
            agreement=agreement,
            disclosure=disclosures[0] if disclosures else None,
            asked=asked[0] if asked else None,
            firm=firm if firm and firm.is_under_contract(today) else None,
            answer=answers[-1] if answers else "",
        )
