"""The spool: rows wait here, so that nobody's slow line keeps the database's state open."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from types import TracebackType

from console.exporting.cells import Row

# Small lists never touch the disk; the file of a big one has no name and is gone with the spool.
_IN_MEMORY = 4 * 1024 * 1024


class Spool:
    """Rows in chunks, written once and then read. Use it as a context."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self.rows = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, chunk: list[Row]) -> None:
        """Keep some rows."""
        self._file.write(json.dumps(chunk, ensure_ascii=False, separators=(",", ":")).encode())
        self._file.write(b"\n")
        self.rows += len(chunk)

    def chunks(self) -> Iterator[list[Row]]:
        """All rows, in the order and the chunks in which they came."""
        self._file.seek(0)
        for line in self._file:
            yield json.loads(line)
