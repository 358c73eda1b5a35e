"""A guard: nothing goes over the network while a transaction is open.

On SQLite it would hold the only writer, on PostgreSQL a connection and its locks; and what was
sent could not be taken back with the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_is_open: ContextVar[bool] = ContextVar("unit_of_work_is_open", default=False)


@contextmanager
def unit_open() -> Iterator[None]:
    """Mark that a unit of work is open in this task."""
    before = _is_open.get()
    _is_open.set(True)
    try:
        yield
    finally:
        _is_open.set(before)


def must_be_outside() -> None:
    """Raise RuntimeError inside a unit of work."""
    if _is_open.get():
        raise RuntimeError("a network call inside an open unit of work")
