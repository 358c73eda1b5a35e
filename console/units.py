"""Units: the tree, and changing one of them."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from console.frame.page import Page
from console.frame.routes import Route
from console.frame.summaries import Found, Searcher
from domain.refusal import Refusal
from domain.staff import Permission
from domain.units import Level, Unit, is_within

_READ, _WRITE = Permission.UNITS_READ, Permission.UNITS_WRITE


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/units", show_tree, _READ, nav="units"),
        Route("GET", "/units/{id}", show, _READ, nav="units"),
        Route("POST", "/units/{id}/below", add, _WRITE, nav="units", back=show, once=True),
        Route("POST", "/units/{id}/name", rename, _WRITE, nav="units", back=show),
        Route("POST", "/units/{id}/parent", move, _WRITE, nav="units", back=show),
        Route("POST", "/units/{id}/close", close, _WRITE, nav="units", back=show),
        Route("POST", "/units/{id}/reopen", reopen, _WRITE, nav="units", back=show),
    )


def searchers() -> Sequence[Searcher]:
    return (find,)


async def show_tree(page: Page) -> web.StreamResponse:
    """All units within reach, each below its parent."""
    units = await page.desk.units.list_tree(page.actor)
    return page.render("units/tree.html", units=units, branches=_branches(units))


async def show(page: Page) -> web.StreamResponse:
    """One unit: where it is, what is below it, and what can be changed."""
    unit = await page.desk.units.get(page.actor, page.number("id"))
    units = await page.desk.units.list_tree(page.actor)
    places = [
        other
        for other in units
        if other.is_open
        and other.level is not Level.ENTERPRISE
        and other.id != unit.parent_id
        and not is_within(other.path, unit.path)
        and page.may(_WRITE, other.path)
    ]
    return page.render(
        "units/show.html",
        unit=unit,
        above=_above(unit, units),
        below=[other for other in units if other.parent_id == unit.id],
        places=places,
        levels=_levels_below(unit),
        is_writable=page.may(_WRITE, unit.path),
    )


async def add(page: Page) -> web.StreamResponse:
    parent = page.number("id")
    name = page.form.get("new_name", "")
    unit = await page.desk.units.create(
        page.actor, name, _level(page.form.get("level", "")), parent
    )
    return page.redirect(f"/units/{parent}", "console_units.added", name=unit.name)


async def rename(page: Page) -> web.StreamResponse:
    await page.desk.units.rename(page.actor, page.number("id"), page.form.get("name", ""))
    return page.redirect(f"/units/{page.arg('id')}", "console_units.renamed")


async def move(page: Page) -> web.StreamResponse:
    parent = page.form.get("parent", "")
    if not (parent.isascii() and parent.isdigit() and len(parent) < 19):
        raise Refusal("console_units.choose_parent")
    await page.desk.units.move(page.actor, page.number("id"), int(parent))
    return page.redirect(f"/units/{page.arg('id')}", "console_units.moved")


async def close(page: Page) -> web.StreamResponse:
    """Take a unit out of use, after its name was typed."""
    unit = await page.desk.units.get(page.actor, page.number("id"))
    page.must_be_named(unit.name)
    await page.desk.units.close(page.actor, unit.id)
    return page.redirect(f"/units/{unit.id}", "console_units.closed", name=unit.name)


async def reopen(page: Page) -> web.StreamResponse:
    await page.desk.units.reopen(page.actor, page.number("id"))
    return page.redirect(f"/units/{page.arg('id')}", "console_units.reopened")


async def find(page: Page, words: str) -> Sequence[Found]:
    """Units whose name contains the words."""
    found = [
        unit for unit in await page.desk.units.search(words, 10) if page.may(_READ, unit.path)
    ]
    return [
        Found(
            page.t("console_units.kind"),
            unit.name,
            page.t(f"console_units.level_{unit.level}"),
            f"/units/{unit.id}",
        )
        for unit in found
    ]


def _branches(units: Sequence[Unit]) -> dict[int | None, list[Unit]]:
    """What hangs below what; None holds what nothing in reach is above."""
    known = {unit.id for unit in units}
    branches: dict[int | None, list[Unit]] = {}
    for unit in units:
        parent = unit.parent_id if unit.parent_id in known else None
        branches.setdefault(parent, []).append(unit)
    return branches


def _above(unit: Unit, units: Sequence[Unit]) -> list[Unit]:
    return [other for other in units if other.id != unit.id and is_within(unit.path, other.path)]


def _levels_below(unit: Unit) -> list[Level]:
    if unit.level is Level.DISTRICT:
        return [Level.TOWN, Level.ENTERPRISE]
    return [Level.ENTERPRISE] if unit.level is Level.TOWN else []


def _level(value: str) -> Level:
    if value not in set(Level):
        raise Refusal("console_units.choose_level")
    return Level(value)
