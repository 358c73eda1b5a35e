"""What people answered to an event's questions: sums, and everybody's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from aiohttp import web

from console.events.people import may_full
from console.events.wording import shown, telling
from console.frame.lists import ListPage, ListQuery
from console.frame.page import Page
from domain.events import AnswerKind, Question
from domain.seats import GONE
from services.events.reader import ALL_STATES

# Whoever gave up is not asked for a T-shirt's size any more.
_STAYING = tuple(state for state in ALL_STATES if state not in GONE)


@dataclass(slots=True)
class Sum:
    """What was answered to one question."""

    question: Question
    answered: int = 0
    choices: Counter[str] = field(default_factory=Counter)
    total: Decimal = Decimal(0)
    least: Decimal | None = None
    most: Decimal | None = None

    def add(self, answer: str) -> None:
        self.answered += 1
        if self.question.kind is AnswerKind.CHOICE:
            self.choices[answer] += 1
        if self.question.kind is AnswerKind.NUMBER:
            self._add_number(answer)

    def _add_number(self, answer: str) -> None:
        try:
            number = Decimal(answer)
        except InvalidOperation:
            # The question was of another kind when this was answered.
            return
        self.total += number
        self.least = number if self.least is None else min(self.least, number)
        self.most = number if self.most is None else max(self.most, number)

    def chosen(self) -> Mapping[str, Sequence[int]]:
        """Every choice with how many took it."""
        return {one: [self.choices[one]] for one in self.question.choices}


async def show(page: Page) -> web.StreamResponse:
    """A sum for each question that can be summed, and a list of all answers."""
    reader = page.desk.events.reader
    event = await reader.get(page.actor, page.arg("id"))
    query = ListQuery.of(page.query)
    # What the profile answers is in the list of people already.
    questions = [one for one in event.questions if not one.profile]
    sums = {one.key: Sum(one) for one in questions}
    if questions:
        async for guest in reader.stream(page.actor, event.id, _STAYING):
            for key, answer in guest.answers.items():
                if key in sums:
                    sums[key].add(answer)
    found, total = await reader.list_guests(
        page.actor, event.id, _STAYING, offset=query.offset, limit=query.limit
    )
    return page.render(
        "events/answers.html",
        event=event,
        questions=questions,
        sums=sums,
        rows=ListPage(found, total, query),
        may_full=await may_full(page, event),
        say=telling(page, event),
        shown=shown,
    )
