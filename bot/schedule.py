"""The metronome: what is done again and again. When a thing is due is decided by its verb."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from domain.clock import Clock
from domain.health import TickState

Tick = Callable[[], Awaitable[object]]

log = structlog.get_logger(__name__)


class Schedule:
    """Runs named ticks at intervals. A tick that fails is logged and comes again."""

    def __init__(self, ticks: Mapping[str, tuple[timedelta, Tick]], clock: Clock) -> None:
        self._ticks = dict(ticks)
        self._clock = clock
        self._states = {
            name: TickState(name, interval, None, failed=False)
            for name, (interval, _) in self._ticks.items()
        }
        self._scheduler = AsyncIOScheduler(
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )

    def start(self) -> None:
        for name, (interval, _) in self._ticks.items():
            self._scheduler.add_job(
                self._guarded, "interval", args=(name,), seconds=interval.total_seconds(), id=name
            )
        self._scheduler.start()

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def states(self) -> tuple[TickState, ...]:
        """When each tick last ran since the start, and whether it failed then."""
        return tuple(self._states.values())

    async def tick(self, name: str) -> None:
        """Do now what the schedule would do. Errors are raised: tests want to see them."""
        try:
            await self._ticks[name][1]()
        except Exception:
            self._note(name, failed=True)
            raise
        self._note(name, failed=False)

    def _note(self, name: str, *, failed: bool) -> None:
        self._states[name] = replace(self._states[name], last_at=self._clock.now(), failed=failed)

    async def _guarded(self, name: str) -> None:
        try:
            await self.tick(name)
        except Exception:  # the edge: one failing tick must not stop the others
            log.exception("tick_failed", tick=name)
