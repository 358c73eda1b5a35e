"""What members say and send while a talk is open: it goes to people, and the bot keeps quiet."""

from __future__ import annotations

from telegram import InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest

from domain.attachments import Attachment, check_size, read_file
from domain.forms import Draft
from domain.privacy import clean, screen
from domain.talks import Talk
from handlers.ask import answer_crisis
from handlers.context import Context
from handlers.keyboards import button
from handlers.screen import say
from handlers.talks.wording import standing_text
from services.talks import Heard

_TOO_BIG = "file is too big"


async def hear(update: Update, context: Context, text: str, draft: Draft | None) -> bool:
    """Put words into the open talk. False if they are for somebody else to answer.

    That is so without a talk, with a form that was begun after it, and when people have been
    silent for so long that the bot may speak again; then the words are in the talk as well.
    """
    assert update.effective_user is not None
    member, desk = update.effective_user.id, context.desk
    talk = await desk.talks.find_live(member)
    if talk is None or is_newer(draft, talk):
        return False
    # A cry for help comes before everything: nobody may be there to read it.
    is_crisis = await answer_crisis(update, context, text)
    heard = await desk.talks.say(member, text, update.update_id, is_crisis=is_crisis)
    if is_crisis:
        return True
    if heard is None or not heard.is_silent:
        return False
    await _acknowledge(update, context, heard, text)
    return True


async def receive(update: Update, context: Context, draft: Draft | None) -> bool:
    """Put a picture or document into the open talk; False if there is none, or it is neither.

    Refuses with `attachments...` what cannot be kept. Of ten pictures sent together each comes by
    itself; the first words of a talk are acknowledged once.
    """
    assert update.message is not None and update.effective_user is not None
    member, desk = update.effective_user.id, context.desk
    if not (update.message.photo or update.message.document):
        return False
    talk = await desk.talks.find_live(member)
    if talk is None or is_newer(draft, talk):
        return False
    attachment = await _fetch(context, update.message)
    caption = screen(clean(update.message.caption or "")).text
    heard = await desk.talks.send(member, attachment, caption, update.update_id)
    if heard is None:
        return False
    await _acknowledge(update, context, heard, caption)
    return True


def is_newer(draft: Draft | None, talk: Talk) -> bool:
    """Whether a form was begun or gone on with after the last word in the talk.

    So was one that this very update closed before the program died.
    """
    if draft is None or draft.touched_at is None:
        return False
    if draft.is_closed:
        return True
    return draft.touched_at >= (talk.member_at or talk.opened_at)


async def _acknowledge(update: Update, context: Context, heard: Heard, text: str) -> None:
    """Say once that the words have arrived and when somebody will read them.

    Whoever waits is offered the page that answers, if there is one without doubt.
    """
    if heard.talk.assignee is not None or not heard.is_first:
        return
    t, desk = context.t, context.desk
    head = standing_text(t, heard.wait, desk.clock.now())
    rows = [[button(t("talks.leave_button"), f"talk:leave:{heard.talk.id}")]]
    entry = desk.ask.glance(text) if text else None
    if entry is not None:
        rows.insert(0, [button(t("talks.page_offer", title=entry.title), f"ask:open:{entry.id}")])
    await say(update, t("talks.heard", head=head), InlineKeyboardMarkup(rows))


async def _fetch(context: Context, message: Message) -> Attachment:
    """The picture or document with its bytes; what is too big is not fetched at all."""
    sent = message.document or message.photo[-1]
    if sent.file_size is not None:
        check_size(sent.file_size)
    try:
        file = await context.bot.get_file(sent.file_id)
        data = bytes(await file.download_as_bytearray())
    except BadRequest as error:
        if _TOO_BIG not in error.message.lower():
            raise
        check_size(2**31)
        raise
    name = message.document.file_name if message.document else None
    return read_file(name or "", data)
