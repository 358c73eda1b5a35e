"""Quiz items about sorting must say what the table of waste says: one truth, two uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from domain.quiz import TRUE, Item, Kind
from domain.waste import Certainty, WasteItem
from knowledge.errors import Faults
from knowledge.normalising import Normaliser
from knowledge.quiz_items import Place
from knowledge.waste import TableWords


class ThingCheck:
    """Compares items with the table.

    `thing` alone: the right option is the class of this thing. `class` alone: the right options
    are things of this class, the others of another. Both, in a true or false: the statement is
    that the thing is of the class. A thing of which the table is not sure may not be asked.
    """

    def __init__(
        self, items: Iterable[WasteItem], words: TableWords, normaliser: Normaliser, faults: Faults
    ) -> None:
        self._key = normaliser.key
        self._faults = faults
        self._kinds = words.kinds
        self._word = {kind: word for word, kind in words.kinds.items()}
        self._known = {
            self._key(name): item for item in items for name in (item.name, *item.synonyms)
        }

    def check(self, item: Item, row: Mapping[str, Any], place: Place) -> None:
        """Note where the item and the table disagree."""
        thing, named = row.get("thing"), row.get("class")
        if named is not None and named not in self._kinds:
            line, known = place.line_of("class"), " ".join(self._kinds)
            self._faults.add(place.path, line, "class_unknown", kind=named, known=known)
        elif thing is not None and item.kind is Kind.TRUE_FALSE:
            self._compare(thing, named, item.answer == {TRUE}, place, "thing")
        elif thing is not None:
            right = [option.text for option in item.right]
            self._compare(thing, right[0] if right else None, True, place, "thing")
        elif named is not None:
            for option in item.options:
                self._compare(option.text, named, option.id in item.answer, place, "options")

    def _compare(self, name: str, named: str | None, is_so: bool, place: Place, at: str) -> None:
        line, known = place.line_of(at), self._known.get(self._key(name))
        if known is None:
            self._faults.add(place.path, line, "thing_unknown", name=name)
        elif known.certainty is Certainty.UNSURE:
            self._faults.add(place.path, line, "thing_unsure", name=name)
        elif (self._word[known.kind] == named) is not is_so:
            kind = self._word[known.kind]
            self._faults.add(place.path, line, "thing_class", name=name, kind=kind)
