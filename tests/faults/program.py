"""The real program with a bug planted: `python -m tests.faults.program CONFIG [BUG...]`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import sqlalchemy as sa

from bot import cli
from bot.delivery import Policy, pump, turns
from bot.delivery.checking import Go
from bot.intake import Fate, Intake, NotHandled
from bot.settings import DeliverySettings
from domain import outbox
from handlers import ask, talk
from storage import tables
from storage.claiming import Claims
from storage.journal import Begin, Begun, JournalRows

KILLS = "自爆"


def kill() -> None:
    """The program dies whenever it handles a marked question."""
    answer = ask.answer_question

    async def deadly(update: Any, context: Any, text: str) -> None:
        if KILLS in text:
            os._exit(1)
        await answer(update, context, text)

    setattr(talk, "answer_question", deadly)  # noqa: B010 - the name as talk knows it


def forget() -> None:
    """Attempts are not counted before the handlers run."""
    begin_all = JournalRows.begin_all

    async def uncounted(self: JournalRows, batch: list[Begin]) -> dict[int, Begun]:
        begun = await begin_all(self, batch)
        return {number: replace(one, attempts=1) for number, one in begun.items()}

    JournalRows.begin_all = uncounted  # type: ignore[method-assign, assignment]


def hasty() -> None:
    """Updates are acknowledged before they are handled."""
    accept = Intake.accept

    async def acknowledge_first(self: Intake, envelope: Any) -> Fate:
        async def later() -> None:
            try:
                await accept(self, envelope)
            except NotHandled:
                pass

        import asyncio

        task = asyncio.get_running_loop().create_task(later())
        _LATER.add(task)
        task.add_done_callback(_LATER.discard)
        return Fate.DONE

    Intake.accept = acknowledge_first  # type: ignore[method-assign]


def quick() -> None:
    """Delivery at a hundred times its pace, by day and by night, with a short lease."""
    from domain.calendar import QuietHours

    def policy(self: DeliverySettings) -> Policy:
        return Policy(
            per_second=400,
            limit=100_000,
            lease=timedelta(seconds=5),
            send_time=timedelta(seconds=1),
            poll=timedelta(seconds=0.05),
            quiet=QuietHours(time(), time()),
        )

    DeliverySettings.policy = policy  # type: ignore[method-assign]


def soon() -> None:
    """What is ambiguous is tried again after a second."""
    second = timedelta(seconds=1)
    outbox._AMBIGUOUS_WAIT = (second, second)


def ticked() -> None:
    """Messages are ticked off when they are fetched, as programs with a cursor do."""
    claim = Claims.claim

    async def tick_off(self: Claims, *arguments: Any) -> Any:
        claims = await claim(self, *arguments)
        await self._connection.execute(
            sa.update(tables.outbox)
            .where(tables.outbox.c.id.in_([one.id for one in claims]))
            .values(state="sent")
        )
        return claims

    Claims.claim = tick_off  # type: ignore[method-assign, assignment]
    for module in (pump, turns):
        setattr(module, "decide", lambda *_: Go())  # noqa: B010 - the name as they know it


def rude() -> None:
    """SIGTERM ends it at once."""

    def leave(self: pump.Pump) -> None:
        os._exit(0)

    pump.Pump.stop_claiming = leave  # type: ignore[method-assign]


_LATER: set[Any] = set()
_BUGS: dict[str, Callable[[], None]] = {
    "kill": kill,
    "forget": forget,
    "hasty": hasty,
    "quick": quick,
    "soon": soon,
    "ticked": ticked,
    "rude": rude,
}


if __name__ == "__main__":
    config, *bugs = sys.argv[1:]
    for bug in bugs:
        _BUGS[bug]()
    cli.app(["serve", "--config", config])
