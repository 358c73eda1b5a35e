"""Calculators in the chat: one message a step, a kind word on each slip, a sheet at the end."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardMarkup, Update

from domain.calculate.asking import Progress, Unclear
from domain.calculate.sheet import Calculator, Sheet
from domain.forms import Draft
from domain.refusal import Refusal
from handlers.ask import answer_question
from handlers.context import Context, Handler, Press
from handlers.keyboards import button
from handlers.screen import say, show
from handlers.sheets import given, sheet_text, written
from locales import Markup, Texts

# Where to read on.
PAGES = {
    Calculator.SEVERANCE: "end.severance",
    Calculator.OVERTIME: "hours.overtime",
    Calculator.ANNUAL_LEAVE: "leave.annual_unused",
    Calculator.DOUBLE_PAY: "contract.none",
}


def commands() -> Mapping[str, Handler]:
    """Command names and what they do."""
    return {"calc": menu}


def presses() -> Mapping[str, Press]:
    """Buttons of calculators."""
    return {
        "calc:menu": menu,
        "calc:open": open_,
        "calc:begin": begin,
        "calc:pick": pick,
        "calc:back": back,
        "calc:leave": leave,
    }


async def menu(update: Update, context: Context) -> None:
    """The calculators to choose from."""
    t = context.t
    rows = [[button(t(f"calculate.menu_{name}"), f"calc:begin:{name}")] for name in Calculator]
    await say(update, t("calculate.menu"), InlineKeyboardMarkup(rows))


async def open_(update: Update, context: Context, name: str) -> None:
    """Begin below a page or a sheet, which stays readable."""
    assert update.effective_user is not None
    now = await context.desk.calculate.begin(update.effective_user.id, name)
    await say(update, *_prompt(context.t, now))


async def begin(update: Update, context: Context, name: str) -> None:
    """Begin in place of the menu."""
    assert update.effective_user is not None
    now = await context.desk.calculate.begin(update.effective_user.id, name)
    await show(update, *_prompt(context.t, now))


async def pick(update: Update, context: Context, name: str, step: str, choice: str) -> None:
    """An answer by button: the same message becomes the next step."""
    assert update.effective_user is not None
    member, desk = update.effective_user.id, context.desk
    try:
        outcome = await desk.calculate.pick(member, name, step, choice)
    except Refusal as refusal:
        if refusal.code == "calculate.step_gone":
            raise
        await _say_why(update, context, refusal)
        return
    if isinstance(outcome, Progress):
        await show(update, *_prompt(context.t, outcome))
        return
    await show(update, *_sheet(context, outcome))
    await desk.calculate.close(member)


async def take(update: Update, context: Context, draft: Draft, text: str) -> None:
    """A typed answer: the next step below it, or the sheet, or what was wrong with it."""
    assert update.effective_user is not None
    if draft.is_closed:
        # The sheet was seen before it was closed; only then the program died.
        return
    member, desk = update.effective_user.id, context.desk
    try:
        outcome = await desk.calculate.tell(member, text)
    except Refusal as refusal:
        if isinstance(refusal, Unclear) and desk.calculate.is_question(text):
            await answer_question(update, context, text)
            await remind(update, context)
        else:
            await _say_why(update, context, refusal)
        return
    if isinstance(outcome, Progress):
        await say(update, *_prompt(context.t, outcome))
        return
    await say(update, *_sheet(context, outcome))
    await desk.calculate.close(member)


async def back(update: Update, context: Context, name: str, step: str) -> None:
    """The step before, in the same message."""
    assert update.effective_user is not None
    earlier = await context.desk.calculate.step_back(update.effective_user.id, name, step)
    await show(update, *_prompt(context.t, earlier))


async def leave(update: Update, context: Context) -> None:
    """Leave without a result; what was typed is forgotten."""
    assert update.effective_user is not None
    await context.desk.calculate.close(update.effective_user.id)
    rows = [[button(context.t("calculate.again_menu"), "calc:menu")]]
    await show(update, context.t("calculate.left"), InlineKeyboardMarkup(rows))


async def remind(update: Update, context: Context) -> None:
    """Offer the open calculator again; nothing if there is none."""
    assert update.effective_user is not None
    now = await context.desk.calculate.find_open(update.effective_user.id)
    if now is not None:
        t = context.t
        text, keyboard = _prompt(t, now)
        await say(update, Markup(t("calculate.go_on") + "\n\n" + text), keyboard)


async def _say_why(update: Update, context: Context, refusal: Refusal) -> None:
    """What was wrong, with an example, above the same buttons."""
    assert update.effective_user is not None
    t = context.t
    sentence = t(refusal.code, **_written(t, refusal))
    now = await context.desk.calculate.find_open(update.effective_user.id)
    if now is None:
        await say(update, sentence)
        return
    parts = [sentence, t(_key("ask", now))]
    if isinstance(refusal, Unclear):
        parts.append(t("calculate.other_matter"))
    await say(update, Markup("\n\n".join(parts)), _keyboard(t, now))


def _written(t: Texts, refusal: Refusal) -> dict[str, object]:
    return {name: written(t, value) for name, value in refusal.values.items()}


def _prompt(t: Texts, now: Progress) -> tuple[Markup, InlineKeyboardMarkup]:
    parts = [
        t(
            "calculate.step",
            title=t(f"calculate.title_{now.calculator}"),
            number=now.number,
            total=now.total,
        ),
        t(_key("ask", now)),
    ]
    parts.append(given(t, now) if now.number > 1 else t("calculate.not_kept"))
    return Markup("\n\n".join(parts)), _keyboard(t, now)


def _keyboard(t: Texts, now: Progress) -> InlineKeyboardMarkup:
    where = f"{now.calculator}:{now.question.step}"
    choices = [
        button(t(f"{_key('choice', now)}_{choice}"), f"calc:pick:{where}:{choice}")
        for choice in now.question.choices
    ]
    last = [button(t("calculate.leave"), "calc:leave")]
    if now.number > 1:
        last.insert(0, button(t("calculate.back"), f"calc:back:{where}"))
    return InlineKeyboardMarkup([*([choice] for choice in choices), last])


def _key(kind: str, now: Progress) -> str:
    return f"calculate.{kind}_{now.calculator}_{now.question.step}"


def _sheet(context: Context, sheet: Sheet) -> tuple[Markup, InlineKeyboardMarkup]:
    t, page = context.t, PAGES[sheet.calculator]
    row = [button(t("calculate.again"), f"calc:open:{sheet.calculator}")]
    try:
        context.desk.ask.page(page)
        row.append(button(t("calculate.page"), f"ask:open:{page}"))
    except Refusal:
        # The page may be withheld, or the knowledge base not there: then nothing leads to it.
        pass
    row.append(button(t("ask.human"), "human:show"))
    help_ = [button(t("cases.new_button"), f"cases:sheet:{page.replace('.', '-')}")]
    return sheet_text(t, sheet), InlineKeyboardMarkup([row, help_])
