"""The front page of the quiz: what is on today, what can be practised, what is one's own."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from domain.clock import BEIJING
from domain.quiz_prizes import PrizeState
from handlers.context import Context, Press
from handlers.keyboards import button
from handlers.screen import show
from locales import Markup, Texts
from services.quiz import Home, Today

_TOPICS_IN_ROW = 2
_OPEN_PRIZES = {PrizeState.WON, PrizeState.CLAIMED}


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {"quiz:list": show_home, "quiz:mute": mute, "quiz:unmute": unmute}


async def show_home(update: Update, context: Context) -> None:
    """What is on, and everything around it."""
    assert update.effective_user is not None
    home = await context.desk.quiz.home(update.effective_user.id)
    await show(update, *page(context.t, home))


async def mute(update: Update, context: Context) -> Markup:
    """No more invitations; playing goes on as ever."""
    assert update.effective_user is not None
    await context.desk.quiz.mute(update.effective_user.id, is_muted=True)
    await show_home(update, context)
    return context.t("quiz.muted")


async def unmute(update: Update, context: Context) -> Markup:
    """Invitations come again."""
    assert update.effective_user is not None
    await context.desk.quiz.mute(update.effective_user.id, is_muted=False)
    await show_home(update, context)
    return context.t("quiz.unmuted")


def page(t: Texts, home: Home) -> tuple[Markup, InlineKeyboardMarkup]:
    """The front page."""
    lines = [_day(t, day) for day in home.days] or [t("quiz.home_nothing")]
    rows = [row for day in home.days if (row := _day_row(t, day))]
    rows += [
        [button(t("quiz.prize_label", what=one.prize.what), f"quiz:prize:{winner.id}")]
        for one, winner in home.prizes
        if one.prize is not None and winner.state in _OPEN_PRIZES
    ]
    if home.noted and not home.due:
        lines.append(t("quiz.home_notebook_later", noted=home.noted))
    if home.due:
        lines.append(t("quiz.home_notebook", due=home.due, noted=home.noted))
        rows.append([button(t("quiz.review_label", due=home.due), "quiz:review")])
    practice = [
        button(t("quiz.practise_label", topic=topic.title), f"quiz:practise:{topic.key}")
        for topic in home.topics
    ]
    rows += [practice[at : at + _TOPICS_IN_ROW] for at in range(0, len(practice), _TOPICS_IN_ROW)]
    rows += [
        [button(t("quiz.recent_label", title=one.title), f"quiz:round:{one.id}")]
        for one in home.recent
    ]
    rows.append(_own_row(t, home))
    body = Markup("\n\n".join(lines))
    return t("quiz.home", lines=body), InlineKeyboardMarkup(rows)


def _day(t: Texts, day: Today) -> Markup:
    one = day.round
    if day.running is not None:
        state = t("quiz.day_running", done=day.running.done, total=day.running.total)
    elif day.best is not None:
        key = "quiz.day_passed" if day.has_passed else "quiz.day_failed"
        state = t(key, right=day.best.right, total=day.best.total, left=day.left)
    else:
        state = t("quiz.day_fresh", left=day.left)
    time = f"{day.sitting.closes_at.astimezone(BEIJING):%H:%M}"
    return t("quiz.day", title=one.title, questions=one.questions, until=time, state=state)


def _day_row(t: Texts, day: Today) -> list[InlineKeyboardButton]:
    row = [button(t("quiz.round_button"), f"quiz:round:{day.round.id}")]
    if day.running is not None:
        label = t("quiz.go_on_button")
    elif day.used:
        label = t("quiz.again_button")
    else:
        label = t("quiz.start_button")
    if day.running is not None or day.left:
        row.insert(0, button(label, f"quiz:start:{day.sitting.id}"))
    return row


def _own_row(t: Texts, home: Home) -> list[InlineKeyboardButton]:
    name = (
        button(t("quiz.name_button"), "quiz:name")
        if home.nickname is None
        else button(t("quiz.rename_label", name=home.nickname), "quiz:named")
    )
    mute = (
        button(t("quiz.unmute_button"), "quiz:unmute")
        if home.is_muted
        else button(t("quiz.mute_button"), "quiz:mute")
    )
    return [name, mute]
