"""The map of the face: which file answers to what, in which order."""

from __future__ import annotations

from typing import Any

from telegram import Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    PollAnswerHandler,
    PollHandler,
    TypeHandler,
    filters,
)

from handlers import (
    ask,
    broadcasts,
    browse,
    calculate,
    cases,
    consents,
    errors,
    events,
    evidence,
    gate,
    groups,
    hearing,
    human,
    limits,
    members,
    mydata,
    other,
    papers,
    presses,
    profile,
    quiz,
    sign_in,
    start,
    talk,
    talks,
    waste,
)

_GATE, _FACE = -1, 0


def register(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    """Put every handler in its place. The gate is first; in a group the first match wins."""
    private = filters.ChatType.PRIVATE
    typed = filters.UpdateType.MESSAGE
    application.add_handler(TypeHandler(Update, gate.enter), _GATE)
    commands = {
        **start.commands(),
        **human.commands(),
        **browse.commands(),
        **calculate.commands(),
        **cases.commands(),
        **limits.commands(),
        **sign_in.commands(),
        **profile.commands(),
        **mydata.commands(),
        **events.commands(),
        **quiz.commands(),
    }
    for name, command in commands.items():
        application.add_handler(CommandHandler(name, command, private & typed), _FACE)
    application.add_handler(
        CallbackQueryHandler(
            presses.dispatcher(
                {
                    **ask.presses(),
                    **waste.presses(),
                    **browse.presses(),
                    **calculate.presses(),
                    **cases.presses(),
                    **limits.presses(),
                    **evidence.presses(),
                    **papers.presses(),
                    **hearing.presses(),
                    **human.presses(),
                    **talks.presses(),
                    **other.presses(),
                    **sign_in.presses(),
                    **profile.presses(),
                    **consents.presses(),
                    **mydata.presses(),
                    **events.presses(),
                    **quiz.presses(),
                    **broadcasts.presses(),
                }
            )
        ),
        _FACE,
    )
    application.add_handler(MessageHandler(private & filters.TEXT & typed, talk.hear), _FACE)
    application.add_handler(MessageHandler(private & typed, other.receive), _FACE)
    application.add_handler(
        MessageHandler(private & filters.UpdateType.EDITED_MESSAGE, other.edited), _FACE
    )
    application.add_handler(MessageHandler(filters.ChatType.GROUPS & typed, groups.hear), _FACE)
    application.add_handler(
        ChatMemberHandler(members.reach_changed, ChatMemberHandler.MY_CHAT_MEMBER), _FACE
    )
    application.add_handler(PollAnswerHandler(quiz.vote), _FACE)
    application.add_handler(PollHandler(quiz.recognise), _FACE)
    application.add_error_handler(errors.on_error)
