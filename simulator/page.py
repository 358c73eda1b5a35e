"""The phone page: its static files, and the WebSocket that keeps it up to date."""

import asyncio
import json
import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from simulator.errors import Refused
from simulator.keyboards import keyboard_view

if TYPE_CHECKING:
    from simulator.server import Simulator

JSON = dict[str, Any]

FILES = Path(__file__).parent / "page"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; connect-src 'self' ws: wss:;"
        " style-src 'self'"
    ),
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
}
MOST_WAITING = 10_000

# What the person on the page does, by the `type` of the page's message.
ACTS: dict[str, Callable[["Simulator", int, JSON], Any]] = {
    "press": lambda sim, user, m: sim.press_at(
        user, int(m["message_id"]), int(m["row"]), int(m["column"])
    ),
    "start": lambda sim, user, m: sim.start(user, str(m.get("payload") or "")),
    "contact": lambda sim, user, m: sim.contact(user),
    "location": lambda sim, user, m: sim.location(
        user, float(m.get("latitude") or 0), float(m.get("longitude") or 0)
    ),
    "vote": lambda sim, user, m: sim.vote(user, int(m["message_id"]), list(m["options"])),
    "block": lambda sim, user, m: sim.block(user),
    "unblock": lambda sim, user, m: sim.unblock(user),
}


class Page:
    """Serves the page; each connection is one `Phone`."""

    def __init__(self, simulator: "Simulator") -> None:
        self.simulator = simulator
        self.phones: set[Phone] = set()

    def routes(self) -> list[web.RouteDef]:
        """The page, its files, its WebSocket."""
        return [
            web.get("/", self.index),
            web.get("/static/{path:.+}", self.static),
            web.get("/ws", self.websocket),
        ]

    async def index(self, request: web.Request) -> web.StreamResponse:
        """The page."""
        return _file("index.html")

    async def static(self, request: web.Request) -> web.StreamResponse:
        """One of its files."""
        return _file(request.match_info["path"])

    async def websocket(self, request: web.Request) -> web.StreamResponse:
        """One connection, until the page goes away."""
        socket = web.WebSocketResponse(heartbeat=30, max_msg_size=1024 * 1024)
        await socket.prepare(request)
        phone = Phone(self.simulator, socket)
        self.phones.add(phone)
        try:
            await phone.live()
        finally:
            self.phones.discard(phone)
        return socket

    async def close(self) -> None:
        """Hangs up on all pages."""
        for phone in list(self.phones):
            await phone.socket.close(code=1001)


class Phone:
    """One connected page: shows what happens, and does what the person on it does."""

    def __init__(self, simulator: "Simulator", socket: web.WebSocketResponse) -> None:
        self.simulator = simulator
        self.socket = socket
        self.user = 0
        # The group that is open, 0 for the person's own chat with the bot.
        self.group = 0
        self._outbox: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._closing: asyncio.Task[bool] | None = None

    async def live(self) -> None:
        """Greets, then passes messages both ways until the connection ends."""
        self.show(
            {
                "type": "hello",
                "bot": self.simulator.bot.view(),
                "users": [*self.simulator.users(), *self.simulator.group_views()],
            }
        )
        self.simulator.watchers.add(self.show)
        sender = asyncio.create_task(self._send())
        try:
            async for message in self.socket:
                if message.type == WSMsgType.TEXT:
                    self._receive(message.data)
        finally:
            self.simulator.watchers.discard(self.show)
            sender.cancel()

    def show(self, event: JSON) -> None:
        """Sends one event; a page that does not read them is dropped and may come back."""
        try:
            self._outbox.put_nowait(json.dumps(event))
        except asyncio.QueueFull:
            self.simulator.watchers.discard(self.show)
            self._closing = asyncio.create_task(self.socket.close(code=1013))

    async def _send(self) -> None:
        while True:
            try:
                await self.socket.send_str(await self._outbox.get())
            except ConnectionError:
                return

    def _receive(self, text: str) -> None:
        try:
            message = json.loads(text)
            kind = message["type"]
            if kind == "open" and int(message["user"]) < 0:
                self._open_group(int(message["user"]), int(message["as"]))
            elif kind == "open":
                self._open(int(message["user"]))
            elif kind in ("say", "reply_key"):
                self.simulator.say(self.user, str(message["text"]), self.group or None)
            elif kind == "add_user":
                user = self.simulator.add_user(str(message["name"]))
                self.show({"type": "added", "user": user})
            elif kind in ACTS:
                ACTS[kind](self.simulator, self.user, message)
            else:
                raise Refused(400, f"unknown type {kind}")
        except Refused as refusal:
            self.show({"type": "refused", "text": refusal.text})
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            self.show({"type": "refused", "text": f"cannot read this: {error!r}"})

    def _open(self, user: int) -> None:
        person = self.simulator.person(user)
        self.user, self.group = user, 0
        screen = self.simulator.screen(user)
        self.show(
            {
                "type": "chat",
                "user": user,
                "messages": screen["messages"],
                "keyboard": keyboard_view(self.simulator.chats[user].keyboard),
                "blocked": person.blocked,
            }
        )

    def _open_group(self, group: int, person: int) -> None:
        """The group as one of its people sees it; what they do goes there."""
        screen = self.simulator.group_screen(group)
        if person not in self.simulator.chats[group].members:
            raise Refused(404, f"no person {person} in group {group}")
        self.user, self.group = person, group
        shown = {"messages": screen["messages"], "keyboard": None, "blocked": False}
        self.show({"type": "chat", "user": group, **shown})


def _file(name: str) -> web.StreamResponse:
    path = (FILES / name).resolve()
    if not path.is_relative_to(FILES.resolve()) or not path.is_file():
        return web.Response(status=404, text="Not Found")
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    charset = "utf-8" if kind.startswith("text/") or kind.endswith("javascript") else None
    # Read each time: whoever works on the page sees the change at the next reload.
    response = web.Response(
        body=path.read_bytes(), content_type=kind, charset=charset, headers=HEADERS
    )
    response.enable_compression()
    return response
