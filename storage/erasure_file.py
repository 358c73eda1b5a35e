"""A second copy of the ledger of erasures, outside of the database: lines are only ever added.

Each line carries a keyed hash of itself: it cannot be forged without the keys of the installation,
and a line that the disk has spoiled is known as such.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from pathlib import Path

from storage.erasures import Erasure
from storage.vault import Vault

_PURPOSE = "erasures.line"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = "-"
_ADDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


class ErasureFileFault(Exception):  # noqa: N818 - named for what it is
    """The file cannot be read or written. The text says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the file says, by mark, and how many of its lines are not as they were written."""

    lines: Mapping[str, Erasure]
    faulty: int = 0


class ErasureFile:
    """The file at `path`; no file is an empty one."""

    def __init__(self, path: Path, vault: Vault) -> None:
        self.path = path
        self._vault = vault

    def read(self) -> Told:
        """Raises ErasureFileFault."""
        try:
            text = self.path.read_text("ascii", "replace")
        except FileNotFoundError:
            return Told({})
        except OSError as error:
            raise ErasureFileFault(f"{self.path}: {error.strerror}") from None
        found: dict[str, Erasure] = {}
        faulty = 0
        for row in text.splitlines():
            if not row:
                continue
            line = self._parsed(row)
            if line is None:
                faulty += 1
            else:
                known = found.get(line.mark)
                found[line.mark] = known.joined(line) if known else line
        return Told(found, faulty)

    def add(self, lines: Iterable[Erasure]) -> int:
        """Add what the file does not say yet, on the disk before this returns; how many lines.

        Raises ErasureFileFault.
        """
        try:
            with os.fdopen(os.open(self.path, _ADDING, 0o600), "ab") as file:
                # Another process may be adding: what it writes is read before ours is weighed.
                fcntl.flock(file, fcntl.LOCK_EX)
                told = self.read().lines
                joined = {
                    line.mark: told[line.mark].joined(line) if line.mark in told else line
                    for line in lines
                }
                new = [line for mark, line in joined.items() if told.get(mark) != line]
                if new:
                    # The line before may have been cut off when the machine stopped.
                    file.write(b"".join(b"\n" + self._written(line).encode() for line in new))
                    file.write(b"\n")
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as error:
            raise ErasureFileFault(f"{self.path}: {error.strerror}") from None
        return len(new)

    def _written(self, line: Erasure) -> str:
        struck = _NEVER if line.struck_at is None else str(_stamp(line.struck_at))
        said = f"{line.mark} {line.kind} {_stamp(line.erased_at)} {struck}"
        return f"{said} {self._vault.fingerprint(_PURPOSE, said)}"

    def _parsed(self, row: str) -> Erasure | None:
        said, _, mac = row.rpartition(" ")
        if not compare_digest(mac.encode(), self._vault.fingerprint(_PURPOSE, said).encode()):
            return None
        mark, kind, erased, struck = said.split(" ")
        return Erasure(
            mark, kind, _instant(erased), None if struck == _NEVER else _instant(struck)
        )


def _stamp(at: datetime) -> int:
    """Whole milliseconds: what the tables keep of a time."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _instant(stamp: str) -> datetime:
    return _EPOCH + timedelta(milliseconds=int(stamp))
