"""Who wants to hear: told once, by a neutral message, and nothing in the database says of what."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.ask import Decision
from domain.editing import Kind
from domain.refusal import Refusal
from storage.database import Database
from storage.tables import metadata, outbox, watches, wishes
from tests.editors import EDITOR, FREE, LEGAL, SECOND, Office, small_folder
from tests.world import MovableClock

WANG, LI = 1001, 1002
ODD = "老板画饼不兑现"


@pytest.fixture
def office(database: Database, tmp_path: Path, clock: MovableClock) -> Office:
    return Office(database, small_folder(tmp_path), clock)


async def rows(office: Office, table: sa.Table) -> list[dict[str, object]]:
    async with office.database.open_read() as work:
        found = await work._connection.execute(sa.select(table).order_by(table.c.id))
        return [dict(row) for row in found.mappings()]


async def missed(office: Office, update: int = 1, text: str = ODD) -> str:
    reply = await office.ask.ask(text, update)
    assert reply.decision is not Decision.ANSWER
    return reply.question_id


async def test_who_asked_in_vain_is_told_when_there_is_an_answer(office: Office) -> None:
    await office.hearing.wish(WANG, await missed(office))
    done = await office.editing.add_phrasing(EDITOR, LEGAL, ODD)
    assert done.told == 1
    (told,) = await rows(office, outbox)
    assert (told["kind"], told["member_id"]) == ("answer.found", WANG)
    details = told["details"]
    assert isinstance(details, dict)
    page = await office.hearing.open(WANG, details["token"])
    assert page.id == LEGAL


async def test_a_wish_is_told_once(office: Office) -> None:
    question = await missed(office)
    await office.hearing.wish(WANG, question)
    await office.hearing.wish(WANG, question)
    assert len(await rows(office, wishes)) == 1
    await office.editing.add_phrasing(EDITOR, LEGAL, ODD)
    more = await office.editing.add_phrasing(EDITOR, LEGAL, "老板光画饼就是不兑现")
    assert more.told == 0
    assert len(await rows(office, outbox)) == 1


async def test_a_page_that_has_nothing_to_do_with_it_tells_nobody(office: Office) -> None:
    await office.hearing.wish(WANG, await missed(office))
    done = await office.editing.add_phrasing(EDITOR, FREE, "螃蟹壳子丢在哪个桶")
    assert done.told == 0
    assert await rows(office, outbox) == []


async def test_a_page_that_was_offered_and_not_meant_is_no_answer(office: Office) -> None:
    reply = await office.ask.ask("拖着不给的钱怎么办", 1)
    assert (reply.decision, LEGAL in {page.id for page in reply.pages}) == (Decision.CHOICES, True)
    await office.hearing.wish(WANG, reply.question_id)
    done = await office.editing.add_phrasing(EDITOR, LEGAL, "拖着不给的钱怎么办")
    assert done.told == 0


async def test_the_database_alone_tells_neither_question_nor_page(office: Office) -> None:
    question = await missed(office)
    await office.hearing.wish(WANG, question)
    await office.hearing.watch(WANG, LEGAL)
    await office.editing.add_phrasing(EDITOR, LEGAL, ODD)
    draft = await office.editing.save_draft(
        EDITOR, Kind.ENTRY, LEGAL, office.retitled(LEGAL, "欠薪怎么要"), is_material=True
    )
    await office.editing.hand_in(EDITOR, draft.id)
    await office.editing.publish(SECOND, draft.id)
    about_members = [table for table in metadata.sorted_tables if "member_id" in table.c]
    assert {wishes, watches, outbox} <= set(about_members)
    async with office.database.open_read() as work:
        for table in about_members:
            for row in (await work._connection.execute(sa.select(table))).mappings():
                said = repr(dict(row))
                assert question not in said, table.name
                assert LEGAL not in said, table.name
                assert ODD not in said, table.name


async def test_who_follows_a_page_is_told_of_a_change_in_substance_only(office: Office) -> None:
    await office.hearing.watch(WANG, LEGAL)
    await office.hearing.watch(WANG, LEGAL)
    await office.hearing.watch(LI, FREE)
    assert (await office.published(LEGAL, "欠薪怎么要")).told == 0
    draft = await office.editing.save_draft(
        EDITOR, Kind.ENTRY, LEGAL, office.retitled(LEGAL, "欠薪怎么讨"), is_material=True
    )
    await office.editing.hand_in(EDITOR, draft.id)
    assert (await office.editing.publish(SECOND, draft.id)).told == 1
    (told,) = await rows(office, outbox)
    assert (told["kind"], told["member_id"]) == ("answer.changed", WANG)
    details = told["details"]
    assert isinstance(details, dict)
    assert (await office.hearing.open(WANG, details["token"])).title == "欠薪怎么讨"


async def test_a_button_opens_nothing_for_anybody_else(office: Office) -> None:
    await office.hearing.watch(WANG, LEGAL)
    (kept,) = await rows(office, watches)
    token = str(kept["id"])
    assert (await office.hearing.open(WANG, token)).id == LEGAL
    for member, pressed in ((LI, token), (WANG, "0" * 24), (WANG, "")):
        with pytest.raises(Refusal, match=r"ask\.page_gone"):
            await office.hearing.open(member, pressed)


async def test_wishes_and_watches_end_after_ninety_days(
    office: Office, clock: MovableClock
) -> None:
    await office.hearing.wish(WANG, await missed(office))
    await office.hearing.watch(WANG, LEGAL)
    clock.move(days=90)
    assert await office.hearing.purge() == 0
    clock.move(days=1)
    done = await office.editing.add_phrasing(EDITOR, LEGAL, ODD)
    assert done.told == 0
    assert await office.hearing.purge() == 2


async def test_a_member_may_forget_them_all(office: Office) -> None:
    await office.hearing.wish(WANG, await missed(office))
    await office.hearing.watch(WANG, LEGAL)
    await office.hearing.watch(LI, LEGAL)
    assert await office.hearing.forget(WANG) == 2
    assert [row["member_id"] for row in await rows(office, watches)] == [LI]


async def test_nobody_can_wish_for_a_question_that_is_gone(office: Office) -> None:
    with pytest.raises(Refusal, match=r"ask\.question_gone"):
        await office.hearing.wish(WANG, "nothing")
    with pytest.raises(Refusal, match=r"ask\.page_gone"):
        await office.hearing.watch(WANG, "wage.nothing")
