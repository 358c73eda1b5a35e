"""Talks with members: the inbox, one talk like a messenger, phrases, figures."""

from __future__ import annotations

from collections.abc import Sequence

from console.frame.page import Page
from console.frame.routes import Handler, Route
from console.frame.summaries import Card, CardMaker, Tone
from console.talks import acts, figures, inbox, phrases, talk
from domain.staff import Permission
from domain.talks import Box

_ANSWER = Permission.TALKS_ANSWER
_PHRASES = Permission.TALKS_PHRASES
# A file of ten megabytes with the form around it.
_WITH_FILE = 11 * 1024 * 1024


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/talks", inbox.show, _ANSWER, nav="talks"),
        Route("GET", "/talks/rows", inbox.rows, _ANSWER),
        Route("GET", "/talks/figures", figures.show, _ANSWER, nav="talks"),
        Route("GET", "/talks/phrases", phrases.list_phrases, _ANSWER, nav="talks"),
        Route(
            "POST",
            "/talks/phrases",
            phrases.add,
            _PHRASES,
            nav="talks",
            back=phrases.list_phrases,
            once=True,
        ),
        Route("GET", "/talks/phrases/{phrase}", phrases.edit, _PHRASES, nav="talks"),
        Route(
            "POST",
            "/talks/phrases/{phrase}",
            phrases.save,
            _PHRASES,
            nav="talks",
            back=phrases.edit,
            once=True,
            again=True,
        ),
        Route("POST", "/talks/phrases/{phrase}/remove", phrases.remove, _PHRASES, nav="talks"),
        Route("GET", "/talks/{id}", talk.show, _ANSWER, nav="talks"),
        Route("GET", "/talks/{id}/said", talk.said, _ANSWER),
        Route("GET", "/talks/{id}/phrases/{phrase}", talk.phrase, _ANSWER),
        Route("GET", "/talks/{id}/files/{file}", talk.download, _ANSWER),
        Route(
            "POST",
            "/talks/{id}/reply",
            acts.reply,
            _ANSWER,
            nav="talks",
            back=talk.show,
            once=True,
            # "Yes" may be the right answer to two questions in ten minutes.
            again=True,
            files=True,
            limit=_WITH_FILE,
        ),
        _act("note", acts.note, again=False),
        _act("claim", acts.claim),
        _act("back", acts.put_back),
        _act("hand-over", acts.hand_over),
        _act("snooze", acts.snooze),
        _act("sort", acts.sort),
        _act("close", acts.close),
        _act("called", acts.called),
        Route("POST", "/talks/{id}/phone", talk.show_phone, _ANSWER, nav="talks", back=talk.show),
        Route(
            "POST",
            "/talks/{id}/phrasing",
            acts.add_phrasing,
            Permission.KNOWLEDGE_PUBLISH,
            nav="talks",
            back=talk.show,
            once=True,
        ),
    )


def cards() -> Sequence[CardMaker]:
    return (queue_card, mine_card, overdue_card, calls_card)


async def queue_card(page: Page) -> Card | None:
    """Members whom nobody has taken yet."""
    return await _card(page, Box.QUEUE, "warn")


async def mine_card(page: Page) -> Card | None:
    """One's own talks."""
    return await _card(page, Box.MINE, "plain")


async def overdue_card(page: Page) -> Card | None:
    """Talks in which staff are later than was promised."""
    return await _card(page, Box.OVERDUE, "bad")


async def calls_card(page: Page) -> Card | None:
    """Members whom a reply has not reached."""
    return await _card(page, Box.CALLS, "bad")


async def _card(page: Page, box: Box, tone: Tone) -> Card | None:
    if not page.may(_ANSWER):
        return None
    count = await page.desk.talks.reader.count(page.actor, box)
    t = page.t
    title, text = t(f"console_talks.box_{box}"), t(f"console_talks.card_{box}")
    return Card(title, count, text, f"/talks?box={box}", tone)


def _act(path: str, handler: Handler, *, again: bool = True) -> Route:
    """A change of one talk, asked for on its page."""
    path = f"/talks/{{id}}/{path}"
    return Route(
        "POST", path, handler, _ANSWER, nav="talks", back=talk.show, once=True, again=again
    )
