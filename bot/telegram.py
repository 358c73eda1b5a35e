"""The Telegram side: the application, what the chat shows before the first word, apologies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import structlog
from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    Chat,
    LinkPreviewOptions,
    MenuButtonCommands,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import TelegramError
from telegram.ext import Application, ContextTypes, Defaults, ExtBot

from bot.request import AiohttpRequest
from domain.union import Union
from handlers import Context, Desk, attempting, register
from locales import Texts, plain

App: TypeAlias = Application[Any, Any, Any, Any, Any, Any]

_PRIVATE = (
    "menu",
    "calc",
    "limits",
    "events",
    "human",
    "me",
    "mydata",
    "help",
    "privacy",
    "cancel",
    "start",
)
_GROUP = ("ask", "help")

log = structlog.get_logger(__name__)


def build(token: str, api_url: str, request: AiohttpRequest, desk: Desk) -> App:
    """The application with all handlers. Without updater and job queue: we have our own."""
    application = (
        Application.builder()
        .bot(speaker(token, api_url, request))
        .updater(None)
        .job_queue(None)
        .context_types(ContextTypes(context=Context))
        .build()
    )
    application.bot_data["desk"] = desk
    register(application)
    return application


def speaker(token: str, api_url: str, request: AiohttpRequest) -> ExtBot[None]:
    """A bot that calls Telegram over `request` and nothing more."""
    return ExtBot(
        token,
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=request,
        # Polling talks over its own connections and never through PTB.
        get_updates_request=request,
        defaults=Defaults(
            parse_mode=ParseMode.HTML,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        ),
    )


def handler_of(application: App) -> Callable[[Update], Awaitable[BaseException | None]]:
    """Runs the handlers for one update; the error that ended them, or None."""

    async def handle(update: Update) -> BaseException | None:
        with attempting() as attempt:
            await application.process_update(update)
        return attempt.error

    return handle


async def introduce(bot: ExtBot[None], t: Texts, union: Union, staff: Sequence[int]) -> None:
    """Set the commands, descriptions and the menu button. A failure is logged, not fatal."""
    try:
        await bot.set_my_commands(_commands(t, _PRIVATE))
        await bot.set_my_commands(_commands(t, _PRIVATE), BotCommandScopeAllPrivateChats())
        await bot.set_my_commands(_commands(t, _GROUP), BotCommandScopeAllGroupChats())
        for chat in staff:
            await bot.set_my_commands(_commands(t, _PRIVATE), BotCommandScopeChat(chat))
        await bot.set_my_description(plain(t("common.bot_description", union=union.name)))
        await bot.set_my_short_description(
            plain(t("common.bot_short_description", union=union.name))
        )
        await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    except TelegramError as error:
        log.warning("introduction_failed", error=type(error).__name__)


def apology(bot: ExtBot[None], t: Texts) -> Callable[[Update], Awaitable[None]]:
    """Tells a member, in the private chat, that a message could not be handled."""

    async def apologise(update: Update) -> None:
        chat = update.effective_chat
        if chat is None or chat.type != Chat.PRIVATE:
            return
        try:
            if update.callback_query is not None:
                await update.callback_query.answer()
            await bot.send_message(chat.id, t("common.apology"))
        except TelegramError as error:
            log.warning("apology_failed", error=type(error).__name__)

    return apologise


def alarm(bot: ExtBot[None], t: Texts, staff: Sequence[int]) -> Callable[[int], Awaitable[None]]:
    """Tells the staff chats that an update was put aside: its number, nothing of its content."""

    async def alert(update_id: int) -> None:
        for chat in staff:
            try:
                await bot.send_message(chat, t("common.alert", update=update_id))
            except TelegramError as error:
                log.warning("alert_failed", error=type(error).__name__)

    return alert


def _commands(t: Texts, names: Sequence[str]) -> list[BotCommand]:
    described = {
        "start": t("common.command_start"),
        "menu": t("common.command_menu"),
        "calc": t("calculate.command"),
        "limits": t("limits.command"),
        "events": t("events.command"),
        "quiz": t("quiz.command"),
        "human": t("common.command_human"),
        "me": t("common.command_me"),
        "cases": t("common.command_cases"),
        "mydata": t("common.command_mydata"),
        "help": t("common.command_help"),
        "privacy": t("common.command_privacy"),
        "cancel": t("common.command_cancel"),
        "ask": t("common.command_ask"),
    }
    return [BotCommand(name, plain(described[name])) for name in names]
