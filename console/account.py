"""My account: where I am signed in, my second factor, how the console looks."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from console.frame import cookies
from console.frame.page import THEMES, Page
from console.frame.paths import own
from console.frame.routes import Access, Route
from domain.refusal import Refusal
from domain.staff import needs_factor

_THEME_SECONDS = 365 * 24 * 3600


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/account", show, Access.SIGNED_IN, nav="account"),
        Route("POST", "/account/theme", choose_theme, Access.SIGNED_IN),
        Route("POST", "/account/sessions/{id}/end", end_session, Access.SIGNED_IN, back=show),
        Route("POST", "/account/sessions/end", end_others, Access.SIGNED_IN, back=show),
        Route("POST", "/account/codes", renew_codes, Access.SIGNED_IN, back=show),
    )


async def show(page: Page) -> web.StreamResponse:
    staff_id = page.actor.staff_id
    return page.render(
        "account/show.html",
        sessions=await page.desk.sign_in.list_sessions(page.actor),
        has_factor=await page.desk.factors.is_enrolled(staff_id),
        codes_left=await page.desk.factors.count_recovery_codes(staff_id),
        needs_factor=needs_factor(page.actor.grants),
        grants=page.actor.grants,
        units={unit.path: unit for unit in await page.desk.units.list_tree(page.actor)},
        themes=THEMES,
    )


async def choose_theme(page: Page) -> web.StreamResponse:
    """Light, dark, or as the system says; kept in this browser."""
    theme = page.form.get("theme", "")
    if theme not in THEMES:
        raise Refusal("console_account.theme_unknown")
    response = page.redirect(own(page.form.get("next")) or "/account")
    cookies.put(response, cookies.THEME, theme, _THEME_SECONDS)
    return response


async def end_session(page: Page) -> web.StreamResponse:
    await page.desk.sign_in.end_session(page.actor, page.arg("id"))
    return page.redirect("/account", "console_account.session_ended")


async def end_others(page: Page) -> web.StreamResponse:
    """Sign out everywhere but here."""
    count = await page.desk.sign_in.sign_out_everywhere(page.actor, but_here=True)
    return page.redirect("/account", "console_account.others_ended", count=count)


async def renew_codes(page: Page) -> web.StreamResponse:
    """Ten new recovery codes, shown once; the old ones are void."""
    assert page.token is not None
    codes = await page.desk.factors.renew_recovery_codes(page.token)
    return page.render("door/codes.html", codes=codes)
