"""Rounds by the clock and by staff, on both databases."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import time, timedelta

import pytest

from domain.clock import BEIJING, beijing_date
from domain.consents import Answer, Consent, Purpose
from domain.draw import seed_hash, verify
from domain.outbox import Policy
from domain.people import Person
from domain.quiz_prizes import PrizeState
from domain.quiz_rounds import Cell, RoundSieve, RoundState, SittingState
from domain.quiz_timetable import Timetable
from domain.staff import Actor
from storage.database import Database
from tests.services.event_kit import refused
from tests.services.quiz_kit import (
    EDITOR,
    ELSEWHERE,
    FIRST,
    PRIZE,
    SECOND,
    Quiz,
    item,
)
from tests.world import MovableClock


@pytest.fixture
async def quiz(database: Database, clock: MovableClock) -> Quiz:
    made = Quiz(database, clock)
    await made.stock(map(item, range(1, 13)))
    return made


def week(quiz: Quiz, days: int = 3) -> Timetable:
    today = beijing_date(quiz.clock.now())
    return Timetable(today, today + timedelta(days=days - 1), time(8), time(21))


async def test_each_day_opens_invites_once_and_closes(quiz: Quiz, clock: MovableClock) -> None:
    for number in (1, 2):
        await quiz.member(number)
    one, first = await quiz.round(timetable=week(quiz))
    assert first.state is SittingState.OPEN
    assert await quiz.ticks.open_due() == 0
    assert await quiz.invited("quiz.notice_invite") == [[1, 2]]
    await quiz.members.mute(FIRST + 2, is_muted=True)
    clock.move(hours=7)
    assert await quiz.ticks.close_due() == 1
    clock.move(hours=11)
    assert await quiz.ticks.open_due() == 1
    assert await quiz.invited("quiz.notice_invite") == [[1, 2], [1]]
    states = Counter(sitting.state for sitting in await quiz.rounds.sittings(EDITOR, one.id))
    assert states == {SittingState.CLOSED: 1, SittingState.OPEN: 1, SittingState.PLANNED: 1}


@pytest.mark.parametrize(
    ("late", "state", "closes"),
    [
        (timedelta(seconds=30), SittingState.OPEN, "21:00"),
        (timedelta(minutes=20), SittingState.OPEN, "21:20"),
        (timedelta(hours=2), SittingState.OPEN, "23:00"),
        (timedelta(hours=3), SittingState.DROPPED, "21:00"),
        (timedelta(days=2), SittingState.DROPPED, "21:00"),
    ],
)
async def test_a_day_that_opens_late_ends_later_and_after_two_hours_is_dropped(
    quiz: Quiz, clock: MovableClock, late: timedelta, state: SittingState, closes: str
) -> None:
    clock.move(hours=-7)
    draft = await quiz.rounds.create(EDITOR, quiz.plan())
    one = await quiz.rounds.publish(EDITOR, draft.id)
    clock.move(seconds=(timedelta(hours=1) + late).total_seconds())
    await quiz.ticks.open_due()
    sitting = await quiz.sitting(one)
    assert (sitting.state, f"{sitting.closes_at.astimezone(BEIJING):%H:%M}") == (state, closes)
    async with quiz.database.open_read() as work:
        (outcome,) = await work.runs.outcomes(f"quiz:{sitting.id}")
    assert outcome[1] == ("drop" if state is SittingState.DROPPED else "run")


async def test_one_reminder_in_a_round_to_those_who_have_not_finished(
    quiz: Quiz, clock: MovableClock
) -> None:
    for number in (1, 2, 3):
        await quiz.member(number)
    _, sitting = await quiz.round(timetable=week(quiz))
    await quiz.plays(sitting, 1, right=2)
    await quiz.starts(sitting, 2)
    assert await quiz.ticks.remind_due() == 0
    clock.move(hours=5)
    assert await quiz.ticks.remind_due() == 1
    assert await quiz.ticks.remind_due() == 0
    assert await quiz.invited("quiz.notice_remind") == [[2, 3]]
    # The next day those two are left in peace.
    clock.move(hours=14)
    await quiz.ticks.close_due()
    await quiz.ticks.open_due()
    clock.move(hours=11.5)
    assert await quiz.ticks.remind_due() == 1
    assert await quiz.invited("quiz.notice_remind") == [[2, 3], [1]]


async def test_a_political_round_needs_a_second_person(quiz: Quiz, clock: MovableClock) -> None:
    history = [item(n, topic="party_history") for n in range(50, 53)]
    await quiz.stock([*map(item, range(1, 13)), *history])
    blueprint = (Cell("waste", 2), Cell("party_history", 2))
    draft = await quiz.rounds.create(EDITOR, quiz.plan(blueprint=blueprint))
    assert await refused(quiz.rounds.publish(EDITOR, draft.id)) == "quiz.two_people"
    handed = await quiz.rounds.hand_in(EDITOR, draft.id)
    assert handed.plan_hash is not None
    fresh = _fresh(SECOND, clock)

    async def approve(actor: Actor, seen: str = handed.plan_hash) -> str:
        return await refused(quiz.rounds.approve(actor, draft.id, seen))

    assert await approve(_fresh(EDITOR, clock)) == "quiz.approve_own"
    assert await approve(SECOND) == "quiz.approve_factor"
    assert await approve(fresh, "0" * 64) == "quiz.approve_changed"
    assert await approve(_fresh(ELSEWHERE, clock)) == "quiz.not_found"
    # Any change takes it back to its author.
    await quiz.rounds.change(EDITOR, draft.id, pass_mark=70)
    assert await approve(fresh) == "quiz.not_now"
    again = await quiz.rounds.hand_in(EDITOR, draft.id)
    assert again.plan_hash is not None
    clock.move(hours=24)
    assert await approve(_fresh(SECOND, clock), again.plan_hash) == "quiz.approve_lapsed"


async def test_what_a_second_person_approved_is_published(quiz: Quiz, clock: MovableClock) -> None:
    await quiz.stock([item(n, topic="party_history") for n in range(50, 53)])
    plan = quiz.plan(blueprint=(Cell("party_history", 2),))
    draft = await quiz.rounds.create(EDITOR, plan)
    handed = await quiz.rounds.hand_in(EDITOR, draft.id)
    one = await quiz.rounds.approve(_fresh(SECOND, clock), draft.id, handed.plan_hash or "")
    assert (one.state, one.approved_by) == (RoundState.PUBLISHED, SECOND.staff_id)


async def test_a_round_for_which_the_bank_does_not_suffice_is_not_published(quiz: Quiz) -> None:
    draft = await quiz.rounds.create(EDITOR, quiz.plan(blueprint=(Cell("waste", 13),)))
    check = await quiz.rounds.check(EDITOR, draft.id)
    assert [(cell.available, cell.is_enough) for cell in check.cells] == [(12, False)]
    assert check.obstacle is not None
    assert await refused(quiz.rounds.publish(EDITOR, draft.id)) == "quiz.plan_shelf"


async def test_rounds_of_another_unit_are_not_there(quiz: Quiz) -> None:
    one, _ = await quiz.round()
    assert await refused(quiz.rounds.get(ELSEWHERE, one.id)) == "quiz.not_found"
    assert await refused(quiz.rounds.create(ELSEWHERE, quiz.plan())) == "staff.not_allowed"
    assert await quiz.rounds.page(ELSEWHERE, RoundSieve(), offset=0, limit=9) == ([], 0)
    assert await refused(quiz.reader.overview(ELSEWHERE, one.id)) == "quiz.not_found"


async def test_a_round_that_rests_opens_nothing_and_starts_nothing(
    quiz: Quiz, clock: MovableClock
) -> None:
    one, sitting = await quiz.round(timetable=week(quiz))
    running = await quiz.asked(sitting, 1)
    await quiz.rounds.hold(EDITOR, one.id, "题目要核对")
    assert await refused(quiz.starts(sitting, 2)) == "quiz.is_held"
    # Whoever had begun is seen through.
    assert (await quiz.answers(running, "b")).attempt.done == 1
    clock.move(hours=18)
    assert await quiz.ticks.open_due() == 0
    await quiz.rounds.resume(EDITOR, one.id)
    assert await quiz.ticks.open_due() == 1


async def test_a_round_that_staff_end_is_ranked_with_what_was_answered(
    quiz: Quiz, clock: MovableClock
) -> None:
    one, sitting = await quiz.round(timetable=week(quiz))
    await quiz.plays(sitting, 1, right=1)
    running = await quiz.asked(sitting, 2)
    await quiz.answers(running, "b")
    clock.move(minutes=1)
    await quiz.rounds.close(EDITOR, one.id)
    await quiz.ticks.close_due()
    after = await quiz.rounds.get(EDITOR, one.id)
    assert after.state is RoundState.CLOSED
    lines, _ = await quiz.reader.standings(EDITOR, one.id, offset=0, limit=9)
    assert {line.standing.member_id: line.standing.right for line in lines} == {
        FIRST + 1: 1,
        FIRST + 2: 1,
    }
    assert await refused(quiz.starts(sitting, 3)) == "quiz.not_open"


async def test_prizes_are_drawn_among_those_who_passed_and_the_draw_can_be_checked(
    quiz: Quiz, clock: MovableClock
) -> None:
    prize = replace(PRIZE, winners=2, passed_days=1, roster_only=True)
    one, sitting = await quiz.round(prize=prize)
    for number in range(6):
        await quiz.member(number)
        if number:
            await quiz.person(number, source="self" if number == 1 else "roster")
        await quiz.plays(sitting, number, right=1 if number == 2 else 2)
    after = await quiz.ends(one)
    assert after.seed_hash == one.seed_hash
    clock.move(days=1)
    await quiz.ticks.draw_due()
    fixed = await quiz.rounds.get(EDITOR, one.id)
    assert fixed.entries_hash is not None
    assert fixed.drawn_at is None
    clock.move(minutes=10)
    assert await quiz.ticks.draw_due() == 1
    drawn = await quiz.rounds.get(EDITOR, one.id)
    assert drawn.draw_record is not None
    assert seed_hash(drawn.seed or "") == one.seed_hash
    result = verify(drawn.draw_record)
    # Not 0 and 1, whom no roster knows, and not 2, who did not pass.
    assert len(result.winners) + len(result.waiting) == 3
    lines = await quiz.prizes.winners(EDITOR, one.id)
    assert {line.winner.member_id for line in lines} <= {FIRST + 3, FIRST + 4, FIRST + 5}
    assert [line.winner.entry for line in lines] == list(result.winners)
    assert await quiz.ticks.draw_due() == 0
    async with quiz.database.open_read() as work:
        claims = await work._connection.exec_driver_sql(
            "SELECT policy FROM outbox WHERE kind = 'quiz.notice_won'"
        )
        assert list(claims.scalars()) == [Policy.HOLD.value] * 2


async def test_a_prize_is_claimed_in_time_and_handed_over_once(
    quiz: Quiz, clock: MovableClock
) -> None:
    one, sitting = await quiz.round(prize=replace(PRIZE, winners=2))
    for number in (1, 2):
        await quiz.plays(sitting, number, right=2)
    await quiz.ends(one)
    await quiz.rounds.draw_now(EDITOR, one.id)
    await quiz.ticks.draw_due()
    clock.move(minutes=10)
    await quiz.ticks.draw_due()
    first, second = [line.winner for line in await quiz.prizes.winners(EDITOR, one.id)]
    assert first.member_id is not None
    assert second.member_id is not None
    other = await refused(quiz.members.claim(first.id, second.member_id))
    assert other == "common.button_gone"
    _, claimed = await quiz.members.claim(first.id, first.member_id)
    assert claimed.state is PrizeState.CLAIMED
    # Reminders apart: who does not ask in time has no claim.
    clock.move(days=7)
    assert await refused(quiz.members.claim(second.id, second.member_id)) == "quiz.prize_late"
    assert await quiz.ticks.lapse_due() == 1
    desk = quiz.prizes
    assert await refused(desk.hand_over(EDITOR, first.id, "000", "")) == "quiz.prize_code"
    assert await refused(desk.hand_over(EDITOR, first.id, "", "")) == "quiz.reason_needed"
    assert await refused(desk.hand_over(ELSEWHERE, first.id, first.code, "")) == "quiz.not_found"
    handed = await desk.hand_over(EDITOR, first.id, f" {first.code[:3]} {first.code[3:]}", "")
    assert (handed.state, handed.handed_by) == (PrizeState.HANDED_OVER, EDITOR.staff_id)
    again = await refused(desk.hand_over(EDITOR, first.id, first.code, ""))
    assert again == "quiz.prize_not_now"
    undone = await desk.undo_hand_over(EDITOR, first.id, "点错了一行")
    assert undone.state is PrizeState.CLAIMED


async def test_lists_of_a_round_add_up_to_each_other(quiz: Quiz) -> None:
    one, sitting = await quiz.round(attempts=3)
    for number in range(5):
        for _ in range(number % 3 + 1):
            await quiz.plays(sitting, number, right=number % 3)
    await quiz.person(1)
    await quiz.starts(sitting, 9)
    await quiz.rounds.set_unit_table(EDITOR, one.id, "区里要看各单位组织情况")
    people = [line async for line in quiz.reader.stream_people(EDITOR, one.id)]
    attempts = [line async for line in quiz.reader.stream_attempts(EDITOR, one.id)]
    items = [line async for line in quiz.reader.stream_items(EDITOR, one.id)]
    units = [line async for line in quiz.reader.stream_units(EDITOR, one.id)]
    overview = await quiz.reader.overview(EDITOR, one.id)
    assert len(attempts) == overview.attempts == 1 + 2 + 3 + 1 + 2
    assert sum(line.standing.attempts for line in people) == len(attempts)
    assert sum(line.attempts for line in units) == len(attempts)
    assert sum(line.asked for line in items) == sum(line.attempt.total for line in attempts)
    right = sum(line.attempt.right for line in attempts)
    assert sum(line.right for line in items) == right == sum(line.right for line in units)
    assert len(people) == overview.people == sum(line.people for line in units) == 5
    assert {line.code for line in attempts} == {line.standing.code for line in people}
    assert overview.running == 1
    assert sum(day.attempts for day in overview.days) == len(attempts)


async def test_units_are_not_compared_unless_somebody_wrote_down_why(quiz: Quiz) -> None:
    one, _ = await quiz.round()
    with pytest.raises(Exception, match=r"quiz\.unit_table_off"):
        _ = [line async for line in quiz.reader.stream_units(EDITOR, one.id)]


async def test_the_board_shows_only_who_wants_to_be_seen(quiz: Quiz) -> None:
    one, sitting = await quiz.round()
    for number, right in ((1, 1), (2, 2), (3, 2)):
        await quiz.plays(sitting, number, right=right, seconds=number)
    for number in (1, 3):
        await quiz.members.take_nickname(FIRST + number, f"骑手 {number}")
    board = await quiz.members.board(one.id, FIRST + 1)
    assert [(line.place, line.name, line.right) for line in board.lines] == [
        (1, "骑手 3", 2),
        (2, "骑手 1", 1),
    ]
    assert board.people == 3
    taken = await refused(quiz.members.take_nickname(FIRST + 2, "骑手3"))
    assert taken == "quiz.nickname_taken"
    # Whoever does not want to be seen any more is gone at once.
    await quiz.members.leave_board(FIRST + 3)
    board = await quiz.members.board(one.id, FIRST + 1)
    assert [line.name for line in board.lines] == ["骑手 1"]


async def test_a_year_later_nobody_knows_whose_the_attempts_were(
    quiz: Quiz, clock: MovableClock
) -> None:
    one, sitting = await quiz.round()
    await quiz.plays(sitting, 1, right=2)
    await quiz.ends(one)
    clock.move(days=364)
    assert await quiz.ticks.purge() == 0
    clock.move(days=2)
    assert await quiz.ticks.purge() == 2
    lines, total = await quiz.reader.standings(EDITOR, one.id, offset=0, limit=9)
    assert total == 1
    assert lines[0].standing.member_id is None
    overview = await quiz.reader.overview(EDITOR, one.id)
    assert (overview.people, overview.attempts) == (1, 1)


async def test_a_winner_is_announced_whole_only_with_consent(
    quiz: Quiz, clock: MovableClock
) -> None:
    one, sitting = await quiz.round(prize=replace(PRIZE, winners=2))
    async with quiz.database.open_work() as work:
        for number, name in ((1, "王小芳"), (2, "李强")):
            now, phone = clock.now(), f"1380013800{number}"
            person = Person(f"p{number}", now, now, FIRST + number, name, phone)
            await work.people.add_all([person])
        consent = Consent(Purpose.QUIZ_PUBLICITY, 1, Answer.GIVEN, clock.now())
        await work.consents.add(FIRST + 2, consent)
        await work.commit()
    for number in (1, 2):
        await quiz.plays(sitting, number, right=2)
    await quiz.ends(one)
    await quiz.rounds.draw_now(EDITOR, one.id)
    await quiz.ticks.draw_due()
    clock.move(minutes=10)
    await quiz.ticks.draw_due()
    page = await quiz.members.page(one.id, FIRST + 9)
    assert {(won.name, won.tail) for won in page.winners} == {("王*", "8001"), ("李强", "")}
    # Staff see names masked, too, until they ask, which is noted.
    lines = await quiz.prizes.winners(EDITOR, one.id)
    assert {line.name for line in lines} == {"王*", "李*"}
    whole = await quiz.prizes.reveal(EDITOR, lines[0].winner.id)
    assert whole.name in {"王小芳", "李强"}


def _fresh(actor: Actor, clock: MovableClock) -> Actor:
    return replace(actor, mfa_at=clock.now())
