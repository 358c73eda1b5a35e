"""The wall: for people of the respondent a case is not there, anywhere; the early warning."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from domain.audit import AuditFilter
from domain.cases.case import Case
from domain.cases.kinds import Theme
from domain.cases.meeting import Mode
from domain.cases.settlement import Paid, Plan
from domain.cases.states import State
from domain.cases.wall import Sight
from domain.refusal import Refusal
from domain.staff import Actor, Flag, Grant, Role
from services.cases.views import Wanted
from storage.cases.cases import CaseSieve
from storage.database import Database
from tests.services import offices
from tests.services.case_kit import (
    FIRST,
    STORY,
    Cases,
    day,
    dumped,
    enterprise,
    fresh,
    make_cases,
)
from tests.staffing import refused
from tests.world import MovableClock

ABSENT = "0" * 16
Verb = Callable[[Cases, Actor, str], Awaitable[Any]]


@pytest.fixture
async def cases(database: Database, clock: MovableClock) -> Cases:
    return await make_cases(database, clock)


VERBS: dict[str, Verb] = {
    "open": lambda c, a, i: c.desk.open(a, i, "看看"),
    "assignable": lambda c, a, i: c.desk.assignable(a, i),
    "assign": lambda c, a, i: c.desk.assign(a, i, a.staff_id),
    "hand_on": lambda c, a, i: c.desk.hand_on(a, i, c.house.west.id, "看看"),
    "accept": lambda c, a, i: c.desk.accept(a, i),
    "give_back": lambda c, a, i: c.desk.give_back(a, i, "看看"),
    "move": lambda c, a, i: c.desk.move(a, i, State.CONTACTING),
    "note": lambda c, a, i: c.desk.add_note(a, i, "看看"),
    "settle": lambda c, a, i: c.desk.settle_employer(a, i, c.house.funeral.id),
    "link": lambda c, a, i: c.desk.link(a, i, "", 2),
    "meet": lambda c, a, i: c.meetings.offer(
        a, i, Mode.PHONE, "", [c.clock.now().replace(year=2027)]
    ),
    "confirm": lambda c, a, i: c.meetings.confirm(a, i, ABSENT),
    "agree": lambda c, a, i: c.settlements.agree(
        a, i, Plan(day(c), None, 100, ((100, day(c, 1)),))
    ),
    "payment": lambda c, a, i: c.settlements.note_payment(a, i, ABSENT, Paid.YES),
    "disclose": lambda c, a, i: c.disclosures.ask(a, i, "某人", "某事"),
    "told": lambda c, a, i: c.disclosures.carried_out(a, i, ABSENT),
    "refer": lambda c, a, i: c.firms.refer(a, i, ABSENT, "看看"),
}


async def outcome(verb: Verb, cases: Cases, actor: Actor, case_id: str) -> str:
    """The code of the refusal with its values, or "ok"."""
    try:
        await verb(cases, actor, case_id)
    except Refusal as refusal:
        return f"{refusal.code} {refusal.values}"
    return "ok"


async def behind(cases: Cases, way: str) -> Actor:
    """The lead of the eastern town, who belongs to the riders' firm in one way or another."""
    if way == "employed":
        return await cases.employed_by(cases.east, cases.house.riders)
    grant = enterprise(cases.house.riders)
    return replace(cases.east, grants=(*cases.east.grants, grant))


@pytest.mark.parametrize("way", ["employed", "granted"])
async def test_for_people_of_the_respondent_a_case_is_like_none(cases: Cases, way: str) -> None:
    case = await cases.files()
    walled = await behind(cases, way)
    for name, verb in VERBS.items():
        hidden = await outcome(verb, cases, walled, case.id)
        assert hidden == await outcome(verb, cases, walled, ABSENT), name
        assert hidden == "cases.not_found {}", name
    for queue in ("", "queue", "mine", "overdue", "offered", "ended"):
        listing = await cases.desk.list_cases(walled, Wanted(queue=queue))
        assert (listing.rows, listing.total) == ((), 0)
    for words in (case.number, case.number[:4]):
        assert (await cases.desk.list_cases(walled, Wanted(words=words))).total == 0
    assert set(vars_of(await cases.desk.counts(walled))) == {0}
    with refused("cases.not_found"):
        await cases.desk.find_number(walled, case.number)
    # And no trace of the tries leads anybody to it.
    assert case.id not in str(await opened(cases))


async def test_the_same_person_without_that_firm_sees_it(cases: Cases) -> None:
    """Control: it is the firm that hides the case, not the test."""
    case = await cases.files()
    assert await outcome(VERBS["open"], cases, cases.east, case.id) == "ok"
    assert (await cases.desk.list_cases(cases.east, Wanted())).total == 1
    assert (await cases.desk.find_number(cases.east, case.number)).id == case.id
    assert (await cases.desk.counts(cases.east)).queue == 1


async def test_a_case_cannot_be_given_to_or_announced_to_people_of_the_respondent(
    cases: Cases,
) -> None:
    await cases.employed_by(cases.worker, cases.house.riders)
    await cases.employed_by(cases.east, cases.house.riders)
    case = await cases.files()
    names = {one.name for one in await cases.desk.assignable(cases.district, case.id)}
    assert names == {"区主任"}
    # The alert goes to the next unit above that has somebody who may know.
    assert await cases.told("alert") == [("alert", 7100)]


async def test_an_employer_that_nobody_settled_is_hidden_from_people_of_any_firm(
    cases: Cases,
) -> None:
    case = await cases.files(employer="没听过的小店", town=str(cases.house.east.id))
    assert case.respondent_id is None
    employed = await cases.employed_by(cases.east, cases.house.riders)
    with refused("cases.not_found"):
        await cases.desk.open(employed, case.id, "看看")
    # It was their own employer after all, under another name.
    await cases.desk.settle_employer(cases.district, case.id, cases.house.riders.id)
    with refused("cases.not_found"):
        await cases.desk.open(employed, case.id, "看看")
    await cases.desk.settle_employer(cases.district, case.id, cases.house.funeral.id)
    assert (await cases.desk.open(employed, case.id, "看看")).case.id == case.id


async def test_other_roles_have_no_case_work_at_all(cases: Cases) -> None:
    case = await cases.files()
    for role, unit in product(Role, (cases.house.top, cases.house.east, cases.house.riders)):
        actor = Actor("x", "某人", (Grant(role, unit.path),))
        if role is Role.CASEWORKER:
            continue
        for name, verb in VERBS.items():
            found = await outcome(verb, cases, actor, case.id)
            assert found == "staff.not_allowed {}", (role, unit.name, name)


async def test_a_caseworker_sees_what_is_assigned_and_only_within_their_units(
    cases: Cases,
) -> None:
    case = await cases.files()
    assert await outcome(VERBS["open"], cases, cases.worker, case.id) == "cases.not_found {}"
    await cases.desk.assign(cases.east, case.id, cases.worker.staff_id)
    assert await outcome(VERBS["open"], cases, cases.worker, case.id) == "ok"
    assert await outcome(VERBS["open"], cases, cases.west, case.id) == "cases.not_found {}"
    elsewhere = replace(cases.worker, grants=(Grant(Role.CASEWORKER, cases.house.west.path),))
    assert await outcome(VERBS["open"], cases, elsewhere, case.id) == "cases.not_found {}"


async def test_the_rule_and_the_query_agree_on_every_case_and_everybody(cases: Cases) -> None:
    """One says it in Python, the other in SQL: 6 kinds of cases times 90 people."""
    house = cases.house
    made = [
        await cases.files(1),
        await cases.files(2, employer="安宁殡仪"),
        await cases.files(3, employer="东街道"),
        await cases.files(4, employer="没听过的小店", town=str(house.west.id)),
        await cases.assigned(5),
        await cases.files(6),
    ]
    await cases.desk.hand_on(cases.east, made[5].id, house.west.id, "看看")
    cases.clock.move(days=3)
    await cases.ticks.escalate_due()
    units = (house.top, house.east, house.west, house.riders, house.funeral)
    places = (house.top, house.east, house.west)
    differ = seen = 0
    for unit, flags, employer, more in product(
        places, ((), (Flag.LEAD,)), (None, *units), (None, house.riders, house.funeral)
    ):
        grants = [Grant(Role.CASEWORKER, unit.path, frozenset(flags))]
        grants += [enterprise(more)] if more else []
        path = employer.path if employer else None
        actor = Actor(cases.worker.staff_id, "某人", tuple(grants), employer_path=path)
        sight = Sight.of(actor)
        async with cases.database.open_read() as work:
            listed = await work.cases.list_seen(
                sight, CaseSieve(), order="due", offset=0, limit=99
            )
            ids = {one.id for one in listed}
            assert await work.cases.count_seen(sight, CaseSieve()) == len(ids)
            for one in made:
                case = await work.cases.find(one.id)
                assert case is not None
                by_rule = sight.sees(case)
                seen += by_rule
                differ += by_rule is not (case.id in ids)
                found = await work.cases.seen(sight, case.id)
                differ += by_rule is not (found is not None)
    assert differ == 0
    assert seen > 50


async def test_what_is_kept_in_clear_says_neither_who_nor_what(cases: Cases) -> None:
    case = await cases.assigned()
    await cases.desk.open(cases.east, case.id, "核对王芳的进度")
    await cases.desk.add_note(cases.worker, case.id, "王芳说站长姓赵")
    await cases.disclosures.ask(cases.worker, case.id, "速达配送", "王芳的工资")
    await cases.settled(await cases.mediating(2), 38_600)
    kept = await dumped(
        cases,
        "cases",
        "case_identities",
        "case_facts",
        "case_steps",
        "case_openings",
        "case_notes",
        "case_disclosures",
        "case_agreements",
        "audit",
        "outbox",
        "drafts",
    )
    for secret in ("王芳", "13812345678", "外卖", STORY, "站长", "速达", "核对", "13500"):
        assert secret not in kept, secret
    # Nor does the number of the account, outside of what is on its way.
    assert str(FIRST + 1) not in await dumped(cases, "cases", "case_identities", "audit")


async def test_a_form_in_progress_is_sealed_too(cases: Cases) -> None:
    member = await cases.consents(1)
    await cases.answers(member, await cases.intake.begin(member))
    kept = await offices.everything(cases.database)
    for secret in (STORY, "13812345678"):
        assert secret not in kept


async def test_an_auditor_of_a_firm_reads_nothing_of_cases(cases: Cases) -> None:
    await cases.assigned()
    grants = (Grant(Role.AUDITOR, cases.house.top.path),)
    auditor = Actor("auditor", "审计", grants)
    of_a_firm = replace(auditor, employer_path=cases.house.riders.path)
    for who, sees in ((auditor, True), (of_a_firm, False)):
        rows, _ = await cases.house.audit.list_rows(who, AuditFilter(), limit=500)
        assert any(row.act.startswith("case.") for row in rows) is sees
        assert any(row.act.startswith("grant.") for row in rows)


# Early warning.


async def riders(cases: Cases, count: int) -> list[Case]:
    return [await cases.files(number) for number in range(1, count + 1)]


async def test_the_fifth_member_of_a_firm_opens_an_entry_with_counts_only(cases: Cases) -> None:
    await riders(cases, 4)
    assert await cases.ticks.warn_due() == 0
    assert await cases.risks.list_risks(cases.district) == ()
    await cases.files(5)
    assert await cases.ticks.warn_due() == 1
    assert await cases.ticks.warn_due() == 0
    (risk,) = await cases.risks.list_risks(cases.district)
    assert (risk.members, risk.theme) == (5, Theme.PAY)
    kept = await dumped(cases, "case_risks")
    for secret in ("王芳", "速达", str(FIRST + 1)):
        assert secret not in kept
    facts = await cases.risks.letter_facts(cases.district, risk.id)
    assert (facts.employer, facts.members, facts.days) == ("速达配送", 5, 30)


async def test_names_take_two_people_a_reason_and_a_fresh_factor(cases: Cases) -> None:
    await riders(cases, 5)
    await cases.ticks.warn_due()
    (risk,) = await cases.risks.list_risks(cases.district)
    second = replace(cases.district, staff_id="second-lead")
    with refused("cases.locked_names"):
        await cases.risks.names(cases.district, risk.id)
    with refused("cases.not_asked"):
        await cases.risks.unlock(fresh(cases, second), risk.id)
    with refused("cases.reason_needed"):
        await cases.risks.ask_unlock(cases.district, risk.id, " ")
    await cases.risks.ask_unlock(cases.district, risk.id, "准备上门了解情况")
    with refused("cases.second_person"):
        await cases.risks.unlock(fresh(cases, cases.district), risk.id)
    cases.clock.move(minutes=16)
    with refused("cases.factor_needed"):
        await cases.risks.unlock(replace(second, mfa_at=None), risk.id)
    await cases.risks.unlock(fresh(cases, second), risk.id)
    names = await cases.risks.names(cases.district, risk.id)
    assert [one.name for one in names] == ["王芳"] * 5
    with refused("cases.locked_names"):
        await cases.risks.names(replace(cases.district, staff_id="third"), risk.id)
    cases.clock.move(hours=8)
    with refused("cases.locked_names"):
        await cases.risks.names(cases.district, risk.id)
    acts = await cases.house.acts()
    assert {"case.risk", "case.risk_asked", "case.risk_unlocked", "case.risk_names"} <= set(acts)


async def test_people_of_the_firm_see_no_warning_about_it(cases: Cases) -> None:
    await riders(cases, 5)
    await cases.ticks.warn_due()
    (risk,) = await cases.risks.list_risks(cases.district)
    walled = replace(cases.district, employer_path=cases.house.riders.path)
    assert await cases.risks.list_risks(walled) == ()
    with refused("cases.not_found"):
        await cases.risks.ask_unlock(walled, risk.id, "看看")


async def opened(cases: Cases) -> list[dict[str, Any]]:
    return [
        row for row in await offices.rows(cases.database, "audit") if row["act"] == "case.opened"
    ]


def vars_of(counts: Any) -> list[int]:
    return [counts.queue, counts.mine, counts.overdue, counts.offered]
