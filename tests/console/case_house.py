"""Cases in the house of the console: assigned to who does case work there, with all of it."""

from __future__ import annotations

import itertools
import secrets
from datetime import date, timedelta

from domain.cases.aside import Answer, Disclosure, Firm
from domain.cases.case import Case, Facts, Identity, Wish
from domain.cases.kinds import Kind, Theme
from domain.cases.meeting import Appointment, Meeting, Mode
from domain.cases.numbers import number_of
from domain.cases.risks import Risk
from domain.cases.settlement import Agreement, Instalment
from domain.cases.states import State
from domain.countersigns import Act
from domain.evidence import Evidence, FileKind, Via
from domain.staff import Actor, Flag, Grant, Role
from domain.units import Level, Unit
from services.countersigns import CountersignService
from storage.evidence import Owner
from storage.work import Work
from tests.console.visiting import House

_members = itertools.count(5_900_000_001)
FIRM = "firm000000000001"
NAME, STORY = "王芳金丝雀", "三个月没发工资金丝雀"


async def worker_of(work: Work, unit: Unit) -> str | None:
    """Whoever of the staff was given case work in the unit last."""
    newest = None
    for account in await work.staff.list_all():
        for granted in await work.grants.list_of(account.id):
            if granted.grant.role is Role.CASEWORKER and granted.grant.path == unit.path:
                newest = account.id
    return newest


async def a_case(
    house: House,
    unit: Unit,
    *,
    worker: str | None = None,
    respondent: Unit | None = None,
    state: State = State.MEDIATING,
    member: int = 0,
    name: str = NAME,
    story: str = STORY,
    file_name: str = "合同.pdf",
) -> dict[str, str]:
    """A case with an appointment, an agreement, a disclosure and a file; parts of its paths."""
    now = house.world.clock.now()
    respondent = respondent or await house.unit(unit)
    case_id, meeting, disclosure = (secrets.token_hex(8) for _ in range(3))
    instalment, file = secrets.token_hex(8), secrets.token_hex(8)
    async with house.world.parts.database.open_work() as work:
        case = Case(
            id=case_id,
            number=number_of([secrets.randbelow(31) for _ in range(7)]),
            state=state,
            wish=Wish.MEDIATE,
            kind=Kind.WAGES,
            level=Level.TOWN,
            unit_id=unit.id,
            unit_path=unit.path,
            opened_at=now,
            changed_at=now,
            is_anonymous=False,
            respondent_id=respondent.id,
            respondent_path=respondent.path,
            assigned_to=worker or await worker_of(work, unit),
            due_at=now + timedelta(days=2),
        )
        told = Facts(story, respondent.name, 4_500_000, "三个月没发工资", "wage.arrears")
        await work.cases.add(case, member or next(_members), Identity(name, "13800001234"), told)
        slot = now + timedelta(days=3)
        await work.case_asides.save_meeting(
            case_id,
            Appointment(meeting, Mode.PHONE, "", (slot,), Meeting.CHOSEN, "s", now, slot),
        )
        day = date(2026, 12, 15)
        await work.case_asides.save_agreement(
            case_id,
            Agreement(
                secrets.token_hex(8),
                date(2026, 11, 20),
                Level.TOWN,
                4_500_000,
                3_860_000,
                "",
                (Instalment(instalment, 1, 3_860_000, day),),
                "s",
            ),
        )
        await work.case_asides.save_disclosure(
            case_id, Disclosure(disclosure, "人事部", "欠薪三个月", Answer.YES, "s", now, now)
        )
        one = Evidence(
            file,
            1,
            "contract",
            FileKind.PDF,
            Via.CHAT,
            file_name,
            8,
            "a" * 64,
            "b" * 64,
            now,
            now,
        )
        await work.evidence.add(Owner(case_id=case_id), one, secrets.token_hex(8), b"%PDF-1.4")
        firm = Firm(FIRM, "测试律师事务所", "010-0", date(2026, 1, 1), date(2026, 12, 31))
        await work.law_firms.save(firm, "s", now)
        await work.commit()
    return {
        "id": case_id,
        "meeting": meeting,
        "disclosure": disclosure,
        "instalment": instalment,
        "file": file,
        "paper": "request",
        "form": "pdf",
    }


async def a_risk(house: House, unit: Unit, respondent: Unit | None = None) -> str:
    """An entry of the ledger of risks."""
    now, respondent = house.world.clock.now(), respondent or await house.unit(unit)
    risk = Risk(
        id=secrets.token_hex(8),
        employer_print=secrets.token_hex(32),
        theme=Theme.PAY,
        unit_path=unit.path,
        respondent_id=respondent.id,
        respondent_path=respondent.path,
        members=6,
        opened_at=now,
        counted_at=now,
    )
    async with house.world.parts.database.open_work() as work:
        await work.case_risks.add(risk, unit.id)
        await work.commit()
    return risk.id


async def a_case_list(house: House, unit: Unit) -> str:
    """What somebody who leads asks a second person of the unit: a list of cases; its id."""
    # From the district: cases are assigned to who came last in their own unit.
    account = await house.person((Role.CASEWORKER, house.district), flags=frozenset({Flag.LEAD}))
    actor = Actor(
        account.id, account.name, (Grant(Role.CASEWORKER, unit.path, frozenset({Flag.LEAD})),)
    )
    detail = {
        "title": "案件",
        "reason": "季度汇总用",
        "columns": ["编号"],
        "filters": [],
        "where": "/cases/export",
        "form": {"reason": "季度汇总用"},
    }
    service = CountersignService(house.world.parts.database, house.world.clock)
    digest = secrets.token_hex(32)
    return (await service.ask_export(actor, digest, unit.path, detail, Act.CASES)).id
