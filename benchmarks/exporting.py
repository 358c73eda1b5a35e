"""Lists as spreadsheets: time and memory of 100,000 rows, beside a bare csv.writer."""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import tables
from benchmarks.tables import number
from console.exporting.cells import Preparing
from console.exporting.csv import write_csv
from console.exporting.spool import Spool
from console.exporting.xlsx import Book, write_xlsx
from domain.exports import Column, Kind

_KINDS = (
    Kind.CODE,
    Kind.NAME,
    Kind.PHONE,
    Kind.TEXT,
    Kind.TEXT,
    Kind.NUMBER,
    Kind.DATE,
    Kind.INSTANT,
    Kind.TEXT,
    Kind.TEXT,
)
_PERSONAL = {Kind.NAME, Kind.PHONE}
_COLUMNS = tuple(
    Column(f"c{at}", f"title {at}", kind, kind in _PERSONAL) for at, kind in enumerate(_KINDS)
)
_CHUNK = 500
_AT = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
Row = tuple[object, ...]


def _rows(count: int) -> Iterator[Row]:
    """Rows like those of sign-ups: none is kept."""
    for at in range(count):
        yield (
            f"{at:08}",
            f"Member {at}",
            f"138{at:08}",
            f"Enterprise {at % 300}, Town {at % 12}",
            ("seated", "waiting", "gave up")[at % 3],
            at % 100,
            date(2026, 11, 25) + timedelta(days=at % 365),
            _AT + timedelta(seconds=at),
            "" if at % 4 else "needs a seat near the door, comes with two children",
            "=1+1" if not at % 50 else "a remark",
        )


def _ours(write: Callable[[Path, Spool], None], path: Path, count: int) -> None:
    preparing = Preparing(_COLUMNS, "...", is_full=False)
    with Spool() as spool:
        chunk: list[Row] = []
        for row in _rows(count):
            chunk.append(row)
            if len(chunk) == _CHUNK:
                spool.add(preparing.rows(chunk))
                chunk = []
        spool.add(preparing.rows(chunk))
        write(path, spool)


def _xlsx(path: Path, spool: Spool) -> None:
    titles = [column.title for column in _COLUMNS]
    write_xlsx(path, Book("about", "list", titles, _KINDS, []), spool.chunks())


def _csv(path: Path, spool: Spool) -> None:
    titles = [column.title for column in _COLUMNS]
    with path.open("wb") as file:
        for piece in write_csv(titles, _KINDS, "taken by", spool.chunks()):
            file.write(piece)


def _bare(path: Path, count: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(_rows(count))


_CASES: dict[str, Callable[[Path, int], None]] = {
    "ours, XLSX": partial(_ours, _xlsx),
    "ours, CSV": partial(_ours, _csv),
    "csv.writer, neither masked nor guarded": _bare,
}


def measure(count: int, rounds: int) -> None:
    """Measure and print."""
    rows = []
    for name in _CASES:
        taken = [_measured(name, count) for _ in range(rounds)]
        seconds, busy = (median(one[at] for one in taken) for at in (0, 1))
        memory = max(one[2] for one in taken)
        size = taken[0][3] / 1e6
        rows.append([name, *(number(each, 2) for each in (seconds, busy, memory, size))])
    tables.show(
        f"A list of {count:,} rows and {len(_COLUMNS)} columns",
        ("written by", "seconds", "CPU s", "MB more", "file MB"),
        rows,
        f"Medians of {rounds}; MB more: the most by which the process grew. Each in a process of"
        " its own, reading from the database and sending not counted.",
    )


def _measured(name: str, count: int) -> tuple[float, float, float, int]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(name, count, theirs))
    process.start()
    result: tuple[float, float, float, int] = ours.recv()
    process.join()
    return result


def _run(name: str, count: int, result: Any) -> None:
    with tempfile.TemporaryDirectory(prefix="nuanxin-bench-") as folder:
        path = Path(folder) / "list"
        # What is imported at the first use is no part of the list.
        _CASES[name](path, 10)
        before, began, busy = _peak_mb(), time.perf_counter(), time.process_time()
        _CASES[name](path, count)
        taken = time.perf_counter() - began, time.process_time() - busy
        result.send((*taken, _peak_mb() - before, path.stat().st_size))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--rows", type=int, default=100_000)
    given.add_argument("--rounds", type=int, default=3)
    told = given.parse_args()
    measure(told.rows, told.rounds)
