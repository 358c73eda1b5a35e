"""The map of the console: which files have pages. What is not named here cannot be reached."""

from __future__ import annotations

from console import (
    account,
    audit,
    broadcasts,
    cases,
    certificates,
    countersigns,
    door,
    events,
    figures,
    health,
    knowledge,
    members,
    questions,
    quiz,
    roster,
    search,
    staff,
    talks,
    today,
    units,
)
from console.frame.routes import Noun, Route
from console.frame.summaries import CardMaker, Searcher

_NOUNS: tuple[Noun, ...] = (
    door,
    today,
    search,
    account,
    countersigns,
    talks,
    questions,
    cases,
    events,
    certificates,
    quiz,
    broadcasts,
    knowledge,
    figures,
    members,
    roster,
    units,
    staff,
    audit,
    health,
)


def all_routes() -> tuple[Route, ...]:
    """Every page and act of the console."""
    return tuple(route for noun in _NOUNS for route in noun.routes())


def all_cards() -> tuple[CardMaker, ...]:
    """What each noun puts on the page "today"; a file may have `cards()`."""
    return tuple(card for noun in _NOUNS for card in getattr(noun, "cards", tuple)())


def all_searchers() -> tuple[Searcher, ...]:
    """Where the search looks; a file may have `searchers()`."""
    return tuple(one for noun in _NOUNS for one in getattr(noun, "searchers", tuple)())
