"""The web edge: the webhook, and what operators look at."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.intake import Intake, NotHandled
from bot.metrics import Metrics
from bot.uploads import UploadPages

BODY_LIMIT = 1024 * 1024
_BODY_SECONDS = 10
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name

Readiness = Callable[[], Awaitable[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Hook:
    """Where the webhook lives and which secret its caller must know."""

    path: str
    secret: str


def hook_path(token: str) -> str:
    """A path that cannot be guessed without the token, and does not reveal it."""
    digest = hmac.new(token.encode(), b"webhook path", hashlib.sha256).hexdigest()
    return f"/telegram/{digest[:32]}"


def application(
    intake: Intake,
    hook: Hook | None,
    readiness: Readiness,
    metrics: Metrics,
    console: web.Application | None = None,
    uploads: UploadPages | None = None,
) -> web.Application:
    """The routes. Without a hook there is no webhook route, without a console no console."""
    app = web.Application(client_max_size=BODY_LIMIT)
    app.router.add_get("/livez", _livez)
    app.router.add_get("/readyz", _readyz(readiness))
    app.router.add_get("/metrics", _metrics(metrics))
    if hook is not None:
        app.router.add_post(hook.path, _webhook(intake, hook, metrics))
    if uploads is not None:
        uploads.add_to(app)
    if console is not None:
        app.router.add_get("/console", _to_console)
        app.add_subapp("/console/", console)
    return app


def _webhook(intake: Intake, hook: Hook, metrics: Metrics) -> Any:
    secret = hook.secret.encode()

    async def handler(request: web.Request) -> web.Response:
        given = request.headers.get(_SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, secret):
            metrics.web_refusals.labels("secret").inc()
            # No body, no reading of theirs: a stranger learns and costs nothing.
            return web.Response(status=403)
        if request.content_type != "application/json":
            metrics.web_refusals.labels("content_type").inc()
            return web.Response(status=415)
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await request.read()
        except TimeoutError:
            metrics.web_refusals.labels("slow").inc()
            return web.Response(status=408)
        try:
            await intake.accept_body(body)
        except NotHandled as reason:
            after = max(1, round(reason.retry_after))
            return web.Response(status=503, headers={"Retry-After": str(after)})
        return web.Response()

    return handler


async def _to_console(_request: web.Request) -> web.Response:
    return web.Response(status=308, headers={"Location": "/console/"})


async def _livez(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


def _readyz(readiness: Readiness) -> Any:
    async def handler(_request: web.Request) -> web.Response:
        faults = await readiness()
        return web.json_response(
            {"ready": not faults, "faults": faults}, status=503 if faults else 200
        )

    return handler


def _metrics(metrics: Metrics) -> Any:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(metrics.registry),
            headers={"Content-Type": CONTENT_TYPE_LATEST},
        )

    return handler
