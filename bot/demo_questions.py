"""The demo's questions of the last days, so that the pages about them have something to show."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from domain.ask import Decision, Question, Verdict
from domain.clock import Clock, beijing_date
from knowledge import Library
from storage.database import Database

_RECENT, _ALL = 7, 30


async def settle(
    database: Database, library: Library | None, clock: Clock, content: Mapping[str, Any]
) -> None:
    """Keep the questions of demo_questions.toml as if members had asked them."""
    if library is None:
        return
    today = beijing_date(clock.now())
    asked, missed = list(_asked(library, today, content)), list(_missed(library, today, content))
    async with database.open_work() as work:
        await work.questions.add_all([question for question, _ in asked] + missed)
        for question, verdict in asked:
            if verdict is not None:
                await work.questions.record_verdict(question.id, verdict)
        for question in missed:
            if question.decision is not Decision.NONE:
                await work.questions.record_rejection(question.id)
        await work.commit()


def _asked(
    library: Library, today: date, content: Mapping[str, Any]
) -> Iterator[tuple[Question, Verdict | None]]:
    for one in content["asked"]:
        for number in range(one["times"]):
            is_recent = number < one["recent"]
            past = number % _RECENT if is_recent else _RECENT + number % (_ALL - _RECENT)
            verdict = None
            if number < one["helpful"]:
                verdict = Verdict.HELPFUL
            elif number < one["helpful"] + one["unhelpful"]:
                verdict = Verdict.UNHELPFUL
            yield _question(library, one["text"], today - timedelta(days=past)), verdict


def _missed(library: Library, today: date, content: Mapping[str, Any]) -> Iterator[Question]:
    for heap in content["missed"]:
        for number, text in enumerate(heap["texts"]):
            yield _question(library, text, today - timedelta(days=number % _RECENT))


def _question(library: Library, text: str, day: date) -> Question:
    finding = library.ask(text, reasons=False)
    best = finding.candidates[0] if finding.candidates else None
    is_offered = finding.decision is Decision.CHOICES
    offered = tuple(one.entry_id for one in finding.candidates[:3]) if is_offered else ()
    return Question(
        id=secrets.token_hex(9),
        asked_on=day,
        text=text,
        decision=finding.decision,
        entry_id=best.entry_id if best else None,
        score=best.score if best else 0.0,
        offered=offered,
    )
