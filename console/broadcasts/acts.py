"""What is done with a whole broadcast: testing, handing in, stopping, going on, correcting."""

from __future__ import annotations

from aiohttp import web

from console.frame.page import Page
from domain.broadcasts import ActState, Broadcast, BroadcastAct
from domain.outbox import PushState
from domain.refusal import Refusal

_HANDED_IN = {
    PushState.FREEZING: "freezing",
    PushState.APPROVING: "handed_in",
    PushState.APPROVED: "needs_nobody",
    PushState.DRAFT: "not_frozen",
}


async def send_test(page: Page) -> web.StreamResponse:
    """Send it to one's own chat, and to nobody else."""
    await page.desk.broadcasts.desk.send_test(page.actor, page.arg("id"))
    return page.redirect(_path(page), "console_broadcasts.test_sent")


async def hand_in(page: Page) -> web.StreamResponse:
    """Fix text, recipients and time, and have a second person look if one is needed."""
    made = await page.desk.broadcasts.desk.hand_in(page.actor, page.arg("id"))
    return page.redirect(_path(page), f"console_broadcasts.{_HANDED_IN[made.state]}")


async def take_back(page: Page) -> web.StreamResponse:
    """Make a draft of it again, as long as nothing was sent."""
    await page.desk.broadcasts.desk.take_back(page.actor, page.arg("id"))
    return page.redirect(_path(page), "console_broadcasts.taken_back")


async def copy(page: Page) -> web.StreamResponse:
    """The same once more, as a draft."""
    made = await page.desk.broadcasts.desk.copy(page.actor, page.arg("id"))
    return page.redirect(f"/broadcasts/{made.id}", "console_broadcasts.copied")


async def remove(page: Page) -> web.StreamResponse:
    """Throw a draft away that was never sent."""
    broadcast = await _get(page)
    await page.desk.broadcasts.desk.remove(page.actor, broadcast.id)
    return page.redirect("/broadcasts", "console_broadcasts.removed", name=broadcast.title)


async def set_active(page: Page) -> web.StreamResponse:
    """Begin a series, or stop it."""
    is_active = page.form.get("active") == "yes"
    await page.desk.broadcasts.desk.set_active(page.actor, page.arg("id"), is_active)
    said = "series_begun" if is_active else "series_ended"
    return page.redirect(_path(page), f"console_broadcasts.{said}")


async def pause(page: Page) -> web.StreamResponse:
    """Send no more of it for now."""
    await page.desk.broadcasts.outbox.pause(page.actor, await _push(page))
    return page.redirect(_path(page), "console_broadcasts.paused")


async def resume(page: Page) -> web.StreamResponse:
    """Go on with what was paused or stopped by itself."""
    await page.desk.broadcasts.outbox.resume(page.actor, await _push(page))
    return page.redirect(_path(page), "console_broadcasts.resumed")


async def cancel(page: Page) -> web.StreamResponse:
    """Stop it for good, after its name was typed."""
    broadcast = await _get(page)
    page.must_be_named(broadcast.title)
    count = await page.desk.broadcasts.outbox.cancel(page.actor, await _push(page))
    return page.redirect(_path(page), "console_broadcasts.cancelled", count=count)


async def correct(page: Page) -> web.StreamResponse:
    """Put the correction that was agreed to beforehand in the place of what was sent."""
    return _done(page, await page.desk.broadcasts.runs.correct(page.actor, page.arg("id")))


async def correct_otherwise(page: Page) -> web.StreamResponse:
    """Ask for another text in the place of what was sent."""
    text = page.form.get("correction_text", "").replace("\r\n", "\n").strip()
    runs = page.desk.broadcasts.runs
    return _done(page, await runs.ask_correction(page.actor, page.arg("id"), text))


async def recall(page: Page) -> web.StreamResponse:
    """Take back what can be taken back, after its name was typed."""
    broadcast = await _get(page)
    page.must_be_named(broadcast.title)
    return _done(page, await page.desk.broadcasts.runs.recall(page.actor, broadcast.id))


async def resend(page: Page) -> web.StreamResponse:
    """Try those again that failed for one reason."""
    runs = page.desk.broadcasts.runs
    act = await runs.resend(page.actor, page.arg("id"), page.form.get("class", "")[:40])
    return _done(page, act)


async def resume_act(page: Page) -> web.StreamResponse:
    """Go on with a correction or a recall that rests since a restore."""
    await page.desk.broadcasts.outbox.resume(page.actor, await _act_push(page))
    return page.redirect(_path(page), "console_broadcasts.act_resumed")


async def cancel_act(page: Page) -> web.StreamResponse:
    """Do not go on with it."""
    count = await page.desk.broadcasts.outbox.cancel(page.actor, await _act_push(page))
    return page.redirect(_path(page), "console_broadcasts.act_cancelled", count=count)


async def review(page: Page) -> web.StreamResponse:
    """Somebody else has looked at an emergency that went out."""
    note = page.form.get("review_note", "").strip()
    await page.desk.broadcasts.emergencies.review(page.actor, page.arg("id"), note)
    return page.redirect(_path(page), "console_broadcasts.reviewed")


def _done(page: Page, act: BroadcastAct) -> web.Response:
    said = "act_waits" if act.state is ActState.WAITING else "act_begun"
    return page.redirect(_path(page), f"console_broadcasts.{said}", count=act.recipients)


async def _get(page: Page) -> Broadcast:
    return await page.desk.broadcasts.desk.get(page.actor, page.arg("id"))


async def _push(page: Page) -> int:
    broadcast = await _get(page)
    if broadcast.push is None:
        raise Refusal("outbox.not_now", state=broadcast.state.value)
    return broadcast.push.id


async def _act_push(page: Page) -> int:
    run = await page.desk.broadcasts.runs.act_progress(page.actor, page.arg("act"))
    return run.push.id


def _path(page: Page) -> str:
    return f"/broadcasts/{page.arg('id')}"
