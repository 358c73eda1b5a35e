"""Mine: what we know of the member, and changing it one thing at a time."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    Update,
)

from domain.consents import Purpose
from domain.exports import mask_name, mask_phone
from domain.forms import Draft
from domain.people import Occupation, read_phone
from domain.pushes import OFFERED, PushWindow
from domain.refusal import Refusal
from handlers.ask import answer_question
from handlers.consents import ensure_consent
from handlers.context import Context, Handler, Press
from handlers.keyboards import button, main_keyboard
from handlers.screen import say, show
from locales import Markup, Texts, plain
from services.people.profile import Joined, Profile, Step


def commands() -> Mapping[str, Handler]:
    """Command names and what they do."""
    return {"me": show_profile}


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {
        "profile:show": show_again,
        "profile:edit": edit,
        "profile:unit": choose_unit,
        "profile:occupations": show_occupations,
        "profile:occupation": choose_occupation,
        "profile:windows": show_windows,
        "profile:window": set_window,
        "profile:anytime": clear_windows,
    }


async def show_profile(update: Update, context: Context) -> None:
    """What is known of the member, as a new message."""
    await say(update, *await _page(update, context))


async def show_again(update: Update, context: Context) -> None:
    """The same in place of the message whose button was pressed."""
    await show(update, *await _page(update, context))


async def edit(update: Update, context: Context, step: str) -> None:
    """Ask for one thing, after consent."""
    assert update.effective_user is not None
    if step not in {known.value for known in Step}:
        raise Refusal("common.button_gone")
    if not await ensure_consent(update, context, Purpose.SERVICE, f"profile:edit:{step}"):
        return
    await context.desk.profile.begin(update.effective_user.id, Step(step))
    keyboard = _phone_keyboard(context.t) if step == Step.PHONE else None
    await say(update, context.t(f"profile.ask_{step}"), keyboard)


async def take(update: Update, context: Context, draft: Draft, text: str) -> None:
    """What was typed while the profile asked for something."""
    if draft.step == Step.PHONE:
        await _typed_at_phone(update, context, text)
    elif context.desk.calculate.is_question(text):
        await answer_question(update, context, text)
        await say(update, context.t(f"profile.still_{draft.step}"))
    elif draft.step == Step.NAME:
        await _take_name(update, context, text)
    else:
        await _take_unit(update, context, text)


async def take_contact(update: Update, context: Context) -> None:
    """A contact was shared while we asked for the phone: the member's own, or it is refused."""
    assert update.effective_user is not None and update.message is not None
    contact = update.message.contact
    assert contact is not None
    t = context.t
    try:
        joined = await context.desk.profile.share_phone(
            update.effective_user.id, contact.user_id, contact.phone_number
        )
    except Refusal as refusal:
        # With the key again: a keyboard for once may be gone by now.
        await say(update, t(refusal.code, **refusal.values), _phone_keyboard(t))
        return
    await _say_saved(update, context, t("profile.saved_phone"), joined)


async def choose_unit(update: Update, context: Context, unit_id: str) -> None:
    """One of the units that a typed name may have meant."""
    assert update.effective_user is not None
    number = int(unit_id) if unit_id.isascii() and unit_id.isdigit() else 0
    unit = await context.desk.profile.choose_unit(update.effective_user.id, number)
    await show(update, context.t("profile.unit_chosen", unit=unit.name), _back(context.t))


async def show_occupations(update: Update, context: Context) -> None:
    """What members do for a living, to choose from, after consent."""
    if not await ensure_consent(update, context, Purpose.SERVICE, "profile:occupations"):
        return
    t = context.t
    labels = [
        button(t(f"profile.occupation_{one}"), f"profile:occupation:{one}") for one in Occupation
    ]
    rows = [labels[at : at + 2] for at in range(0, len(labels), 2)]
    await show(update, t("profile.ask_occupation"), _with_back(t, rows))


async def choose_occupation(update: Update, context: Context, occupation: str) -> Markup:
    """An occupation was chosen."""
    assert update.effective_user is not None
    try:
        known = Occupation(occupation)
    except ValueError:
        raise Refusal("common.button_gone") from None
    await context.desk.profile.choose_occupation(update.effective_user.id, known)
    await show(update, *await _page(update, context))
    return context.t("profile.saved_occupation")


async def show_windows(update: Update, context: Context) -> None:
    """The hours in which the member wants to hear from us."""
    assert update.effective_user is not None
    profile = await context.desk.profile.get(update.effective_user.id)
    t = context.t
    labels = [
        _window_button(t, number, window, is_chosen=window in profile.windows)
        for number, window in enumerate(OFFERED)
    ]
    rows = [labels[at : at + 2] for at in range(0, len(labels), 2)]
    if profile.windows:
        rows.append([button(t("profile.windows_clear"), "profile:anytime")])
    await show(update, t("profile.windows"), _with_back(t, rows))


async def set_window(update: Update, context: Context, number: str, is_chosen: str) -> None:
    """Choose these hours, or take the choice back."""
    assert update.effective_user is not None
    place = int(number) if number.isascii() and number.isdigit() else -1
    member = update.effective_user.id
    await context.desk.profile.set_window(member, place, is_chosen=is_chosen == "1")
    await show_windows(update, context)


async def clear_windows(update: Update, context: Context) -> None:
    """Any hour will do again."""
    assert update.effective_user is not None
    await context.desk.profile.clear_windows(update.effective_user.id)
    await show_windows(update, context)


async def _take_name(update: Update, context: Context, text: str) -> None:
    assert update.effective_user is not None
    joined = await context.desk.profile.tell_name(update.effective_user.id, text)
    profile = await context.desk.profile.get(update.effective_user.id)
    name = mask_name(profile.person.name or "") if profile.person else ""
    await _say_saved(update, context, context.t("profile.saved_name", name=name), joined)


async def _take_unit(update: Update, context: Context, text: str) -> None:
    assert update.effective_user is not None
    t = context.t
    told = await context.desk.profile.tell_unit(update.effective_user.id, text)
    if told.unit is not None:
        await say(update, t("profile.saved_unit", unit=told.unit.name), _back(t))
    elif not told.choices:
        await say(update, t("profile.unit_typed_none", text=text), _back(t))
    else:
        rows = [[button(unit.name, f"profile:unit:{unit.id}")] for unit in told.choices]
        rows.append([button(t("profile.unit_keep"), "profile:show")])
        await say(update, t("profile.unit_typed_choices", text=text), InlineKeyboardMarkup(rows))


async def _typed_at_phone(update: Update, context: Context, text: str) -> None:
    assert update.effective_user is not None
    t = context.t
    if text == plain(t("profile.skip_phone")):
        await context.desk.forms.leave(update.effective_user.id)
        await say(update, t("profile.phone_skipped"), main_keyboard(t))
        return
    # A number that is none is told why; one that is may be anybody's.
    read_phone(text)
    await say(update, t("profile.phone_typed"), _phone_keyboard(t))


async def _say_saved(update: Update, context: Context, saved: Markup, joined: Joined) -> None:
    t = context.t
    if joined is not Joined.NO:
        saved = Markup(saved + "\n" + t(f"profile.joined_{joined}"))
    await say(update, saved, main_keyboard(t))
    await show_profile(update, context)


async def _page(update: Update, context: Context) -> tuple[Markup, InlineKeyboardMarkup]:
    assert update.effective_user is not None
    t = context.t
    profile = await context.desk.profile.get(update.effective_user.id)
    rows = [
        [_edit(t, Step.NAME), _edit(t, Step.PHONE)],
        [_edit(t, Step.UNIT), button(t("profile.edit_occupation"), "profile:occupations")],
        [
            button(t("profile.open_windows"), "profile:windows"),
            button(t("broadcasts.topics_button"), "cast:topics"),
        ],
        [button(t("cases.list_button"), "cases:mine")],
        [
            button(t("profile.open_consents"), "consent:list"),
            button(t("profile.open_data"), "mydata:show"),
        ],
    ]
    return _known(t, profile), InlineKeyboardMarkup(rows)


def _known(t: Texts, profile: Profile) -> Markup:
    person = profile.person
    if (person is None or person.is_empty) and not profile.windows:
        return t("profile.empty")
    nothing = t("profile.nothing")
    occupation = person.occupation if person else None
    joint = t("profile.windows_joint")
    windows = joint.join(_window(t, window, False) for window in profile.windows)
    number = person.number if person else None
    return t(
        "profile.page",
        # The screen lies open on a desk, and what is sent passes Telegram.
        name=mask_name(person.name) if person and person.name else nothing,
        phone=mask_phone(person.phone) if person and person.phone else nothing,
        unit=_unit_text(t, profile) or nothing,
        occupation=t(f"profile.occupation_{occupation}") if occupation else nothing,
        number=t("profile.number", value=f"***{number[-4:]}") if number else Markup(""),
        windows=Markup(windows) if windows else t("profile.windows_any"),
    )


def _unit_text(t: Texts, profile: Profile) -> str | None:
    if profile.unit is not None:
        return profile.unit.name
    typed = profile.person.unit_text if profile.person else None
    return t("profile.unit_typed", text=typed) if typed else None


def _edit(t: Texts, step: Step) -> InlineKeyboardButton:
    return button(t(f"profile.edit_{step}"), f"profile:edit:{step}")


def _window(t: Texts, window: PushWindow, chosen: bool) -> Markup:
    hours = {name: _hour(getattr(window, name)) for name in ("starts", "ends")}
    return t("profile.window_chosen", **hours) if chosen else t("profile.window", **hours)


def _window_button(
    t: Texts, number: int, window: PushWindow, *, is_chosen: bool
) -> InlineKeyboardButton:
    # It carries what it leads to: a press that comes twice must not turn it back.
    data = f"profile:window:{number}:{0 if is_chosen else 1}"
    return button(_window(t, window, is_chosen), data)


def _hour(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _phone_keyboard(t: Texts) -> ReplyKeyboardMarkup:
    share = KeyboardButton(plain(t("profile.share_phone")), request_contact=True)
    return ReplyKeyboardMarkup(
        [[share], [plain(t("profile.skip_phone"))]], resize_keyboard=True, one_time_keyboard=True
    )


def _back(t: Texts) -> InlineKeyboardMarkup:
    return _with_back(t, [])


def _with_back(t: Texts, rows: list[list[InlineKeyboardButton]]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([*rows, [button(t("profile.back"), "profile:show")]])
