"""Looking at events: the list, one event, my events, those I was at."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardMarkup, Update

from domain.events import EventState
from domain.refusal import Refusal
from domain.seats import State
from handlers.context import Context, Press
from handlers.events.pages import detail, moment, seats_line, state_line, when, where
from handlers.keyboards import button
from handlers.screen import say, show
from locales import Markup, escape
from services.events import View

# As many as fit a screen or two; the next ones come as these go by.
_MOST = 12
_CUT = 24


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {
        "events:list": list_again,
        "events:fit": list_fit,
        "events:open": open_,
        "events:mine": show_mine,
        "events:past": show_past,
    }


async def show_list(update: Update, context: Context) -> None:
    """The events to come, as a new message."""
    await say(update, *await _list(update, context, only_fit=False))


async def list_again(update: Update, context: Context) -> None:
    """The same in place."""
    await show(update, *await _list(update, context, only_fit=False))


async def list_fit(update: Update, context: Context) -> None:
    """Only those that the member may sign up for."""
    await show(update, *await _list(update, context, only_fit=True))


async def open_(update: Update, context: Context, event_id: str) -> None:
    """One event in place of the list."""
    await show(update, *await _detail(update, context, event_id))


async def open_linked(update: Update, context: Context, event_id: str) -> bool:
    """One event from a poster's link; False if it is gone."""
    try:
        page = await _detail(update, context, event_id)
    except Refusal:
        return False
    await say(update, *page)
    return True


async def show_mine(update: Update, context: Context) -> None:
    """What the member signed up for, each with its state."""
    assert update.effective_user is not None
    t = context.t
    mine = await context.desk.events.my_events(update.effective_user.id)
    rows = [[button(_cut(event.title), f"events:open:{event.id}")] for event, _ in mine[:_MOST]]
    rows.append(
        [
            button(t("events.back_to_list"), "events:list"),
            button(t("events.past_button"), "events:past"),
        ]
    )
    lines = [
        t(
            "events.mine_line",
            title=event.title,
            when=when(t, event, receipt.session),
            place=where(t, event.place.name),
            state=state_line(t, receipt),
        )
        for event, receipt in mine[:_MOST]
    ]
    text = t("events.mine", lines=Markup("\n\n".join(lines))) if mine else t("events.mine_empty")
    await show(update, text, InlineKeyboardMarkup(rows))


async def show_past(update: Update, context: Context) -> None:
    """Attendance so far, with volunteer hours."""
    assert update.effective_user is not None
    t = context.t
    past = await context.desk.events.history(update.effective_user.id)
    lines = [
        t(
            "events.past_line",
            when=moment(t, one.event.starts_at),
            title=one.event.title,
            state=t(f"events.state_{one.state}"),
        )
        for one in past[:_MOST]
    ]
    hours = sum(one.hours for one in past)
    text = (
        t(
            "events.past",
            lines=Markup("\n".join(lines)),
            count=sum(one.state is State.ATTENDED for one in past),
            hours=f"{hours:f}",
        )
        if past
        else t("events.past_empty")
    )
    rows = [[button(t("events.mine_button"), "events:mine")]]
    if any(one.state is State.ATTENDED for one in past):
        rows.insert(0, [button(t("certificates.button"), "events:certificate")])
    await show(update, text, InlineKeyboardMarkup(rows))


async def _list(
    update: Update, context: Context, *, only_fit: bool
) -> tuple[Markup, InlineKeyboardMarkup]:
    assert update.effective_user is not None
    t = context.t
    views = await context.desk.events.list_open(update.effective_user.id)
    shown = [view for view in views if view.event.state is not EventState.CLOSED]
    if only_fit:
        shown = [view for view in shown if _fits(view)]
    shown = shown[:_MOST]
    rows = [
        [button(f"{number}. {_cut(view.event.title)}", f"events:open:{view.event.id}")]
        for number, view in enumerate(shown, 1)
    ]
    other = (
        ("events.list_all", "events:list") if only_fit else ("events.list_only_fit", "events:fit")
    )
    last = [button(t(other[0]), other[1])] if views else []
    rows.append([*last, button(t("events.mine_button"), "events:mine")])
    key = "events.list_fit" if only_fit else "events.list"
    if not shown:
        none = t("events.list_fit_empty") if only_fit else t("events.list_empty")
        return none, InlineKeyboardMarkup(rows)
    lines = [_line(context, number, view) for number, view in enumerate(shown, 1)]
    return t(key, lines=Markup("\n\n".join(lines))), InlineKeyboardMarkup(rows)


def _line(context: Context, number: int, view: View) -> Markup:
    t, event, mine = context.t, view.event, view.mine
    has_state = mine is not None and mine.state.value not in ("cancelled", "expired", "released")
    seats = (
        state_line(t, mine)
        if mine is not None and has_state
        else seats_line(t, view, context.desk.clock.now())
    )
    return t(
        "events.list_line",
        number=number,
        title=Markup(escape(event.title) + (t("events.demo") if event.is_demo else "")),
        when=when(t, event),
        place=where(t, event.place.name),
        seats=seats,
    )


def _fits(view: View) -> bool:
    """Whether the member can sign up, or has done so."""
    return view.obstacle is None or (view.is_eligible and view.mine is not None)


async def _detail(
    update: Update, context: Context, event_id: str
) -> tuple[Markup, InlineKeyboardMarkup]:
    assert update.effective_user is not None
    view = await context.desk.events.get(event_id, update.effective_user.id)
    return detail(context.t, view, context.desk.clock.now())


def _cut(title: str) -> str:
    return title if len(title) <= _CUT else title[: _CUT - 1] + "\u2026"
