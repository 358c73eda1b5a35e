"""Opening a workbook that somebody sent: looked at from outside before it is believed."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from domain.refusal import Refusal

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

# Far above 100,000 rows of a roster.
MOST_BYTES = 20_000_000
MOST_UNPACKED = 200_000_000

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z]+\d+(?::[A-Z]+\d+)?)\"[^>]*>")
# What openpyxl raises on a damaged file: it trusts what it reads and has no error of its own.
DAMAGED = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def opened(raw: bytes) -> Iterator[Workbook]:
    """The workbook for reading row by row.

    Refuses with `imports.book_...` what is none of ours to read, also when damage shows only while
    it is read.
    """
    # Imported here: a bot to which nobody sends a workbook need not carry twelve megabytes of it.
    from openpyxl import load_workbook  # noqa: PLC0415

    check_outside(raw)
    try:
        with warnings.catch_warnings():
            # Of drop-down lists and the like that are not read; nothing that a person could use.
            warnings.simplefilter("ignore")
            # Formulas are kept as such, so that they can be refused: a stored result may be old.
            book = load_workbook(
                io.BytesIO(raw), read_only=True, data_only=False, keep_links=False
            )
            try:
                yield book
            finally:
                book.close()
    except DAMAGED:
        raise Refusal("imports.book_broken") from None


def check_outside(raw: bytes) -> None:
    """Refuses a file that is too big, locked, of another kind or that would unpack too large."""
    if len(raw) > MOST_BYTES:
        raise Refusal("imports.book_big", most=MOST_BYTES // 1_000_000)
    if raw.startswith(OLD_OFFICE):
        # A workbook with a password is no zip file: its whole content lies encrypted inside.
        raise Refusal("imports.book_locked" if ENCRYPTED in raw else "imports.book_old")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        code = "imports.book_broken" if raw[:2] == b"PK" else "imports.book_kind"
        raise Refusal(code) from None
    # The sizes are the archive's own claim, but reading stops at them too.
    if any(part.flag_bits & 1 for part in parts):
        raise Refusal("imports.book_locked")
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise Refusal("imports.book_kind")
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Refusal("imports.book_bomb", most=MOST_UNPACKED // 1_000_000)


def merged(sheet: ReadOnlyWorksheet) -> list[str]:
    """Ranges of merged cells, which openpyxl does not tell when it reads row by row."""
    found: list[str] = []
    tail = b""
    with sheet._get_source() as source:  # type: ignore[attr-defined]
        while chunk := source.read(1 << 20):
            found += [ref.decode() for ref in _MERGED.findall(tail + chunk)]
            # A reference may lie across two chunks; it is not counted twice.
            tail = (tail + chunk)[-200:].rpartition(b">")[2]
    return found
