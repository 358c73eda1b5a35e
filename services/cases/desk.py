"""Cases as staff work on them: lists through the wall, opening, passing on, assigning, stages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.cases.case import ANSWER_LIMIT, REASON_LIMIT, Act, Case, Note, Opening
from domain.cases.deadlines import due_at
from domain.cases.numbers import read_number
from domain.cases.states import BY_HAND, ENDED, MOVES, PASSABLE, State
from domain.cases.wall import Sight
from domain.privacy import for_keeping
from domain.refusal import Refusal
from domain.staff import Actor, Permission, Role, Staff
from domain.units import Level, Unit, is_within
from services.cases import telling
from services.cases.common import checked_reason
from services.cases.queues import CaseQueues, unit_name
from services.cases.views import CaseFile
from storage.work import Work

# Looking through the pages of one file is one visit.
VISIT = timedelta(minutes=10)
# A reason that was given holds for a working day.
REASON_HOLDS = timedelta(hours=8)
NOTE_LIMIT = 2000
MOST_HEADS = 10_000


class CaseDesk(CaseQueues):
    """What staff do. A case that is not there for somebody is refused as `cases.not_found`."""

    async def open(self, actor: Actor, case_id: str, reason: str = "") -> CaseFile:
        """The whole file. That it was opened is noted, and the member sees it.

        Whoever is not assigned says why: refuses with `cases.reason_needed` otherwise. A reason
        holds for eight hours, and looking again within ten minutes is the same visit.
        """
        async with self._open_work() as work:
            case = await self._seen(work, actor, case_id)
            await self._note_opening(work, actor, case, reason)
            file = await self._file(work, actor, case)
            await work.commit()
        return file

    async def assignable(self, actor: Actor, case_id: str) -> tuple[Staff, ...]:
        """Who may be given the case: those who do case work there, on our side of the wall."""
        async with self._open_work() as work:
            case = await self._led(work, actor, case_id)
            return await self._assignable(work, case)

    async def destinations(self, actor: Actor, case_id: str) -> tuple[Unit, ...]:
        """Where the case can be passed on to: every unit with case work, within reach or not."""
        async with self._open_read() as work:
            case = await work.cases.seen(Sight.of(actor), case_id)
            if case is None:
                raise Refusal("cases.not_found")
            return tuple(
                unit
                for unit in await work.units.list_within(("/",))
                if _may_take(unit) and unit.id != case.unit_id
            )

    async def assign(self, actor: Actor, case_id: str, staff_id: str) -> Case:
        """Give the case to somebody, or to somebody else. To the same person changes nothing.

        Refuses with `cases.not_assignable`, `cases.not_now`.
        """
        async with self._open_work() as work:
            case = await self._led(work, actor, case_id)
            wanted = [one for one in await self._assignable(work, case) if one.id == staff_id]
            if not wanted:
                raise Refusal("cases.not_assignable")
            if case.state in ENDED:
                raise Refusal("cases.not_now")
            if case.assigned_to == staff_id:
                return case
            to = State.ASSIGNED if case.state is State.RECEIVED else None
            changed = await self.change(
                work, case, Act.ASSIGNED, actor.staff_id, to=to, assigned_to=staff_id
            )
            await self.alert(work, wanted, changed)
            await work.commit()
        return changed

    async def hand_on(self, actor: Actor, case_id: str, unit_id: int, reason: str) -> Case:
        """Pass the case on to another unit, which answers for it once it has accepted.

        Refuses with `cases.reason_needed`, `cases.unit_unfit`, `cases.not_now`.
        """
        why = checked_reason(reason)
        async with self._open_work() as work:
            case = await self._led(work, actor, case_id)
            unit = await work.units.find(unit_id)
            if unit is None or not _may_take(unit) or unit.id == case.unit_id:
                raise Refusal("cases.unit_unfit")
            if case.state not in PASSABLE or case.offered_id is not None:
                raise Refusal("cases.not_now")
            changed = await self.change(
                work, case, Act.OFFERED, actor.staff_id, note=why, offered_id=unit.id
            )
            await self.alert_leads(work, changed, unit.path)
            await work.commit()
        return changed

    async def accept(self, actor: Actor, case_id: str) -> Case:
        """Take over a case that was passed on to us: from now on this unit answers for it, with
        the time that a new case has."""
        async with self._open_work() as work:
            case = await self._offered(work, actor, case_id)
            changed = await self.change(
                work,
                case,
                Act.TAKEN_OVER,
                actor.staff_id,
                to=State.RECEIVED if case.state is not State.RECEIVED else None,
                unit_id=case.offered_id,
                unit_path=case.offered_path,
                offered_id=None,
                offered_path=None,
                assigned_to=None,
                due_at=due_at(State.RECEIVED, self._clock.now(), self._office),
                escalated_at=None,
            )
            await work.commit()
        return changed

    async def give_back(self, actor: Actor, case_id: str, reason: str) -> Case:
        """Say no to a case that was passed on to us. Refuses with `cases.reason_needed`."""
        why = checked_reason(reason)
        async with self._open_work() as work:
            case = await self._offered(work, actor, case_id)
            changed = await self.change(
                work,
                case,
                Act.RETURNED,
                actor.staff_id,
                note=why,
                tells=False,
                offered_id=None,
                offered_path=None,
            )
            await self.alert_leads(work, changed)
            await work.commit()
        return changed

    async def move(self, actor: Actor, case_id: str, state: State, note: str = "") -> Case:
        """Go on to the next stage. With ANSWERED the note is what the member reads.

        Refuses with `cases.answer_needed`, `cases.answer_long`, `cases.reason_long`; with
        `cases.not_now` a move that no case makes or that a verb of its own makes, with
        `cases.anonymous` mediation for somebody whom nobody knows, with
        `cases.still_waiting` the end before everything was received.
        """
        kept = _checked_note(state, note)
        async with self._open_work() as work:
            case = await self._own(work, actor, case_id)
            if state not in BY_HAND or state is case.state or state is State.SETTLED:
                raise Refusal("cases.not_now")
            if state is State.MEDIATING and case.is_anonymous:
                raise Refusal("cases.anonymous")
            if case.state is State.FOLLOWING and state is State.ARCHIVED:
                await _must_be_paid(work, case)
            is_end = state is State.ARCHIVED
            changed = await self.change(
                work,
                case,
                Act.MOVED,
                actor.staff_id,
                to=state,
                note=kept,
                # The question how it was says that it is over.
                tells=not is_end,
            )
            if is_end:
                named = {"case": case.id}
                await telling.tell_member(
                    work, changed, telling.RATE, case.id, changed.changed_at, sealed=named
                )
            await work.commit()
        return changed

    async def add_note(self, actor: Actor, case_id: str, text: str) -> None:
        """A note between staff. Refuses with `cases.note_empty` or `cases.note_long`."""
        kept = for_keeping(text).strip()
        if not kept:
            raise Refusal("cases.note_empty")
        if len(kept) > NOTE_LIMIT:
            raise Refusal("cases.note_long", limit=NOTE_LIMIT)
        async with self._open_work() as work:
            case = await self._seen(work, actor, case_id)
            now = self._clock.now()
            await work.cases.add_note(case.id, Note(now, actor.staff_id, kept))
            await work.audit.add(now, actor.staff_id, "case.note", case.id, {})
            await work.commit()

    async def settle_employer(self, actor: Actor, case_id: str, unit_id: int) -> Case:
        """Say which unit the member meant. From now on the wall is the one of that unit: whoever
        worked on the case behind it does so no more, and a unit does not answer for a case against
        itself.

        Refuses with `cases.unit_unfit`.
        """
        async with self._open_work() as work:
            case = await self._seen(work, actor, case_id)
            unit = await work.units.find(unit_id)
            top = await work.units.find_top()
            if unit is None or unit.level is Level.DISTRICT or top is None:
                raise Refusal("cases.unit_unfit")
            moved: dict[str, Any] = {}
            if is_within(case.unit_path, unit.path):
                moved = {"unit_id": top.id, "unit_path": top.path}
            if case.offered_path is not None and is_within(case.offered_path, unit.path):
                moved |= {"offered_id": None, "offered_path": None}
            changed = await self.change(
                work,
                case,
                Act.ADDED,
                actor.staff_id,
                tells=False,
                respondent_id=unit.id,
                respondent_path=unit.path,
                employer_print=work.cases.employer_print(unit.name),
                **moved,
            )
            released = await self.release(work, changed)
            if moved and released is changed:
                await self.alert_leads(work, changed)
            await work.commit()
        return released

    async def link(self, actor: Actor, case_id: str, lead_number: str, head_count: int) -> Case:
        """Join the case to another one that leads, or make it lead with so many people.

        Refuses with `cases.link_unfit`, `cases.heads_wrong`.
        """
        if not 1 <= head_count <= MOST_HEADS:
            raise Refusal("cases.heads_wrong", most=MOST_HEADS)
        async with self._open_work() as work:
            case = await self._seen(work, actor, case_id)
            lead = None
            if lead_number.strip():
                lead = await work.cases.seen_number(Sight.of(actor), read_number(lead_number))
                if lead is None or lead.id == case.id or lead.lead_id is not None:
                    raise Refusal("cases.link_unfit")
                if await work.cases.list_linked(Sight.of(actor), case.id):
                    raise Refusal("cases.link_unfit")
            changed = await self.change(
                work,
                case,
                Act.LINKED,
                actor.staff_id,
                tells=False,
                lead_id=lead.id if lead else None,
                head_count=head_count,
            )
            await work.commit()
        return changed

    async def _offered(self, work: Work, actor: Actor, case_id: str) -> Case:
        case = await self._seen(work, actor, case_id)
        if case.offered_path is None:
            raise Refusal("cases.not_now")
        if not Sight.of(actor).leads(case.offered_path):
            raise Refusal("cases.not_lead")
        return case

    async def _note_opening(self, work: Work, actor: Actor, case: Case, reason: str) -> None:
        now = self._clock.now()
        mine = [
            one for one in await work.cases.openings(case.id) if one.staff_id == actor.staff_id
        ]
        if case.assigned_to == actor.staff_id:
            kept = ""
        else:
            held = [one.reason for one in mine if one.reason and now - one.at < REASON_HOLDS]
            kept = checked_reason(reason) if reason.strip() or not held else held[0]
        is_same_visit = any(now - one.at < VISIT and one.reason == kept for one in mine)
        if is_same_visit:
            return
        # Also a lead opens their own case as who works on it.
        is_lead = kept and actor.may(Permission.CASES_ASSIGN, case.unit_path)
        role = "lead" if is_lead else Role.CASEWORKER
        await work.cases.add_opening(case.id, Opening(now, actor.staff_id, str(role), kept))
        detail = {"assigned": case.assigned_to == actor.staff_id}
        await work.audit.add(now, actor.staff_id, "case.opened", case.id, detail)

    async def _file(self, work: Work, actor: Actor, case: Case) -> CaseFile:
        sight = Sight.of(actor)
        steps = await work.cases.steps(case.id)
        openings = await work.cases.openings(case.id)
        notes = await work.cases.notes(case.id)
        people = {one.by for one in steps} | {one.staff_id for one in openings}
        people |= {one.by for one in notes} | ({case.assigned_to} if case.assigned_to else set())
        names = await work.staff.names(people)
        is_assigned = case.assigned_to == actor.staff_id
        return CaseFile(
            case=case,
            unit_name=await unit_name(work, case.unit_id),
            offered_name=await unit_name(work, case.offered_id),
            respondent_name=await unit_name(work, case.respondent_id),
            assigned_name=names.get(case.assigned_to or "", ""),
            identity=replace(await work.cases.identity(case.id), chat_id=None),
            facts=await work.cases.facts(case.id),
            steps=tuple(steps),
            openings=tuple(openings),
            notes=tuple(notes),
            appointments=tuple(await work.case_asides.meetings(case.id)),
            agreements=tuple(await work.case_asides.agreements(case.id)),
            disclosures=tuple(await work.case_asides.disclosures(case.id)),
            referrals=tuple(await work.law_firms.referrals(case.id)),
            linked=tuple(await work.cases.list_linked(sight, case.id)),
            moves=MOVES[case.state] & BY_HAND if is_assigned else frozenset(),
            is_assigned=is_assigned,
            is_lead=actor.may(Permission.CASES_ASSIGN, case.unit_path),
            may_accept=sight.leads(case.offered_path),
            names=names,
        )

    async def _assignable(self, work: Work, case: Case) -> tuple[Staff, ...]:
        found = []
        for account, actor in await telling.workers(work, self._clock.now()):
            sight = Sight.of(actor)
            is_near = any(is_within(case.unit_path, top) for top in sight.read)
            if is_near and not sight.is_walled(case.respondent_path):
                found.append(account)
        return tuple(found)


def _checked_note(state: State, text: str) -> str:
    note, is_answer = for_keeping(text).strip(), state is State.ANSWERED
    if is_answer and not note:
        raise Refusal("cases.answer_needed")
    limit = ANSWER_LIMIT if is_answer else REASON_LIMIT
    if len(note) > limit:
        raise Refusal("cases.answer_long" if is_answer else "cases.reason_long", limit=limit)
    return note


async def _must_be_paid(work: Work, case: Case) -> None:
    made = [one for one in await work.case_asides.agreements(case.id) if one.cancelled_at is None]
    if made and not made[0].is_performed:
        raise Refusal("cases.still_waiting")


def _may_take(unit: Unit) -> bool:
    """An enterprise has no case work of its own."""
    return unit.is_open and unit.level is not Level.ENTERPRISE
