"""Doing something with each of several, so that one that fails stops no other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def each(things: Iterable[T], do: Callable[[T], Awaitable[int]]) -> int:
    """The sum of what `do` says of each thing.

    Raises ExceptionGroup in the end with all that went wrong, after every thing had its turn.
    """
    total, errors = 0, []
    for one in things:
        try:
            total += await do(one)
        except Exception as error:  # noqa: BLE001 - raised below, when the others had their turn
            errors.append(error)
    if errors:
        raise ExceptionGroup(f"{len(errors)} failed", errors)
    return total
