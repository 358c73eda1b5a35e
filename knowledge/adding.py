"""Adding a phrasing to an entry: its file with one more line, tried out before it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from knowledge.drafts import entry_path, read_drafts
from knowledge.errors import ContentError, Faults
from knowledge.golden import golden_changes
from knowledge.library import Library
from knowledge.loading import load
from knowledge.normalising import Normaliser
from knowledge.parsing import Draft, parse
from knowledge.replacing import read_seen, replace, try_out
from knowledge.wording import Format, read_table
from knowledge.writing import contents

_SECTION = "phrasings"


@dataclass(frozen=True, slots=True)
class Addition:
    """A file with a phrasing more, and the libraries without it and with it."""

    path: str
    text: str = field(repr=False)
    seen: bytes = field(repr=False)
    before: Library = field(repr=False)
    after: Library = field(repr=False)


def plan_phrasing(folder: Path, entry_id: str, phrasing: str, today: date) -> Addition:
    """What adding the phrasing would do. Nothing is written.

    Raises ContentError with every fault: of the folder as it is or would be, of a phrasing that
    says nothing or is there already, or of a golden question that would lose its page.
    """
    faults = Faults(read_table("faults.toml"))
    before = load(folder, today)
    draft = read_drafts(folder, Format.read()).get(entry_id)
    path = entry_path(entry_id)
    if draft is None:
        faults.add("entries", 1, "entry_missing", id=entry_id)
        raise ContentError(faults.found())
    _check(draft, phrasing, faults)
    if faults:
        raise ContentError(faults.found())
    seen = read_seen(folder)[path]
    text = _with_line(seen.decode("utf-8"), draft, phrasing)
    after = try_out(folder, {path: text}, today)
    broken = golden_changes(before, after)
    if broken:
        raise ContentError(broken)
    return Addition(path, text, seen, before, after)


def add_phrasing(folder: Path, addition: Addition) -> None:
    """Write the file. Raises ContentError if it changed meanwhile or cannot be written."""
    replace(folder, {addition.path: addition.text}, {addition.path: addition.seen})


def with_phrasing(entry_id: str, source: str, phrasing: str) -> str:
    """The text of an entry with the phrasing below the last one. Raises ContentError if it says
    nothing or is there already, or if the text has not the shape of an entry."""
    faults = Faults(read_table("faults.toml"))
    draft = parse(entry_path(entry_id), source, Format.read(), faults)
    if not faults:
        _check(draft, phrasing, faults)
    if faults:
        raise ContentError(faults.found())
    return _with_line(source, draft, phrasing)


def carried_over(entry_id: str, base: str, current: str, draft: str) -> str | None:
    """The draft with the phrasings that the text in force has more than the draft's base; None if
    anything else differs between these two, or if a text has not the shape of an entry."""
    faults = Faults(read_table("faults.toml"))
    path, form = entry_path(entry_id), Format.read()
    old, new, mine = (parse(path, text, form, faults) for text in (base, current, draft))
    if faults or _all_but_phrasings(old) != _all_but_phrasings(new):
        return None
    known = {piece.text for piece in (*old.sections[_SECTION], *mine.sections[_SECTION])}
    for piece in new.sections[_SECTION]:
        if piece.text not in known:
            draft = _with_line(draft, parse(path, draft, form, faults), piece.text)
    return draft


def _all_but_phrasings(draft: Draft) -> dict[str, tuple[str, ...]]:
    return {name: texts for name, texts in contents(draft).items() if name != _SECTION}


def _check(draft: Draft, phrasing: str, faults: Faults) -> None:
    normaliser, line = Normaliser.read(), draft.line(_SECTION)
    # Other line ends than \n would part the line as well, for an editor or for us.
    if len(phrasing.splitlines()) > 1:
        faults.add(draft.path, line, "phrasing_lines")
        return
    if not normaliser.question(phrasing).text:
        faults.add(draft.path, line, "phrasing_blank")
    key = normaliser.key(phrasing)
    for piece in draft.sections[_SECTION]:
        if normaliser.key(piece.text) == key:
            faults.add(draft.path, piece.line, "phrasing_here", text=piece.text)


def _with_line(text: str, draft: Draft, phrasing: str) -> str:
    """The file with the phrasing below the last one; its line ends stay as they are."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(end)
    lines.insert(draft.sections[_SECTION][-1].line, f"- {phrasing.strip()}")
    return end.join(lines)
