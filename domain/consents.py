"""Consent: for which purposes it is asked, what counts, and when it may be asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# After a no, nobody is asked again for so long (Network Data Security Regulation, article 22).
QUIET = timedelta(days=90)


class Purpose(StrEnum):
    """What somebody's data may be used for. None of them is needed for an answer."""

    SERVICE = "service"
    PROMOTION = "promotion"
    QUIZ_PUBLICITY = "quiz_publicity"
    CASE = "case"
    HARDSHIP = "hardship"
    CROSS_BORDER = "cross_border"


# Raised when the sentence that is agreed to changes in substance: it is then asked anew.
VERSIONS: Mapping[Purpose, int] = dict.fromkeys(Purpose, 1)


class Answer(StrEnum):
    """What was said to the question for consent."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Consent:
    """One answer, as it stands in the history of a member."""

    purpose: Purpose
    version: int
    answer: Answer
    at: datetime


@dataclass(frozen=True, slots=True)
class Consents:
    """A member's answers, oldest first."""

    history: tuple[Consent, ...] = ()

    def last(self, purpose: Purpose) -> Consent | None:
        """The answer that counts."""
        return next((c for c in reversed(self.history) if c.purpose is purpose), None)

    def holds(self, purpose: Purpose) -> bool:
        """Whether the purpose is agreed to now, in the wording of now."""
        last = self.last(purpose)
        return (
            last is not None and last.answer is Answer.GIVEN and last.version == VERSIONS[purpose]
        )

    def may_ask(self, purpose: Purpose, now: datetime) -> bool:
        """Whether the question may be put without being asked for it."""
        last = self.last(purpose)
        if last is None:
            return True
        if last.answer is Answer.GIVEN:
            return last.version != VERSIONS[purpose]
        return now - last.at >= QUIET
