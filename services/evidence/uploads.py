"""The page for one sending: a link that lives half an hour and can be used once."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from domain.clock import Clock
from domain.evidence import LINK_LIFETIME, OTHER, Evidence, Via
from domain.refusal import Refusal
from services.evidence.taking import Checking, Cleaner, keep, own
from storage.database import Database
from storage.evidence import UploadLink
from storage.work import Work

# Files of one sending.
MOST_AT_ONCE = 10
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Page:
    """What the page may know: how many minutes are left. Nothing of who or what."""

    minutes: int


class UploadService:
    """Links are shown once and kept as hashes; whoever has one can only add files."""

    def __init__(self, database: Database, clock: Clock, clean: Cleaner) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock
        self._checking = Checking(clean)

    async def make(self, member_id: int, case_id: str | None) -> str:
        """A token of 256 bits; an unused one of before is worth nothing from now on.

        Refuses with `cases.not_found`, `evidence.closed`.
        """
        token = secrets.token_urlsafe(32)
        async with self._open_work() as work:
            await own(work, member_id, case_id)
            await work.evidence.add_link(
                UploadLink(
                    token_hash=_hash(token),
                    member_id=member_id,
                    case_id=case_id,
                    item=OTHER,
                    expires_at=self._clock.now() + LINK_LIFETIME,
                )
            )
            await work.commit()
        return token

    async def peek(self, token: str) -> Page:
        """Whether the link can still be used; looking does not use it up.

        Refuses with `evidence.link_unknown`, `evidence.link_used`, `evidence.link_over`.
        """
        async with self._open_read() as work:
            link = await self._usable(work, token)
        left = link.expires_at - self._clock.now()
        return Page(max(1, round(left.total_seconds() / 60)))

    async def send(
        self, token: str, files: Sequence[tuple[str, bytes]]
    ) -> tuple[tuple[Evidence, ...], tuple[tuple[str, Refusal], ...]]:
        """Keep what can be kept and use the link up: the files, and which were refused and why.

        With nothing that can be kept the link stays usable. Refuses as `peek`, and with
        `evidence.none_chosen`, `evidence.many_at_once`.
        """
        if not files:
            raise Refusal("evidence.none_chosen")
        if len(files) > MOST_AT_ONCE:
            raise Refusal("evidence.many_at_once", most=MOST_AT_ONCE)
        async with self._open_read() as work:
            await self._usable(work, token)
        refused: list[tuple[str, Refusal]] = []
        checked = []
        for name, data in files:
            try:
                checked.append((name, await self._checking.check(data, name)))
            except Refusal as refusal:
                refused.append((name, refusal))
        if not checked:
            return (), tuple(refused)
        kept: list[Evidence] = []
        now = self._clock.now()
        async with self._open_work() as work:
            link = await self._usable(work, token)
            # Two sendings at the same moment: one of them has it.
            if not await work.evidence.use_link(link.token_hash, now):
                raise Refusal("evidence.link_used")
            owner = await own(work, link.member_id, link.case_id)
            for number, (name, file) in enumerate(checked):
                source = f"page:{link.token_hash[:32]}:{number}"
                try:
                    kept.append(await keep(work, owner, file, link.item, Via.PAGE, source, now))
                except Refusal as refusal:
                    refused.append((name, refusal))
            if kept:
                await work.commit()
        return tuple(kept), tuple(refused)

    async def _usable(self, work: Work, token: str) -> UploadLink:
        link = await work.evidence.find_link(_hash(token)) if _TOKEN.fullmatch(token) else None
        if link is None:
            raise Refusal("evidence.link_unknown")
        if link.used_at is not None:
            raise Refusal("evidence.link_used")
        if link.expires_at <= self._clock.now():
            raise Refusal("evidence.link_over")
        return link


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
