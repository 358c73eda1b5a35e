"""The table of waste: one item a line, checked as a whole, every fault told with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.waste import Certainty, WasteItem, WasteKind
from knowledge.errors import Faults
from knowledge.normalising import Normaliser

TABLE = "waste.tsv"
_COLUMNS = 5
_NAME, _HINT = 12, 40


@dataclass(frozen=True, slots=True)
class TableWords:
    """How the table is written: the words for classes and certainties, the heading, the comma."""

    heading: tuple[str, ...]
    kinds: Mapping[str, WasteKind]
    certainties: Mapping[str, Certainty]
    comma: str

    @classmethod
    def of(cls, table: Mapping[str, object]) -> TableWords:
        """From the words beside the code."""
        words = {name: table[name] for name in ("kinds", "certainties", "heading")}
        kinds, certainties, heading = words["kinds"], words["certainties"], words["heading"]
        assert isinstance(kinds, dict) and isinstance(certainties, dict)
        assert isinstance(heading, list)
        return cls(
            heading=tuple(heading),
            kinds={word: WasteKind(kind) for word, kind in kinds.items()},
            certainties={word: Certainty(level) for word, level in certainties.items()},
            comma=str(table["comma"]),
        )


def read_waste(
    text: str, words: TableWords, normaliser: Normaliser, faults: Faults
) -> tuple[WasteItem, ...]:
    """The items of the table. Lines that begin with # are the editor's own; faults are noted."""
    items: list[WasteItem] = []
    seen: dict[str, int] = {}
    for number, cells in _rows(text, words, faults):
        item = _item(number, cells, words, faults)
        for name in (cells[0], *_split(cells[3], words)):
            first = seen.setdefault(normaliser.key(name), number)
            if first != number or _is_repeated(name, cells, words):
                faults.add(TABLE, number, "waste_twice", name=name, other=first)
        if item is not None:
            items.append(item)
    return tuple(items)


def _rows(text: str, words: TableWords, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    lines = text.split("\n")
    if tuple(lines[0].split("\t")) != words.heading:
        faults.add(TABLE, 1, "waste_heading", heading=" ".join(words.heading))
    for number, line in enumerate(lines[1:], 2):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        # A spreadsheet writes empty cells behind the last one.
        while len(cells) > _COLUMNS and not cells[-1]:
            cells.pop()
        if len(cells) > _COLUMNS:
            faults.add(TABLE, number, "waste_columns", size=len(cells), most=_COLUMNS)
            continue
        yield number, cells + [""] * (_COLUMNS - len(cells))


def _item(number: int, cells: list[str], words: TableWords, faults: Faults) -> WasteItem | None:
    name, kind, certainty, synonyms, hint = cells
    known = len(faults)
    if not name:
        faults.add(TABLE, number, "waste_no_name")
    for text, most in ((name, _NAME), (hint, _HINT)):
        if len(text) > most:
            faults.add(TABLE, number, "waste_long", text=text, most=most)
    if kind not in words.kinds:
        allowed = words.comma.join(words.kinds)
        faults.add(TABLE, number, "waste_kind", kind=kind, known=allowed)
    if certainty not in words.certainties:
        allowed = words.comma.join(words.certainties)
        faults.add(TABLE, number, "waste_certainty", certainty=certainty, known=allowed)
    if len(faults) > known:
        return None
    return WasteItem(
        name=name,
        kind=words.kinds[kind],
        certainty=words.certainties[certainty],
        synonyms=tuple(_split(synonyms, words)),
        hint=hint,
    )


def _is_repeated(name: str, cells: list[str], words: TableWords) -> bool:
    return [cells[0], *_split(cells[3], words)].count(name) > 1


def _split(cell: str, words: TableWords) -> list[str]:
    return [part.strip() for part in cell.split(words.comma) if part.strip()]
