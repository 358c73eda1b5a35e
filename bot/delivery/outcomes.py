"""What a failed call to Telegram means for the message: only the cause of the error tells."""

from __future__ import annotations

from dataclasses import dataclass

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.request import was_not_sent
from domain.outbox import Outcome

# How Telegram says, among its 400s, that there is nobody at the other end.
_NOBODY = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "user_id_invalid",
    "chat is deactivated",
    "group chat was deactivated",
    "not enough rights to send",
    "have no rights to send",
    "need administrator rights",
)
# How it says that a message cannot be changed or taken back any more.
_NO_MESSAGE = (
    "message to edit not found",
    "message can't be edited",
    "message can't be deleted",
    "message_id_invalid",
)


class UnknownFileError(TelegramError):
    """Telegram does not know its own number of a file any more. Nothing was sent."""


@dataclass(frozen=True, slots=True)
class Failure:
    """`retry_after` is in seconds, `chat_id` where a group has moved to."""

    outcome: Outcome
    text: str
    retry_after: float = 0.0
    chat_id: int | None = None


def classify(error: TelegramError) -> Failure:
    """Read an error of PTB. What may have reached Telegram is AMBIGUOUS, never NOT_SENT."""
    name = type(error).__name__
    if isinstance(error, RetryAfter):
        # The public property changes its type with a setting of PTB.
        return Failure(Outcome.RATE_LIMITED, name, error._retry_after.total_seconds())
    if isinstance(error, InvalidToken):
        return Failure(Outcome.TOKEN, name)
    if isinstance(error, ChatMigrated):
        return Failure(Outcome.MOVED, name, chat_id=error.new_chat_id)
    if isinstance(error, Forbidden):
        is_gone = "deactivated" in error.message.lower()
        return Failure(Outcome.DEACTIVATED if is_gone else Outcome.GONE, error.message)
    # PTB derives BadRequest from NetworkError, but Telegram did answer.
    if isinstance(error, BadRequest):
        return Failure(_refused(error.message.lower()), error.message)
    if isinstance(error, Conflict | UnknownFileError) or was_not_sent(error):
        return Failure(Outcome.NOT_SENT, name)
    return Failure(Outcome.AMBIGUOUS, name)


def _refused(words: str) -> Outcome:
    if any(said in words for said in _NOBODY):
        return Outcome.GONE
    if any(said in words for said in _NO_MESSAGE):
        return Outcome.NO_MESSAGE
    return Outcome.CONTENT
