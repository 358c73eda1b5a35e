"""One process for one SQLite database."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from storage.errors import AlreadyRunning


@contextmanager
def only_process(url: str) -> Iterator[None]:
    """Hold the data for this process. Raises AlreadyRunning if another one has it.

    PostgreSQL takes care of several processes itself; nothing is locked there. The lock belongs
    to the open file, so it is gone when the process is, however it ends.
    """
    place = sa.engine.make_url(url)
    if place.get_backend_name() != "sqlite" or not place.database:
        yield
        return
    path = Path(f"{place.database}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(f"process {file.read().strip() or '?'} uses {path}") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
