"""Serving the knowledge base: loading it, and noticing that files, versions or the day changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path

import structlog

from bot.metrics import Metrics
from knowledge import Knowledge, Library
from knowledge.overlay import NO_OVERLAY, Overlay
from services.editing import InForce
from storage.errors import StorageUnavailable

log = structlog.get_logger(__name__)


class Content:
    """Reloads the knowledge base when it changed; a faulty version never replaces a good one.

    `in_force` says what staff published over the files; without it the files are all there is.
    """

    def __init__(
        self,
        folder: Path,
        today: Callable[[], date],
        metrics: Metrics,
        in_force: InForce | None = None,
    ) -> None:
        self.knowledge = Knowledge(folder, today)
        self._folder = folder
        self._today = today
        self._metrics = metrics
        self._in_force = in_force
        self._overlay = NO_OVERLAY
        self._edition = 0
        self._seen: object = None

    def load(self) -> None:
        """Load now. Without a good version the bot still runs: it hands questions to people."""
        self._seen = self._signature()
        faults = self.knowledge.reload(self._overlay)
        for fault in faults:
            log.error("content_fault", fault=str(fault))
        self._measure()

    async def reload_if_changed(self) -> bool:
        """Look at the files and at what staff published; load in a thread so that members do not
        wait."""
        is_fresh = await self._read_edition()
        if not is_fresh and await asyncio.to_thread(self._signature) == self._seen:
            return False
        loaded = None
        while loaded != self._edition:
            # What is published while a thread loads must not be replaced by what was before it.
            loaded = self._edition
            await asyncio.to_thread(self.load)
        return True

    def serve(self, library: Library, overlay: Overlay, edition: int) -> None:
        """Take a library that was just published: members need not wait for the next look."""
        if edition > self._edition:
            self._overlay, self._edition = overlay, edition
            self.knowledge.serve(library)
            self._measure()

    async def _read_edition(self) -> bool:
        """Read what is in force if it changed. A database that cannot serve changes nothing."""
        if self._in_force is None:
            return False
        try:
            if await self._in_force.edition() == self._edition:
                return False
            shelf = await self._in_force.read()
        except StorageUnavailable:
            return False
        self._overlay, self._edition = shelf.overlay, shelf.edition
        return True

    def _measure(self) -> None:
        library = self.knowledge.current
        self._metrics.content_faults.set(len(self.knowledge.faults))
        self._metrics.entries.set(len(library.entries) if library else 0)

    def _signature(self) -> object:
        files = sorted(self._folder.rglob("*.md"))
        files += [file for kind in ("*.toml", "*.tsv") for file in sorted(self._folder.glob(kind))]
        stats = []
        for file in files:
            try:
                stat = file.stat()
            except OSError:
                # Gone between listing and looking: the next look will see it settled.
                continue
            stats.append((str(file), stat.st_mtime_ns, stat.st_size))
        return self._today(), tuple(stats)
