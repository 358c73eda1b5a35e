"""What is in force: the files, with what staff published over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from domain.editing import Kind, Standing, State, Version
from knowledge.overlay import Overlay
from knowledge.trying import standing
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Shelf:
    """One consistent view: the edition, the texts over the files, and their versions."""

    edition: int
    overlay: Overlay
    versions: Mapping[tuple[Kind, str], Version]

    def version(self, kind: Kind, name: str) -> Version | None:
        """The version in force, if staff ever published one."""
        return self.versions.get((kind, name))

    def standing(self, folder: Path, kind: Kind, name: str) -> Standing | None:
        """The text in force, or None if there is neither a file nor a version.

        Raises ContentError if the file cannot be read.
        """
        version = self.version(kind, name)
        return standing(folder, self.overlay, kind, name, version.number if version else 0)


class InForce:
    """Reads what staff published; whoever serves the knowledge base asks here."""

    def __init__(self, database: Database) -> None:
        self._open_read = database.open_read

    async def edition(self) -> int:
        """A number that grows with every change of what is in force. Cheap."""
        async with self._open_read() as work:
            return await work.versions.edition()

    async def read(self) -> Shelf:
        """The edition and everything that belongs to it."""
        async with self._open_read() as work:
            # The number first: what is published between the two reads is then read once more.
            edition = await work.versions.edition()
            versions = await work.versions.list_in_force()
        by_name = {(version.kind, version.name): version for version in versions}
        return Shelf(edition, overlay_of(versions), by_name)


def overlay_of(versions: Iterable[Version]) -> Overlay:
    """The versions in force as the loader takes them."""
    overlay = Overlay()
    for version in versions:
        if version.kind is Kind.FIGURE:
            overlay = overlay.with_figure(version.name, version.source)
        else:
            overlay = overlay.with_entry(version.name, version.source)
            if version.state is State.ARCHIVED:
                overlay = overlay.without(version.name)
    return overlay
