"""The console as an application that the bot's web server mounts under /console."""

from __future__ import annotations

from aiohttp import web

from console.desk import ConsoleDesk
from console.frame.building import build_frame
from console.frame.edge import edge
from console.frame.guard import guarded
from console.registry import all_cards, all_routes, all_searchers


def build(desk: ConsoleDesk) -> web.Application:
    """Every page of the registry behind its checks, and the static files."""
    frame = build_frame(desk.texts, desk.clock, all_routes(), all_cards(), all_searchers())
    app = web.Application(middlewares=[edge(desk, frame)])
    app.router.add_get("/static/{hash}/{name:.+}", frame.static.serve)
    for route in frame.routes:
        handler = guarded(route, desk, frame)
        if route.method == "GET":
            app.router.add_get(route.path, handler)
        else:
            app.router.add_post(route.path, handler)
    return app
