"""A unit that hangs elsewhere: what is its own goes along, and every wall stands."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, time

import pytest
import sqlalchemy as sa

from domain.audit import AuditFilter
from domain.broadcasts import (
    Audience,
    BroadcastSieve,
    Plan,
    Segment,
    Topic,
)
from domain.outbox import PushState
from domain.quiz_rounds import RoundSieve
from domain.recurrence import Every, Rule
from domain.staff import Actor, Flag, Grant, Role
from domain.talks import Box
from domain.units import Unit
from services.cases.views import Wanted
from services.countersigns import CountersignService
from services.talks.duty import Duty
from services.units import UnitService
from storage.database import Database
from storage.tables import approvals, broadcasts, metadata, push, segments, talk_phrases
from storage.unit_paths import LEFT
from tests.services import offices, talk_kit
from tests.services.broadcast_kit import make_casting
from tests.services.case_kit import enterprise, make_cases
from tests.services.contest_kit import GROUP, Contests
from tests.services.quiz_kit import EDITOR
from tests.staffing import House, make_house, refused
from tests.world import MovableClock


@pytest.fixture
async def house(database: Database, clock: MovableClock) -> House:
    return await make_house(database, clock)


async def moved(house: House) -> Unit:
    """The riders' firm goes over from the eastern to the western town."""
    await house.units.move(house.admin, house.riders.id, house.west.id)
    return await house.units.get(house.admin, house.riders.id)


def who(role: Role, unit: Unit, *flags: Flag) -> Actor:
    return Actor(f"of-{unit.id}", "某人", (Grant(role, unit.path, frozenset(flags)),))


async def left_behind(database: Database, before: str) -> set[str]:
    """Columns in which the old path still stands, besides those where it is meant to stay."""
    meant = {str(column) for column in LEFT}
    found = set()
    for name in metadata.tables:
        for row in await offices.rows(database, name):
            found |= {f"{name}.{key}" for key, value in row.items() if before in str(value)}
    return found - meant


async def test_paths_that_only_begin_alike_stay(house: House, database: Database) -> None:
    before, beside = house.riders.path, f"{house.riders.path[:-1]}0/"
    kept = {beside, f"/9{before}", house.east.path, house.top.path}
    paths = [before, f"{before}77/", *sorted(kept)]
    now = house.clock.now()
    async with database.open_work() as work:
        await work._connection.execute(
            sa.insert(talk_phrases),
            [
                {
                    "id": str(number),
                    "title": "您好",
                    "text": before,
                    "unit_path": path,
                    "changed_by": "s",
                    "changed_at": now,
                }
                for number, path in enumerate(paths)
            ],
        )
        await work._connection.execute(
            sa.insert(segments),
            {
                "id": "s",
                "name": "骑手",
                "unit_path": beside,
                "criteria": {"paths": paths},
                "made_by": "s",
                "made_at": now,
            },
        )
        await work.commit()
    after = (await moved(house)).path
    carried = [after, f"{after}77/", *sorted(kept)]
    phrases = {row["id"]: row for row in await offices.rows(database, "talk_phrases")}
    assert [phrases[str(number)]["unit_path"] for number in range(len(paths))] == carried
    # What somebody wrote is nobody's place.
    assert {row["text"] for row in phrases.values()} == {before}
    (segment,) = await offices.rows(database, "segments")
    assert (segment["unit_path"], segment["criteria"]) == (beside, {"paths": carried})


async def test_a_move_that_is_refused_moves_nothing(house: House, database: Database) -> None:
    contests = Contests(database, house.clock)
    await contests.ready()
    await contests.gives(GROUP, house.riders.path)
    # Somebody may not be admin over those for whom they do case work; that is found last.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.units.conflict_of", lambda _: "conflict")
        with refused("units.move_conflict"):
            await moved(house)
    (group,) = await offices.rows(database, "group_chats")
    assert group["unit_path"] == house.riders.path


# Broadcasts


async def test_the_broadcasts_of_a_unit_stay_its_own_and_go_out_as_agreed(house: House) -> None:
    casting = await make_casting(house)
    own = await house.person(Role.BROADCASTER, house.riders, 7003, name="企业写稿人")
    await casting.people(house.riders, 25)
    segment = Segment((house.riders.path,))
    await casting.segments.save(own, "全体骑手", segment)
    draft = await casting.desk.create(own, casting.draft(house.riders))
    agreed = await casting.approved(house.riders)
    assert agreed.push is not None
    tables = (push, approvals)
    bound = [
        [{k: v for k, v in row.items() if k.endswith("_hash")} for row in rows]
        for rows in [await offices.rows(house.database, table.name) for table in tables]
    ]
    east, west = (who(Role.BROADCASTER, unit) for unit in (house.east, house.west))
    assert (await casting.desk.get(east, draft.id)).id == draft.id

    unit = await moved(house)
    own = replace(own, grants=(Grant(Role.BROADCASTER, unit.path),))
    for actor in (own, west):
        assert (await casting.desk.get(actor, draft.id)).unit_path == unit.path
        _, total = await casting.desk.list_broadcasts(actor, BroadcastSieve(), offset=0, limit=9)
        assert total == 2
        (saved,) = await casting.segments.list_segments(actor)
        assert (saved.unit_path, saved.segment.paths) == (unit.path, (unit.path,))
    for wanted in (draft.id, agreed.id):
        with refused("broadcasts.not_found"):
            await casting.desk.get(east, wanted)
    assert list(await casting.segments.list_segments(east)) == []
    found = await casting.segments.reckon(own, Audience((Segment((unit.path,)),)), Topic.NEWS)
    assert found.count == 25
    changed = await casting.desk.change(own, draft.id, casting.draft(unit))
    assert changed.unit_path == unit.path

    # Text, list and agreement are those that were looked at, and what was agreed to goes out.
    after = [await offices.rows(house.database, table.name) for table in tables]
    assert bound == [
        [{k: v for k, v in row.items() if k.endswith("_hash")} for row in rows] for rows in after
    ]
    casting.clock.move(seconds=61)
    assert await casting.ticks.start_due() == 1
    await casting.outbox.expand_due()
    running = await casting.desk.get(west, agreed.id)
    assert running.state is PushState.RUNNING
    assert await left_behind(house.database, house.riders.path) == set()


async def test_what_an_approver_of_the_old_town_agreed_to_goes_back(house: House) -> None:
    casting = await make_casting(house)
    casting.ok = await house.person(Role.BROADCASTER, house.east, 7004, Flag.APPROVER)
    casting.ok = replace(casting.ok, session_id="s-east")
    await casting.people(house.riders, 25)
    agreed = await casting.approved(house.riders)
    await moved(house)
    casting.clock.move(seconds=61)
    await casting.ticks.start_due()
    one = await casting.desk.get(casting.br, agreed.id)
    assert (one.state, one.returned) == (PushState.DRAFT, "approver_lost_right")


async def test_a_series_does_not_follow_a_unit_out_of_its_own_town(house: House) -> None:
    casting = await make_casting(house)
    await casting.people(house.riders, 25)
    rule = Rule(Every.WEEKS, date(2026, 11, 23), time(9), weekdays=(3,))
    firm = Audience((Segment((house.riders.path,)),))
    draft = casting.draft(house.east, audience=firm, plan=Plan(rule=rule))
    series = await casting.desk.create(casting.br, draft)
    await casting.desk.set_active(casting.br, series.id, is_active=True)
    unit = await moved(house)
    assert await casting.ticks.make_due() == 1
    rows = await offices.rows(house.database, broadcasts.name)
    (made,) = [row for row in rows if row["series_id"] == series.id]
    assert made["audience"]["segments"][0]["paths"] == [unit.path]
    assert (made["returned"], made["return_note"]) == ("not_made", "broadcasts.audience_outside")


# The quiz


async def test_rounds_groups_and_contests_of_a_unit_stay_its_own(
    house: House, database: Database
) -> None:
    contests = Contests(database, house.clock)
    await contests.ready()
    await contests.person(1, unit_id=house.riders.id)
    one, _ = await contests.round(unit_path=house.riders.path)
    await contests.gives(GROUP, house.riders.path)
    contest = await contests.starts_contest()
    east, west = (who(Role.EDITOR, unit) for unit in (house.east, house.west))
    assert (await contests.rounds.get(east, one.id)).id == one.id

    unit = await moved(house)
    assert (await contests.rounds.get(west, one.id)).unit_path == unit.path
    assert (await contests.desk.get(west, contest.id)).unit_path == unit.path
    assert (await contests.rounds.hold(west, one.id, "歇一天")).unit_path == unit.path
    assert [group.id for group in (await contests.desk.choices(west)).groups] == [GROUP]
    with refused("quiz.not_found"):
        await contests.rounds.get(east, one.id)
    with refused("contests.not_found"):
        await contests.desk.get(east, contest.id)
    _, total = await contests.rounds.page(east, RoundSieve(), offset=0, limit=9)
    assert total == 0
    assert list((await contests.desk.choices(east)).groups) == []
    await contests.rounds.resume(EDITOR, one.id)
    # Its members are still those who are meant.
    async with database.open_read() as work:
        assert [found.id for found, _ in await work.quiz_rounds.open_for(unit.path)] == [one.id]
        assert list(await work.quiz_rounds.open_for(house.east.path)) == []
    assert await left_behind(database, house.riders.path) == set()


async def test_who_is_asked_to_agree_follows_the_unit(house: House, database: Database) -> None:
    seconds = CountersignService(database, house.clock)
    first = who(Role.ORGANISER, house.top)
    asked = await seconds.ask_export(first, "d" * 64, house.riders.path, {"title": "名单"})
    east, west = (who(Role.ORGANISER, unit) for unit in (house.east, house.west))
    assert [one.countersign.id for one in await seconds.waiting(east)] == [asked.id]
    await moved(house)
    assert list(await seconds.waiting(east)) == []
    assert [one.countersign.id for one in await seconds.waiting(west)] == [asked.id]


# The walls


@pytest.mark.parametrize("way", ["employed", "granted"])
async def test_a_case_against_a_firm_stays_behind_its_wall(
    database: Database, clock: MovableClock, way: str
) -> None:
    cases = await make_cases(database, clock)
    case = await cases.files()

    async def walled() -> tuple[Actor, ...]:
        """Leads of the district and of both towns, who all belong to the firm as it hangs now."""
        firm = await cases.house.units.get(cases.house.admin, cases.house.riders.id)
        leads = (cases.district, cases.east, cases.west)
        if way == "employed":
            return tuple([await cases.employed_by(one, firm) for one in leads])
        return tuple(replace(one, grants=(*one.grants, enterprise(firm))) for one in leads)

    async def sees_nothing() -> None:
        for actor in await walled():
            with refused("cases.not_found"):
                await cases.desk.open(actor, case.id, "看看")
            assert (await cases.desk.list_cases(actor, Wanted())).total == 0
            with refused("cases.not_found"):
                await cases.desk.find_number(actor, case.number)

    await sees_nothing()
    unit = await moved(cases.house)
    kept = await cases.case(case)
    assert kept.respondent_path == unit.path
    await sees_nothing()
    # Control: it is the firm that hides it. The case stays with the town that has it.
    assert (await cases.desk.list_cases(cases.east, Wanted())).total == 1
    assert (await cases.desk.list_cases(cases.west, Wanted())).total == 0
    assert await left_behind(database, cases.house.riders.path) == set()


@pytest.mark.parametrize("way", ["employed", "granted"])
async def test_people_of_a_members_firm_never_learn_of_a_talk(
    database: Database, clock: MovableClock, way: str
) -> None:
    talks = await talk_kit.settle(database, clock)
    tree, units = talks.tree, UnitService(database, clock)
    boss = offices.admin(tree.district)
    free = await talks.staff("周", Role.CASEWORKER, tree.town, Flag.LEAD, number=1)
    employer = tree.firm if way == "employed" else None
    bound = await talks.staff("吴", Role.CASEWORKER, tree.town, Flag.LEAD, employer=employer)
    if way == "granted":
        bound = replace(bound, grants=(*bound.grants, enterprise(tree.firm)))
    await talks.registers(talk_kit.FIRST, tree.firm)
    talk = await talks.opens()
    with refused("talks.not_found"):
        await talks.reader.get(bound, talk)

    await units.move(boss, tree.firm.id, tree.other_town.id)
    firm = await units.get(boss, tree.firm.id)
    bound = (
        replace(bound, employer_path=firm.path)
        if way == "employed"
        else replace(bound, grants=(bound.grants[0], enterprise(firm)))
    )
    with refused("talks.not_found"):
        await talks.reader.get(bound, talk)
    assert (await talks.reader.counts(bound))[Box.QUEUE] == 0
    assert (await talks.reader.counts(free))[Box.QUEUE] == 1
    async with database.open_read() as work:
        (kept,) = (await work.talks.find_live_all([talk_kit.FIRST])).values()
        duty = await Duty.of(work, clock.now())
    if way == "employed":
        assert [one.staff.id for one in duty.who_sees(kept)] == [free.staff_id]
    assert await left_behind(database, tree.firm.path) == set()


async def test_a_talk_that_is_opened_during_a_move_has_its_wall_where_the_firm_is(
    database: Database, clock: MovableClock
) -> None:
    talks = await talk_kit.settle(database, clock)
    tree = talks.tree
    await talks.staff("区", Role.CASEWORKER, tree.district)
    await talks.registers(talk_kit.FIRST, tree.firm)
    async with database.open_work() as work:
        await work.units.lock()
        await work.units.move(tree.firm, tree.other_town)
        opening = asyncio.create_task(talks.opens())
        # Long enough for it to come as far as it can.
        await asyncio.sleep(0.3)
        await work.commit()
    await opening
    (row,) = await offices.rows(database, "talks")
    assert row["employer_path"] == f"{tree.other_town.path}{tree.firm.id}/"
    assert row["unit_path"] == tree.other_town.path


async def test_the_audit_log_keeps_what_it_said(house: House, database: Database) -> None:
    contests = Contests(database, house.clock)
    await contests.ready()
    await contests.desk.set_unit(who(Role.EDITOR, house.top), GROUP, house.riders.path)
    await moved(house)
    auditor = await house.person(Role.AUDITOR, house.top, 7100)
    rows, _ = await house.audit.list_rows(auditor, AuditFilter(act="quiz_contest.group"))
    assert [row.detail for row in rows] == [{"unit": house.riders.path}]
    assert await house.audit.verify(auditor) is None
