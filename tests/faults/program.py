"""The real program with a bug planted: `python -m tests.faults.program CONFIG [BUG...]`."""

from __future__ import annotations

import os
import signal
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot import cli
from bot.delivery import Policy, pump, turns
from bot.delivery.checking import Go
from bot.intake import Fate, Intake, NotHandled
from bot.settings import DeliverySettings
from domain import outbox
from domain.broadcasts import planning
from domain.calendar import QuietHours
from handlers import ask, talk
from services.cases import intake
from services.quiz import PlayService, Press
from services.quiz.turn import Turn
from services.staff import SignInService
from storage import tables
from storage.cases import CaseForms
from storage.claiming import Claims
from storage.evidence import EvidenceFiles
from storage.journal import Begin, Begun, JournalRows
from storage.work import Work

KILLS = "自爆"
# Where it is written down, in the folder of the settings, at which places the program was killed.
FALLS = "falls.log"


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


def falling(only: str = "") -> None:
    """Killed while an answer of the form of a case is kept: at each of many places once.

    The places of an answer: before it is written, written and not committed, committed and not
    answered. `only` is the one state that it happens in.
    """
    log = Path(sys.argv[1]).parent / FALLS
    # By connection: what is written and not committed yet.
    open_: dict[int, str] = {}

    def fall(state: str, at: int) -> None:
        place = f"{state}@{at}"
        seen = log.read_text().split() if log.exists() else []
        # Not at all three: an update that kills the program three times is put aside.
        is_left_out = bool(only) and state != only
        if is_left_out or place in seen or at == zlib.crc32(state.encode()) % 2:
            return
        with log.open("a") as file:
            file.write(f"{place}\n")
            file.flush()
            os.fsync(file.fileno())
        os.kill(os.getpid(), signal.SIGKILL)

    save_intake, add, commit = CaseForms.save_intake, EvidenceFiles.add, Work.commit

    async def save_and_fall(self: CaseForms, member: int, given: Any, until: Any) -> None:
        state = "+".join(sorted(name for name in given if name not in ("asked", "came_with")))
        fall(state, 0)
        await save_intake(self, member, given, until)
        fall(state, 1)
        open_[id(self._connection)] = state

    async def add_and_fall(self: EvidenceFiles, *given: Any) -> None:
        state = f"file-{given[1].number}"
        fall(state, 0)
        await add(self, *given)
        fall(state, 1)
        open_[id(self._connection)] = state

    async def commit_and_fall(self: Work) -> None:
        await commit(self)
        if state := open_.pop(id(self._connection), ""):
            fall(state, 2)

    CaseForms.save_intake = save_and_fall  # type: ignore[method-assign, assignment]
    EvidenceFiles.add = add_and_fall  # type: ignore[method-assign, assignment]
    Work.commit = commit_and_fall  # type: ignore[method-assign]


def tripping() -> None:
    """The same, at the story alone."""
    falling("entry+kind+question+story")


def unaware() -> None:
    """The form does not know an update again."""
    setattr(intake, "_is_kept", lambda _: False)  # noqa: B010 - the name as the form knows it


def at_once() -> None:
    """Nobody waits for a minute before a broadcast begins."""
    planning.UNDO = timedelta(seconds=1)


def awake() -> None:
    """At night too."""
    policy = DeliverySettings.policy

    def sleepless(self: DeliverySettings) -> Policy:
        return replace(policy(self), quiet=QuietHours(time(), time()))

    DeliverySettings.policy = sleepless  # type: ignore[method-assign]


def greedy() -> None:
    """Every tap on an answer counts, also on one that was given already."""

    async def take(self: PlayService, turn: Turn, one: Press) -> Any:
        return turn.take(turn.attempts[one.attempt_id], one)

    PlayService._take = take  # type: ignore[method-assign]


def open_door() -> None:
    """Staff sign in by choosing who they are, as in the demo."""
    begin = SignInService.__init__

    def opened(self: SignInService, *arguments: Any, **more: Any) -> None:
        begin(self, *arguments, **{**more, "demo": True})

    SignInService.__init__ = opened  # type: ignore[method-assign]


_LATER: set[Any] = set()
_BUGS: dict[str, Callable[[], None]] = {
    "kill": kill,
    "forget": forget,
    "hasty": hasty,
    "quick": quick,
    "soon": soon,
    "ticked": ticked,
    "rude": rude,
    "at_once": at_once,
    "awake": awake,
    "greedy": greedy,
    "open_door": open_door,
    "falling": falling,
    "tripping": tripping,
    "unaware": unaware,
}


if __name__ == "__main__":
    config, *bugs = sys.argv[1:]
    for bug in bugs:
        _BUGS[bug]()
    cli.app(["serve", "--config", config])
