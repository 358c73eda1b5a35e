"""The people of an event: lists, one claim and why it is as it is, adding, writing to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web

from console.events import wording
from console.frame.lists import ListPage, ListQuery
from console.frame.page import Page
from domain.clock import beijing_date
from domain.events import Event, Facts, GroupKind, Question
from domain.people import read_name, read_phone
from domain.refusal import Refusal
from domain.seats import State
from domain.sign_up_form import Step, typed
from domain.sign_ups import Source
from domain.staff import Permission
from domain.units import Level, is_within
from services.events import Guest
from services.events.reader import ALL_STATES, NAME, PHONE
from services.events.seats import MESSAGE_LIMIT

# Whom a message may go to, as staff think of them.
AUDIENCES: Mapping[str, tuple[State, ...]] = {
    "seated": (State.CONFIRMED,),
    "offered": (State.OFFERED,),
    "waiting": (State.WAITING,),
    "applied": (State.APPLIED,),
    "attended": (State.ATTENDED,),
    "absent": (State.NO_SHOW,),
}
_BY_HAND = (Source.COUNTER, Source.PHONE, Source.PAPER)


async def list_people(page: Page) -> web.StreamResponse:
    """Everybody who signed up, by state, name, code or the end of the phone number."""
    query = ListQuery.of(page.query, filters={"state": list(ALL_STATES)})
    state = query.get("state")
    return await _listed(page, query, (State(state),) if state else ALL_STATES, "people")


async def list_line(page: Page) -> web.StreamResponse:
    """Who waits, the first in line first, and why each still does."""
    return await _listed(page, ListQuery.of(page.query), (State.WAITING,), "line")


async def show(page: Page) -> web.StreamResponse:
    """One claim: whose, how it stands, what became of it, what can be done."""
    return await _claim(page, phone=None)


async def show_phone(page: Page) -> web.StreamResponse:
    """The same with the whole phone number, which is noted."""
    phone = await page.desk.events.reader.reveal_phone(
        page.actor, page.arg("id"), page.arg("seat")
    )
    return await _claim(page, phone=phone)


async def promote(page: Page) -> web.StreamResponse:
    """Give somebody in line a free seat, with a reason."""
    await _own_claim(page)
    note = page.form.get("promote_note", "")
    await page.desk.events.seats.promote(page.actor, page.arg("seat"), note)
    return page.redirect(_path(page), "console_events.promoted")


async def release(page: Page) -> web.StreamResponse:
    """Take a claim back, with a reason that its holder reads."""
    await _own_claim(page)
    note = page.form.get("release_note", "")
    await page.desk.events.seats.release(page.actor, page.arg("seat"), note)
    return page.redirect(_path(page), "console_events.released")


async def move(page: Page) -> web.StreamResponse:
    """Move a claim to another session."""
    await _own_claim(page)
    session, note = page.form.get("session", ""), page.form.get("move_note", "")
    await page.desk.events.seats.move(page.actor, page.arg("seat"), session, note)
    return page.redirect(_path(page), "console_events.moved")


async def begin_adding(page: Page) -> web.StreamResponse:
    """A short form for whoever stands at the counter or is on the phone."""
    overview = await page.desk.events.reader.overview(page.actor, page.arg("id"))
    event = overview.event
    return page.render(
        "events/add.html",
        event=event,
        free=overview.room.free,
        questions=_own_questions(event),
        sources=[(one, page.t(f"console_events.source_{one}")) for one in _BY_HAND],
        groups=[
            (one.quota.key, one.quota.name)
            for one in event.quotas
            if one.kind is not GroupKind.SESSION
        ],
    )


async def add(page: Page) -> web.StreamResponse:
    """Seat somebody by hand; with `here` they are checked in at once."""
    desk = page.desk.events
    event = await desk.reader.get(page.actor, page.arg("id"))
    form = page.form
    source = form.get("source", "")
    receipt = await desk.seats.add_manually(
        page.actor,
        event.id,
        _answers(page, event),
        party=_party(form.get("companions", "")),
        session=form.get("session") or None,
        source=Source(source) if source in set(_BY_HAND) else Source.COUNTER,
        note=form.get("add_note", "").strip(),
        beyond="beyond" in form,
        facts=_facts(event, form.get("group", "")),
    )
    if "here" in form:
        await desk.door.check_in(page.actor, event.id, receipt.seat_id)
    told = "console_events.added_here" if "here" in form else "console_events.added"
    code = f"{receipt.code[:3]} {receipt.code[3:]}"
    return page.redirect(f"/events/{event.id}/add", told, name=form.get(NAME, ""), code=code)


async def begin_message(page: Page) -> web.StreamResponse:
    """Who would get a message: how many, and how many of them are in Telegram."""
    overview = await page.desk.events.reader.overview(page.actor, page.arg("id"))
    return page.render(
        "events/message.html",
        event=overview.event,
        limit=MESSAGE_LIMIT,
        ticked=page.all("to") if page.form else ("seated",),
        audiences=[
            (name, overview.claims(*states), overview.reachable(*states))
            for name, states in AUDIENCES.items()
            if overview.claims(*states)
        ],
    )


async def send_message(page: Page) -> web.StreamResponse:
    """Hand the message to the outbox; the same form tells it once."""
    chosen = [state for name in page.all("to") for state in AUDIENCES.get(name, ())]
    if not chosen:
        raise Refusal("console_events.message_nobody")
    count = await page.desk.events.seats.tell(
        page.actor, page.arg("id"), chosen, page.form.get("text", ""), page.form["once"][:64]
    )
    path = f"/events/{page.arg('id')}"
    return page.redirect(path, "console_events.message_sent", count=count)


async def _listed(
    page: Page, query: ListQuery, states: Sequence[State], what: str
) -> web.Response:
    reader = page.desk.events.reader
    event = await reader.get(page.actor, page.arg("id"))
    found, total = await reader.list_guests(
        page.actor, event.id, states, query.q, offset=query.offset, limit=query.limit
    )
    return page.render(
        f"events/{what}.html",
        event=event,
        rows=ListPage(found, total, query),
        states=[(one, page.t(f"console_events.state_{one}")) for one in ALL_STATES],
        may_full=await may_full(page, event),
        say=wording.telling(page, event),
    )


async def may_full(page: Page, event: Event) -> bool:
    """Whether names and numbers may leave unmasked: never for who works for an enterprise only."""
    units = await page.desk.units.list_tree(page.actor)
    above = {unit.path for unit in units if unit.level is not Level.ENTERPRISE}
    tops = page.actor.reach(Permission.EXPORTS_FULL)
    return any(top in above and is_within(event.unit_path, top) for top in tops)


async def _claim(page: Page, phone: str | None) -> web.Response:
    reader = page.desk.events.reader
    event, guest, history = await reader.find_guest(page.actor, page.arg("id"), page.arg("seat"))
    asked = {one.key: one for one in event.questions}
    return page.render(
        "events/claim.html",
        event=event,
        guest=guest,
        phone=phone or wording.masked(guest),
        is_whole=phone is not None,
        answers=[
            (asked[key].label, value if phone else wording.shown(asked[key], value))
            for key, value in guest.answers.items()
            if key in asked
        ],
        history=history,
        others=[(one.key, one.title) for one in event.sessions if one.key != guest.seat.session],
        say=wording.telling(page, event),
    )


async def _own_claim(page: Page) -> Guest:
    """The claim, if it is one of this event. Refuses with `events.not_found`."""
    _, guest, _ = await page.desk.events.reader.find_guest(
        page.actor, page.arg("id"), page.arg("seat")
    )
    return guest


def _path(page: Page) -> str:
    return f"/events/{page.arg('id')}/people/{page.arg('seat')}"


def _own_questions(event: Event) -> Sequence[Question]:
    """What the event asks besides name and phone."""
    return [one for one in event.questions if one.profile not in (NAME, PHONE)]


def _answers(page: Page, event: Event) -> Mapping[str, str]:
    """Name, phone and whatever else was asked at the counter, each read as members' answers are.

    Refuses what is no name, no phone number, or no answer.
    """
    given = {NAME: read_name(page.form.get(NAME, ""))}
    phone = page.form.get(PHONE, "").strip()
    if phone:
        given[PHONE] = read_phone(phone)
    today = beijing_date(page.desk.clock.now())
    for question in _own_questions(event):
        text = page.form.get(f"answer_{question.key}", "").strip()
        if text:
            step = Step(question.key, question, (), 1, 1)
            given[question.key] = typed(event, step, text, today, page.desk.events.words)
    # What the event's own questions for name and phone are called there.
    for question in event.questions:
        if question.profile in given:
            given[question.key] = given[question.profile]
    return given


def _party(text: str) -> int:
    """The member and so many companions; what is no number is refused as too many."""
    if not text.strip():
        return 1
    return 1 + int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _facts(event: Event, key: str) -> Facts:
    """What somebody at the counter says of themselves: which group of a quota is theirs."""
    found = next((one for one in event.quotas if one.quota.key == key), None)
    if found is None or found.kind is GroupKind.SESSION:
        return Facts()
    if found.kind is GroupKind.OCCUPATION:
        return Facts(occupation=found.values[0])
    return Facts(unit_path=found.values[0])
