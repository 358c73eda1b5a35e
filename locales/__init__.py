"""What is said: every sentence that a person reads, by key."""

from __future__ import annotations

import html
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

_FOLDER = Path(__file__).parent


class Markup(str):
    """Text that is HTML already and goes into a sentence as it is."""

    __slots__ = ()


class Texts:
    """The sentences of one language. `texts("ask.none", question=...)` fills a sentence's gaps.

    Values are escaped, so that a member's words can never become markup; Markup stays as it is.
    A missing key, a missing or a superfluous value is a mistake of ours and raises at once.
    """

    def __init__(self, sentences: Mapping[str, str]) -> None:
        self._sentences = dict(sentences)
        self._gaps = {
            key: frozenset(name for _, name, _, _ in Formatter().parse(text) if name)
            for key, text in self._sentences.items()
        }

    def __call__(self, key: str, **values: object) -> Markup:
        sentence = self._sentences[key]
        if self._gaps[key] != values.keys():
            raise KeyError(f"{key} wants {sorted(self._gaps[key])}, not {sorted(values)}")
        return Markup(sentence.format(**{name: escape(value) for name, value in values.items()}))

    @property
    def gaps(self) -> Mapping[str, frozenset[str]]:
        """Every key with the names of its gaps."""
        return dict(self._gaps)


def escape(value: object) -> Markup:
    """A value as HTML text; Markup is passed through."""
    return value if isinstance(value, Markup) else Markup(html.escape(str(value), quote=False))


def plain(text: Markup) -> str:
    """A sentence without HTML escapes, for places that show plain text: buttons and toasts."""
    return html.unescape(text)


@cache
def load(language: str = "zh-CN") -> Texts:
    """The sentences of a language: one file a noun, the file's name is the key's first part."""
    sentences: dict[str, str] = {}
    for path in sorted((_FOLDER / language).glob("*.toml")):
        for name, text in tomllib.loads(path.read_text("utf-8")).items():
            sentences[f"{path.stem}.{name}"] = text
    return Texts(sentences)


@cache
def load_words(language: str = "zh-CN") -> Mapping[str, Any]:
    """The words by which a language's typed figures and days are read."""
    return tomllib.loads((_FOLDER / "words" / f"{language}.toml").read_text("utf-8"))
