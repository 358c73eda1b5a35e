"""How the handling of one update ended, told to whoever must acknowledge it.

`Application.process_update` swallows exceptions into error handlers: this is how they come out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Attempt:
    """One handling of one update. `error` is what ended it, or None."""

    error: BaseException | None = None


_current: ContextVar[Attempt] = ContextVar("attempt")


@contextmanager
def attempting() -> Iterator[Attempt]:
    """Collect the outcome of the handling done inside."""
    attempt = Attempt()
    token = _current.set(attempt)
    try:
        yield attempt
    finally:
        _current.reset(token)


def failed(error: BaseException) -> None:
    """Mark the running attempt as failed; the first error is the one that counts."""
    attempt = _current.get()
    if attempt.error is None:
        attempt.error = error
