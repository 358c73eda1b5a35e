"""What staff published lies over the files: texts instead of theirs, pages that are withheld."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Overlay:
    """Entries by id and figures by name that count instead of the files; ids that are not shown.

    `entries` are in the form of entry files, `figures` single [[figure]] tables of figures.toml.
    Pages that use one of the `doubtful` figures are withheld.
    """

    entries: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)
    withheld: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()

    def with_entry(self, entry_id: str, source: str) -> Overlay:
        """With this page shown as the source says."""
        return replace(
            self,
            entries={**self.entries, entry_id: source},
            withheld=self.withheld - {entry_id},
        )

    def with_figure(self, name: str, source: str) -> Overlay:
        """With this figure as the source says."""
        return replace(self, figures={**self.figures, name: source})

    def without(self, entry_id: str) -> Overlay:
        """With this page withheld."""
        return replace(self, withheld=self.withheld | {entry_id})

    def cautious(self) -> Overlay:
        """Nothing of staff's texts, and nothing shown that they changed: for a start at which
        files and texts do not fit together, when no good library is there to go on with."""
        return Overlay(
            withheld=self.withheld | self.entries.keys(), doubtful=frozenset(self.figures)
        )


NO_OVERLAY = Overlay()
