"""Playing by buttons that change one message."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import Update

from domain.refusal import Refusal
from handlers.context import Answered, Context, Press
from handlers.presses import answer
from handlers.quiz import pages
from handlers.screen import show
from services.quiz import Feedback, Question, View
from services.quiz import Press as Pressed


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {
        "quiz:start": start,
        "quiz:pick": pick,
        "quiz:tick": tick,
        "quiz:send": send,
        "quiz:next": go_on,
        "quiz:practise": practise,
        "quiz:review": review,
    }


async def start(update: Update, context: Context, sitting_id: str) -> Answered:
    """Begin, or go on where it was left."""
    assert update.effective_user is not None
    view = await context.desk.play.start(sitting_id, update.effective_user.id)
    return await _show(update, context, view)


async def pick(
    update: Update, context: Context, attempt_id: str, place: str, option: str
) -> Answered:
    """An answer."""
    return await _press(update, context, attempt_id, place, option, None)


async def tick(
    update: Update, context: Context, attempt_id: str, place: str, option: str, is_on: str
) -> Answered:
    """One of several right options, on or off."""
    return await _press(update, context, attempt_id, place, option, is_on)


async def send(update: Update, context: Context, attempt_id: str, place: str) -> Answered:
    """What is ticked is the answer."""
    return await _press(update, context, attempt_id, place, None, None)


async def go_on(update: Update, context: Context, attempt_id: str) -> Answered:
    """The next question, or the result."""
    assert update.effective_user is not None
    view = await context.desk.play.go_on(attempt_id, update.effective_user.id)
    return await _show(update, context, view)


async def practise(update: Update, context: Context, topic: str) -> Answered:
    """A few questions for oneself."""
    assert update.effective_user is not None
    view = await context.desk.play.practise(update.effective_user.id, topic)
    return await _show(update, context, view)


async def review(update: Update, context: Context) -> Answered:
    """What the notebook has due."""
    assert update.effective_user is not None
    view = await context.desk.play.review(update.effective_user.id)
    return await _show(update, context, view)


async def _press(
    update: Update,
    context: Context,
    attempt_id: str,
    place: str,
    option: str | None,
    is_on: str | None,
) -> Answered:
    assert update.effective_user is not None
    if not place.isdecimal() or not (option or "0").isdecimal() or is_on not in {None, "0", "1"}:
        raise Refusal("common.button_gone")
    pressed = Pressed(
        attempt_id,
        update.effective_user.id,
        int(place),
        None if option is None else int(option),
        None if is_on is None else is_on == "1",
    )
    view = await context.desk.play.press(pressed)
    return await _show(update, context, view)


async def _show(update: Update, context: Context, view: View) -> Answered:
    """What came of the press, then the page: in a rush nobody taps again for want of an answer.

    Only what was recorded is said to be (RELIABILITY R16).
    """
    t, query = context.t, update.callback_query
    assert query is not None
    toast = None
    if isinstance(view, Question):
        page = pages.question(t, view, context.desk.clock.now())
    elif isinstance(view, Feedback):
        page = pages.feedback(t, view)
        toast = t("quiz.recorded") if view.is_now else t("quiz.recorded_before")
    else:
        page = pages.result(t, view)
        toast = t("quiz.too_late") if view.is_late else None
    await answer(query, toast)
    await show(update, *page)
    return Answered.ALREADY
