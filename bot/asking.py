"""Asking from the command line: why the search decides as it does, and many questions at once."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from domain.ask import Fault
from knowledge import ContentError, Library, lint, load
from knowledge.golden import check_golden


class BadBatch(Exception):  # noqa: N818 - named for what the file is
    """The batch file cannot be used. The text says where."""


def library(folder: Path, today: date) -> Library:
    """The knowledge base. Raises ContentError with every fault."""
    return load(folder, today)


def explain(known: Library, question: str) -> None:
    """Print the decision on one question, the candidates and what each was matched by."""
    start = time.perf_counter()
    finding = known.ask(question)
    spent = (time.perf_counter() - start) * 1000
    print(f"decision  {finding.decision.value}")
    print(f"urgency   {finding.urgency.value}")
    print(f"reason    {finding.reason}")
    print(f"read as   {finding.normalised}")
    print(f"time      {spent:.2f} ms")
    if finding.second:
        print(f"besides   {finding.second.entry_id}")
    for candidate in finding.candidates[:5]:
        page = known.page(candidate.entry_id)
        words = " ".join(candidate.matched_by)
        title = page.title if page else ""
        print(f"{candidate.score:6.3f}  {candidate.entry_id:28} {title}  [{words}]")


def sort_waste(known: Library, names: Sequence[str]) -> None:
    """Print what the table of waste says of each name, or of each question about sorting."""
    print(f"{len(known.waste.items)} items")
    for name in names:
        asked = known.waste.find(name)
        finding = asked or known.waste.look_up(name)
        print(f"{name}  ({'a question for the table' if asked else 'looked up as a name'})")
        for match in finding.matches:
            item = match.item
            soiled = "  soiled" if match.is_soiled else ""
            print(
                f"  {item.name}  {item.kind}  {item.certainty}  {match.likeness}{soiled}"
                f"  {item.page}  {item.hint}"
            )
        for unknown in finding.unknown:
            near = " ".join(item.name for item in finding.near)
            print(f"  {unknown}  not in the table; near: {near or '-'}")


def answer_batch(known: Library, path: Path) -> None:
    """Print one JSON object for each row of a file with `id` and `text`. Raises BadBatch."""
    for row in _rows(path):
        start = time.perf_counter()
        finding = known.ask(row["text"])
        spent = (time.perf_counter() - start) * 1000
        best = finding.candidates[:5]
        print(
            json.dumps(
                {
                    "id": row["id"],
                    "decision": finding.decision.value,
                    "entries": [candidate.entry_id for candidate in best],
                    "scores": [round(candidate.score, 4) for candidate in best],
                    "ms": round(spent, 3),
                },
                ensure_ascii=False,
            )
        )


def check(folder: Path, today: date) -> bool:
    """Print every fault and every softer finding; True if there are faults.

    A golden question that lost its page is a fault, though the folder can be served.
    """
    try:
        known = load(folder, today)
    except ContentError as error:
        _print(error.faults)
        print(f"{len(error.faults)} faults")
        return True
    findings = lint(known)
    _print(findings)
    lost = check_golden(known)
    _print(lost)
    phrasings = sum(len(entry.phrasings) for entry in known.entries)
    print(
        f"{len(known.entries)} entries, {phrasings} phrasings, "
        f"{len(known.waste.items)} waste items, {len(known.golden)} golden questions, "
        f"{len(findings)} findings" + (f", {len(lost)} faults" if lost else "")
    )
    return bool(lost)


def _print(faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        print(fault)


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadBatch(f"{path}:1: cannot be read: {error}") from None
    rows, faults = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            faults.append(f"{path}:{number}: not JSON")
            continue
        if not isinstance(row, dict) or not isinstance(row.get("text"), str) or "id" not in row:
            faults.append(f"{path}:{number}: wants id and text")
            continue
        rows.append(row)
    if faults:
        raise BadBatch("\n".join(faults))
    return rows
