"""The frame that is built once: templates, static files, the registry of pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from console.frame.charts import chart
from console.frame.navigation import Place, places
from console.frame.pace import Pace
from console.frame.paths import url
from console.frame.routes import Route
from console.frame.speech import Speech, day, moment
from console.frame.static import Static
from console.frame.summaries import CardMaker, Searcher
from domain.clock import Clock
from domain.staff import Permission
from locales import Texts

FOLDER = Path(__file__).parent.parent / "templates"
# A person who clicks fast, and a page that polls; not a program that tries everything.
_BURST, _PER_SECOND = 120, 10.0


@dataclass(frozen=True, slots=True)
class Frame:
    """What every request shares."""

    speech: Speech
    templates: Environment
    static: Static
    routes: tuple[Route, ...]
    places: tuple[Place, ...]
    cards: tuple[CardMaker, ...]
    searchers: tuple[Searcher, ...]
    pace: Pace


def build_frame(
    texts: Texts,
    clock: Clock,
    routes: Sequence[Route],
    cards: Sequence[CardMaker] = (),
    searchers: Sequence[Searcher] = (),
) -> Frame:
    """The frame. Templates are compiled when they are first shown: all of them would take a fifth
    of a second of every start. A test compiles them all."""
    speech, static = Speech(texts), Static()
    known = places(routes)
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "t": speech,
        "url": url,
        "static": static.href,
        "navigation": known,
        "chart": partial(chart, table=speech("console.chart_table")),
        "Permission": Permission,
    }
    environment.filters |= {"moment": moment, "day": day}
    return Frame(
        speech,
        environment,
        static,
        tuple(routes),
        known,
        tuple(cards),
        tuple(searchers),
        Pace(clock, _BURST, _PER_SECOND),
    )
