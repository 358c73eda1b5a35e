"""Softer findings: an entry that may be published, but will be found badly."""

from __future__ import annotations

from domain.ask import Fault
from knowledge.errors import Faults
from knowledge.library import Library
from knowledge.wording import read_table

ENOUGH_PHRASINGS = 20


def lint(library: Library) -> tuple[Fault, ...]:
    """What an editor should look at: few phrasings, phrasings that find another entry,
    a basis without a note, figures out of date."""
    faults = Faults(read_table("faults.toml"))
    for entry in library.entries:
        path = f"entries/{entry.id.replace('.', '/', 1)}.md"
        if len(entry.phrasings) < ENOUGH_PHRASINGS:
            size = len(entry.phrasings)
            faults.add(path, 1, "few_phrasings", size=size, least=ENOUGH_PHRASINGS)
        for name in entry.expired_figures:
            faults.add(path, 1, "expired", name=name)
        if any(not basis.note for basis in entry.basis):
            faults.add(path, 1, "note_missing")
        for phrasing in entry.phrasings:
            finding = library.ask(phrasing)
            first = finding.candidates[0].entry_id if finding.candidates else ""
            if first != entry.id:
                faults.add(path, 1, "phrasing_astray", text=phrasing, other=first)
    return faults.found()
