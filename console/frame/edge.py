"""The outermost ring: every answer has its headers, every failure its page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from console.desk import ConsoleDesk
from console.frame import cookies
from console.frame.building import Frame
from console.frame.guard import NotHere, Stale
from console.frame.page import THEMES
from console.frame.paths import PREFIX

log = structlog.get_logger(__name__)

_HEADERS = {
    # Instead of the names and versions of what we are made of.
    "Server": "nuanxin",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# For files that came from outside.
BOXED = "default-src 'none'; sandbox"
# A page that needs one of these says so itself, as the check-in needs the camera.
_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
_HSTS = "max-age=31536000"
_TOLD = {400, 404, 405, 408, 413, 415, 429}
# Answers shorter than a packet gain nothing by being packed.
_PACK_FROM = 1400

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def edge(desk: ConsoleDesk, frame: Frame) -> Middleware:
    """The middleware around all pages."""

    @web.middleware
    async def ring(request: web.Request, handler: Handler) -> web.StreamResponse:
        is_static = request.path.startswith(f"{PREFIX}/static/")
        if not is_static and not frame.pace.may(desk.address_of(request)):
            response: web.StreamResponse = _problem(frame, request, 429)
            response.headers["Retry-After"] = "10"
        else:
            response = await _answer(frame, request, handler)
        _dress(response, is_secure=desk.is_secure(request))
        return response

    return ring


async def _answer(frame: Frame, request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except NotHere:
        return _problem(frame, request, 404)
    except Stale:
        return _problem(frame, request, 403)
    except web.HTTPException as answer:
        told = answer.status if answer.status in _TOLD else 400
        response = _problem(frame, request, told)
        if "Allow" in answer.headers:
            response.headers["Allow"] = answer.headers["Allow"]
        return response
    except Exception:  # the edge: whoever asks learns nothing of our insides
        resource = request.match_info.route.resource
        log.exception("console_failed", route=resource.canonical if resource else "")
        return _problem(frame, request, 500)


def _problem(frame: Frame, request: web.Request, status: int) -> web.Response:
    """The page of a failure: the same bytes for everybody whom it meets."""
    theme = cookies.get(request, cookies.THEME)
    html = frame.templates.get_template("frame/problem.html").render(
        status=status, theme=theme if theme in THEMES else THEMES[0]
    )
    return web.Response(text=html, status=status, content_type="text/html")


def _dress(response: web.StreamResponse, *, is_secure: bool) -> None:
    if response.prepared:
        # A stream that the handler began: it dressed itself by `dress` before its first byte.
        return
    dress(response, is_secure=is_secure)
    if isinstance(response, web.Response) and "Content-Encoding" not in response.headers:
        body = response.body
        if isinstance(body, bytes) and len(body) > _PACK_FROM:
            response.enable_compression()


def dress(response: web.StreamResponse, *, is_secure: bool) -> None:
    """Give an answer the headers that every one of ours has."""
    # A file of a member's says for itself that it may do nothing at all, even in a tab of its own.
    told = response.headers.get("Content-Security-Policy", "")
    response.headers.update(_HEADERS)
    if told == BOXED:
        response.headers["Content-Security-Policy"] = told
    response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
    response.headers.setdefault("Cache-Control", "no-store")
    if is_secure:
        response.headers["Strict-Transport-Security"] = _HSTS
