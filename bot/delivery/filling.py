"""What must not stand in the outbox in clear: it is fetched in the moment of sending."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from domain.outbox import Claim
from storage.database import Database
from storage.work import Work

# Adds to the details of a notice; None if what it would tell is gone.
Fill = Callable[[Work, Mapping[str, Any]], Awaitable[Mapping[str, Any] | None]]


class Filling:
    """Kinds of notices whose words lie sealed elsewhere."""

    def __init__(self, database: Database, fills: Mapping[str, Fill]) -> None:
        self._database = database
        self._fills = fills

    async def filled(self, claim: Claim) -> Claim | None:
        """The message with everything that it tells; None if that is gone.

        Raises StorageUnavailable.
        """
        fill = self._fills.get(claim.kind)
        if fill is None:
            return claim

        async def read(work: Work) -> Mapping[str, Any] | None:
            return await fill(work, claim.details)

        more = await self._database.read(read)
        return None if more is None else replace(claim, details={**claim.details, **more})
