"""Signing in and out: through the phone, then the second factor; in the demo by choice."""

from __future__ import annotations

from collections.abc import Sequence

import segno
from aiohttp import web

from console.frame import cookies
from console.frame.browsers import describe
from console.frame.page import Page
from console.frame.paths import own, url
from console.frame.routes import Access, Route
from console.frame.speech import moment
from domain.sign_in import Asked, NewToken, SignInState

_CHALLENGE_SECONDS = 600


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/sign-in", begin, Access.PUBLIC),
        Route("POST", "/sign-in", ask, Access.PUBLIC, back=begin),
        Route("GET", "/sign-in/wait", wait, Access.PUBLIC),
        Route("GET", "/sign-in/state", state, Access.PUBLIC),
        Route("POST", "/sign-in/enter", enter, Access.PUBLIC, back=wait),
        Route("POST", "/sign-in/demo", enter_demo, Access.PUBLIC, back=begin),
        Route("GET", "/sign-in/factor", ask_factor, Access.HALFWAY),
        Route("POST", "/sign-in/factor", show_factor, Access.HALFWAY, back=ask_factor),
        Route("POST", "/sign-in/recovery", show_factor, Access.HALFWAY, back=ask_factor),
        Route("GET", "/sign-in/enrol", begin_enrolment, Access.HALFWAY),
        Route("POST", "/sign-in/enrol", finish_enrolment, Access.HALFWAY, back=begin_enrolment),
        Route("POST", "/sign-out", sign_out, Access.HALFWAY),
    )


async def begin(page: Page) -> web.StreamResponse:
    """How signing in goes, and the button for it; in the demo, the people to choose from."""
    if page.visitor is not None:
        return page.redirect("/")
    people = await page.desk.sign_in.list_demo_staff()
    return page.render(
        "door/begin.html",
        next=_next(page),
        people=people,
        insecure=not page.desk.is_secure(page.request) and not _is_here(page.request),
    )


async def ask(page: Page) -> web.StreamResponse:
    """Ask for a sign-in; the token stays in this browser."""
    asked = await page.desk.sign_in.begin(_browser(page), page.address)
    response = page.redirect("/sign-in/wait")
    cookies.put(response, cookies.CHALLENGE, asked.token, _CHALLENGE_SECONDS)
    wanted = _next(page)
    if wanted:
        cookies.put(response, cookies.NEXT, wanted, _CHALLENGE_SECONDS)
    return response


async def wait(page: Page) -> web.StreamResponse:
    """The number, and the ways to the bot."""
    asked = await _asked(page)
    if asked is None:
        return page.redirect("/sign-in")
    link = f"https://t.me/{page.desk.bot_name}?start=signin_{asked.code}"
    is_linked = bool(page.desk.bot_name) and not page.desk.is_demo
    return page.render(
        "door/wait.html",
        asked=asked,
        over=asked.state in (SignInState.VOID, SignInState.USED),
        until=moment(asked.expires_at)[-5:],
        link=link if is_linked else None,
        qr=segno.make(link, error="m").svg_data_uri(border=2) if is_linked else None,
        next="",
    )


async def state(page: Page) -> web.StreamResponse:
    """For the page's script: where to go when something has happened."""
    asked = await _asked(page)
    if asked is None:
        return page.json({"go": url("/sign-in")})
    if asked.state in (SignInState.ASKED, SignInState.OPENED):
        return page.json({})
    if asked.state is SignInState.PICKED:
        # Finished by the form, as every change is: looking changes nothing.
        return page.json({"send": True})
    return page.json({"go": url("/sign-in/wait")})


async def enter(page: Page) -> web.StreamResponse:
    """Take the session that the phone allowed."""
    token = cookies.get(page.request, cookies.CHALLENGE)
    if token is None:
        return page.redirect("/sign-in")
    session = await page.desk.sign_in.finish(token)
    wanted = own(cookies.get(page.request, cookies.NEXT)) or "/"
    response = page.redirect(wanted)
    cookies.drop(response, cookies.CHALLENGE)
    cookies.drop(response, cookies.NEXT)
    return _let_in(response, session)


async def enter_demo(page: Page) -> web.StreamResponse:
    """Be one of the demo's people. The service refuses it everywhere else."""
    session = await page.desk.sign_in.sign_in_demo(
        page.form.get("staff", ""), _browser(page), page.address
    )
    return _let_in(page.redirect("/"), session)


async def ask_factor(page: Page) -> web.StreamResponse:
    """Six digits of the second factor, or a recovery code."""
    return page.render("door/factor.html", next=_next(page))


async def show_factor(page: Page) -> web.StreamResponse:
    assert page.token is not None
    typed = page.form.get("code") or page.form.get("recovery", "")
    renewed = await page.desk.factors.verify(page.token, typed)
    wanted = own(page.form.get("next") or cookies.get(page.request, cookies.NEXT)) or "/"
    response = page.redirect(wanted)
    cookies.drop(response, cookies.NEXT)
    return _let_in(response, renewed.token)


async def begin_enrolment(page: Page) -> web.StreamResponse:
    """The secret of a new factor, as a picture and in letters."""
    assert page.token is not None
    new = await page.desk.factors.begin_enrolment(page.token)
    qr = segno.make(new.uri, error="m").svg_data_uri(border=2)
    return page.render("door/enrol.html", secret=_in_fours(new.secret), qr=qr)


async def finish_enrolment(page: Page) -> web.StreamResponse:
    """Begin to use the factor; the recovery codes are shown here and never again."""
    assert page.token is not None
    made = await page.desk.factors.confirm_enrolment(page.token, page.form.get("code", ""))
    return show_codes(page, made)


def show_codes(page: Page, made: NewToken) -> web.StreamResponse:
    """The page of new recovery codes, with the renewed session."""
    response = page.render("door/codes.html", codes=made.recovery_codes)
    return _let_in(response, made.token)


async def sign_out(page: Page) -> web.StreamResponse:
    """End the session, here and in the database, and have the browser forget everything."""
    assert page.token is not None
    await page.desk.sign_in.sign_out(page.token)
    response = web.Response(status=303, headers={"Location": url("/sign-in")})
    cookies.drop(response, cookies.SESSION)
    page.signed = None
    page.say_next(response, page.t("console_door.left"))
    # The cookies are dropped one by one: "cookies" here would take the sentence along.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _let_in(response: web.StreamResponse, token: str) -> web.StreamResponse:
    cookies.put(response, cookies.SESSION, token)
    return response


async def _asked(page: Page) -> Asked | None:
    token = cookies.get(page.request, cookies.CHALLENGE)
    return None if token is None else await page.desk.sign_in.look(token)


def _next(page: Page) -> str:
    """Where to go afterwards, with the prefix, if it is a place of ours."""
    wanted = page.form.get("next") or page.query.get("next", "")
    return wanted if own(wanted) else ""


def _browser(page: Page) -> str:
    return describe(page.request.headers.get("User-Agent", ""))


def _is_here(request: web.Request) -> bool:
    """True on the machine itself, where browsers keep secure cookies without https."""
    return (request.url.host or "") in ("localhost", "127.0.0.1", "::1")


def _in_fours(secret: str) -> str:
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
