"""What is written together with the mark that an update is done.

A note about an update (the question that was asked) need not be there before the reply: if the
program dies between, the update comes again and the note with it. Written with the mark, it costs
no transaction of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    # Its tables know of marks.
    from storage.work import Work

# Writes all items of one kind of a whole batch of updates.
Write: TypeAlias = "Callable[[Work, Sequence[Any]], Awaitable[object]]"
Notes: TypeAlias = list[tuple[Write, Any]]

_notes: ContextVar[Notes | None] = ContextVar("notes", default=None)
_handled: ContextVar[int | None] = ContextVar("handled", default=None)


@contextmanager
def noting(update_id: int) -> Iterator[Notes]:
    """Collect what the handling done inside wants written with the mark of its update."""
    notes: Notes = []
    before, other = _notes.set(notes), _handled.set(update_id)
    try:
        yield notes
    finally:
        _notes.reset(before)
        _handled.reset(other)


def handled() -> int | None:
    """The number of the update that is being handled; None where none is.

    An update comes again if the program died after the effect and before the mark. A verb that
    would then do something else than the first time keeps the number with its effect, and knows
    the update again by it.
    """
    return _handled.get()


def note(write: Write, item: Any) -> bool:
    """Have the item written with the mark. False if no update is being handled: write it now."""
    notes = _notes.get()
    if notes is None:
        return False
    notes.append((write, item))
    return True


async def write_all(work: Work, batch: Sequence[Notes]) -> None:
    """Write the notes of a batch of updates, equal kinds together."""
    kinds: defaultdict[Write, list[Any]] = defaultdict(list)
    for notes in batch:
        for write, item in notes:
            kinds[write].append(item)
    for write, items in kinds.items():
        await write(work, items)
