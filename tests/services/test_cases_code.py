"""A forgotten code: who holds the phone for a minute gets nothing by it, who waits a day does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from domain.cases import codes
from domain.cases.codes import RESET_AFTER, RESET_WITHIN, Code, Reset, tried
from services.cases import CaseService
from storage.database import Database
from storage.tables import outbox
from tests.services.case_kit import FIRST, OFFICE, Cases, make_cases
from tests.staffing import refused
from tests.world import MovableClock

MEMBER, OTHER = FIRST + 1, FIRST + 2
OLD, NEW, THEIRS = "246810", "135791", "000000"
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def cases(database: Database, clock: MovableClock) -> Cases:
    made = await make_cases(database, clock)
    await made.members.set_code(MEMBER, OLD)
    return made


async def reset(cases: Cases, member: int = MEMBER) -> Reset:
    code = await cases.members.find_code(member)
    assert code is not None
    return code.reset(cases.clock.now())


async def notices(cases: Cases) -> list[tuple[str, timedelta, str]]:
    """Kind, how long from now, and state of every notice about the code."""
    async with cases.database.open_read() as work:
        rows = await work._connection.execute(
            sa.select(outbox.c.kind, outbox.c.due_at, outbox.c.state)
            .where(outbox.c.kind.startswith("cases.notice_reset"))
            .order_by(outbox.c.due_at, outbox.c.id)
        )
        return [
            (kind.removeprefix("cases.notice_"), due - cases.clock.now(), state)
            for kind, due, state in rows
        ]


async def test_after_a_day_a_new_code_takes_the_place_of_the_forgotten_one(cases: Cases) -> None:
    await cases.members.ask_reset(MEMBER)
    cases.clock.move(seconds=RESET_AFTER.total_seconds())
    assert await reset(cases) is Reset.READY
    # Also then nothing is open by itself.
    assert await cases.members.needs_code(MEMBER)
    with refused("cases.code_form"):
        await cases.members.reset_code(MEMBER, "12345")
    await cases.members.reset_code(MEMBER, NEW)
    assert await cases.members.needs_code(MEMBER)
    assert await reset(cases) is Reset.NONE
    with refused("cases.code_wrong"):
        await cases.members.give_code(MEMBER, OLD)
    await cases.members.give_code(MEMBER, NEW)
    assert not await cases.members.needs_code(MEMBER)
    assert ("reset_done", timedelta(), "pending") in await notices(cases)
    # Once is once.
    with refused("cases.code_wait"):
        await cases.members.reset_code(MEMBER, THEIRS)


async def test_who_holds_the_phone_for_a_minute_gets_nothing(cases: Cases) -> None:
    await cases.members.ask_reset(MEMBER)
    for wait in (timedelta(), MINUTE, RESET_AFTER - 2 * MINUTE):
        cases.clock.move(seconds=wait.total_seconds())
        with refused("cases.code_wait"):
            await cases.members.reset_code(MEMBER, THEIRS)
        with refused("cases.code_first"):
            await cases.members.set_code(MEMBER, THEIRS)
        with refused("cases.code_first"):
            await cases.members.remove_code(MEMBER)
        assert await cases.members.needs_code(MEMBER)
    # The code stays what it was.
    await cases.members.give_code(MEMBER, OLD)


async def test_without_the_day_the_minute_would_do(
    cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(codes, "RESET_AFTER", timedelta())
    await cases.members.ask_reset(MEMBER)
    await cases.members.reset_code(MEMBER, THEIRS)
    await cases.members.give_code(MEMBER, THEIRS)
    assert not await cases.members.needs_code(MEMBER)


async def test_the_chat_is_told_when_whoever_asked_has_given_the_phone_back(cases: Cases) -> None:
    await cases.members.ask_reset(MEMBER)
    assert await notices(cases) == [
        ("reset", timedelta(hours=1), "pending"),
        ("reset", timedelta(hours=12), "pending"),
        ("reset_ready", timedelta(hours=24), "pending"),
    ]
    told = await cases.told()
    assert {chat for kind, chat in told if kind.startswith("reset")} == {MEMBER}


async def test_one_press_without_the_code_ends_it(cases: Cases) -> None:
    assert not await cases.members.cancel_reset(MEMBER)
    await cases.members.ask_reset(MEMBER)
    cases.clock.move(hours=2)
    assert await cases.members.cancel_reset(MEMBER)
    assert not await cases.members.cancel_reset(MEMBER)
    assert {state for _, _, state in await notices(cases)} == {"cancelled"}
    cases.clock.move(seconds=RESET_AFTER.total_seconds())
    with refused("cases.code_wait"):
        await cases.members.reset_code(MEMBER, THEIRS)
    # Whoever really forgot it begins again, and the day counts from there.
    await cases.members.ask_reset(MEMBER)
    assert await reset(cases) is Reset.WAITING
    assert [state for _, _, state in await notices(cases)].count("pending") == 3


async def test_who_still_knows_the_code_has_not_forgotten_it(cases: Cases) -> None:
    await cases.members.ask_reset(MEMBER)
    with refused("cases.code_wrong"):
        await cases.members.give_code(MEMBER, THEIRS)
    assert await reset(cases) is Reset.WAITING
    await cases.members.give_code(MEMBER, OLD)
    assert await reset(cases) is Reset.NONE
    assert {state for _, _, state in await notices(cases)} == {"cancelled"}


@pytest.mark.parametrize("is_removed", [False, True])
async def test_another_code_or_none_ends_it_too(cases: Cases, is_removed: bool) -> None:
    await cases.members.give_code(MEMBER, OLD)
    await cases.members.ask_reset(MEMBER)
    if is_removed:
        await cases.members.remove_code(MEMBER)
    else:
        await cases.members.set_code(MEMBER, NEW)
        assert await reset(cases) is Reset.NONE
    assert {state for _, _, state in await notices(cases)} == {"cancelled"}


async def test_what_nobody_came_back_for_lapses(cases: Cases) -> None:
    await cases.members.ask_reset(MEMBER)
    cases.clock.move(seconds=(RESET_AFTER + RESET_WITHIN).total_seconds())
    assert await reset(cases) is Reset.NONE
    with refused("cases.code_wait"):
        await cases.members.reset_code(MEMBER, THEIRS)
    again = await cases.members.ask_reset(MEMBER)
    assert again.reset_asked_at == cases.clock.now()


async def test_asking_again_neither_shortens_the_day_nor_begins_it_anew(cases: Cases) -> None:
    first = await cases.members.ask_reset(MEMBER)
    cases.clock.move(hours=5)
    assert await cases.members.ask_reset(MEMBER) == first
    assert len(await notices(cases)) == 3


async def test_where_there_is_no_code_there_is_nothing_to_forget(cases: Cases) -> None:
    with refused("cases.code_none"):
        await cases.members.ask_reset(OTHER)
    assert not await cases.members.cancel_reset(OTHER)
    await cases.members.ask_reset(MEMBER)
    assert await cases.members.find_code(OTHER) is None


class OddClock:
    """A clock with more digits than the database keeps."""

    def __init__(self, clock: MovableClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now() + timedelta(microseconds=987)


async def test_notices_are_found_again_whatever_the_clock_says(cases: Cases) -> None:
    members = CaseService(cases.database, OddClock(cases.clock), OFFICE)
    await members.ask_reset(MEMBER)
    assert await members.cancel_reset(MEMBER)
    assert {state for _, _, state in await notices(cases)} == {"cancelled"}


def test_the_right_code_ends_the_wish_and_a_wrong_one_does_not() -> None:
    now = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
    code = Code("p", wrong=2, reset_asked_at=now)
    assert tried(code, "p", now).reset_asked_at is None
    assert tried(code, "q", now).reset_asked_at == now
    for _ in range(3):
        code = tried(code, "q", now)
    assert code.is_locked(now) and code.reset(now) is Reset.WAITING
