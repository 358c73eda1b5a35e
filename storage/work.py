"""The unit of work: one transaction, with the tables grouped by noun."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.ask import Notes, Questions
from storage.audit import Audit
from storage.forms import Drafts
from storage.instance import Instance
from storage.journal import JournalRows
from storage.links import Links
from storage.members import Members


class Work:
    """One transaction. What is not committed when it is left did not happen."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @cached_property
    def audit(self) -> Audit:
        return Audit(self._connection)

    @cached_property
    def drafts(self) -> Drafts:
        return Drafts(self._connection)

    @cached_property
    def instance(self) -> Instance:
        return Instance(self._connection)

    @cached_property
    def journal(self) -> JournalRows:
        return JournalRows(self._connection)

    @cached_property
    def links(self) -> Links:
        return Links(self._connection)

    @cached_property
    def members(self) -> Members:
        return Members(self._connection)

    @cached_property
    def notes(self) -> Notes:
        return Notes(self._connection)

    @cached_property
    def questions(self) -> Questions:
        return Questions(self._connection)

    async def commit(self) -> None:
        await self._connection.commit()
