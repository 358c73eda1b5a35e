"""The draw of a round and its prizes: what was promised, what came of it, who fetched what."""

from __future__ import annotations

import json

from aiohttp import web

from console.frame.page import Page
from console.quiz import wording
from domain.clock import BEIJING
from domain.draw import verify
from domain.exports import mask_name
from domain.quiz_prizes import PRIZE_MOVES, PrizeState
from domain.quiz_rounds import Round
from domain.refusal import Refusal
from domain.staff import Permission
from services.quiz import WinnerLine


async def show(page: Page) -> web.StreamResponse:
    """The draw step by step, then the winners, their names masked."""
    return await _shown(page, None)


async def reveal(page: Page) -> web.StreamResponse:
    """The same with the whole name and phone of one winner, which is noted."""
    one = await page.desk.quiz.rounds.get(page.actor, page.arg("id"))
    page.actor.must(Permission.EVENTS_NAMES, one.unit_path)
    line = await page.desk.quiz.prizes.reveal(page.actor, page.arg("prize"))
    return await _shown(page, line)


async def draw_now(page: Page) -> web.StreamResponse:
    """Do not wait for the last day that staff have for finding wrong keys."""
    await page.desk.quiz.rounds.draw_now(page.actor, page.arg("id"))
    return _back(page, "draw_begun")


async def record(page: Page) -> web.StreamResponse:
    """The record by which anybody can draw again. It names nobody."""
    one = await page.desk.quiz.rounds.get(page.actor, page.arg("id"))
    text = await page.desk.quiz.prizes.record(page.actor, one.id)
    day = (one.drawn_at or page.desk.clock.now()).astimezone(BEIJING)
    name = f"draw-{one.id}-{day:%Y%m%d}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(text=text, content_type="application/json", headers=headers)


async def hand_over(page: Page) -> web.StreamResponse:
    """Note that the prize was fetched: by the winner's code, or with a note how it was known."""
    await page.desk.quiz.rounds.get(page.actor, page.arg("id"))
    code, note = page.form.get("code", "").strip(), page.form.get("note", "").strip()
    await page.desk.quiz.prizes.hand_over(page.actor, page.arg("prize"), code, note)
    return _back(page, "handed_over")


async def undo(page: Page) -> web.StreamResponse:
    """The wrong line was marked."""
    await page.desk.quiz.rounds.get(page.actor, page.arg("id"))
    note = page.form.get("undo_note", "").strip()
    await page.desk.quiz.prizes.undo_hand_over(page.actor, page.arg("prize"), note)
    return _back(page, "handed_back")


async def _shown(page: Page, open_line: WinnerLine | None) -> web.StreamResponse:
    one = await page.desk.quiz.rounds.get(page.actor, page.arg("id"))
    found = json.loads(one.draw_record) if one.draw_record else {}
    winners = await page.desk.quiz.prizes.winners(page.actor, one.id) if one.drawn_at else ()
    handed_by = {line.winner.handed_by or "" for line in winners}
    return page.render(
        "quiz/draw.html",
        one=one,
        entries=len(found.get("entries", ())),
        is_sound=_is_sound(one),
        winners=winners,
        open_line=open_line,
        masked=lambda line: mask_name(line.name) if line.name else "",
        may_fetch=lambda winner: PrizeState.HANDED_OVER in PRIZE_MOVES[winner.state],
        may_undo=lambda winner: winner.state is PrizeState.HANDED_OVER,
        may_see=page.may(Permission.EVENTS_NAMES, one.unit_path),
        may_write=page.may(Permission.QUIZ_WRITE, one.unit_path),
        may_export=page.may(Permission.EXPORTS_MASKED, one.unit_path),
        may_full=page.may(Permission.EXPORTS_FULL, one.unit_path),
        names=await page.desk.staff.names(handed_by - {""}),
        counts={
            state: sum(line.winner.state is state for line in winners) for state in PrizeState
        },
        say=wording.telling(page),
    )


def _is_sound(one: Round) -> bool:
    """Whether drawing again from the record, with what was promised before, gives the same."""
    if one.draw_record is None:
        return False
    found = json.loads(one.draw_record)
    try:
        verify(one.draw_record)
    except Refusal:
        return False
    promised = (one.seed_hash, one.entries_hash)
    return promised == (found["seed_hash"], found["entries_hash"])


def _back(page: Page, said: str) -> web.Response:
    return page.redirect(f"/quiz/rounds/{page.arg('id')}/draw", f"console_quiz.{said}")
