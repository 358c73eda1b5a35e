"""What members are told unasked: from the kind and details of a notice to a message.

A file of handlers that has kinds of its own offers `notices()`; it is named in `renderers` here.
There is no other way out: a kind that is not in this list is not sent. So whoever looks through
the list has seen everything that can light up a phone (tests/house/test_notices.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from handlers import broadcasts, cases, events, hearing, limits, quiz, talks
from handlers.letters import Act, Details, Letter, Renderer, sentence
from locales import Markup, Texts


def renderers() -> dict[str, Renderer]:
    """Every kind that there is."""
    return {
        "message": sentence("notices.message"),
        **hearing.notices(),
        **events.notices(),
        **quiz.notices(),
        **limits.notices(),
        **talks.notices(),
        **cases.notices(),
        **broadcasts.notices(),
    }


class Renderers:
    """Turns notices into messages. Raises KeyError for a kind that nobody knows."""

    def __init__(self, t: Texts, known: Mapping[str, Renderer] | None = None) -> None:
        self._t = t
        self._known = renderers() if known is None else dict(known)

    def letter(
        self, kind: str, details: Details, *, is_again: bool = False, number: str | None = None
    ) -> Letter:
        """The message; marked if an earlier copy of it may have arrived."""
        letter = self._known[kind](self._t, details)
        if not is_again or letter.act is not Act.SEND:
            return letter
        note = self._t("notices.again_numbered", number=number) if number else None
        again = note or self._t("notices.again")
        return replace(letter, text=Markup(f"{again}\n{letter.text}"))
