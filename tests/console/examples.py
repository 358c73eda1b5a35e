"""An example of every route of the console: how it is asked for, about what, in which unit.

A new route needs a line in EXAMPLES; without it tests/console/test_permissions.py fails. `make`
creates what the route is about, in the unit that is handed in, and tells the parts of the path
and the form. `is_local` says that what it is about belongs to a unit: in another unit it must not
be found. A function of `allowed` may narrow who may, beyond the matrix.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from domain.people import Person
from domain.staff import Role
from domain.units import Unit
from storage.people import new_person_id
from tests.console.broadcast_examples import BROADCASTS, Make
from tests.console.case_house import FIRM, a_case, a_case_list, a_risk
from tests.console.countersign_examples import COUNTERSIGNS
from tests.console.event_house import Organising
from tests.console.knowledge_examples import KNOWLEDGE
from tests.console.quiz_examples import QUIZZES
from tests.console.talk_examples import TALKS
from tests.console.visiting import House

_numbers = itertools.count(1)

_members = count(5_300_000_001)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a request is about."""

    args: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Example:
    """How a route is asked for."""

    make: Callable[[House, Unit], Awaitable[Subject]]
    is_local: bool = False


async def nothing(house: House, unit: Unit) -> Subject:
    """About nothing in particular."""
    return Subject()


def form(**values: str) -> Example:
    """About nothing in particular, with a form."""

    async def make(house: House, unit: Unit) -> Subject:
        return Subject({}, values)

    return Example(make)


async def _unit(house: House, unit: Unit) -> Subject:
    made = await house.unit(unit)
    return Subject(
        {"id": str(made.id)},
        {"name": "改过的名称", "parent": str(unit.id), "confirm_name": made.name},
    )


async def _below(house: House, unit: Unit) -> Subject:
    return Subject({"id": str(unit.id)}, {"new_name": "新的企业", "level": "enterprise"})


async def _closed(house: House, unit: Unit) -> Subject:
    made = await house.unit(unit)
    async with house.world.parts.database.open_work() as work:
        await work.units.set_open(made.id, is_open=False)
        await work.commit()
    return Subject({"id": str(made.id)})


async def _person(house: House, unit: Unit) -> Subject:
    account = await house.person((Role.VIEWER, unit), name="被管理的人")
    return Subject(
        {"id": account.id},
        {"role": "organiser", "unit": str(unit.id), "confirm_name": account.name},
    )


async def _grant(house: House, unit: Unit) -> Subject:
    account = await house.person((Role.VIEWER, unit))
    granted = house.granted(account, Role.CASEWORKER, unit, is_pending=True)
    async with house.world.parts.database.open_work() as work:
        await work.grants.add(granted)
        await work.commit()
    return Subject({"id": account.id, "grant": granted.id})


async def _session(house: House, unit: Unit) -> Subject:
    return Subject({"id": "0" * 16})


async def _member(house: House, unit: Unit) -> Subject:
    now = house.world.clock.now()
    person = Person(new_person_id(), now, now, name="被看的人", phone="13812345678")
    person = replace(person, unit_id=unit.id, member_id=next(_members))
    async with house.world.parts.database.open_work() as work:
        await work.people.add_all([person])
        await work.commit()
    form = {
        "name": "改过的人",
        "unit": str(unit.id),
        "confirm_name": "被看的人",
        "reason": "本人要求",
    }
    return Subject({"id": person.id}, form)


async def _plan(house: House, unit: Unit) -> Subject:
    """A plan of nobody who is asked here: found by its maker only."""
    return Subject({"id": "there-is-no-such-plan"})


_PLAN = {
    "title": "学书法",
    "opens_at": "2026-11-20T08:00",
    "closes_at": "2026-12-20T08:00",
    "starts_at": "2026-12-21T08:00",
    "ends_at": "2026-12-21T10:00",
    "capacity": "10",
    "cancel_before": "24",
    "cut_off_before": "2",
}


async def _new_event(house: House, unit: Unit) -> Subject:
    return Subject({}, {**_PLAN, "unit": unit.path})


async def _draft_event(house: House, unit: Unit) -> Subject:
    event = await Organising(house).draft(unit)
    return Subject({"id": event.id}, {**_PLAN, "unit": unit.path})


async def _event(house: House, unit: Unit) -> Subject:
    """A published event with one seat, one in line, and a form that fits most acts on it."""
    organising = Organising(house)
    event = await organising.event(unit, capacity=1)
    await organising.joins(event)
    waiting = await organising.joins(event, "李四")
    told = {
        "confirm_name": event.title,
        "cancel_note": "停电",
        "starts": "2027-01-02T09:00",
        "every": "week",
        "count": "1",
        "name": "赵六",
        "beyond": "yes",
        "add_note": "领导同意",
        "to": "seated",
        "text": "请带手套",
        "what": "people",
        "format": "csv",
        "promote_note": "队长",
        "release_note": "不符合条件",
        "move_note": "换一下",
        "session": "",
        "code": waiting.code,
        "seat": waiting.seat_id,
        "undo_seat": waiting.seat_id,
        "ticks": f"k1 {waiting.seat_id} 1 1764000000000",
    }
    return Subject({"id": event.id, "seat": waiting.seat_id}, told)


async def _case(house: House, unit: Unit) -> Subject:
    """A case with all that belongs to it, assigned to who does case work in the unit."""
    told = {
        "state": "failed",
        "text": "记一笔",
        "staff": "nobody",
        "unit": str(unit.id),
        "reason": "要看一看",
        "heads": "1",
        "mode": "phone",
        "slot1": "2027-03-01T09:00",
        "to": "人事部",
        "what": "欠薪三个月",
        "firm": FIRM,
        "note": "请协助",
        "agreed_on": "2026-11-20",
        "settled": "100",
        "amount1": "100",
        "due1": "2026-12-01",
        "paid": "yes",
    }
    return Subject(await a_case(house, unit), told)


async def _case_list(house: House, unit: Unit) -> Subject:
    """A list of cases that somebody who leads in the unit wants."""
    return Subject({"one": await a_case_list(house, unit)})


async def _risk(house: House, unit: Unit) -> Subject:
    args = {"risk": await a_risk(house, unit), "form": "docx"}
    return Subject(args, {"reason": "要看一看"})


def _told(make: Make) -> Callable[[House, Unit], Awaitable[Subject]]:
    async def subject(house: House, unit: Unit) -> Subject:
        return Subject(*await make(house, unit))

    return subject


PLAIN = Example(nothing)
EVENT, DRAFT_EVENT = Example(_event, is_local=True), Example(_draft_event, is_local=True)
EXAMPLES: Mapping[str, Example] = {
    "GET /": PLAIN,
    "GET /search": PLAIN,
    "GET /sign-in": PLAIN,
    "POST /sign-in": PLAIN,
    "GET /sign-in/wait": PLAIN,
    "GET /sign-in/state": PLAIN,
    "POST /sign-in/enter": PLAIN,
    "POST /sign-in/demo": form(staff="nobody"),
    "GET /sign-in/factor": PLAIN,
    "POST /sign-in/factor": form(code="000000"),
    "POST /sign-in/recovery": form(recovery="AAAA"),
    "GET /sign-in/enrol": PLAIN,
    "POST /sign-in/enrol": form(code="000000"),
    "POST /sign-out": PLAIN,
    "GET /account": PLAIN,
    "POST /account/theme": form(theme="dark"),
    "POST /account/sessions/{id}/end": Example(_session),
    "POST /account/sessions/end": PLAIN,
    "POST /account/codes": PLAIN,
    "GET /units": PLAIN,
    "GET /units/{id}": Example(_unit, is_local=True),
    "POST /units/{id}/below": Example(_below, is_local=True),
    "POST /units/{id}/name": Example(_unit, is_local=True),
    "POST /units/{id}/parent": Example(_unit, is_local=True),
    "POST /units/{id}/close": Example(_unit, is_local=True),
    "POST /units/{id}/reopen": Example(_closed, is_local=True),
    "GET /staff": PLAIN,
    "GET /staff/new": PLAIN,
    "POST /staff": form(name="新人", telegram_id="7"),
    "GET /staff/{id}": Example(_person, is_local=True),
    "POST /staff/{id}/grants": Example(_person, is_local=True),
    "POST /staff/{id}/grants/{grant}/take": Example(_grant, is_local=True),
    "POST /staff/{id}/grants/{grant}/confirm": Example(_grant, is_local=True),
    "POST /staff/{id}/suspend": Example(_person, is_local=True),
    "POST /staff/{id}/reactivate": Example(_person, is_local=True),
    "POST /staff/{id}/factor": Example(_person, is_local=True),
    "GET /members": PLAIN,
    "GET /members/unsettled": PLAIN,
    "POST /members/unsettled": form(mark="x", unit="1"),
    "GET /members/{id}": Example(_member, is_local=True),
    "POST /members/{id}/phone": Example(_member, is_local=True),
    "POST /members/{id}/name": Example(_member, is_local=True),
    "POST /members/{id}/unit": Example(_member, is_local=True),
    "POST /members/{id}/unlink": Example(_member, is_local=True),
    "POST /members/{id}/erase": Example(_member, is_local=True),
    "GET /roster": PLAIN,
    "POST /roster": form(unit="1"),
    "GET /roster/{id}": Example(_plan),
    "POST /roster/{id}": Example(_plan),
    "GET /audit": PLAIN,
    "POST /audit/export": form(format="csv"),
    "POST /audit/verify": PLAIN,
    "GET /health": PLAIN,
    "POST /health/resend": form(kind="message", reason="content"),
    "POST /health/release": PLAIN,
    "POST /health/give-up": PLAIN,
    "GET /questions": PLAIN,
    "GET /questions/misses": PLAIN,
    "POST /questions/misses/phrasing": form(near="wage.arrears", phrasing="没听过的说法"),
    "GET /cases": PLAIN,
    "GET /cases/firms": PLAIN,
    "POST /cases/firms": form(
        name="新的律所", phone="010-1", **{"from": "2026-01-01", "until": "2026-12-31"}
    ),
    "GET /cases/figures": PLAIN,
    "POST /cases/export": form(reason="季度汇总用"),
    "POST /cases/figures/export": form(reason="季度汇总用"),
    "GET /cases/exports": PLAIN,
    "POST /cases/exports/{one}/agree": Example(_case_list, is_local=True),
    "POST /cases/exports/{one}/refuse": Example(_case_list, is_local=True),
    "GET /cases/risks": PLAIN,
    **{
        name: Example(_risk, is_local=True)
        for name in (
            "GET /cases/risks/{risk}",
            "POST /cases/risks/{risk}/ask",
            "POST /cases/risks/{risk}/unlock",
            "POST /cases/risks/{risk}/names",
            "GET /cases/risks/{risk}/letter/{form}",
        )
    },
    **{
        name: Example(_case, is_local=True)
        for name in (
            "GET /cases/{id}",
            "POST /cases/{id}/open",
            "POST /cases/{id}/assign",
            "POST /cases/{id}/hand-on",
            "POST /cases/{id}/accept",
            "POST /cases/{id}/give-back",
            "POST /cases/{id}/move",
            "POST /cases/{id}/note",
            "POST /cases/{id}/link",
            "POST /cases/{id}/employer",
            "POST /cases/{id}/meetings",
            "POST /cases/{id}/meetings/{meeting}/confirm",
            "POST /cases/{id}/meetings/{meeting}/held",
            "POST /cases/{id}/meetings/{meeting}/cancel",
            "POST /cases/{id}/disclosures",
            "POST /cases/{id}/disclosures/{disclosure}/done",
            "POST /cases/{id}/refer",
            "POST /cases/{id}/agreement",
            "POST /cases/{id}/instalments/{instalment}",
            "GET /cases/{id}/files/{file}",
            "GET /cases/{id}/papers/{paper}/{form}",
        )
    },
    "GET /certificates": PLAIN,
    "POST /certificates": form(code="H261205-7F3K-9QXM"),
    "GET /events": PLAIN,
    "GET /events/new": PLAIN,
    "POST /events/new": Example(_new_event),
    "GET /events/draw-rules": PLAIN,
    "GET /events/{id}": EVENT,
    "GET /events/{id}/numbers": EVENT,
    "GET /events/{id}/edit": DRAFT_EVENT,
    "POST /events/{id}/edit": DRAFT_EVENT,
    "POST /events/{id}/publish": DRAFT_EVENT,
    "POST /events/{id}/hold": EVENT,
    "POST /events/{id}/finish": EVENT,
    "POST /events/{id}/cancel": EVENT,
    "POST /events/{id}/clone": EVENT,
    "POST /events/{id}/repeat": EVENT,
    "GET /events/{id}/people": EVENT,
    "GET /events/{id}/people/{seat}": EVENT,
    "POST /events/{id}/people/{seat}/phone": EVENT,
    "POST /events/{id}/people/{seat}/promote": EVENT,
    "POST /events/{id}/people/{seat}/release": EVENT,
    "POST /events/{id}/people/{seat}/move": EVENT,
    "GET /events/{id}/line": EVENT,
    "GET /events/{id}/draw": EVENT,
    "GET /events/{id}/draw/record": EVENT,
    "GET /events/{id}/answers": EVENT,
    "GET /events/{id}/add": EVENT,
    "POST /events/{id}/add": EVENT,
    "GET /events/{id}/message": EVENT,
    "POST /events/{id}/message": EVENT,
    "GET /events/{id}/door": EVENT,
    "POST /events/{id}/door/code": EVENT,
    "POST /events/{id}/door/ticks": EVENT,
    "POST /events/{id}/door/undo": EVENT,
    "POST /events/{id}/door/sync": EVENT,
    "GET /events/{id}/poster": EVENT,
    "POST /events/{id}/poster": EVENT,
    "GET /events/{id}/sheet": EVENT,
    "POST /events/{id}/export": EVENT,
    **{
        name: Example(_told(make), is_local)
        for noun in (BROADCASTS, QUIZZES, TALKS, COUNTERSIGNS, KNOWLEDGE)
        for name, (make, is_local) in noun.items()
    },
}
