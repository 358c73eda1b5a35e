"""What a notice looks like when it is ready to go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from telegram import InlineKeyboardMarkup

from locales import Markup, Texts


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that is ready to go. A protected one cannot be forwarded or saved."""

    text: Markup
    buttons: InlineKeyboardMarkup | None = None
    is_protected: bool = False


Details: TypeAlias = Mapping[str, Any]
Renderer: TypeAlias = Callable[[Texts, Details], Letter]
