"""What a question, an answer and a result look like in one message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from domain.clock import BEIJING
from domain.quiz import Item, Kind, Option, button_labels
from domain.quiz_play import AttemptKind, AttemptState, ids_of, passes
from handlers.keyboards import button
from locales import Markup, Texts
from services.quiz import Feedback, Question, Result

_MINUTE = timedelta(minutes=1)
# Letters stand side by side; whole options one below the other.
_LETTERS_IN_ROW = 3


def question(t: Texts, one: Question, now: datetime) -> tuple[Markup, InlineKeyboardMarkup]:
    """The open question with its options as buttons."""
    options = _ordered(one.item, one.slot.order)
    attempt = one.attempt
    text = t(
        "quiz.question",
        head=_head(t, one.title, attempt.kind),
        number=one.slot.place + 1,
        total=attempt.total,
        until=Markup("") if one.until is None else _until(t, one.until, now),
        kind=t(f"quiz.kind_{one.item.kind}"),
        question=one.item.question,
        options=_listed(t, options),
    )
    place = f"{attempt.id}:{one.slot.place}"
    if one.item.kind is Kind.MULTIPLE:
        return text, _ticking(t, options, place, ids_of(attempt.ticked))
    keys = [
        button(label, f"quiz:pick:{place}:{number}")
        for number, label in enumerate(button_labels(options))
    ]
    return text, InlineKeyboardMarkup(_rows(keys, options))


def feedback(t: Texts, one: Feedback) -> tuple[Markup, InlineKeyboardMarkup]:
    """Right or wrong at once, why, and where that can be read."""
    options = _ordered(one.item, one.slot.order)
    chosen = ids_of(one.slot.chosen or "")
    attempt = one.attempt
    if one.slot.is_void:
        verdict = t("quiz.verdict_void")
    elif one.slot.is_right:
        verdict = t("quiz.verdict_right")
    else:
        verdict = t("quiz.verdict_wrong", chosen=_said(t, options, chosen))
    text = t(
        "quiz.feedback",
        head=_head(t, one.title, attempt.kind),
        number=one.slot.place + 1,
        total=attempt.total,
        question=one.item.question,
        verdict=verdict,
        answer=_said(t, options, one.item.answer),
        explanation=one.item.explanation,
        source=one.item.source,
    )
    is_over = attempt.state is not AttemptState.RUNNING
    label = t("quiz.result_button") if is_over else t("quiz.next_button")
    return text, InlineKeyboardMarkup([[button(label, f"quiz:next:{attempt.id}")]])


def result(t: Texts, one: Result) -> tuple[Markup, InlineKeyboardMarkup]:
    """How it went, and what can be done next."""
    attempt = one.attempt
    if one.round is None:
        text = t("quiz.result_own", right=attempt.right, total=attempt.total)
        return text, InlineKeyboardMarkup([_home_row(t)])
    has_passed = passes(attempt.right, attempt.total, one.round.pass_mark)
    is_short = attempt.state is AttemptState.TIMED_OUT
    lines = [
        t(
            "quiz.result",
            title=one.title,
            right=attempt.right,
            total=attempt.total,
            took=took(t, attempt.took),
        )
    ]
    if is_short:
        lines.append(t("quiz.result_timed_out", done=attempt.done))
    passed = "quiz.result_passed" if has_passed else "quiz.result_failed"
    lines.append(t(passed, mark=one.round.pass_mark))
    if one.best is not None and one.best.id != attempt.id:
        lines.append(t("quiz.result_best", right=one.best.right, total=one.best.total))
    rows = []
    if one.left:
        lines.append(t("quiz.result_left", left=one.left))
        again = f"quiz:start:{attempt.sitting_id}"
        rows.append([button(t("quiz.again_button"), again)])
    more = [button(t("quiz.round_button"), f"quiz:round:{one.round.id}")]
    if one.round.has_board:
        more.insert(0, button(t("quiz.board_button"), f"quiz:board:{one.round.id}"))
    return Markup("\n".join(lines)), InlineKeyboardMarkup([*rows, more, _home_row(t)])


def preview(t: Texts, item: Item) -> tuple[Markup, InlineKeyboardMarkup]:
    """An item as members see it, for those who write it; its options as they are written."""
    text = t(
        "quiz.question",
        head=t("quiz.head_preview"),
        number=1,
        total=1,
        until=Markup(""),
        kind=t(f"quiz.kind_{item.kind}"),
        question=item.question,
        options=_listed(t, item.options),
    )
    if item.kind is Kind.MULTIPLE:
        return text, _ticking(t, item.options, "preview:0", frozenset())
    keys = [
        button(label, f"quiz:pick:preview:0:{number}")
        for number, label in enumerate(button_labels(item.options))
    ]
    return text, InlineKeyboardMarkup(_rows(keys, item.options))


def took(t: Texts, time: timedelta) -> Markup:
    """Minutes and seconds."""
    minutes, seconds = divmod(int(time.total_seconds()), 60)
    if not minutes:
        return t("quiz.took_seconds", seconds=seconds)
    return t("quiz.took", minutes=minutes, seconds=seconds)


def _home_row(t: Texts) -> list[InlineKeyboardButton]:
    return [button(t("quiz.home_button"), "quiz:list")]


def _head(t: Texts, title: str, kind: AttemptKind) -> Markup:
    return t(f"quiz.head_{kind}", title=title) if title else t(f"quiz.head_{kind}_own")


def _until(t: Texts, until: datetime, now: datetime) -> Markup:
    left = ceil(max(until - now, timedelta()) / _MINUTE)
    return t("quiz.until", left=left, time=f"{until.astimezone(BEIJING):%H:%M}")


def _ordered(item: Item, order: str) -> tuple[Option, ...]:
    by_id = {option.id: option for option in item.options}
    return tuple(by_id[option] for option in order.split(","))


def _is_lettered(options: Sequence[Option]) -> bool:
    return button_labels(options)[0] != options[0].text


def _listed(t: Texts, options: Sequence[Option]) -> Markup:
    """The options by letters, if they are too long for buttons."""
    if not _is_lettered(options):
        return Markup("")
    lines = [
        t("quiz.option", letter=letter, text=option.text)
        for letter, option in zip(button_labels(options), options, strict=True)
    ]
    return Markup("\n\n" + "\n".join(lines))


def _rows(
    keys: Sequence[InlineKeyboardButton], options: Sequence[Option]
) -> list[Sequence[InlineKeyboardButton]]:
    width = _LETTERS_IN_ROW if _is_lettered(options) else 1
    if len(keys) == 2:
        width = 2
    return [keys[at : at + width] for at in range(0, len(keys), width)]


def _ticking(
    t: Texts, options: Sequence[Option], place: str, ticked: frozenset[str]
) -> InlineKeyboardMarkup:
    keys = []
    for number, (option, label) in enumerate(zip(options, button_labels(options), strict=True)):
        is_on = option.id in ticked
        name = "quiz.ticked" if is_on else "quiz.unticked"
        data = f"quiz:tick:{place}:{number}:{0 if is_on else 1}"
        keys.append(button(t(name, label=label), data))
    hand_in = button(t("quiz.send_label", count=len(ticked)), f"quiz:send:{place}")
    return InlineKeyboardMarkup([*_rows(keys, options), [hand_in]])


def _said(t: Texts, options: Sequence[Option], chosen: frozenset[str]) -> Markup:
    """Options by their words, with their letters if they were shown by letters."""
    labels = button_labels(options)
    lettered = _is_lettered(options)
    said = [
        t("quiz.option_said", letter=label, text=option.text)
        if lettered
        else t("quiz.option_plain", text=option.text)
        for label, option in zip(labels, options, strict=True)
        if option.id in chosen
    ]
    return Markup(t("quiz.joint").join(said))
