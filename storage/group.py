"""Group commit: many small writes of the same kind share one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from storage.database import OpenWork
from storage.errors import StorageUnavailable
from storage.work import Work

Item = TypeVar("Item")
Result = TypeVar("Result")


class GroupCommit(Generic[Item, Result]):
    """Collects items while the previous transaction is running and writes them in the next.

    There is no waiting when nothing else is going on: a lone item is written at once. `submit`
    returns when the item's transaction is durable. `apply` gets a unit of work and a batch and
    answers with one result for each item, in order.
    """

    def __init__(
        self,
        open_work: OpenWork,
        apply: Callable[[Work, Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        largest: int = 200,
    ) -> None:
        self._open_work = open_work
        self._apply = apply
        self._largest = largest
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def submit(self, item: Item, *, patience: float | None = None) -> Result:
        """Write one item. Raises StorageUnavailable, also after `patience` seconds of waiting.

        An item whose caller has lost patience before its transaction began is not written.
        """
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        try:
            async with asyncio.timeout(patience):
                return await future
        except TimeoutError:
            raise StorageUnavailable("busy") from None

    async def close(self) -> None:
        """Wait until everything submitted so far is written or refused."""
        if self._writing is not None:
            with suppress(asyncio.CancelledError):
                await self._writing

    async def _write(self) -> None:
        while self._waiting:
            batch: list[tuple[Item, asyncio.Future[Result]]] = []
            try:
                async with self._open_work() as work:
                    await work.begin()
                    # Only now: what came while we waited for the lock joins this batch, and
                    # what was given up meanwhile is left out.
                    batch = self._take()
                    if not batch:
                        continue
                    results = await self._apply(work, [item for item, _ in batch])
                    await work.commit()
            except Exception as error:  # noqa: BLE001 - each item's caller is the edge
                for _, future in batch or self._take():
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)

    def _take(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        taken, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
        return [(item, future) for item, future in taken if not future.done()]
