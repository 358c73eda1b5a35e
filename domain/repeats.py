"""Forms that must not be sent twice: a double click, the back button, two tabs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

# The same words again within this time, with nothing sent in between, are a repetition.
SAME_WITHIN = timedelta(minutes=10)
# A form that was begun and never ended: the process died while handling it.
STUCK_AFTER = timedelta(minutes=2)
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to handle a form now; with a `location`, it was handled and led there."""

    staff_id: str
    key: str
    location: str | None = None
