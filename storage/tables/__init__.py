"""The tables, a file for each noun. A new file is named here, so that `metadata` knows it."""

from storage.tables.ask import notes, questions
from storage.tables.common import Instant, Key, metadata
from storage.tables.house import audit, instance, journal, rejects
from storage.tables.members import drafts, links, members

__all__ = [
    "Instant",
    "Key",
    "audit",
    "drafts",
    "instance",
    "journal",
    "links",
    "members",
    "metadata",
    "notes",
    "questions",
    "rejects",
]
