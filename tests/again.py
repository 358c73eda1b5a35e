"""The program is killed after each commit of each update, and handles the update again.

A kill that falls between a commit and the mark "done" is the one that counts: before the commit
nothing has happened, after the mark the update does not come again. Here every update meets all of
them: it is handled up to its first commit, again up to its second, and so on; then to its end; and
again to its end, as if only the mark were missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import pytest
from telegram import Update

from bot.intake import Intake
from handlers.gate import Flood
from storage.database import Database
from storage.group import Group
from storage.marking import note, noting
from storage.work import Work

# More commits than any update makes: something would go round in circles.
_MOST = 40


class Killed(BaseException):
    """What ends a handling here; nothing in the program catches it."""


@dataclass
class Life:
    """One handling of an update, in its own task, until it dies at its `last` commit."""

    last: int
    task: asyncio.Task[Any] | None
    commits: int = 0

    def committed(self) -> None:
        """Count a commit; it may be the last."""
        if asyncio.current_task() is not self.task:
            # What is committed for many at once comes back to each by `Group.submit`.
            return
        self.commits += 1
        if self.commits == self.last:
            raise Killed


_life: ContextVar[Life | None] = ContextVar("life", default=None)


@dataclass
class Kills:
    """How often it died, for a test to see that it did."""

    count: int = 0


def plant(patch: pytest.MonkeyPatch) -> Kills:
    """Kill the handling of every update after each of its commits, from now on."""
    kills = Kills()
    start = Intake.__init__

    def mortal(self: Intake, *arguments: Any, **named: Any) -> None:
        start(self, *arguments, **named)
        self._handle = _dying(self._handle, kills)

    patch.setattr(Intake, "__init__", mortal)
    patch.setattr(Work, "commit", _told(Work.commit))
    patch.setattr(Database, "write", _told(Database.write))
    patch.setattr(Group, "submit", _told(Group.submit))
    patch.setattr(Flood, "admits", _new_each_life(Flood.admits))
    return kills


Handle = Callable[[Update], Awaitable[BaseException | None]]


def _dying(handle: Handle, kills: Kills) -> Handle:
    async def live(update: Update, last: int) -> tuple[BaseException | None, list[Any]]:
        token = _life.set(Life(last, asyncio.current_task()))
        try:
            # What was to be written with the mark dies with the handling.
            with noting(update.update_id) as notes:
                return await handle(update), notes
        finally:
            _life.reset(token)

    async def die_and_live(update: Update) -> BaseException | None:
        for last in range(1, _MOST):
            try:
                await live(update, last)
            except Killed:
                kills.count += 1
                continue
            break
        else:
            raise AssertionError("it commits each time, and never comes to its end")
        # As if only the mark were missing. An even number in all: what a press turns round and
        # round would else end as it should.
        for _ in range(2 - last % 2):
            error, notes = await live(update, 0)
        for write, item in notes:
            note(write, item)
        return error

    return die_and_live


def _new_each_life(admits: Callable[..., bool]) -> Callable[..., bool]:
    """Whoever wrote too fast is forgotten with the program."""

    def admit(*arguments: Any) -> bool:
        life = _life.get()
        return (life is not None and life.last != 1) or admits(*arguments)

    return admit


def _told(verb: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def and_tell(*arguments: Any, **named: Any) -> Any:
        result = await verb(*arguments, **named)
        if (life := _life.get()) is not None:
            life.committed()
        return result

    return and_tell
