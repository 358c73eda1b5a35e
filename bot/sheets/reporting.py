"""What an import does, in sentences for the person who decides on it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.sheets.importing import Change, Plan
from bot.sheets.layout import Layout

_SHOWN = 40
_BEFORE = 8


def lines(planned: Plan, layout: Layout) -> Iterator[str]:
    """Every change, then the counts."""
    text = layout.text
    for name in planned.hidden:
        yield text("content.sheet_hidden", name=name)
    for name in planned.ignored:
        yield text("content.sheet_ignored", name=name)
    for change in planned.changes:
        yield from _change(change, layout)
    fresh = [change for change in planned.changes if change.old is None]
    yield text(
        "content.summary",
        changed=len(planned.changes) - len(fresh),
        fresh=len(fresh),
        same=len(planned.unchanged),
        added=sum(len(change.added) for change in planned.changes),
        removed=sum(len(change.removed) for change in planned.changes),
    )
    if planned.absent:
        yield text("content.not_in_sheet", size=len(planned.absent))
    if planned.without_phrasing_rows:
        yield text("content.no_phrasing_rows", size=len(planned.without_phrasing_rows))


def _change(change: Change, layout: Layout) -> Iterator[str]:
    text = layout.text
    if change.old is None:
        yield text("content.entry_new", id=change.id, title=change.title)
    else:
        yield text("content.entry_changed", id=change.id, title=change.title)
        for name in change.fields:
            word = layout.entries.word(name)
            old, new = _apart(_line(change.old.get(name)), _line(change.new.get(name)))
            nothing = text("content.field_absent")
            yield text("content.field_changed", field=word, old=old or nothing, new=new or nothing)
    for phrasing in change.added:
        yield text("content.phrasing_added", text=phrasing)
    for phrasing in change.removed:
        yield text("content.phrasing_removed", text=phrasing)


def _line(texts: tuple[str, ...] | None) -> str:
    return " / ".join(texts or ()).replace("\n", " ")


def _apart(old: str, new: str) -> tuple[str, str]:
    """Both texts from shortly before the place where they part, shortened."""
    pairs = zip(old, new, strict=False)
    at = next((at for at, (one, two) in enumerate(pairs) if one != two), min(len(old), len(new)))
    start = max(0, at - _BEFORE)
    return _cut(old, start), _cut(new, start)


def _cut(text: str, start: int) -> str:
    shown = text[start : start + _SHOWN]
    before = "\u2026" if start and shown else ""
    after = "\u2026" if start + _SHOWN < len(text) else ""
    return f"{before}{shown}{after}"
