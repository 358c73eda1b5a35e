"""Writing a page: the text, what it looks like, and how questions would find it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from console.desk import PhonePage
from console.frame.page import Page
from console.knowledge import form
from domain.ask import Fault
from domain.editing import Blocked, Kind, Repeat, State, Version
from domain.refusal import Refusal
from domain.staff import Permission

_VIEWS = frozenset({"as_form", "as_text"})


async def begin(page: Page) -> web.StreamResponse:
    """Choose topic and name of a new page; then the editor opens."""
    asked = page.query
    topic, name, title = (asked.get(key, "").strip() for key in ("topic", "name", "title"))
    phrasings = asked.get("phrasings", "")[:2000]
    groups = page.desk.editing.topics(page.actor)
    if topic and name:
        try:
            page.desk.editing.begin_page(page.actor, f"{topic}.{name}", title)
            return page.redirect(f"/knowledge/page/{topic}.{name}/edit?{_kept(title, phrasings)}")
        except Refusal as refusal:
            page.refuse(refusal)
    topics = [(one.id, one.title) for group in groups for one in group.topics]
    return page.render(
        "knowledge/new.html",
        topics=topics,
        chosen={"topic": topic, "name": name, "title": title, "phrasings": phrasings},
    )


async def edit(page: Page) -> web.StreamResponse:
    """The editor: a new draft of what is in force, or a draft of one's own that goes on."""
    name = page.arg("name")
    editing, actor = page.desk.editing, page.actor
    standing = await editing.find_standing(actor, Kind.ENTRY, name)
    version = await _draft(page, name)
    if version is not None:
        source = version.source
    elif standing is not None:
        source = standing.source
    else:
        asked = page.query
        phrasings = asked.get("phrasings", "").split("\n")
        source = editing.begin_page(actor, name, asked.get("title", ""), phrasings)
    shown = form.shown(page, name, source)
    preview = await _preview(page, name, shown.source, shown.parts)
    now = standing.hash if standing else ""
    return page.render(
        "knowledge/edit.html",
        name=name,
        source=shown.source,
        parts=shown.parts,
        is_odd=shown.is_odd,
        rows=form.rows(page, name, shown, preview.faults),
        buttons=form.buttons(page, shown),
        targets=await form.targets(page) if shown.parts is not None else (),
        version=version,
        # What the author had before them; the box "I have looked at the changes" makes it new.
        seen=page.typed("seen", version.base_hash if version else now),
        now=now,
        is_outdated=version is not None and version.base_hash != now,
        changes=await editing.compare(actor, version.id) if version else (),
        preview=preview,
        blocked=page.refusal.faults if isinstance(page.refusal, Blocked) else (),
        is_new=standing is None,
        can_publish=page.may(Permission.KNOWLEDGE_PUBLISH),
    )


async def save(page: Page) -> web.StreamResponse:
    """Keep the draft; hand it in or publish it if that button was pressed.

    The buttons for the other view keep nothing: they show the same words in another way.
    """
    name, said, editing = page.arg("name"), page.form, page.desk.editing
    if said.get("then") in _VIEWS:
        return await edit(page)
    if form.sent(page) and editing.misread(page.actor, name, form.typed(page)):
        raise Refusal("knowledge.form_misread")
    number = said.get("version", "")
    seen = said.get("now") if said.get("looked") else said.get("seen")
    version = await editing.save_draft(
        page.actor,
        Kind.ENTRY,
        name,
        form.source_of(page, name),
        version_id=int(number)
        if number.isascii() and number.isdigit() and len(number) < 19
        else None,
        seen=seen,
        is_material=bool(said.get("material")),
    )
    where = f"/knowledge/version/{version.id}"
    try:
        if said.get("then") == "hand_in":
            await editing.hand_in(page.actor, version.id)
            return page.redirect(where, "console_knowledge.handed_in")
        if said.get("then") == "publish":
            await editing.publish(page.actor, version.id)
            return page.redirect(f"/knowledge/page/{name}", "console_knowledge.published")
    except Refusal as refusal:
        # The draft is kept; what is wrong with it is told on its own page.
        response = page.redirect(where)
        why = page.t("console_knowledge.kept_but", why=page.t(refusal.code, **refusal.values))
        page.say_next(response, why, "bad")
        return response
    return page.redirect(where, "console_knowledge.saved")


async def preview(page: Page) -> web.StreamResponse:
    """What is being typed, as a page or with its faults: a fragment for the editor."""
    name = page.form.get("name", "")
    parts = form.typed(page) if form.sent(page) else None
    shown = await _preview(page, name, form.source_of(page, name), parts)
    return page.render("knowledge/preview.html", preview=shown)


async def try_out(page: Page) -> web.StreamResponse:
    """How a question would fare with a draft that is kept: a fragment, or a page of its own."""
    question = page.form.get("question", "").strip()[:500]
    number = page.form.get("version", "")
    before, after = None, None
    faults: tuple[Fault, ...] = ()
    if question:
        kind, name, source = Kind.ENTRY, "", None
        if number.isascii() and number.isdigit() and len(number) < 19:
            version = await page.desk.editing.get(page.actor, int(number))
            kind, name, source = version.kind, version.name, version.source
        try:
            before, after = await page.desk.editing.try_question(
                page.actor, kind, name, source, question
            )
        except Blocked as blocked:
            faults = blocked.faults
    is_part = page.request.headers.get("Sec-Fetch-Dest") == "empty"
    template = "knowledge/tried.html" if is_part else "knowledge/trial.html"
    return page.render(
        template, question=question, before=before, after=after, faults=faults, version=number
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """A text as it would look: on a phone, or what is wrong with it; what members ask twice.

    `by_field` are the faults of a form, which knows no lines.
    """

    faults: Sequence[Fault]
    by_field: Mapping[str, Sequence[str]] | None
    repeats: Sequence[Repeat]
    needs_review: bool
    is_changed: bool
    phone: PhonePage | None
    whole: PhonePage | None


async def _preview(page: Page, name: str, source: str, parts: Mapping[str, str] | None) -> _Seen:
    editing, show = page.desk.editing, page.desk.phone_page
    found = await editing.preview(page.actor, Kind.ENTRY, name, source)
    by_field, phrasings = None, ""
    if parts is not None:
        by_field = editing.faults_by_field(page.actor, name, source, found.faults)
        phrasings = parts.get(form.PHRASINGS, "")
    return _Seen(
        found.faults,
        by_field,
        editing.repeats(page.actor, name, phrasings),
        found.needs_review,
        found.is_changed,
        show(found.entry, False) if found.entry else None,
        show(found.entry, True) if found.entry else None,
    )


async def _draft(page: Page, name: str) -> Version | None:
    """The draft that the address names, if it is one of this page that can be changed."""
    number = page.query.get("version") or page.form.get("version", "")
    if not number:
        return None
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise Refusal("knowledge.not_found")
    version = await page.desk.editing.get(page.actor, int(number))
    is_open = version.state in (State.DRAFT, State.REJECTED)
    is_own = version.author == page.actor.staff_id
    if (version.kind, version.name) != (Kind.ENTRY, name) or not (is_open and is_own):
        raise Refusal("knowledge.not_found")
    return version


def _kept(title: str, phrasings: str) -> str:
    return urlencode({"title": title[:60], "phrasings": phrasings})
