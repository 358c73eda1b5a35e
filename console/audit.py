"""Audit: who did what and when, as far as one may know."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html import unescape

from aiohttp import web

from console.exporting import Column, Export, Filter, Kind, in_chunks, respond
from console.frame.lists import ListPage, ListQuery
from console.frame.page import Page
from console.frame.routes import Route
from domain.audit import AuditFilter, AuditRow
from domain.clock import BEIJING
from domain.staff import Permission

_PER_PAGE = 50
# About the one who acts: the id of a session or of a sign-in adds nothing.
_OWN = ("sign_in.", "session.", "factor.shown", "factor.wrong_code")
_ID = re.compile(r"[0-9a-f]{16}")
_HASH = re.compile(r"[0-9a-f]{64}")
# The first words of acts, for choosing; others are found by the whole list.
KINDS = (
    "sign_in.",
    "session.",
    "factor.",
    "account.",
    "grant.",
    "unit.",
    "event.",
    "case.",
    "knowledge.",
    "member.",
    "talk.",
    "broadcast.",
    "export.",
    "audit.",
)
_COLUMNS = (
    Column("at", "console_audit.at", Kind.INSTANT),
    Column("who", "console_audit.who"),
    Column("what", "console_audit.what"),
    Column("about", "console_audit.about"),
)


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/audit", list_acts, Permission.AUDIT_OWN, nav="audit"),
        Route("POST", "/audit/export", export, Permission.AUDIT_OWN, nav="audit"),
        Route("POST", "/audit/verify", verify, Permission.AUDIT_ALL, nav="audit"),
    )


async def list_acts(page: Page) -> web.StreamResponse:
    """One's own acts; for admins the security acts of their units, for auditors all of theirs."""
    query = _asked(page.query)
    rows, total = await page.desk.audit.list_rows(
        page.actor, _wanted(query), offset=query.offset, limit=query.limit
    )
    odd = await page.desk.audit.odd_openings(page.actor) if page.may(Permission.AUDIT_ALL) else ()
    return page.render(
        "audit/list.html",
        rows=ListPage(rows, total, query),
        odd=odd,
        known=await _known(page, rows, {one.actor for one in odd}),
        kinds=[(kind, page.t(f"console_audit.kind_{kind[:-1]}")) for kind in KINDS],
        scope=_scope(page),
    )


async def export(page: Page) -> web.StreamResponse:
    """The acts that the list shows, as a file."""
    query = _asked(page.form)
    titles = {"act": "kind", "since": "since", "until": "until"}
    filters = [
        Filter(name, f"console_audit.{title}", query.get(name))
        for name, title in titles.items()
        if query.get(name)
    ]
    title = unescape(page.t("console.nav_audit"))
    return await respond(page, Export("audit", title, _COLUMNS, _cells(page, query), filters))


async def _cells(page: Page, query: ListQuery) -> AsyncIterator[Sequence[object]]:
    """Words are looked up for some rows at a time."""
    acts = page.desk.audit.stream_rows(page.actor, _wanted(query))
    async with aclosing(in_chunks(acts, 500)) as chunks:
        async for rows in chunks:
            known = await _known(page, rows)
            for row in rows:
                yield row.at, known.who(row.actor), known.what(row), known.about(row)


async def verify(page: Page) -> web.StreamResponse:
    """Look through the whole chain."""
    broken = await page.desk.audit.verify(page.actor)
    response = page.redirect("/audit")
    if broken is None:
        page.say_next(response, page.t("console_audit.whole"))
    else:
        page.say_next(response, page.t("console_audit.broken", row=broken), "bad")
    return response


def _asked(given: Mapping[str, str]) -> ListQuery:
    return ListQuery.of(
        given,
        filters={"act": KINDS} | dict.fromkeys(("since", "until"), _Days()),
        per_page=_PER_PAGE,
    )


def _wanted(query: ListQuery) -> AuditFilter:
    return AuditFilter(
        act=query.get("act"), since=_start(query.get("since")), until=_end(query.get("until"))
    )


async def _known(page: Page, rows: Sequence[AuditRow], others: Collection[str] = ()) -> _Known:
    people = set(others) | {row.actor for row in rows} | {row.subject for row in rows}
    people |= {str(row.detail.get("staff", "")) for row in rows}
    units = await page.desk.units.list_tree(page.actor)
    return _Known(
        page,
        await page.desk.staff.names(people),
        {str(unit.id): unit.name for unit in units},
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """Words and names for what rows hold: codes and ids."""

    page: Page
    people: Mapping[str, str]
    units: Mapping[str, str]

    def who(self, actor: str) -> str:
        return (
            self.people.get(actor)
            or self._word(f"console_audit.actor_{actor.partition(':')[0]}")
            or actor
        )

    def what(self, row: AuditRow) -> str:
        """What was done, in words; an act that has none yet keeps its own name."""
        return self._word(f"console_audit.act_{row.act.replace('.', '_')}") or row.act

    def about(self, row: AuditRow) -> str:
        """What it was done to, and the details."""
        parts = [self._subject(row)]
        # What was comes before what became of it.
        for name, value in sorted(row.detail.items(), key=lambda one: (one[0] == "after", one[0])):
            if value is not None and value != []:
                of = "case_" if row.act.startswith("case.") else ""
                label = (
                    (self._word(f"console_audit.detail_{of}{name}") if of else "")
                    or self._word(f"console_audit.detail_{name}")
                    or name
                )
                parts.append(f"{label} {self._value(name, value)}")
        return " · ".join(part for part in parts if part)

    def _subject(self, row: AuditRow) -> str:
        if row.act.startswith("unit."):
            return self.units.get(row.subject, row.subject)
        if row.act.startswith(_OWN):
            return ""
        if _ID.fullmatch(row.subject):
            # An id of ours says nothing to a reader; its beginning tells two apart.
            return self.people.get(row.subject, f"#{row.subject[:6]}")
        return row.subject

    def _value(self, name: str, value: object) -> str:
        if isinstance(value, list):
            return "/".join(self._value(name, one) for one in value)
        if isinstance(value, bool):
            return self.page.t("console_audit.yes" if value else "console_audit.no")
        text = str(value)
        if _HASH.fullmatch(text):
            # Enough for comparing by eye.
            return f"{text[:8]}\u2026"
        if name == "staff":
            return self.people.get(text, text)
        if name in ("unit", "parent", "from", "to"):
            return self.units.get(text, text)
        if name == "level":
            return self._word(f"console_units.level_{text}") or text
        if name in ("before", "after"):
            return self._word(f"console_cases.state_{text}") or text
        if name == "paper":
            return self._word(f"documents.name_{text}") or text
        if name == "theme":
            return self._word(f"documents.theme_{text}") or text
        if name == "what":
            return (
                self._word(f"console_events.{text}")
                or self._word(f"console_audit.field_{text}")
                or text
            )
        if name == "role":
            return self._word(f"console_staff.role_{text}") or text
        return (self._word(f"console_staff.flag_{text}") if name == "flags" else "") or text

    def _word(self, key: str) -> str:
        return self.page.t(key) if self.page.t.knows(key) else ""


def _scope(page: Page) -> str:
    if page.may(Permission.AUDIT_ALL):
        return "all"
    return "security" if page.may(Permission.AUDIT_SECURITY) else "own"


class _Days(frozenset[str]):
    """Every day that can be read: what a filter of dates allows."""

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and _start(text) is not None


def _start(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # At both ends of the calendar another time zone has no such day.
    return datetime.combine(day, time(), BEIJING) if date.min < day < date.max else None


def _end(text: str) -> datetime | None:
    start = _start(text)
    return start + timedelta(days=1) if start else None
