"""What somebody types: a key, an answer to the open form, or a question."""

from __future__ import annotations

from telegram import Update

from domain.forms import Form
from domain.privacy import clean, screen
from handlers import calculate, events, human, other, profile
from handlers.ask import answer_crisis, answer_question
from handlers.browse import show_groups
from handlers.context import Context
from handlers.keyboards import key_labels
from handlers.start import help_
from locales import plain

_ASK = "/ask "


async def hear(update: Update, context: Context) -> None:
    """Route a private text: keys and commands, then the open form, else it is a question."""
    message, user = update.message, update.effective_user
    assert message is not None and message.text is not None and user is not None
    verbs = (show_groups, events.show_list, human.show, profile.show_profile, help_)
    keys = dict(zip(map(plain, key_labels(context.t)), verbs, strict=True))
    if key := keys.get(message.text):
        await key(update, context)
        return
    # What members learnt in a group works here too.
    text = message.text.removeprefix(_ASK)
    if text.startswith("/"):
        await help_(update, context)
        return
    screened = screen(clean(text))
    if screened.found:
        await other.warn_of_numbers(update, context)
    draft = await context.desk.forms.find_open(user.id)
    if draft is None:
        # Many type what they read on a key, without its sign.
        named = {label.partition(" ")[2]: verb for label, verb in keys.items()}
        if verb := named.get(screened.text.strip()):
            await verb(update, context)
        else:
            await answer_question(update, context, screened.text)
        return
    # What is typed after a form does not ask on about a page from before it.
    context.desk.shown.forget(user.id)
    # A cry for help comes before any form: nobody will answer a note.
    if await answer_crisis(update, context, screened.text):
        return
    if draft.form is Form.NOTE:
        await human.take_note(update, context, screened.text)
    elif draft.form is Form.PROFILE:
        await profile.take(update, context, draft, screened.text)
    elif draft.form is Form.SIGN_UP:
        await events.take(update, context, screened.text)
    elif draft.form is Form.EVENT_COMMENT:
        await events.take_comment(update, context, draft, screened.text)
    else:
        await calculate.take(update, context, screened.text)
