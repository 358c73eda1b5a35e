"""Groups: many small jobs of the same kind share one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Generic, TypeVar

from storage.errors import StorageUnavailable
from storage.work import Work

Item = TypeVar("Item")
Result = TypeVar("Result")


class Group(Generic[Item, Result]):
    """Collects items while the previous transaction runs and does them in the next.

    There is no waiting when nothing else is going on: a lone item is done at once. `apply` gets a
    unit of work and a batch and answers with one result for each item, in order. `submit` returns
    when the transaction has ended: what was written is durable then. `run` is the `write` or the
    `read` of a database.
    """

    def __init__(
        self,
        run: Callable[[Callable[[Work], Coroutine[Any, Any, Sequence[Result]]]], Awaitable[Any]],
        apply: Callable[[Work, Sequence[Item]], Coroutine[Any, Any, Sequence[Result]]],
        *,
        largest: int = 200,
    ) -> None:
        self._run_job = run
        self._apply = apply
        self._largest = largest
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._running: asyncio.Task[None] | None = None

    async def submit(self, item: Item, *, patience: float | None = None) -> Result:
        """Do one item. Raises StorageUnavailable, also after `patience` seconds of waiting.

        An item whose caller has lost patience before its turn came is not done.
        """
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        try:
            async with asyncio.timeout(patience):
                return await future
        except TimeoutError:
            raise StorageUnavailable("busy") from None

    async def close(self) -> None:
        """Wait until everything submitted so far is done or refused."""
        if self._running is not None:
            with suppress(asyncio.CancelledError):
                await self._running

    async def _run(self) -> None:
        while self._waiting:
            # What was given up while the transaction before this one ran is left out.
            batch = self._take()
            items = [item for item, _ in batch]
            if not items:
                continue
            try:
                results = await self._run_job(partial(self._apply_to, items))
            except Exception as error:  # noqa: BLE001 - each item's caller is the edge
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)

    async def _apply_to(self, items: Sequence[Item], work: Work) -> Sequence[Result]:
        return await self._apply(work, items)

    def _take(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        taken, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
        return [(item, future) for item, future in taken if not future.done()]
