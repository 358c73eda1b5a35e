"""The workbook for the console: of what is in force, faults told as the console tells them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from console.desk import SheetPlan
from domain.clock import Clock
from domain.editing import Blocked
from knowledge import ContentError, Knowledge
from knowledge.drafts import entry_id
from knowledge.wording import Format
from locales import Texts
from services.editing import InForce

Result = TypeVar("Result")


class ConsoleSheets:
    """Exports and plans in a thread. The libraries are loaded at the first use: a running bot
    need not carry ten megabytes of them."""

    def __init__(
        self,
        knowledge: Knowledge,
        in_force: InForce,
        texts: Texts,
        clock: Clock,
    ) -> None:
        self._folder = knowledge.folder
        self._in_force = in_force
        self._texts = texts
        self._clock = clock
        self._today = knowledge.today

    async def export(self, path: Path) -> None:
        """Write the workbook of what is in force. Raises Blocked."""
        from bot import sheets  # noqa: PLC0415 - see above
        from bot.sheets.layout import Layout  # noqa: PLC0415 - see above

        layout = Layout(Format.read(), self._texts)
        overlay = (await self._in_force.read()).overlay
        now = self._clock.now()
        await _in_thread(partial(sheets.export, self._folder, path, layout, now, overlay=overlay))

    async def plan(self, path: Path) -> SheetPlan:
        """What importing the workbook would change. Raises Blocked."""
        from bot import sheets  # noqa: PLC0415 - see above
        from bot.sheets.layout import Layout  # noqa: PLC0415 - see above
        from bot.sheets.reporting import lines  # noqa: PLC0415 - see above

        layout = Layout(Format.read(), self._texts)
        overlay = (await self._in_force.read()).overlay
        today = self._today()
        planned = await _in_thread(
            partial(sheets.plan, self._folder, path, layout, today, overlay=overlay)
        )
        texts = {entry_id(place): text for place, text in planned.texts.items()}
        return SheetPlan(tuple(lines(planned, layout)), texts, planned.lost)


async def _in_thread(job: Callable[[], Result]) -> Result:
    try:
        return await asyncio.to_thread(job)
    except ContentError as error:
        raise Blocked("knowledge.sheet_faulty", error.faults) from None
