"""Polling: the offset moves only past what was handled, and one stuck update holds up nobody."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot import polling
from bot.intake import Fate, NotHandled
from bot.polling import Polling
from bot.request import AiohttpRequest
from simulator import Running, Simulator
from simulator import running as simulating
from tests.faults.support import hasten
from tests.world import TOKEN


class Taker:
    """Stands for the intake: takes at once, except what it is told to hold or refuse."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.held: dict[int, asyncio.Event] = {}
        self.refuses: Counter[int] = Counter()
        self.breaks: Counter[int] = Counter()
        self.tries: Counter[int] = Counter()

    async def accept_data(self, data: Any) -> Fate:
        number = data["update_id"]
        self.tries[number] += 1
        if number in self.held:
            await self.held[number].wait()
        if self.breaks[number]:
            self.breaks[number] -= 1
            raise LookupError("the intake itself is broken")
        if self.refuses[number]:
            self.refuses[number] -= 1
            raise NotHandled(1.0, "later")
        self.taken.append(number)
        return Fate.DONE


@pytest.fixture
async def telegram() -> AsyncIterator[Running]:
    async with simulating(token=TOKEN) as running:
        yield running


@pytest.fixture
def simulator(telegram: Running) -> Simulator:
    return telegram.simulator


@pytest.fixture
def taker() -> Taker:
    return Taker()


@pytest.fixture
async def polls(
    telegram: Running, taker: Taker, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Polling]:
    hasten(monkeypatch, polling)
    request = AiohttpRequest(connections=2)
    await request.initialize()
    made = Polling(f"{telegram.url}/bot{TOKEN}", request, taker)  # type: ignore[arg-type]
    made.start()
    yield made
    await made.stop()
    await request.shutdown()


def _says(simulator: Simulator, count: int = 1) -> list[int]:
    return [simulator.say(simulator.add_user("王芳"), "工资")["update_id"] for _ in range(count)]


async def test_what_was_taken_is_confirmed(
    polls: Polling, simulator: Simulator, taker: Taker
) -> None:
    numbers = _says(simulator, 250)
    assert await simulator.settle(10)
    assert sorted(taker.taken) == numbers


async def test_what_is_not_taken_is_not_confirmed_and_others_are_taken_meanwhile(
    polls: Polling, simulator: Simulator, taker: Taker
) -> None:
    (stuck,) = _says(simulator)
    taker.held[stuck] = asyncio.Event()
    others = _says(simulator, 10)
    assert not await simulator.settle(0.5)
    assert sorted(taker.taken) == others
    assert stuck in [update.number for update in simulator.delivery.pending.values()]
    late = _says(simulator, 5)
    assert not await simulator.settle(0.7)
    assert set(late) <= set(taker.taken), "new ones are seen while one is stuck"
    taker.held[stuck].set()
    assert await simulator.settle(5)
    assert set(taker.tries.values()) == {1}


async def test_if_the_offset_moved_at_once_a_stop_would_lose_what_is_under_way(
    telegram: Running, simulator: Simulator, taker: Taker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "_STOP_SECONDS", 0.05)
    for trusting in (False, True):
        if trusting:
            monkeypatch.setattr(Polling, "_move_offset", _past_everything)
        request = AiohttpRequest(connections=2)
        await request.initialize()
        made = Polling(f"{telegram.url}/bot{TOKEN}", request, taker)  # type: ignore[arg-type]
        (stuck,) = _says(simulator)
        taker.held[stuck] = asyncio.Event()
        made.start()
        while not taker.tries[stuck]:
            await asyncio.sleep(0.01)
        await made.stop()
        await request.shutdown()
        assert (not simulator.delivery.pending) is trusting
        simulator.delivery.drop_pending()


async def test_a_refused_update_comes_again_until_it_is_taken(
    polls: Polling, simulator: Simulator, taker: Taker
) -> None:
    (number,) = _says(simulator)
    taker.refuses[number], taker.breaks[number] = 3, 2
    assert await simulator.settle(5)
    assert taker.taken == [number]
    assert taker.tries[number] == 6


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
@pytest.mark.parametrize("kind", ["500", "garbage", "drop_before", "drop_after", "429", "401"])
async def test_polling_goes_on_after_every_fault_of_the_line(
    polls: Polling, simulator: Simulator, taker: Taker, kind: str
) -> None:
    simulator.fault("getUpdates", kind, times=3)
    numbers = _says(simulator, 3)
    assert await simulator.settle(10)
    assert sorted(taker.taken) == numbers


async def test_a_stop_confirms_what_ended_while_it_waited(
    telegram: Running, simulator: Simulator, taker: Taker
) -> None:
    request = AiohttpRequest(connections=2)
    await request.initialize()
    made = Polling(f"{telegram.url}/bot{TOKEN}", request, taker)  # type: ignore[arg-type]
    (slow,) = _says(simulator)
    taker.held[slow] = asyncio.Event()
    made.start()
    while not taker.tries[slow]:
        await asyncio.sleep(0.01)
    asyncio.get_running_loop().call_later(0.1, taker.held[slow].set)
    await made.stop()
    assert not simulator.delivery.pending
    await request.shutdown()


@pytest.mark.parametrize("is_paced", [True, False])
async def test_a_flood_in_hand_does_not_make_polling_spin(
    polls: Polling,
    simulator: Simulator,
    taker: Taker,
    monkeypatch: pytest.MonkeyPatch,
    is_paced: bool,
) -> None:
    """Each answer brings all that is in hand again: reading it must not be the main work."""
    monkeypatch.undo()
    if not is_paced:
        monkeypatch.setattr(polling, "_SECONDS_FOR_EACH_SEEN_AGAIN", 0)
    asked = 0
    poll = simulator.delivery.poll

    async def counted(*arguments: Any) -> list[str]:
        nonlocal asked
        asked += 1
        return await poll(*arguments)

    simulator.delivery.poll = counted  # type: ignore[assignment, method-assign]
    for number in _says(simulator, 90):
        taker.held[number] = asyncio.Event()
    await asyncio.sleep(0.2)
    asked = 0
    # The first stays, so that nothing can be confirmed.
    for event in list(taker.held.values())[1:81]:
        event.set()
        await asyncio.sleep(0.01)
    assert (asked < 40) is is_paced
    for event in taker.held.values():
        event.set()
    assert await simulator.settle(10)


def _past_everything(self: Polling) -> None:
    self._offset = max([*self._open, *self._finished, self._offset - 1]) + 1
