"""Softer findings: an entry that may be published, but will be found badly."""

from __future__ import annotations

from domain.ask import Entry, Fault
from knowledge.errors import Faults
from knowledge.library import Library
from knowledge.normalising import Normaliser
from knowledge.wording import read_table

ENOUGH_PHRASINGS = 20


def lint(library: Library) -> tuple[Fault, ...]:
    """What an editor should look at: few phrasings, a phrasing written twice or finding another
    entry, a basis without a note, figures out of date. Asks every phrasing: takes seconds."""
    faults = Faults(read_table("faults.toml"))
    normaliser = Normaliser.read()
    for entry in library.entries:
        path = f"entries/{entry.id.replace('.', '/', 1)}.md"
        _check_content(entry, path, faults)
        _check_phrasings(entry, path, library, normaliser, faults)
    return faults.found()


def _check_content(entry: Entry, path: str, faults: Faults) -> None:
    size = len(entry.phrasings)
    if size < ENOUGH_PHRASINGS:
        faults.add(path, 1, "few_phrasings", size=size, least=ENOUGH_PHRASINGS)
    for name in entry.expired_figures:
        faults.add(path, 1, "expired", name=name)
    if any(not basis.note for basis in entry.basis):
        faults.add(path, 1, "note_missing")


def _check_phrasings(
    entry: Entry, path: str, library: Library, normaliser: Normaliser, faults: Faults
) -> None:
    seen: set[str] = set()
    for phrasing in entry.phrasings:
        key = normaliser.key(phrasing)
        if key in seen:
            faults.add(path, 1, "phrasing_again", text=phrasing)
        seen.add(key)
        candidates = library.ask(phrasing).candidates
        if not candidates:
            faults.add(path, 1, "phrasing_outside", text=phrasing)
        elif candidates[0].entry_id != entry.id:
            other = candidates[0].entry_id
            faults.add(path, 1, "phrasing_astray", text=phrasing, other=other)
