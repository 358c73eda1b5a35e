"""A file on its way in: looked at, made clean, numbered, sealed. Both ways in go through here."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from domain.evidence import (
    ITEMS,
    MOST_FILES,
    OTHER,
    Evidence,
    FileKind,
    Via,
    clean_name,
    kind_of_file,
)
from domain.refusal import Refusal
from storage.evidence import Owner
from storage.work import Work

# Takes away what a file tells besides; refuses what is damaged or hides something.
Cleaner: TypeAlias = Callable[[bytes, FileKind], bytes]
_KNOWN_ITEMS = frozenset(item for items in ITEMS.values() for item in items) | {OTHER}


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be kept. `data` is without what it told besides."""

    kind: FileKind
    name: str
    data: bytes
    sha256: str


class Checking:
    """Looks at one file at a time: a picture of fifty million points takes much memory."""

    def __init__(self, clean: Cleaner) -> None:
        self._clean = clean
        self._turn = asyncio.Semaphore(1)

    async def check(self, data: bytes, name: str) -> Checked:
        """Refuses what is no picture and no PDF, with what the member can do instead."""
        kind = kind_of_file(data)
        async with self._turn:
            cleaned = await asyncio.to_thread(self._clean, data, kind)
        return Checked(kind, clean_name(name, kind), cleaned, hashlib.sha256(data).hexdigest())


async def own(work: Work, member_id: int, case_id: str | None) -> Owner:
    """Whose files these are. Refuses with `cases.not_found` for the case of somebody else, and
    with `evidence.closed` for one that has ended."""
    if case_id is None:
        return Owner(member_id)
    case = await work.cases.find_of_member(member_id, case_id)
    if case is None:
        raise Refusal("cases.not_found")
    if not case.is_open:
        raise Refusal("evidence.closed")
    return Owner(member_id, case_id)


async def keep(
    work: Work, owner: Owner, file: Checked, item: str, via: Via, source: str, now: datetime
) -> Evidence:
    """Keep the file under the next number; the one that is there if it was delivered before.

    Refuses with `evidence.too_many`, and with `evidence.same` (label) for bytes that are there.
    """
    known = await work.evidence.find_by_source(source)
    if known is not None:
        return known
    await work.evidence.lock(owner)
    files = await work.evidence.list_of(owner)
    if len(files) >= MOST_FILES:
        raise Refusal("evidence.too_many", most=MOST_FILES)
    for one in files:
        if one.sha256 == file.sha256:
            raise Refusal("evidence.same", label=one.label)
    kept = Evidence(
        id=secrets.token_urlsafe(12),
        number=await work.evidence.next_number(owner),
        item=item if item in _KNOWN_ITEMS else OTHER,
        kind=file.kind,
        via=via,
        name=file.name,
        size=len(file.data),
        sha256=file.sha256,
        kept_sha256=hashlib.sha256(file.data).hexdigest(),
        received_at=now,
        case_id=owner.case_id,
    )
    await work.evidence.add(owner, kept, source, file.data)
    return kept
