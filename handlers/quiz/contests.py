"""Live contests in groups: what the group sees, and who voted for what."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import Update

from handlers.context import Context
from handlers.letters import Act, Details, Letter, Poll, Renderer
from locales import Markup, Texts, plain
from services.quiz import contest_telling as telling


def notices() -> Mapping[str, Renderer]:
    """Every kind of notice to a group."""
    return {
        telling.OPENING: _opening,
        telling.POLL: _poll,
        telling.STOP: _stop,
        telling.RESULT: _result,
    }


async def vote(update: Update, context: Context) -> None:
    """Keep an answer. A vote that was taken back changes nothing: the first one counts."""
    answer = update.poll_answer
    assert answer is not None
    # Somebody may vote in the name of a channel of theirs.
    voter = answer.user or answer.voter_chat
    if voter is not None and answer.option_ids:
        await context.desk.contests.vote(answer.poll_id, voter.id, answer.option_ids[0])


async def recognise(update: Update, context: Context) -> None:
    """A poll of ours has changed: see that it is known which question it is."""
    poll = update.poll
    assert poll is not None
    options = [option.text for option in poll.options]
    await context.desk.contests.recognise(poll.id, poll.question, options)


def _opening(t: Texts, details: Details) -> Letter:
    return Letter(t("contests.opening", **details))


def _poll(t: Texts, details: Details) -> Letter:
    question = t(
        "contests.question",
        number=details["number"],
        total=details["total"],
        question=details["question"],
    )
    explanation = t(
        "contests.explanation", explanation=details["explanation"], source=details["source"]
    )
    poll = Poll(
        plain(question),
        tuple(details["options"]),
        details["right"],
        plain(explanation),
        details["seconds"],
    )
    return Letter(Markup(""), poll=poll)


def _stop(t: Texts, details: Details) -> Letter:
    return Letter(Markup(""), act=Act.CLOSE_POLL, message_id=details["message_id"])


def _result(t: Texts, details: Details) -> Letter:
    lines = [
        t("contests.result_line", number=number, answered=answered, right=right)
        if answered
        else t("contests.result_nobody", number=number)
        for number, answered, right in details["lines"]
    ]
    names = [t("contests.result_name", name=name, right=right) for name, right in details["best"]]
    joint = t("contests.result_name_joint")
    best = t("contests.result_best", names=Markup(joint.join(names))) if names else Markup("")
    key = "contests.result_stopped" if details["is_stopped"] else "contests.result"
    text = t(key, title=details["title"], lines=Markup("\n".join(lines)), best=best)
    return Letter(text)
