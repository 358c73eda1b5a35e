"""Sentences in a page: the same texts as everywhere, fit for HTML and its attributes."""

from __future__ import annotations

from datetime import date, datetime

from markupsafe import Markup, escape

import locales
from domain.clock import BEIJING


class Speech:
    """`t("console_units.title", name=...)` as safe HTML. Values are escaped, quotes too."""

    def __init__(self, texts: locales.Texts) -> None:
        self._texts = texts
        self._gaps = texts.gaps

    def __call__(self, key: str, **values: object) -> Markup:
        safe = {name: locales.Markup(escape(value)) for name, value in values.items()}
        return Markup(self._texts(key, **safe))  # noqa: S704 - every value was escaped above

    def knows(self, key: str) -> bool:
        """True if there is such a sentence."""
        return key in self._gaps


def moment(value: datetime | None) -> str:
    """An instant as staff read it: Beijing's day and minute."""
    return "" if value is None else f"{value.astimezone(BEIJING):%Y-%m-%d %H:%M}"


def day(value: datetime | date | None) -> str:
    """A day as staff read it, Beijing's if it is an instant."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(BEIJING).date()
    return value.isoformat()
