"""Two records turn out to be one person: what they answered counts as one person's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.consents import Answer, Purpose
from domain.quiz_rounds import DRAW_AFTER, LOOK_BEFORE_DRAW, Round, Sitting
from services.people import ProfileService
from services.people.profile import Joined
from services.roster import RosterService
from storage.database import Database
from tests.services import offices
from tests.services.event_kit import refused
from tests.services.quiz_kit import EDITOR, FIRST, PRIZE, Quiz, item
from tests.services.rosters import load
from tests.world import MovableClock

PHONE = "13812345678"


class Joining:
    """A round, and a person whom the union's roster knows."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        self.database, self.clock = database, clock
        self.quiz = Quiz(database, clock)
        self.profiles = ProfileService(database, clock)
        self.rosters = RosterService(database, clock)

    async def begins(self) -> tuple[Round, Sitting]:
        await self.quiz.stock(item(number) for number in range(1, 13))
        tree = await offices.plant(self.database, self.clock)
        self.boss, self.firm = offices.admin(tree.district), tree.firm
        return await self.quiz.round(prize=replace(PRIZE, roster_only=True))

    async def lists(self, phone: str = PHONE) -> str:
        """The roster of the union; the record of the only person in it."""
        await load(self.rosters, self.boss, self.firm, [("0012", "王芳", phone)])
        records = await offices.rows(self.database, "people")
        (known,) = [one["id"] for one in records if one["source"] != "self"]
        return str(known)

    async def names(self, number: int) -> None:
        """A member tells a name, and so has a record of their own."""
        await self.profiles.answer(FIRST + number, Purpose.SERVICE, Answer.GIVEN)
        await self.profiles.tell_name(FIRST + number, "王芳")

    async def shares(self, number: int) -> Joined:
        return await self.profiles.share_phone(FIRST + number, FIRST + number, "86" + PHONE)

    async def lines(self, one: Round) -> list[tuple[str | None, int, int]]:
        """Of whom, how many right, and how many attempts."""
        found, _ = await self.quiz.reader.standings(EDITOR, one.id, offset=0, limit=9)
        return [
            (line.standing.person_id, line.standing.right, line.standing.attempts)
            for line in found
        ]


@pytest.fixture
def joining(database: Database, clock: MovableClock) -> Joining:
    return Joining(database, clock)


async def test_answers_go_along_to_the_record_of_the_roster(joining: Joining) -> None:
    one, sitting = await joining.begins()
    record = await joining.lists()
    await joining.names(1)
    await joining.quiz.plays(sitting, 1, right=1)
    assert await joining.shares(1) is Joined.ROSTER
    await joining.quiz.plays(sitting, 1, right=2)
    assert await refused(joining.quiz.starts(sitting, 1)) == "quiz.no_attempts"
    assert await joining.lines(one) == [(record, 2, 2)]


async def test_a_roster_that_finds_the_members_own_record_takes_the_answers_along(
    joining: Joining,
) -> None:
    one, sitting = await joining.begins()
    record = await joining.lists(phone="")
    await joining.names(1)
    assert await joining.shares(1) is Joined.NO
    await joining.quiz.plays(sitting, 1, right=1)
    # The roster learns the phone: both records are found, the member's own goes into the other.
    assert await joining.lists() == record
    await joining.quiz.plays(sitting, 1, right=2)
    assert await refused(joining.quiz.starts(sitting, 1)) == "quiz.no_attempts"
    assert await joining.lines(one) == [(record, 2, 2)]


async def test_a_question_that_is_open_goes_on_after_the_records_joined(joining: Joining) -> None:
    one, sitting = await joining.begins()
    record = await joining.lists()
    await joining.names(1)
    question = await joining.quiz.asked(sitting, 1)
    await joining.shares(1)
    again = await joining.quiz.asked(sitting, 1)
    assert again.attempt.id == question.attempt.id
    await joining.quiz.plays(sitting, 1, right=2)
    assert await joining.lines(one) == [(record, 2, 1)]


async def test_what_two_accounts_of_one_person_answered_is_one_line(joining: Joining) -> None:
    one, sitting = await joining.begins()
    record = await joining.lists()
    # Before anybody knew whose the first account is, then under the record of the roster.
    await joining.quiz.plays(sitting, 1, right=0)
    await joining.names(1)
    await joining.shares(1)
    await joining.quiz.plays(sitting, 1, right=1)
    # The same person with a second account and a record of their own.
    await joining.names(2)
    await joining.quiz.plays(sitting, 2, right=2)
    assert await joining.shares(2) is Joined.MOVED
    assert await refused(joining.quiz.starts(sitting, 2)) == "quiz.no_attempts"
    assert await joining.lines(one) == [(record, 2, 3)]
    closed = await joining.quiz.ends(one)
    assert await joining.lines(closed) == [(record, 2, 3)]


async def test_a_result_and_a_prize_stay_the_members(joining: Joining) -> None:
    one, sitting = await joining.begins()
    await joining.names(1)
    await joining.quiz.plays(sitting, 1, right=2)
    await joining.quiz.ends(one)
    before = await joining.quiz.members.page(one.id, FIRST + 1)
    assert before.mine is not None
    record = await joining.lists()
    assert await joining.shares(1) is Joined.ROSTER
    after = await joining.quiz.members.page(one.id, FIRST + 1)
    assert after.mine is not None
    assert (after.entry, after.mine.code) == (before.entry, before.mine.code)
    assert after.mine.person_id == record
    # A day to look at the list, and ten minutes between fixing it and drawing.
    for wait in (LOOK_BEFORE_DRAW, DRAW_AFTER):
        joining.clock.move(seconds=wait.total_seconds() + 1)
        await joining.quiz.ticks.draw_due()
    # Only who stands in the roster takes part in this draw.
    (winner,) = await joining.quiz.prizes.winners(EDITOR, one.id)
    assert winner.winner.person_id == record


async def test_two_lines_of_a_round_that_is_over_stay_two(joining: Joining) -> None:
    one, sitting = await joining.begins()
    record = await joining.lists()
    await joining.names(1)
    await joining.shares(1)
    await joining.names(2)
    await joining.quiz.plays(sitting, 1, right=2)
    await joining.quiz.plays(sitting, 2, right=1)
    await joining.quiz.ends(one)
    assert await joining.shares(2) is Joined.MOVED
    assert await joining.lines(one) == [(record, 2, 1), (record, 1, 1)]
    page = await joining.quiz.members.page(one.id, FIRST + 2)
    assert page.mine is not None
    assert page.mine.right == 2
