"""Keeping one's matters from others who hold the phone: a code, and wiping the chat."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardMarkup, Update
from telegram.error import BadRequest

from domain.cases.codes import Code, Reset, reset_from, reset_until
from domain.forms import Draft
from domain.refusal import Refusal
from handlers.context import Context, Press
from handlers.discreet import CODE, let_in, put
from handlers.events.pages import moment
from handlers.keyboards import button, main_keyboard
from handlers.screen import say, show
from locales import Markup

# What may be typed besides the code: a new one, and one in place of a forgotten one.
NEW, RESET = "code_new", "code_reset"
STEPS = frozenset({CODE, NEW, RESET})
# Telegram deletes so many messages at once.
_AT_ONCE = 100


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {
        "cases:private": show_private,
        "cases:newcode": ask_new,
        "cases:nocode": remove,
        "cases:lock": lock,
        "cases:wipe": wipe,
        "cases:forgot": show_forgot,
        "cases:forgotask": ask_reset,
        "cases:forgotset": begin_reset,
        "cases:keepcode": keep_code,
    }


async def show_private(update: Update, context: Context) -> None:
    """What can be done so that nobody else reads along."""
    assert update.effective_user is not None
    t, code = context.t, await context.desk.cases.find_code(update.effective_user.id)
    set_label = t("cases.code_change_button") if code else t("cases.code_set_button")
    rows = [[button(set_label, "cases:newcode")]]
    if code:
        rows[0].append(button(t("cases.code_remove_button"), "cases:nocode"))
        rows.append([button(t("cases.lock_button"), "cases:lock")])
    rows.append([button(t("cases.wipe_button"), "cases:wipe")])
    rows.append([button(t("cases.list_button"), "cases:mine")])
    is_on = t("cases.code_on") if code else t("cases.code_off")
    await put(update, context, t("cases.private", code=is_on), InlineKeyboardMarkup(rows))


async def ask_new(update: Update, context: Context) -> None:
    """Ask for a new code."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return
    await context.desk.cases.begin_typing(update.effective_user.id, NEW)
    await say(update, context.t("cases.code_new_ask"))


async def remove(update: Update, context: Context) -> Markup | None:
    """No code any more."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return None
    await context.desk.cases.remove_code(update.effective_user.id)
    await show_private(update, context)
    return context.t("cases.code_removed")


async def lock(update: Update, context: Context) -> None:
    """Ask for the code again from now on; what is on the screen goes."""
    assert update.effective_user is not None
    await context.desk.cases.close_code(update.effective_user.id)
    await show(update, context.t("cases.locked"), None)


async def show_forgot(update: Update, context: Context) -> None:
    """What somebody can do who forgot the code, as it stands now."""
    assert update.effective_user is not None
    code = await context.desk.cases.find_code(update.effective_user.id)
    if code is None:
        raise Refusal("cases.code_none")
    await put(update, context, *_forgot(context, code))


async def ask_reset(update: Update, context: Context) -> None:
    """The code is forgotten: from now on the day counts."""
    assert update.effective_user is not None
    code = await context.desk.cases.ask_reset(update.effective_user.id)
    await put(update, context, *_forgot(context, code))


async def begin_reset(update: Update, context: Context) -> None:
    """Ask for the code that takes the place of the forgotten one."""
    assert update.effective_user is not None
    member, desk = update.effective_user.id, context.desk
    code = await desk.cases.find_code(member)
    if code is None or code.reset(desk.clock.now()) is not Reset.READY:
        raise Refusal("cases.code_wait")
    await desk.cases.begin_typing(member, RESET)
    await say(update, context.t("cases.code_new_ask"))


async def keep_code(update: Update, context: Context) -> None:
    """No new code: one press, and no code is needed for it."""
    assert update.effective_user is not None
    is_stopped = await context.desk.cases.cancel_reset(update.effective_user.id)
    text = context.t("cases.reset_stopped" if is_stopped else "cases.reset_stopped_none")
    await show(update, text, None)


async def take(update: Update, context: Context, draft: Draft, text: str) -> None:
    """A code was typed. The message with it does not stay in the chat."""
    desk, t = context.desk, context.t
    await _delete_typed(update)
    if draft.is_closed and draft.step != CODE:
        # The same update once more: it was set, and only the answer is missing.
        await say(update, t("cases.code_set"), main_keyboard(t))
        return
    if draft.step == NEW:
        await desk.cases.set_code(draft.member_id, text)
        await say(update, t("cases.code_set"), main_keyboard(t))
        return
    if draft.step == RESET:
        await desk.cases.reset_code(draft.member_id, text)
        await say(update, t("cases.code_set"), main_keyboard(t))
        return
    await desk.cases.give_code(draft.member_id, text)
    then = await desk.cases.read_then(draft)
    await desk.forms.leave(draft.member_id)
    rows = [[button(t("cases.list_button"), "cases:mine")]]
    if then is not None and then != "cases:mine":
        rows.insert(0, [button(t("cases.code_next_button"), then)])
    await say(update, t("cases.code_right"), InlineKeyboardMarkup(rows))


async def wipe(update: Update, context: Context) -> None:
    """Delete what shows a case in this chat, as far as Telegram lets us."""
    assert update.effective_user is not None and update.effective_chat is not None
    member, desk, t = update.effective_user.id, context.desk, context.t
    ids = await desk.cases.messages(member)
    for at in range(0, len(ids), _AT_ONCE):
        await update.effective_chat.delete_messages(ids[at : at + _AT_ONCE])
    await desk.cases.forget_messages(member)
    await desk.cases.close_code(member)
    text = t("cases.wiped", count=len(ids)) if ids else t("cases.wiped_none")
    await say(update, text, main_keyboard(t))


def _forgot(context: Context, code: Code) -> tuple[Markup, InlineKeyboardMarkup]:
    t, state = context.t, code.reset(context.desk.clock.now())
    stop = button(t("cases.reset_stop_button"), "cases:keepcode")
    asked = code.reset_asked_at
    if asked is None or state is Reset.NONE:
        rows = [[button(t("cases.reset_ask_button"), "cases:forgotask")]]
        return t("cases.forgot"), InlineKeyboardMarkup(rows)
    ready, until = moment(t, reset_from(asked)), moment(t, reset_until(asked))
    if state is Reset.WAITING:
        text = t("cases.forgot_waiting", ready=ready, until=until)
        return text, InlineKeyboardMarkup([[stop]])
    rows = [[button(t("cases.reset_set_button"), "cases:forgotset"), stop]]
    return t("cases.forgot_ready", until=until), InlineKeyboardMarkup(rows)


async def _delete_typed(update: Update) -> None:
    assert update.message is not None
    try:
        await update.message.delete()
    except BadRequest:
        # Already gone, or too old: nothing else depends on it.
        return
