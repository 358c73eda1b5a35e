"""Taking a roster over: the dry run, what it refuses, what it never does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.people import Occupation
from domain.refusal import Refusal
from domain.roster import CHUNK, Cell, Kind, Stage, StoredPlan
from services.roster import RosterService
from storage.database import Database
from tests.services import offices
from tests.services.offices import Tree
from tests.services.rosters import WORDS, listed, load, plan, row
from tests.world import MovableClock


@pytest.fixture
def rosters(database: Database, clock: MovableClock) -> RosterService:
    return RosterService(database, clock)


@pytest.fixture
async def tree(database: Database, clock: MovableClock) -> Tree:
    return await offices.plant(database, clock)


def people(count: int, first: int = 1) -> list[tuple[str, str, str]]:
    names = "甲乙丙丁戊己庚辛壬癸"
    return [
        (f"{n:06d}", "王" + "".join(names[int(d)] for d in f"{n:04d}"), f"139{n:08d}")
        for n in range(first, first + count)
    ]


async def test_a_dry_run_writes_nobody_and_its_token_takes_it_over(
    rosters: RosterService, database: Database, tree: Tree
) -> None:
    boss = offices.admin(tree.district)
    planned = await plan(rosters, boss, tree.firm, people(3))
    assert (planned.new, planned.changed, planned.same, planned.errors) == (3, 0, 0, 0)
    assert await offices.rows(database, "people") == []
    # Nor do the rows lie about: they are sealed until they are taken over.
    assert "139000" not in await offices.everything(database)
    assert planned.id is not None
    done = await rosters.confirm(boss, planned.id)
    assert (done.stage, done.done_chunks) == (Stage.DONE, 1)
    assert len(await offices.rows(database, "people")) == 3
    assert await offices.rows(database, "roster_rows") == []
    again = await rosters.confirm(boss, planned.id)
    assert again.stage is Stage.DONE
    assert len(await offices.rows(database, "people")) == 3
    acts = [row["act"] for row in await offices.rows(database, "audit")]
    assert acts.count("roster.imported") == 1


async def test_a_second_roster_says_what_is_new_changed_same_and_missing(
    rosters: RosterService, database: Database, tree: Tree
) -> None:
    boss = offices.admin(tree.district)
    first = people(20)
    await load(rosters, boss, tree.firm, first)
    second = [*first[1:], ("000099", "赵新", "13700000099")]
    second[0] = (second[0][0], second[0][1], "13600000001")
    planned = await plan(rosters, boss, tree.firm, second)
    assert (planned.new, planned.changed, planned.same, planned.missing) == (1, 1, 18, 1)
    assert not planned.misses_many
    assert planned.id is not None
    await rosters.confirm(boss, planned.id)
    rows = await offices.rows(database, "people")
    assert len(rows) == 21
    # Marked, nothing else: nobody is removed by a list.
    assert [row["missing_since"] is not None for row in rows].count(True) == 1
    # Named again, they are there again.
    await load(rosters, boss, tree.firm, [*second, first[0]])
    assert all(row["missing_since"] is None for row in await offices.rows(database, "people"))


async def test_a_roster_that_leaves_out_many_stops_and_asks(
    rosters: RosterService, database: Database, tree: Tree
) -> None:
    boss = offices.admin(tree.district)
    await load(rosters, boss, tree.firm, people(20))
    planned = await plan(rosters, boss, tree.firm, people(14))
    assert (planned.missing, planned.present, planned.misses_many) == (6, 20, True)
    assert planned.id is not None
    for typed in (None, 5, 7, 0):
        with pytest.raises(Refusal) as refusal:
            await rosters.confirm(boss, planned.id, typed)
        assert refusal.value.code == "roster.many_missing"
        assert refusal.value.values == {"missing": 6, "present": 20}
    assert all(row["missing_since"] is None for row in await offices.rows(database, "people"))
    await rosters.confirm(boss, planned.id, 6)
    rows = await offices.rows(database, "people")
    assert len(rows) == 20
    assert [row["missing_since"] is not None for row in rows].count(True) == 6


async def test_a_tenth_missing_is_no_reason_to_stop(rosters: RosterService, tree: Tree) -> None:
    boss = offices.admin(tree.district)
    await load(rosters, boss, tree.firm, people(20))
    planned = await plan(rosters, boss, tree.firm, people(18))
    assert (planned.missing, planned.misses_many) == (2, False)
    assert planned.id is not None
    await rosters.confirm(boss, planned.id)


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"name": "", "number": "000999"}, "roster.name_empty"),
        ({"name": "王芳"}, "roster.no_key"),
        ({"name": "王芳", "phone": "1.38E+10"}, "roster.rounded"),
        ({"name": "王芳", "phone": Cell("1.38123E+10", Kind.NUMBER)}, "roster.rounded"),
        ({"name": "王芳", "phone": "010-69243000"}, "people.phone_landline"),
        ({"name": "王芳", "phone": "138123456789"}, "people.phone_length"),
        ({"name": "王芳", "number": "编号一"}, "people.number_wrong"),
        ({"name": "=1+1", "number": "000999"}, "people.name_wrong"),
        ({"name": Cell("=", Kind.FORMULA), "number": "000999"}, "roster.cell_formula"),
        ({"name": "王芳", "number": Cell("2026-01-02", Kind.DATE)}, "roster.cell_date"),
        ({"name": "王芳", "phone": Cell("#N/A", Kind.FAULT)}, "roster.cell_fault"),
        ({"name": "王芳", "number": "000999", "unit": "不在册"}, "roster.unit_unknown"),
        ({"name": "王芳", "number": "000999", "unit": "安宁殡仪（测试）"}, "roster.unit_unknown"),
        (
            {"name": "王芳", "number": "000999", "occupation": "宇航员"},
            "roster.occupation_unknown",
        ),
    ],
)
async def test_a_bad_row_is_told_with_its_line_and_nothing_is_written(
    rosters: RosterService, database: Database, tree: Tree, cells: dict[str, str], code: str
) -> None:
    boss = offices.admin(tree.district)
    raw = [*listed(people(2)), row(17, **cells)]
    planned = await rosters.plan(boss, tree.town.id, raw, WORDS)
    assert [(issue.line, issue.code) for issue in planned.issues] == [(17, code)]
    assert (planned.id, planned.errors) == (None, 1)
    assert await offices.rows(database, "roster_imports") == []


async def test_numbers_and_phones_of_an_earlier_line_are_told(
    rosters: RosterService, tree: Tree
) -> None:
    raw = listed([("1", "王芳", "13900000001"), ("1", "李强", "13900000002")])
    raw += [row(9, number="3", name="赵一", phone="+86 139 0000 0001")]
    planned = await rosters.plan(offices.admin(tree.district), tree.firm.id, raw, WORDS)
    assert [(issue.line, issue.code, issue.values) for issue in planned.issues] == [
        (3, "roster.number_twice", {"first": 2}),
        (9, "roster.phone_twice", {"first": 2}),
    ]


async def test_leading_zeros_that_were_lost_are_told(rosters: RosterService, tree: Tree) -> None:
    boss = offices.admin(tree.district)
    raw = listed([(f"00{n}", "王芳", f"1390000000{n}") for n in range(1, 6)])
    raw.append(row(9, number=Cell("17", Kind.NUMBER), name="李强"))
    planned = await rosters.plan(boss, tree.firm.id, raw, WORDS)
    assert [(i.line, i.code, i.is_error) for i in planned.issues] == [
        (9, "roster.zeros_lost", True)
    ]
    # Numbers that were never padded are looked at, not refused.
    counted = [
        row(n, number=Cell(str(n), Kind.NUMBER), name="王芳", phone=f"139{n:08d}")
        for n in range(7, 30)
    ]
    planned = await rosters.plan(boss, tree.firm.id, counted, WORDS)
    assert {issue.is_error for issue in planned.issues} == {False}
    assert planned.id is not None


async def test_units_and_occupations_are_read_by_their_names(
    rosters: RosterService, database: Database, tree: Tree
) -> None:
    raw = [
        row(2, number="1", name="王芳", unit="速达配送 (测试)", occupation="骑手"),
        row(3, number="2", name="李强"),
    ]
    planned = await rosters.plan(offices.admin(tree.district), tree.town.id, raw, WORDS)
    assert planned.id is not None
    await rosters.confirm(offices.admin(tree.district), planned.id)
    rows = await offices.rows(database, "people")
    assert {(row["unit_id"], row["occupation"]) for row in rows} == {
        (tree.firm.id, Occupation.RIDER.value),
        (tree.town.id, None),
    }


async def test_nobody_imports_into_units_of_others_or_confirms_the_plans_of_others(
    rosters: RosterService, tree: Tree
) -> None:
    far = offices.admin(tree.other_town, "far")
    for who in (far, offices.viewer(tree.district)):
        with pytest.raises(Refusal, match=r"units\.not_found"):
            await plan(rosters, who, tree.firm, people(1))
    planned = await plan(rosters, offices.admin(tree.town), tree.firm, people(1))
    assert planned.id is not None
    for plan_id in (planned.id, "no-such-plan"):
        with pytest.raises(Refusal, match=r"roster\.plan_gone"):
            await rosters.confirm(far, plan_id)
    assert await rosters.find(far, planned.id) is None


async def test_a_plan_lapses_after_a_day_and_its_rows_go(
    rosters: RosterService, database: Database, tree: Tree, clock: MovableClock
) -> None:
    boss = offices.admin(tree.district)
    planned = await plan(rosters, boss, tree.firm, people(2))
    clock.move(hours=24)
    assert planned.id is not None
    with pytest.raises(Refusal, match=r"roster\.plan_gone"):
        await rosters.confirm(boss, planned.id)
    assert await rosters.purge() == 1
    for table in ("roster_imports", "roster_rows", "people"):
        assert await offices.rows(database, table) == []


async def test_an_import_that_was_interrupted_goes_on(
    rosters: RosterService,
    database: Database,
    clock: MovableClock,
    tree: Tree,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    boss = offices.admin(tree.district)
    planned = await plan(rosters, boss, tree.firm, people(CHUNK + 3))
    assert planned.id is not None
    taking = rosters.take_chunk

    async def one_then_dead(work: object, plan_id: str) -> bool:
        if (await work.rosters.find(plan_id)).done_chunks:  # type: ignore[attr-defined]
            raise RuntimeError("killed")
        return await taking(work, plan_id)  # type: ignore[arg-type]

    monkeypatch.setattr(RosterService, "take_chunk", lambda _, *a: one_then_dead(*a))
    with pytest.raises(RuntimeError, match="killed"):
        await rosters.confirm(boss, planned.id)
    monkeypatch.undo()
    assert len(await offices.rows(database, "people")) == CHUNK
    await RosterService(database, clock).resume()
    assert len(await offices.rows(database, "people")) == CHUNK + 3
    found = await rosters.find(boss, planned.id)
    assert found is not None
    assert found.stage is Stage.DONE
    await rosters.resume()
    assert len(await offices.rows(database, "people")) == CHUNK + 3


async def test_two_who_finish_the_same_import_mark_nobody_missing_who_is_named(
    rosters: RosterService, database: Database, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever confirmed takes a short one over at once, and the clock's round may come by."""
    boss = offices.admin(tree.district)
    await load(rosters, boss, tree.firm, people(3))
    planned = await plan(rosters, boss, tree.firm, people(3))
    assert planned.id is not None
    true = RosterService._finish

    async def twice(self: RosterService, found: StoredPlan) -> None:
        """The slower one saw it running too, and comes when the rows are gone."""
        await true(self, found)
        await true(self, found)

    monkeypatch.setattr(RosterService, "_finish", twice)
    assert (await rosters.confirm(boss, planned.id)).stage is Stage.DONE
    rows = await offices.rows(database, "people")
    assert [row["missing_since"] for row in rows] == [None, None, None]


async def test_a_roster_of_nobody_or_of_too_many_is_refused(
    rosters: RosterService, tree: Tree
) -> None:
    boss = offices.admin(tree.district)
    with pytest.raises(Refusal, match=r"roster\.empty"):
        await rosters.plan(boss, tree.firm.id, [], WORDS)
    one = listed(people(1))[0]
    many = [replace(one, line=n) for n in range(100_001)]
    with pytest.raises(Refusal, match=r"roster\.too_many"):
        await rosters.plan(boss, tree.firm.id, many, WORDS)


async def test_three_thousand_rows_are_imported_by_the_clock(
    rosters: RosterService, database: Database, tree: Tree
) -> None:
    boss = offices.admin(tree.district)
    planned = await plan(rosters, boss, tree.firm, people(3000))
    assert planned.id is not None
    # A long one is only begun, so that nobody waits before a page that does not come.
    begun = await rosters.confirm(boss, planned.id)
    assert (begun.stage, begun.done_chunks) == (Stage.RUNNING, 0)
    await rosters.resume()
    assert len(await offices.rows(database, "people")) == 3000
