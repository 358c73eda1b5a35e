"""Lists: what is asked for is in the address, so that going back and reloading keep it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import urlencode

Item = TypeVar("Item")

PER_PAGE = 30
_LONGEST = 100
_LAST_PAGE = 100_000


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list was asked for. `sort` is a name of `sorts`; "-name" is downwards."""

    q: str
    sort: str
    page: int
    filters: Mapping[str, str]
    default_sort: str
    per_page: int = PER_PAGE
    sorts: tuple[str, ...] = field(default=())

    @classmethod
    def of(
        cls,
        query: Mapping[str, str],
        *,
        sorts: Sequence[str] = (),
        filters: Mapping[str, Collection[str]] | Sequence[str] = (),
        per_page: int = PER_PAGE,
    ) -> ListQuery:
        """Read GET parameters. The first of `sorts` is the default, and may begin with "-".

        `filters` are names, or names with the values that are allowed; what is not known is left
        aside: an address that somebody kept must go on working.
        """
        default = sorts[0] if sorts else ""
        names = tuple(name.lstrip("-") for name in sorts)
        sort = query.get("sort", default)
        if sort.removeprefix("-") not in names:
            sort = default
        chosen = {}
        for name in filters:
            value = query.get(name, "").strip()[:_LONGEST]
            if value and (not isinstance(filters, Mapping) or value in filters[name]):
                chosen[name] = value
        number = query.get("page", "1")
        page = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1
        return cls(
            query.get("q", "").strip()[:_LONGEST],
            sort,
            min(max(page, 1), _LAST_PAGE),
            chosen,
            default,
            per_page,
            names,
        )

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page

    @property
    def limit(self) -> int:
        return self.per_page

    @property
    def order(self) -> str:
        """The name to sort by, without its direction."""
        return self.sort.removeprefix("-")

    @property
    def is_down(self) -> bool:
        return self.sort.startswith("-")

    @property
    def is_narrowed(self) -> bool:
        """True if something was searched or filtered: an empty list then means "none such"."""
        return bool(self.q or self.filters)

    def get(self, name: str) -> str:
        """A filter's value, or nothing."""
        return self.filters.get(name, "")

    def link(self, **change: object) -> str:
        """The query string of this list with something changed; the first page unless told."""
        values: dict[str, object] = {"q": self.q, **self.filters}
        if self.sort != self.default_sort:
            values["sort"] = self.sort
        values |= change
        kept = {name: value for name, value in values.items() if value not in ("", None)}
        if kept.get("page") == 1:
            del kept["page"]
        return "?" + urlencode(kept)

    def sort_link(self, name: str) -> str:
        """The address that sorts by a column, turning the direction if it is sorted already."""
        turned = f"-{name}" if self.sort == name else name
        return self.link(sort=None if turned == self.default_sort else turned)

    def aria_sort(self, name: str) -> str:
        """How a column is sorted, in the words of ARIA."""
        if self.order != name:
            return "none"
        return "descending" if self.is_down else "ascending"


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Item]):
    """One page of a list, and how many there are in all."""

    items: Sequence[Item]
    total: int
    query: ListQuery

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.query.per_page))

    @property
    def first(self) -> int:
        """The number of the first row shown, from 1; 0 if there is none."""
        return self.query.offset + 1 if self.items else 0

    @property
    def last(self) -> int:
        return self.query.offset + len(self.items)
