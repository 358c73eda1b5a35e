"""Staff and their rights: who can come in, and what each may do where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from aiohttp import web

from console.frame.lists import ListPage, ListQuery
from console.frame.page import Page
from console.frame.routes import Route
from console.frame.summaries import Card, CardMaker, Found, Searcher
from domain.refusal import Refusal
from domain.staff import FLAGS_OF, Flag, Granted, GrantState, Permission, Role
from services.staff import StaffRecord

_READ, _WRITE = Permission.STAFF_READ, Permission.STAFF_WRITE
_STATES = ("active", "suspended")


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/staff", list_staff, _READ, nav="staff"),
        Route("GET", "/staff/new", show_new, _WRITE, nav="staff"),
        Route("POST", "/staff", add, _WRITE, nav="staff", back=show_new, once=True),
        Route("GET", "/staff/{id}", show, _READ, nav="staff"),
        Route(
            "POST",
            "/staff/{id}/grants",
            give,
            _WRITE,
            nav="staff",
            back=show,
            once=True,
            again=True,
        ),
        Route("POST", "/staff/{id}/grants/{grant}/take", take, _WRITE, nav="staff", back=show),
        Route(
            "POST", "/staff/{id}/grants/{grant}/confirm", confirm, _WRITE, nav="staff", back=show
        ),
        Route("POST", "/staff/{id}/suspend", suspend, _WRITE, nav="staff", back=show),
        Route("POST", "/staff/{id}/reactivate", reactivate, _WRITE, nav="staff", back=show),
        Route("POST", "/staff/{id}/factor", reset_factor, _WRITE, nav="staff", back=show),
    )


def cards() -> Sequence[CardMaker]:
    return (unconfirmed,)


def searchers() -> Sequence[Searcher]:
    return (find,)


async def list_staff(page: Page) -> web.StreamResponse:
    """The accounts within reach, with what they may do now."""
    query = ListQuery.of(
        page.query,
        sorts=("name", "added"),
        filters={"role": tuple(Role), "state": _STATES, "waiting": ("yes",)},
    )
    records = [
        record
        for record in await page.desk.staff.list_records(page.actor)
        if _fits(page, record, query)
    ]
    if query.order == "added":
        records.sort(key=lambda record: record.account.created_at)
    if query.is_down:
        records.reverse()
    shown = records[query.offset : query.offset + query.limit]
    return page.render(
        "staff/list.html",
        rows=ListPage(shown, len(records), query),
        roles=[(role.value, page.t(f"console_staff.role_{role}")) for role in Role],
        states=[(state, page.t(f"console_staff.state_{state}")) for state in _STATES],
        now=page.desk.clock.now(),
        live=_live,
    )


async def show_new(page: Page) -> web.StreamResponse:
    units = await page.desk.units.list_tree(page.actor)
    return page.render("staff/new.html", units=[unit for unit in units if unit.is_open])


async def add(page: Page) -> web.StreamResponse:
    telegram_id = page.form.get("telegram_id", "").strip()
    employer = page.form.get("employer", "")
    account = await page.desk.staff.add(
        page.actor,
        page.form.get("name", ""),
        int(telegram_id) if _is_number(telegram_id) else 0,
        int(employer) if _is_number(employer) else None,
        is_outside="is_outside" in page.form,
    )
    return page.redirect(f"/staff/{account.id}", "console_staff.added", name=account.name)


async def show(page: Page) -> web.StreamResponse:
    """One person: account, grants now and before, and what can be changed."""
    record = await page.desk.staff.get_record(page.actor, page.arg("id"))
    now = page.desk.clock.now()
    live = [one for one in record.granted if one.is_live(now)]
    units = await page.desk.units.list_tree(page.actor)
    employer = (
        await page.desk.units.find(record.account.employer_id)
        if record.account.employer_id
        else None
    )
    ids = {one.given_by for one in record.granted} | {one.taken_by or "" for one in record.granted}
    return page.render(
        "staff/show.html",
        record=record,
        person=record.account,
        employer=employer,
        live=live,
        past=[one for one in record.granted if one not in live],
        names=await page.desk.staff.names(ids),
        units=[unit for unit in units if unit.is_open and page.may(_WRITE, unit.path)],
        roles=tuple(Role),
        flags=tuple(Flag),
        now=now,
        is_self=record.account.id == page.actor.staff_id,
        can_change=page.may(_WRITE) and record.account.id != page.actor.staff_id,
        may_take=lambda one: page.may(_WRITE, one.grant.path),
        may_confirm=lambda one: _may_confirm(page, one),
    )


async def give(page: Page) -> web.StreamResponse:
    role, unit = page.form.get("role", ""), page.form.get("unit", "")
    if role not in set(Role) or not _is_number(unit):
        raise Refusal("console_staff.choose_both")
    granted = await page.desk.staff.give(
        page.actor,
        page.arg("id"),
        Role(role),
        int(unit),
        _day(page.form.get("ends_on", "")),
        frozenset(
            flag
            for flag in FLAGS_OF.get(Role(role), frozenset())
            if flag.value in page.all("flag")
        ),
    )
    state = granted.state(page.desk.clock.now())
    said = "console_staff.given_pending" if state is GrantState.PENDING else "console_staff.given"
    return page.redirect(f"/staff/{page.arg('id')}", said)


async def take(page: Page) -> web.StreamResponse:
    await page.desk.staff.take(page.actor, page.arg("grant"))
    return page.redirect(f"/staff/{page.arg('id')}", "console_staff.taken")


async def confirm(page: Page) -> web.StreamResponse:
    await page.desk.staff.confirm(page.actor, page.arg("grant"))
    return page.redirect(f"/staff/{page.arg('id')}", "console_staff.confirmed")


async def suspend(page: Page) -> web.StreamResponse:
    """Shut an account out, after its name was typed."""
    record = await page.desk.staff.get_record(page.actor, page.arg("id"))
    page.must_be_named(record.account.name)
    await page.desk.staff.suspend(page.actor, record.account.id)
    return page.redirect(
        f"/staff/{record.account.id}", "console_staff.suspended", name=record.account.name
    )


async def reactivate(page: Page) -> web.StreamResponse:
    await page.desk.staff.reactivate(page.actor, page.arg("id"))
    return page.redirect(f"/staff/{page.arg('id')}", "console_staff.reactivated")


async def reset_factor(page: Page) -> web.StreamResponse:
    """Forget somebody's second factor, after the name was typed."""
    record = await page.desk.staff.get_record(page.actor, page.arg("id"))
    page.must_be_named(record.account.name)
    await page.desk.staff.reset_factor(page.actor, record.account.id)
    return page.redirect(f"/staff/{record.account.id}", "console_staff.factor_reset")


async def unconfirmed(page: Page) -> Card | None:
    """Grants that this admin can confirm."""
    if not page.may(_WRITE):
        return None
    waiting = [
        one
        for one in await page.desk.staff.list_unconfirmed(page.actor)
        if _may_confirm(page, one)
    ]
    return Card(
        page.t("console_staff.card_title"),
        len(waiting),
        page.t("console_staff.card_text"),
        "/staff?waiting=yes",
        "warn",
    )


async def find(page: Page, words: str) -> Sequence[Found]:
    """Staff whose name contains the words."""
    if not page.may(_READ):
        return ()
    wanted = words.casefold()
    return [
        Found(
            page.t("console_staff.kind"),
            record.account.name,
            page.t(
                "console_staff.state_active"
                if record.account.is_active
                else "console_staff.state_suspended"
            ),
            f"/staff/{record.account.id}",
        )
        for record in await page.desk.staff.list_records(page.actor)
        if wanted in record.account.name.casefold()
    ][:10]


def _fits(page: Page, record: StaffRecord, query: ListQuery) -> bool:
    now = page.desk.clock.now()
    state = query.get("state")
    if query.q and query.q.casefold() not in record.account.name.casefold():
        return False
    if state and state != _state(record):
        return False
    if query.get("waiting") and not any(
        one.state(now) is GrantState.PENDING for one in record.granted
    ):
        return False
    role = query.get("role")
    return not role or any(one.grant.role == role for one in _live(record, now))


def _state(record: StaffRecord) -> str:
    return _STATES[0] if record.account.is_active else _STATES[1]


def _live(record: StaffRecord, now: datetime) -> list[Granted]:
    return [one for one in record.granted if one.is_live(now)]


def _may_confirm(page: Page, one: Granted) -> bool:
    return (
        one.state(page.desk.clock.now()) is GrantState.PENDING
        and page.actor.staff_id not in (one.given_by, one.staff_id)
        and page.may(_WRITE, one.grant.path)
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("console_staff.day_unreadable") from None
