"""The real program with a bug planted: `python -m tests.faults.program CONFIG [BUG...]`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot import cli
from bot.intake import Fate, Intake, NotHandled
from handlers import ask, talk
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


_LATER: set[Any] = set()
_BUGS: dict[str, Callable[[], None]] = {"kill": kill, "forget": forget, "hasty": hasty}


if __name__ == "__main__":
    config, *bugs = sys.argv[1:]
    for bug in bugs:
        _BUGS[bug]()
    cli.app(["serve", "--config", config])
