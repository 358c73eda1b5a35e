"""The second factor: enrolling, showing, recovering, replacing."""

from __future__ import annotations

import pytest

from domain.sign_in import Stage
from domain.staff import Role
from storage.database import Database
from tests.services import offices
from tests.services.entering import EDITOR, VIEWER, actor, code_at, enrol, enter, wide, wrong
from tests.staffing import House, make_house, refused
from tests.world import MovableClock


@pytest.fixture
async def house(database: Database, clock: MovableClock) -> House:
    house = await make_house(database, clock)
    await house.person(Role.EDITOR, house.top, EDITOR)
    await house.person(Role.VIEWER, house.top, VIEWER)
    return house


# The second factor


async def test_an_editor_enrols_before_anything_else(house: House) -> None:
    token = await enter(house, EDITOR)
    found = await house.sign_in.find(token)
    assert found is not None and found.stage is Stage.ENROL
    assert await house.sign_in.actor_of(token) is None
    new = await house.factors.begin_enrolment(token)
    assert new.uri.startswith("otpauth://totp/")
    assert (await house.factors.begin_enrolment(token)).secret == new.secret
    with refused("staff.code_wrong"):
        await house.factors.confirm_enrolment(token, wrong(code_at(house, new.secret)))
    done = await house.factors.confirm_enrolment(token, code_at(house, new.secret))
    assert len(set(done.recovery_codes)) == 10
    # The token of before is void: whoever had it has nothing.
    assert await house.sign_in.find(token) is None
    editor = await actor(house, done.token)
    assert editor.is_fresh(house.clock.now())


async def test_a_secret_shown_to_an_abandoned_session_is_never_used(house: House) -> None:
    seen = await house.factors.begin_enrolment(await enter(house, EDITOR))
    token = await enter(house, EDITOR)
    with refused("staff.enrolment_gone"):
        await house.factors.confirm_enrolment(token, code_at(house, seen.secret))
    new = await house.factors.begin_enrolment(token)
    assert new.secret != seen.secret


async def test_the_second_time_six_digits_are_enough(house: House) -> None:
    _, secret, _ = await enrol(house)
    house.clock.move(hours=1)
    token = await enter(house, EDITOR)
    found = await house.sign_in.find(token)
    assert found is not None and found.stage is Stage.FACTOR
    with refused("staff.factor_old"):
        await house.factors.begin_enrolment(token)
    code = code_at(house, secret)
    renewed = await house.factors.verify(token, f" {code[:3]} {code[3:]} ")
    assert await house.sign_in.find(token) is None
    assert await house.sign_in.actor_of(renewed.token) is not None


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (1, True), (2, False)])
async def test_a_clock_may_be_half_a_minute_wrong(house: House, steps: int, good: bool) -> None:
    token, secret, _ = await enrol(house)
    house.clock.move(minutes=5)
    code = code_at(house, secret, steps)
    if good:
        await house.factors.verify(token, code)
        return
    with refused("staff.code_wrong"):
        await house.factors.verify(token, code)


async def test_a_code_counts_once(house: House) -> None:
    token, secret, _ = await enrol(house)
    # The code that confirmed the enrolment is used up too.
    with refused("staff.code_wrong"):
        await house.factors.verify(token, code_at(house, secret))
    house.clock.move(minutes=1)
    code = code_at(house, secret)
    renewed = await house.factors.verify(token, code)
    with refused("staff.code_wrong"):
        await house.factors.verify(renewed.token, code)
    with refused("staff.code_wrong"):
        await house.factors.verify(renewed.token, code_at(house, secret, -1))


async def test_codes_in_full_width_are_the_same_codes(house: House) -> None:
    token = await enter(house, EDITOR)
    new = await house.factors.begin_enrolment(token)
    done = await house.factors.confirm_enrolment(token, wide(code_at(house, new.secret)))
    house.clock.move(minutes=1)
    renewed = await house.factors.verify(done.token, wide(code_at(house, new.secret)))
    code = done.recovery_codes[0]
    renewed = await house.factors.verify(renewed.token, wide(code.replace("O", "0")))
    for text in done.recovery_codes[1:4]:
        # What stands on paper is not always told apart.
        written = text.replace("O", "0").replace("I", "1").replace("B", "8")
        renewed = await house.factors.verify(renewed.token, written)


async def test_a_recovery_code_counts_once_and_a_new_set_voids_the_old(house: House) -> None:
    token, _, codes = await enrol(house)
    token = (await house.factors.verify(token, codes[0].lower())).token
    with refused("staff.code_wrong"):
        await house.factors.verify(token, codes[0])
    staff_id = (await actor(house, token)).staff_id
    assert await house.factors.count_recovery_codes(staff_id) == 9
    new = await house.factors.renew_recovery_codes(token)
    assert await house.factors.count_recovery_codes(staff_id) == 10
    with refused("staff.code_wrong"):
        await house.factors.verify(token, codes[1])
    await house.factors.verify(token, new[0].replace("-", " "))
    assert "factor.recovery_used" in await house.acts()


async def test_new_recovery_codes_need_a_fresh_factor(house: House) -> None:
    token, secret, _ = await enrol(house)
    house.clock.move(minutes=16)
    with refused("staff.factor_old"):
        await house.factors.renew_recovery_codes(token)
    with refused("staff.factor_old"):
        await house.factors.begin_enrolment(token)
    token = (await house.factors.verify(token, code_at(house, secret))).token
    assert len(await house.factors.renew_recovery_codes(token)) == 10


async def test_a_replaced_factor_ends_the_other_sessions_and_the_old_codes(house: House) -> None:
    token, old, _ = await enrol(house)
    house.clock.move(minutes=1)
    other = (await house.factors.verify(await enter(house, EDITOR), code_at(house, old))).token
    new = await house.factors.begin_enrolment(token)
    done = await house.factors.confirm_enrolment(token, code_at(house, new.secret))
    assert await house.sign_in.find(other) is None
    house.clock.move(minutes=1)
    with refused("staff.code_wrong"):
        await house.factors.verify(done.token, code_at(house, old))


async def test_after_a_reset_by_an_admin_the_person_enrols_anew(house: House) -> None:
    token, secret, _ = await enrol(house)
    editor = await actor(house, token)
    await house.staff.reset_factor(house.admin, editor.staff_id)
    assert await house.sign_in.find(token) is None
    token = await enter(house, EDITOR)
    with refused("staff.factor_missing"):
        await house.factors.verify(token, code_at(house, secret))
    found = await house.sign_in.find(token)
    assert found is not None and found.stage is Stage.ENROL


async def test_a_session_without_its_factor_lives_ten_minutes(house: House) -> None:
    token = await enter(house, EDITOR)
    house.clock.move(minutes=10)
    assert await house.sign_in.find(token) is None
    with refused("staff.sign_in_gone"):
        await house.factors.begin_enrolment(token)


async def test_wrong_codes_lock_the_account_and_are_told_as_security_events(house: House) -> None:
    token, secret, _ = await enrol(house)
    house.clock.move(minutes=5)
    for _ in range(5):
        with refused("staff.code_wrong"):
            await house.factors.verify(token, wrong(code_at(house, secret)))
    with refused("staff.sign_in_locked"):
        await house.factors.verify(token, code_at(house, secret))
    assert (await house.acts())[-5:] == ["factor.wrong_code"] * 5
    house.clock.move(minutes=15)
    await house.factors.verify(token, code_at(house, secret))


async def test_wrong_codes_are_told_to_their_owner_once_an_hour(house: House) -> None:
    _, secret, _ = await enrol(house)

    async def told() -> list[tuple[int, str]]:
        rows = await offices.rows(house.database, "outbox")
        return [(row["chat_id"], row["kind"]) for row in rows if "factor" in row["kind"]]

    house.clock.move(hours=1)
    token = await enter(house, EDITOR)
    for number in range(1, 6):
        assert len(await told()) == (number > 3)
        with refused("staff.code_wrong"):
            await house.factors.verify(token, wrong(code_at(house, secret)))
    # Whoever is locked out tells nobody more, and the hour after tells one more.
    with refused("staff.sign_in_locked"):
        await house.factors.verify(token, wrong(code_at(house, secret)))
    assert await told() == [(EDITOR, "staff.factor_wrong_notice")]
    (row,) = await offices.rows(house.database, "outbox")
    assert row["member_id"] is None and row["details"] == {}
    house.clock.move(hours=1)
    token = await enter(house, EDITOR)
    for _ in range(3):
        with refused("staff.code_wrong"):
            await house.factors.verify(token, wrong(code_at(house, secret)))
    assert len(await told()) == 2


async def test_two_slips_of_the_finger_are_told_to_nobody(house: House) -> None:
    token, secret, _ = await enrol(house)
    for _ in range(2):
        with refused("staff.code_wrong"):
            await house.factors.verify(token, wrong(code_at(house, secret)))
    house.clock.move(minutes=1)
    await house.factors.verify(token, code_at(house, secret))
    assert await offices.rows(house.database, "outbox") == []
