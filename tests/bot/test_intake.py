"""The intake alone: real journal, real updates, handlers that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from telegram import Update
from telegram.error import InvalidToken, NetworkError, TimedOut
from telegram.ext import ExtBot

from bot.intake import Fate, Intake, NotHandled
from bot.lanes import LONGEST_QUEUE
from bot.link import OUTAGE_AFTER, TelegramLink
from bot.metrics import Metrics
from storage.database import Database
from storage.errors import StorageUnavailable
from storage.journal import JournalRows
from storage.marking import note
from storage.tables import journal, notes, rejects
from storage.work import Work
from tests.faults.support import FIRST_UPDATE, message, press, rows
from tests.world import TOKEN, MovableClock

Handle = Callable[[Update], Awaitable[BaseException | None]]


async def _leave_note(work: Work, batch: Sequence[str]) -> None:
    for text in batch:
        await work.notes.add(text, date(2026, 1, 1), text)


@dataclass
class Face:
    """Stands for the handlers: fails as told, and remembers what it saw."""

    # Written with the mark of each update, by its number.
    notes: bool = False
    fails: list[BaseException | None] = field(default_factory=list)
    handled: list[int] = field(default_factory=list)
    apologies: list[int] = field(default_factory=list)
    alerts: list[int] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, update: Update) -> BaseException | None:
        self.handled.append(update.update_id)
        if self.notes:
            assert note(_leave_note, str(update.update_id))
        await self.gate.wait()
        return self.fails.pop(0) if self.fails else None

    async def apologise(self, update: Update) -> None:
        self.apologies.append(update.update_id)

    async def alert(self, update_id: int) -> None:
        self.alerts.append(update_id)


@pytest.fixture
def face() -> Face:
    made = Face()
    made.gate.set()
    return made


@pytest.fixture
def link() -> TelegramLink:
    return TelegramLink()


@pytest.fixture
def make(
    database: Database, face: Face, link: TelegramLink, clock: MovableClock
) -> Callable[[], Intake]:
    """A new process each time: what was in memory is gone."""
    bot: ExtBot[None] = ExtBot(TOKEN)

    def made() -> Intake:
        return Intake(
            database, bot, face.handle, face.apologise, face.alert, link, clock, Metrics()
        )

    return made


@pytest.fixture
def intake(make: Callable[[], Intake]) -> Intake:
    return make()


def _ask(number: int = FIRST_UPDATE, person: int = 7) -> dict[str, Any]:
    return message(number, person, "工资")


async def test_an_update_is_done_before_it_is_acknowledged_and_then_never_again(
    intake: Intake, face: Face, database: Database
) -> None:
    assert await intake.accept_data(_ask()) is Fate.DONE
    assert await intake.accept_data(_ask()) is Fate.DUPLICATE
    assert face.handled == [FIRST_UPDATE]
    (row,) = await rows(database, journal)
    assert (row["state"], row["attempts"], row["body"]) == ("done", 1, None)


async def test_two_deliveries_at_once_are_one_handling(intake: Intake, face: Face) -> None:
    face.gate.clear()
    both = [asyncio.create_task(intake.accept_data(_ask())) for _ in range(2)]
    while not face.handled:
        await asyncio.sleep(0)
    face.gate.set()
    assert await asyncio.gather(*both) == [Fate.DONE, Fate.DONE]
    assert face.handled == [FIRST_UPDATE]


async def test_the_third_failure_puts_it_aside_with_one_apology_and_one_alert(
    intake: Intake, face: Face, database: Database
) -> None:
    face.fails = [LookupError("1"), LookupError("2"), LookupError("3")]
    for after in (1.0, 10.0):
        with pytest.raises(NotHandled) as refused:
            await intake.accept_data(_ask())
        assert refused.value.retry_after == after
    assert await intake.accept_data(_ask()) is Fate.QUARANTINED
    assert await intake.accept_data(_ask()) is Fate.DUPLICATE
    assert (face.apologies, face.alerts) == ([FIRST_UPDATE], [FIRST_UPDATE])
    (row,) = await rows(database, journal)
    assert (row["state"], row["attempts"], row["error"]) == ("quarantined", 3, "LookupError")


async def test_a_second_try_that_works_leaves_no_trace(
    intake: Intake, face: Face, database: Database
) -> None:
    face.fails = [LookupError("once")]
    with pytest.raises(NotHandled):
        await intake.accept_data(_ask())
    assert await intake.accept_data(_ask()) is Fate.DONE
    assert face.apologies == []
    (row,) = await rows(database, journal)
    assert (row["state"], row["error"], row["body"]) == ("done", None, None)


async def test_what_escapes_the_handlers_is_an_attempt_too(
    intake: Intake, face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    """python-telegram-bot itself stumbles over some content, outside of any handler."""

    async def stumble(_update: Update) -> None:
        raise TypeError("unhashable type: 'list'")

    monkeypatch.setattr(intake, "_handle", stumble)
    for _ in range(2):
        with pytest.raises(NotHandled):
            await intake.accept_data(_ask())
    assert await intake.accept_data(_ask()) is Fate.QUARANTINED


async def test_a_note_is_written_with_the_mark_and_not_for_a_handling_that_failed(
    intake: Intake, face: Face, database: Database
) -> None:
    face.notes, face.fails = True, [None, RuntimeError("a fault")]
    await intake.accept_data(_ask(1, person=1))
    with pytest.raises(NotHandled):
        await intake.accept_data(_ask(2, person=2))
    assert [row["text"] for row in await rows(database, notes)] == ["1"]


async def test_a_note_outlives_a_mark_that_could_not_be_written(
    intake: Intake, face: Face, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    face.notes = True

    async def refuse(self: JournalRows, update_ids: object, now: object) -> None:
        raise StorageUnavailable("full")

    with monkeypatch.context() as patched:
        patched.setattr(JournalRows, "finish_all", refuse)
        with pytest.raises(NotHandled):
            await intake.accept_data(_ask(1))
    assert await rows(database, notes) == []
    assert await intake.accept_data(_ask(1)) is Fate.DONE
    assert face.handled == [1]
    assert [row["text"] for row in await rows(database, notes)] == ["1"]


def test_without_an_update_there_is_no_mark_to_write_with() -> None:
    assert not note(_leave_note, "nobody")


async def test_a_handler_that_hangs_is_an_attempt_too(
    intake: Intake, face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake._HANDLER_SECONDS", 0.01)
    face.gate.clear()
    with pytest.raises(NotHandled):
        await intake.accept_data(_ask())


@pytest.mark.parametrize("error", [StorageUnavailable(), InvalidToken()])
async def test_an_outage_counts_as_no_attempt_however_long_it_lasts(
    intake: Intake, face: Face, database: Database, error: Exception
) -> None:
    face.fails = [error] * 6
    for _ in range(6):
        with pytest.raises(NotHandled):
            await intake.accept_data(_ask())
    assert await intake.accept_data(_ask()) is Fate.DONE
    (row,) = await rows(database, journal)
    assert (row["state"], row["attempts"]) == ("done", 1)


async def test_a_lost_reply_counts_unless_telegram_is_down(
    intake: Intake, face: Face, link: TelegramLink, database: Database
) -> None:
    face.fails = [TimedOut()]
    with pytest.raises(NotHandled) as refused:
        await intake.accept_data(_ask())
    assert refused.value.retry_after == 1.0
    for _ in range(OUTAGE_AFTER):
        link.observe("sendMessage", "network")
    face.fails = [NetworkError("lost")]
    with pytest.raises(NotHandled) as refused:
        await intake.accept_data(_ask())
    assert refused.value.retry_after == 5


async def test_an_update_under_way_when_the_program_died_is_tried_thrice_in_all(
    make: Callable[[], Intake], face: Face, database: Database
) -> None:
    never = face.gate = asyncio.Event()
    dead = []
    for times in range(1, 4):
        dead.append(asyncio.create_task(make().accept_data(_ask())))
        while len(face.handled) < times:
            await asyncio.sleep(0.001)
    assert await make().accept_data(_ask()) is Fate.QUARANTINED
    assert len(face.handled) == 3
    assert face.apologies == [FIRST_UPDATE]
    (row,) = await rows(database, journal)
    assert (row["state"], row["error"]) == ("quarantined", "RuntimeError")
    never.set()
    await asyncio.gather(*dead)


async def test_what_was_under_way_together_is_tried_again_one_after_another(
    make: Callable[[], Intake], face: Face
) -> None:
    """Else the one that kills the program would take the others with it, three times."""
    face.gate.clear()
    numbers = [FIRST_UPDATE + number for number in range(5)]
    tasks = [asyncio.create_task(make().accept_data(_ask(n, n))) for n in numbers]
    while len(face.handled) < 5:
        await asyncio.sleep(0.001)
    face.handled.clear()
    again = make()
    later = [asyncio.create_task(again.accept_data(_ask(n, n))) for n in numbers]
    fresh = asyncio.create_task(again.accept_data(_ask(FIRST_UPDATE + 99, 99)))
    await asyncio.sleep(0.3)
    assert sorted(face.handled) == [numbers[0], FIRST_UPDATE + 99]
    face.gate.set()
    assert await asyncio.gather(*later, fresh) == [Fate.DONE] * 6
    await asyncio.gather(*tasks)


async def test_one_persons_updates_run_in_order_and_different_peoples_side_by_side(
    intake: Intake, face: Face
) -> None:
    face.gate.clear()
    first = asyncio.create_task(intake.accept_data(_ask(FIRST_UPDATE, 7)))
    second = asyncio.create_task(intake.accept_data(press(FIRST_UPDATE + 1, 7, "human:show")))
    other = asyncio.create_task(intake.accept_data(_ask(FIRST_UPDATE + 2, 8)))
    while len(face.handled) < 2:
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.05)
    assert sorted(face.handled) == [FIRST_UPDATE, FIRST_UPDATE + 2]
    face.gate.set()
    await asyncio.gather(first, second, other)
    assert face.handled[-1] == FIRST_UPDATE + 1


async def test_a_queue_without_end_is_not_built_up(intake: Intake, face: Face) -> None:
    face.gate.clear()
    tasks = [
        asyncio.create_task(intake.accept_data(_ask(FIRST_UPDATE + number)))
        for number in range(LONGEST_QUEUE)
    ]
    await asyncio.sleep(0.05)
    with pytest.raises(NotHandled, match="too many waiting"):
        await intake.accept_data(_ask(FIRST_UPDATE + LONGEST_QUEUE))
    face.gate.set()
    assert set(await asyncio.gather(*tasks)) == {Fate.DONE}
    assert await intake.accept_data(_ask(FIRST_UPDATE + LONGEST_QUEUE)) is Fate.DONE


async def test_drain_waits_for_what_is_being_handled(intake: Intake, face: Face) -> None:
    face.gate.clear()
    task = asyncio.create_task(intake.accept_data(_ask()))
    while not face.handled:
        await asyncio.sleep(0.001)
    asyncio.get_running_loop().call_later(0.05, face.gate.set)
    await intake.drain(10)
    assert await asyncio.wait_for(task, 20) is Fate.DONE


async def test_a_replay_that_cannot_even_be_read_goes_back_and_holds_up_nobody(
    intake: Intake, face: Face, database: Database
) -> None:
    bad = {"update_id": FIRST_UPDATE, "message": {"text": "工资"}}
    assert await intake.accept_data(bad) is Fate.QUARANTINED
    face.fails = [LookupError()] * 3
    for _ in range(2):
        with pytest.raises(NotHandled):
            await intake.accept_data(_ask(FIRST_UPDATE + 1))
    await intake.accept_data(_ask(FIRST_UPDATE + 1))
    async with database.open_work() as work:
        for number in (FIRST_UPDATE, FIRST_UPDATE + 1):
            assert await work.journal.ask_replay(number)
        await work.commit()
    assert await intake.replay_due() == 2
    states = {row["update_id"]: row["state"] for row in await rows(database, journal)}
    assert states == {FIRST_UPDATE: "quarantined", FIRST_UPDATE + 1: "done"}


async def test_a_replay_during_an_outage_waits_for_its_end(
    intake: Intake, face: Face, database: Database
) -> None:
    face.fails = [LookupError()] * 3
    for _ in range(2):
        with pytest.raises(NotHandled):
            await intake.accept_data(_ask())
    await intake.accept_data(_ask())
    async with database.open_work() as work:
        await work.journal.ask_replay(FIRST_UPDATE)
        await work.commit()
    face.fails = [StorageUnavailable()]
    await intake.replay_due()
    (row,) = await rows(database, journal)
    assert row["state"] == "replay"
    await intake.replay_due()
    (row,) = await rows(database, journal)
    assert row["state"] == "done"


async def test_no_update_at_all_is_kept_and_acknowledged(
    intake: Intake, face: Face, database: Database
) -> None:
    for body in (b"", b"[]", b'{"update_id":"x"}', b'{"update_id":-1}', b"[" * 10**5):
        assert await intake.accept_body(body) is Fate.REJECTED
    assert await intake.accept_data({"update_id": "x"}) is Fate.REJECTED
    assert len(await rows(database, rejects)) == 6
    assert face.handled == face.alerts == []
