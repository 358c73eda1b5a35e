"""Before a text comes into force: the whole library with it, without a fault or a loss."""

from __future__ import annotations

import asyncio

from domain.ask import Fault
from domain.editing import Blocked, Try
from domain.refusal import Refusal
from knowledge import ContentError, Knowledge, Library, load
from knowledge.golden import golden_changes
from knowledge.overlay import Overlay
from knowledge.trying import try_question


class Checker:
    """Builds libraries that are not served yet, in a thread: it takes about a second each."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._turn = asyncio.Lock()
        self._last: tuple[object, Library] | None = None

    async def build(self, overlay: Overlay) -> Library:
        """The library with this overlay; the last one is kept, for who tries many questions.

        Raises ContentError.
        """
        today = self._knowledge.today()
        # One at a time: each needs some forty megabytes while it is built.
        async with self._turn:
            if self._last is not None and self._last[0] == (overlay, today):
                return self._last[1]
            library = await asyncio.to_thread(load, self._knowledge.folder, today, overlay)
            self._last = ((overlay, today), library)
            return library

    async def check(self, old: Overlay, new: Overlay) -> tuple[Library | None, tuple[Fault, ...]]:
        """The library of the new overlay, and the golden questions that lose their page by it.

        Refuses with `knowledge.faulty` what would make a fault. Where the old one had faults
        already, a text that mends one and makes none is let through: without a library, as the
        last good one stays until all are mended.
        """
        try:
            library = await self.build(new)
        except ContentError as error:
            await self._refuse_new(old, error.faults)
            return None, ()
        served = self._knowledge.current
        if served is None:
            return library, ()
        return library, await asyncio.to_thread(golden_changes, served, library)

    async def compare(self, overlay: Overlay, question: str) -> tuple[Try | None, Try]:
        """How a question fares now, and how it would. Refuses with `knowledge.faulty`."""
        try:
            library = await self.build(overlay)
        except ContentError as error:
            raise Blocked("knowledge.faulty", error.faults) from None
        served = self._knowledge.current
        before = try_question(served, question) if served else None
        return before, try_question(library, question)

    def served(self) -> Library:
        """The library that members are answered from. Refuses with `ask.no_knowledge`."""
        if self._knowledge.current is None:
            raise Refusal("ask.no_knowledge")
        return self._knowledge.current

    async def _refuse_new(self, old: Overlay, faults: tuple[Fault, ...]) -> None:
        try:
            await self.build(old)
            known = set()
        except ContentError as error:
            known = {(fault.path, fault.reason) for fault in error.faults}
        fresh = tuple(fault for fault in faults if (fault.path, fault.reason) not in known)
        if fresh or len(faults) >= len(known):
            raise Blocked("knowledge.faulty", fresh or faults) from None
