"""Groups: only public matters; everything else gets a link that does not name the topic."""

from __future__ import annotations

import re

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.helpers import create_deep_linked_url

from domain.ask import Decision, Urgency
from domain.privacy import screen
from handlers.context import Context
from handlers.pages import crisis_page, page
from handlers.screen import say
from handlers.waste import waste_page
from locales import Texts, plain


async def hear(update: Update, context: Context) -> None:
    """Answer in a group when spoken to, and only with pages that are public."""
    assert update.message is not None
    if await _noted(update.message, context):
        return
    question = _addressed(update.message, context.bot.username, context.bot.id)
    if question is None:
        return
    t = context.t
    link = _private_link(t, context.bot.username)
    if not question:
        await say(update, t("common.group_help"), link)
        return
    ask = context.desk.ask
    reply = await ask.ask(screen(question).text, update.update_id, in_group=True)
    if reply.urgency is Urgency.CRISIS and reply.pages:
        text, _ = crisis_page(t, reply.pages[0])
        await say(update, text, link)
        return
    if reply.waste is not None:
        text, _ = waste_page(t, reply.waste, reply.pages, reply.question_id)
        await say(update, text, link)
        return
    is_public = reply.decision is Decision.ANSWER and all(
        ask.is_public(entry) for entry in reply.pages
    )
    if is_public:
        text, _ = page(t, reply.pages[0])
        await say(update, text, link)
    elif reply.pages:
        await say(update, t("common.group_private"), link)
    else:
        await say(update, t("common.group_none"), link)


async def _noted(message: Message, context: Context) -> bool:
    """Whether it tells of the group itself: its new number, or its new name."""
    contests, chat = context.desk.contests, message.chat
    if message.migrate_to_chat_id is not None:
        await contests.move_group(chat.id, message.migrate_to_chat_id, chat.title or "")
        return True
    await contests.note_group(chat.id, message.new_chat_title or chat.title or "")
    return message.new_chat_title is not None


def _addressed(message: Message, username: str, bot_id: int) -> str | None:
    """What was said to the bot, without its name; None if it was not spoken to."""
    text = (message.text or "").strip()
    # Parted by whatever blank: Chinese keyboards have a wide one, and some begin a new line.
    command, *rest = text.split(maxsplit=1) or [""]
    name, _, whom = command.partition("@")
    if name in ("/ask", "/help", "/start") and whom.lower() in ("", username.lower()):
        return "".join(rest) if name == "/ask" else ""
    mention = re.compile(rf"@{re.escape(username)}(?![A-Za-z0-9_])", re.IGNORECASE)
    if mention.search(text):
        return mention.sub("", text, count=1).strip()
    answered = message.reply_to_message
    if text and answered and answered.from_user and answered.from_user.id == bot_id:
        return text
    return None


def _private_link(t: Texts, username: str) -> InlineKeyboardMarkup:
    url = create_deep_linked_url(username)
    label = plain(t("common.group_private_button"))
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, url=url)]])
