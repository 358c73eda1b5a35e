"""Processes that sign members up: in a rush, without the lock, or killed at a statement.

`python -m tests.faults.signing rush URL EVENT FIRST COUNT` signs up COUNT members at once and
prints one line for each. `... kills URL EVENT COUNT KILLS SEED LOG` forks a child again and again
that is killed with SIGKILL at a random statement, until everybody has an answer; each answer is a
line in LOG, written when a member would see it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

from domain.clock import SystemClock
from domain.sign_ups import Receipt, Wish
from services.events import EventService
from services.events.line import Line
from storage.database import Database
from storage.inline import _Inline
from tests import databases

FIRST = 5_300_000_000
_AT_ONCE = 2


class HastyService(EventService):
    """Counts before it locks: how a system that has no lock oversells."""

    async def sign_up(self, wish: Wish) -> Receipt:
        async with self._open_read() as work:
            event = await work.events.find(wish.event_id)
            assert event is not None and wish.member_id is not None
            room = await work.seats.room(event.id, event.capacity, event.all_quotas())
        await asyncio.sleep(0)
        async with self._open_work() as work:
            fresh = await work.events.lock(wish.event_id)
            assert fresh is not None
            line = Line(work, fresh, room, self._clock.now())
            known = await work.seats.facts([wish.member_id], line.now, with_history=False)
            receipt = await line.join(wish, *known[wish.member_id], [])
            await line.flush()
            await work.commit()
        return receipt


def answer(receipt: Receipt, member: int) -> str:
    """What a member saw, as a line."""
    return json.dumps([member, receipt.state.value, receipt.place, receipt.seat_id])


async def rush(url: str, event: str, first: int, count: int) -> list[str]:
    """Sign up many members at the same moment."""
    database = Database(url, databases.vault())
    service = EventService(database, SystemClock())
    try:
        members = range(first, first + count)
        receipts = await asyncio.gather(
            *(service.sign_up(Wish(event, member)) for member in members)
        )
    finally:
        await database.close()
    return [answer(one, member) for one, member in zip(receipts, members, strict=True)]


async def some(url: str, event: str, members: list[int], log: int) -> None:
    """Sign up members, a few at a time; each answer is on disk before it counts as seen."""
    database = Database(url, databases.vault())
    service = EventService(database, SystemClock())
    todo = iter(members)

    async def one_after_another() -> None:
        for member in todo:
            receipt = await service.sign_up(Wish(event, member))
            os.write(log, (answer(receipt, member) + "\n").encode())

    await asyncio.gather(*(one_after_another() for _ in range(_AT_ONCE)))
    await database.close()


def kill_at(statement: int) -> None:
    """Die by SIGKILL at that statement of this process: before it, or after it and its commit."""
    from sqlalchemy.ext.asyncio import AsyncConnection

    left = statement

    def tick() -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def deadly(method: Any) -> Any:
        async def called(*args: Any, **named: Any) -> Any:
            tick()
            result = await method(*args, **named)
            tick()
            return result

        return called

    for owner, names in (
        (AsyncConnection, ("execute", "scalar", "commit")),
        (_Inline, ("execute", "scalar")),
    ):
        for name in names:
            setattr(owner, name, deadly(getattr(owner, name)))


def kills(url: str, event: str, count: int, number: int, seed: int, log: Path) -> int:
    """Kill as often as asked while everybody signs up; then finish. How often it was killed."""
    chance = random.Random(seed)
    killed = 0
    while True:
        # Forked before anything is open: no thread and no connection is shared.
        child = os.fork()
        if not child:
            status = 1
            try:
                if killed < number:
                    kill_at(chance.randrange(1, 25))
                _work(url, event, count, log, chance)
                status = 0
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        chance.random()
        if os.WIFSIGNALED(status):
            killed += 1
        elif os.waitstatus_to_exitcode(status) == 0:
            return killed
        else:
            raise SystemExit("a child failed")


def _work(url: str, event: str, count: int, log: Path, chance: random.Random) -> None:
    text = log.read_text() if log.exists() else ""
    seen = {json.loads(line)[0] for line in text.splitlines() if line.endswith("]")}
    left = [FIRST + number for number in range(count) if FIRST + number not in seen]
    chance.shuffle(left)
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    asyncio.run(some(url, event, left, descriptor))
    os.close(descriptor)


if __name__ == "__main__":
    what, url, event, *rest = sys.argv[1:]
    if what == "rush":
        first, count = map(int, rest)
        print("\n".join(asyncio.run(rush(url, event, first, count))))
    else:
        members, wanted, seed = map(int, rest[:3])
        print(kills(url, event, members, wanted, seed, Path(rest[3])))
