"""What a group is told of a contest: kinds of notices, and what they say when they go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.outbox import Notice, Policy
from domain.quiz import Item
from domain.quiz_contests import (
    BOARD_PLACES,
    LEAD,
    SEND_WITHIN,
    AskState,
    Contest,
    ContestQuestion,
    ContestState,
    board,
)
from storage.work import Work

# By the first word staff are told what a message that did not arrive was about.
OPENING = "quiz.contest_opening"
POLL = "quiz.contest_poll"
STOP = "quiz.contest_stop"
RESULT = "quiz.contest_result"
_RESULT_WITHIN = timedelta(minutes=30)
_STOP_WITHIN = timedelta(minutes=2)


def opening(one: Contest, now: datetime) -> Notice:
    """That it begins at once."""
    return Notice(
        OPENING,
        None,
        f"{OPENING}:{one.id}",
        now,
        details={"title": one.title, "questions": one.questions, "seconds": one.seconds},
        policy=Policy.HOLD,
        expires_at=now + LEAD,
        chat_id=one.group_id,
    )


def poll_key(contest_id: str, place: int) -> str:
    """The one by which a question is in the outbox: it is there once, whoever adds it again."""
    return f"{POLL}:{contest_id}:{place}"


def poll(one: Contest, place: int, now: datetime) -> Notice:
    """The next question. Never sent twice: two polls would share the votes between them."""
    return Notice(
        POLL,
        None,
        poll_key(one.id, place),
        now,
        details={"contest": one.id, "place": place},
        policy=Policy.HOLD,
        expires_at=now + SEND_WITHIN,
        chat_id=one.group_id,
    )


def stop(one: Contest, question: ContestQuestion, now: datetime) -> Notice:
    """Close the poll that is open. Closing twice changes nothing."""
    return Notice(
        STOP,
        None,
        f"{STOP}:{one.id}",
        now,
        details={"message_id": question.message_id},
        expires_at=now + _STOP_WITHIN,
        chat_id=one.group_id,
    )


def result(one: Contest, now: datetime) -> Notice:
    """How the questions went."""
    return Notice(
        RESULT,
        None,
        f"{RESULT}:{one.id}",
        now,
        details={"contest": one.id},
        policy=Policy.HOLD,
        expires_at=now + _RESULT_WITHIN,
        chat_id=one.group_id,
    )


async def fill_poll(work: Work, details: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What a poll shows; None once the contest was stopped."""
    one = await work.quiz_contests.find(str(details["contest"]))
    question = await work.quiz_contests.question(str(details["contest"]), int(details["place"]))
    if one is None or question is None or one.state is not ContestState.RUNNING:
        return None
    item = await item_of(work, question)
    options = texts_of(question, item)
    return {
        "number": question.place + 1,
        "total": one.questions,
        "question": item.question,
        "options": list(options),
        "right": place_of_right(question, item),
        "explanation": item.explanation,
        "source": item.source,
        "seconds": one.seconds,
    }


async def fill_result(work: Work, details: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The counts of each question, and the names of the best who gave themselves one."""
    one = await work.quiz_contests.find(str(details["contest"]))
    if one is None:
        return None
    questions = [
        question
        for question in await work.quiz_contests.questions(one.id)
        if question.state in (AskState.SHOWN, AskState.UNCLEAR)
    ]
    items = await items_of(work, questions)
    rights = {q.place: next(iter(items[q.item_id, q.version].answer)) for q in questions}
    places = {q.place: place_of_right(q, items[q.item_id, q.version]) for q in questions}
    shown = {question.place for question in questions}
    counts = [
        count for count in await work.quiz_contests.counts(one.id, rights) if count.place in shown
    ]
    members = await work.quiz_contests.rights(one.id, places)
    lines = board(members, await work.quiz_attempts.nicknames())
    return {
        "title": one.title,
        "lines": [[count.place + 1, count.answered, count.right] for count in counts],
        "best": [[line.name, line.right] for line in lines if line.place <= BOARD_PLACES][
            :BOARD_PLACES
        ],
        "is_stopped": one.state is ContestState.STOPPED,
    }


async def items_of(work: Work, questions: list[ContestQuestion]) -> Mapping[tuple[str, int], Item]:
    """The items of questions as they were drawn."""
    return await work.quiz_bank.asked([(one.item_id, one.version) for one in questions])


async def item_of(work: Work, question: ContestQuestion) -> Item:
    """The item of one question as it was drawn."""
    return (await items_of(work, [question]))[question.item_id, question.version]


def texts_of(question: ContestQuestion, item: Item) -> tuple[str, ...]:
    """The options in the order in which they are shown."""
    texts = {option.id: option.text for option in item.options}
    return tuple(texts[option] for option in question.shown.split(","))


def place_of_right(question: ContestQuestion, item: Item) -> int:
    """Where the right option stands, counted from 0."""
    return question.shown.split(",").index(next(iter(item.answer)))
