"""The member's limits by law in the chat: a few days asked, each limit with its article."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from telegram import InlineKeyboardMarkup, Message, Update

from domain.cases.kinds import Kind
from domain.consents import Purpose
from domain.limits.asking import Progress
from domain.limits.rules import Limit, Source, Standing, first_to_lapse
from domain.refusal import Refusal
from handlers.ask import answer_question
from handlers.consents import ensure_consent
from handlers.context import Context, Handler, Press
from handlers.discreet import let_in, note_message, put, send
from handlers.keyboards import button
from handlers.letters import Details, Letter, Renderer
from handlers.screen import say, show
from locales import Markup, Texts
from services.limits import NOTICE, Shown

_IN_ROW = 2


def commands() -> Mapping[str, Handler]:
    """Command names and what they do."""
    return {"limits": menu}


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {
        "limits:menu": menu,
        "limits:kept": list_kept,
        "limits:begin": begin,
        "limits:case": begin_for_case,
        "limits:pick": pick,
        "limits:back": back,
        "limits:leave": leave,
        "limits:open": open_,
        "limits:keep": keep,
        "limits:forget": forget,
    }


def notices() -> Mapping[str, Renderer]:
    """Kinds of notice of this file."""
    return {NOTICE: _letter}


async def menu(update: Update, context: Context) -> None:
    """The kinds of dispute to choose from, and what was kept."""
    assert update.effective_user is not None
    t = context.t
    kept = await context.desk.limits.list_kept(update.effective_user.id)
    labels = [button(t(f"limits.menu_{one}"), f"limits:begin:{one}") for one in Kind]
    rows = [labels[at : at + _IN_ROW] for at in range(0, len(labels), _IN_ROW)]
    if kept:
        rows.append([button(t("limits.menu_kept", count=len(kept)), "limits:kept")])
    await say(update, t("limits.menu"), InlineKeyboardMarkup(rows))


async def list_kept(update: Update, context: Context) -> None:
    """What the member wanted kept, behind their code if they have one."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return
    t = context.t
    kept = await context.desk.limits.list_kept(update.effective_user.id)
    rows = [[button(_row(t, one), f"limits:open:{one.clock.id}")] for one in kept]
    rows.append([button(t("limits.again_button"), "limits:menu")])
    text = t("limits.kept_title") if kept else t("limits.kept_none")
    await put(update, context, text, InlineKeyboardMarkup(rows))


async def begin(update: Update, context: Context, matter: str) -> None:
    """Begin with a kind of dispute, below whatever led here."""
    assert update.effective_user is not None
    now = await context.desk.limits.begin(update.effective_user.id, matter)
    await say(update, *_prompt(context.t, now))


async def begin_for_case(update: Update, context: Context, matter: str, case_id: str) -> None:
    """The same for a case, so that whoever helps with it sees the days, too."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return
    now = await context.desk.limits.begin(update.effective_user.id, matter, case_id)
    await send(update, context, *_prompt(context.t, now))


async def pick(update: Update, context: Context, step: str, choice: str) -> None:
    """An answer by button: the same message becomes the next step."""
    assert update.effective_user is not None
    member = update.effective_user.id
    found = await context.desk.limits.pick(member, step, choice, update.update_id)
    await show(update, *_next(context.t, found))
    await _note(update, context)


async def take(update: Update, context: Context, text: str) -> None:
    """A typed day, or what was wrong with it above the same question."""
    assert update.effective_user is not None
    member, desk, t = update.effective_user.id, context.desk, context.t
    try:
        found = await desk.limits.tell(member, text, update.update_id)
    except Refusal as refusal:
        now = await desk.limits.find_open(member)
        if now is None:
            raise
        if desk.calculate.is_question(text):
            await answer_question(update, context, text)
            await remind(update, context)
            return
        values = {name: _written(t, value) for name, value in refusal.values.items()}
        sentence = t(refusal.code, **values)
        question, keyboard = _prompt(t, now)
        await say(update, Markup(f"{sentence}\n\n{question}"), keyboard)
        return
    await say(update, *_next(t, found))


async def back(update: Update, context: Context, step: str) -> None:
    """The step before, in the same message."""
    assert update.effective_user is not None
    earlier = await context.desk.limits.step_back(update.effective_user.id, step)
    await show(update, *_prompt(context.t, earlier))


async def leave(update: Update, context: Context) -> None:
    """Leave without a result; what was typed is forgotten."""
    assert update.effective_user is not None
    await context.desk.limits.close(update.effective_user.id)
    rows = [[button(context.t("limits.again_button"), "limits:menu")]]
    await show(update, context.t("limits.left"), InlineKeyboardMarkup(rows))


async def remind(update: Update, context: Context) -> None:
    """Offer the open questions again; nothing if there are none."""
    assert update.effective_user is not None
    now = await context.desk.limits.find_open(update.effective_user.id)
    if now is not None:
        text, keyboard = _prompt(context.t, now)
        await say(update, Markup(f"{context.t('limits.go_on')}\n\n{text}"), keyboard)


async def open_(update: Update, context: Context, clock_id: str) -> None:
    """A clock as it stands today."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return
    shown = await context.desk.limits.get(update.effective_user.id, clock_id)
    await put(update, context, *_result(context.t, shown))


async def keep(update: Update, context: Context, clock_id: str) -> Markup | None:
    """Keep it and be reminded, after consent."""
    assert update.effective_user is not None
    member, t = update.effective_user.id, context.t
    if not await ensure_consent(update, context, Purpose.SERVICE, f"limits:keep:{clock_id}"):
        return None
    shown = await context.desk.limits.keep(member, clock_id)
    await show(update, *_result(t, shown))
    await _note(update, context)
    is_reminded = first_to_lapse(shown.limits, shown.today) is not None
    return t("limits.kept_toast") if is_reminded else t("limits.kept_toast_none")


async def forget(update: Update, context: Context, clock_id: str) -> None:
    """Remove it with its reminders."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return
    await context.desk.limits.forget(update.effective_user.id, clock_id)
    rows = [[button(context.t("limits.again_button"), "limits:menu")]]
    await show(update, context.t("limits.forgotten"), InlineKeyboardMarkup(rows))


def limit_text(t: Texts, limit: Limit, today: date) -> Markup:
    """One limit: its days first, then the rule and its article."""
    lines = [t(f"limits.name_{limit.name}")]
    standing = limit.standing(today)
    if standing is Standing.UNKNOWN:
        lines.append(t("limits.unknown"))
    elif limit.last is not None:
        lines.append(_days(t, limit, today))
        lines += [
            Markup("\u2022 " + t(f"limits.after_{code}", source=_source(t, source)))
            for code, source in limit.after(today)
        ]
    lines.append(t(f"limits.rule_{limit.name}"))
    if limit.start is not None and standing is Standing.RUNNING:
        lines.append(t("limits.start", start=_written(t, limit.start)))
        if limit.moved is not None and limit.last is not None and today <= limit.last:
            lines.append(t("limits.moved", moved=_written(t, limit.moved)))
    if limit.claimed is not None:
        claimed, restarted = _written(t, limit.claimed), _written(t, limit.restarted)
        lines.append(t("limits.restarted", claimed=claimed, restarted=restarted))
    told = "\u3001".join(_source(t, source) for source in limit.sources)
    lines.append(t("limits.basis", sources=Markup(told)))
    return Markup(f"<b>{lines[0]}</b>\n" + "\n".join(lines[1:]))


async def _note(update: Update, context: Context) -> None:
    """What was worked out can be wiped with the rest that shows a dispute."""
    query = update.callback_query
    if query is not None and isinstance(query.message, Message):
        await note_message(update, context, query.message)


def _letter(t: Texts, details: Details) -> Letter:
    rows = [[button(t("limits.notice_button"), f"limits:open:{details['clock']}")]]
    return Letter(t("limits.notice"), InlineKeyboardMarkup(rows))


def _next(t: Texts, found: Progress | Shown) -> tuple[Markup, InlineKeyboardMarkup]:
    return _prompt(t, found) if isinstance(found, Progress) else _result(t, found)


def _prompt(t: Texts, now: Progress) -> tuple[Markup, InlineKeyboardMarkup]:
    title, step = t(f"limits.title_{now.matter}"), now.question.step
    text = t("limits.step", title=title, number=now.number, total=now.total)
    text = Markup(f"{text}\n\n{t(f'limits.ask_{step}')}\n\n{t('limits.not_kept')}")
    labels = [
        button(_label(t, step, one), f"limits:pick:{step}:{one}") for one in now.question.choices
    ]
    rows = [labels[at : at + _IN_ROW] for at in range(0, len(labels), _IN_ROW)]
    last = [button(t("limits.leave"), "limits:leave")]
    if now.number > 1:
        last.insert(0, button(t("limits.back"), f"limits:back:{step}"))
    return text, InlineKeyboardMarkup([*rows, last])


def _label(t: Texts, step: str, choice: str) -> Markup:
    if choice == "unknown":
        return t("limits.choice_unknown")
    return t(f"limits.choice_{step}_{choice}")


def _result(t: Texts, shown: Shown) -> tuple[Markup, InlineKeyboardMarkup]:
    title, today = t(f"limits.title_{shown.clock.matter}"), shown.today
    parts = [t("limits.result_title", title=title, today=_written(t, today))]
    parts += [limit_text(t, limit, today) for limit in shown.limits]
    if not shown.limits:
        parts.append(t("limits.none_found"))
    parts += [t("limits.explained"), t("limits.careful")]
    clock = shown.clock
    last = [button(t("limits.again_button"), f"limits:begin:{clock.matter}")]
    last.append(button(t("ask.human"), "human:show"))
    if clock.is_kept:
        rows = [[button(t("limits.forget_button"), f"limits:forget:{clock.id}")], last]
    else:
        rows = [[button(t("limits.keep_button"), f"limits:keep:{clock.id}")], last]
    return Markup("\n\n".join(parts)), InlineKeyboardMarkup(rows)


def _days(t: Texts, limit: Limit, today: date) -> Markup:
    last, days = _written(t, limit.last), limit.days_left(today)
    if days is None:
        return t("limits.lapsed_own" if limit.is_own else "limits.lapsed_theirs", last=last)
    if not limit.is_own:
        return t("limits.days_theirs", last=last, days=days)
    if limit.last is not None and today > limit.last:
        return t("limits.days_moved", last=last, moved=_written(t, limit.moved))
    return (
        t("limits.days_left", last=last, days=days) if days else t("limits.days_none", last=last)
    )


def _row(t: Texts, shown: Shown) -> Markup:
    title = t(f"limits.title_{shown.clock.matter}")
    nearest = first_to_lapse(shown.limits, shown.today)
    if nearest is not None:
        return t("limits.kept_row", title=title, days=nearest.days_left(shown.today))
    if any(one.standing(shown.today) is Standing.LAPSED for one in shown.limits):
        return t("limits.kept_row_over", title=title)
    return t("limits.kept_row_plain", title=title)


def _written(t: Texts, value: object) -> object:
    if isinstance(value, date):
        return t("limits.day", year=value.year, month=value.month, day=value.day)
    return value


def _source(t: Texts, source: Source) -> Markup:
    articles = t("calculate.article", number=_numeral(t, source.article))
    return t("calculate.source", name=t(f"limits.law_{source.law}"), articles=articles)


def _numeral(t: Texts, number: int) -> str:
    """An article's number below a thousand, as laws write it."""
    digits, ten = t("calculate.digits"), t("calculate.ten")
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = digits[hundreds] + t("limits.hundred") if hundreds else ""
    if tens:
        text += (digits[tens] if tens > 1 or hundreds else "") + ten
    elif hundreds and ones:
        text += t("limits.zero")
    return text + (digits[ones] if ones else "")
