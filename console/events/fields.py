"""Reading a long form: every fault is kept beside its field, nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from markupsafe import Markup

from console.events.wording import moment_of
from console.frame.page import Page
from domain.refusal import Refusal

# Rows of one kind in a form: sessions, quotas, questions.
MOST_ROWS = 20


class Fields:
    """What was typed, and what is wrong with it, by field."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._form = page.form
        self.faults: dict[str, Markup] = {}

    def fault(self, name: str, key: str, **values: object) -> None:
        """Tell a fault beside a field; the first one counts."""
        self.faults.setdefault(name, self._page.t(key, **values))

    def refusal(self, name: str, refusal: Refusal) -> None:
        """Tell a rule's no beside a field."""
        self.fault(name, refusal.code, **refusal.values)

    def given(self, name: str) -> str:
        return self._form.get(name, "").strip()

    def is_ticked(self, name: str) -> bool:
        return name in self._form

    def ticked(self, name: str) -> Sequence[str]:
        """The values of the boxes that were ticked."""
        return self._page.all(name)

    def text(self, name: str, limit: int, *, required: bool = False) -> str:
        """A text of one or more lines."""
        text = self.given(name).replace("\r\n", "\n")
        if required and not text:
            self.fault(name, "console_events.fault_empty")
        if len(text) > limit:
            self.fault(name, "console_events.fault_long", limit=limit)
        return text

    def number(self, name: str, least: int, most: int, *, default: int | None = None) -> int:
        """A whole number between the two."""
        text = self.given(name)
        if not text and default is not None:
            return default
        is_number = text.isascii() and text.isdigit() and len(text) < 10
        if not is_number or not least <= int(text) <= most:
            self.fault(name, "console_events.fault_number", least=least, most=most)
            return least
        return int(text)

    def decimal(self, name: str, least: int, most: int, *, default: str = "") -> Decimal:
        """A number that may have a fraction."""
        found = _decimal(self.given(name) or default)
        if found is None or not least <= found <= most:
            self.fault(name, "console_events.fault_number", least=least, most=most)
            return Decimal(least)
        return found

    def degrees(self, name: str, most: int) -> float | None:
        """A coordinate, or nothing."""
        text = self.given(name)
        found = _decimal(text)
        if text and (found is None or abs(found) > most):
            self.fault(name, "console_events.fault_number", least=-most, most=most)
        return None if found is None else float(found)

    def bound(self, name: str) -> Decimal | None:
        """A number without limits of its own, or nothing."""
        text = self.given(name)
        found = _decimal(text)
        if text and found is None:
            self.fault(name, "console_events.fault_figure")
        return found

    def moment(self, name: str) -> datetime | None:
        """A day with its hour, in Beijing."""
        found = moment_of(self.given(name))
        if found is None:
            self.fault(name, "console_events.fault_moment")
        return found

    def rows(self, kind: str) -> int:
        """How many rows of a kind the form had."""
        text = self.given(f"{kind}_rows")
        return min(int(text), MOST_ROWS) if text.isascii() and text.isdigit() else 0


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    # A thousand digits are no number that anybody means.
    return found if found.is_finite() and len(text) <= 20 else None
