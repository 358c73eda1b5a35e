"""Beginning, help, privacy and leaving: the commands that always work."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import Update

from domain.forms import Form
from domain.links import Link, Target
from domain.members import NOTICE_VERSION
from domain.refusal import Refusal
from handlers import calculate, cases, events, evidence, limits, sign_in
from handlers.browse import show_group, show_groups
from handlers.context import Context, Handler
from handlers.keyboards import main_keyboard
from handlers.pages import page
from handlers.screen import say
from locales import Markup


def commands() -> Mapping[str, Handler]:
    """Command names and what they do."""
    return {
        "start": start,
        "menu": menu,
        "help": help_,
        "privacy": privacy,
        "cancel": cancel,
    }


async def start(update: Update, context: Context) -> None:
    """Welcome; a deep link leads on to its page, a bad one is just a welcome."""
    assert update.effective_user is not None
    payload = context.args[0] if context.args else ""
    if payload.startswith(sign_in.PAYLOAD):
        await sign_in.offer(update, context, payload.removeprefix(sign_in.PAYLOAD))
        return
    link = await context.desk.links.find(payload) if payload else None
    if link is not None and await _open(update, context, link):
        return
    t = context.t
    text = t("common.welcome", union=context.desk.union.name)
    draft = await context.desk.forms.find_open(update.effective_user.id)
    if draft is not None:
        text = Markup(text + "\n\n" + t("common.welcome_form_open"))
    await say(update, text, main_keyboard(t))
    if draft is not None and (remind := _REMINDERS.get(draft.form)):
        await remind(update, context)
    # It stays open below another form.
    await cases.remind(update, context)


_REMINDERS: Mapping[Form, Handler] = {
    Form.CALCULATION: calculate.remind,
    Form.LIMITS: limits.remind,
    Form.EVIDENCE: evidence.remind,
    Form.SIGN_UP: events.remind,
}


async def menu(update: Update, context: Context) -> None:
    """The topics to browse."""
    await show_groups(update, context)


async def help_(update: Update, context: Context) -> None:
    """How to use the assistant."""
    await say(update, context.t("common.help"), main_keyboard(context.t))


async def privacy(update: Update, context: Context) -> None:
    """What is kept of the member, in full."""
    desk = context.desk
    await say(
        update,
        context.t(
            "members.privacy",
            union=desk.union.name,
            days=desk.question_days,
            failed_days=desk.quarantine_days,
            talk_days=desk.talk_days,
            version=NOTICE_VERSION,
        ),
    )


async def cancel(update: Update, context: Context) -> None:
    """Leave whatever form is open."""
    assert update.effective_user is not None
    was_open = await context.desk.forms.leave(update.effective_user.id)
    t = context.t
    text = t("common.cancelled") if was_open else t("common.nothing_to_cancel")
    await say(update, text, main_keyboard(t))


async def _open(update: Update, context: Context, link: Link) -> bool:
    """Show what a link points to; False if that is gone by now."""
    if link.target is Target.EVENT:
        return await events.open_linked(update, context, link.target_id)
    if link.target is Target.GROUP:
        return await show_group(update, context, link.target_id) is None
    try:
        entry = context.desk.ask.page(link.target_id)
    except Refusal:
        return False
    if update.effective_user is not None:
        context.desk.shown.remember(update.effective_user.id, entry.id)
    await say(update, *page(context.t, entry))
    return True
