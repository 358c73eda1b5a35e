"""Reading a CSV file: whatever wrote it, its encoding and its separator are found or refused."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator

from domain.refusal import Refusal

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATORS = ",;\t"
# Characters that text has and that bytes of another encoding rarely become.
_LOOKED_AT = 4096


def rows(raw: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows with the number of the line at which each begins.

    Refuses with `imports.text_encoding` or `imports.text_quotes`, naming the first bad line.
    """
    text = decoded(raw)
    separator = _separator(text)
    # Lines as editors count them, also where quotes hold a line break.
    reader = csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        raise Refusal("imports.text_quotes", line=line) from None


def decoded(raw: bytes) -> str:
    """The text of the file: UTF-8, UTF-16 or GB 18030, which holds GBK and GB 2312."""
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            return _strictly(raw, encoding)
    if (wide := _wide(raw)) is not None:
        return _strictly(raw, wide)
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    # Neither: the encoding that came furthest is the one that was meant.
    raise _unreadable(raw, max(_reached(raw, "utf-8"), _reached(raw, "gb18030")))


def _strictly(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise _unreadable(raw, error.start) from None


def _reached(raw: bytes, encoding: str) -> int:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start
    return len(raw)


def _unreadable(raw: bytes, at: int) -> Refusal:
    return Refusal("imports.text_encoding", line=raw[:at].count(b"\n") + 1)


def _wide(raw: bytes) -> str | None:
    """UTF-16 without its mark: every second byte of digits, commas and line ends is zero."""
    start = raw[:_LOOKED_AT]
    if len(start) < 4 or b"\0" not in start:
        return None
    return "utf-16-le" if start[1::2].count(0) >= start[::2].count(0) else "utf-16-be"


def _separator(text: str) -> str:
    head = next((line for line in text.splitlines() if line.strip()), "")
    return max(_SEPARATORS, key=head.count)
