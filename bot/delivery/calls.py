"""What is asked of Telegram for a letter: one call for each, by its act and what hangs on it.

PTB's own methods make objects of what Telegram answers, which is most of what a call costs; here
only the message's number and the file's are looked at.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from telegram import InputFile
from telegram.constants import ParseMode
from telegram.error import BadRequest
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.delivery.outcomes import UnknownFileError
from bot.request import AiohttpRequest
from domain.outbox import Claim, MediaKind
from handlers.letters import Act, Letter, Media, Poll, Upload
from storage.database import Database
from storage.errors import StorageUnavailable

# Told of the poll that a message became, with its number at Telegram and that of its message.
Polled = Callable[[Claim, str, int], Awaitable[None]]

_SEND = {MediaKind.PHOTO: "sendPhoto", MediaKind.DOCUMENT: "sendDocument"}
# What was to be done is done already.
_DONE = {
    Act.EDIT: ("message is not modified",),
    Act.DELETE: ("message to delete not found",),
    Act.CLOSE_POLL: ("poll has already been closed", "message with poll to stop not found"),
}
_WRONG_FILE = ("wrong file identifier", "wrong remote file identifier", "invalid file_id")


log = structlog.get_logger(__name__)


class Caller:
    """Sends, edits and deletes. `url` is that of the bot, with its token."""

    def __init__(
        self, request: AiohttpRequest, url: str, database: Database, polled: Polled | None = None
    ) -> None:
        self._request = request
        self._url = url
        self._database = database
        self._polled = polled
        # Telegram's numbers of our files.
        self._known: dict[str, str] = {}

    async def __call__(self, claim: Claim, letter: Letter) -> int:
        """Do what the letter asks for; the number of its message. Raises TelegramError."""
        try:
            if letter.upload is not None:
                return await self._send_upload(claim.chat_id, letter, letter.upload)
            if letter.poll is not None:
                return await self._send_poll(claim, letter.poll)
            if letter.media is not None and letter.act is Act.SEND:
                return await self._send_file(claim.chat_id, letter, letter.media)
            method, parameters = _call(letter)
            result = await self._post(method, {"chat_id": claim.chat_id, **parameters})
        except BadRequest as error:
            if letter.message_id is not None and _is_done(letter.act, error):
                return letter.message_id
            raise
        if letter.act is Act.SEND:
            return int(result["message_id"])
        assert letter.message_id is not None
        return letter.message_id

    async def _send_upload(self, chat_id: int, letter: Letter, upload: Upload) -> int:
        """A file for one person: a picture to be looked at, anything else as a document."""
        kind = MediaKind.PHOTO if upload.is_photo else MediaKind.DOCUMENT
        file = InputFile(upload.data, filename=upload.name)
        parameters = {"chat_id": chat_id, kind.value: file, **_words(letter, "caption")}
        return int((await self._post(_SEND[kind], parameters))["message_id"])

    async def _send_file(self, chat_id: int, letter: Letter, media: Media) -> int:
        """By Telegram's number of the file if it has one, else with its bytes."""
        number = self._known.get(media.file_id) or await self._number(media.file_id)
        content = number or await self._upload(media.file_id)
        parameters = {"chat_id": chat_id, media.kind.value: content, **_words(letter, "caption")}
        try:
            result = await self._post(_SEND[media.kind], parameters)
        except BadRequest as error:
            if number and any(words in error.message.lower() for words in _WRONG_FILE):
                await self._keep(media.file_id, None)
                raise UnknownFileError("the file has another number by now") from error
            raise
        if number is None and (given := _file_id(result, media.kind)):
            await self._keep(media.file_id, given)
        return int(result["message_id"])

    async def _send_poll(self, claim: Claim, poll: Poll) -> int:
        """A quiz poll; votes come under its number, so that is kept at once."""
        parameters = {
            "chat_id": claim.chat_id,
            "question": poll.question,
            "options": [{"text": text} for text in poll.options],
            "type": "quiz",
            "is_anonymous": False,
            # Servers of Telegram's API before 9.6 know only the second name.
            "correct_option_ids": [poll.right],
            "correct_option_id": poll.right,
            "explanation": poll.explanation,
            "open_period": poll.seconds,
        }
        result = await self._post("sendPoll", parameters)
        message_id = int(result["message_id"])
        if self._polled is not None:
            try:
                await self._polled(claim, str(result["poll"]["id"]), message_id)
            except StorageUnavailable:
                # It is in the group all the same; the poll's own news will tell its number.
                log.warning("poll_not_noted", message=claim.id)
        return message_id

    async def _number(self, file_id: str) -> str | None:
        async with self._database.open_read() as work:
            found = await work.broadcast_files.find(file_id)
        if found is not None and found.telegram_id:
            self._known[file_id] = found.telegram_id
        return None if found is None else found.telegram_id

    async def _upload(self, file_id: str) -> InputFile:
        async with self._database.open_read() as work:
            found = await work.broadcast_files.find(file_id)
            content = await work.broadcast_files.read(file_id)
        if found is None or content is None:
            raise BadRequest("the file is not there")
        return InputFile(content, filename=found.name)

    async def _keep(self, file_id: str, number: str | None) -> None:
        if number is None:
            self._known.pop(file_id, None)
        else:
            self._known[file_id] = number
        try:
            async with self._database.open_work() as work:
                await work.broadcast_files.keep_telegram_id(file_id, number)
                await work.commit()
        except StorageUnavailable:
            # The message went: that it cost more than it should is no reason to send it again.
            log.warning("file_number_not_kept", file=file_id)

    async def _post(self, method: str, parameters: Mapping[str, Any]) -> Any:
        data = [RequestParameter.from_input(name, value) for name, value in parameters.items()]
        return await self._request.post(f"{self._url}/{method}", RequestData(data))


def _call(letter: Letter) -> tuple[str, dict[str, Any]]:
    """The method and its parameters, but for the chat."""
    if letter.act is Act.DELETE:
        return "deleteMessage", {"message_id": letter.message_id}
    if letter.act is Act.CLOSE_POLL:
        return "stopPoll", {"message_id": letter.message_id}
    if letter.act is Act.EDIT:
        name = "text" if letter.media is None else "caption"
        method = "editMessageText" if letter.media is None else "editMessageCaption"
        return method, {"message_id": letter.message_id, **_words(letter, name)}
    return "sendMessage", _words(letter, "text")


def _words(letter: Letter, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {name: str(letter.text), "parse_mode": ParseMode.HTML.value}
    if name == "text":
        found["link_preview_options"] = {"is_disabled": True}
    if letter.buttons is not None:
        found["reply_markup"] = letter.buttons
    if letter.is_protected and letter.act is Act.SEND:
        found["protect_content"] = True
    return found


def _is_done(act: Act, error: BadRequest) -> bool:
    return any(words in error.message.lower() for words in _DONE.get(act, ()))


def _file_id(result: Mapping[str, Any], kind: MediaKind) -> str | None:
    """Telegram's number of what was sent: the largest of a photo's sizes."""
    found = result.get(kind.value)
    if isinstance(found, list):
        found = found[-1] if found else None
    return found.get("file_id") if isinstance(found, dict) else None
