"""What is checked before a handler runs: where from, who, whether they may, whose form."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.web_request import FileField

from console.desk import ConsoleDesk
from console.frame import cookies
from console.frame.building import Frame
from console.frame.page import Page
from console.frame.paths import PREFIX
from console.frame.routes import Access, Route
from console.frame.tokens import csrf_holds
from domain.refusal import Refusal
from domain.sign_in import Stage

_BODY_SECONDS = 30
# Far longer than it takes to find out that something is not there.
MARK_SECONDS = 0.03
# By this much a timer may be late.
_TIMER_SECONDS = 0.002
_VISIT_SECONDS = 12 * 3600
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

AioHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class NotHere(Exception):  # noqa: N818 - the same answer for what is absent and what is hidden
    """The page is not there, or not for who asks."""


class Stale(Exception):  # noqa: N818
    """The form does not belong to this session, or came from another site."""


def guarded(route: Route, desk: ConsoleDesk, frame: Frame) -> AioHandler:
    """The handler of a route behind all checks."""

    async def handle(request: web.Request) -> web.StreamResponse:
        began = time.perf_counter()
        if route.method == "POST":
            _same_site(request)
        page = Page(request, route, desk, frame, address=desk.address_of(request))
        await _recognise(page)
        if route.permission is not Access.PUBLIC:
            if page.signed is None:
                return _to_sign_in(page)
            if page.visitor is None and route.permission is not Access.HALFWAY:
                return _to_next_stage(page)
        if not _may(page) or "\0" in request.path:
            raise NotHere
        try:
            if route.method == "GET":
                return await _shown(page)
            await _read_form(page)
            return await _done_once(page) if route.once else await _done(page)
        except NotHere:
            await next_mark(began)
            raise
        finally:
            # Not every handler looks at its file: a refused form must not keep it open.
            for value in page.posted.values():
                if isinstance(value, FileField):
                    value.file.close()

    return handle


async def next_mark(began: float) -> None:
    """Wait until a whole number of marks has passed since the request came, at `perf_counter`.

    The database takes some hundredths of a millisecond longer to leave out what is hidden than to
    find nothing at all. Whoever could measure that would know that there is something to hide
    (`python -m benchmarks --only wall`).
    """
    mark = began + MARK_SECONDS * ((time.perf_counter() - began) // MARK_SECONDS + 1)
    # The loop's timers count whole milliseconds from wherever they begin: those hundredths would
    # still be there after them.
    await asyncio.sleep(mark - time.perf_counter() - _TIMER_SECONDS)
    while time.perf_counter() < mark:  # noqa: ASYNC110 - nothing tells of a moment
        await asyncio.sleep(0)


def _same_site(request: web.Request) -> None:
    """Refuse a change that another site's page asks for.

    Sec-Fetch-Site cannot be forged by a page. Origin is "null" with our own referrer policy, and
    then says nothing; the form's token decides in any case.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise Stale
    origin = request.headers.get("Origin", "null")
    if origin != "null" and origin.partition("://")[2] != request.host:
        raise Stale


async def _recognise(page: Page) -> None:
    page.token = cookies.get(page.request, cookies.SESSION)
    page.visit = cookies.get(page.request, cookies.VISIT) or secrets.token_urlsafe(32)
    if page.token is not None:
        page.signed = await page.desk.sign_in.find(page.token)


def _may(page: Page) -> bool:
    permission = page.route.permission
    return isinstance(permission, Access) or page.actor.may(permission)


def _to_sign_in(page: Page) -> web.Response:
    if page.route.method == "POST":
        response = page.redirect("/sign-in")
        page.say_next(response, page.t("console.signed_out_meanwhile"), "bad")
    else:
        response = page.redirect("/sign-in?" + urlencode({"next": page.here}))
    if page.token is not None:
        # The session is over: its cookie must not come along any more.
        cookies.drop(response, cookies.SESSION)
    _keep_visit(page, response)
    return response


def _to_next_stage(page: Page) -> web.Response:
    """Somebody has a session and lacks the second factor."""
    assert page.signed is not None
    return page.redirect(
        "/sign-in/enrol" if page.signed.stage is Stage.ENROL else "/sign-in/factor"
    )


async def _read_form(page: Page) -> None:
    request, route = page.request, page.route
    kinds = _FORMS if route.files else _FORMS[:1]
    if request.content_type not in kinds:
        raise web.HTTPUnsupportedMediaType
    if (request.content_length or 0) > route.limit:
        raise web.HTTPRequestEntityTooLarge(route.limit, request.content_length or 0)
    limited = request.clone(client_max_size=route.limit)
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            page.posted = await limited.post()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (ValueError, LookupError):
        # Not what it claims to be: broken parts, an unknown character set.
        raise web.HTTPBadRequest from None
    if not csrf_holds(page.secret, page.form.get("csrf", "")):
        raise Stale


async def _shown(page: Page) -> web.StreamResponse:
    response = await _answered(page)
    if page.signed is None:
        _keep_visit(page, response)
    return response


async def _done(page: Page) -> web.StreamResponse:
    try:
        return await page.route.handler(page)
    except Refusal as refusal:
        if is_absent(refusal):
            raise NotHere from None
        page.refuse(refusal)
        return await _refused(page)


async def _done_once(page: Page) -> web.StreamResponse:
    """Do it, unless this form was sent before: then lead to where it led."""
    key = page.form.get("once", "")[:64]
    where = f"POST {page.request.path}"
    try:
        claim = await page.desk.repeats.claim(
            page.actor.staff_id, where, key, _digest(page), again=page.route.again
        )
    except Refusal as refusal:
        page.refuse(refusal)
        return page.render("frame/refused.html", status=422)
    if claim.location is not None:
        return page.redirect(claim.location, "console.sent_before")
    try:
        response = await _done(page)
    except BaseException:
        await page.desk.repeats.give_up(claim)
        raise
    location = response.headers.get("Location")
    if response.status == 303 and location is not None:
        await page.desk.repeats.keep(claim, location.removeprefix(PREFIX))
    else:
        await page.desk.repeats.give_up(claim)
    return response


async def _answered(page: Page) -> web.StreamResponse:
    try:
        return await page.route.handler(page)
    except Refusal as refusal:
        if is_absent(refusal):
            raise NotHere from None
        page.refuse(refusal)
        return page.render("frame/refused.html", status=422)


async def _refused(page: Page) -> web.StreamResponse:
    back = page.route.back
    if back is None:
        return page.render("frame/refused.html", status=422)
    try:
        return await back(page)
    except Refusal as refusal:
        if is_absent(refusal):
            raise NotHere from None
        return page.render("frame/refused.html", status=422)


def is_absent(refusal: Refusal) -> bool:
    """True for what is not there and for what is not for who asks: nobody can tell which."""
    return refusal.code.endswith("not_found") or refusal.code == "staff.not_allowed"


def _digest(page: Page) -> str:
    """What the form says, whatever its tokens are."""
    told = hashlib.sha256()
    for name, value in sorted(page.form.items()):
        if name not in ("csrf", "once"):
            told.update(f"{len(name)}:{name}{len(value)}:{value}".encode())
    for name, file in page.posted.items():
        if isinstance(file, FileField):
            # Two pictures with the same words, or with none, are two things that were sent.
            told.update(f"{len(name)}:{name}".encode())
            told.update(hashlib.sha256(file.file.read()).digest())
            file.file.seek(0)
    return told.hexdigest()


def _keep_visit(page: Page, response: web.StreamResponse) -> None:
    if cookies.get(page.request, cookies.VISIT) != page.visit:
        cookies.put(response, cookies.VISIT, page.visit, _VISIT_SECONDS)
