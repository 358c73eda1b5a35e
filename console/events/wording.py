"""Small words of the pages of events: days, hours, states, reasons, who may see what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from markupsafe import Markup

from console.frame.page import Page
from domain.clock import BEIJING
from domain.events import AnswerKind, Event, Question
from domain.exports import mask_phone
from domain.seats import State
from services.events import Guest
from services.events.reader import PHONE

_FIELD = "%Y-%m-%dT%H:%M"
# Beyond these, a day is a slip of the finger, and its neighbours may not exist.
_YEARS = range(2000, 2200)
_TONES = {
    State.CONFIRMED: "good",
    State.ATTENDED: "good",
    State.OFFERED: "warn",
    State.NO_SHOW: "bad",
}
# Reasons that tell of a quota have a sentence with its name.
_OF_QUOTA = ("reserved", "limit")


def field_moment(value: datetime) -> str:
    """An instant as a field of a form holds it: Beijing's day and minute."""
    return value.astimezone(BEIJING).strftime(_FIELD)


def moment_of(text: str) -> datetime | None:
    """The instant that a field of a form holds, or None if it holds none."""
    try:
        found = datetime.strptime(text.strip()[:16], _FIELD).replace(tzinfo=BEIJING)
    except ValueError:
        return None
    return found if found.year in _YEARS else None


def day_of(text: str) -> date | None:
    """The day that a field holds, or None if it holds none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in _YEARS else None


def tone(state: State) -> str:
    """The colour of a claim's state."""
    return _TONES.get(state, "plain")


def reason(page: Page, event: Event, told: str) -> Markup:
    """Why a claim changed or did not, as the log keeps it: a word, perhaps with a quota."""
    name, _, quota = told.partition(":")
    if name in _OF_QUOTA:
        return page.t(f"console_events.blocked_{name}", quota=event.quota_name(quota))
    key = f"console_events.reason_{name}"
    return page.t(key) if page.t.knows(key) else Markup("")


def who(page: Page, by: str) -> Markup:
    """Who caused a change: the member, the clock, the line, or staff."""
    known = by if by in ("member", "clock", "line") else "staff"
    return page.t(f"console_events.by_{known}")


def nameless(page: Page, guest: Guest) -> str:
    """The name, or that none is known, with the code to tell one from another."""
    return guest.name or page.t("console_events.nameless", code=guest.seat.code)


def masked(guest: Guest) -> str:
    """The phone as lists show it."""
    return mask_phone(guest.phone) if guest.phone else ""


def shown(question: Question, answer: str) -> str:
    """An answer as pages show it: a phone number whole only after somebody asked for it."""
    is_phone = question.kind is AnswerKind.PHONE or question.profile == PHONE
    return mask_phone(answer) if is_phone and answer else answer


def code(guest: Guest) -> str:
    """The six digits as they are read aloud."""
    return f"{guest.seat.code[:3]} {guest.seat.code[3:]}"


def telling(page: Page, event: Event) -> Mapping[str, Callable[..., object]]:
    """What templates say of claims: `say.named(guest)`."""
    return {
        "tone": tone,
        "masked": masked,
        "code": code,
        "named": lambda guest: nameless(page, guest),
        "why": lambda told: reason(page, event, told),
        "who": lambda by: who(page, by),
    }
