"""How talks end, what is kept of them and for how long, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.attachments import read_file
from domain.clock import BEIJING
from domain.staff import Grant, Role
from domain.talks import Box, Complaint, Context, Ending
from services.people import OwnDataService
from storage.database import Database
from storage.talks import Talks as TalkStore
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


async def test_a_press_by_mistake_leaves_nothing(talks: Talks) -> None:
    someone = await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    talk = await talks.opens()
    with refused("common.button_gone"):
        await talks.members.leave(talk, FIRST + 1)
    await talks.members.leave(talk, FIRST)
    with refused("talks.not_found"):
        await talks.reader.get(someone, talk)
    # With words in it, it is closed and stays.
    talk = await talks.opens()
    await talks.says("没事了")
    await talks.members.leave(talk, FIRST)
    assert (await talks.reader.get(someone, talk)).talk.ending is Ending.MEMBER


async def test_the_member_says_how_it_was_and_goes_on_within_a_week(talks: Talks) -> None:
    someone = await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    talk = await talks.opens()
    await talks.desk.claim(someone, talk)
    await talks.desk.reply(someone, talk, "办好了")
    await talks.desk.close(someone, talk)
    for stranger in (FIRST + 1,):
        with refused("common.button_gone"):
            await talks.members.rate(talk, stranger, 3)
        with refused("common.button_gone"):
            await talks.members.reopen(talk, stranger)
    await talks.members.rate(talk, FIRST, 1)
    await talks.members.complain(talk, FIRST, Complaint.UNSOLVED)
    closed = (await talks.reader.get(someone, talk)).talk
    assert (closed.stars, closed.complaint) == (1, Complaint.UNSOLVED)
    talks.clock.move(days=2)
    standing = await talks.members.reopen(talk, FIRST)
    assert standing.talk.assignee == someone.staff_id and standing.wait is None
    await talks.desk.close(someone, talk)
    talks.clock.move(days=7)
    with refused("talks.reopen_late"):
        await talks.members.reopen(talk, FIRST)


async def test_a_reply_that_does_not_arrive_is_seen_and_called_after(talks: Talks) -> None:
    someone = await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    await talks.registers(FIRST, talks.tree.district)
    talk = await talks.opens()
    await talks.desk.claim(someone, talk)
    message = await talks.desk.reply(someone, talk, "在吗")
    assert (await talks.reader.get(someone, talk)).unreached is None
    await talks.fails(message.id)
    lost = (await talks.reader.get(someone, talk)).unreached
    assert lost is not None and lost.why == "blocked"
    assert (await talks.reader.counts(someone))[Box.CALLS] == 1
    assert await talks.desk.reveal_phone(someone, talk) == "13812345678"
    talks.clock.move(minutes=1)
    await talks.desk.mark_called(someone, talk)
    assert (await talks.reader.counts(someone))[Box.CALLS] == 0


async def test_what_is_kept_can_be_copied_erased_and_goes_in_time(
    talks: Talks, database: Database, clock: MovableClock
) -> None:
    someone = await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    own = OwnDataService(database, clock)
    for member in (FIRST, FIRST + 1):
        talk = await talks.opens(member, entry_id="wage.arrears")
        await talks.says(SECRET, member)
        talks.updates += 1
        await talks.members.send(member, read_file("a.pdf", PDF), "", talks.updates)
        await talks.desk.claim(someone, talk)
        await talks.desk.note(someone, talk, "记一笔")
        await talks.desk.close(someone, talk)
    copied = await own.copy(FIRST)
    assert copied.tables["talk_messages"][0]["text"] == SECRET
    assert copied.tables["talk_files"][0]["name"] == "a.pdf"
    assert "talk_notes" not in copied.tables
    await own.erase(FIRST)
    assert not {"talks", "talk_messages", "talk_files"} & set((await own.copy(FIRST)).tables)
    async with database.open_read() as work:
        left = await everything(database)
        assert str(FIRST) not in left.replace(str(FIRST + 1), "")
        assert len(await work.talk_words.notes_of(talk)) == 1
    talks.clock.move(days=29)
    assert await talks.ticks.purge() == 0
    talks.clock.move(days=2)
    assert await talks.ticks.purge() == 1
    async with database.open_read() as work:
        assert await work.talk_words.notes_of(talk) == []
        assert await work.talk_words.list_of(talk) == []
    figures = await talks.reader.figures(
        someone, talks.clock.now() - timedelta(days=60), talks.clock.now()
    )
    assert figures.opened == 1


async def test_an_answer_in_the_same_moment_keeps_the_talk_open(
    talks: Talks, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone = await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    talk = await talks.opens()
    await talks.desk.claim(someone, talk)
    await talks.desk.reply(someone, talk, "请说")
    talks.clock.move(hours=25)

    async def read_before(self: TalkStore, before: datetime, most: int = 200) -> list[str]:
        return [talk]

    monkeypatch.setattr(TalkStore, "to_close", read_before)
    await talks.desk.reply(someone, talk, "还在吗")
    await talks.ticks.close_idle_due()
    assert (await talks.reader.get(someone, talk)).talk.is_live
    talks.clock.move(hours=25)
    await talks.ticks.close_idle_due()
    assert not (await talks.reader.get(someone, talk)).talk.is_live


async def test_who_has_a_grant_in_the_enterprise_does_not_see_the_talk(talks: Talks) -> None:
    """B14: belonging counts, not only being employed."""
    someone = await talks.staff("周", Role.CASEWORKER, talks.tree.town)
    await talks.registers(FIRST, talks.tree.firm)
    talk = await talks.opens()
    _, seen = await talks.reader.list(someone, Box.QUEUE, offset=0, limit=10)
    assert seen == 1
    also = replace(someone, grants=(*someone.grants, Grant(Role.ORGANISER, talks.tree.firm.path)))
    _, seen = await talks.reader.list(also, Box.QUEUE, offset=0, limit=10)
    assert seen == 0
    with refused("talks.not_found"):
        await talks.desk.claim(also, talk)


async def test_at_night_only_danger_wakes_somebody(talks: Talks) -> None:
    await talks.staff("周", Role.CASEWORKER, talks.tree.district)
    while talks.clock.now().astimezone(BEIJING).hour != 22:
        talks.clock.move(hours=1)
    night = talks.clock.now()
    await talks.opens()
    (alert,) = await talks.told("talks.notice_alert")
    assert alert["due_at"] == talk_kit.HOURS.next_opening(night)
    assert await talks.told("talks.notice_urgent") == []
    for _ in range(2):
        assert await talks.members.open(FIRST, Context(), is_urgent=True)
    (urgent,) = await talks.told("talks.notice_urgent")
    assert urgent["due_at"] == night
    assert await talks.members.open(FIRST + 1, Context(), is_urgent=True)
    assert len(await talks.told("talks.notice_urgent")) == 2
