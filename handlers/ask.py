"""Asking: questions in, pages or choices or an honest "I do not know" out."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardMarkup, Update

from domain.ask import Complaint, Decision, Entry, Reply, Urgency, Verdict
from domain.refusal import Refusal
from handlers.context import Context, Press
from handlers.keyboards import Keyboard, button
from handlers.pages import (
    SECOND,
    above,
    crisis_page,
    full_page,
    page,
    section_page,
    way_to_human,
    with_second,
)
from handlers.screen import (
    drop_pressed_button,
    pressed_message_button,
    replace_last_row,
    say,
    show,
)
from handlers.shown import LastPages
from handlers.waste import waste_page
from locales import Markup, Texts


def presses() -> Mapping[str, Press]:
    """Buttons of questions and pages."""
    return {
        "ask:choose": choose,
        "ask:open": open_page,
        "ask:second": open_page,
        "ask:more": more,
        "ask:less": less,
        "ask:good": good,
        "ask:bad": bad,
        "ask:why": why,
        "ask:none": none_of_these,
        "ask:leave": leave,
    }


async def answer_question(update: Update, context: Context, text: str) -> None:
    """Answer a question that was typed in a private chat, or what asks on about the last page."""
    assert update.effective_user is not None
    member, desk = update.effective_user.id, context.desk
    reply = await desk.ask.ask(text, update.update_id, last_page=desk.shown.recall(member))
    _remember(desk.shown, member, reply)
    await say(update, *_said(context.t, reply))


async def answer_crisis(update: Update, context: Context, text: str) -> bool:
    """Answer words that tell of danger to life; False for all others."""
    entry = context.desk.ask.crisis_page(text)
    if entry is not None:
        await say(update, *crisis_page(context.t, entry))
    return entry is not None


async def choose(update: Update, context: Context, question_id: str, entry_id: str) -> None:
    """The member picked one of the choices: the same message becomes the page."""
    entry = await context.desk.ask.choose(question_id, entry_id)
    _seen(update, context, entry)
    await show(update, *page(context.t, entry, question_id))


async def open_page(update: Update, context: Context, entry_id: str) -> None:
    """A next step: a new message, so that the answer above stays readable."""
    entry = context.desk.ask.page(entry_id)
    _seen(update, context, entry)
    await say(update, *page(context.t, entry))


async def more(update: Update, context: Context, entry_id: str, question_id: str) -> None:
    """Unfold the page in place."""
    entry = context.desk.ask.page(entry_id)
    _seen(update, context, entry)
    await show(update, *_with_kept(update, full_page(context.t, entry, question_id)))


async def less(update: Update, context: Context, entry_id: str, question_id: str) -> None:
    """Fold the page again."""
    entry = context.desk.ask.page(entry_id)
    _seen(update, context, entry)
    await show(update, *_with_kept(update, page(context.t, entry, question_id)))


async def good(update: Update, context: Context, question_id: str) -> Markup:
    """The answer helped."""
    await context.desk.ask.judge(question_id, Verdict.HELPFUL)
    return context.t("ask.thanks")


async def bad(update: Update, context: Context, question_id: str) -> Markup:
    """The answer did not help: ask why, with one press."""
    await context.desk.ask.judge(question_id, Verdict.UNHELPFUL)
    t = context.t
    labels = {
        Complaint.OFF_TOPIC: t("ask.complaint_off_topic"),
        Complaint.UNCLEAR: t("ask.complaint_unclear"),
        Complaint.OUTDATED: t("ask.complaint_outdated"),
    }
    reasons = [
        button(label, f"ask:why:{question_id}:{complaint.value}")
        for complaint, label in labels.items()
    ]
    await replace_last_row(update, reasons)
    return t("ask.sorry")


async def why(update: Update, context: Context, question_id: str, complaint: str) -> Markup:
    """The reason why it did not help."""
    try:
        known = Complaint(complaint)
    except ValueError:
        raise Refusal("common.button_gone") from None
    await context.desk.ask.complain(question_id, known)
    t = context.t
    leave_it = button(t("ask.leave"), f"ask:leave:{question_id}")
    await replace_last_row(update, [leave_it, button(t("ask.human"), way_to_human(question_id))])
    return t("ask.complaint_thanks")


async def none_of_these(update: Update, context: Context, question_id: str) -> None:
    """None of the choices was meant."""
    await context.desk.ask.reject(question_id)
    await show(update, *_nothing(context.t, question_id))


async def leave(update: Update, context: Context, question_id: str) -> Markup:
    """Leave the question for staff, without a name."""
    await context.desk.ask.leave_for_staff(question_id)
    t = context.t
    await drop_pressed_button(update)
    await say(update, t("ask.left"))
    return t("ask.left_toast")


def _said(t: Texts, reply: Reply) -> tuple[Markup, InlineKeyboardMarkup | None]:
    if reply.urgency is Urgency.CRISIS and reply.pages:
        return crisis_page(t, reply.pages[0])
    if reply.reason == "private":
        return t("ask.private"), None
    if reply.reason in ("empty", "greeting"):
        rows = [[button(t("ask.browse"), "browse:groups")]]
        return t("ask.none_short"), InlineKeyboardMarkup(rows)
    if reply.waste is not None:
        return waste_page(t, reply.waste, reply.pages, reply.question_id)
    if reply.follow_up is not None and reply.pages:
        return section_page(t, reply.pages[0], reply.follow_up, reply.question_id)
    if reply.decision is Decision.ANSWER and reply.pages:
        shown = page(t, reply.pages[0], reply.question_id)
        return with_second(t, shown, reply.second) if reply.second else shown
    if reply.decision is Decision.CHOICES and reply.pages:
        return _choices(t, reply.question_id, reply.pages)
    return _nothing(t, reply.question_id)


def _with_kept(
    update: Update, shown: tuple[Markup, InlineKeyboardMarkup]
) -> tuple[Markup, InlineKeyboardMarkup]:
    """The way to a second ask stays when the page is unfolded or folded."""
    second = pressed_message_button(update, SECOND)
    return above(shown, second) if second else shown


def _seen(update: Update, context: Context, entry: Entry) -> None:
    assert update.effective_user is not None
    context.desk.shown.remember(update.effective_user.id, entry.id)


def _remember(shown: LastPages, member: int, reply: Reply) -> None:
    """What is typed next may ask on about the answer; without one it must not lead to an older
    page. Thanks and greetings change nothing."""
    is_page = reply.decision is Decision.ANSWER and reply.waste is None
    if is_page and reply.pages and reply.urgency is not Urgency.CRISIS:
        shown.remember(member, reply.pages[0].id)
    elif reply.reason not in ("empty", "greeting"):
        shown.forget(member)


def _choices(
    t: Texts, question_id: str, pages: tuple[Entry, ...]
) -> tuple[Markup, InlineKeyboardMarkup]:
    rows = [[button(entry.title, f"ask:choose:{question_id}:{entry.id}")] for entry in pages]
    rows.append(
        [
            button(t("ask.none_of_these"), f"ask:none:{question_id}"),
            button(t("ask.human"), way_to_human(question_id)),
        ]
    )
    return t("ask.choices"), Keyboard(rows)


def _nothing(t: Texts, question_id: str) -> tuple[Markup, InlineKeyboardMarkup]:
    rows = [
        [
            button(t("ask.browse"), "browse:groups"),
            button(t("ask.human"), way_to_human(question_id)),
        ],
        [button(t("ask.leave"), f"ask:leave:{question_id}")],
        [button(t("hearing.wish"), f"hear:wish:{question_id}")],
    ]
    return t("ask.none"), InlineKeyboardMarkup(rows)
