"""Photos and files on their way in; an album is one set with one reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from telegram import Document, InlineKeyboardMarkup, Message, PhotoSize, Update
from telegram.error import BadRequest

from domain.cases.kinds import Kind
from domain.evidence import MEGABYTE, MOST_BYTES
from domain.refusal import Refusal
from handlers.context import Context, Press
from handlers.discreet import note_typed, send
from handlers.evidence.folder import PENDING, go_on, meter, remind
from handlers.keyboards import button
from handlers.screen import say
from locales import Markup, Texts
from services.evidence import Receipt

_REMEMBERED = 1_000


@dataclass(slots=True)
class _Set:
    """An album that is coming in, for as long as the process remembers it."""

    reply: int
    labels: list[str] = field(default_factory=list)
    faults: list[Markup] = field(default_factory=list)


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {"evidence:folder": show_folder}


async def show_folder(update: Update, context: Context) -> None:
    """The folder that files are waited for."""
    await remind(update, context)


async def receive(update: Update, context: Context, kind: Kind | None = None) -> None:
    """Take in a photo or file: for the case whose files are waited for, or, with `kind`, for one
    that is not handed in yet. Whatever else it is, say what can be sent."""
    message, user = update.message, update.effective_user
    assert message is not None and user is not None
    await note_typed(update, context)
    sent = _sent(message)
    if sent is None:
        await say(update, context.t("evidence.only_files"))
        return
    try:
        data, name = await _bytes_of(sent)
        receipt = await context.desk.evidence.add(
            user.id, data, name, f"telegram:{update.update_id}", kind=kind
        )
    except Refusal as refusal:
        fault = context.t(refusal.code, **refusal.values)
        await _reply(update, context, None, fault)
        return
    await _reply(update, context, receipt, None)


def _sent(message: Message) -> PhotoSize | Document | None:
    if message.photo:
        return message.photo[-1]
    # A moving picture comes as a document besides.
    return message.document if message.document and not message.animation else None


async def _bytes_of(sent: PhotoSize | Document) -> tuple[bytes, str]:
    # Telegram gives bots nothing larger, and says so only when asked for it.
    if sent.file_size is not None and sent.file_size > MOST_BYTES:
        raise Refusal("evidence.large", most=MOST_BYTES // MEGABYTE)
    file = await sent.get_file()
    name = sent.file_name if isinstance(sent, Document) else ""
    return bytes(await file.download_as_bytearray()), name or ""


async def _reply(
    update: Update, context: Context, receipt: Receipt | None, fault: Markup | None
) -> None:
    """One reply for a file; for the files of an album one, which grows."""
    message, chat = update.message, update.effective_chat
    assert message is not None and chat is not None
    t, group = context.t, message.media_group_id
    sets: dict[tuple[int, str], _Set] = context.bot_data.setdefault("evidence_sets", {})
    if len(sets) > _REMEMBERED:
        sets.clear()
    known = sets.get((chat.id, group)) if group else None
    one = known or _Set(0)
    if receipt is not None and receipt.evidence.label not in one.labels:
        one.labels.append(receipt.evidence.label)
    if fault is not None and fault not in one.faults:
        one.faults.append(fault)
    text, keyboard = _told(t, one, receipt)
    if known is None:
        sent = await send(update, context, text, keyboard)
        one.reply = sent.message_id
        if group:
            sets[chat.id, group] = one
        return
    try:
        await context.bot.edit_message_text(
            text, chat_id=chat.id, message_id=one.reply, reply_markup=keyboard
        )
    except BadRequest:
        # Deleted by the member meanwhile, or nothing new in it: a new one says the same.
        sent = await send(update, context, text, keyboard)
        one.reply = sent.message_id


def _told(
    t: Texts, one: _Set, receipt: Receipt | None
) -> tuple[Markup, InlineKeyboardMarkup | None]:
    parts = []
    if one.labels:
        count, last = len(one.labels), one.labels[-1]
        told = last if count == 1 else t("evidence.range", first=one.labels[0], last=last)
        parts.append(t("evidence.received", count=count, labels=told))
    parts += [Markup(f"\u26a0\ufe0f {fault}") for fault in one.faults]
    if receipt is None:
        return Markup("\n\n".join(parts)), None
    folder = receipt.folder
    case = folder.case_id or PENDING
    rows = [[button(t("evidence.list_button"), f"evidence:list:{case}")]]
    if folder.case_id is None:
        # Within the form nothing can be sorted by kind yet, and the way on is far above by now.
        rows.append([go_on(t)])
    else:
        parts.append(meter(t, folder))
        rows.append([button(t("evidence.done_button"), f"evidence:done:{folder.case_id}")])
    return Markup("\n\n".join(parts)), InlineKeyboardMarkup(rows)
