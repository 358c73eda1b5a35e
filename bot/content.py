"""Serving the knowledge base: loading it, and noticing that files or the day have changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path

import structlog

from bot.metrics import Metrics
from knowledge import Knowledge

log = structlog.get_logger(__name__)


class Content:
    """Reloads the knowledge base when it changed; a faulty version never replaces a good one."""

    def __init__(self, folder: Path, today: Callable[[], date], metrics: Metrics) -> None:
        self.knowledge = Knowledge(folder, today)
        self._folder = folder
        self._today = today
        self._metrics = metrics
        self._seen: object = None

    def load(self) -> None:
        """Load now. Without a good version the bot still runs: it hands questions to people."""
        self._seen = self._signature()
        faults = self.knowledge.reload()
        for fault in faults:
            log.error("content_fault", fault=str(fault))
        library = self.knowledge.current
        self._metrics.content_faults.set(len(faults))
        self._metrics.entries.set(len(library.entries) if library else 0)

    async def reload_if_changed(self) -> bool:
        """Look at names, sizes and times; load in a thread so that members do not wait."""
        if await asyncio.to_thread(self._signature) == self._seen:
            return False
        await asyncio.to_thread(self.load)
        return True

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
