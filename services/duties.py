"""What falls due in the tables is begun once, by one process, as its lateness allows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from domain.calendar import QuietHours
from domain.clock import Clock
from domain.lateness import Action, Due, Verdict, judge
from storage.database import Database
from storage.work import Work

# Does what is due, in the transaction that marks it as begun.
Act = Callable[[Work, Due, Verdict], Awaitable[None]]


class DutyService:
    """Begins what is due. The schedule only asks; when a thing is due is a column."""

    def __init__(self, database: Database, clock: Clock, quiet: QuietHours) -> None:
        self._open_work = database.open_work
        self._clock = clock
        self._quiet = quiet

    async def run(self, due: Iterable[Due], act: Act) -> Sequence[tuple[Due, Verdict]]:
        """Begin each thing that nobody began before; those begun, with what was decided.

        `act` is called for RUN, HOLD and DROP alike and must leave a record. If it fails, the
        thing stays due and the others are still begun; the failures are raised at the end.
        """
        done, failed = [], []
        for one in due:
            try:
                verdict = await self._begin(one, act)
            except Exception as error:  # noqa: BLE001 - raised below, after the others had their turn
                failed.append(error)
                continue
            if verdict is not None:
                done.append((one, verdict))
        if failed:
            raise ExceptionGroup("some of what is due could not be begun", failed)
        return done

    async def _begin(self, due: Due, act: Act) -> Verdict | None:
        now = self._clock.now()
        verdict = judge(due, now, self._quiet)
        if verdict.action is Action.WAIT:
            return None
        async with self._open_work() as work:
            if not await work.runs.begin(due.schedule_id, due.due_at, now, verdict.action.value):
                return None
            await act(work, due, verdict)
            await work.commit()
        return verdict
