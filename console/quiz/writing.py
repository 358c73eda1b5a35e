"""Writing a question: every option in its own field, the right ones ticked beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web

from console.events.fields import Fields
from console.frame.page import Page
from console.quiz import wording
from console.quiz.items import seen_of
from domain.quiz import (
    EASIEST,
    EXPLANATION,
    FALSE,
    HARDEST,
    MOST,
    OPTION,
    QUESTION,
    SOURCE,
    TRUE,
    Item,
    Kind,
    Option,
)
from domain.quiz_bank import Topic

_LETTERS = "abcdefghij"
# Where a draft may be longer than what is asked in the end; the page tells what is too long.
_ROOM = 2


async def begin(page: Page) -> web.StreamResponse:
    """An empty form."""
    return await _form(page, None)


async def create(page: Page) -> web.StreamResponse:
    """Keep the question as a draft; it is asked once somebody confirmed it."""
    fields = Fields(page)
    item = await _read(page, fields, None)
    if fields.faults:
        return await _form(page, None, fields)
    (made,) = await page.desk.quiz.bank.add_many(page.actor, [item])
    return page.redirect(f"/quiz/items/{made}", "console_quiz.item_created")


async def edit(page: Page) -> web.StreamResponse:
    """The form as the question is now."""
    file = await page.desk.quiz.bank.get(page.actor, page.arg("id"))
    return await _form(page, file.item.item, seen=file.item.version)


async def save(page: Page) -> web.StreamResponse:
    """A new version, to be confirmed again."""
    bank = page.desk.quiz.bank
    file = await bank.get(page.actor, page.arg("id"))
    fields = Fields(page)
    item = await _read(page, fields, file.item.item)
    if fields.faults:
        return await _form(page, file.item.item, fields, seen=seen_of(page))
    await bank.change(page.actor, page.arg("id"), item, seen=seen_of(page))
    return page.redirect(f"/quiz/items/{page.arg('id')}", "console_quiz.item_saved")


async def _form(
    page: Page, item: Item | None, fields: Fields | None = None, seen: int = 0
) -> web.Response:
    topics = await page.desk.quiz.bank.topics(page.actor)
    faults = fields.faults if fields is not None else {}
    return page.render(
        "quiz/write.html",
        status=422 if faults else 200,
        item=item,
        seen=seen,
        values=_values(item, topics, page.query.get("topic", "")),
        letters=_letters(item),
        faults=faults,
        topics=[(topic.key, topic.title) for topic in topics],
        kinds=wording.kinds(page),
        levels=wording.levels(page),
        limits={"question": QUESTION, "option": OPTION, "explanation": EXPLANATION},
        source_limit=SOURCE,
        truths=[(TRUE, page.t("console_quiz.true")), (FALSE, page.t("console_quiz.false"))],
    )


def _letters(item: Item | None) -> Sequence[str]:
    """The fields for options: those that are there, and empty ones up to the most."""
    there = [option.id for option in item.options if option.id in _LETTERS] if item else []
    free = [letter for letter in _LETTERS if letter not in there]
    return tuple(there + free[: MOST - len(there)])


def _values(item: Item | None, topics: Sequence[Topic], topic: str) -> Mapping[str, object]:
    if item is None:
        first = topic or (topics[0].key if topics else "")
        return {"topic": first, "difficulty": 2, "kind": Kind.SINGLE, "right": ()}
    return {
        "topic": item.topic,
        "difficulty": item.difficulty,
        "kind": item.kind,
        "question": item.question,
        "explanation": item.explanation,
        "source": item.source,
        "valid_from": item.valid_from or "",
        "valid_to": item.valid_to or "",
        "right": tuple(item.answer),
        "truth": next(iter(item.answer), "") if item.kind is Kind.TRUE_FALSE else "",
        **{f"option_{option.id}": option.text for option in item.options},
    }


async def _read(page: Page, fields: Fields, base: Item | None) -> Item:
    """The question that the form tells. What is unfit about it is told on its page: a draft may
    be unfinished."""
    topics = {topic.key for topic in await page.desk.quiz.bank.topics(page.actor)}
    topic, kind = fields.given("topic"), fields.given("kind")
    if topic not in topics:
        fields.fault("topic", "console_quiz.fault_topic")
    if kind not in set(Kind):
        fields.fault("kind", "console_quiz.fault_kind")
    options, answer = _options(page, fields, kind)
    days = {}
    for name in ("valid_from", "valid_to"):
        days[name] = wording.day_of(fields.given(name))
        if fields.given(name) and days[name] is None:
            fields.fault(name, "console_quiz.fault_day")
    return Item(
        id=base.id if base else "",
        topic=topic,
        difficulty=fields.number("difficulty", EASIEST, HARDEST),
        kind=Kind(kind) if kind in set(Kind) else Kind.SINGLE,
        question=fields.text("question", QUESTION * _ROOM, required=True),
        options=options,
        answer=answer,
        explanation=fields.text("explanation", EXPLANATION * _ROOM),
        source=fields.text("source", SOURCE * _ROOM),
        valid_from=days["valid_from"],
        valid_to=days["valid_to"],
    )


def _options(page: Page, fields: Fields, kind: str) -> tuple[tuple[Option, ...], frozenset[str]]:
    if kind == Kind.TRUE_FALSE:
        words = {TRUE: "console_quiz.true", FALSE: "console_quiz.false"}
        truth = fields.given("truth")
        answer = frozenset({truth}) if truth in words else frozenset[str]()
        return tuple(Option(key, str(page.t(word))) for key, word in words.items()), answer
    options = tuple(
        Option(letter, text)
        for letter in _LETTERS
        if (text := fields.text(f"option_{letter}", OPTION * _ROOM))
    )
    there = {option.id for option in options}
    return options, frozenset(fields.ticked("right")) & there
