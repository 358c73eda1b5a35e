"""What must be looked at soon: reviews that grow old, entries and figures that run out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

from knowledge.drafts import read_drafts
from knowledge.figures import Figure
from knowledge.loading import load
from knowledge.parsing import Draft
from knowledge.wording import Format


class Why(StrEnum):
    """Why something is due."""

    REVIEW = "review"
    END = "end"
    FIGURE_REVIEW = "figure_review"
    FIGURE_END = "figure_end"


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """One thing to look at: until which day, where it is written, and what it is called."""

    day: date
    path: str
    line: int
    why: Why
    name: str
    title: str


def list_due(folder: Path, today: date, days: int, review_days: int) -> tuple[Due, ...]:
    """What falls due up to `days` after today, or is due already; by day.

    An entry's review is due `review_days` after the last one. A period of a figure that is
    followed without a gap by the next one is never due. Raises ContentError with every fault.
    """
    library = load(folder, today)
    drafts = read_drafts(folder, Format.read())
    found = [due for draft in drafts.values() for due in _of_entry(draft, review_days)]
    found += [due for figure in library.figures for due in _of_figure(figure)]
    horizon = today + timedelta(days=days)
    return tuple(sorted(due for due in found if due.day <= horizon))


def _of_entry(draft: Draft, review_days: int) -> Iterator[Due]:
    name, title = draft.meta["id"].text, draft.title.text
    reviewed = date.fromisoformat(draft.meta["reviewed_on"].text)
    day = reviewed + timedelta(days=review_days)
    yield Due(day, draft.path, draft.line("reviewed_on"), Why.REVIEW, name, title)
    end = draft.meta.get("valid_to")
    if end and end.text:
        yield Due(date.fromisoformat(end.text), draft.path, end.line, Why.END, name, title)


def _of_figure(figure: Figure) -> Iterator[Due]:
    place = ("figures.toml", figure.line)
    for value, after in pairwise([*figure.values, None]):
        assert value is not None
        followed = after and value.end and after.start - value.end <= timedelta(days=1)
        if not followed and value.end:
            yield Due(value.end, *place, Why.FIGURE_END, figure.name, figure.label)
        if not followed and value.review:
            yield Due(value.review, *place, Why.FIGURE_REVIEW, figure.name, figure.label)
