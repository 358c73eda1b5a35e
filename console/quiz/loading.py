"""Lists of questions from staff: uploading one, every fault of it, taking the sound ones over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import unescape

from aiohttp import web
from aiohttp.web_request import FileField
from markupsafe import Markup

from console.exporting.cells import Row
from console.exporting.csv import write_csv
from console.frame.page import Page
from console.importing import quizzes
from console.quiz import wording
from domain.exports import Kind
from domain.quiz import EASIEST, HARDEST
from domain.quiz_import import LETTERS, Field, Issue
from domain.refusal import Refusal

# Options that an empty list has room for.
_OPTIONS = LETTERS[:4]
_TEMPLATE = (
    Field.QUESTION,
    Field.KIND,
    *_OPTIONS,
    Field.ANSWER,
    Field.TOPIC,
    Field.DIFFICULTY,
    Field.EXPLANATION,
    Field.SOURCE,
)
# Lines of one fault that are named; a list of hundreds is not read by anybody.
_MOST_LINES = 40


@dataclass(frozen=True, slots=True)
class Told:
    """One fault, or one thing to look at, with all lines that have it."""

    column: str
    sentence: Markup
    lines: tuple[Markup, ...]
    is_error: bool

    @property
    def named(self) -> tuple[Markup, ...]:
        return self.lines[:_MOST_LINES]

    @property
    def more(self) -> int:
        return max(0, len(self.lines) - _MOST_LINES)


async def show_upload(page: Page) -> web.StreamResponse:
    """Choose a file, and what rows are about that do not say so."""
    topics = await page.desk.quiz.bank.topics(page.actor)
    return page.render(
        "quiz/upload.html",
        topics=[(topic.key, topic.title) for topic in topics],
        levels=wording.levels(page),
    )


async def plan(page: Page) -> web.StreamResponse:
    """The dry run: what is wrong with which line, and what could be taken over."""
    file, level = page.file("file"), page.form.get("difficulty", "")
    if file is None:
        raise Refusal("console_quiz.choose_file")
    if level not in map(str, range(EASIEST, HARDEST + 1)):
        raise Refusal("console_quiz.choose_level")
    desk, texts = page.desk.quiz, page.desk.texts
    topics = wording.titles(tuple(await desk.bank.topics(page.actor)))
    topic = page.form.get("topic", "")
    rules = quizzes.rules(
        texts, topics, desk.referring, topic if topic in topics else "", int(level)
    )
    # A big workbook takes seconds to read: not on the loop that answers members.
    raw = await asyncio.to_thread(_content, file)
    read = await asyncio.to_thread(quizzes.read, raw, texts)
    planned = await desk.imports.plan(page.actor, read.rows, rules)
    told = grouped(page, planned.reading.issues)
    return page.render(
        "quiz/import.html",
        plan=planned,
        reading=planned.reading,
        read=read,
        faults=[one for one in told if one.is_error],
        notes=[one for one in told if not one.is_error],
        topics=topics,
    )


async def confirm(page: Page) -> web.StreamResponse:
    """Take the sound questions over as drafts; nobody is asked them before they are confirmed."""
    count = await page.desk.quiz.imports.confirm(page.actor, page.arg("id"))
    where = "/quiz/items?state=draft&sort=-changed"
    return page.redirect(where, "console_quiz.imported", count=count)


async def template(page: Page) -> web.StreamResponse:
    """An empty list with its headings and a line of each kind as an example."""
    texts = page.desk.texts
    topics = await page.desk.quiz.bank.topics(page.actor)
    topic = topics[0].title if topics else ""
    heads = [quizzes.heading(texts, column) for column in _TEMPLATE]
    rows: list[Row] = [
        [unescape(cell) for cell in texts(f"console_quiz.example_{kind}", topic=topic).split("|")]
        for kind in ("single", "multiple", "true_false")
    ]
    kinds = [Kind.TEXT] * len(heads)
    body = b"".join(write_csv(heads, kinds, "", [rows]))
    name = 'attachment; filename="questions.csv"'
    headers = {"Content-Disposition": name}
    return web.Response(body=body, content_type="text/csv", charset="utf-8", headers=headers)


def grouped(page: Page, issues: Iterable[Issue]) -> Sequence[Told]:
    """Issues that say the same about the same column as one; errors first, then the frequent."""
    found: dict[tuple[bool, str, Markup], list[Markup]] = {}
    for issue in issues:
        column = quizzes.heading(page.desk.texts, issue.column)
        sentence = page.t(f"quiz_import.{issue.code}", **issue.values)
        line = (
            page.t("console_quiz.line_as", line=issue.line, other=issue.other)
            if issue.other
            else page.t("console_quiz.line_alone", line=issue.line)
        )
        found.setdefault((not issue.is_error, column, sentence), []).append(line)
    told = [
        Told(column, sentence, tuple(lines), is_error=not is_note)
        for (is_note, column, sentence), lines in found.items()
    ]
    return sorted(told, key=lambda one: (not one.is_error, -len(one.lines)))


def _content(file: FileField) -> bytes:
    with file.file:
        return file.file.read()
