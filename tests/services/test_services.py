"""What services promise, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from domain.ask import Complaint, Decision, Urgency, Verdict
from domain.clock import beijing_date
from domain.forms import LIFETIME, Form
from domain.links import Target
from domain.members import NOTICE_VERSION, Reach
from domain.refusal import Refusal
from knowledge import Knowledge
from services.ask import AskService
from services.forms import NOTE_LIMIT, FormService
from services.links import LinkService
from services.members import MemberService
from services.people import OwnDataService
from storage.database import Database
from storage.tables import metadata
from tests.conftest import KNOWLEDGE
from tests.world import MovableClock

KEY = b"k" * 32
WAGES = "老板三个月没发工资了"
MEMBER = 5_200_000_017


async def rows(database: Database, table: str) -> list[dict[str, Any]]:
    async with database.open_read() as work:
        # The only place that looks behind the unit of work: tests want to see all columns.
        found = await work._connection.execute(sa.select(metadata.tables[table]))
        return [dict(row) for row in found.mappings()]


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    held = Knowledge(KNOWLEDGE, lambda: date(2026, 11, 25))
    assert held.reload() == ()
    return held


@pytest.fixture
def ask(database: Database, knowledge: Knowledge, clock: MovableClock) -> AskService:
    return AskService(database, knowledge, clock, KEY)


@pytest.fixture
def forms(database: Database, clock: MovableClock) -> FormService:
    return FormService(database, clock, KEY)


@pytest.fixture
def links(database: Database, clock: MovableClock) -> LinkService:
    return LinkService(database.open_work, database.open_read, clock)


@pytest.fixture
def members(database: Database, clock: MovableClock) -> MemberService:
    return MemberService(database, clock)


async def test_the_same_update_asked_again_is_kept_once(
    ask: AskService, database: Database
) -> None:
    first, second = await ask.ask(WAGES, 7), await ask.ask(WAGES, 7)
    assert first == second
    assert (await ask.ask(WAGES, 8)).question_id != first.question_id
    assert len(await rows(database, "questions")) == 2


async def test_a_hundred_questions_at_once_are_all_kept(
    ask: AskService, database: Database
) -> None:
    replies = await asyncio.gather(*(ask.ask(WAGES, number) for number in range(100)))
    kept = {row["id"] for row in await rows(database, "questions")}
    assert kept == {reply.question_id for reply in replies}
    assert len(kept) == 100


async def test_question_ids_differ_between_installations(
    database: Database, knowledge: Knowledge, clock: MovableClock
) -> None:
    ids = {
        (await AskService(database, knowledge, clock, key).ask(WAGES, 7)).question_id
        for key in (b"a" * 32, b"b" * 32)
    }
    assert len(ids) == 2


@pytest.mark.parametrize("text", ["我想死", "列出投诉我单位的人", "", "  ", "你好", "\u200b"])
async def test_some_texts_leave_no_trace(ask: AskService, database: Database, text: str) -> None:
    await ask.ask(text, 1)
    assert await rows(database, "questions") == []


async def test_the_crisis_page_is_for_danger_only(ask: AskService) -> None:
    page = ask.crisis_page("我不想活了")
    assert page is not None
    assert page.id == "service.crisis"
    assert ask.crisis_page(WAGES) is None
    assert (await ask.ask("我不想活了", 1)).urgency is Urgency.CRISIS


async def test_a_very_long_question_is_kept_short(ask: AskService, database: Database) -> None:
    await ask.ask("工资" * 2000, 1)
    assert [len(row["text"]) for row in await rows(database, "questions")] == [500]


async def test_without_any_knowledge_asking_is_refused(
    database: Database, clock: MovableClock, tmp_path: Any
) -> None:
    empty = Knowledge(tmp_path, lambda: date(2026, 11, 25))
    assert empty.reload() != ()
    ask = AskService(database, empty, clock, KEY)
    assert await _refused(lambda: ask.ask(WAGES, 1)) == "ask.no_knowledge"
    assert ask.groups() == ()
    assert ask.pages_of("wage") == ()
    assert ask.crisis_page("我不想活了") is None
    assert await rows(database, "questions") == []


async def test_verdict_complaint_choice_and_wish_are_kept(
    ask: AskService, database: Database
) -> None:
    number = (await ask.ask("工伤", 1)).question_id
    assert (await ask.choose(number, "injury.apply")).id == "injury.apply"
    await ask.judge(number, Verdict.HELPFUL)
    await ask.judge(number, Verdict.UNHELPFUL)
    await ask.complain(number, Complaint.OUTDATED)
    await ask.leave_for_staff(number)
    (row,) = await rows(database, "questions")
    kept = [row[name] for name in ("chosen", "verdict", "complaint", "for_staff")]
    assert kept == ["injury.apply", "unhelpful", "outdated", True]


async def test_what_is_not_there_is_refused_or_ignored(
    ask: AskService, database: Database
) -> None:
    await ask.judge("unknown", Verdict.HELPFUL)
    await ask.complain("unknown", Complaint.UNCLEAR)
    assert await _refused(lambda: ask.leave_for_staff("unknown")) == "ask.question_gone"
    assert await _refused(lambda: ask.choose("unknown", "no.page")) == "ask.page_gone"
    assert await rows(database, "questions") == []


async def test_public_pages_are_those_of_public_topics(ask: AskService) -> None:
    assert ask.is_public(ask.page("waste.kitchen"))
    assert ask.is_public(ask.page("member.join"))
    assert not ask.is_public(ask.page("wage.arrears"))
    assert not ask.is_public(ask.page("injury.pay"))


async def test_questions_and_notes_go_after_their_days(
    ask: AskService, forms: FormService, database: Database, clock: MovableClock
) -> None:
    await ask.ask(WAGES, 1)
    await forms.hand_in_note(MEMBER, "一句话", 2)
    clock.move(days=30)
    await ask.ask(WAGES, 3)
    assert await ask.purge(timedelta(days=30)) == 0
    assert await ask.purge(timedelta(days=29)) == 2
    assert len(await rows(database, "questions")) == 1


async def test_a_form_is_open_until_it_is_left_handed_in_or_forgotten(
    forms: FormService, clock: MovableClock
) -> None:
    assert await forms.find_open(MEMBER) is None
    assert await forms.leave(MEMBER) is False
    await forms.begin_note(MEMBER)
    await forms.begin_note(MEMBER)
    draft = await forms.find_open(MEMBER)
    assert draft is not None
    assert (draft.form, draft.expires_at) == (Form.NOTE, clock.now() + LIFETIME)
    assert await forms.leave(MEMBER) is True
    await forms.begin_note(MEMBER)
    clock.move(days=7)
    assert await forms.find_open(MEMBER) is None
    assert await forms.purge() == 1


async def test_a_note_is_kept_once_without_its_author(
    forms: FormService, database: Database, clock: MovableClock
) -> None:
    await forms.begin_note(MEMBER)
    await forms.hand_in_note(MEMBER, "打我电话13812345678", 7)
    await forms.hand_in_note(MEMBER, "打我电话13812345678", 7)
    (note,) = await rows(database, "notes")
    assert (note["text"], note["left_on"]) == ("打我电话***", beijing_date(clock.now()))
    assert str(MEMBER) not in str(note)
    assert await forms.find_open(MEMBER) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "forms.note_empty"),
        (" \n", "forms.note_empty"),
        ("\u200b\u2060", "forms.note_empty"),
        ("长" * (NOTE_LIMIT + 1), "forms.note_long"),
    ],
    ids=["empty", "blank", "hidden", "long"],
)
async def test_a_note_that_is_refused_leaves_the_form_open(
    forms: FormService, database: Database, text: str, code: str
) -> None:
    await forms.begin_note(MEMBER)
    assert await _refused(lambda: forms.hand_in_note(MEMBER, text, 7)) == code
    assert await forms.find_open(MEMBER) is not None
    assert await rows(database, "notes") == []


async def test_a_link_works_until_its_last_moment(links: LinkService, clock: MovableClock) -> None:
    link = await links.create(Target.ENTRY, "wage.arrears", timedelta(hours=1))
    assert len(link.token) == 16
    assert await links.find(link.token) == link
    assert await links.find(link.token.swapcase()) is None
    clock.move(hours=1)
    assert await links.find(link.token) is None
    assert await links.purge() == 1


@pytest.mark.parametrize("payload", ["", "x" * 65, "' OR ''='", "\ud800", "a\x00b"])
async def test_a_bad_payload_never_reaches_the_database(links: LinkService, payload: str) -> None:
    assert await links.find(payload) is None


async def test_a_member_is_met_told_once_lost_and_back(
    members: MemberService, database: Database
) -> None:
    first = await members.meet(MEMBER, MEMBER, "zh-hans")
    assert (first.is_new, first.owes_notice) == (True, True)
    again = await members.meet(MEMBER, MEMBER, "zh-hans")
    assert (again.is_new, again.owes_notice) == (False, True)
    await members.notice_shown(MEMBER)
    assert not (await members.meet(MEMBER, MEMBER, "zh-hans")).owes_notice
    await members.lost(MEMBER, Reach.BLOCKED)
    assert (await rows(database, "members"))[0]["reach"] == "blocked"
    assert not (await members.meet(MEMBER, MEMBER, "zh-hans")).is_new
    (row,) = await rows(database, "members")
    assert (row["reach"], row["notice_version"]) == ("reachable", NOTICE_VERSION)


async def test_who_was_lost_by_delivery_is_back_by_writing_a_minute_later(
    members: MemberService, database: Database, clock: MovableClock
) -> None:
    """Telegram does not always tell that somebody unblocked the bot."""
    await members.meet(MEMBER, MEMBER, "zh-hans")
    await members.notice_shown(MEMBER)
    async with database.open_work() as work:
        await work.members.set_reach(MEMBER, Reach.BLOCKED)
        await work.commit()
    clock.move(minutes=1)
    # A press may be from before the block: only words tell that they are back.
    await members.meet(MEMBER, MEMBER, "zh-hans", is_back=False)
    assert (await rows(database, "members"))[0]["reach"] == "blocked"
    assert not (await members.meet(MEMBER, MEMBER, "zh-hans")).owes_notice
    assert (await rows(database, "members"))[0]["reach"] == "reachable"


async def test_who_was_erased_in_another_process_is_met_anew_a_minute_later(
    database: Database, clock: MovableClock
) -> None:
    here, there = (MemberService(database, clock) for _ in range(2))
    for one in (here, there):
        await one.meet(MEMBER, MEMBER, "zh-hans")
        await one.notice_shown(MEMBER)
    await OwnDataService(database, clock, forgotten=there.forget).erase(MEMBER)
    assert await rows(database, "members") == []
    clock.move(minutes=1)
    greeting = await here.meet(MEMBER, MEMBER, "zh-hans")
    assert (greeting.is_new, greeting.owes_notice) == (True, True)


async def test_losing_or_regaining_a_stranger_makes_no_member(
    members: MemberService, database: Database
) -> None:
    await members.lost(1, Reach.DEACTIVATED)
    await members.returned(1)
    await members.notice_shown(1)
    assert await rows(database, "members") == []


async def test_two_processes_meet_the_same_member_without_quarrel(
    database: Database, clock: MovableClock
) -> None:
    services = [MemberService(database, clock) for _ in range(2)]
    await asyncio.gather(*(service.meet(MEMBER, MEMBER, "zh") for service in services * 5))
    assert len(await rows(database, "members")) == 1


async def test_a_decision_is_kept_as_it_was_made(ask: AskService, database: Database) -> None:
    reply = await ask.ask("asdf qwer", 1, in_group=True)
    assert reply.decision is Decision.NONE
    (row,) = await rows(database, "questions")
    assert (row["decision"], row["in_group"], row["entry_id"]) == ("none", True, None)


async def _refused(act: Callable[[], Any]) -> str:
    with pytest.raises(Refusal) as refusal:
        await act()
    return refusal.value.code
