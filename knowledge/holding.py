"""The place that holds the current library, through good reloads and bad ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from domain.ask import Fault
from knowledge.errors import ContentError
from knowledge.library import Library
from knowledge.loading import load
from knowledge.overlay import NO_OVERLAY, Overlay


class Knowledge:
    """Holds the current library of a folder; a faulty folder never replaces a good library."""

    def __init__(self, folder: Path, today: Callable[[], date]) -> None:
        self.folder = folder
        self.today = today
        self.faults: tuple[Fault, ...] = ()
        self._current: Library | None = None

    @property
    def current(self) -> Library | None:
        """The last good library, or None if there never was one. Keep it for one whole answer."""
        return self._current

    def reload(self, overlay: Overlay = NO_OVERLAY) -> tuple[Fault, ...]:
        """Loads the folder for today, with what staff published over it.

        Returns the faults; with any, the last good library stays. Where there is none yet, the
        files alone are tried, without anything that staff changed.
        """
        try:
            self.serve(load(self.folder, self.today(), overlay))
        except ContentError as error:
            self.faults = error.faults
            if self._current is None and overlay != NO_OVERLAY:
                self._current = self._cautious(overlay)
        return self.faults

    def serve(self, library: Library) -> None:
        """Take a library that was loaded without a fault."""
        self._current = library
        self.faults = ()

    def _cautious(self, overlay: Overlay) -> Library | None:
        try:
            return load(self.folder, self.today(), overlay.cautious())
        except ContentError:
            return None
