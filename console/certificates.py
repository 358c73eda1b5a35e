"""Checking a certificate: is a code on a paper ours, and what stands in our records."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from console.frame.page import Page
from console.frame.routes import Access, Route

_LONGEST = 40


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/certificates", show, Access.SIGNED_IN),
        # Asked anew as often as one likes: it changes nothing but the audit.
        Route("POST", "/certificates", check, Access.SIGNED_IN, back=show),
    )


async def show(page: Page) -> web.StreamResponse:
    return page.render("certificates/check.html", code="", found=None)


async def check(page: Page) -> web.StreamResponse:
    """What we know of the code that was typed off the paper."""
    code = page.form.get("code", "")[:_LONGEST]
    found = await page.desk.certificates.check(page.actor, code)
    return page.render("certificates/check.html", code=code, found=found)
