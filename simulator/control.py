"""The /sim door: what people do and what Telegram does wrong, over HTTP."""

import base64
import binascii
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from simulator.errors import Refused
from simulator.people import OWN

if TYPE_CHECKING:
    from simulator.server import Simulator

JSON = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Act = Callable[["Simulator", int, JSON], JSON]

INLINE_TYPES = {"image/png", "image/jpeg", "image/gif", "image/webp"}

# What a person does: POST /sim/users/{id}/<name> with a JSON body.
ACTS: dict[str, Act] = {
    "say": lambda sim, user, b: sim.say(user, str(b["text"]), b.get("chat_id")),
    "press": lambda sim, user, b: _press(sim, user, b),  # noqa: PLW0108 - defined below
    "start": lambda sim, user, b: sim.start(user, str(b.get("payload") or "")),
    "location": lambda sim, user, b: sim.location(user, b["latitude"], b["longitude"]),
    "contact": lambda sim, user, b: _contact(sim, user, b),  # noqa: PLW0108
    "send": lambda sim, user, b: sim.send(user, b["message"], b.get("chat_id")),
    "edit": lambda sim, user, b: sim.edit(user, int(b["message_id"]), str(b["text"])),
    "vote": lambda sim, user, b: sim.vote(user, int(b["message_id"]), list(b["options"])),
    "block": lambda sim, user, b: sim.block(user),
    "unblock": lambda sim, user, b: sim.unblock(user),
}


class Control:
    """Handlers of /sim; each calls the Simulator method of the same name."""

    def __init__(self, simulator: "Simulator") -> None:
        self.simulator = simulator

    def routes(self) -> list[web.RouteDef]:
        """The table of PROTOCOL.md."""
        table: list[tuple[str, str, Handler]] = [
            ("POST", "/sim/users", self.add_user),
            ("GET", "/sim/users", self.users),
            ("GET", "/sim/users/{id}/screen", self.screen),
            ("POST", "/sim/users/{id}/photo", self.file),
            ("POST", "/sim/users/{id}/document", self.file),
            ("POST", "/sim/users/{id}/{act}", self.act),
            ("POST", "/sim/groups", self.add_group),
            ("GET", "/sim/groups/{id}/screen", self.group_screen),
            ("POST", "/sim/updates", self.update),
            ("POST", "/sim/settle", self.settle),
            ("POST", "/sim/faults", self.fault),
            ("DELETE", "/sim/faults", self.no_faults),
            ("GET", "/sim/calls", self.calls),
            ("POST", "/sim/limits", self.limits),
            ("POST", "/sim/clear", self.clear),
            ("GET", "/sim/files/{id}", self.download),
        ]
        return [web.route(verb, path, _guarded(handler)) for verb, path, handler in table]

    async def add_user(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        language = str(body.get("language_code") or "zh-hans")
        return _json({"id": self.simulator.add_user(str(body["name"]), language)})

    async def users(self, request: web.Request) -> web.StreamResponse:
        return _json(self.simulator.users())

    async def screen(self, request: web.Request) -> web.StreamResponse:
        return _json(self.simulator.screen(_id(request)))

    async def act(self, request: web.Request) -> web.StreamResponse:
        act = ACTS.get(request.match_info["act"])
        if act is None:
            raise Refused(404, f"nobody can {request.match_info['act']}")
        return _json(act(self.simulator, _id(request), await _body(request)))

    async def file(self, request: web.Request) -> web.StreamResponse:
        options = await _file_options(request)
        name = str(options.pop("name", "") or "")
        if request.path.endswith("/photo"):
            said = self.simulator.photo(_id(request), name or "photo.jpg", **options)
        else:
            said = self.simulator.document(_id(request), name or "file.bin", **options)
        return _json(said)

    async def add_group(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        return _json({"id": self.simulator.add_group(str(body["title"]), list(body["members"]))})

    async def group_screen(self, request: web.Request) -> web.StreamResponse:
        return _json(self.simulator.group_screen(_id(request)))

    async def update(self, request: web.Request) -> web.StreamResponse:
        try:
            update = json.loads(await request.read())
        except RecursionError:
            raise Refused(400, "nested too deeply for the simulator itself") from None
        return _json(self.simulator.raw_update(update))

    async def settle(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        timeout, quiet = float(body.get("timeout", 10.0)), float(body.get("quiet", 0.0))
        return _json({"settled": await self.simulator.settle(timeout, quiet)})

    async def fault(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        options = {k: v for k, v in body.items() if k not in ("method", "kind", "times")}
        method, kind = str(body["method"]), str(body["kind"])
        self.simulator.fault(method, kind, int(body.get("times", 1)), **options)
        return _json({})

    async def no_faults(self, request: web.Request) -> web.StreamResponse:
        self.simulator.faults.clear()
        return _json({})

    async def calls(self, request: web.Request) -> web.StreamResponse:
        since = int(request.query.get("since", "0"))
        log = self.simulator.calls
        return _json({"calls": log.since(since), "next": log.next})

    async def limits(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        self.simulator.limit(
            float(body.get("per_second") or 0),
            float(body.get("per_chat") or 0),
            int(body.get("retry_after") or 1),
        )
        return _json({})

    async def clear(self, request: web.Request) -> web.StreamResponse:
        return _json(self.simulator.clear())

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A file for the phone page; only pictures are shown, all else is downloaded."""
        file = self.simulator.files.find(request.match_info["id"])
        if file is None:
            raise Refused(404, "no such file")
        shown = file.mime_type in INLINE_TYPES
        response = web.Response(
            body=file.content(),
            content_type=file.mime_type if shown else "application/octet-stream",
            headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "max-age=3600"},
        )
        if not shown:
            response.headers["Content-Disposition"] = "attachment"
        return response


def _guarded(handler: Handler) -> Handler:
    """The handler with every refusal and every malformed body turned into JSON."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refused as refusal:
            return _json({"error": refusal.text}, refusal.status)
        except KeyError as error:
            return _json({"error": f"{error.args[0]} is missing"}, 400)
        except (TypeError, ValueError) as error:
            return _json({"error": str(error)}, 400)

    return guarded


def _id(request: web.Request) -> int:
    return int(request.match_info["id"])


async def _body(request: web.Request) -> JSON:
    data = await request.read()
    body = json.loads(data) if data else {}
    if not isinstance(body, dict):
        raise Refused(400, "a JSON object is expected")
    return body


async def _file_options(request: web.Request) -> JSON:
    """The file of a multipart body or of the JSON form."""
    if request.content_type != "multipart/form-data":
        body = await _body(request)
        if "base64" in body:
            try:
                body["data"] = base64.b64decode(body.pop("base64"), validate=True)
            except binascii.Error as error:
                raise Refused(400, f"base64: {error}") from None
        return body
    form = await request.post()
    upload = form["file"]
    if not isinstance(upload, web.FileField):
        raise Refused(400, "file must be a file")
    return {
        "name": upload.filename,
        "data": upload.file.read(),
        "caption": str(form.get("caption", "")),
        "mime_type": upload.content_type,
    }


def _press(simulator: "Simulator", user: int, body: JSON) -> JSON:
    """By label; by place with row and column; by data, even data that no button has."""
    if "data" in body:
        return simulator.press_data(user, int(body["message_id"]), str(body["data"]))
    if "row" in body:
        place = int(body["message_id"]), int(body["row"]), int(body["column"])
        return simulator.press_at(user, *place)
    return simulator.press(user, str(body["text"]), body.get("chat_id"))


def _contact(simulator: "Simulator", user: int, body: JSON) -> JSON:
    phone, name = str(body.get("phone_number") or ""), str(body.get("first_name") or "")
    return simulator.contact(user, phone, name, body.get("user_id", OWN))


def _json(value: Any, status: int = 200) -> web.Response:
    return web.json_response(value, status=status)
