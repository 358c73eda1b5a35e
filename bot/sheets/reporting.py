"""What an import does, in sentences for the person who decides on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.sheets.importing import Change, Plan
from bot.sheets.layout import Layout

_SHOWN = 60
_AROUND = 8


def lines(planned: Plan, layout: Layout) -> Iterator[str]:
    """Every change, then the counts."""
    text = layout.text
    for name in planned.hidden:
        yield text("content.sheet_hidden", name=name)
    for name in planned.ignored:
        yield text("content.sheet_ignored", name=name)
    for change in planned.changes:
        yield from _change(change, layout)
    for fault in planned.lost:
        yield text("content.golden", fault=fault)
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
            old, new = _differing(change.old.get(name, ()), change.new.get(name, ()))
            nothing = text("content.field_absent")
            yield text("content.field_changed", field=word, old=old or nothing, new=new or nothing)
    for phrasing in change.added:
        yield text("content.phrasing_added", text=phrasing)
    for phrasing in change.removed:
        yield text("content.phrasing_removed", text=phrasing)


def _differing(old: Sequence[str], new: Sequence[str]) -> tuple[str, str]:
    """What the one has and the other has not, as a line each; all if only the order differs."""
    gone = [text for text in old if text not in new]
    come = [text for text in new if text not in old]
    if not gone and not come:
        gone, come = list(old), list(new)
    return _apart(_line(gone), _line(come))


def _line(texts: Sequence[str]) -> str:
    return " / ".join(texts).replace("\n", " ")


def _apart(old: str, new: str) -> tuple[str, str]:
    """Both texts from shortly before the first difference to shortly after the last."""
    start = _alike(old, new)
    rest = min(len(old), len(new)) - start
    same = min(rest, _alike(old[::-1], new[::-1]))
    return _cut(old, start, len(old) - same), _cut(new, start, len(new) - same)


def _alike(one: str, two: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, two, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(two)))


def _cut(text: str, start: int, end: int) -> str:
    start, end = max(0, start - _AROUND), min(len(text), end + _AROUND)
    shown = text[start:end]
    if len(shown) > _SHOWN:
        # Both ends are shown: a second change far behind the first must not hide.
        half = _SHOWN // 2
        shown = f"{shown[:half]}\u2026{shown[-half:]}"
    before, after = "\u2026" * (start > 0), "\u2026" * (end < len(text))
    return f"{before}{shown}{after}"
