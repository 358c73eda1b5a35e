"""The HTTP side of python-telegram-bot on one aiohttp session.

PTB's stock backend costs about 5 ms of CPU a request with many connections open, this one about
half a millisecond. Errors map exactly as in PTB's own backend and keep their cause, because only
the cause tells "not sent" from "maybe sent".
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import aiohttp
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from handlers.screen import is_unread
from storage.guard import must_be_outside

# Telegram sends back what we wrote, and PTB makes objects of it: a quarter of what sending costs.
# Nobody reads our own words again; what Telegram added (ids, files, the chat) stays.
_OUR_OWN = frozenset(
    {
        "from",
        "text",
        "entities",
        "caption",
        "caption_entities",
        "reply_markup",
        "link_preview_options",
    }
)

Observer = Callable[[str, str], None]
# Entered when one more message may go, left when its answer is there.
Admit = Callable[[], AbstractAsyncContextManager[None]]


class AiohttpRequest(BaseRequest):
    """Sends Bot API calls. `observe` is told each call's method and outcome, for metrics.

    Each new message goes inside `admit`. Inside a unit of work every call raises.
    """

    def __init__(
        self,
        *,
        connections: int = 100,
        connect_timeout: float = 5.0,
        read_timeout: float = 20.0,
        observe: Observer | None = None,
        admit: Admit | None = None,
    ) -> None:
        self._connections = connections
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._observe = observe
        self._admit = admit
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        return self._read_timeout

    async def initialize(self) -> None:
        if self._session is None or self._session.closed:
            # Below Telegram's own idle limit: a connection that it closes under our hands would
            # make a call ambiguous.
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=30)
            self._session = aiohttp.ClientSession(
                connector=connector,
                headers={"User-Agent": self.USER_AGENT},
                auto_decompress=True,
                cookie_jar=aiohttp.DummyCookieJar(),
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        if self._session is None:
            raise RuntimeError("this request object is not initialized")
        must_be_outside()
        body, headers = _body(request_data)
        timeout = aiohttp.ClientTimeout(
            total=None,
            # Waiting for a free connection counts as connecting: nothing was sent yet.
            connect=_seconds(connect_timeout, self._connect_timeout),
            sock_read=_seconds(read_timeout, self._read_timeout),
        )
        name = url.rpartition("/")[2].partition("?")[0]
        is_message = name.startswith("send") and name != "sendChatAction"
        admitted = self._admit() if self._admit is not None and is_message else nullcontext()
        try:
            async with (
                admitted,
                self._session.request(
                    method, url, data=body, headers=headers, timeout=timeout
                ) as response,
            ):
                payload = await response.read()
        except asyncio.TimeoutError as error:  # noqa: UP041 - the name that aiohttp documents
            self._tell(name, "timeout")
            raise TimedOut from error
        except aiohttp.ClientError as error:
            self._tell(name, "network")
            raise NetworkError(f"aiohttp.{type(error).__name__}: {_plain(error)}") from error
        self._tell(name, str(response.status))
        return response.status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        # The stock method logs a bad body with its content; a body may hold a member's words.
        try:
            parsed: dict[str, Any] = json.loads(payload.decode("utf-8", "replace"))
        except ValueError as error:
            raise TelegramError("Invalid server response") from error
        sent = parsed.get("result")
        if isinstance(sent, dict) and "message_id" in sent:
            # True is what Telegram itself says where there is no message to send back.
            kept = {name: sent[name] for name in sent if name not in _OUR_OWN}
            parsed["result"] = True if is_unread.get() else kept
        return parsed

    def _tell(self, name: str, outcome: str) -> None:
        if self._observe is not None:
            self._observe(name, outcome)


def was_not_sent(error: BaseException) -> bool:
    """True if the failed call certainly never reached Telegram."""
    return isinstance(
        error.__cause__, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError
    )


def _body(request_data: RequestData | None) -> tuple[Any, dict[str, str]]:
    if request_data is None or not request_data.parameters:
        return None, {}
    files = request_data.multipart_data
    if not files:
        # Nested objects go as JSON objects: half the work of urlencoding JSON in JSON.
        payload = json.dumps(request_data.parameters, ensure_ascii=False)
        return payload.encode(), {"Content-Type": "application/json"}
    # Without quote_fields=False Chinese file names arrive percent-encoded.
    form = aiohttp.FormData(quote_fields=False)
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in files.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return form, {}


def _seconds(value: ODVInput[float], default: float) -> float | None:
    return default if isinstance(value, DefaultValue) else value


def _plain(error: aiohttp.ClientError) -> str:
    # The text of a connection error may hold the URL, and the URL holds the token.
    return str(error) if isinstance(error, aiohttp.ClientConnectorError) else ""
