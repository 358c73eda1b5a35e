"""A paper on what a member took part in, for whoever asks for proof."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from telegram import Update

from handlers.context import Context, Press


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {"events:certificate": send}


async def send(update: Update, context: Context) -> None:
    """Every event at which the member was checked in, as PDF."""
    assert update.effective_user is not None and update.effective_chat is not None
    t, desk = context.t, context.desk
    certificate = await desk.certificates.of_events(update.effective_user.id)
    name = desk.certificate_papers.name(certificate)
    data = await asyncio.to_thread(desk.certificate_papers.write, certificate)
    blank = "" if certificate.name else t("certificates.blank")
    await update.effective_chat.send_document(
        data,
        filename=f"{name}.pdf",
        caption=t("certificates.caption", title=name, blank=blank),
    )
