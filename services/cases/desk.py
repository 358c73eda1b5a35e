"""Cases as staff work on them: lists through the wall, opening, passing on, assigning, stages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from domain.cases.case import Act, Case, Note, Opening
from domain.cases.numbers import read_number
from domain.cases.states import BY_HAND, ENDED, MOVES, OPEN, PASSABLE, State
from domain.cases.wall import Sight
from domain.privacy import for_keeping
from domain.refusal import Refusal
from domain.staff import Actor, Permission, Role, Staff
from domain.units import Level, is_within
from services.cases import telling
from services.cases.common import CaseWork, checked_reason
from services.cases.views import CaseFile, Counts, Listing, Row, Wanted
from storage.cases.cases import CaseSieve
from storage.work import Work

# Looking through the pages of one file is one visit.
VISIT = timedelta(minutes=10)
# A reason that was given holds for a working day.
REASON_HOLDS = timedelta(hours=8)
NOTE_LIMIT = 2000
MOST_HEADS = 10_000


class CaseDesk(CaseWork):
    """What staff do. A case that is not there for somebody is refused as `cases.not_found`."""

    async def list_cases(self, actor: Actor, wanted: Wanted) -> Listing:
        """A page of cases, without anything of who or what."""
        sight = Sight.of(actor)
        sieve = self._sieve(sight, wanted)
        async with self._open_read() as work:
            found = await work.cases.list_seen(
                sight, sieve, order=wanted.sort, offset=wanted.offset, limit=wanted.limit
            )
            total = await work.cases.count_seen(sight, sieve)
            names = await work.staff.names({one.assigned_to for one in found if one.assigned_to})
            units = {
                number: await _name(work, number) for number in {one.unit_id for one in found}
            }
        rows = (
            Row(one, units[one.unit_id], names.get(one.assigned_to or "", "")) for one in found
        )
        return Listing(tuple(rows), total)

    async def counts(self, actor: Actor) -> Counts:
        """How much waits, as far as it is there for the actor."""
        sight = Sight.of(actor)
        async with self._open_read() as work:
            queue, mine, overdue, offered = [
                await work.cases.count_seen(sight, self._sieve(sight, Wanted(queue=name)))
                for name in ("queue", "mine", "overdue", "offered")
            ]
        return Counts(queue, mine, overdue, offered)

    async def find_number(self, actor: Actor, text: str) -> Case:
        """The case of a number, however it was typed. Refuses with `cases.not_found`."""
        sight = Sight.of(actor)
        try:
            number = read_number(text)
        except Refusal:
            raise Refusal("cases.not_found") from None
        async with self._open_read() as work:
            case = await work.cases.seen_number(sight, number)
        if case is None:
            raise Refusal("cases.not_found")
        return case

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

    async def assign(self, actor: Actor, case_id: str, staff_id: str) -> Case:
        """Give the case to somebody, or to somebody else.

        Refuses with `cases.not_assignable`, `cases.not_now`.
        """
        async with self._open_work() as work:
            case = await self._led(work, actor, case_id)
            wanted = [one for one in await self._assignable(work, case) if one.id == staff_id]
            if not wanted:
                raise Refusal("cases.not_assignable")
            if case.state in ENDED:
                raise Refusal("cases.not_now")
            to = State.ASSIGNED if case.state is State.RECEIVED else None
            changed = await self.change(
                work, case, Act.ASSIGNED, actor.staff_id, to=to, assigned_to=staff_id
            )
            await telling.alert(
                work, wanted, f"{case.id}:{changed.changed_at}", changed.changed_at
            )
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
            is_fit = unit is not None and unit.is_open and unit.level is not Level.ENTERPRISE
            if unit is None or not is_fit or unit.id == case.unit_id:
                raise Refusal("cases.unit_unfit")
            if case.state not in PASSABLE or case.offered_id is not None:
                raise Refusal("cases.not_now")
            changed = await self.change(
                work, case, Act.OFFERED, actor.staff_id, note=why, offered_id=unit.id
            )
            leads = await telling.leads_near(
                work, unit.path, case.respondent_path, changed.changed_at
            )
            await telling.alert(work, leads, f"{case.id}:{changed.changed_at}", changed.changed_at)
            await work.commit()
        return changed

    async def accept(self, actor: Actor, case_id: str) -> Case:
        """Take over a case that was passed on to us: from now on this unit answers for it."""
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
            leads = await telling.leads_near(
                work, case.unit_path, case.respondent_path, changed.changed_at
            )
            await telling.alert(work, leads, f"{case.id}:{changed.changed_at}", changed.changed_at)
            await work.commit()
        return changed

    async def move(self, actor: Actor, case_id: str, state: State, note: str = "") -> Case:
        """Go on to the next stage.

        Refuses with `cases.not_now` a move that no case makes or that a verb of its own makes,
        with `cases.anonymous` mediation for somebody whom nobody knows, with
        `cases.still_waiting` the end before everything was received.
        """
        async with self._open_work() as work:
            case = await self._own(work, actor, case_id)
            if state not in BY_HAND or state is case.state or state is State.SETTLED:
                raise Refusal("cases.not_now")
            if state is State.MEDIATING and case.is_anonymous:
                raise Refusal("cases.anonymous")
            if case.state is State.FOLLOWING and state is State.ARCHIVED:
                await _must_be_paid(work, case)
            changed = await self.change(
                work, case, Act.MOVED, actor.staff_id, to=state, note=for_keeping(note).strip()
            )
            if state is State.ARCHIVED:
                now = changed.changed_at
                await telling.tell_member(
                    work, changed, telling.RATE, case.id, now, {"case": case.id}
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
        """Say which unit the member meant. From now on the wall is the one of that unit.

        Refuses with `cases.unit_unfit`.
        """
        async with self._open_work() as work:
            case = await self._seen(work, actor, case_id)
            unit = await work.units.find(unit_id)
            if unit is None or unit.level is Level.DISTRICT:
                raise Refusal("cases.unit_unfit")
            changed = await self.change(
                work,
                case,
                Act.ADDED,
                actor.staff_id,
                tells=False,
                respondent_id=unit.id,
                respondent_path=unit.path,
                employer_print=work.cases.employer_print(unit.name),
            )
            await work.commit()
        return changed

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
        # Not the unit that passed it on, nor one above both: whoever shall answer for it says so.
        tops = Sight.of(actor).lead
        if not any(is_within(case.offered_path, top) for top in tops):
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
        role = "lead" if actor.may(Permission.CASES_ASSIGN, case.unit_path) else Role.CASEWORKER
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
            unit_name=await _name(work, case.unit_id),
            offered_name=await _name(work, case.offered_id),
            respondent_name=await _name(work, case.respondent_id),
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

    def _sieve(self, sight: Sight, wanted: Wanted) -> CaseSieve:
        states = {wanted.state} if wanted.state else None
        narrow = {
            "queue": CaseSieve(states=states or {State.RECEIVED}, is_unassigned=True),
            "mine": CaseSieve(states=states or OPEN, assigned_to=sight.staff_id),
            "overdue": CaseSieve(states=states or (), overdue_at=self._clock.now()),
            "offered": CaseSieve(states=states or (), is_offered=True, offered_within=sight.lead),
            "ended": CaseSieve(states=states or ENDED),
        }
        sieve = narrow.get(wanted.queue, CaseSieve(states=states or OPEN))
        number = "".join(sign for sign in wanted.words.upper() if sign.isalnum() or sign == "-")
        return replace(sieve, kind=wanted.kind, number=number)


async def _must_be_paid(work: Work, case: Case) -> None:
    made = [one for one in await work.case_asides.agreements(case.id) if one.cancelled_at is None]
    if made and not made[0].is_performed:
        raise Refusal("cases.still_waiting")


async def _name(work: Work, unit_id: int | None) -> str:
    unit = await work.units.find(unit_id) if unit_id is not None else None
    return unit.name if unit else ""
