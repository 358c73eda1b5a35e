"""The second person: what waits for somebody's yes, and what one has asked for oneself."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from console.frame.page import Page
from console.frame.routes import Handler, Route
from console.frame.summaries import Card, CardMaker
from domain.countersigns import Act, Countersign, State
from domain.staff import Permission

_AGREE, _SYSTEM = Permission.COUNTERSIGN, Permission.SYSTEM_WRITE
_TONES = {"waiting": "warn", "agreed": "good", "refused": "bad"}


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/countersigns", list_all, _AGREE, nav="countersigns"),
        Route("POST", "/countersigns/keys", ask_keys, _SYSTEM, nav="countersigns", back=list_all),
        Route("GET", "/countersigns/{id}", show, _AGREE, nav="countersigns"),
        _act("agree", agree),
        _act("refuse", refuse),
    )


def cards() -> Sequence[CardMaker]:
    return (waiting_card, agreed_card)


async def list_all(page: Page) -> web.StreamResponse:
    """What waits for this person, and what they asked for."""
    desk, now = page.desk.countersigns, page.desk.clock.now()
    return page.render(
        "countersigns/list.html",
        waiting=await desk.waiting(page.actor),
        own=await desk.own(page.actor),
        standing=lambda one: _standing(page, one),
        tones=_TONES,
        may_ask_keys=page.may(_SYSTEM),
        now=now,
    )


async def show(page: Page) -> web.StreamResponse:
    """What exactly is asked for, by whom, why; and how it goes on."""
    asked = await page.desk.countersigns.look(page.actor, page.arg("id"))
    one, now = asked.countersign, page.desk.clock.now()
    return page.render(
        "countersigns/show.html",
        asked=asked,
        one=one,
        detail=asked.detail,
        standing=_standing(page, one),
        tones=_TONES,
        is_own=one.asked_by == page.actor.staff_id,
        is_open=one.is_waiting(now) or one.is_agreed(now),
        is_waiting=one.is_waiting(now),
        is_agreed=one.is_agreed(now),
        is_fresh=page.actor.is_fresh(now),
    )


async def ask_keys(page: Page) -> web.StreamResponse:
    """Ask that the keys are renewed."""
    asked = await page.desk.countersigns.ask_keys(page.actor, page.form.get("reason", ""))
    return page.redirect(f"/countersigns/{asked.id}", "console_countersigns.asked")


async def agree(page: Page) -> web.StreamResponse:
    """Agree, as the second person."""
    await page.desk.countersigns.agree(page.actor, page.arg("id"))
    return page.redirect("/countersigns", "console_countersigns.done_agree")


async def refuse(page: Page) -> web.StreamResponse:
    """Say no, or take back what one asked for."""
    await page.desk.countersigns.refuse(page.actor, page.arg("id"))
    return page.redirect("/countersigns", "console_countersigns.done_refuse")


async def waiting_card(page: Page) -> Card | None:
    """What somebody else asks this person to agree to."""
    if not page.may(_AGREE):
        return None
    count = len(await page.desk.countersigns.waiting(page.actor))
    return _card(page, "waiting", count)


async def agreed_card(page: Page) -> Card | None:
    """What this person asked for, and may do now."""
    if not page.may(_AGREE):
        return None
    now = page.desk.clock.now()
    own = await page.desk.countersigns.own(page.actor)
    # New keys are made at the machine: there is nothing to do here.
    ready = [one for one in own if one.countersign.is_agreed(now)]
    return _card(page, "agreed", sum(one.countersign.act is not Act.KEYS for one in ready))


def _card(page: Page, name: str, count: int) -> Card:
    t = page.t
    title, text = (
        t(f"console_countersigns.card_{name}"),
        t(f"console_countersigns.card_{name}_hint"),
    )
    return Card(title, count, text, "/countersigns", "warn")


def _standing(page: Page, one: Countersign) -> str:
    """The state as it is shown: lapsed is no state of its own."""
    lapsed = one.has_lapsed(page.desk.clock.now())
    return "lapsed" if lapsed else State(one.state).value


def _act(path: str, handler: Handler) -> Route:
    path = f"/countersigns/{{id}}/{path}"
    return Route("POST", path, handler, _AGREE, nav="countersigns", back=show)
