"""What a page declares about itself: where it is, what it does, who may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from aiohttp import web

from domain.staff import Permission

if TYPE_CHECKING:
    from console.frame.page import Page

Handler: TypeAlias = "Callable[[Page], Awaitable[web.StreamResponse]]"

FORM_BYTES = 64 * 1024


class Access(Enum):
    """Who may see a page that needs no permission."""

    PUBLIC = "public"
    # Has a session; the second factor may still be missing.
    HALFWAY = "halfway"
    SIGNED_IN = "signed in"


@dataclass(frozen=True, slots=True)
class Route:
    """One page or one act. It can be reached only if console/registry.py collects it.

    `path` is without the console's prefix. `nav` names the entry of the navigation that is lit;
    a GET without a variable part is also where that entry leads. `back` shows the page again,
    with the sentence beside the form, when a POST is refused. `once`: the form carries a key, so
    that sending it twice does it once; the same words again within ten minutes are then the same
    form too, which is right for what makes something new. With `again` only the key tells: for
    what changes a state, and may be meant a second time because somebody, a colleague or the
    member, has changed it back. `files`: the form may carry files.
    """

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    permission: Permission | Access
    nav: str | None = None
    _: KW_ONLY
    back: Handler | None = None
    once: bool = False
    again: bool = False
    files: bool = False
    limit: int = FORM_BYTES

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


class Noun(Protocol):
    """A file of pages: its route table on top."""

    def routes(self) -> Sequence[Route]: ...
