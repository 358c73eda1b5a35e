"""Signing up in the chat: at once if all is known, otherwise one question a message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from telegram import InlineKeyboardMarkup, Update

from domain.consents import Purpose
from domain.events import Event
from domain.forms import Draft
from domain.refusal import Refusal
from domain.seats import State
from domain.sign_up_form import Part, Step
from domain.sign_ups import Receipt, Wish
from handlers.consents import ensure_consent
from handlers.context import Context, Press
from handlers.events.listing import open_linked
from handlers.events.pages import moment, offer_row, session_hours, state_line, when, where
from handlers.keyboards import button, main_keyboard
from handlers.screen import say, show
from locales import Markup, Texts
from services.events import Asked
from services.events.service import COMMENT_LIMIT

_IN_ROW = 3


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {
        "events:join": join,
        "events:pick": pick,
        "events:skip": skip,
        "events:stop": stop,
        "events:rate": rate,
        "events:words": begin_comment,
    }


async def join(update: Update, context: Context, event_id: str) -> Markup | None:
    """Sign up, or ask what is not known yet. Personal answers need the member's consent."""
    assert update.effective_user is not None
    member, desk = update.effective_user.id, context.desk
    view = await desk.events.get(event_id, member)
    then = f"events:join:{event_id}"
    is_asked = bool(view.event.questions) and view.obstacle is None
    if is_asked and not await ensure_consent(update, context, Purpose.SERVICE, then):
        return None
    await _go_on(update, context, await desk.sign_ups.begin(member, event_id))
    return None


async def pick(update: Update, context: Context, event_id: str, step: str, number: str) -> None:
    """An answer by button."""
    assert update.effective_user is not None
    if not number.isdecimal():
        raise Refusal("common.button_gone")
    found = await context.desk.sign_ups.pick(update.effective_user.id, event_id, step, int(number))
    await _go_on(update, context, found)


async def skip(update: Update, context: Context, event_id: str, step: str) -> None:
    """Pass over a question that need not be answered."""
    assert update.effective_user is not None
    found = await context.desk.sign_ups.skip(update.effective_user.id, event_id, step)
    await _go_on(update, context, found)


async def stop(update: Update, context: Context) -> None:
    """Leave the form; what was answered is forgotten."""
    assert update.effective_user is not None
    await context.desk.sign_ups.close(update.effective_user.id)
    rows = [[button(context.t("events.back_to_list"), "events:list")]]
    await show(update, context.t("events.stopped"), InlineKeyboardMarkup(rows))


async def take(update: Update, context: Context, draft: Draft, text: str) -> None:
    """A typed answer; one that is none is explained above the same question."""
    assert update.effective_user is not None
    member, desk = update.effective_user.id, context.desk
    if draft.is_closed:
        # What came of it, or what was in the way, stands on the page of the event.
        await open_linked(update, context, draft.answers["event"])
        return
    try:
        found = await desk.sign_ups.tell(member, text)
    except Refusal as refusal:
        asked = await desk.sign_ups.find_open(member)
        if asked is None:
            raise
        question, keyboard = _prompt(context.t, asked)
        sentence = context.t(refusal.code, **refusal.values)
        await say(update, Markup(f"{sentence}\n\n{question}"), keyboard)
        return
    await _go_on(update, context, found)


async def remind(update: Update, context: Context) -> None:
    """Offer the open form again; nothing if there is none."""
    assert update.effective_user is not None
    asked = await context.desk.sign_ups.find_open(update.effective_user.id)
    if asked is not None:
        text, keyboard = _prompt(context.t, asked)
        await say(update, Markup(f"{context.t('events.go_on')}\n\n{text}"), keyboard)


async def rate(update: Update, context: Context, event_id: str, stars: str) -> None:
    """How it was, in one press; a few words if the member wants."""
    assert update.effective_user is not None
    if not stars.isdecimal():
        raise Refusal("common.button_gone")
    await context.desk.events.rate(event_id, update.effective_user.id, int(stars))
    rows = [[button(context.t("events.words_button"), f"events:words:{event_id}")]]
    await show(update, context.t("events.rate_thanks"), InlineKeyboardMarkup(rows))


async def begin_comment(update: Update, context: Context, event_id: str) -> None:
    """Open the form for a few words."""
    assert update.effective_user is not None
    await context.desk.sign_ups.begin_comment(update.effective_user.id, event_id)
    await say(update, context.t("events.words_ask", limit=COMMENT_LIMIT))


async def take_comment(update: Update, context: Context, draft: Draft, text: str) -> None:
    """The words that were typed."""
    await context.desk.events.comment(draft.answers["event"], draft.member_id, text)
    await say(update, context.t("events.words_done"), main_keyboard(context.t))


async def _go_on(update: Update, context: Context, found: Asked | Wish) -> None:
    """The next question, or the seat."""
    if isinstance(found, Asked):
        await show(update, *_prompt(context.t, found))
        return
    assert update.effective_user is not None
    member, desk = update.effective_user.id, context.desk
    try:
        receipt = await desk.events.sign_up(found)
    except Refusal:
        await desk.sign_ups.close(member)
        raise
    view = await desk.events.get(found.event_id, member)
    await show(update, *_done(context.t, view.event, receipt, desk.clock.now()))
    # Only now: if the answer does not reach the member, the same update shows it once more.
    await desk.sign_ups.close(member)


def _done(
    t: Texts, event: Event, receipt: Receipt, now: datetime
) -> tuple[Markup, InlineKeyboardMarkup]:
    """What the sign-up came to, in words that cannot be misread."""
    at = when(t, event, receipt.session)
    details = [button(t("events.open_button"), f"events:open:{event.id}")]
    rows = [details]
    if receipt.state is State.CONFIRMED:
        details.append(button(t("events.ics_button"), f"events:ics:{event.id}"))
        place, until = where(t, event.place.name), event.cancel_until(receipt.session)
        text = (
            t("events.done_confirmed_late", title=event.title, when=at, place=place)
            if now >= until
            else t(
                "events.done_confirmed",
                title=event.title,
                when=at,
                place=place,
                cancel=moment(t, until),
            )
        )
    elif receipt.state is State.WAITING:
        text = t("events.done_waiting", title=event.title, when=at, place=receipt.place)
    elif receipt.state is State.APPLIED:
        text = t(
            "events.done_applied",
            title=event.title,
            closes=moment(t, event.closes_at),
            entry=receipt.entry,
        )
    else:
        text = t("events.done_other", title=event.title, state=state_line(t, receipt))
        if receipt.state is State.OFFERED:
            rows.insert(0, offer_row(t, event.id))
    return text, InlineKeyboardMarkup(rows)


def _prompt(t: Texts, asked: Asked) -> tuple[Markup, InlineKeyboardMarkup]:
    step, event = asked.step, asked.event
    text = t(
        "events.ask_step",
        title=event.title,
        number=step.number,
        total=step.total,
        ask=_ask(t, step),
    )
    if step.question is not None:
        text = Markup(text + t("events.ask_kept"))
    where = f"{event.id}:{step.key}"
    choices = [
        button(_label(t, event, step, value, label), f"events:pick:{where}:{number}")
        for number, (value, label) in enumerate(step.choices)
    ]
    width = _IN_ROW if step.key == Part.PARTY else 1
    rows = [choices[at : at + width] for at in range(0, len(choices), width)]
    last = [button(t("events.stop_button"), "events:stop")]
    if step.is_optional:
        last.insert(0, button(t("events.skip_button"), f"events:skip:{where}"))
    return text, InlineKeyboardMarkup([*rows, last])


def _ask(t: Texts, step: Step) -> Markup:
    if step.question is None:
        return t(f"events.ask_{step.key}")
    return t(f"events.ask_{step.question.kind}", label=step.question.label)


def _label(t: Texts, event: Event, step: Step, value: str, label: str) -> str:
    session = event.session(value) if step.key == Part.SESSION else None
    if session is not None:
        hours = session_hours(t, event, session)
        return t("events.detail_session", title=session.title, when=hours)
    if step.key != Part.PARTY:
        return label
    return t("events.party_alone") if label == "0" else t("events.party_with", count=label)
