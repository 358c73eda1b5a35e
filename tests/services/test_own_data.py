"""A member's data in their own hands: the copy holds all, erasure leaves nothing identifying."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from domain.consents import Answer, Purpose
from domain.people import Occupation
from services.members import MemberService
from services.people import OwnDataService, ProfileService
from services.people.profile import Step
from services.roster import RosterService
from storage.database import Database
from storage.journal import Begin
from storage.keeping import REGISTER
from tests import databases
from tests.services import offices, rosters
from tests.services.filling import fill
from tests.world import MovableClock

MEMBER, OTHER = 5_200_000_017, 5_200_000_018
NAME, PHONE, NUMBER, UNIT = "欧阳春花", "13812345678", "DX-774411", "不在册的小厂"
SECRETS = (str(MEMBER), NAME, PHONE, NUMBER, UNIT)


@pytest.fixture
def profiles(database: Database, clock: MovableClock) -> ProfileService:
    return ProfileService(database, clock)


@pytest.fixture
def own_data(database: Database, clock: MovableClock) -> OwnDataService:
    return OwnDataService(database, clock)


async def live(database: Database, clock: MovableClock, member: int = MEMBER) -> None:
    """Leave a row in every table of ours that can have one."""
    profiles = ProfileService(database, clock)
    await MemberService(database, clock).meet(member, member, "zh")
    await profiles.answer(member, Purpose.SERVICE, Answer.GIVEN)
    await profiles.answer(member, Purpose.PROMOTION, Answer.REFUSED)
    await profiles.set_window(member, 1, is_chosen=True)
    is_other = member == OTHER
    await profiles.tell_name(member, "李强" if is_other else NAME)
    await profiles.share_phone(member, member, "8613900000001" if is_other else "86" + PHONE)
    await profiles.choose_occupation(member, Occupation.FUNERAL)
    await profiles.tell_unit(member, "另一家小店" if is_other else UNIT)
    async with database.open_work() as work:
        person = await work.people.find_of_member(member)
        assert person is not None
        number = NUMBER if member == MEMBER else "X1"
        await work.people.save_all([replace(person, number=number)])
        body = json.dumps(
            {"message": {"from": {"id": member}, "text": "处理失败的话"}}, ensure_ascii=False
        )
        await work.journal.quarantine(
            Begin(member, "message", clock.now()), "error", body, clock.now()
        )
        await work.commit()
    await profiles.begin(member, Step.NAME)


async def test_the_copy_holds_every_row_that_leads_to_the_member(
    database: Database, clock: MovableClock, own_data: OwnDataService
) -> None:
    await live(database, clock)
    await live(database, clock, OTHER)
    filled = await fill(database, MEMBER)
    copy = await own_data.copy(MEMBER)
    assert set(copy.tables) == {kept.table.name for kept in REGISTER} | {"journal"}
    assert filled <= set(copy.tables)
    told = json.dumps(copy.tables, ensure_ascii=False, default=str)
    for secret in (*SECRETS, "处理失败的话", "funeral", "promotion"):
        assert secret in told
    assert str(OTHER) not in told
    assert "_print" not in told


async def test_a_copy_of_nobody_is_empty(own_data: OwnDataService) -> None:
    assert (await own_data.copy(MEMBER)).tables == {}


async def test_erasure_leaves_nothing_that_leads_to_the_member(
    database: Database, clock: MovableClock, own_data: OwnDataService, tmp_path: Path
) -> None:
    await live(database, clock)
    await live(database, clock, OTHER)
    await fill(database, MEMBER)
    prints = {
        value
        for row in await offices.rows(database, "people")
        if row["member_id"] == MEMBER
        for name, value in row.items()
        if name.endswith("_print") and name not in {"phone_print", "number_print"} and value
    }
    before = await offices.everything(database)
    assert str(MEMBER) in before
    others = {table: len(await offices.rows(database, table)) for table in ("questions", "notes")}
    assert await own_data.erase(MEMBER)
    everything = await offices.everything(database)
    for secret in SECRETS:
        assert secret not in everything, secret
    # The ledger's keyed hashes of phone and number stay: name, tail and unit leave not even that.
    shared = {row["name_print"] or "" for row in await offices.rows(database, "people")} | {
        value for row in await offices.rows(database, "people") for value in row.values()
    }
    assert not any(mark in everything for mark in prints if mark not in shared)
    assert str(OTHER) in everything
    for table, count in others.items():
        assert len(await offices.rows(database, table)) == count
    assert "处理失败的话" in everything  # the other member's
    # Again: nothing is left, nothing happens.
    audit = len(await offices.rows(database, "audit"))
    assert not await own_data.erase(MEMBER)
    assert len(await offices.rows(database, "audit")) == audit
    assert (await own_data.copy(MEMBER)).tables == {}


async def test_not_one_byte_on_the_disk_leads_to_an_erased_member(
    blank: Path, tmp_path: Path, clock: MovableClock
) -> None:
    """SQLite: the file, its write-ahead log, and a backup of after."""
    with databases.sqlite(blank, tmp_path) as url:
        database = Database(url, databases.vault())
        await live(database, clock)
        await fill(database, MEMBER)
        files = list(tmp_path.glob(f"{Path(database.url.database or '').name}*"))
        raw = b"".join(file.read_bytes() for file in files)
        assert UNIT.encode() not in raw
        assert NAME.encode() not in raw
        assert PHONE.encode() not in raw
        assert "处理失败的话".encode() in raw
        await OwnDataService(database, clock).erase(MEMBER)
        await database.close()
        raw = b"".join(file.read_bytes() for file in files if file.exists())
        copy = tmp_path / "after.db"
        with sqlite3.connect(str(database.url.database)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        connection.close()
    for data in (raw, copy.read_bytes()):
        for secret in SECRETS:
            assert secret.encode() not in data, secret
        assert MEMBER.to_bytes(6, "big") not in data
        assert "处理失败的话".encode() not in data


async def test_an_erased_person_is_not_brought_back_by_a_roster(
    database: Database, clock: MovableClock, own_data: OwnDataService
) -> None:
    tree = await offices.plant(database, clock)
    boss, service = offices.admin(tree.district), RosterService(database, clock)
    people = [(NUMBER, NAME, PHONE), ("DX-2", "李强", "13900000001")]
    await rosters.load(service, boss, tree.firm, people)
    await live_with_roster(database, clock)
    assert await own_data.erase(MEMBER)
    assert len(await offices.rows(database, "people")) == 1
    for again in (
        people,
        # By the phone alone, and by the number alone.
        [("DX-9", NAME, PHONE), people[1]],
        [(NUMBER, NAME, ""), people[1]],
    ):
        planned = await rosters.plan(service, boss, tree.firm, again)
        assert (planned.erased, planned.new) == (1, 0)
        await rosters.load(service, boss, tree.firm, again)
        assert NAME not in str((await own_data.copy(MEMBER)).tables)
        assert len(await offices.rows(database, "people")) == 1
    # Who comes back by their own wish may be in a roster again.
    clock.move(days=1)
    await live_with_roster(database, clock)
    assert (await rosters.plan(service, boss, tree.firm, people[:1])).erased <= 1
    async with database.open_read() as work:
        assert await work.erasures.among("phone", [PHONE]) == frozenset()


async def live_with_roster(database: Database, clock: MovableClock) -> None:
    profiles = ProfileService(database, clock)
    await MemberService(database, clock).meet(MEMBER, MEMBER, "zh")
    await profiles.answer(MEMBER, Purpose.SERVICE, Answer.GIVEN)
    await profiles.tell_name(MEMBER, NAME)
    await profiles.share_phone(MEMBER, MEMBER, "86" + PHONE)


async def test_a_restored_copy_does_not_bring_an_erased_member_back(
    database: Database, clock: MovableClock, own_data: OwnDataService, blank: Path, tmp_path: Path
) -> None:
    """The copy of before is another database with the same keys, the ledger is carried over."""
    await live(database, clock)
    await live(database, clock, OTHER)
    clock.move(hours=1)
    await own_data.erase(MEMBER)
    ledger = await own_data.ledger()
    with databases.sqlite(blank, tmp_path) as url:
        earlier = Database(url, databases.vault())
        clock.move(hours=-1)
        await live(earlier, clock)
        await live(earlier, clock, OTHER)
        clock.move(hours=2)
        restored = OwnDataService(earlier, clock)
        # Without the ledger nobody would notice.
        assert await restored.reapply() == 0
        assert NAME in str((await restored.copy(MEMBER)).tables)
        assert await restored.reapply(ledger) > 0
        assert (await restored.copy(MEMBER)).tables == {}
        assert str(MEMBER) not in await offices.everything(earlier)
        assert str(OTHER) in str((await restored.copy(OTHER)).tables)
        assert await restored.reapply(ledger) == 0
        await earlier.close()


async def test_who_came_back_after_an_erasure_is_left_alone(
    database: Database, clock: MovableClock, own_data: OwnDataService
) -> None:
    await live_with_roster(database, clock)
    await own_data.erase(MEMBER)
    clock.move(days=1)
    await live_with_roster(database, clock)
    assert await own_data.reapply() == 0
    assert NAME in str((await own_data.copy(MEMBER)).tables)


async def test_the_process_forgets_an_erased_member_too(
    database: Database, clock: MovableClock
) -> None:
    members = MemberService(database, clock)
    own_data = OwnDataService(database, clock, forgotten=members.forget)
    await members.meet(MEMBER, MEMBER, "zh")
    await members.notice_shown(MEMBER)
    assert not (await members.meet(MEMBER, MEMBER, "zh")).is_new
    await own_data.erase(MEMBER)
    greeting = await members.meet(MEMBER, MEMBER, "zh")
    assert (greeting.is_new, greeting.owes_notice) == (True, True)
