"""Certificates: what stands on them, and that a code is found again and cannot be made up."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.certificates import QUIZ_PURPOSE, Subject, quiz_code, read_code
from domain.clock import beijing_date
from domain.consents import Answer, Purpose
from domain.events import AnswerKind, Question, Session
from domain.quiz_rounds import Round
from domain.union import Union
from services.certificates import CertificateService
from services.members import MemberService
from services.people import OwnDataService, ProfileService
from storage.database import Database
from storage.vault import KeyRing, Vault
from tests import databases
from tests.services import offices
from tests.services.event_kit import ELSEWHERE, FIRST, ORGANISER, Events, refused
from tests.services.quiz_kit import FIRST as MEMBER
from tests.services.quiz_kit import Quiz, item
from tests.world import MovableClock

UNION = Union("某区总工会")


@pytest.fixture
def events(database: Database, clock: MovableClock) -> Events:
    return Events(database, clock)


@pytest.fixture
def certificates(database: Database, clock: MovableClock) -> CertificateService:
    return CertificateService(database, clock, UNION)


async def named(database: Database, clock: MovableClock, member_id: int = FIRST) -> None:
    """The member tells their name."""
    profiles = ProfileService(database, clock)
    await MemberService(database, clock).meet(member_id, member_id, "zh")
    await profiles.answer(member_id, Purpose.SERVICE, Answer.GIVEN)
    await profiles.tell_name(member_id, "王芳")


async def two_events(events: Events, clock: MovableClock) -> date:
    """One with hours and one without; member 0 came to both, member 1 to none."""
    exam = await events.event(title="高考志愿服务", hours=Decimal("2.5"), capacity=5)
    walk = await events.event(title="健步走", capacity=5)
    for one in (exam, walk):
        for number in range(2):
            await events.joins(one, number)
    clock.move(days=10)
    for one in (exam, walk):
        await events.door.check_in(ORGANISER, one.id, (await events.seat(one, 0)).code)
        await events.desk.finish(ORGANISER, one.id)
    return beijing_date(clock.now())


async def test_a_certificate_lists_what_the_member_came_to_and_adds_the_hours(
    events: Events, certificates: CertificateService, clock: MovableClock
) -> None:
    held_on = await two_events(events, clock)
    clock.move(days=3)
    paper = await certificates.of_events(FIRST)
    assert (paper.subject, paper.issuer, paper.name) == (Subject.EVENT, "某区总工会", "")
    assert sorted((line.what, line.day, line.figure) for line in paper.lines) == [
        ("健步走", held_on, ""),
        ("高考志愿服务", held_on, "2.5"),
    ]
    assert (paper.total, paper.made_on) == ("2.5", held_on + timedelta(days=3))
    # Whoever signed up and did not come has nothing to be certified.
    assert await refused(certificates.of_events(FIRST + 1)) == "certificates.none"


async def test_anybody_among_the_staff_finds_a_code_again_with_a_masked_name(
    events: Events,
    certificates: CertificateService,
    clock: MovableClock,
    database: Database,
) -> None:
    await two_events(events, clock)
    await named(database, clock)
    paper = await certificates.of_events(FIRST)
    assert paper.name == "王芳"
    for line in paper.lines:
        found = await certificates.check(ELSEWHERE, line.code.lower())
        assert found is not None
        assert (found.line, found.name) == (line, "王*")
    acts = [row for row in await offices.rows(database, "audit") if "certificate" in row["act"]]
    assert [row["act"] for row in acts] == ["certificate.checked"] * 2


async def test_without_a_name_in_the_profile_the_one_told_for_the_event_stands_on_it(
    events: Events, certificates: CertificateService, clock: MovableClock
) -> None:
    asked = Question("who", AnswerKind.TEXT, "您的姓名？", profile="name")
    walk = await events.event(questions=(asked,))
    receipt = await events.joins(walk, 0, answers={"who": "王芳"})
    clock.move(days=10)
    await events.door.check_in(ORGANISER, walk.id, receipt.code)
    paper = await certificates.of_events(FIRST)
    assert paper.name == "王芳"
    found = await certificates.check(ORGANISER, paper.lines[0].code)
    assert found is not None and found.name == "王*"


async def test_a_code_that_is_not_ours_is_none_and_what_is_no_code_is_refused(
    events: Events, certificates: CertificateService, clock: MovableClock
) -> None:
    await two_events(events, clock)
    line = (await certificates.of_events(FIRST)).lines[0]
    last = "0" if line.code[-1] != "0" else "1"
    assert await certificates.check(ORGANISER, line.code[:-1] + last) is None
    # The right mark with another day is no code of ours either.
    code = read_code(line.code)
    assert code is not None
    other = str(type(code)(code.day + timedelta(days=1), code.mark))
    assert await certificates.check(ORGANISER, other) is None
    assert await refused(certificates.check(ORGANISER, "没有")) == "certificates.code_garbled"


async def test_whoever_was_not_there_has_no_code_even_with_the_number_of_the_claim(
    events: Events, certificates: CertificateService, clock: MovableClock, database: Database
) -> None:
    """Codes come from the installation's key: another key makes others of the same claim."""
    await two_events(events, clock)
    code = (await certificates.of_events(FIRST)).lines[0].code
    ring = databases.RING
    url = database.url.render_as_string(hide_password=False)
    stranger = Database(url, Vault(KeyRing(ring.current, ring.keys, bytes(32))))
    try:
        there = CertificateService(stranger, clock, UNION)
        assert (await there.of_events(FIRST)).lines[0].code != code
        assert await there.check(ORGANISER, code) is None
    finally:
        await stranger.close()


async def test_a_session_on_another_day_is_found_by_its_own_day(
    events: Events, certificates: CertificateService, clock: MovableClock
) -> None:
    starts = clock.now() + timedelta(days=10)
    later = starts + timedelta(days=7)
    sessions = (
        Session("one", "第一周", starts, starts + timedelta(hours=1), 5),
        Session("two", "第二周", later, later + timedelta(hours=1), 5),
    )
    course = await events.event(sessions=sessions, capacity=9, ends_at=later + timedelta(hours=2))
    receipt = await events.joins(course, 0, session="two")
    clock.move(days=17)
    await events.door.check_in(ORGANISER, course.id, receipt.code)
    (line,) = (await certificates.of_events(FIRST)).lines
    assert line.day == beijing_date(later)
    assert await certificates.check(ORGANISER, line.code) is not None


@pytest.mark.parametrize("how", ["erased", "purged"])
async def test_a_paper_can_be_checked_when_nobody_knows_any_more_whose_it_is(
    events: Events,
    certificates: CertificateService,
    clock: MovableClock,
    database: Database,
    how: str,
) -> None:
    await two_events(events, clock)
    await named(database, clock)
    line = (await certificates.of_events(FIRST)).lines[0]
    if how == "erased":
        assert await OwnDataService(database, clock).erase(FIRST)
    else:
        clock.move(days=366)
        assert await events.ticks.purge()
    found = await certificates.check(ORGANISER, line.code)
    assert found is not None
    assert (found.line, found.name) == (line, "")
    assert await refused(certificates.of_events(FIRST)) == "certificates.none"


# Rounds of the quiz -------------------------------------------------------------------------


async def played(database: Database, clock: MovableClock) -> tuple[Quiz, Round]:
    """A day of the quiz that member 0 passed and member 1 did not; both are known by account."""
    quiz = Quiz(database, clock)
    await quiz.stock(map(item, range(1, 13)))
    one, sitting = await quiz.round()
    await quiz.plays(sitting, 0, 2)
    await quiz.plays(sitting, 1, 0)
    return quiz, one


async def test_who_passed_a_round_has_a_paper_once_it_is_over(
    database: Database, certificates: CertificateService, clock: MovableClock
) -> None:
    quiz, one = await played(database, clock)
    too_early = await refused(certificates.of_quiz(MEMBER, one.id))
    assert too_early == "certificates.quiz_not_over"
    one = await quiz.ends(one)
    assert one.closed_at is not None
    paper = await certificates.of_quiz(MEMBER, one.id)
    (line,) = paper.lines
    assert (paper.subject, paper.name, paper.issuer) == (Subject.QUIZ, "", "某区总工会")
    day = beijing_date(one.closed_at)
    assert (line.what, line.day, line.figure) == (one.title, day, "2/2")
    assert line.code.startswith("D")
    for stranger in (MEMBER + 1, MEMBER + 2):
        why = await refused(certificates.of_quiz(stranger, one.id))
        assert why == "certificates.quiz_not_passed"
    assert await refused(certificates.of_quiz(MEMBER, "nothing")) == "quiz.not_found"


async def test_the_name_is_that_of_the_profile_else_that_of_the_board(
    database: Database, certificates: CertificateService, clock: MovableClock
) -> None:
    quiz, one = await played(database, clock)
    await quiz.ends(one)
    await quiz.members.take_nickname(MEMBER, "胡同骑手")
    assert (await certificates.of_quiz(MEMBER, one.id)).name == "胡同骑手"
    await named(database, clock, MEMBER)
    assert (await certificates.of_quiz(MEMBER, one.id)).name == "王芳"


async def test_the_code_of_a_quiz_is_found_again_also_when_nobody_knows_whose_it_was(
    database: Database, certificates: CertificateService, clock: MovableClock
) -> None:
    quiz, one = await played(database, clock)
    await quiz.ends(one)
    await named(database, clock, MEMBER)
    (line,) = (await certificates.of_quiz(MEMBER, one.id)).lines
    found = await certificates.check(ELSEWHERE, line.code.lower().replace("-", " "))
    assert found is not None
    assert (found.line, found.name, found.subject) == (line, "王*", Subject.QUIZ)
    # The same mark is no code of an event, and another day none of a quiz.
    assert await certificates.check(ELSEWHERE, "H" + line.code[1:]) is None
    code = read_code(line.code)
    assert code is not None
    later = type(code)(code.day + timedelta(days=1), code.mark, code.subject)
    assert await certificates.check(ELSEWHERE, str(later)) is None
    # Nor is that of somebody who did not pass, though they stand in the same list.
    async with database.open_read() as work:
        standings = await work.quiz_standings.standings(one.id)
        (failed,) = [standing for standing in standings if not standing.passed_days]
        mark = work.vault.fingerprint(QUIZ_PURPOSE, f"{one.id}:{failed.code}")
    assert await certificates.check(ELSEWHERE, str(quiz_code(code.day, mark))) is None
    assert await OwnDataService(database, clock).erase(MEMBER)
    found = await certificates.check(ELSEWHERE, line.code)
    assert found is not None and (found.line, found.name) == (line, "")
