"""How each route of quizzes is asked for: its maker, and whether it belongs to a unit."""

from __future__ import annotations

from collections.abc import Mapping

from domain.units import Unit
from tests.console.broadcast_examples import Make, Told
from tests.console.quiz_house import (
    PLAN,
    some_contest,
    some_group,
    some_item,
    some_plan,
    some_round,
)
from tests.console.visiting import House


async def _nothing(house: House, unit: Unit) -> Told:
    return {}, {}


async def _new(house: House, unit: Unit) -> Told:
    return {}, {**PLAN, "unit": unit.path}


async def _gone(house: House, unit: Unit) -> Told:
    """A dry run of nobody who is asked here: found by its maker only."""
    return {"id": "there-is-no-such-list"}, {}


NOTHING, NEW, GONE = (_nothing, False), (_new, False), (_gone, False)
# The bank is one for the house; rounds belong to units.
CONTEST, GROUP = (some_contest, True), (some_group, True)
ITEM, DRAFT, ROUND = (some_item, False), (some_plan, True), (some_round, True)
QUIZZES: Mapping[str, tuple[Make, bool]] = {
    "GET /quiz": NOTHING,
    "GET /quiz/new": NOTHING,
    "GET /quiz/import": NOTHING,
    "POST /quiz/import": NOTHING,
    "GET /quiz/import/template": NOTHING,
    "POST /quiz/new": NEW,
    "POST /quiz/check": NEW,
    "POST /quiz/import/{id}": GONE,
    "GET /quiz/contests": NOTHING,
    "GET /quiz/contests/new": NOTHING,
    "POST /quiz/contests/new": NOTHING,
    "GET /quiz/contests/{id}": CONTEST,
    "GET /quiz/contests/{id}/progress": CONTEST,
    "POST /quiz/contests/{id}/stop": CONTEST,
    "POST /quiz/contests/{id}/export": CONTEST,
    "POST /quiz/groups/{id}/unit": GROUP,
    "GET /quiz/items": ITEM,
    "POST /quiz/items": ITEM,
    "POST /quiz/topics": ITEM,
    "GET /quiz/items/new": ITEM,
    "POST /quiz/items/new": ITEM,
    "GET /quiz/items/{id}": ITEM,
    "GET /quiz/items/{id}/edit": ITEM,
    "POST /quiz/items/{id}/edit": ITEM,
    "POST /quiz/items/{id}/confirm": ITEM,
    "POST /quiz/items/{id}/retire": ITEM,
    "POST /quiz/items/{id}/restore": ITEM,
    "POST /quiz/items/{id}/void": ITEM,
    "GET /quiz/rounds/{id}/edit": DRAFT,
    "POST /quiz/rounds/{id}/edit": DRAFT,
    "POST /quiz/rounds/{id}/publish": DRAFT,
    "POST /quiz/rounds/{id}/hand-in": DRAFT,
    "POST /quiz/rounds/{id}/approve": DRAFT,
    "POST /quiz/rounds/{id}/send-back": DRAFT,
    "GET /quiz/rounds/{id}": ROUND,
    "GET /quiz/rounds/{id}/people": ROUND,
    "GET /quiz/rounds/{id}/items": ROUND,
    "GET /quiz/rounds/{id}/draw": ROUND,
    "GET /quiz/rounds/{id}/draw/record": ROUND,
    "POST /quiz/rounds/{id}/hold": ROUND,
    "POST /quiz/rounds/{id}/close": ROUND,
    "POST /quiz/rounds/{id}/cancel": ROUND,
    "POST /quiz/rounds/{id}/clone": ROUND,
    "POST /quiz/rounds/{id}/units": ROUND,
    "POST /quiz/rounds/{id}/draw": ROUND,
    "POST /quiz/rounds/{id}/export": ROUND,
    "POST /quiz/rounds/{id}/prizes/{prize}/phone": ROUND,
    "POST /quiz/rounds/{id}/prizes/{prize}/hand-over": ROUND,
    "POST /quiz/rounds/{id}/prizes/{prize}/undo": ROUND,
    "POST /quiz/rounds/{id}/resume": ROUND,
}
