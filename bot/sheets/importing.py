"""Reading a workbook back: what it would change, whether that may be, and writing it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bot.sheets.layout import PHRASINGS, Layout
from bot.sheets.reading import Sheets, read
from bot.sheets.rows import Reading, Said
from domain.ask import Fault
from knowledge import ContentError, Library, load
from knowledge.drafts import entry_id, entry_path, read_drafts
from knowledge.errors import Faults
from knowledge.golden import golden_changes
from knowledge.overlay import NO_OVERLAY, Overlay
from knowledge.parsing import Draft, parse
from knowledge.replacing import read_seen, replace, try_out
from knowledge.wording import Format, read_table
from knowledge.writing import TITLE, Contents, contents, field_at, render

# A workbook that lost its rows on the way must not empty the knowledge base.
MOST_REMOVED = 0.3

# Faults of one row: the rest of the workbook can be judged without it.
_LOCAL = frozenset(
    {
        "cell_alters",
        "cell_date",
        "cell_error",
        "cell_formula",
        "cell_lines",
        "cell_number",
        "id_again",
        "removals",
        "row_stale",
    }
)
_PLACE = re.compile(r"(entries/[a-z0-9_]+/[a-z0-9_]+\.md):(\d+)")


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that the workbook changes (`old` is None: adds)."""

    id: str
    old: Contents | None
    new: Contents

    @property
    def title(self) -> str:
        return self.new.get(TITLE, ("",))[0]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that differ, phrasings aside."""
        old = self.old or {}
        names = dict.fromkeys([*old, *self.new])
        return tuple(n for n in names if n != PHRASINGS and old.get(n) != self.new.get(n))

    @property
    def added(self) -> tuple[str, ...]:
        return _missing(self.new, self.old or {})

    @property
    def removed(self) -> tuple[str, ...]:
        return _missing(self.old or {}, self.new)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import does. It was tried out and has no fault; `lost` are the golden questions
    that would lose their page by it."""

    changes: tuple[Change, ...]
    unchanged: tuple[str, ...]
    absent: tuple[str, ...]
    without_phrasing_rows: tuple[str, ...]
    hidden: tuple[str, ...]
    ignored: tuple[str, ...]
    lost: tuple[Fault, ...]
    texts: Mapping[str, str] = field(repr=False)
    seen: Mapping[str, bytes] = field(repr=False)


def plan(
    folder: Path,
    path: Path,
    layout: Layout,
    today: date,
    *,
    allow_removals: bool = False,
    overlay: Overlay = NO_OVERLAY,
) -> Plan:
    """What importing the workbook would do. Nothing is written.

    Raises ContentError with every fault: of the folder as it is, or of the workbook, by sheet
    and row.
    """
    library = load(folder, today, overlay)
    seen = read_seen(folder)
    drafts = read_drafts(folder, layout.form, overlay)
    planning = _Planning(folder, path, layout, drafts, library, overlay)
    return planning.plan(today, seen, allow_removals)


def apply(folder: Path, planned: Plan) -> None:
    """Write the files of a plan, all or none. Raises ContentError if one changed meanwhile."""
    replace(folder, planned.texts, planned.seen)


class _Planning:
    """One look at one workbook."""

    def __init__(
        self,
        folder: Path,
        path: Path,
        layout: Layout,
        drafts: dict[str, Draft],
        library: Library,
        overlay: Overlay,
    ) -> None:
        topics = {topic.id for group in library.groups for topic in group.topics}
        self._library = library
        self._overlay = overlay
        self._folder = folder
        self._path = path
        self._layout = layout
        self._drafts = drafts
        self._known = {name: contents(draft) for name, draft in drafts.items()}
        self._faults = Faults(read_table("faults.toml"))
        self._reading = Reading(layout, self._known, topics, self._faults)

    def plan(self, today: date, seen: dict[str, bytes], allow_removals: bool) -> Plan:
        sheets = self._sheets()
        rows = (
            sheets.rows.get(s.name, []) for s in (self._layout.entries, self._layout.phrasings)
        )
        said = self._reading.gather(*rows)
        changes = self._changes(said)
        texts = {entry_path(c.id): render(c.new, self._layout.form) for c in changes}
        if not allow_removals:
            self._check_removals(changes)
        lost: tuple[Fault, ...] = ()
        if texts and self._may_try(said):
            lost = self._try_out(texts, said, today)
        if self._faults:
            raise ContentError(self._faults.found())
        changed = {change.id for change in changes}
        named = {name for name, one in said.items() if one.row}
        return Plan(
            changes=tuple(changes),
            unchanged=tuple(name for name in said if name not in changed),
            absent=tuple(name for name in self._known if name not in named),
            without_phrasing_rows=tuple(
                name for name in self._known if name in named and not said[name].phrasings
            ),
            hidden=tuple(sheets.hidden),
            ignored=tuple(sheets.ignored),
            lost=lost,
            texts=texts,
            seen=seen,
        )

    def _sheets(self) -> Sheets:
        wanted = (self._layout.entries, self._layout.phrasings)
        own = [self._layout.text(k) for k in ("content.sheet_help", "content.sheet_figures")]
        return read(self._path, wanted, own, self._faults)

    def _changes(self, said: dict[str, Said]) -> list[Change]:
        faulty = {(fault.path, fault.line) for fault in self._faults.found()}
        found = []
        for name, one in said.items():
            old, sound = self._known.get(name), one
            if one.row and (self._layout.entries.name, one.row.number) in faulty:
                # The row has been told; the phrasings of an entry that is there can still be read.
                sound = Said(None, one.phrasings)
            if old is None and sound.row is None:
                continue
            new = self._reading.contents(name, sound)
            if new != old and self._reading.may_write(name, one, new):
                found.append(Change(name, old, new))
        return found

    def _check_removals(self, changes: list[Change]) -> None:
        total = sum(len(said.get(PHRASINGS, ())) for said in self._known.values())
        size = sum(len(change.removed) for change in changes)
        if size > total * MOST_REMOVED:
            name = self._layout.phrasings.name
            self._faults.add(name, 1, "removals", size=size, total=total)

    def _may_try(self, said: dict[str, Said]) -> bool:
        """False if what was refused would make faults that are none of the editor's: without
        a column, or without a new entry that others lead to."""
        faults = self._faults.found()
        faulty = {(fault.path, fault.line) for fault in faults}
        fresh = {
            one.row.number for name, one in said.items() if one.row and name not in self._known
        }
        return {fault.code for fault in faults} <= _LOCAL and not any(
            (self._layout.entries.name, number) in faulty for number in fresh
        )

    def _try_out(
        self, texts: dict[str, str], said: dict[str, Said], today: date
    ) -> tuple[Fault, ...]:
        """The golden questions that would lose their page. Raises ContentError with all faults."""
        try:
            fresh = try_out(self._folder, texts, today, self._overlay)
        except ContentError as error:
            unheard = Faults(read_table("faults.toml"))
            drafts = {draft.path: draft for draft in self._drafts.values()}
            for path, text in texts.items():
                drafts[path] = parse(path, text, self._layout.form, unheard)
            pointer = _Pointer(self._reading, self._layout.form, drafts, said)
            deeper = tuple(pointer.told(fault) for fault in error.faults)
            raise ContentError((*self._faults.found(), *deeper)) from None
        return golden_changes(self._library, fresh)


class _Pointer:
    """Tells a fault of an entry file where the workbook says it."""

    def __init__(
        self, reading: Reading, form: Format, drafts: dict[str, Draft], said: dict[str, Said]
    ) -> None:
        self._reading = reading
        self._form = form
        self._drafts = drafts
        self._said = said

    def told(self, fault: Fault) -> Fault:
        """The fault with sheet and row; as it is if the workbook does not name the entry."""
        reason = _PLACE.sub(self._other, fault.reason)
        place = self._place(fault.path, fault.line)
        if place is None:
            return Fault(fault.path, fault.line, reason, fault.code)
        sheet, row, cell = place
        return Fault(sheet, row, f"{cell} {entry_id(fault.path)}: {reason}", fault.code)

    def _other(self, found: re.Match[str]) -> str:
        place = self._place(found.group(1), int(found.group(2)))
        return f"{place[0]}:{place[1]}" if place else found.group()

    def _place(self, path: str, line: int) -> tuple[str, int, str] | None:
        said, draft = self._said.get(entry_id(path)), self._drafts.get(path)
        if said is None or draft is None:
            return None
        return self._reading.place(said, *field_at(draft, line))


def _missing(one: Contents, other: Contents) -> tuple[str, ...]:
    """The phrasings of the one that the other has not, or has less often."""
    left = Counter(other.get(PHRASINGS, ()))
    found = []
    for text in one.get(PHRASINGS, ()):
        if left[text]:
            left[text] -= 1
        else:
            found.append(text)
    return tuple(found)
