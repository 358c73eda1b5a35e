"""Talks of members with staff, on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from domain.attachments import read_file
from domain.outbox import Priority
from domain.refusal import Refusal
from domain.staff import Flag, Role
from domain.talks import Box, Context, State
from services.talks import fill_reply
from storage.database import Database
from tests.services import talk_kit
from tests.services.offices import everything
from tests.services.talk_kit import FIRST, Talks
from tests.staffing import refused
from tests.world import MovableClock

SECRET = "老板三个月没给我开工资"
PDF = b"%PDF-1.4 " + bytes(range(256)) * 400


@pytest.fixture
async def talks(database: Database, clock: MovableClock) -> Talks:
    return await talk_kit.settle(database, clock)


async def test_where_nobody_may_answer_no_talk_is_opened(talks: Talks) -> None:
    assert await talks.members.open(FIRST, Context()) is None
    assert await talks.told() == []
    # Control: with somebody there, the same press opens one.
    await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    assert await talks.members.open(FIRST, Context()) is not None


async def test_a_press_tells_those_of_the_nearest_level_and_nothing_of_the_member(
    talks: Talks,
) -> None:
    await talks.staff("区", Role.CASEWORKER, talks.tree.district, number=1)
    await talks.staff("镇", Role.EDITOR, talks.tree.town, number=2)
    await talks.staff("别镇", Role.CASEWORKER, talks.tree.other_town, number=3)
    await talks.staff("组织", Role.ORGANISER, talks.tree.town, number=4)
    await talks.registers(FIRST, talks.tree.firm)
    await talks.opens()
    (alert,) = await talks.told("talks.notice_alert")
    assert alert["member_id"] == 9_100_000_002
    assert alert["priority"] == Priority.SECURITY
    assert alert["due_at"] == talks.clock.now()
    assert set(alert["details"]) == {"talk", "unit"}
    assert alert["details"]["unit"] == "东镇"
    # The same press again, delivered twice or impatient: one talk, one alert.
    await talks.opens()
    assert len(await talks.told()) == 1


async def test_two_presses_at_once_open_one_talk(talks: Talks) -> None:
    await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    found = await asyncio.gather(*(talks.opens() for _ in range(5)))
    assert len(set(found)) == 1


async def test_out_of_hours_the_office_is_told_when_it_opens_and_the_member_the_truth(
    talks: Talks,
) -> None:
    await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    # Wednesday 12:20, the lunch break; at half past one people are back.
    talks.clock.move(hours=-2, minutes=20)
    standing = await talks.members.open(FIRST, Context())
    assert standing is not None and standing.wait is not None
    back = datetime(2026, 11, 25, 5, 30, tzinfo=UTC)
    assert standing.wait.reopens_at == back
    # The clock of the office has not run in the break.
    assert standing.talk.first_due_at == back + timedelta(minutes=30)
    (alert,) = await talks.told()
    assert alert["due_at"] == back
    # Taken before anybody was told: nobody is called for nothing.
    someone = await talks.staff("吴", Role.CASEWORKER, talks.tree.district, number=9)
    await talks.desk.claim(someone, standing.talk.id)
    assert (await talks.told("talks.notice_alert"))[0]["state"] == "cancelled"


async def test_the_line_is_told_as_it_is(talks: Talks) -> None:
    someone = await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    for number in range(3):
        talks.clock.move(seconds=1)
        await talks.opens(FIRST + number)
    standing = await talks.members.standing(FIRST + 2)
    assert standing is not None and standing.wait is not None
    assert (standing.wait.ahead, standing.wait.minutes) == (2, 30)
    # Three were answered after 8 minutes: that is what the fourth is told, rounded up.
    talks.clock.move(minutes=8)
    for number in range(3):
        first = await talks.members.find_live(FIRST + number)
        assert first is not None
        await talks.desk.claim(someone, first.id)
        await talks.desk.reply(someone, first.id, "您好")
    standing = await talks.members.open(FIRST + 9, Context())
    assert standing is not None and standing.wait is not None
    assert (standing.wait.ahead, standing.wait.minutes) == (0, 10)


async def test_only_who_has_the_talk_reads_and_speaks(talks: Talks) -> None:
    one = await talks.staff("周", Role.CASEWORKER, talks.tree.town, number=1)
    other = await talks.staff("吴", Role.CASEWORKER, talks.tree.town, number=2)
    lead = await talks.staff("郑", Role.CASEWORKER, talks.tree.town, Flag.LEAD, number=3)
    await talks.registers(FIRST, talks.tree.firm)
    talk = await talks.opens()
    await talks.says(SECRET)
    # Before somebody has it, its words are for nobody.
    view = await talks.reader.get(one, talk)
    assert not view.is_open and view.may_claim and not view.said and view.person is None
    await talks.desk.claim(one, talk)
    assert [said.what.text for said in (await talks.reader.get(one, talk)).said] == [SECRET]
    for someone in (other, lead):
        assert not (await talks.reader.get(someone, talk)).said
        with refused("talks.not_yours"):
            await talks.desk.reply(someone, talk, "您好")
        with refused("talks.not_yours"):
            await talks.desk.note(someone, talk, "记一笔")
    with refused("talks.taken"):
        await talks.desk.claim(other, talk)
    # A lead may take it over, and then it is theirs alone.
    await talks.desk.claim(lead, talk)
    with refused("talks.not_yours"):
        await talks.desk.reply(one, talk, "还是我")


async def test_the_first_of_two_who_claim_has_it(talks: Talks) -> None:
    actors = [
        await talks.staff(f"员{n}", Role.CASEWORKER, talks.tree.district, number=n)
        for n in range(1, 5)
    ]
    talk = await talks.opens()
    found = await asyncio.gather(
        *(talks.desk.claim(actor, talk) for actor in actors), return_exceptions=True
    )
    refusals = [one for one in found if isinstance(one, Refusal)]
    assert [one.code for one in refusals] == ["talks.taken"] * 3


async def test_the_wall_hides_a_talk_from_who_works_for_the_members_enterprise(
    talks: Talks,
) -> None:
    tree = talks.tree
    await talks.registers(FIRST, tree.firm)
    walled = await talks.staff("内", Role.CASEWORKER, tree.town, employer=tree.firm, number=1)
    # Only behind the wall somebody is there: as if nobody were.
    assert await talks.members.open(FIRST, Context()) is None
    free = await talks.staff("外", Role.CASEWORKER, tree.town, employer=tree.town, number=2)
    elsewhere = await talks.staff("远", Role.CASEWORKER, tree.other_town, number=3)
    talk = await talks.opens()
    assert {row["member_id"] for row in await talks.told()} == {9_100_000_002}
    for actor in (walled, elsewhere):
        for box in Box:
            assert await talks.reader.list(actor, box, offset=0, limit=9) == ([], 0)
        assert sum((await talks.reader.counts(actor)).values()) == 0
        for act in (
            talks.reader.get(actor, talk),
            talks.desk.claim(actor, talk),
            talks.desk.close(actor, talk),
            talks.reader.read_file(actor, talk, "x"),
            talks.reader.get(actor, "NOSUCHTALK"),
        ):
            with refused("talks.not_found"):
                await act
    figures = await talks.reader.figures(
        walled, talks.clock.now() - timedelta(days=1), talks.clock.now() + timedelta(days=1)
    )
    assert figures.opened == 0
    # Control: who is employed by the town itself is not behind the wall.
    assert (await talks.reader.list(free, Box.QUEUE, offset=0, limit=9))[1] == 1
    await talks.desk.claim(free, talk)
    with refused("talks.colleague_unfit"):
        await talks.desk.hand_over(free, talk, walled.staff_id)


async def test_a_reply_goes_on_its_way_without_its_words(talks: Talks, database: Database) -> None:
    someone = await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    talk = await talks.opens(shown="拖欠工资怎么要", entry_id="wage.arrears")
    await talks.says(SECRET)
    await talks.desk.claim(someone, talk)
    message = await talks.desk.reply(someone, talk, "请带上劳动合同", read_file("回执.pdf", PDF))
    await talks.desk.note(someone, talk, "这位会员很着急")
    (row,) = await talks.told("talks.reply")
    assert row["details"] == {"message": message.id, "agent": "周"}
    whole = await everything(database)
    for words in (SECRET, "请带上劳动合同", "这位会员很着急", "回执", "拖欠工资怎么要"):
        assert words not in whole
    # In the moment of sending they are there.
    async with database.open_read() as work:
        told = await fill_reply(work, row["details"])
        notes = await work.talk_words.notes_of(talk)
    assert told is not None
    assert (told["text"], told["name"], told["data"]) == ("请带上劳动合同", "回执.pdf", PDF)
    # A note is in no message and cannot be: what is sent is read from another table.
    async with database.open_read() as work:
        assert await fill_reply(work, {"message": notes[0].id}) is None
    view = await talks.reader.get(someone, talk)
    assert [one.is_note for one in view.said] == [False, False, True]


async def test_whose_turn_it_is_and_by_when(talks: Talks) -> None:
    someone = await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    talk = await talks.opens()
    await talks.desk.claim(someone, talk)
    await talks.desk.reply(someone, talk, "您好，什么事？")
    now = await talks.members.find_live(FIRST)
    assert now is not None
    assert (now.state, now.due_at, now.first_reply_at) == (
        State.PENDING,
        None,
        talks.clock.now(),
    )
    assert await talks.told("talks.notice_word") == []
    # 17:00 on Wednesday: an hour of office time ends at 9:30 on Thursday.
    talks.clock.move(hours=3)
    await talks.says("合同没签")
    await talks.says("也没有社保")
    now = await talks.members.find_live(FIRST)
    assert now is not None
    assert (now.state, now.due_at) == (State.OPEN, datetime(2026, 11, 26, 1, 30, tzinfo=UTC))
    assert len(await talks.told("talks.notice_word")) == 1


async def test_nobody_answers_and_the_level_above_has_it(talks: Talks) -> None:
    town = await talks.staff("镇", Role.CASEWORKER, talks.tree.town, number=1)
    district = await talks.staff("区", Role.CASEWORKER, talks.tree.district, number=2)
    await talks.registers(FIRST, talks.tree.firm)
    talk = await talks.opens()
    await talks.desk.claim(town, talk)
    with refused("talks.taken"):
        await talks.desk.claim(district, talk)
    talks.clock.move(minutes=29)
    assert await talks.ticks.escalate_due() == 0
    talks.clock.move(minutes=1)
    assert await talks.ticks.escalate_due() == 1
    (late,) = await talks.told("talks.notice_late")
    assert late["member_id"] == 9_100_000_002
    assert (await talks.reader.list(town, Box.OVERDUE, offset=0, limit=9))[1] == 1
    assert await talks.ticks.escalate_due() == 0
    await talks.desk.claim(district, talk)
    await talks.desk.reply(district, talk, "我来")
    talks.clock.move(days=2)
    assert await talks.ticks.escalate_due() == 0


async def test_who_lost_the_right_loses_the_talk(talks: Talks, database: Database) -> None:
    gone = await talks.staff("走", Role.CASEWORKER, talks.tree.district, number=1)
    await talks.staff("留", Role.CASEWORKER, talks.tree.district, number=2)
    talk = await talks.opens()
    await talks.desk.claim(gone, talk)
    async with database.open_work() as work:
        await work.staff.set_suspended(gone.staff_id, talks.clock.now())
        await work.commit()
    talks.clock.move(minutes=31)
    await talks.ticks.escalate_due()
    found = await talks.members.find_live(FIRST)
    assert found is not None and found.assignee is None
    assert [row["member_id"] for row in await talks.told("talks.notice_late")] == [9_100_000_002]


async def test_a_snoozed_talk_wakes_by_the_clock_or_by_a_word(talks: Talks) -> None:
    someone = await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    talk = await talks.opens()
    await talks.desk.claim(someone, talk)
    await talks.desk.reply(someone, talk, "等劳动局回话")
    with refused("talks.snooze_past"):
        await talks.desk.snooze(someone, talk, talks.clock.now())
    await talks.desk.snooze(someone, talk, talks.clock.now() + timedelta(hours=2))
    assert (await talks.reader.list(someone, Box.SNOOZED, offset=0, limit=9))[1] == 1
    await talks.says("有消息了吗")
    found = await talks.members.find_live(FIRST)
    assert found is not None and found.state is State.OPEN
    await talks.desk.snooze(someone, talk, talks.clock.now() + timedelta(hours=2))
    assert await talks.ticks.wake_due() == 0
    talks.clock.move(hours=2)
    assert await talks.ticks.wake_due() == 1
    found = await talks.members.find_live(FIRST)
    assert found is not None and found.state is State.OPEN


async def test_the_bot_keeps_quiet_until_people_did_for_too_long(talks: Talks) -> None:
    someone = await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    talk = await talks.opens()
    assert (await talks.says("在吗")).is_silent
    talks.clock.move(hours=25)
    heard = await talks.says("还有人吗")
    assert not heard.is_silent
    # What was said is in the talk all the same.
    await talks.desk.claim(someone, talk)
    assert len((await talks.reader.get(someone, talk)).said) == 2
    assert (await talks.says("哦")).is_silent
    await talks.desk.reply(someone, talk, "在的")
    talks.clock.move(hours=24)
    assert await talks.ticks.close_idle_due() == 1
    assert await talks.members.find_live(FIRST) is None
    (closed,) = await talks.told("talks.notice_closed")
    assert closed["details"]["is_idle"] is True
    assert await talks.says("人呢") is None


async def test_a_talk_that_waits_for_staff_is_never_ended_by_the_clock(talks: Talks) -> None:
    await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    await talks.opens()
    await talks.says(SECRET)
    talks.clock.move(days=30)
    assert await talks.ticks.close_idle_due() == 0
    assert await talks.members.find_live(FIRST) is not None


async def test_an_update_that_comes_twice_is_said_once(talks: Talks) -> None:
    someone = await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    talk = await talks.opens()
    for _ in range(3):
        await talks.members.say(FIRST, SECRET, 77)
        await talks.members.send(FIRST, read_file("合同.pdf", PDF), "合同", 78)
    await talks.desk.claim(someone, talk)
    view = await talks.reader.get(someone, talk)
    assert [said.what.text for said in view.said] == [SECRET, "合同"]
    file = view.said[1].file
    assert file is not None
    assert (await talks.reader.read_file(someone, talk, file.id)).data == PDF


async def test_words_of_danger_are_told_at_once_at_any_hour(talks: Talks) -> None:
    await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    talks.clock.move(hours=10)
    await talks.opens()
    (alert,) = await talks.told()
    assert alert["due_at"] > talks.clock.now()
    await talks.says("不想活了", is_crisis=True)
    urgent = (await talks.told())[-1]
    assert urgent["due_at"] == talks.clock.now()
    assert urgent["priority"] == Priority.SECURITY
