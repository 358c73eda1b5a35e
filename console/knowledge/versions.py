"""One version: what it changes, how it stands, what comes next; and the list of open ones."""

from __future__ import annotations

from aiohttp import web

from console.frame.page import Page
from domain.editing import OPEN, Blocked, Kind, Outdated, State, Version
from domain.staff import OPERATOR, Permission


async def list_open(page: Page) -> web.StreamResponse:
    """Drafts and versions in review, of pages and figures."""
    versions = await page.desk.editing.list_open(page.actor)
    if page.query.get("mine"):
        versions = tuple(one for one in versions if one.author == page.actor.staff_id)
    return page.render(
        "knowledge/review.html",
        in_review=[one for one in versions if one.state is State.IN_REVIEW],
        drafts=[one for one in versions if one.state is State.DRAFT],
        names=await _names(page, {one.author for one in versions}),
        is_mine=bool(page.query.get("mine")),
    )


async def show(page: Page) -> web.StreamResponse:
    """A version beside what is in force, as members would see it."""
    editing, actor = page.desk.editing, page.actor
    version = await editing.get(actor, page.number("id"))
    preview = await editing.preview(actor, version.kind, version.name, version.source)
    entry = preview.entry
    refusal = page.refusal
    people = {person for person in (version.author, version.reviewer) if person}
    return page.render(
        "knowledge/version.html",
        version=version,
        title=entry.title if entry else _first_line(version),
        where=_where(version),
        names=await _names(page, people),
        changes=await editing.compare(actor, version.id),
        faults=preview.faults if version.state in OPEN else (),
        phone=page.desk.phone_page(entry, False) if entry else None,
        whole=page.desk.phone_page(entry, True) if entry else None,
        blocked=refusal.faults if isinstance(refusal, Blocked) else (),
        outdated=refusal.changes if isinstance(refusal, Outdated) else (),
        lost=refusal is not None and refusal.code == "knowledge.golden_lost",
        is_own=version.author == actor.staff_id,
        can_publish=page.may(Permission.KNOWLEDGE_PUBLISH),
        can_review=page.may(Permission.KNOWLEDGE_REVIEW),
        State=State,
    )


async def hand_in(page: Page) -> web.StreamResponse:
    await page.desk.editing.hand_in(page.actor, page.number("id"))
    return _back(page, "handed_in")


async def take_back(page: Page) -> web.StreamResponse:
    await page.desk.editing.take_back(page.actor, page.number("id"))
    return _back(page, "taken_back")


async def discard(page: Page) -> web.StreamResponse:
    await page.desk.editing.discard(page.actor, page.number("id"))
    return _back(page, "discarded")


async def reject(page: Page) -> web.StreamResponse:
    reason = page.form.get("reason", "")
    await page.desk.editing.reject(page.actor, page.number("id"), reason)
    return _back(page, "rejected")


async def publish(page: Page) -> web.StreamResponse:
    """Bring the version into force; with a reason also where golden questions lose their page."""
    form = page.form
    done = await page.desk.editing.publish(
        page.actor,
        page.number("id"),
        accept_golden=form.get("accept_golden"),
        seen=form.get("seen"),
    )
    said = "published" if done.is_served else "published_waits"
    return page.redirect(_where(done.version), f"console_knowledge.{said}")


def _back(page: Page, said: str) -> web.Response:
    return page.redirect(f"/knowledge/version/{page.arg('id')}", f"console_knowledge.{said}")


def _first_line(version: Version) -> str:
    """What a page is called whose text has faults; a figure goes by its name."""
    if version.kind is Kind.FIGURE:
        return version.name
    return version.source.partition("\n")[0].removeprefix("# ").strip() or version.name


def _where(version: Version) -> str:
    if version.kind is Kind.FIGURE:
        return f"/figures/{version.name}"
    return f"/knowledge/page/{version.name}"


async def _names(page: Page, people: set[str]) -> dict[str, str]:
    """Names by id; whoever has none any more keeps a word."""
    known = await page.desk.staff.names(people)
    t = page.t
    words = {OPERATOR: str(t("console_knowledge.operator"))}
    gone = str(t("console_knowledge.somebody"))
    return {person: known.get(person) or words.get(person, gone) for person in people}
