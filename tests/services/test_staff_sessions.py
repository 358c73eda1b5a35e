"""R24: sessions, their end, and rights that are lost within one; the demo's door."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.sign_in import Stage
from domain.staff import Permission, Role
from services.staff.sign_in import hash_of_code
from storage.database import Database
from storage.tables import factors, recovery_codes, sessions, sign_ins
from tests.services.entering import EDITOR, VIEWER, actor, ask, enrol, enter, pick
from tests.staffing import ADDRESS, BROWSER, KEY, House, make_house, refused
from tests.world import MovableClock


@pytest.fixture
async def house(database: Database, clock: MovableClock) -> House:
    house = await make_house(database, clock)
    await house.person(Role.EDITOR, house.top, EDITOR)
    await house.person(Role.VIEWER, house.top, VIEWER)
    return house


# Somebody loses a right or an account: R24


async def test_revoked_between_the_phone_and_the_browser(house: House) -> None:
    asked = await ask(house)
    await pick(house, VIEWER, asked)
    (viewer,) = [
        one
        for one in await house.staff.list_records(house.admin)
        if one.account.telegram_id == VIEWER
    ]
    await house.staff.suspend(house.admin, viewer.account.id)
    await house.staff.reactivate(house.admin, viewer.account.id)
    with refused("staff.sign_in_gone"):
        await house.sign_in.finish(asked.token)


async def test_a_grant_taken_away_is_gone_at_the_next_request(house: House) -> None:
    token, *_ = await enrol(house)
    before = await actor(house, token)
    assert before.may(Permission.KNOWLEDGE_PUBLISH)
    record = await house.staff.get_record(house.admin, before.staff_id)
    await house.staff.take(house.admin, record.granted[0].id)
    assert not (await actor(house, token)).may(Permission.KNOWLEDGE_PUBLISH)


async def test_a_suspended_account_is_out_at_the_next_request(house: House) -> None:
    token = await enter(house)
    before = await actor(house, token)
    await house.staff.suspend(house.admin, before.staff_id)
    assert await house.sign_in.actor_of(token) is None
    # It does not come back with the account.
    await house.staff.reactivate(house.admin, before.staff_id)
    assert await house.sign_in.actor_of(token) is None


async def test_a_grant_that_ends_by_the_clock_ends_within_the_session(house: House) -> None:
    viewer = await actor(house, await enter(house))
    await house.staff.give(
        house.admin, viewer.staff_id, Role.VIEWER, house.east.id, house.clock.now().date()
    )
    house.clock.move(hours=9, minutes=50)
    token = await enter(house)
    assert len((await actor(house, token)).grants) == 2
    house.clock.move(minutes=10)
    assert len((await actor(house, token)).grants) == 1


async def test_a_new_right_to_confidences_asks_for_the_second_factor_first(house: House) -> None:
    token = await enter(house)
    viewer = await actor(house, token)
    house.clock.move(minutes=9)
    await house.staff.give(house.admin, viewer.staff_id, Role.EDITOR, house.top.id)
    found = await house.sign_in.find(token)
    assert found is not None and found.stage is Stage.ENROL
    assert await house.sign_in.actor_of(token) is None
    house.clock.move(minutes=1)
    assert await house.sign_in.find(token) is None


# Sessions


async def test_a_session_ends_when_idle_and_after_half_a_day(house: House) -> None:
    token = await enter(house)
    for _ in range(25):
        house.clock.move(minutes=28)
        assert await house.sign_in.actor_of(token) is not None
    house.clock.move(minutes=19)
    assert await house.sign_in.actor_of(token) is not None
    house.clock.move(minutes=1)
    assert await house.sign_in.actor_of(token) is None
    idle = await enter(house)
    house.clock.move(minutes=30)
    assert await house.sign_in.actor_of(idle) is None


async def test_signing_out_here_everywhere_and_elsewhere(house: House) -> None:
    tokens = [await enter(house) for _ in range(4)]
    first = await actor(house, tokens[0])
    assert len(await house.sign_in.list_sessions(first)) == 4
    await house.sign_in.sign_out(tokens[1])
    await house.sign_in.sign_out(tokens[1])
    assert await house.sign_in.actor_of(tokens[1]) is None
    last = await actor(house, tokens[3])
    await house.sign_in.end_session(first, last.session_id)
    assert await house.sign_in.actor_of(tokens[3]) is None
    assert await house.sign_in.sign_out_everywhere(first, but_here=True) == 1
    assert await house.sign_in.actor_of(tokens[0]) is not None
    assert await house.sign_in.sign_out_everywhere(first) == 1
    assert await house.sign_in.actor_of(tokens[0]) is None


async def test_nobody_ends_the_session_of_somebody_else(house: House) -> None:
    viewer = await actor(house, await enter(house))
    token, *_ = await enrol(house)
    editor = await actor(house, token)
    with refused("staff.session_not_found"):
        await house.sign_in.end_session(editor, viewer.session_id)
    with refused("staff.session_not_found"):
        await house.sign_in.end_session(editor, "none")


async def test_what_is_over_is_removed_and_what_is_not_stays(house: House) -> None:
    old = await enter(house)
    house.clock.move(days=3)
    new = await enter(house)
    assert await house.sign_in.purge() == 2
    assert await house.sign_in.actor_of(old) is None
    assert await house.sign_in.actor_of(new) is not None


async def test_the_database_has_no_token_no_code_and_no_secret(house: House) -> None:
    asked = await ask(house)
    token, secret, codes = await enrol(house)
    async with house.database.open_read() as work:
        kept = [
            str((await work._connection.execute(table.select())).all())
            for table in (sign_ins, sessions, factors, recovery_codes)
        ]
    told = "".join(kept)
    for hidden in (asked.token, asked.code, token, secret, *codes, ADDRESS):
        assert hidden not in told
    # The scan would find them: what is kept in their place is there.
    assert hash_of_code(KEY, asked.code) in told
    assert len(asked.token) >= 43


# The demo


async def test_the_demo_lets_in_whoever_and_nothing_else_does(
    database: Database, clock: MovableClock
) -> None:
    house = await make_house(database, clock, demo=True)
    editor = await house.person(Role.EDITOR, house.top, EDITOR)
    people = await house.sign_in.list_demo_staff()
    assert {person.id for person in people} >= {editor.staff_id}
    token = await house.sign_in.sign_in_demo(editor.staff_id, BROWSER, ADDRESS)
    assert (await actor(house, token)).may(Permission.KNOWLEDGE_PUBLISH)
    with refused("staff.not_found"):
        await house.sign_in.sign_in_demo("nobody", BROWSER, ADDRESS)


async def test_outside_of_the_demo_there_is_no_such_door(house: House) -> None:
    (person, *_) = await house.staff.list_records(house.admin)
    assert await house.sign_in.list_demo_staff() == ()
    with refused("staff.not_found"):
        await house.sign_in.sign_in_demo(person.account.id, BROWSER, ADDRESS)


async def test_a_visit_writes_at_most_once_a_minute(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await enter(house)
    written: list[str] = []

    async def touch(_: object, session_id: str, at: object) -> None:
        written.append(session_id)

    monkeypatch.setattr("storage.sign_in.Sessions.touch", touch)
    for _ in range(5):
        await house.sign_in.find(token)
    assert written == []
    house.clock.move(seconds=timedelta(minutes=1).total_seconds())
    await house.sign_in.find(token)
    assert len(written) == 1
