"""What a workbook says of each entry, and where it says it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.sheets.layout import PHRASINGS, VERSION, Layout, from_cell, version
from bot.sheets.reading import Row
from knowledge.errors import Faults
from knowledge.writing import Contents, read_differently

_ID = re.compile(r"[a-z0-9_]*[a-z][a-z0-9_]*\.[a-z0-9_]*[a-z][a-z0-9_]*")


@dataclass(slots=True)
class Said:
    """One entry in the workbook: its row, and the rows of its phrasings."""

    row: Row | None = None
    phrasings: list[Row] = field(default_factory=list)


class Reading:
    """Turns rows into what the entry files would say. Faults are noted with sheet and row."""

    def __init__(
        self, layout: Layout, known: Mapping[str, Contents], topics: set[str], faults: Faults
    ) -> None:
        self._layout = layout
        self._known = known
        self._topics = topics
        self._faults = faults

    def gather(self, entries: list[Row], phrasings: list[Row]) -> dict[str, Said]:
        """The rows by id, in the order of the sheet."""
        found: dict[str, Said] = {}
        place = self._layout.entries.name
        for row in entries:
            name = self._id(row, place)
            if name is None:
                continue
            if name in found:
                other = found[name].row
                assert other is not None
                self._faults.add(place, row.number, "id_again", id=name, other=other.number)
            elif name not in self._known and not self._may_be_new(name):
                known = " ".join(sorted(self._topics))
                self._faults.add(place, row.number, "id_unknown", id=name, known=known)
            else:
                found[name] = Said(row)
        # An id that was refused above is no stranger: one fault a mistake is enough.
        refused = {row.cells.get("id", "") for row in entries}
        for row in phrasings:
            name = self._id(row, self._layout.phrasings.name)
            if name is None:
                continue
            if name in found or name in self._known:
                found.setdefault(name, Said()).phrasings.append(row)
            elif name not in refused:
                values = {"id": name, "sheet": place}
                self._faults.add(
                    self._layout.phrasings.name, row.number, "phrasing_unknown", **values
                )
        return found

    def contents(self, entry: str, said: Said) -> dict[str, tuple[str, ...]]:
        """What the file of this entry would say. What the workbook does not name stays."""
        old = self._known.get(entry, {})
        new = dict(old)
        if said.row:
            new = {
                name: from_cell(name, text)
                for name, text in said.row.cells.items()
                if name != VERSION
            }
            new[PHRASINGS] = old.get(PHRASINGS, ())
        if said.phrasings:
            new[PHRASINGS] = _in_old_order(old.get(PHRASINGS, ()), _texts(said.phrasings))
        return {name: texts for name, texts in new.items() if any(texts)}

    def may_write(self, entry: str, said: Said, new: Contents) -> bool:
        """False, and noted, for a stale row and for a text that a file would not give back."""
        known = len(self._faults)
        old = self._known.get(entry)
        seen = said.row.cells.get(VERSION, "") if said.row else ""
        if said.row and old and seen and seen != version(old, self._layout.form):
            self._faults.add(self._layout.entries.name, said.row.number, "row_stale", id=entry)
        for name in read_differently(new, self._layout.form)[:1]:
            sheet, number, cell = self.place(said, name, "")
            self._faults.add(sheet, number, "cell_alters", cell=cell)
        return len(self._faults) == known

    def place(self, said: Said, field: str, text: str) -> tuple[str, int, str]:
        """Where the workbook says something: the sheet, the row and the cell."""
        rows = [row for row in said.phrasings if row.cells.get(PHRASINGS) == text]
        rows = rows or (said.phrasings if field == PHRASINGS else [])
        if field == PHRASINGS and rows:
            return self._layout.phrasings.name, rows[0].number, rows[0].cell(PHRASINGS)
        row = said.row or said.phrasings[0]
        sheet = self._layout.entries if said.row else self._layout.phrasings
        return sheet.name, row.number, row.cell(field if field in row.letters else "id")

    def _id(self, row: Row, sheet: str) -> str | None:
        name = row.cells.get("id", "")
        if not name and "id" in row.letters:
            self._faults.add(sheet, row.number, "row_no_id")
        return name or None

    def _may_be_new(self, name: str) -> bool:
        return bool(_ID.fullmatch(name)) and name.partition(".")[0] in self._topics


def _texts(rows: list[Row]) -> tuple[str, ...]:
    texts = (row.cells.get(PHRASINGS, "") for row in rows)
    return tuple(text for text in texts if text)


def _in_old_order(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """The new phrasings, those that stay first and as before: sorting a sheet is no change."""
    left = Counter(new)
    found = []
    for text in old:
        if left[text]:
            left[text] -= 1
            found.append(text)
    kept = Counter(found)
    for text in new:
        if kept[text]:
            kept[text] -= 1
        else:
            found.append(text)
    return tuple(found)
