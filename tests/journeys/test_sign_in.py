"""Staff let their browser into the console from the chat; everybody else learns nothing."""

from __future__ import annotations

import io

import pytest

from domain.sign_in import Asked, SignInState
from domain.staff import operator
from tests.journeys import checks
from tests.staffing import ADDRESS, BROWSER
from tests.world import Person, World

NEUTRAL = "这个登录码不能用"


async def staff(world: World) -> Person:
    """An admin with a phone."""
    person = await world.regular("周管理")
    await world.parts.staff.staff.add_admin(operator(), "周管理", person.id, "某区总工会")
    return person


async def ask(world: World) -> Asked:
    return await world.parts.staff.sign_in.begin(BROWSER, ADDRESS)


async def state(world: World, asked: Asked) -> SignInState:
    looked = await world.parts.staff.sign_in.look(asked.token)
    assert looked is not None
    return looked.state


def numbers(person: Person) -> list[str]:
    return [label for label in person.buttons() if label.isdigit()]


@pytest.mark.parametrize("by", ["link", "typed"])
async def test_three_numbers_and_the_right_one_lets_the_browser_in(world: World, by: str) -> None:
    admin, asked = await staff(world), await ask(world)
    if by == "link":
        shown = await admin.starts(f"signin_{asked.code}")
    else:
        shown = await admin.says(f"/login {asked.code}")
    assert "登录工作台" in shown and BROWSER in shown and "14:00" in shown
    assert len(numbers(admin)) == 3 and str(asked.number) in numbers(admin)
    assert "已经确认" in await admin.presses(str(asked.number))
    assert numbers(admin) == []
    assert "不是我" in admin.buttons()
    assert await world.parts.staff.sign_in.finish(asked.token)
    assert checks.unanswered_presses(world) == set()


async def test_a_wrong_number_voids_it_and_the_owner_is_told(world: World) -> None:
    admin, asked = await staff(world), await ask(world)
    await admin.starts(f"signin_{asked.code}")
    wrong = next(number for number in numbers(admin) if number != str(asked.number))
    told = await admin.presses(wrong)
    assert "已经作废" in told and "告诉管理员" in told
    assert admin.buttons() == []
    assert await state(world, asked) is SignInState.VOID


async def test_whoever_did_not_ask_says_so_before_and_after(small_world: World) -> None:
    world = small_world
    admin = await staff(world)
    first = await ask(world)
    await admin.starts(f"signin_{first.code}")
    assert "已经拒绝" in await admin.presses("不是我")
    assert await state(world, first) is SignInState.VOID

    second = await ask(world)
    await admin.starts(f"signin_{second.code}")
    await admin.presses(str(second.number))
    token = await world.parts.staff.sign_in.finish(second.token)
    assert "退出您账号的所有登录" in await admin.presses("不是我")
    assert await world.parts.staff.sign_in.find(token) is None


async def test_members_get_the_same_sentence_for_a_good_and_a_bad_code(world: World) -> None:
    await staff(world)
    member, asked = await world.regular("李强"), await ask(world)
    answers = {
        await member.starts(f"signin_{asked.code}"),
        await member.starts("signin_AAAAAAAA"),
        await member.starts("signin_"),
        await member.says(f"/login {asked.code}"),
        await member.says("/login 请让我进去"),
    }
    assert len(answers) == 1
    assert NEUTRAL in answers.pop()
    assert member.buttons() == []
    assert await state(world, asked) is SignInState.ASKED


async def test_staff_read_that_sentence_too_when_the_code_is_no_good(small_world: World) -> None:
    admin, member = await staff(small_world), await small_world.regular("李强")
    for person in (admin, member):
        assert NEUTRAL in await person.says("/login AAAAAAAA")
        assert "/login ABCD2345" in await person.says("/login")


async def test_a_forged_press_of_somebody_else_has_no_effect(small_world: World) -> None:
    world = small_world
    admin, member, asked = await staff(world), await world.regular("李强"), await ask(world)
    await admin.starts(f"signin_{asked.code}")
    markup = world.calls("sendMessage")[-1]["reply_markup"]
    data = [button["callback_data"] for row in markup["inline_keyboard"] for button in row]
    assert len(data) == 4
    for forged in (*data, "sign_in:pick:0:99", "sign_in:pick:xxxxxxxxxxxxxxxx:-1"):
        await member.starts()
        world.simulator.press_data(member.id, member.bot_messages()[-1]["id"], forged)
        await world.settle()
        assert "已经结束" in str(member.messages())
    assert await state(world, asked) is SignInState.OPENED


async def test_a_press_after_it_ended_says_so(small_world: World) -> None:
    admin, asked = await staff(small_world), await ask(small_world)
    await admin.starts(f"signin_{asked.code}")
    small_world.clock.move(minutes=11)
    assert "过期" in await admin.presses(str(asked.number))


async def test_too_many_wrong_tries_are_told_to_the_owner_only(small_world: World) -> None:
    admin, asked = await staff(small_world), await ask(small_world)
    for letter in "ABCDE":
        await admin.says(f"/login {letter * 8}")
    assert "请 15 分钟后再试" in await admin.says(f"/login {asked.code}")


async def test_nothing_of_it_is_heard_in_groups(small_world: World) -> None:
    world = small_world
    admin, asked = await staff(world), await ask(world)
    group = world.simulator.add_group("工友群", [admin.id])
    await admin.says(f"/login {asked.code}", group)
    await admin.says(f"/start signin_{asked.code}", group)
    said = [message["text"] for message in admin.messages(group) if message["from"] == "bot"]
    assert not any("数字" in text or "登录" in text for text in said)
    assert await state(world, asked) is SignInState.ASKED


async def test_the_log_has_no_code_and_no_token(small_world: World, logged: io.StringIO) -> None:
    admin, asked = await staff(small_world), await ask(small_world)
    await admin.says(f"/login {asked.code}")
    await admin.presses(str(asked.number))
    token = await small_world.parts.staff.sign_in.finish(asked.token)
    for hidden in (asked.code, asked.token, token):
        assert hidden not in logged.getvalue()
