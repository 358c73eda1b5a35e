"""Items in the versions in which they were drawn: they never change, so they are kept at hand."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from domain.quiz import Item
from domain.refusal import Refusal
from storage.work import Work

_MOST = 5000


class ItemShelf:
    """The versions that were asked for lately."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int], Item] = OrderedDict()

    async def get(
        self, work: Work, keys: Iterable[tuple[str, int]]
    ) -> Mapping[tuple[str, int], Item]:
        """The items of these ids and versions."""
        wanted = set(keys)
        found = {key: self._known[key] for key in wanted if key in self._known}
        missing = wanted - found.keys()
        if missing:
            fetched = await work.quiz_bank.asked(missing)
            if missing - fetched.keys():
                raise Refusal("common.button_gone")
            self._known.update(fetched)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
            found |= fetched
        return found
