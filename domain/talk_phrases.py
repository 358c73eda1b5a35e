"""Replies that are written once: their gaps are filled from one source, or they are not used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from domain.ask import Entry
from domain.refusal import Refusal
from domain.talks import TEXT_LIMIT, Phrase
from domain.union import Union

TITLE_LIMIT = 60
PAGE_GAPS = ("entry.title", "entry.answer", "entry.steps", "entry.source")
_GAP = re.compile(r"\{([^{}\n]{0,60})\}")
_BOLD = re.compile(r"\*\*(.+?)\*\*")


def gaps_of(text: str) -> tuple[str, ...]:
    """The names of the gaps in a text, each once, in order."""
    return tuple(dict.fromkeys(_GAP.findall(text)))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its gaps filled.

    Refuses with `talks.phrase_gap` if one has no value: nobody gets `{name}` to read.
    """
    for gap in gaps_of(text):
        if not values.get(gap):
            raise Refusal("talks.phrase_gap", gap=gap)
    return _GAP.sub(lambda found: values[found.group(1)], text)


def values_of(
    union: Union, agent: str, entry: Entry | None, figures: Mapping[str, str]
) -> Mapping[str, str]:
    """What gaps may hold: the union's particulars, the page's words, figures of today."""
    told = {
        "union.name": union.name,
        "union.phone": union.phone,
        "union.address": union.address,
        "union.hours": union.hours,
        "agent.name": agent,
    }
    told |= {f"figure.{name}": written for name, written in figures.items()}
    if entry is not None:
        first = entry.basis[0] if entry.basis else None
        steps = "\n".join(f"{at}. {step}" for at, step in enumerate(entry.steps, 1))
        told |= {
            "entry.title": entry.title,
            "entry.answer": _plain(entry.answer),
            "entry.steps": _plain(steps),
            "entry.source": " ".join((first.source, first.article or "")) if first else "",
        }
    return {name: value.strip() for name, value in told.items() if value.strip()}


def checked(phrase: Phrase, values: Mapping[str, str], now: datetime) -> Phrase:
    """The phrase as it is kept.

    Refuses with `talks.phrase_title`, `talks.text_empty`, `talks.text_long` or, for a gap that
    would stay empty today, `talks.phrase_gap`.
    """
    title, text = " ".join(phrase.title.split()), phrase.text.replace("\r\n", "\n").strip()
    if not title or len(title) > TITLE_LIMIT:
        raise Refusal("talks.phrase_title", limit=TITLE_LIMIT)
    if not text:
        raise Refusal("talks.text_empty")
    whole = filled(text, values)
    if max(len(whole), len(text)) > TEXT_LIMIT:
        raise Refusal("talks.text_long", limit=TEXT_LIMIT, length=max(len(whole), len(text)))
    return replace(phrase, title=title, text=text, changed_at=now)


def _plain(text: str) -> str:
    return _BOLD.sub(r"\1", text)
