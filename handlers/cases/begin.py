"""The form of a case in the chat: one message, one step, saved with each answer."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from domain.cases import intake as form
from domain.cases.case import STORY_LIMIT, Case
from domain.cases.intake import Ask, Asked
from domain.cases.kinds import Kind
from domain.cases.settlement import yuan
from domain.clock import beijing_date
from domain.consents import Purpose
from domain.refusal import Refusal
from handlers import evidence
from handlers.consents import ensure_consent
from handlers.context import Context, Press
from handlers.discreet import let_in, note_typed, put, send
from handlers.events.pages import moment
from handlers.keyboards import button
from handlers.pages import NO_QUESTION, way_to_case
from handlers.screen import say, show
from locales import Markup, Texts

_IN_ROW = 2
_SHEET_LIMIT = 3000
# The name under which the whole text of a sheet is kept.
_SHEET = "sheet"


def presses() -> Mapping[str, Press]:
    """Buttons of the form."""
    return {
        "cases:on": begin,
        "cases:new": begin_new,
        "cases:sheet": begin_from_sheet,
        "cases:name": begin_identity,
        "cases:go": resume,
        "cases:anew": anew,
        "cases:pick": pick,
        "cases:skip": skip,
        "cases:back": back,
        "cases:edit": edit,
        "cases:save": save,
        "cases:drop": drop,
        "cases:send": hand_in,
    }


async def begin(update: Update, context: Context, entry: str, question_id: str) -> None:
    """Begin from a page: what it is about and what was asked are known."""
    await _begin(
        update,
        context,
        way_to_case(entry, question_id),
        entry_id=entry.replace("-", "."),
        question_id="" if question_id == NO_QUESTION else question_id,
    )


async def begin_new(update: Update, context: Context) -> None:
    """Begin with nothing known but the profile."""
    await _begin(update, context, "cases:new")


async def begin_from_sheet(update: Update, context: Context, entry: str) -> None:
    """Begin from a calculation: the whole sheet comes along."""
    message = update.callback_query.message if update.callback_query else None
    text = message.text or "" if isinstance(message, Message) else ""
    await _begin(
        update,
        context,
        # After the question for consent the sheet is no longer the message that was pressed.
        way_to_case(entry),
        entry_id=entry.replace("-", "."),
        sheet={_SHEET: text[:_SHEET_LIMIT]} if text else None,
    )


async def begin_identity(update: Update, context: Context, case_id: str) -> None:
    """Somebody who asked without a name tells it; a form that is open comes first."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return
    open_ = await context.desk.intake.find_open(update.effective_user.id)
    if open_ is not None and form.REVEALS not in open_.answers:
        await say(update, *unfinished(context.t, open_))
        return
    now = await context.desk.intake.begin_identity(update.effective_user.id, case_id)
    await put(update, context, *_prompt(context.t, now))


async def resume(update: Update, context: Context) -> None:
    """Go on where the form stood, behind the code: its last page shows everything."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return
    now = await context.desk.intake.resume(update.effective_user.id)
    await put(update, context, *_prompt(context.t, now))


async def anew(update: Update, context: Context) -> None:
    """Throw away what was filled in, and begin again."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return
    await context.desk.intake.close(update.effective_user.id)
    await begin_new(update, context)


async def pick(update: Update, context: Context, step: str, choice: str) -> None:
    """An answer by button."""
    assert update.effective_user is not None
    now = await context.desk.intake.pick(update.effective_user.id, step, choice)
    await _show_step(update, context, now)


async def skip(update: Update, context: Context, step: str) -> None:
    """Pass over a step that need not be answered."""
    assert update.effective_user is not None
    now = await context.desk.intake.skip(update.effective_user.id, step)
    await _show_step(update, context, now)


async def back(update: Update, context: Context, step: str) -> None:
    """The step before, in the same message."""
    assert update.effective_user is not None
    now = await context.desk.intake.step_back(update.effective_user.id, step)
    await _show_step(update, context, now)


async def edit(update: Update, context: Context, step: str) -> None:
    """One answer again, from the page that shows all."""
    assert update.effective_user is not None
    now = await context.desk.intake.edit(update.effective_user.id, step)
    await _show_step(update, context, now)


async def take(update: Update, context: Context, text: str) -> None:
    """A typed answer; one that is none is explained above the same question."""
    assert update.effective_user is not None
    member, desk = update.effective_user.id, context.desk
    await note_typed(update, context)
    try:
        now = await desk.intake.tell(member, text)
    except Refusal as refusal:
        open_ = await desk.intake.find_open(member)
        if open_ is None:
            raise
        question, keyboard = _prompt(context.t, open_)
        sentence = context.t(refusal.code, **refusal.values)
        await send(update, context, Markup(f"{sentence}\n\n{question}"), keyboard)
        return
    await _show_step(update, context, now)


async def receive(update: Update, context: Context) -> bool:
    """Take in a photo or a file, if they are asked for now; False otherwise."""
    assert update.effective_user is not None
    now = await context.desk.intake.find_open(update.effective_user.id)
    if now is None or now.step is not Ask.EVIDENCE:
        return False
    await evidence.receive(update, context, kind=Kind(now.answers[Ask.KIND]))
    return True


async def save(update: Update, context: Context) -> None:
    """Leave it for now; nothing is lost."""
    assert update.effective_user is not None
    await context.desk.forms.leave(update.effective_user.id)
    rows = [[_go_on(context.t)]]
    await show(update, context.t("cases.saved"), InlineKeyboardMarkup(rows))


async def drop(update: Update, context: Context) -> None:
    """Forget what was filled in."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return
    await context.desk.intake.close(update.effective_user.id)
    await show(update, context.t("cases.dropped"), None)


async def hand_in(update: Update, context: Context) -> None:
    """Hand the form in; the number is shown."""
    assert update.effective_user is not None
    member, desk, t = update.effective_user.id, context.desk, context.t
    open_ = await desk.intake.find_open(member)
    case = await desk.intake.submit(member)
    rows = InlineKeyboardMarkup([[button(t("cases.open_button"), f"cases:open:{case.id}")]])
    if open_ is not None and form.REVEALS in open_.answers:
        await put(update, context, t("cases.identified"), rows)
    else:
        await put(update, context, await _filed(context, member, case), rows)
    # Only now: if the answer does not reach the member, the same press shows it once more.
    await desk.intake.close(member)


async def remind(update: Update, context: Context) -> None:
    """Offer the form that is not finished; nothing if there is none."""
    assert update.effective_user is not None
    now = await context.desk.intake.find_open(update.effective_user.id)
    if now is not None:
        await say(update, *unfinished(context.t, now))


def unfinished(t: Texts, now: Asked) -> tuple[Markup, InlineKeyboardMarkup]:
    """Where the form stands, without a word of what it says."""
    rows = [[_go_on(t), button(t("cases.anew_button"), "cases:anew")]]
    text = t("cases.go_on", step=t(f"cases.step_{now.step}"))
    return text, InlineKeyboardMarkup(rows)


async def _show_step(update: Update, context: Context, now: Asked) -> None:
    """The step that comes now; the page that shows all answers is behind the code."""
    if now.step is Ask.CHECK and not await let_in(update, context, "cases:go"):
        return
    await put(update, context, *_prompt(context.t, now))


async def _begin(
    update: Update,
    context: Context,
    then: str,
    *,
    entry_id: str = "",
    question_id: str = "",
    sheet: Mapping[str, str] | None = None,
) -> None:
    assert update.effective_user is not None
    member, desk = update.effective_user.id, context.desk
    open_ = await desk.intake.find_open(member)
    if open_ is not None:
        await say(update, *unfinished(context.t, open_))
        return
    if not await ensure_consent(update, context, Purpose.CASE, then):
        return
    now = await desk.intake.begin(member, entry_id=entry_id, question_id=question_id, sheet=sheet)
    await send(update, context, *_prompt(context.t, now))


async def _filed(context: Context, member: int, case: Case) -> Markup:
    t = context.t
    mine = await context.desk.cases.get_mine(member, case.id)
    assert case.due_at is not None
    reopens = context.desk.intake.reopens_at()
    key = "cases.filed_anonymous" if case.is_anonymous else "cases.filed"
    return t(
        key,
        number=case.number,
        unit=mine.unit_name,
        due=day_of(t, case),
        hours=t("cases.hours_open")
        if reopens is None
        else t("cases.hours_closed", when=moment(t, reopens)),
    )


def day_of(t: Texts, case: Case) -> Markup:
    """The day on which the stage should be over."""
    assert case.due_at is not None
    day = beijing_date(case.due_at)
    return t("cases.day", month=day.month, day=day.day)


def _prompt(t: Texts, now: Asked) -> tuple[Markup, InlineKeyboardMarkup]:
    if now.step is Ask.CHECK:
        return _check(t, now)
    is_reveal = form.REVEALS in now.answers
    title = (
        t("cases.title_reveal")
        if is_reveal
        else t("cases.title", number=now.number, total=now.total)
    )
    parts = [title, _question(t, now)]
    if not now.can_go_back and not is_reveal:
        parts.append(_known(t, now))
        parts.append(t("cases.kept"))
    text = Markup("\n\n".join(part for part in parts if part))
    return text, InlineKeyboardMarkup([*_choices(t, now), *_ways(t, now)])


def _question(t: Texts, now: Asked) -> Markup:
    if now.step is Ask.STORY:
        return t("cases.ask_story", limit=STORY_LIMIT)
    if now.step is Ask.EVIDENCE:
        return t("cases.ask_evidence", what=evidence.invitation(t, Kind(now.answers[Ask.KIND])))
    if now.step is Ask.LEVEL and form.IS_FIRM in now.answers:
        return t("cases.ask_level_enterprise")
    return t(f"cases.ask_{now.step}")


def _known(t: Texts, now: Asked) -> Markup:
    """What need not be asked again."""
    names = [
        t(f"cases.name_{name}")
        for name in (Ask.KIND, form.QUESTION, form.SHEET, Ask.EMPLOYER, Ask.NAME, Ask.PHONE)
        if name in now.answers
    ]
    joined = Markup(t("cases.known_joint").join(names))
    return t("cases.known", known=joined) if names else Markup("")


def _choices(t: Texts, now: Asked) -> list[list[InlineKeyboardButton]]:
    if now.step is Ask.KIND:
        labels = [(t(f"cases.kind_{kind}"), kind.value) for kind in Kind]
    elif now.step is Ask.LEVEL:
        labels = [(t(f"cases.level_{one}"), one.value) for one in form.levels(now.answers)]
    elif now.step is Ask.WHO:
        labels = [(t(f"cases.who_{one}"), one) for one in (form.NAMED, form.ANONYMOUS)]
    else:
        labels = [(Markup(one.name), str(one.id)) for one in now.choices]
        if now.step is Ask.WHICH:
            labels.append((t("cases.none_of_these_button"), form.SKIPPED))
    keys = [button(label, f"cases:pick:{now.step}:{value}") for label, value in labels]
    width = _IN_ROW if now.step in (Ask.KIND, Ask.TOWN) else 1
    return [keys[at : at + width] for at in range(0, len(keys), width)]


def _ways(t: Texts, now: Asked) -> list[list[InlineKeyboardButton]]:
    row = []
    if now.can_go_back:
        row.append(button(t("cases.back_button"), f"cases:back:{now.step}"))
    if now.is_optional:
        key = "cases.next_button" if now.step is Ask.EVIDENCE else "cases.skip_button"
        row.append(button(t(key), f"cases:skip:{now.step}"))
    row.append(button(t("cases.leave_button"), "cases:save"))
    return [row]


def _check(t: Texts, now: Asked) -> tuple[Markup, InlineKeyboardMarkup]:
    given = now.answers
    is_reveal = form.REVEALS in given
    shown = [step for step in form.EDITABLE if step in given]
    if given.get(Ask.WHO) == form.ANONYMOUS:
        # What is known of them besides stays here.
        shown = [one for one in shown if one not in (Ask.NAME, Ask.PHONE, Ask.REACH)]
    lines = [
        t("cases.line", name=t(f"cases.name_{step}"), value=_value(t, step, given[step]))
        for step in shown
    ]
    if question := given.get(form.QUESTION):
        lines.append(t("cases.line", name=t("cases.name_question"), value=question))
    joined = Markup("\n".join(lines))
    if is_reveal:
        text = Markup(f"{t('cases.title_reveal')}\n\n{t('cases.check_reveal', lines=joined)}")
    else:
        # Nobody knows the town: then it is the district.
        is_nowhere = form.UNIT not in given and given.get(Ask.TOWN) == form.SKIPPED
        level = "district" if is_nowhere else given.get(Ask.LEVEL, "district")
        asked = t("cases.check", lines=joined, unit=t(f"cases.handled_{level}"))
        text = Markup(f"{t('cases.title_check')}\n\n{asked}")
    keys = [
        button(t("cases.edit_one", name=t(f"cases.name_{step}")), f"cases:edit:{step}")
        for step in shown
    ]
    rows = [keys[at : at + 3] for at in range(0, len(keys), 3)]
    rows.insert(0, [button(t("cases.send_button"), "cases:send")])
    last = [
        button(t("cases.leave_button"), "cases:save"),
        button(t("cases.drop_button"), "cases:drop"),
    ]
    return text, InlineKeyboardMarkup([*rows, last])


def _value(t: Texts, step: Ask, value: str) -> Markup | str:
    if value == form.SKIPPED:
        return t("cases.line_skipped")
    if step is Ask.KIND:
        return t(f"cases.kind_{value}")
    if step is Ask.LEVEL:
        return t(f"cases.level_{value}")
    if step is Ask.WHO:
        return t(f"cases.who_{value}")
    if step is Ask.AMOUNT:
        return t("cases.line_money", yuan=yuan(int(value)))
    return value


def _go_on(t: Texts) -> InlineKeyboardButton:
    return button(t("cases.go_on_button"), "cases:go")
