"""A broadcast while it is sent and afterwards: numbers, stopping, one row each, calls, files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping

import pytest

from domain.broadcasts import Button, ButtonKind, Content, Topic
from domain.members import Reach
from domain.outbox import PushState, State
from domain.people import Person
from domain.staff import Role
from locales import load
from tests.console.broadcast_house import CORRECTION, TEXT, Announcing, Author
from tests.console.visiting import Browser, House

CONTENT = Content(TEXT, Topic.NEWS, None, (Button(ButtonKind.READ, "我看过了"),), CORRECTION)


# Paused before its first message was written, it is looked at again before it begins.
_ON = (PushState.APPROVED, PushState.EXPANDING, PushState.RUNNING)


class Run:
    """A broadcast to 22 members that was agreed to and is due."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.announcing = Announcing(house)
        self.members: list[Person] = []
        self.author: Author
        self.other: Author
        self.path = ""

    async def begin(self) -> None:
        announcing, house = self.announcing, self.house
        self.author = await announcing.author(house.north, "宣传小孙")
        self.other = await announcing.author(house.north, "审批老王")
        self.members = await announcing.members(house.factory, 22)
        by = self.author.actor
        broadcast = await announcing.draft(house.factory, by, content=CONTENT)
        await announcing.arrives(self.author, broadcast)
        await announcing.desk.hand_in(by, broadcast.id)
        await announcing.approvals.approve(self.other.actor, broadcast.id, "22")
        self.path = f"/broadcasts/{broadcast.id}"
        announcing.rests()
        await house.world.tick("broadcasts.start")

    async def sits(self) -> Browser:
        return await self.house.sits_down(self.author.account)

    async def state(self) -> PushState:
        number = self.path.rpartition("/")[2]
        return (await self.announcing.desk.get(self.author.actor, number)).state

    async def counts(self) -> Mapping[State, int]:
        number = self.path.rpartition("/")[2]
        async with self.announcing.database.open_read() as work:
            broadcast = await work.broadcasts.find(number)
            assert broadcast and broadcast.push
            return await work.outbox.counts(broadcast.push.id)

    def texts(self, person: Person) -> list[str]:
        assert person.member_id is not None
        screen = self.house.world.simulator.screen(person.member_id)
        return [message["text"] for message in screen["messages"]]


@pytest.fixture
async def run(house: House) -> Run:
    made = Run(house)
    await made.begin()
    return made


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline="")))


async def test_the_numbers_of_a_run_add_up_and_tell_when_the_page_is_old(run: Run) -> None:
    browser = await run.sits()
    first = await browser.get(f"{run.path}/progress")
    assert first.headers["X-State"] in ("going", "finished") and "/ 22" in first.text
    page = (await browser.get(run.path)).text
    assert f'data-renew="/console{run.path}/progress"' in page
    await run.house.world.deliver()
    await run.house.world.deliver()
    last = await browser.get(f"{run.path}/progress")
    assert last.headers["X-State"] == "finished"
    assert "<b>22</b> / 22" in last.text and "已发到" in last.text
    assert all(any("停水" in text for text in run.texts(one)) for one in run.members)


async def test_paused_is_paused_and_may_be_let_go_on_and_paused_again(run: Run) -> None:
    browser, other = await run.sits(), await run.house.sits_down(run.other.account)
    # Nothing gets through, so that it does not come to its end meanwhile.
    run.house.world.simulator.fault("sendMessage", "drop_before", times=-1)
    for _ in range(2):
        # The very same form within ten minutes: it must not be taken for one sent twice.
        assert (await browser.post(f"{run.path}/pause")).status == 303
        assert await run.state() is PushState.PAUSED
        assert "有同事暂停了发送" in (await browser.get(run.path)).text
        assert (await other.post(f"{run.path}/resume")).status == 303
        assert await run.state() in _ON


async def test_cancelling_asks_for_the_name_and_is_for_good(run: Run) -> None:
    browser = await run.sits()
    wrong = await browser.post(f"{run.path}/cancel", {"confirm_name": "别的"})
    assert wrong.status == 422 and await run.state() is not PushState.CANCELLED
    done = await browser.post(f"{run.path}/cancel", {"confirm_name": "停水通知"})
    assert done.status == 303
    await run.house.world.deliver()
    assert await run.state() is PushState.CANCELLED
    counts = await run.counts()
    assert sum(counts.values()) == 22 and set(counts) <= {State.SENT, State.CANCELLED}
    # What was under way arrived; nobody else gets it any more.
    got = [one for one in run.members if any("停水" in text for text in run.texts(one))]
    assert len(got) == counts.get(State.SENT, 0)
    assert "取消剩下的" not in (await browser.get(run.path)).text


async def test_an_admin_may_pause_and_nothing_else(run: Run) -> None:
    browser = await run.house.someone((Role.ADMIN, run.house.district))
    page = (await browser.get(run.path)).text
    assert "暂停" in page and "取消剩下的" not in page and "发出以后" not in page
    assert (await browser.post(f"{run.path}/pause")).status == 303
    for path in ("resume", "cancel", "correct", "recall", "resend", "edit", "copy"):
        assert (await browser.post(f"{run.path}/{path}")).status == 404, path
    assert await run.state() is PushState.PAUSED


async def test_everybody_has_one_row_and_the_file_has_the_same(run: Run) -> None:
    simulator = run.house.world.simulator
    blocked = run.members[0]
    assert blocked.member_id is not None
    simulator.block(blocked.member_id)
    await run.house.world.settle()
    # The house does not know of it yet: the message is tried.
    async with run.announcing.database.open_work() as work:
        await work.members.set_reach(blocked.member_id, Reach.REACHABLE)
        await work.commit()
    await run.house.world.deliver()
    browser = await run.sits()
    ledger = (await browser.get(f"{run.path}/ledger")).text
    assert ledger.count("会*") == 22 and "会员一" not in ledger
    failed = (await browser.get(f"{run.path}/ledger?state=failed")).text
    assert failed.count("会*") == 1 and "停用了机器人" in failed
    assert (await browser.get(f"{run.path}/ledger?why=blocked")).text.count("会*") == 1
    taken = await browser.post(f"{run.path}/ledger/export", {"format": "csv", "full": "yes"})
    assert taken.status == 404, "nobody gets the names from here"
    head, *rows = table((await browser.post(f"{run.path}/ledger/export", {"format": "csv"})).text)
    states = [row[head.index("状态")] for row in rows]
    assert len(rows) == 22 and states.count("已发到") == 21 and states.count("没发成") == 1
    assert {row[head.index("姓名")] for row in rows} == {"会*"}


async def test_the_reach_tells_sent_failed_and_pressed(run: Run) -> None:
    await run.house.world.deliver()
    for one in run.members[:3]:
        assert one.member_id is not None
        run.house.world.simulator.press(one.member_id, "我看过了")
    await run.house.world.settle()
    browser = await run.sits()
    page = (await browser.get(f"{run.path}/reach")).text
    assert re.search(r"<b>22</b><strong>已发到 100\.0%", page)
    assert re.search(r"<b>3</b><strong>点过按钮 13\.6%", page)
    assert "<figure" in page and "我看过了" in page
    _, *rows = table((await browser.post(f"{run.path}/reach/export", {"format": "csv"})).text)
    told = {row[0]: row[1] for row in rows}
    assert (told["收信人"], told["已发到"], told["点过按钮"], told["我看过了"]) == (
        "22",
        "22",
        "3",
        "3",
    )


async def test_the_prepared_correction_takes_the_place_of_the_text(run: Run) -> None:
    await run.house.world.deliver()
    await run.house.world.deliver()
    browser = await run.sits()
    assert "更正：停水改到后天" in (await browser.get(run.path)).text
    assert (await browser.post(f"{run.path}/correct")).status == 303
    await run.house.world.deliver()
    await run.house.world.deliver()
    for one in run.members:
        last = run.texts(one)[-1]
        assert "后天上午 9 点" in last and "明天上午" not in last
    shown = (await browser.get(run.path)).text
    assert "更正" in shown and "已办" in shown


async def test_another_text_waits_for_the_second_person(run: Run) -> None:
    await run.house.world.deliver()
    browser = await run.sits()
    told = {"correction_text": "改到下周一"}
    assert (await browser.post(f"{run.path}/correct-otherwise", told)).status == 303
    await run.house.world.deliver()
    assert "下周一" not in run.texts(run.members[0])[-1]
    other = await run.house.sits_down(run.other.account)
    waiting = (await other.get("/broadcasts/waiting")).text
    assert "等您同意的更正" in waiting
    page = (await other.get(run.path)).text
    action = re.search(r'action="/console(/broadcasts/[^"]+/acts/[^"]+/approve)"', page)
    assert action and "改到下周一" in page
    assert "/acts/" not in (await browser.get(run.path)).text, "nobody agrees to their own"
    assert (await other.post(action[1], {"count": "21"})).status == 422
    assert (await other.post(action[1], {"count": "22"})).status == 303
    await run.house.world.deliver()
    await run.house.world.deliver()
    assert "下周一" in run.texts(run.members[0])[-1]


async def test_who_was_not_reached_is_called_and_ticked(run: Run) -> None:
    stranger = await run.announcing.stranger(run.house.factory)
    await run.house.world.deliver()
    browser = await run.sits()
    path = f"{run.path}/calls"
    page = (await browser.get(path)).text
    assert "没*" in page and "没绑定的人" not in page and "还没绑定" in page
    assert stranger.phone and stranger.phone not in page and stranger.phone[:3] in page
    assert (await browser.post(f"{path}/{stranger.id}/phone")).status == 404
    assign = {"person": stranger.id, "staff": run.other.account.id}
    assert (await browser.post(f"{path}/assign", {"staff": assign["staff"]})).status == 422
    assert (await browser.post(f"{path}/assign", assign)).status == 303
    assert "审批老王" in (await browser.get(path)).text
    wrong = await browser.post(f"{path}/{stranger.id}/called", {"outcome": "maybe"})
    assert wrong.status == 422
    await browser.post(f"{path}/{stranger.id}/called", {"outcome": "reached"})
    head, *rows = table((await browser.post(f"{path}/export", {"format": "csv"})).text)
    (row,) = rows
    assert row[head.index("姓名")] == "没*" and "****" in row[head.index("手机")]
    assert row[head.index("结果")] == "说到了"


async def test_the_whole_number_is_for_the_permitted_role_and_leaves_a_trace(run: Run) -> None:
    stranger = await run.announcing.stranger(run.house.factory)
    await run.house.world.deliver()
    browser = await run.house.someone((Role.ADMIN, run.house.district))
    path = f"{run.path}/calls"
    assert stranger.phone and stranger.phone not in (await browser.get(path)).text
    assert stranger.phone in (await browser.post(f"{path}/{stranger.id}/phone")).text
    full = {"format": "csv", "full": "yes"}
    assert (await browser.post(f"{path}/export", full)).status == 422, "a reason is asked for"
    asked = await browser.post(f"{path}/export", {**full, "reason": "打电话通知"})
    assert asked.location.startswith("/countersigns/") and await run.house.agrees() == 1
    taken = await browser.post(f"{path}/export", {**full, "reason": "打电话通知"})
    assert stranger.phone in taken.text and "没绑定的人" in taken.text
    acts = await run.announcing.acts_of_audit()
    assert "broadcast.call_phone" in acts and "export.made" in acts


def test_every_fate_of_a_message_has_its_word() -> None:
    texts = load()
    assert all(f"console_broadcasts.fate_{one}" in texts.gaps for one in State)
    assert all(f"console_broadcasts.state_{one}" in texts.gaps for one in PushState)
