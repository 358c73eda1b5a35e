"""How an event looks: one line in a list, a page of its own, the buttons that fit its state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from domain.clock import BEIJING
from domain.events import Event, EventState, Mode, Rule, RuleKind, Session
from domain.refusal import Refusal
from domain.seats import HOLDING, QuotaKind, State
from domain.sign_ups import Receipt
from handlers.keyboards import button
from locales import Markup, Texts, escape, plain
from services.events import View

_LEAVING = {
    State.CONFIRMED: "events.leave_button",
    State.WAITING: "events.leave_line_button",
    State.APPLIED: "events.leave_draw_button",
}


def when(t: Texts, event: Event, session: str | None = None) -> Markup:
    """Day and hours in Beijing."""
    return span(t, event.starts(session), event.ends(session))


def span(t: Texts, start: datetime, end: datetime) -> Markup:
    first, last = start.astimezone(BEIJING), end.astimezone(BEIJING)
    hours = {"start": f"{first:%H:%M}", "end": f"{last:%H:%M}"}
    if first.date() == last.date():
        return t("events.span", day=_day(t, first), **hours)
    return t("events.span_days", day=_day(t, first), last=_day(t, last), **hours)


def moment(t: Texts, at: datetime) -> Markup:
    """A day with its hour, without the year, which everybody knows."""
    local = at.astimezone(BEIJING)
    return t("events.moment", day=_day(t, local), time=f"{local:%H:%M}")


def where(t: Texts, place: str) -> Markup:
    """The place's name, or that it will be told."""
    return escape(place) if place else t("events.place_later")


def _day(t: Texts, local: datetime) -> Markup:
    weekday = plain(t("events.weekdays"))[local.weekday()]
    return t("events.day", month=local.month, day=local.day, weekday=weekday)


def seats_line(t: Texts, view: View, now: datetime) -> Markup:
    """How full it is, or why that does not matter now."""
    event = view.event
    if event.state is EventState.CANCELLED:
        return t("events.seats_cancelled")
    if event.state is EventState.HELD:
        return t("events.seats_held")
    if now < event.opens_at:
        return t("events.seats_soon", at=moment(t, event.opens_at))
    if event.mode is Mode.DRAW and event.drawn_at is not None:
        return t("events.seats_drawn")
    if now >= event.closes_at:
        return t("events.seats_closed")
    if event.mode is Mode.DRAW:
        return t("events.seats_draw", capacity=event.capacity, applied=view.applied)
    if view.free and not view.waiting:
        return t("events.seats_free", free=view.free)
    if not view.waiting:
        return t("events.seats_full_first")
    return t("events.seats_full", waiting=view.waiting)


def state_line(t: Texts, mine: Receipt) -> Markup:
    """How the member's own claim stands. Whoever waits is never told that they have a seat."""
    if mine.state is State.WAITING:
        return t("events.state_waiting", place=mine.place)
    if mine.state is State.OFFERED:
        until = moment(t, mine.offered_until) if mine.offered_until else ""
        return t("events.state_offered", until=until)
    return t(f"events.state_{mine.state}")


def detail(t: Texts, view: View, now: datetime) -> tuple[Markup, InlineKeyboardMarkup]:
    """The event on a page of its own."""
    event, mine = view.event, view.mine
    text = t(
        "events.detail",
        title=event.title,
        demo=t("events.demo") if event.is_demo else "",
        when=when(t, event, mine.session if mine else None),
        place=where(t, " ".join(filter(None, (event.place.name, event.place.address)))),
        seats=seats_line(t, view, now),
        more=Markup("".join(_more(t, event))),
        mine=_mine(t, view),
    )
    return text, InlineKeyboardMarkup(_buttons(t, view, now))


def why(t: Texts, refusal: Refusal) -> Markup:
    return t(refusal.code, **refusal.values)


def _mine(t: Texts, view: View) -> Markup:
    mine = view.mine
    if mine is not None and mine.state is not State.CANCELLED:
        state = state_line(t, mine)
        if mine.party > 1:
            return t("events.detail_mine_party", state=state, party=mine.party)
        return t("events.detail_mine", state=state)
    if view.obstacle is not None and view.event.state is EventState.PUBLISHED:
        return t("events.detail_obstacle", why=why(t, view.obstacle))
    return Markup("")


def _more(t: Texts, event: Event) -> Sequence[Markup]:
    lines = [t("events.detail_closes", at=moment(t, event.closes_at))]
    if event.sessions:
        told = (
            t("events.detail_session", title=one.title, when=session_hours(t, event, one))
            for one in event.sessions
        )
        lines.append(t("events.detail_sessions", sessions=_joined(t, told)))
    if event.rules:
        lines.append(
            t("events.detail_rules", rules=_joined(t, (_rule(t, r) for r in event.rules)))
        )
    if event.quotas:
        lines.append(t("events.detail_quotas", quotas=_quotas(t, event)))
    if event.mode is Mode.DRAW and event.drawn_at is None:
        lines.append(t("events.detail_draw"))
    if event.companions:
        lines.append(t("events.detail_companions", most=event.companions))
    if event.team_size:
        lines.append(t("events.detail_team", most=event.team_size))
    if event.hours:
        lines.append(t("events.detail_hours", hours=f"{event.hours.normalize():f}"))
    if event.contact:
        lines.append(t("events.detail_contact", contact=event.contact))
    if event.note:
        lines.append(t("events.detail_note", note=event.note))
    if event.summary:
        lines.append(t("events.detail_summary", summary=event.summary))
    return lines


def session_hours(t: Texts, event: Event, session: Session) -> Markup:
    """The day is left out where all is on one day."""
    start, end = session.starts_at.astimezone(BEIJING), session.ends_at.astimezone(BEIJING)
    if event.starts_at.astimezone(BEIJING).date() == event.ends_at.astimezone(BEIJING).date():
        return t("events.hours", start=f"{start:%H:%M}", end=f"{end:%H:%M}")
    return span(t, session.starts_at, session.ends_at)


def _quotas(t: Texts, event: Event) -> Markup:
    named = {QuotaKind.RESERVED: "events.detail_reserved", QuotaKind.LIMIT: "events.detail_limit"}
    return _joined(
        t,
        (
            t(named[one.quota.kind], name=one.quota.name, seats=one.quota.seats)
            for one in event.quotas
        ),
    )


def _rule(t: Texts, rule: Rule) -> Markup:
    if rule.kind is RuleKind.ROSTER:
        return t("events.rule_roster_name")
    if rule.kind is RuleKind.NEWCOMER:
        return t("events.rule_newcomer_name")
    return escape(rule.name)


def _joined(t: Texts, parts: Iterable[Markup]) -> Markup:
    return Markup(t("events.joint_joint").join(parts))


def _buttons(t: Texts, view: View, now: datetime) -> list[list[InlineKeyboardButton]]:
    event, mine = view.event, view.mine
    rows: list[list[InlineKeyboardButton]] = []
    is_gone = mine is None or mine.state in (State.CANCELLED, State.EXPIRED, State.RELEASED)
    if is_gone and view.obstacle is None:
        rows.append([button(_join_label(t, view), f"events:join:{event.id}")])
    if mine is not None and mine.state is State.OFFERED:
        rows.append(offer_row(t, event.id))
    if mine is not None and mine.state is State.CONFIRMED:
        rows.append([button(t("events.ticket_button"), f"events:ticket:{event.id}")])
    extras = []
    if mine is not None and mine.state in HOLDING:
        extras.append(button(t("events.ics_button"), f"events:ics:{event.id}"))
    if event.place.has_pin:
        extras.append(button(t("events.pin_button"), f"events:pin:{event.id}"))
    if event.mode is Mode.DRAW:
        extras.append(button(t("events.draw_record_button"), f"events:draw:{event.id}"))
    # Three beside each other would be cut short on a narrow phone.
    rows += [extras[:2], extras[2:]] if len(extras) > 2 else [extras] if extras else []
    last = [button(t("events.back_to_list"), "events:list")]
    is_late = mine is not None and now >= event.cancel_until(mine.session)
    if mine is not None and mine.state is State.CONFIRMED and is_late:
        # The time for giving back has passed; a late word is still better than an empty chair.
        if now < event.starts(mine.session):
            last.append(button(t("events.cannot_button"), f"events:cannot:{event.id}"))
    elif mine is not None and mine.state in _LEAVING:
        last.append(button(t(_LEAVING[mine.state]), f"events:leave:{event.id}"))
    return [*rows, last]


def offer_row(t: Texts, event_id: str) -> list[InlineKeyboardButton]:
    """Yes or no to an offered seat."""
    return [
        button(t("events.yes_button"), f"events:yes:{event_id}"),
        button(t("events.no_button"), f"events:no:{event_id}"),
    ]


def _join_label(t: Texts, view: View) -> Markup:
    if view.event.mode is Mode.DRAW:
        return t("events.draw_button")
    if view.free and not view.waiting:
        return t("events.join_button")
    return t("events.wait_button")
