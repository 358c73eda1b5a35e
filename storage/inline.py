"""A whole SQLite transaction in one visit to a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.outages import telling_outages
from storage.vault import Vault
from storage.work import Work

Result = TypeVar("Result")


class _Inline:
    """A synchronous connection that answers like an asynchronous one, without ever waiting."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect

    async def execute(self, *arguments: Any, **named: Any) -> Any:
        return self._connection.execute(*arguments, **named)

    async def scalar(self, *arguments: Any, **named: Any) -> Any:
        return self._connection.scalar(*arguments, **named)


class SqliteThread:
    """One thread with one connection. Jobs are run one after another, each in a transaction."""

    def __init__(self, engine: sa.Engine, vault: Vault | None = None) -> None:
        self._engine = engine
        self._vault = vault
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")

    async def run(self, job: Callable[[Work], Coroutine[Any, Any, Result]]) -> Result:
        """Run the job and commit. Raises StorageUnavailable when SQLite cannot serve now."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._in_thread, job)

    async def close(self) -> None:
        """Wait for the job that runs, then close the connection."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()

    def _in_thread(self, job: Callable[[Work], Coroutine[Any, Any, Result]]) -> Result:
        with telling_outages(), self._engine.begin() as connection:
            work = Work(cast("AsyncConnection", _Inline(connection)), self._vault)
            return _driven(job(work))


def _driven(job: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine that never really waits."""
    try:
        job.send(None)
    except StopIteration as end:
        return cast("Result", end.value)
    job.close()
    raise RuntimeError("a job must wait for nothing but its unit of work")
