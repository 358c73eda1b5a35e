"""Golden questions: what members ask most must go on finding its page, whatever is changed."""

from __future__ import annotations

import tomllib

from domain.ask import Decision, Fault, Urgency
from knowledge.errors import Faults
from knowledge.figures import toml_line
from knowledge.library import Golden, Library
from knowledge.wording import read_table

GOLDEN = "golden.toml"
# A page that is offered is one press away.
OFFERED = 3


def read_golden(text: str, faults: Faults) -> tuple[Golden, ...]:
    """The lines `"question" = "entry.id"` of golden.toml."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        faults.add(GOLDEN, toml_line(error), "toml", why=str(error))
        return ()
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        try:
            [(question, entry_id)] = tomllib.loads(line).items()
        except (tomllib.TOMLDecodeError, ValueError):
            continue
        if question.strip() and isinstance(entry_id, str):
            found.append(Golden(question, entry_id, number))
    if len(found) != len(table):
        known = {golden.text for golden in found}
        odd = next((name for name in table if name not in known), "")
        faults.add(GOLDEN, _line_of(text, odd), "golden_form", text=odd)
    return tuple(found)


def pages_for(library: Library, text: str) -> tuple[Decision, tuple[str, ...]]:
    """What a member who asks this gets: the decision and the pages, shown or offered. The first
    page comes also with NONE, where nobody sees it."""
    finding = library.ask(text, reasons=False)
    waste = library.waste.find(text) if finding.urgency is not Urgency.CRISIS else None
    if waste is not None:
        near = tuple(dict.fromkeys(item.page for item in waste.near))
        kind = Decision.ANSWER if waste.pages else Decision.CHOICES if near else Decision.NONE
        return kind, waste.pages or near
    ids = tuple(candidate.entry_id for candidate in finding.candidates)
    return finding.decision, ids[: OFFERED if finding.decision is Decision.CHOICES else 1]


def check_golden(library: Library) -> tuple[Fault, ...]:
    """The golden questions whose page does not come first, or is not at most one press away.

    A question about an entry that is withheld on the library's day is passed over.
    """
    faults = Faults(read_table("faults.toml"))
    for golden in library.golden:
        if golden.entry_id in library.withheld:
            continue
        if library.page(golden.entry_id) is None:
            faults.add(GOLDEN, golden.line, "golden_unknown", target=golden.entry_id)
            continue
        decision, pages = pages_for(library, golden.text)
        values = {"text": golden.text, "want": golden.entry_id}
        if decision is Decision.NONE:
            faults.add(GOLDEN, golden.line, "golden_lost", **values)
        elif pages[0] != golden.entry_id:
            faults.add(GOLDEN, golden.line, "golden_changed", other=pages[0], **values)
    return faults.found()


def golden_changes(old: Library, new: Library) -> tuple[Fault, ...]:
    """The golden questions that a change would break: those that are wrong in `new` and were not
    wrong in the same way in `old`. Nothing that has any may be published."""
    before = {(fault.code, fault.reason) for fault in check_golden(old)}
    return tuple(f for f in check_golden(new) if (f.code, f.reason) not in before)


def _line_of(text: str, question: str) -> int:
    lines = text.split("\n")
    return next((at for at, line in enumerate(lines, 1) if question and question in line), 1)
