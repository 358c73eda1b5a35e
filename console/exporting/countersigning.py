"""Whole names leave the house once a second person has agreed to exactly this list."""

from __future__ import annotations

from collections.abc import Sequence
from html import unescape
from typing import Protocol

from aiohttp import web

from console.frame.page import Page
from console.frame.paths import PREFIX
from domain.countersigns import Act
from domain.exports import MASK, Column, Taken
from services.countersigning import digest_of


class Listed(Protocol):
    """What of a list the second person is told."""

    @property
    def title(self) -> str: ...

    @property
    def columns(self) -> Sequence[Column]: ...

    @property
    def path(self) -> str | None: ...

    @property
    def act(self) -> Act: ...


# What does not say which list it is.
_ASIDE = frozenset({"csrf", "once", "format"})


async def second_asked(page: Page, export: Listed, taken: Taken) -> web.Response | None:
    """None if a second person agreed to this list; that is used up by it. Else one is asked."""
    where = page.request.path.removeprefix(PREFIX)
    form = {name: value for name, value in page.form.items() if name not in _ASIDE}
    told = (part for pair in sorted(form.items()) for part in pair)
    digest, act = digest_of(export.act, where, *told), export.act
    if await page.desk.countersigns.use_export(page.actor, digest, act):
        return None
    detail = {
        "reason": taken.reason,
        "title": export.title,
        # How many cases there are tells something to who may not know of some of them.
        **({} if act is Act.CASES else {"rows": taken.rows}),
        "columns": [column.label or _said(page, column.title) for column in export.columns],
        # The second person agrees to a list, and need not learn a name that was searched for.
        "filters": [
            [_said(page, one.title), MASK if one.personal else one.value] for one in taken.filters
        ],
        "where": where,
        "form": form,
    }
    path = export.path or ""
    asked = await page.desk.countersigns.ask_export(page.actor, digest, path, detail, act)
    then = "/cases/exports" if act is Act.CASES else f"/countersigns/{asked.id}"
    return page.redirect(then, "console_countersigns.asked")


def _said(page: Page, key: str) -> str:
    return unescape(page.t(key))
