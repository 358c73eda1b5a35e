"""Members: looking somebody up, one person's file, units that were typed. Nothing about cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from aiohttp import web

from console.frame.lists import ListPage, ListQuery
from console.frame.page import Page
from console.frame.routes import Route
from console.frame.summaries import Card, CardMaker, Found, Searcher
from domain.consents import Purpose
from domain.countersigns import Countersign
from domain.exports import mask_phone
from domain.people import Person
from domain.pushes import PushWindow
from domain.refusal import Refusal
from domain.staff import Permission

_READ, _CORRECT = Permission.MEMBERS_READ, Permission.MEMBERS_CORRECT
_ERASE = Permission.ERASURE_WRITE
_STATES = ("linked", "unlinked", "missing")


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/members", list_people, _READ, nav="members"),
        Route("GET", "/members/unsettled", list_unsettled, _CORRECT, nav="members"),
        Route("POST", "/members/unsettled", settle, _CORRECT, nav="members", back=list_unsettled),
        Route("GET", "/members/{id}", show, _READ, nav="members"),
        Route("POST", "/members/{id}/phone", show_phone, _READ, nav="members"),
        Route("POST", "/members/{id}/name", rename, _CORRECT, nav="members", back=show),
        Route("POST", "/members/{id}/unit", move, _CORRECT, nav="members", back=show),
        Route("POST", "/members/{id}/unlink", unlink, _CORRECT, nav="members", back=show),
        Route("POST", "/members/{id}/erase", erase, _ERASE, nav="members", back=show),
    )


def cards() -> Sequence[CardMaker]:
    return (unsettled_card,)


def searchers() -> Sequence[Searcher]:
    return (find,)


async def list_people(page: Page) -> web.StreamResponse:
    """People within reach: a page of all, or those that a whole name or number names."""
    query = ListQuery.of(page.query, sorts=("-added",), filters=("unit", "state"))
    state = query.get("state") if query.get("state") in _STATES else ""
    listed = await page.desk.people.list(
        page.actor,
        unit_id=_number(query.get("unit")),
        state=state,
        offset=query.offset,
        limit=query.limit,
    )
    people, total = listed.people, listed.total
    if query.q:
        people = await page.desk.people.search(page.actor, query.q)
        total = len(people)
    return page.render(
        "members/list.html",
        rows=ListPage(people, total, query),
        units={unit.id: unit.name for unit in listed.units},
        states=[(one, page.t(f"console_members.state_{one}")) for one in _STATES],
        mask=_masked,
    )


async def show(page: Page) -> web.StreamResponse:
    """One person's file, with the phone masked."""
    return await _file(page, phone=None)


async def show_phone(page: Page) -> web.StreamResponse:
    """The same with the whole phone, which is noted."""
    phone = await page.desk.people.reveal_phone(page.actor, page.arg("id"))
    return await _file(page, phone=phone)


async def rename(page: Page) -> web.StreamResponse:
    await page.desk.people.correct_name(page.actor, page.arg("id"), page.form.get("name", ""))
    return page.redirect(f"/members/{page.arg('id')}", "console_members.renamed")


async def move(page: Page) -> web.StreamResponse:
    unit = _chosen_unit(page)
    await page.desk.people.correct_unit(page.actor, page.arg("id"), unit)
    return page.redirect(f"/members/{page.arg('id')}", "console_members.moved")


async def unlink(page: Page) -> web.StreamResponse:
    await page.desk.people.unlink(page.actor, page.arg("id"))
    return page.redirect(f"/members/{page.arg('id')}", "console_members.unlinked")


async def erase(page: Page) -> web.StreamResponse:
    """Erase on request, once a second admin agreed; before that, ask one. The name is typed."""
    person, form = page.arg("id"), page.form
    name, reason = form.get("confirm_name", ""), form.get("reason", "")
    if await page.desk.people.erase(page.actor, person, name, reason):
        return page.redirect("/members", "console_members.erased")
    return page.redirect(f"/members/{person}", "console_countersigns.asked")


async def list_unsettled(page: Page) -> web.StreamResponse:
    """Units as members typed them, each to be put into one of ours."""
    typed = await page.desk.people.list_unsettled(page.actor)
    return page.render(
        "members/unsettled.html",
        typed=typed,
        more=await page.desk.people.count_unsettled(page.actor) - len(typed),
        units=await _named_units(page),
    )


async def settle(page: Page) -> web.StreamResponse:
    unit = (await _named_units(page)).get(page.form.get("unit", "").strip())
    if unit is None:
        raise Refusal("console_members.choose_unit")
    count = await page.desk.people.settle(page.actor, page.form.get("mark", ""), unit)
    return page.redirect("/members/unsettled", "console_members.settled", count=count)


async def unsettled_card(page: Page) -> Card | None:
    """How many typed units wait for somebody to find them."""
    if not page.may(_CORRECT):
        return None
    count = await page.desk.people.count_unsettled(page.actor)
    t = page.t
    return Card(
        t("console_members.unsettled"),
        count,
        t("console_members.unsettled_card"),
        "/members/unsettled",
    )


async def find(page: Page, words: str) -> Sequence[Found]:
    """People whose whole name, phone, last four digits or member number the words are."""
    if not page.may(_READ):
        return ()
    t = page.t
    return [
        Found(
            t("console_members.kind"),
            person.name or t("console_members.nameless"),
            mask_phone(person.phone) if person.phone else "",
            f"/members/{person.id}",
        )
        for person in (await page.desk.people.search(page.actor, words))[:10]
    ]


async def _file(page: Page, phone: str | None) -> web.StreamResponse:
    file = await page.desk.people.open(page.actor, page.arg("id"))
    units = await page.desk.units.list_tree(page.actor)
    path = file.unit.path if file.unit else None
    shown = [one for one in Purpose if file.consents.last(one)]
    return page.render(
        "members/show.html",
        file=file,
        person=file.person,
        phone=phone or _masked(file.person),
        is_whole=phone is not None,
        consents=[(one, file.consents.last(one), file.consents.holds(one)) for one in shown],
        windows=[_hours(window) for window in file.windows],
        units=[
            (one.id, one.name) for one in units if one.is_open and page.may(_CORRECT, one.path)
        ],
        is_writable=page.may(_CORRECT, path),
        is_erasable=page.may(_ERASE, path),
        erasure=file.erasure,
        is_agreed=_is_agreed(page, file.erasure),
    )


def _is_agreed(page: Page, one: Countersign | None) -> bool:
    """Whether who looks may erase now: they asked for it, and somebody agreed."""
    if one is None or one.asked_by != page.actor.staff_id:
        return False
    return one.is_agreed(page.desk.clock.now())


def _masked(person: Person) -> str:
    return mask_phone(person.phone) if person.phone else ""


def _hours(window: PushWindow) -> str:
    starts, ends = (f"{minute // 60:02d}:{minute % 60:02d}" for minute in _ends(window))
    return f"{starts}\u2013{ends}"


def _ends(window: PushWindow) -> tuple[int, int]:
    return window.starts, window.ends


async def _named_units(page: Page) -> Mapping[str, int]:
    """Units by what is typed for them: the name, with its number where two have the same."""
    units = [unit for unit in await page.desk.units.list_tree(page.actor) if unit.is_open]
    times = Counter(unit.name for unit in units)
    return {
        unit.name if times[unit.name] == 1 else f"{unit.name} #{unit.id}": unit.id
        for unit in units
    }


def _chosen_unit(page: Page) -> int:
    number = _number(page.form.get("unit", ""))
    if number is None:
        raise Refusal("console_members.choose_unit")
    return number


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
