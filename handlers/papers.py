"""Papers of a case in the chat: chosen, made, sent as a file."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from telegram import InlineKeyboardMarkup, Update

from domain.documents import FOR_MEMBERS, Format, Paper
from domain.refusal import Refusal
from handlers.context import Context, Press
from handlers.discreet import let_in, note_message, put
from handlers.keyboards import button


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {"papers:menu": menu, "papers:choose": choose, "papers:make": make}


async def menu(update: Update, context: Context, case_id: str) -> None:
    """The papers that a member may have, behind their code."""
    if not await let_in(update, context):
        return
    t = context.t
    rows = [
        [button(t(f"documents.button_{paper}"), f"papers:choose:{case_id}:{paper}")]
        for paper in FOR_MEMBERS
    ]
    await put(update, context, t("documents.menu"), InlineKeyboardMarkup(rows))


async def choose(update: Update, context: Context, case_id: str, paper: str) -> None:
    """The format: for printing, or for writing on."""
    t = context.t
    row = [
        button(t(f"documents.format_{form}"), f"papers:make:{case_id}:{paper}:{form}")
        for form in Format
    ]
    await put(update, context, t("documents.choose_format"), InlineKeyboardMarkup([row]))


async def make(update: Update, context: Context, case_id: str, paper: str, form: str) -> None:
    """Make the paper and send it: to be kept and printed, so that it may be forwarded."""
    assert update.effective_user is not None and update.effective_chat is not None
    if not await let_in(update, context):
        return
    try:
        wanted, kind = Paper(paper), Format(form)
    except ValueError:
        raise Refusal("common.button_gone") from None
    desk = context.desk
    record = await desk.documents.for_member(update.effective_user.id, case_id, wanted)
    name = desk.papers.name(wanted)
    data = await asyncio.to_thread(desk.papers.write, wanted, record, kind)
    sent = await update.effective_chat.send_document(
        data,
        filename=f"{name}-{record.number}.{kind}",
        caption=context.t("documents.caption", name=name),
    )
    await note_message(update, context, sent)
