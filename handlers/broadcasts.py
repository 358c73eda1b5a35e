"""Broadcasts in the chat: how they look, their buttons, and what members turn off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from domain.broadcasts import (
    EDIT,
    MESSAGE,
    MUTABLE,
    RECALL,
    STOPPED,
    TEST,
    UNIT,
    ButtonKind,
    Content,
    Topic,
    content_of,
)
from domain.refusal import Refusal
from handlers import events
from handlers.context import Context, Press
from handlers.keyboards import button
from handlers.letters import Act, Details, Letter, Media, Renderer, sentence
from handlers.pages import page
from handlers.quiz import home
from handlers.screen import say, show
from locales import Markup, Texts, escape, plain
from services.broadcasts import TOLD_STAFF


def presses() -> Mapping[str, Press]:
    """Buttons of broadcasts and of the choice of topics."""
    return {
        "cast:go": go,
        "cast:choose": choose_topics,
        "cast:topics": show_topics,
        "cast:mute": mute,
    }


def notices() -> Mapping[str, Renderer]:
    """Messages that the outbox holds as content; what staff are told is one sentence each."""
    told = (*TOLD_STAFF, STOPPED)
    return {
        **{kind: sentence(kind) for kind in told},
        MESSAGE: message,
        EDIT: edited,
        RECALL: recalled,
        TEST: test,
    }


async def go(update: Update, context: Context, broadcast_id: str, number: str) -> Markup | None:
    """A button of a broadcast: noted, then followed to where it leads."""
    assert update.effective_user is not None
    place = int(number) if number.isascii() and number.isdigit() else -1
    pressed = await context.desk.broadcasts.press(update.effective_user.id, broadcast_id, place)
    if pressed.kind is ButtonKind.READ:
        return context.t("broadcasts.read_toast")
    if pressed.kind is ButtonKind.QUIZ:
        # A new message: what was announced stays to be read.
        found = await context.desk.quiz.home(update.effective_user.id)
        await say(update, *home.page(context.t, found))
        return None
    if pressed.kind is ButtonKind.EVENT:
        is_there = await events.open_linked(update, context, pressed.target)
        return None if is_there else context.t("broadcasts.event_gone")
    try:
        entry = context.desk.ask.page(pressed.target)
    except Refusal:
        return context.t("ask.page_gone")
    context.desk.shown.remember(update.effective_user.id, entry.id)
    await say(update, *page(context.t, entry))
    return None


async def choose_topics(update: Update, context: Context) -> None:
    """The choice of topics, below a broadcast that stays to be read."""
    await say(update, *await _topics(update, context))


async def show_topics(update: Update, context: Context) -> None:
    """What the union writes about unasked, each with a button that turns it off or on."""
    await show(update, *await _topics(update, context))


async def mute(update: Update, context: Context, topic: str, is_muted: str) -> Markup:
    """Turn one topic off, or on again."""
    assert update.effective_user is not None
    try:
        known = Topic(topic)
    except ValueError:
        raise Refusal("common.button_gone") from None
    muted = await context.desk.broadcasts.mute(
        update.effective_user.id, known, is_muted=is_muted == "1"
    )
    await show_topics(update, context)
    key = "broadcasts.muted_toast" if known in muted else "broadcasts.unmuted_toast"
    return context.t(key, topic=context.t(f"broadcasts.topic_{known}"))


async def _topics(update: Update, context: Context) -> tuple[Markup, InlineKeyboardMarkup]:
    assert update.effective_user is not None
    muted = await context.desk.broadcasts.muted(update.effective_user.id)
    t = context.t
    rows = [
        # It carries what it leads to: a press that comes twice must not turn it back.
        [button(_choice(t, topic, topic in muted), f"cast:mute:{topic}:{int(topic not in muted)}")]
        for topic in MUTABLE
    ]
    rows.append([button(t("profile.back"), "profile:show")])
    return t("broadcasts.topics"), InlineKeyboardMarkup(rows)


def message(t: Texts, details: Details) -> Letter:
    """A broadcast as its recipients see it."""
    content = content_of(details)
    unit = str(details.get(UNIT, ""))
    media = None
    if content.media is not None:
        media = Media(content.media.kind, content.media.file_id)
    return Letter(
        filled(content, unit), _keyboard(t, content, str(details["broadcast"])), media=media
    )


def edited(t: Texts, details: Details) -> Letter:
    """The corrected text in place of the old one; a new message for who has none."""
    letter = message(t, details)
    text = t("broadcasts.corrected", text=letter.text)
    number = details.get("message_id")
    if number is None:
        return Letter(text, letter.buttons, media=letter.media)
    return Letter(text, letter.buttons, media=letter.media, act=Act.EDIT, message_id=int(number))


def recalled(t: Texts, details: Details) -> Letter:
    """The message is taken away again."""
    return Letter(Markup(""), act=Act.DELETE, message_id=int(details["message_id"]))


def test(t: Texts, details: Details) -> Letter:
    """What its author sees before anybody else does: exactly what members will see."""
    body: Mapping[str, Any] = details["body"]
    return message(t, {**body, UNIT: plain(t("broadcasts.test_unit"))})


def filled(content: Content, unit: str) -> Markup:
    """The text with the name of a unit in it. Its markup was checked when it was written."""
    return Markup(content.text.replace(f"{{{UNIT}}}", escape(unit)))


def _keyboard(t: Texts, content: Content, broadcast_id: str) -> InlineKeyboardMarkup | None:
    rows = [
        [
            InlineKeyboardButton(one.label, url=one.target)
            if one.kind is ButtonKind.LINK
            else button(one.label, f"cast:go:{broadcast_id}:{number}")
        ]
        for number, one in enumerate(content.buttons)
    ]
    if content.topic is not Topic.SAFETY:
        rows.append([button(t("broadcasts.topics_button"), "cast:choose")])
    return InlineKeyboardMarkup(rows) if rows else None


def _choice(t: Texts, topic: Topic, is_muted: bool) -> Markup:
    key = "broadcasts.topic_off" if is_muted else "broadcasts.topic_on"
    return t(key, topic=t(f"broadcasts.topic_{topic}"))
