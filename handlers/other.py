"""Everything that is no text: a kind sentence on what is possible; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest

from domain.forms import Draft, Form
from domain.refusal import Refusal
from handlers import cases, evidence, profile, talks
from handlers.context import Context, Press
from handlers.keyboards import button
from handlers.screen import say, show_keyboard
from locales import Markup, Texts
from services.people.profile import Step


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {"other:delete": delete}


async def receive(update: Update, context: Context) -> None:
    """Answer a message that we cannot read."""
    assert update.message is not None and update.effective_user is not None
    if _is_service(update.message):
        return
    draft = await context.desk.forms.find_open(update.effective_user.id)
    if await talks.receive(update, context, draft):
        return
    if draft is not None and draft.form is Form.PROFILE:
        await _receive_for_profile(update, context, draft)
        return
    if draft is not None and draft.form is Form.EVIDENCE:
        await evidence.receive(update, context)
        return
    if draft is not None and draft.form is Form.CASE and await cases.receive(update, context):
        return
    if draft is not None:
        keys = {
            Form.NOTE: "forms.note_only_text",
            Form.SIGN_UP: "events.form_only_text",
            Form.EVENT_COMMENT: "forms.note_only_text",
            Form.LIMITS: "limits.only_text",
            Form.CASE: "cases.only_text",
            Form.CASE_NUMBER: "cases.only_number",
        }
        key = keys.get(draft.form, "calculate.only_text")
        await say(update, context.t(key))
        return
    await say(update, _sentence(context.t, update.message))


async def edited(update: Update, context: Context) -> None:
    """An edit comes too late for an answer: say so, once an hour at most."""
    user = update.effective_user
    assert user is not None
    told: dict[int, float] = context.bot_data.setdefault("told_of_edits", {})
    now = context.desk.clock.now().timestamp()
    if now - told.get(user.id, 0.0) < 3600:
        return
    if len(told) > 10_000:
        told.clear()
    told[user.id] = now
    await say(update, context.t("common.edited"))


async def warn_of_numbers(update: Update, context: Context) -> None:
    """Tell that an identity or card number was not kept, and offer to delete the message."""
    assert update.message is not None
    label = context.t("common.sensitive_delete")
    rows = [[button(label, f"other:delete:{update.message.message_id}")]]
    await say(update, context.t("common.sensitive"), InlineKeyboardMarkup(rows))


async def delete(update: Update, context: Context, message_id: str) -> Markup:
    """Delete the member's message; Telegram allows it for 48 hours in a private chat."""
    chat = update.effective_chat
    if chat is None or not message_id.isdecimal():
        raise Refusal("common.button_gone")
    try:
        await chat.delete_message(int(message_id))
    except BadRequest:
        return context.t("common.sensitive_not_deleted")
    await show_keyboard(update, None)
    return context.t("common.sensitive_deleted")


async def _receive_for_profile(update: Update, context: Context, draft: Draft) -> None:
    """A contact is what the profile asks for when it asks for the phone; nothing else is."""
    assert update.message is not None
    if draft.step == Step.PHONE and update.message.contact:
        await profile.take_contact(update, context)
        return
    key = "profile.ask_phone" if draft.step == Step.PHONE else "profile.only_text"
    await say(update, context.t(key))


def _is_service(message: Message) -> bool:
    """Pins, timers, themes and the like are no words to us."""
    return any(
        getattr(message, name)
        for name in (
            "pinned_message",
            "message_auto_delete_timer_changed",
            "chat_background_set",
            "write_access_allowed",
            "chat_shared",
            "users_shared",
        )
    )


def _sentence(t: Texts, message: Message) -> Markup:
    if message.voice or message.audio or message.video_note:
        return t("common.got_voice")
    if message.photo or message.video or message.animation:
        return t("common.got_photo")
    if message.document:
        return t("common.got_file")
    if message.sticker:
        return t("common.got_sticker")
    if message.contact:
        return t("common.got_contact")
    if message.location or message.venue:
        return t("common.got_location")
    if message.poll or message.dice:
        return t("common.got_poll")
    return t("common.got_other")
