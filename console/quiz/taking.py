"""What came of a round as files: by person, by attempt, by question, by unit, the winners.

The lists reconcile: the attempts of all people are the rows of the list of attempts and the
attempts of all units; the questions asked are the questions of all attempts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape

from aiohttp import web

from console.exporting import Column, Export, Filter, Kind, respond
from console.frame.page import Page
from domain.quiz import MOST
from domain.quiz_rounds import Round
from domain.refusal import Refusal
from domain.staff import Permission
from services.quiz import AttemptLine, ItemLine, PersonLine, UnitLine, WinnerLine

_NUMBER, _INSTANT = Kind.NUMBER, Kind.INSTANT
_PERSONAL = {"name": Kind.NAME, "phone": Kind.PHONE, "member_number": Kind.CODE}


@dataclass(frozen=True, slots=True)
class _Listing:
    """One kind of list: its columns with what they hold, and the rows."""

    columns: Mapping[str, Kind]
    rows: Callable[[Page, Round], AsyncIterator[Sequence[object]]]


async def export(page: Page) -> web.StreamResponse:
    """Hand a list over, masked unless a right and a reason say otherwise."""
    desk = page.desk.quiz
    one = await desk.reader.exported(page.actor, page.arg("id"))
    page.actor.must(Permission.EXPORTS_MASKED, one.unit_path)
    what = page.form.get("what", "")
    listing = LISTINGS.get(what)
    if listing is None:
        raise Refusal("console_quiz.export_what")
    if what == "units" and not one.unit_table_reason:
        raise Refusal("quiz.unit_table_off")
    title = unescape(page.t(f"console_quiz.export_{what}"))

    async def still() -> None:
        await desk.reader.exported(page.actor, one.id)

    return await respond(
        page,
        Export(
            "quiz",
            f"{one.title[:20]}-{title}",
            [_column(name, kind) for name, kind in listing.columns.items()],
            listing.rows(page, one),
            [
                Filter("round", "console_quiz.kind", one.title),
                Filter("what", "console_quiz.export_list", title),
            ],
            path=one.unit_path,
            still=still,
        ),
    )


def _column(name: str, kind: Kind) -> Column:
    return Column(name, f"console_quiz.column_{name}", kind, personal=name in _PERSONAL)


async def _people(page: Page, one: Round) -> AsyncIterator[Sequence[object]]:
    async for line in page.desk.quiz.reader.stream_people(page.actor, one.id):
        yield _person(line)


def _person(line: PersonLine) -> Sequence[object]:
    standing = line.standing
    return (
        standing.place,
        line.name,
        line.phone,
        line.number,
        line.unit,
        standing.code,
        standing.days,
        standing.passed_days,
        standing.attempts,
        standing.right,
        standing.total,
        round(standing.took / 1000),
    )


async def _attempts(page: Page, one: Round) -> AsyncIterator[Sequence[object]]:
    async for line in page.desk.quiz.reader.stream_attempts(page.actor, one.id):
        yield _attempt(page, line)


def _attempt(page: Page, line: AttemptLine) -> Sequence[object]:
    attempt = line.attempt
    return (
        line.day,
        line.name,
        line.code,
        attempt.number,
        unescape(page.t(f"console_quiz.attempt_{attempt.state}")),
        attempt.started_at,
        attempt.finished_at,
        attempt.right,
        attempt.total,
        _yes(page, line.passed),
        round(attempt.took.total_seconds()),
    )


async def _items(page: Page, one: Round) -> AsyncIterator[Sequence[object]]:
    async for line in page.desk.quiz.reader.stream_items(page.actor, one.id):
        yield _item(page, line)


def _item(page: Page, line: ItemLine) -> Sequence[object]:
    item, figures = line.item, line.figures
    chosen = [
        f"{option.text}: {figures.chosen.get(option.id, 0)}" for option in item.options[:MOST]
    ]
    return (
        item.id,
        line.version,
        item.topic,
        item.difficulty,
        unescape(page.t(f"console_quiz.kind_{item.kind}")),
        item.question,
        " / ".join(option.text for option in item.right),
        line.asked,
        line.answered,
        line.right,
        None if figures.facility is None else round(figures.facility, 3),
        None if figures.discrimination is None else round(figures.discrimination, 3),
        _yes(page, line.is_void),
        *chosen,
        *(None for _ in range(MOST - len(chosen))),
    )


async def _units(page: Page, one: Round) -> AsyncIterator[Sequence[object]]:
    async for line in page.desk.quiz.reader.stream_units(page.actor, one.id):
        yield _unit(line)


def _unit(line: UnitLine) -> Sequence[object]:
    return (
        line.unit,
        line.people,
        line.passed_people,
        line.attempts,
        line.right,
        line.total,
    )


async def _winners(page: Page, one: Round) -> AsyncIterator[Sequence[object]]:
    for line in await page.desk.quiz.prizes.winners(page.actor, one.id):
        yield _winner(page, line)


def _winner(page: Page, line: WinnerLine) -> Sequence[object]:
    winner = line.winner
    return (
        winner.place,
        winner.entry,
        line.name,
        line.unit,
        unescape(page.t(f"console_quiz.prize_{winner.state}")),
        winner.claim_until,
        winner.claimed_at,
        winner.handed_at,
        winner.note,
    )


def _yes(page: Page, value: bool) -> str:
    return unescape(page.t("console_quiz.yes" if value else "console_quiz.no"))


_TEXT = Kind.TEXT
LISTINGS: Mapping[str, _Listing] = {
    "people": _Listing(
        {
            "place": _NUMBER,
            **_PERSONAL,
            "unit": _TEXT,
            "code": _TEXT,
            "days": _NUMBER,
            "passed_days": _NUMBER,
            "attempts": _NUMBER,
            "right": _NUMBER,
            "total": _NUMBER,
            "seconds": _NUMBER,
        },
        _people,
    ),
    "attempts": _Listing(
        {
            "sitting": _NUMBER,
            "name": Kind.NAME,
            "code": _TEXT,
            "attempt": _NUMBER,
            "attempt_state": _TEXT,
            "started_at": _INSTANT,
            "finished_at": _INSTANT,
            "right": _NUMBER,
            "total": _NUMBER,
            "passed": _TEXT,
            "seconds": _NUMBER,
        },
        _attempts,
    ),
    "items": _Listing(
        {
            "item": _TEXT,
            "version": _NUMBER,
            "topic": _TEXT,
            "difficulty": _NUMBER,
            "item_kind": _TEXT,
            "question": _TEXT,
            "right_options": _TEXT,
            "asked": _NUMBER,
            "answered": _NUMBER,
            "right": _NUMBER,
            "facility": _NUMBER,
            "discrimination": _NUMBER,
            "is_void": _TEXT,
            **{f"chosen_{number}": _TEXT for number in range(1, MOST + 1)},
        },
        _items,
    ),
    "units": _Listing(
        {
            "unit": _TEXT,
            "people": _NUMBER,
            "passed_people": _NUMBER,
            "attempts": _NUMBER,
            "right": _NUMBER,
            "total": _NUMBER,
        },
        _units,
    ),
    "winners": _Listing(
        {
            "place": _NUMBER,
            "code": _TEXT,
            "name": Kind.NAME,
            "unit": _TEXT,
            "prize_state": _TEXT,
            "claim_until": _INSTANT,
            "claimed_at": _INSTANT,
            "handed_at": _INSTANT,
            "note": _TEXT,
        },
        _winners,
    ),
}
