"""CSV as office programs open it best: UTF-8 with BOM, everything quoted, RFC 4180 lines."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from console.exporting.cells import Row, guarded, guarded_day
from domain.exports import Kind

# Days of ours look like the days that are to be kept from a spreadsheet elsewhere.
_DAYS = {Kind.DATE, Kind.INSTANT}


def write_csv(
    titles: Sequence[str], kinds: Sequence[Kind], note: str, chunks: Iterable[list[Row]]
) -> Iterator[bytes]:
    """The file piece by piece: a line of titles, then one line a row.

    `note` (who took it, when, why) is the title of a last, empty column: so it stays with the
    file and every line remains a row.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    guards = [guarded_day if kind in _DAYS else guarded for kind in kinds]
    writer.writerow([*map(guarded, titles), guarded(note)])
    yield codecs.BOM_UTF8 + _taken(buffer)
    for chunk in chunks:
        writer.writerows(
            [
                *(
                    guard(cell) if isinstance(cell, str) else cell
                    for cell, guard in zip(row, guards, strict=True)
                ),
                None,
            ]
            for row in chunk
        )
        yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
