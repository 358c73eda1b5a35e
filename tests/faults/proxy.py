"""A TCP proxy in front of PostgreSQL that refuses, stalls or cuts on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import sqlalchemy as sa


class Proxy:
    """Passes bytes on while it is told nothing else."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._server: asyncio.Server | None = None
        self._port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._flows = asyncio.Event()
        self._flows.set()

    @classmethod
    @asynccontextmanager
    async def to(cls, url: str) -> AsyncIterator[Proxy]:
        """A proxy to the database server of the URL."""
        place = sa.engine.make_url(url)
        proxy = cls(place.host or "127.0.0.1", place.port or 5432)
        await proxy.accept()
        try:
            yield proxy
        finally:
            proxy.resume()
            await proxy.refuse()
            await asyncio.gather(*proxy._tasks, return_exceptions=True)

    def through(self, url: str) -> str:
        """The URL, leading through this proxy."""
        place = sa.engine.make_url(url).set(host="127.0.0.1", port=self._port)
        return place.render_as_string(hide_password=False)

    async def accept(self) -> None:
        """Take connections."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Take no more connections and end those that there are, as a stopped server does."""
        assert self._server is not None
        self._server.close()
        self.cut()

    def cut(self) -> None:
        """End the connections that there are."""
        for writer in list(self._writers):
            writer.transport.abort()

    def stall(self) -> None:
        """Connections stay, but nothing comes through, as with a stopped process."""
        self._flows.clear()

    def resume(self) -> None:
        """Let everything through again, also what was held up."""
        self._flows.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._pass(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                await self._flows.wait()
                sink.write(data)
                await sink.drain()
        self._writers.discard(sink)
        sink.transport.abort()
