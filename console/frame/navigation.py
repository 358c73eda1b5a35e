"""The navigation: by what people do, and only what they may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.frame.routes import Access, Route
from domain.staff import Actor, Permission

# The order on the screen, in three groups. A place appears when a page of that name is there:
# `Route("GET", "/units", ..., nav="units")`. Its words are console.nav_<name>.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("daily", ("today", "talks", "questions", "events", "cases", "aid", "quiz", "broadcast")),
    ("keep", ("knowledge", "figures", "members", "benefits", "places", "reports")),
    ("house", ("units", "staff", "countersigns", "audit", "health")),
)
ORDER = tuple(name for _, names in GROUPS for name in names)
# Lit in the top bar, not in the navigation.
ELSEWHERE = {"account"}


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation and where it leads."""

    name: str
    group: str
    path: str
    permission: Permission | Access

    def is_open_to(self, actor: Actor) -> bool:
        """Whether the entry is shown to who is signed in."""
        return isinstance(self.permission, Access) or actor.may(self.permission)


def places(routes: Sequence[Route]) -> tuple[Place, ...]:
    """The entries for these routes: for each name, the first page without a variable part."""
    first: dict[str, Route] = {}
    for route in routes:
        if route.nav and route.method == "GET" and "{" not in route.path:
            first.setdefault(route.nav, route)
    unknown = first.keys() - set(ORDER) - ELSEWHERE
    if unknown:
        raise ValueError(f"console/frame/navigation.py does not know {sorted(unknown)}")
    return tuple(
        Place(name, group, first[name].path, first[name].permission)
        for group, names in GROUPS
        for name in names
        if name in first
    )
