"""The Bot API door: reads a call, lets faults play, answers, and writes it down."""

import asyncio
import inspect
import json
import time
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

from aiohttp import web

from simulator.errors import ApiError
from simulator.faults import Fault
from simulator.methods import METHODS, RATED, Raw
from simulator.params import Params, read_params

if TYPE_CHECKING:
    from simulator.server import Simulator

JSON = dict[str, Any]

GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n"
    "</body>\r\n</html>\r\n"
)


# Faults of the line that keep a call from having its effect.
LOST = ("drop_before", "garbage", "500")


class Calls:
    """The last calls, numbered from 0; older ones than `most` are forgotten."""

    def __init__(self, most: int = 100_000) -> None:
        self._calls: deque[JSON] = deque(maxlen=most)
        self.next = 0

    def add(self, method: str, payload: JSON, error: ApiError | None, fault: str) -> None:
        """Writes one call down."""
        call: JSON = {
            "n": self.next,
            "time": time.time(),
            "method": method,
            "payload": payload,
            "ok": error is None and fault not in LOST,
        }
        if error is not None:
            call |= {"error_code": error.code, "description": error.description}
        if fault:
            call["fault"] = fault
        self._calls.append(call)
        self.next += 1

    def since(self, number: int) -> list[JSON]:
        """The calls from that number on, as far as they are remembered."""
        first = self.next - len(self._calls)
        return list(islice(self._calls, max(0, number - first), None))

    def clear(self) -> None:
        """Forgets the calls; the numbers go on."""
        self._calls.clear()


class BotApi:
    """Answers /bot<token>/<method> and /file/bot<token>/<path>."""

    def __init__(self, simulator: "Simulator") -> None:
        self.simulator = simulator
        self.in_progress = 0

    def routes(self) -> list[web.RouteDef]:
        """The two doors."""
        return [
            web.route("*", "/bot{token}/{method}", self.call),
            web.get("/file/bot{token}/{path:.+}", self.file),
        ]

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One call; a waiting getUpdates does not count as in progress."""
        if request.match_info["token"] != self.simulator.token:
            return _answer(ApiError(401, "Unauthorized"))
        method = METHODS.get(request.match_info["method"].lower())
        if method is None:
            return _answer(ApiError(404, "Not Found"))
        name, run = method
        if name == "getUpdates":
            return await self._serve(request, name, run)
        self.in_progress += 1
        try:
            return await self._serve(request, name, run)
        finally:
            self.in_progress -= 1
            self.simulator.changed.fire()

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Downloads a file."""
        if request.match_info["token"] != self.simulator.token:
            return _answer(ApiError(401, "Unauthorized"))
        file = self.simulator.files.find(request.match_info["path"])
        if file is None:
            return _answer(ApiError(404, "Not Found"))
        return web.Response(body=file.content(), content_type="application/octet-stream")

    async def _serve(self, request: web.Request, name: str, run: Any) -> web.StreamResponse:
        params, result = Params({}, {}), None
        error: ApiError | None = None
        fault: Fault | None = None
        try:
            params = await read_params(request)
            fault = self.simulator.faults.take(name, params.values.get("chat_id"))
            if fault is None or await _passes(fault):
                if name in RATED:
                    self.simulator.limits.check(params.values.get("chat_id"))
                result = run(self.simulator, params)
                result = await result if inspect.isawaitable(result) else result
        except ApiError as refusal:
            error = refusal
        if name != "getUpdates":
            self.simulator.calls.add(name, params.recorded(), error, fault.kind if fault else "")
        if fault and fault.kind in ("drop_before", "drop_after"):
            return _hang_up(request)
        if fault and fault.kind == "garbage":
            return web.Response(text='{"ok":tru', content_type="application/json")
        if fault and fault.kind == "500":
            return web.Response(status=502, text=GATEWAY, content_type="text/html")
        return _answer(error or result)


async def _passes(fault: Fault) -> bool:
    """Whether the call has its effect in spite of the fault; raises what it refuses with."""
    refusal = fault.refusal()
    if refusal is not None:
        raise refusal
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    return fault.kind in ("slow", "drop_after")


def _hang_up(request: web.Request) -> web.Response:
    """Closes the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _answer(result: Any) -> web.Response:
    if isinstance(result, ApiError):
        body, status = json.dumps(result.body()), result.code
    elif isinstance(result, Raw):
        body, status = '{"ok":true,"result":' + result + "}", 200
    else:
        body, status = '{"ok":true,"result":' + json.dumps(result) + "}", 200
    headers = {"Content-Type": "application/json"}
    if isinstance(result, ApiError) and "retry_after" in result.parameters:
        headers["Retry-After"] = str(result.parameters["retry_after"])
    return web.Response(body=body.encode(), status=status, headers=headers)
