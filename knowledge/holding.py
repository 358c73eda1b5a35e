"""The place that holds the current library, through good reloads and bad ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from domain.ask import Fault
from knowledge.errors import ContentError
from knowledge.library import Library
from knowledge.loading import load


class Knowledge:
    """Holds the current library of a folder; a faulty folder never replaces a good library."""

    def __init__(self, folder: Path, today: Callable[[], date]) -> None:
        self._folder = folder
        self._today = today
        self._current: Library | None = None

    @property
    def current(self) -> Library | None:
        """The last good library, or None if there never was one. Keep it for one whole answer."""
        return self._current

    def reload(self) -> tuple[Fault, ...]:
        """Loads the folder for today. Returns the faults; with any, the last good one stays."""
        try:
            fresh = load(self._folder, self._today())
        except ContentError as error:
            return error.faults
        self._current = fresh
        return ()
