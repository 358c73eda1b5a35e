"""What the program logged during a test, through the very pipeline that production uses."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

import structlog

from bot import logs


@contextmanager
def recording(level: str = "debug", form: str = "json") -> Iterator[io.StringIO]:
    """Everything that is logged inside, as it would stand in the log; all is as before after."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    written = io.StringIO()
    with redirect_stderr(written):
        logs.configure(level, form)
    # A logger that remembers this configuration would keep it after the test.
    structlog.configure(cache_logger_on_first_use=False)
    try:
        yield written
    finally:
        root.handlers[:], root.level = before
        structlog.reset_defaults()
