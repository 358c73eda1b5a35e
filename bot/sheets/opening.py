"""Opening a workbook that somebody sent: looked at from outside before it is believed."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from console.importing.workbooks import DAMAGED, ENCRYPTED, OLD_OFFICE
from knowledge import ContentError
from knowledge.errors import Faults

# Our own export of 10,000 entries stays below both.
MOST_BYTES = 20_000_000
MOST_UNPACKED = 100_000_000


@contextmanager
def opened(path: Path, faults: Faults) -> Iterator[Workbook]:
    """The workbook for reading row by row. Raises ContentError if it is none of ours to read,
    also when damage shows only while it is read."""
    _check_outside(path, faults)
    if faults:
        raise ContentError(faults.found())
    try:
        # The file is opened here, so that it is closed even if openpyxl fails half-way.
        with path.open("rb") as file, warnings.catch_warnings():
            # Of drop-down lists and the like that are not read; nothing that a person could use.
            warnings.simplefilter("ignore")
            # Formulas are kept as such, so that they can be refused: a stored result may be old.
            book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
            try:
                yield book
            finally:
                book.close()
    except ContentError:
        raise
    except DAMAGED as error:
        faults.add(path.name, 1, "book_broken", why=str(error) or type(error).__name__)
        raise ContentError(faults.found()) from None


def _check_outside(path: Path, faults: Faults) -> None:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            faults.add(path.name, 1, "book_big", size=size, most=MOST_BYTES)
            return
        raw = path.read_bytes()
    except FileNotFoundError:
        faults.add(path.name, 1, "book_missing")
        return
    except OSError as error:
        faults.add(path.name, 1, "book_unreadable", why=error.strerror or str(error))
        return
    if raw.startswith(OLD_OFFICE):
        # A workbook with a password is no zip file: its whole content lies encrypted inside.
        faults.add(path.name, 1, "book_locked" if ENCRYPTED in raw else "book_old")
        return
    try:
        _check_archive(path, faults)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        faults.add(path.name, 1, "book_broken" if raw[:2] == b"PK" else "book_kind", why="zip")


def _check_archive(path: Path, faults: Faults) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    # The sizes are the archive's own claim, but reading stops at them too.
    size = sum(part.file_size for part in parts)
    if any(part.flag_bits & 1 for part in parts):
        faults.add(path.name, 1, "book_locked")
    elif "xl/workbook.xml" not in {part.filename for part in parts}:
        faults.add(path.name, 1, "book_kind")
    elif size > MOST_UNPACKED:
        faults.add(path.name, 1, "book_bomb", size=size, most=MOST_UNPACKED)
