"""The commands that keep the knowledge good: outcomes, misses, add-phrasing."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot.exits import BAD_INPUT, fail, told
from bot.settings import Settings
from bot.settings import load as load_settings
from domain.clock import SystemClock, beijing_date
from domain.outcomes import Counts, Mark, MissReport, OutcomeReport, percent, times_read
from domain.staff import operator
from knowledge import ContentError, Knowledge, Library
from knowledge.adding import add_phrasing, plan_phrasing
from knowledge.golden import pages_for
from locales import Texts, plain
from locales import load as load_texts
from services.editing import InForce
from services.outcomes import OutcomeService
from storage import migrate as migration
from storage.database import Database

app = typer.Typer()

Config = Annotated[Path, typer.Option("--config", help="The settings file.")]
Days = Annotated[int, typer.Option(min=1, max=3650, help="How far to look back.")]
Result = TypeVar("Result")

_COLUMNS = (
    Mark.ANSWERED,
    Mark.OFFERED,
    Mark.CHOSEN,
    Mark.HELPFUL,
    Mark.UNHELPFUL,
    Mark.OFF_TOPIC,
    Mark.UNCLEAR,
    Mark.OUTDATED,
    Mark.HUMAN,
    Mark.LEFT,
)
_WITH_PERCENT = {Mark.HELPFUL, Mark.UNHELPFUL, Mark.HUMAN}


@app.command()
def outcomes(
    days: Days = 30,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    config: Config = Path("config.toml"),
) -> None:
    """Show what became of questions, in all and for each topic and page; no names, no words."""
    with told():
        settings = load_settings(config)
        knowledge = _knowledge(settings)
        report = _looked_back(settings, knowledge, lambda service: service.count(operator(), days))
    if as_json:
        print(json.dumps(_plain(report, days), ensure_ascii=False, indent=1))
        return
    t = load_texts()
    since = beijing_date(SystemClock().now()) - timedelta(days=days - 1)
    for line in _outcome_lines(t, report, knowledge.current, days, str(since)):
        print(line)


@app.command()
def misses(
    days: Days = 30,
    at_least: Annotated[
        int | None, typer.Option(min=2, help="Show clusters of so many questions or more.")
    ] = None,
    config: Config = Path("config.toml"),
) -> None:
    """Show what members asked in vain, gathered by likeness, largest first."""
    t = load_texts()
    with told():
        settings = load_settings(config)
        least = settings.privacy.cluster_size
        if at_least is not None and at_least < least:
            fail(BAD_INPUT, plain(t("outcomes.at_least_low", least=least)))
        knowledge = _knowledge(settings)
        report = _looked_back(
            settings, knowledge, lambda service: service.find_misses(operator(), days, at_least)
        )
    for line in _miss_lines(t, report, knowledge.current, days, at_least or least):
        print(line)


@app.command("add-phrasing")
def add(
    entry: Annotated[str, typer.Argument(help="The id of an entry, for instance wage.arrears.")],
    text: Annotated[str, typer.Argument(help="How members ask it.")],
    folder: Annotated[Path, typer.Option("--folder", help="The knowledge base.")] = Path(
        "knowledge"
    ),
) -> None:
    """Add a phrasing to an entry, if nothing else suffers; show what it finds before and after."""
    t = load_texts()
    with told():
        planned = plan_phrasing(folder, entry, text, beijing_date(SystemClock().now()))
        add_phrasing(folder, planned)
    print(_found(t, "before", planned.before, text))
    print(_found(t, "after", planned.after, text))
    if pages_for(planned.after, text)[1][:1] != (entry,):
        print(plain(t("outcomes.astray", id=entry)))
    print(plain(t("outcomes.added", path=folder / planned.path)))


def _outcome_lines(
    t: Texts, report: OutcomeReport, library: Library | None, days: int, since: str
) -> Iterator[str]:
    counts = {mark.value: report.totals.get(mark, 0) for mark in Mark}

    def said(key: str, *names: str) -> str:
        return plain(t(f"outcomes.{key}", **{name: counts[name] for name in names}))

    yield plain(t("outcomes.heading", days=days, since=since, asked=counts["asked"]))
    yield said("totals", "answered", "choices", "chosen", "rejected", "none")
    reasons = ("off_topic", "unclear", "outdated")
    yield said("totals_after", "helpful", "unhelpful", *reasons, "human", "left")
    groups = library.groups if library else ()
    titles = {topic.id: topic.title for group in groups for topic in group.topics}
    titles |= {page.id: page.title for page in library.entries} if library else {}
    for heading, column, rows in (
        ("by_topic", "column_topic", report.topics),
        ("by_page", "column_page", report.pages),
    ):
        if rows:
            yield ""
            yield plain(t(f"outcomes.{heading}"))
            head = [plain(t(f"outcomes.{column}"))]
            head += [plain(t(f"outcomes.column_{mark.value}")) for mark in _COLUMNS]
            head += [plain(t("outcomes.column_title"))]
            order = sorted(rows, key=lambda name: (-times_read(rows[name]), name))
            yield from _table([head, *(_row(t, name, rows[name], titles) for name in order)])
    yield ""
    yield plain(t("outcomes.note"))


def _row(t: Texts, name: str, counts: Counts, titles: dict[str, str]) -> list[str]:
    cells = [name]
    for mark in _COLUMNS:
        count, part = counts.get(mark, 0), percent(counts, mark)
        if count and mark in _WITH_PERCENT and part is not None:
            cells.append(plain(t("outcomes.with_percent", count=count, percent=part)))
        else:
            cells.append(str(count or "-"))
    return [*cells, titles.get(name, "")]


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns in line, also where characters are two cells wide; the last one runs free."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [row[0] + " " * (widths[0] - _width(row[0]))]
        cells += [
            " " * (width - _width(cell)) + cell
            for cell, width in zip(row[1:-1], widths[1:-1], strict=True)
        ]
        yield "  ".join([*cells, row[-1]]).rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _plain(report: OutcomeReport, days: int) -> dict[str, object]:
    def whole(counts: Counts) -> dict[str, int]:
        return {mark.value: counts[mark] for mark in Mark if counts.get(mark)}

    return {
        "days": days,
        "totals": whole(report.totals),
        "topics": {name: whole(report.topics[name]) for name in sorted(report.topics)},
        "pages": {name: whole(report.pages[name]) for name in sorted(report.pages)},
    }


def _miss_lines(
    t: Texts, report: MissReport, library: Library | None, days: int, at_least: int
) -> Iterator[str]:
    size = len(report.clusters) + report.small
    counts = {"questions": report.questions, "settled": report.settled}
    yield plain(t("outcomes.misses", days=days, size=size, **counts))
    for number, cluster in enumerate(report.clusters, 1):
        words = " ".join(cluster.words) or plain(t("outcomes.cluster_no_words"))
        yield ""
        yield plain(t("outcomes.cluster", number=number, size=cluster.size, words=words))
        for near in cluster.near:
            page = library.page(near.entry_id) if library else None
            title, score = page.title if page else "", f"{near.score:.2f}"
            yield plain(t("outcomes.near", id=near.entry_id, title=title, score=score))
        for text in cluster.samples:
            # One line each: a member's line ends must not look like lines of ours.
            yield plain(t("outcomes.sample", text=" ".join(text.split())))
    if report.small:
        rest = {"clusters": report.small, "questions": report.small_questions}
        yield ""
        yield plain(t("outcomes.small", at_least=at_least, **rest))


def _found(t: Texts, when: str, library: Library, text: str) -> str:
    decision, pages = pages_for(library, text)
    page = library.page(pages[0]) if pages else None
    title = page.title if page else plain(t("outcomes.nothing"))
    said = {"when": t(f"outcomes.{when}"), "decision": t(f"outcomes.{decision.value}")}
    return plain(t("outcomes.finds", id=page.id if page else "-", title=title, **said))


def _knowledge(settings: Settings) -> Knowledge:
    clock = SystemClock()
    return Knowledge(settings.knowledge.folder, lambda: beijing_date(clock.now()))


def _looked_back(
    settings: Settings,
    knowledge: Knowledge,
    look: Callable[[OutcomeService], Awaitable[Result]],
) -> Result:
    if migration.current(settings.database.url) != migration.head():
        fail(BAD_INPUT, "the database is of another schema: run `python -m bot migrate`")

    async def main() -> Result:
        database = Database(settings.database.url)
        try:
            # What staff published counts: a miss that it answers is settled.
            faults = knowledge.reload((await InForce(database).read()).overlay)
            if faults:
                raise ContentError(faults)
            size = settings.privacy.cluster_size
            return await look(OutcomeService(database, knowledge, SystemClock(), size))
        finally:
            await database.close()

    return asyncio.run(main())
