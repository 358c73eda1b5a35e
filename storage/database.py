"""The database: one writer and many readers, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, StaticPool

from storage.guard import unit_open
from storage.inline import SqliteThread
from storage.outages import telling_outages
from storage.vault import Vault
from storage.work import Work

OpenWork = Callable[[], AbstractAsyncContextManager[Work]]
Result = TypeVar("Result")

# RELIABILITY 9: power loss must not take an acknowledged update, so FULL; the rest is hygiene.
_SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=5000",
    "foreign_keys=ON",
    "secure_delete=ON",
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "mmap_size=0",
    "journal_size_limit=67108864",
)
_POSTGRES_OPTIONS = (
    "-c lock_timeout=3000 -c statement_timeout=10000"
    " -c idle_in_transaction_session_timeout=15000 -c timezone=UTC"
)
_READERS = 4


class Database:
    """Opens units of work. `url` is a plain SQLAlchemy URL, `sqlite:///...` or `postgresql://...`.

    SQLite has one writer connection behind a fair in-process queue; each write begins with BEGIN
    IMMEDIATE, because a transaction that reads first and writes later fails at once under
    concurrency, whatever the busy timeout. Work with sealed columns needs the vault.
    """

    def __init__(self, url: str, vault: Vault | None = None) -> None:
        self.url = sa.engine.make_url(url)
        self.vault = vault
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._writer = _sqlite_engine(self.url, size=1, begin="BEGIN IMMEDIATE")
            self._reader = _sqlite_engine(self.url, size=_READERS, begin="BEGIN", read_only=True)
            self._batch_writer = SqliteThread(_sync_engine(self.url, "BEGIN IMMEDIATE"), vault)
            self._batch_reader = SqliteThread(
                _sync_engine(self.url, "BEGIN", read_only=True), vault
            )
        else:
            self._writer = self._reader = _postgres_engine(self.url)
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def open_work(self) -> AsyncIterator[Work]:
        """A unit of work that may write. Leaving without `commit()` rolls everything back.

        Raises StorageUnavailable when the database cannot serve now.
        """
        async with self._write_turn(), _guarded(self._writer) as connection:
            with unit_open():
                yield Work(connection, self.vault)

    @asynccontextmanager
    async def open_read(self) -> AsyncIterator[Work]:
        """A view for reading; on SQLite writing in it fails. `open_snapshot` is one state for all
        reads in it."""
        async with _guarded(self._reader) as connection:
            if not self.is_sqlite:
                # At READ COMMITTED each statement sees a state of its own anyway: without a
                # transaction around it, a read is one round trip instead of three. (Not set on an
                # engine: whoever is cancelled while connecting would lose the connection.)
                await connection.execution_options(isolation_level="AUTOCOMMIT")
            with unit_open():
                yield Work(connection, self.vault)

    @asynccontextmanager
    async def open_snapshot(self) -> AsyncIterator[Work]:
        """One state of the data for all reads in it, however many; for lists that leave the house.

        Leave it soon: while it is held, SQLite's write-ahead log grows and PostgreSQL keeps old
        rows. On SQLite every `open_read` is the same; on PostgreSQL that one sees later commits.
        """
        async with _guarded(self._reader) as connection:
            if not self.is_sqlite:
                await connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            yield Work(connection, self.vault)

    async def write(self, job: Callable[[Work], Coroutine[Any, Any, Result]]) -> Result:
        """Run a job that waits for nothing but its unit of work, and commit.

        The way for hot paths: on SQLite the whole job is one visit to a thread, where
        `open_work` makes one for each statement. Raises StorageUnavailable.
        """
        if self.is_sqlite:
            async with self._write_turn():
                return await self._batch_writer.run(job)
        async with self.open_work() as work:
            result = await job(work)
            await work.commit()
        return result

    async def read(self, job: Callable[[Work], Coroutine[Any, Any, Result]]) -> Result:
        """Like `write`, for a job that only reads."""
        if self.is_sqlite:
            return await self._batch_reader.run(job)
        async with self.open_read() as work:
            return await job(work)

    @asynccontextmanager
    async def _write_turn(self) -> AsyncIterator[None]:
        """SQLite has one writer at a time: ours wait here, in fair order, not in busy loops."""
        if not self.is_sqlite:
            yield
            return
        async with self._turn:
            yield

    async def close(self) -> None:
        """Give up all connections. On SQLite the write-ahead log is folded into the file."""
        if self.is_sqlite:
            await self._batch_reader.close()
            await self._batch_writer.close()
        await self._reader.dispose()
        await self._writer.dispose()


@asynccontextmanager
async def _guarded(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    with telling_outages():
        async with engine.connect() as connection:
            yield connection


def _sqlite_engine(url: sa.URL, *, size: int, begin: str, read_only: bool = False) -> AsyncEngine:
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=30,
        # Parameters are members' words: an error text must not carry them into a log.
        hide_parameters=True,
    )

    _prepare(engine.sync_engine, begin, read_only)
    return engine


def _sync_engine(url: sa.URL, begin: str, *, read_only: bool = False) -> sa.Engine:
    """For one thread of its own: the same file, without a hop for each statement."""
    engine = sa.create_engine(
        url, poolclass=StaticPool, connect_args={"check_same_thread": False}, hide_parameters=True
    )
    _prepare(engine, begin, read_only)
    return engine


def _prepare(engine: sa.Engine, begin: str, read_only: bool) -> None:
    def on_connect(connection: Any, _record: Any) -> None:
        # The driver's own transaction handling is off: the "begin" event below does it.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _SQLITE_PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
            cursor.execute("PRAGMA wal_autocheckpoint=0")
        cursor.close()

    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    sa.event.listen(engine, "connect", on_connect)
    sa.event.listen(engine, "begin", on_begin)


def _postgres_engine(url: sa.URL) -> AsyncEngine:
    return create_async_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=10,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=False,
        isolation_level="READ COMMITTED",
        hide_parameters=True,
        connect_args={"options": _POSTGRES_OPTIONS, "connect_timeout": 3},
    )
