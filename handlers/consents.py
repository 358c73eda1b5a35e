"""Consent in the chat: asked where it is needed, shown and taken back in one place."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from domain.clock import beijing_date
from domain.consents import Answer, Consents, Purpose
from domain.refusal import Refusal
from handlers.context import Context, Press, Toast
from handlers.discreet import let_in
from handlers.keyboards import button
from handlers.presses import follow
from handlers.screen import say, show
from locales import Markup, Texts

# Asked of everybody who looks; the others appear once they were asked for.
_USUAL = (Purpose.SERVICE, Purpose.PROMOTION, Purpose.QUIZ_PUBLICITY)
# Stands for the colon in the data of a button that is carried inside another one's.
_JOINT = "."


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {
        "consent:list": show_list,
        "consent:open": open_,
        "consent:give": give,
        "consent:refuse": refuse,
        "consent:withdraw": withdraw,
        "consent:stop": stop_cases,
    }


async def ensure_consent(update: Update, context: Context, purpose: Purpose, then: str) -> bool:
    """True if the member agreed; otherwise they are asked, and a yes goes on with `then`.

    `then` is the data of the button to follow, of at most 40 bytes and without a dot. Whoever
    said no less than 90 days ago is not asked again, but told where to open it.
    """
    assert update.effective_user is not None
    consents = await context.desk.profile.consents(update.effective_user.id)
    if consents.holds(purpose):
        return True
    if consents.may_ask(purpose, context.desk.clock.now()):
        await say(update, *_question(context.t, purpose, then))
        return False
    t = context.t
    title = t(f"profile.purpose_{purpose}")
    text = t("profile.consent_refused_before", title=title)
    rows = [[_open_button(t, purpose, then)]]
    await say(update, text, InlineKeyboardMarkup(rows))
    return False


async def show_list(update: Update, context: Context) -> None:
    """What the member agreed to, each with a button that turns it round."""
    assert update.effective_user is not None
    consents = await context.desk.profile.consents(update.effective_user.id)
    await show(update, *_list(context.t, consents))


async def open_(update: Update, context: Context, purpose: str, then: str) -> None:
    """The member asks for the question themselves."""
    await show(update, *_question(context.t, _purpose(purpose), then.replace(_JOINT, ":")))


async def give(update: Update, context: Context, purpose: str, then: str) -> Toast:
    """Yes: go on with what it was needed for."""
    assert update.effective_user is not None
    await context.desk.profile.answer(update.effective_user.id, _purpose(purpose), Answer.GIVEN)
    t = context.t
    await show(update, t("profile.consent_given"), None)
    return await follow(update, context, then.replace(_JOINT, ":"))


async def refuse(update: Update, context: Context, purpose: str) -> None:
    """No: nothing else changes."""
    assert update.effective_user is not None
    if await _asks_to_stop(update, context, _purpose(purpose)):
        return
    await context.desk.profile.answer(update.effective_user.id, _purpose(purpose), Answer.REFUSED)
    await show(update, context.t("profile.consent_refused"), None)


async def withdraw(update: Update, context: Context, purpose: str) -> Markup | None:
    """Take a yes back, with what was kept for it."""
    assert update.effective_user is not None
    known = _purpose(purpose)
    if await _asks_to_stop(update, context, known):
        return None
    consents = await context.desk.profile.answer(update.effective_user.id, known, Answer.WITHDRAWN)
    t = context.t
    await show(update, *_list(t, consents))
    if known is Purpose.SERVICE:
        return t("profile.consent_service_withdrawn")
    return t("profile.consent_withdrawn")


async def stop_cases(update: Update, context: Context) -> Markup | None:
    """Take the consent to case work back, now that the member knows what follows."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return None
    member, desk = update.effective_user.id, context.desk
    await desk.cases.withdraw_consent(member)
    await show(update, *_list(context.t, await desk.profile.consents(member)))
    return context.t("profile.consent_case_withdrawn")


async def _asks_to_stop(update: Update, context: Context, purpose: Purpose) -> bool:
    """True if a no would stop and erase something: then it is told first what follows, behind
    the code."""
    assert update.effective_user is not None
    member, desk, t = update.effective_user.id, context.desk, context.t
    if purpose is not Purpose.CASE:
        return False
    consents = await desk.profile.consents(member)
    if not consents.holds(purpose):
        return False
    if not await let_in(update, context):
        return True
    count = sum(one.is_open for one in await desk.cases.list_mine(member))
    row = [
        button(t("profile.consent_case_stop"), "consent:stop"),
        button(t("profile.consent_case_keep"), "consent:list"),
    ]
    text = t("profile.consent_case_ask", count=count)
    await show(update, text, InlineKeyboardMarkup([row]))
    return True


def _question(t: Texts, purpose: Purpose, then: str) -> tuple[Markup, InlineKeyboardMarkup]:
    carried = then.replace(":", _JOINT)
    row = [
        button(t("profile.agree"), f"consent:give:{purpose}:{carried}"),
        button(t("profile.disagree"), f"consent:refuse:{purpose}"),
    ]
    return t(f"profile.consent_{purpose}"), InlineKeyboardMarkup([row])


def _list(t: Texts, consents: Consents) -> tuple[Markup, InlineKeyboardMarkup]:
    asked = [one for one in Purpose if one in _USUAL or consents.last(one)]
    lines, rows = [], []
    for purpose in asked:
        title = t(f"profile.purpose_{purpose}")
        state = _state(t, consents, purpose)
        lines.append(t("profile.consent_line", title=title, state=state))
        if consents.holds(purpose):
            label = t("profile.consent_withdraw", title=title)
            rows.append([button(label, f"consent:withdraw:{purpose}")])
        else:
            rows.append([_open_button(t, purpose, "consent:list")])
    rows.append([button(t("profile.back"), "profile:show")])
    text = t("profile.consents", lines=Markup("\n".join(lines)))
    return text, InlineKeyboardMarkup(rows)


def _state(t: Texts, consents: Consents, purpose: Purpose) -> Markup:
    last = consents.last(purpose)
    if last is None:
        return t("profile.consent_never")
    day = beijing_date(last.at)
    if consents.holds(purpose):
        return t("profile.consent_yes", date=day)
    return t("profile.consent_no", date=day)


def _open_button(t: Texts, purpose: Purpose, then: str) -> InlineKeyboardButton:
    label = t("profile.consent_open", title=t(f"profile.purpose_{purpose}"))
    return button(label, f"consent:open:{purpose}:{then.replace(':', _JOINT)}")


def _purpose(text: str) -> Purpose:
    try:
        return Purpose(text)
    except ValueError:
        raise Refusal("common.button_gone") from None
