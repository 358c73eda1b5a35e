"""What somebody types: a key, an answer to the open form, or a question."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from telegram import Update

from domain.forms import Draft, Form
from domain.privacy import clean, screen
from handlers import calculate, cases, events, evidence, human, limits, other, profile, quiz, talks
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
    shown = (show_groups, events.show_list, quiz.show_home)
    verbs = (*shown, human.show, profile.show_profile, help_)
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
    if await talks.hear(update, context, screened.text, draft):
        return
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
    if taker := _TAKERS.get(draft.form):
        await taker(update, context, screened.text)
    else:
        await _DRAFT_TAKERS[draft.form](update, context, draft, screened.text)


# What each open form makes of a typed text; every form is in one of the two.
_TAKERS: Mapping[Form, Callable[[Update, Context, str], Coroutine[Any, Any, None]]] = {
    Form.NOTE: human.take_note,
    Form.LIMITS: limits.take,
    Form.EVIDENCE: evidence.take,
    Form.QUIZ_NICKNAME: quiz.take_nickname,
}
_DRAFT_TAKERS: Mapping[
    Form, Callable[[Update, Context, Draft, str], Coroutine[Any, Any, None]]
] = {
    Form.CALCULATION: calculate.take,
    Form.SIGN_UP: events.take,
    Form.PROFILE: profile.take,
    Form.EVENT_COMMENT: events.take_comment,
    Form.CASE: cases.take,
    Form.CASE_NUMBER: cases.take,
}
