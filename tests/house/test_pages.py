"""Every page of the real knowledge base, as Telegram would take it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from domain.ask import Entry, Section
from handlers.keyboards import Keyboard
from handlers.pages import full_page, page, section_page, with_second
from knowledge import Library
from knowledge import load as load_knowledge
from knowledge.followups import FollowUps
from locales import Markup, load
from simulator.entities import parse_html, units
from simulator.keyboards import read_markup
from tests.house.source import ROOT

TEXTS = load()
# As long as a real one; see services/ask.py.
QUESTION = "A" * 12
IDS = sorted(
    f"{path.parent.name}.{path.stem}" for path in (ROOT / "knowledge" / "entries").rglob("*.md")
)


@cache
def library(day: date) -> Library:
    return load_knowledge(ROOT / "knowledge", day)


def today() -> date:
    return date(2026, 11, 25)


def check(shown: tuple[Markup, InlineKeyboardMarkup]) -> str:
    """Refuses what Telegram would refuse; the text as a person reads it."""
    html, keyboard = shown
    text, entities = parse_html(html)
    assert units(text) <= 4096
    assert len(entities) <= 100
    assert "**" not in text
    assert "{{" not in text
    # The simulator's own check: 64 bytes of data, at most 100 buttons.
    read_markup(keyboard.to_dict(), private=True)
    labels = [button.text for row in keyboard.inline_keyboard for button in row]
    assert all(label.strip() for label in labels)
    assert len(set(labels)) == len(labels)
    return text


@pytest.mark.parametrize("entry_id", IDS)
def test_a_page_is_sound_short_and_full(entry_id: str) -> None:
    entry = library(today()).page(entry_id)
    if entry is None:
        assert entry_id in library(today()).withheld
        return
    for question in (QUESTION, "-"):
        short = check(page(TEXTS, entry, question))
        full = check(full_page(TEXTS, entry, question))
        assert entry.title in short
        assert units(full) >= units(short) - 200
    _check_steps(entry)


def test_pages_with_figures_out_of_date_are_marked_and_sound() -> None:
    for known in library(today()).entries:
        entry = replace(known, expired_figures=("figure",))
        assert "过期" in check(page(TEXTS, entry, QUESTION))
        assert "过期" in check(full_page(TEXTS, entry, QUESTION))


@pytest.mark.parametrize("section", Section)
def test_every_part_of_every_page_can_be_shown_alone(section: Section) -> None:
    said = {
        Section.STEPS: "去哪办",
        Section.LIMITS: "那要多久",
        Section.EVIDENCE: "要带什么",
        Section.BASIS: "有什么法律依据",
        Section.COST: "多少钱",
        Section.ALL: "详细说说",
    }
    follow_ups = FollowUps.read()
    for entry in library(today()).entries:
        asked = follow_ups.follow_up(said[section], entry)
        assert asked is not None
        assert asked.section is section
        assert entry.title in check(section_page(TEXTS, entry, asked, QUESTION))


def test_the_way_to_a_second_ask_fits_on_every_page() -> None:
    entries = library(today()).entries
    for entry, second in pairwise(entries):
        shown = with_second(TEXTS, page(TEXTS, entry, QUESTION), second)
        assert second.title in shown[1].inline_keyboard[0][0].text
        check(shown)


def test_every_button_of_browsing_fits() -> None:
    for group in library(today()).groups:
        for topic in group.topics:
            assert len(f"browse:topic:{topic.id}:99".encode()) <= 64
        assert len(f"browse:group:{group.id}".encode()) <= 64
        assert group.title.strip()
    for entry in library(today()).entries:
        assert len(f"ask:choose:{QUESTION}:{entry.id}".encode()) <= 64
        # What handlers/presses.py lets through.
        assert len(entry.id) <= 40


def _check_steps(entry: Entry) -> None:
    known = library(today())
    for step in entry.next_steps:
        assert (
            step.target.startswith("@")
            or known.page(step.target)
            or (step.target in known.withheld)
        )


def test_the_quick_way_of_writing_a_keyboard_says_what_the_library_says() -> None:
    for entry in library(today()).entries:
        _, buttons = page(TEXTS, entry, QUESTION)
        stock = InlineKeyboardMarkup(buttons.inline_keyboard)
        assert buttons.to_dict() == stock.to_dict()
    link = Keyboard([[InlineKeyboardButton("看网页", url="https://example.org")]])
    assert link.to_dict() == InlineKeyboardMarkup(link.inline_keyboard).to_dict()


def test_a_page_that_was_shown_before_is_not_shown_for_its_changed_successor() -> None:
    entry = library(today()).entries[0]
    before, _ = page(TEXTS, entry, QUESTION)
    after, _ = page(TEXTS, replace(entry, answer="新的说法。"), QUESTION)
    assert "新的说法。" in after
    assert page(TEXTS, entry, QUESTION)[0] == before
