"""Staff let their own browser into the console: three numbers, one of them is on its page.

Only in private, and who is no staff learns nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from telegram import InlineKeyboardMarkup, Update

from domain.clock import BEIJING
from domain.sign_in import Denial, Offer, Pick
from handlers.context import Context, Handler, Press
from handlers.keyboards import button
from handlers.screen import say, show
from locales import Markup, Texts

PAYLOAD = "signin_"


def commands() -> Mapping[str, Handler]:
    """Command names and what they do."""
    return {"login": login}


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {"sign_in:pick": pick, "sign_in:deny": deny}


async def login(update: Update, context: Context) -> None:
    """The code that the page shows was typed."""
    if not context.args:
        await say(update, context.t("staff.login_usage"))
        return
    await offer(update, context, context.args[0])


async def offer(update: Update, context: Context, code: str) -> None:
    """Show three numbers to whoever may press one; everybody else gets the same sentence."""
    assert update.effective_user is not None
    found = await context.desk.sign_in.open(update.effective_user.id, code)
    if found is None:
        await say(update, context.t("staff.code_unknown"))
        return
    await say(update, _asking(context, found), _numbers(context.t, found))


async def pick(update: Update, context: Context, sign_in_id: str, number: str) -> Markup:
    """A number was pressed."""
    assert update.effective_user is not None
    t = context.t
    chosen = int(number) if number.isascii() and number.isdigit() else 0
    match await context.desk.sign_in.pick(update.effective_user.id, sign_in_id, chosen):
        case Pick.RIGHT:
            await show(update, t("staff.picked"), _only_denial(t, sign_in_id))
            return t("staff.picked_toast")
        case Pick.WRONG:
            await show(update, t("staff.picked_wrong"), None)
            return t("staff.picked_wrong_toast")
        case Pick.GONE:
            await show(update, t("staff.sign_in_gone"), None)
            return t("common.button_gone")


async def deny(update: Update, context: Context, sign_in_id: str) -> Markup:
    """ "That was not me"."""
    assert update.effective_user is not None
    t = context.t
    denied = await context.desk.sign_in.deny(update.effective_user.id, sign_in_id)
    if denied is Denial.GONE:
        await show(update, t("staff.sign_in_gone"), None)
        return t("common.button_gone")
    signed_out = denied is Denial.SIGNED_OUT
    await show(update, t("staff.denied_signed_out" if signed_out else "staff.denied"), None)
    return t("staff.denied_toast")


def _asking(context: Context, found: Offer) -> Markup:
    left = found.expires_at - context.desk.clock.now()
    return context.t(
        "staff.pick",
        browser=found.browser or context.t("staff.browser_unknown"),
        time=f"{found.created_at.astimezone(BEIJING):%H:%M}",
        minutes=max(1, ceil(left.total_seconds() / 60)),
    )


def _numbers(t: Texts, found: Offer) -> InlineKeyboardMarkup:
    row = [button(str(number), f"sign_in:pick:{found.id}:{number}") for number in found.numbers]
    return InlineKeyboardMarkup([row, *_only_denial(t, found.id).inline_keyboard])


def _only_denial(t: Texts, sign_in_id: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[button(t("staff.deny_button"), f"sign_in:deny:{sign_in_id}")]])
