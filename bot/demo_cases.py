"""The demo's cases in several stages: made by the same verbs as in earnest, days ago."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from PIL import Image, ImageDraw

from bot.assembly import Running
from bot.demo_talks import staff_by_name
from bot.papers import clean
from domain.calendar import OfficeHours
from domain.cases.aside import Answer
from domain.cases.case import Case
from domain.cases.intake import ANONYMOUS, NAMED, SKIPPED, Ask, Asked
from domain.cases.meeting import Mode
from domain.cases.settlement import Paid, Plan
from domain.cases.states import State
from domain.clock import BEIJING, beijing_date
from domain.consents import Answer as Consented
from domain.consents import Purpose
from domain.members import NOTICE_VERSION, Member, Reach
from domain.reading.words import Words
from domain.staff import Actor
from locales import load_words
from services.cases import (
    CaseClock,
    CaseDesk,
    CaseIntake,
    CaseService,
    DisclosureDesk,
    MeetingDesk,
    SettlementDesk,
)
from services.evidence import EvidenceService
from services.people import ProfileService
from storage.database import Database

# Nobody's ids at Telegram: for members of the demo who have no phone.
_NO_PHONE = count(8_700_000_001)
_SENT = count(1)


@dataclass(slots=True)
class _Then:
    """A clock that stands where it is put."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


@dataclass(frozen=True, slots=True)
class _Filed:
    """A case on its way: its member, and one thing to do with it."""

    case: Case
    member: int
    actor: Actor | None
    one: Mapping[str, Any]

    @property
    def by(self) -> Actor:
        assert self.actor is not None, "staff do this"
        return self.actor


@dataclass
class _House:
    """The services of cases, at the moment at which the clock stands."""

    database: Database
    clock: _Then
    office: OfficeHours
    now: datetime
    intake: CaseIntake = field(init=False)
    members: CaseService = field(init=False)
    desk: CaseDesk = field(init=False)
    meetings: MeetingDesk = field(init=False)
    settlements: SettlementDesk = field(init=False)
    disclosures: DisclosureDesk = field(init=False)
    evidence: EvidenceService = field(init=False)

    def __post_init__(self) -> None:
        parts = (self.database, self.clock, self.office)
        self.intake = CaseIntake(*parts, Words.of(load_words()))
        self.members = CaseService(*parts)
        self.desk = CaseDesk(*parts)
        self.meetings = MeetingDesk(*parts)
        self.settlements = SettlementDesk(*parts)
        self.disclosures = DisclosureDesk(*parts)
        self.evidence = EvidenceService(self.database, self.clock, clean)

    def today(self) -> date:
        return beijing_date(self.clock.now())


async def settle(
    parts: Running, content: Mapping[str, Any], phone: Callable[[str], int], office: OfficeHours
) -> None:
    """Make the cases of demo_cases.toml. `phone` gives somebody a phone and tells its id."""
    now = parts.desk.clock.now()
    house = _House(parts.database, _Then(now), office, now)
    staff = await staff_by_name(parts)
    for one in content["cases"]:
        member = phone(one["who"]) if "who" in one else next(_NO_PHONE)
        case = await _file(house, one, member)
        for act in one.get("acts", ()):
            house.clock.instant = now - timedelta(days=act["ago"])
            filed = _Filed(case, member, staff.get(act.get("by", "")), act)
            await _ACTS[act["do"]](house, filed)
    house.clock.instant = now
    await CaseClock(parts.database, house.clock, office).warn_due()


async def _file(house: _House, one: Mapping[str, Any], member: int) -> Case:
    house.clock.instant = now = house.now - timedelta(days=one["filed"])
    async with house.database.open_work() as work:
        known = Member(member, member, "zh", Reach.REACHABLE, NOTICE_VERSION, now)
        await work.members.save_all([known])
        await work.commit()
    profile = ProfileService(house.database, house.clock)
    await profile.answer(member, Purpose.CASE, Consented.GIVEN)
    asked = await house.intake.begin(member)
    while asked.step is not Ask.CHECK:
        asked = await _answer(house, one, member, asked)
    case = await house.intake.submit(member)
    await house.intake.close(member)
    return case


async def _answer(house: _House, one: Mapping[str, Any], member: int, asked: Asked) -> Asked:
    # In the file "who" is whose phone it is.
    given = {**one, Ask.WHO: NAMED if "name" in one else ANONYMOUS}
    value = given.get(asked.step, SKIPPED)
    if asked.step in (Ask.KIND, Ask.LEVEL, Ask.WHO):
        return await house.intake.pick(member, asked.step, value)
    if value == SKIPPED:
        return await house.intake.skip(member, asked.step)
    return await house.intake.tell(member, value)


async def _assign(house: _House, filed: _Filed) -> None:
    await house.desk.assign(filed.by, filed.case.id, filed.by.staff_id)


def _moves_to(state: State) -> Callable[[_House, _Filed], Awaitable[None]]:
    async def move(house: _House, filed: _Filed) -> None:
        await house.desk.move(filed.by, filed.case.id, state, filed.one.get("text", ""))

    return move


async def _note(house: _House, filed: _Filed) -> None:
    await house.desk.add_note(filed.by, filed.case.id, filed.one["text"])


async def _disclose(house: _House, filed: _Filed) -> None:
    one = filed.one
    await house.disclosures.ask(filed.by, filed.case.id, one["to"], one["text"])


async def _told(house: _House, filed: _Filed) -> None:
    mine = await house.members.get_mine(filed.member, filed.case.id)
    assert mine.disclosure is not None
    await house.disclosures.carried_out(filed.by, filed.case.id, mine.disclosure.id)


async def _look(house: _House, filed: _Filed) -> None:
    await house.desk.open(filed.by, filed.case.id, filed.one["text"])


async def _agree(house: _House, filed: _Filed) -> None:
    mine = await house.members.get_mine(filed.member, filed.case.id)
    assert mine.disclosure is not None
    await house.members.answer_disclosure(
        filed.member, filed.case.id, mine.disclosure.id, Answer.YES
    )


async def _evidence(house: _House, filed: _Filed) -> None:
    """Pictures that say what they are; of the file, some may be taken back before it goes out."""
    one, member, case = filed.one, filed.member, filed.case.id
    await house.evidence.begin(member, case)
    for item in one["items"]:
        number = next(_SENT)
        await house.evidence.choose(member, item)
        await house.evidence.add(member, _picture(number), "", f"demo:{number}")
    files = (await house.evidence.look(member, case, filed.case.kind)).files
    for place in one.get("taken_back", ()):
        await house.evidence.remove(member, case, files[place].id)
    await house.evidence.hand_in(member, case)


def _picture(number: int) -> bytes:
    picture = Image.new("RGB", (800, 600), "#f4f1ea")
    ImageDraw.Draw(picture).text((320, 280), f"DEMO {number}", fill="#888888", font_size=48)
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


async def _offer(house: _House, filed: _Filed) -> None:
    one, today = filed.one, house.today()
    slots = [
        datetime.combine(today + timedelta(days=days), time(10), BEIJING) for days in one["ahead"]
    ]
    await house.meetings.offer(filed.by, filed.case.id, Mode(one["mode"]), one["place"], slots)


async def _latest(house: _House, filed: _Filed) -> str:
    """The appointment that stands."""
    mine = await house.members.get_mine(filed.member, filed.case.id)
    assert mine.appointment is not None
    return mine.appointment.id


async def _confirm(house: _House, filed: _Filed) -> None:
    await house.meetings.confirm(filed.by, filed.case.id, await _latest(house, filed))


async def _held(house: _House, filed: _Filed) -> None:
    await house.meetings.held(filed.by, filed.case.id, await _latest(house, filed))


async def _decline(house: _House, filed: _Filed) -> None:
    appointment = await _latest(house, filed)
    await house.members.decline_slots(filed.member, filed.case.id, appointment)


async def _choose(house: _House, filed: _Filed) -> None:
    appointment = await _latest(house, filed)
    await house.members.choose_slot(filed.member, filed.case.id, appointment, filed.one["number"])


async def _settle(house: _House, filed: _Filed) -> None:
    one, today = filed.one, house.today()
    parts = tuple((yuan * 100, today + timedelta(days=days)) for yuan, days in one["parts"])
    plan = Plan(
        agreed_on=today,
        claimed=one["claimed"] * 100,
        settled=sum(amount for amount, _ in parts),
        instalments=parts,
        other=one["other"],
    )
    await house.settlements.agree(filed.by, filed.case.id, plan)


async def _paid(house: _House, filed: _Filed) -> None:
    mine = await house.members.get_mine(filed.member, filed.case.id)
    assert mine.agreement is not None
    part = mine.agreement.instalments[filed.one["number"]]
    answer = Paid(filed.one.get("answer", Paid.YES))
    await house.members.answer_payment(filed.member, filed.case.id, part.id, answer)


async def _rate(house: _House, filed: _Filed) -> None:
    await house.members.rate(filed.member, filed.case.id, filed.one["number"])


_ACTS: Mapping[str, Callable[[_House, _Filed], Awaitable[None]]] = {
    "assign": _assign,
    "contact": _moves_to(State.CONTACTING),
    "mediate": _moves_to(State.MEDIATING),
    "answer": _moves_to(State.ANSWERED),
    "archive": _moves_to(State.ARCHIVED),
    "note": _note,
    "disclose": _disclose,
    "agree": _agree,
    "told": _told,
    "look": _look,
    "evidence": _evidence,
    "offer": _offer,
    "choose": _choose,
    "decline": _decline,
    "confirm": _confirm,
    "held": _held,
    "settle": _settle,
    "paid": _paid,
    "rate": _rate,
}
