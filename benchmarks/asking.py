"""Asking: the search over all phrasings and over hostile texts, beside a plain fuzzy search."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import tables
from benchmarks.environment import ROOT
from benchmarks.tables import number

# The fuzzy search takes so long that a part of the phrasings must do.
_SLOW = 300


def texts(folder: Path) -> list[str]:
    """All phrasings of the knowledge base, in an order that is mixed but always the same."""
    from knowledge import load  # noqa: PLC0415 - its cost is one of the things to measure

    library = load(folder, datetime.now(UTC).date())
    found = [phrasing for entry in library.entries for phrasing in entry.phrasings]
    random.Random(7).shuffle(found)
    return found


def measure(folder: Path, rounds: int) -> None:
    """Measure in processes of their own, and print."""
    found = [_in_process(folder) for _ in range(rounds)]
    rows = [
        [
            name,
            *(number(median(one["waits"][name][part] for one in found), 2) for part in range(3)),
            number(max(one["waits"][name][3] for one in found), 2),
        ]
        for name in found[0]["waits"]
    ]
    first = found[0]
    tables.show(
        f"One question over {first['entries']} entries with {first['phrasings']:,} phrasings",
        ("search and texts", "p50 ms", "p95 ms", "p99 ms", "max ms"),
        rows,
        f"Import {number(median(one['import_ms'] for one in found))} ms, build"
        f" {number(median(one['build_ms'] for one in found))} ms; memory: import"
        f" {number(median(one['import_mb'] for one in found), 1)} MB, library"
        f" {number(median(one['build_mb'] for one in found), 1)} MB.",
        f"Medians of {rounds} processes; max is the largest of all. The fuzzy search is"
        " rapidfuzz.process.extract (WRatio, best 5) over the same phrasings.",
    )


def main() -> None:
    """Measure in this process and print JSON."""
    folder = Path(sys.argv[1])
    bare = _resident_mb()
    begun = time.perf_counter()
    from knowledge import load  # noqa: PLC0415 - its cost is one of the things to measure

    imported, imported_mb = time.perf_counter(), _resident_mb()
    library = load(folder, datetime.now(UTC).date())
    built, built_mb = time.perf_counter(), _resident_mb()
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - not part of what is measured above

    known = texts(folder)

    def fuzzy(text: str) -> object:
        return process.extract(text, known, scorer=fuzz.WRatio, limit=5)

    # As members are answered: the reasons are for staff.
    ask = partial(library.ask, reasons=False)
    hostile = _hostile()
    waits = {
        "ours, phrasings": _waits(ask, known),
        "rapidfuzz, phrasings": _waits(fuzzy, known[:_SLOW]),
        "ours, hostile": _waits(ask, list(hostile.values()) * 5),
    }
    for name, text in hostile.items():
        waits[f"ours, {name}"] = _waits(ask, [text] * 20)
    print(
        json.dumps(
            {
                "entries": len(library.entries),
                "phrasings": len(known),
                "import_ms": (imported - begun) * 1000,
                "build_ms": (built - imported) * 1000,
                "import_mb": imported_mb - bare,
                "build_mb": built_mb - imported_mb,
                "waits": waits,
            }
        )
    )


def _in_process(folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.asking", folder],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _hostile() -> dict[str, str]:
    """What a script may send. Telegram ends a message at 4,096 characters; the search must not
    rely on it."""
    some = random.Random(11)
    mixed = "".join(chr(some.choice(_KINDS)(some)) for _ in range(10_000))
    return {
        "4,096 x one letter": "a" * 4096,
        "4,096 x one character": "\u5de5" * 4096,
        "4,096 emoji": "\U0001f602" * 4096,
        "10,000 mixed": mixed,
    }


_KINDS: Sequence[Callable[[random.Random], int]] = (
    lambda some: some.randrange(0x20, 0x7F),
    lambda some: some.randrange(0x4E00, 0x9FA6),
    lambda some: some.randrange(0xFF01, 0xFF5F),
    lambda some: some.randrange(0x1F300, 0x1F650),
    lambda some: some.randrange(0x300, 0x370),
)


def _waits(ask: Callable[[str], object], asked: Sequence[str]) -> list[float]:
    """p50, p95, p99 and the largest in ms."""
    ask(asked[0])
    spent = []
    for text in asked:
        begun = time.perf_counter()
        ask(text)
        spent.append((time.perf_counter() - begun) * 1000)
    spent.sort()
    shares = (0.5, 0.95, 0.99)
    return [*(spent[int((len(spent) - 1) * share)] for share in shares), spent[-1]]


def _resident_mb() -> float:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("no VmRSS")


if __name__ == "__main__":
    main()
