"""Growth: the search with 200, 1,000 and 10,000 entries, beside rapidfuzz and BM25."""

from __future__ import annotations

import ctypes
import gc
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from operator import add
from pathlib import Path
from typing import Any, TypeVar

from benchmarks import tables
from benchmarks.environment import ROOT
from benchmarks.tables import number
from domain.ask import Entry

SIZES = (200, 1_000, 10_000)
QUICK = SIZES[:2]
PHRASINGS = 25
# Real questions with their pages; they are no part of the project and may be absent.
_LABELLED = ROOT.parent / "shared" / "eval" / "dev.jsonl"
_ASKED = 500
# A baseline looks at every phrasing: of so many it answers the fewer questions.
_COMPARISONS = 5_000_000
_LEAST = 20

Best = Callable[[str], str]
T = TypeVar("T")


def grown(entries: Sequence[Entry], size: int) -> list[Entry]:
    """The entries, and as many more as make up `size`, always the same.

    Each further entry is born of one that is there: 25 of its phrasings, in each of them one run
    of two to five characters replaced by such a run out of any phrasing at all. So the words are
    real, the lengths too, and an entry shares most of its words with its siblings, as pages on
    neighbouring matters do; new pairs of characters come in where the runs meet.
    """
    some = random.Random(11)
    texts = [text for entry in entries for text in entry.phrasings]
    more: list[Entry] = list(entries[:size])
    for born in count():
        if len(more) >= size:
            return more
        parent = entries[born % len(entries)]
        said = tuple(
            _altered(some.choice(parent.phrasings), some.choice(texts), some)
            for _ in range(PHRASINGS)
        )
        name = f"{parent.id}_{born}"
        more.append(replace(parent, id=name, title=said[0], phrasings=said[1:]))
    raise AssertionError("unreachable")


def _altered(text: str, other: str, some: random.Random) -> str:
    size = some.randint(2, 5)
    at, start = some.randrange(len(text)), some.randrange(len(other))
    return text[:at] + other[start : start + size] + text[at + size :]


def measure(folder: Path, *, is_quick: bool) -> None:
    """Measure each size in a process of its own, and print."""
    rows: list[list[str]] = []
    found: dict[str, Any] = {}
    for size in QUICK if is_quick else SIZES:
        found = _in_process(folder, str(size))
        label = f"{found['entries']:,} entries, {found['phrasings']:,} phrasings"
        rows += [[f"{label}: {row['name']}", *_cells(row)] for row in found["rows"]]
    tables.show(
        "Growth",
        ("search", "build s", "p50 ms", "p99 ms", "max ms", "memory MB", "reload s", "asked"),
        rows,
        f"Questions: {found['source']}. CPU time of one process; p99 of few questions is the"
        " largest.",
        "Further entries are born of shipped ones: see benchmarks/growth.py. Memory: what is left"
        " after the build. Reload: built again after one phrasing was added.",
        "rapidfuzz: process.extract (WRatio, best 5) over the cleaned phrasings; it needs no build"
        " but the list. BM25: rank_bm25.BM25Okapi over pairs of characters.",
    )
    _show_top1(_in_process(folder, "top1"))


def _cells(row: dict[str, Any]) -> list[str]:
    reload = "-" if row["reload_s"] is None else number(row["reload_s"], 2)
    waits = [number(row[name], 2) for name in ("p50", "p99", "max")]
    return [
        number(row["build_s"], 2),
        *waits,
        number(row["mb"], 1),
        reload,
        str(row["asked"]),
    ]


def _show_top1(found: dict[str, Any]) -> None:
    if not found:
        print("  No top 1: there are no labelled questions beside the project.")
        return
    tables.show(
        f"Right page first, {found['entries']} entries as shipped, {found['asked']} questions",
        ("search", "top 1 %"),
        [[name, number(100 * share, 1)] for name, share in found["top1"].items()],
        f"Questions in scope of {_LABELLED.name}; one of the pages that are as good counts too.",
    )


def main() -> None:
    """Measure in this process and print JSON."""
    from knowledge import load  # noqa: PLC0415 - what the bare process holds is measured first

    library = load(Path(sys.argv[1]), datetime.now(UTC).date())
    measured = sys.argv[2]
    found = _top1(library.entries) if measured == "top1" else None
    if found is None:
        found = _speeds(grown(library.entries, int(measured)), _questions(library))
    print(json.dumps(found))


def _speeds(entries: list[Entry], questions: Sequence[str]) -> dict[str, Any]:
    source = _LABELLED.name if _LABELLED.exists() else "golden.toml"
    phrasings = sum(len(_said(entry)) for entry in entries)
    rows = [_ours(entries, questions)]
    # The texts are cleaned beforehand, for the baselines to have no less than ours.
    texts = _cleaned(entries)
    few = questions[: max(_LEAST, _COMPARISONS // phrasings)]
    rows.append(_baseline("rapidfuzz", lambda: _rapidfuzz(texts), few))
    rows.append(_baseline("BM25", lambda: _bm25(texts), few))
    return {"entries": len(entries), "phrasings": phrasings, "rows": rows, "source": source}


def _ours(entries: list[Entry], questions: Sequence[str]) -> dict[str, Any]:
    from knowledge.normalising import Normaliser  # noqa: PLC0415
    from knowledge.search import Searcher  # noqa: PLC0415

    normaliser = Normaliser.read()
    searcher, row = _built("ours", lambda: Searcher(entries, normaliser))
    row |= _waits(lambda text: searcher.ask(text, reasons=False), questions)
    changed = replace(entries[0], phrasings=(*entries[0].phrasings, questions[0]))
    _, again = _built("ours", lambda: Searcher([changed, *entries[1:]], normaliser))
    return {**row, "reload_s": again["build_s"]}


def _baseline(name: str, make: Callable[[], Best], questions: Sequence[str]) -> dict[str, Any]:
    from knowledge.normalising import Normaliser  # noqa: PLC0415

    normaliser = Normaliser.read()
    best, row = _built(name, make)
    return {**row, **_waits(best, [normaliser.question(text).text for text in questions])}


def _cleaned(entries: Sequence[Entry]) -> list[tuple[str, str]]:
    from knowledge.normalising import Normaliser  # noqa: PLC0415

    clean = Normaliser.read().question
    return [(clean(text).text, entry.id) for entry in entries for text in _said(entry)]


def _top1(entries: Sequence[Entry]) -> dict[str, Any]:
    """How often each search finds a right page first; empty without labelled questions."""
    from knowledge.normalising import Normaliser  # noqa: PLC0415
    from knowledge.search import Searcher  # noqa: PLC0415

    rows = [row for row in _labelled() if row["scope"] == "in"]
    if not rows:
        return {}
    normaliser = Normaliser.read()
    searcher = Searcher(entries, normaliser)
    texts = _cleaned(entries)

    def ours(text: str) -> str:
        found = searcher.ask(text, reasons=False).candidates
        return found[0].entry_id if found else ""

    searches: dict[str, Best] = {"ours": ours}
    for name, best in (("rapidfuzz", _rapidfuzz(texts)), ("BM25", _bm25(texts))):
        searches[name] = lambda text, best=best: best(normaliser.question(text).text)  # type: ignore[misc]
    top1 = {
        name: sum(find(row["text"]) in {row["primary"], *row["also"]} for row in rows) / len(rows)
        for name, find in searches.items()
    }
    return {"entries": len(entries), "asked": len(rows), "top1": top1}


def _rapidfuzz(texts: Sequence[tuple[str, str]]) -> Best:
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - not part of what is measured before

    said, ids = [text for text, _ in texts], [name for _, name in texts]

    def best(text: str) -> str:
        found = process.extract(text, said, scorer=fuzz.WRatio, limit=5)
        return ids[found[0][2]] if found else ""

    return best


def _bm25(texts: Sequence[tuple[str, str]]) -> Best:
    from rank_bm25 import BM25Okapi  # type: ignore[import-not-found] # noqa: PLC0415

    index = BM25Okapi([_pairs(text) for text, _ in texts])
    ids = [name for _, name in texts]
    return lambda text: ids[int(index.get_scores(_pairs(text)).argmax())]


def _pairs(text: str) -> list[str]:
    return list(map(add, text, text[1:])) or [text]


def _said(entry: Entry) -> tuple[str, ...]:
    return (entry.title, *entry.phrasings)


def _built(name: str, make: Callable[[], T]) -> tuple[T, dict[str, Any]]:
    before = _trimmed_mb()
    begun = time.process_time()
    made = make()
    build = time.process_time() - begun
    row = {"name": name, "build_s": build, "mb": _trimmed_mb() - before, "reload_s": None}
    return made, row


def _waits(ask: Callable[[str], object], texts: Sequence[str]) -> dict[str, float]:
    gc.collect()
    gc.freeze()
    ask(texts[0])
    spent = []
    for text in texts:
        begun = time.process_time_ns()
        ask(text)
        spent.append((time.process_time_ns() - begun) / 1e6)
    gc.unfreeze()
    spent.sort()
    p50, p99 = (spent[int((len(spent) - 1) * share)] for share in (0.5, 0.99))
    return {"p50": p50, "p99": p99, "max": spent[-1], "asked": len(spent)}


def _labelled() -> Iterator[dict[str, Any]]:
    if _LABELLED.exists():
        yield from map(json.loads, _LABELLED.read_text("utf-8").splitlines())


def _questions(library: Any) -> list[str]:
    """Real questions where they are to be had, else our own golden ones."""
    texts = [row["text"] for row in _labelled()] or [golden.text for golden in library.golden]
    return random.Random(7).sample(texts, min(_ASKED, len(texts)))


def _trimmed_mb() -> float:
    """Memory in RAM, without what the allocator only keeps at hand."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    for line in Path("/proc/self/smaps_rollup").read_text("ascii").splitlines():
        if line.startswith("Rss:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("no Rss")


def _in_process(folder: Path, measured: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.growth", folder, measured],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
