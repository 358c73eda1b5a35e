"""How an entry looks in the chat: one screen first, all of it on request."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from domain.ask import Basis, Entry, FollowUp, NextStep, Section
from handlers.keyboards import Keyboard, button, shared_button
from locales import Markup, Texts, escape

_BOLD = re.compile(r"\*\*(.+?)\*\*")
# A page reached by browsing or by a link belongs to no question.
NO_QUESTION = "-"
# What a button may carry through the question for consent (handlers/consents.py).
_CARRIED = 40
# What the button for a second ask carries before the page.
SECOND = "ask:second:"


def page(
    t: Texts, entry: Entry, question_id: str = NO_QUESTION
) -> tuple[Markup, InlineKeyboardMarkup]:
    """The answer on one screen."""
    more = button(t("ask.more"), f"ask:more:{entry.id}:{question_id}")
    return _first_screen(t, entry), _buttons(t, entry, question_id, more)


# An entry never changes; there are about as many as are kept here.
@lru_cache(500)
def _first_screen(t: Texts, entry: Entry) -> Markup:
    parts = [_title(entry), _rich(entry.answer)]
    if entry.expired_figures:
        parts.insert(1, t("ask.expired"))
    if entry.steps:
        parts.append(_numbered(t("ask.steps"), entry.steps))
    parts.append(_sources(t, entry))
    return _joined(parts)


def section_page(
    t: Texts, entry: Entry, asked: FollowUp, question_id: str
) -> tuple[Markup, InlineKeyboardMarkup]:
    """What the entry says of the part that was asked for; all of it if it says nothing of that."""
    section = asked.section
    full, buttons = full_page(t, entry, question_id)
    if section is Section.ALL:
        return full, buttons
    items = _items(t, entry, asked)[section]
    if not items:
        return _joined([t("ask.no_section", what=t(f"ask.what_{section}")), full]), buttons
    heading = t(f"ask.{section}")
    told = _numbered if section is Section.STEPS else _bulleted
    parts = [_title(entry), told(heading, items)]
    if entry.expired_figures:
        parts.insert(1, t("ask.expired"))
    if section is not Section.BASIS:
        parts.append(_sources(t, entry))
    _, buttons = page(t, entry, question_id)
    return _joined(parts), buttons


def with_second(
    t: Texts, shown: tuple[Markup, InlineKeyboardMarkup], second: Entry
) -> tuple[Markup, InlineKeyboardMarkup]:
    """A page with the way to what the question asked besides, first of its buttons."""
    label = t("ask.second", title=second.title)
    return above(shown, shared_button(label, f"{SECOND}{second.id}"))


def above(
    shown: tuple[Markup, InlineKeyboardMarkup], key: InlineKeyboardButton
) -> tuple[Markup, InlineKeyboardMarkup]:
    """A page with one more button above the others."""
    text, buttons = shown
    return text, Keyboard([[key], *buttons.inline_keyboard])


def crisis_page(t: Texts, entry: Entry) -> tuple[Markup, InlineKeyboardMarkup]:
    """Only the words and the way to a human: no heading, no sources, nothing to judge."""
    steps = Markup("\n".join(f"\u2022 {_rich(step)}" for step in entry.steps))
    rows = [[button(t("ask.human"), "human:now")]]
    return _joined([_rich(entry.answer), steps]), InlineKeyboardMarkup(rows)


def full_page(
    t: Texts, entry: Entry, question_id: str = NO_QUESTION
) -> tuple[Markup, InlineKeyboardMarkup]:
    """Everything that the entry says."""
    parts = [_title(entry), _rich(entry.answer)]
    if entry.expired_figures:
        parts.insert(1, t("ask.expired"))
    if entry.steps:
        parts.append(_numbered(t("ask.steps"), entry.steps))
    if entry.details:
        parts.append(_rich(entry.details))
    for heading, items in (
        (t("ask.limits"), entry.limits),
        (t("ask.evidence"), entry.evidence),
        (t("ask.mistakes"), entry.mistakes),
        (t("ask.basis"), tuple(_basis(t, basis) for basis in entry.basis)),
    ):
        if items:
            parts.append(_bulleted(heading, items))
    parts.append(_footer(t, entry))
    buttons = _buttons(
        t, entry, question_id, button(t("ask.less"), f"ask:less:{entry.id}:{question_id}")
    )
    watch = button(t("hearing.watch"), f"hear:watch:{entry.id}")
    *rows, last = buttons.inline_keyboard
    return _joined(parts), InlineKeyboardMarkup([*rows, [watch], last])


def _items(t: Texts, entry: Entry, asked: FollowUp) -> Mapping[Section, Sequence[str]]:
    return {
        Section.STEPS: entry.steps,
        Section.LIMITS: entry.limits,
        Section.EVIDENCE: entry.evidence,
        Section.BASIS: tuple(_basis(t, basis) for basis in entry.basis),
        Section.COST: asked.costs,
    }


def _buttons(
    t: Texts, entry: Entry, question_id: str, fold: InlineKeyboardButton
) -> InlineKeyboardMarkup:
    steps = [_next_step(step, entry.id, question_id) for step in entry.next_steps]
    rows = [steps[start : start + 2] for start in range(0, len(steps), 2)]
    last = [button(t("ask.human"), way_to_human(question_id))]
    if question_id != NO_QUESTION:
        last = [
            button(t("ask.helpful"), f"ask:good:{question_id}"),
            button(t("ask.unhelpful"), f"ask:bad:{question_id}"),
            *last,
        ]
    return Keyboard([[fold], *rows, last])


def way_to_human(question_id: str) -> str:
    """What the button for a human carries: the question, so that it is counted."""
    return "human:show" if question_id == NO_QUESTION else f"human:asked:{question_id}"


def way_to_case(entry_id: str, question_id: str = NO_QUESTION) -> str:
    """What the button for a case carries: the page and the question, if there is room.

    It may have to go through the question for consent, which leaves 40 bytes without a dot.
    """
    page = f"cases:on:{entry_id.replace('.', '-')}"
    data = f"{page}:{question_id}"
    return data if len(data) <= _CARRIED else f"{page}:{NO_QUESTION}"


def _next_step(step: NextStep, entry_id: str, question_id: str) -> InlineKeyboardButton:
    if step.target.startswith("@calc."):
        return shared_button(step.label, f"calc:open:{step.target.removeprefix('@calc.')}")
    if step.target == "@limits":
        return shared_button(step.label, "limits:menu")
    if step.target == "@case":
        return button(step.label, way_to_case(entry_id, question_id))
    if step.target.startswith("@"):
        return button(step.label, way_to_human(question_id))
    return shared_button(step.label, f"ask:open:{step.target}")


def _title(entry: Entry) -> Markup:
    return Markup(f"<b>{escape(entry.title)}</b>")


def _sources(t: Texts, entry: Entry) -> Markup:
    source = _short_basis(t, entry.basis[0])
    if len(entry.basis) > 1:
        return t("ask.source_more", source=source, count=len(entry.basis), date=entry.reviewed_on)
    return t("ask.source", source=source, date=entry.reviewed_on)


def _footer(t: Texts, entry: Entry) -> Markup:
    reviewed = (
        t("ask.reviewed", date=entry.reviewed_on, person=entry.reviewed_by)
        if entry.reviewed_by
        else t("ask.reviewed_no_person", date=entry.reviewed_on)
    )
    region = t("ask.region", region=entry.region)
    return Markup(f"<i>{region} · {reviewed}\n{t('ask.disclaimer')}</i>")


def _short_basis(t: Texts, basis: Basis) -> Markup:
    """The law and the first of its articles."""
    first = (basis.article or "").split(t("ask.list_comma"))[0]
    return t("ask.basis_source", source=basis.source, article=first)


def _basis(t: Texts, basis: Basis) -> Markup:
    head = t("ask.basis_source", source=basis.source, article=basis.article or "")
    return t("ask.basis_note", head=head, note=basis.note) if basis.note else head


def _numbered(heading: Markup, items: Sequence[str]) -> Markup:
    lines = [f"{number}. {_rich(item)}" for number, item in enumerate(items, 1)]
    return Markup("\n".join([heading, *lines]))


def _bulleted(heading: Markup, items: Sequence[str]) -> Markup:
    return Markup("\n".join([heading, *(f"\u2022 {_rich(item)}" for item in items)]))


def _rich(text: str) -> Markup:
    """Our only markup, `**bold**`, as HTML; what is markup already stays."""
    return Markup(_BOLD.sub(r"<b>\1</b>", escape(text)))


def _joined(parts: list[Markup]) -> Markup:
    return Markup("\n\n".join(parts))
