"""Claiming messages: one sender at a time, fenced, in the order of their urgency."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.consents import Answer, Purpose
from domain.members import Reach
from domain.outbox import Claim, Fate, Outcome, Policy, Priority, PushState, State
from domain.pushes import PushWindow
from storage.claims import (
    CHATS,
    OF_PUSH,
    PACE_CHATS,
    RUNNING,
    SETTLE,
    SINGLE,
    STANDINGS,
    TAKE,
    TRIED,
)
from storage.consents import PushWindowRows
from storage.tables import outbox

# Telegram takes about one message a second for each chat.
CHAT_PACE = timedelta(milliseconds=1050)
# A chat rests for seconds: a time further ahead comes from a clock that was wrong.
_FAR = timedelta(minutes=1)
# More candidates than places: other senders may take some, and a chat counts once.
_SPARE = 8


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one try went, for the record. `text` is Telegram's, never ours."""

    started_at: datetime
    ended_at: datetime
    outcome: Outcome
    text: str = ""
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A try and what becomes of its message."""

    claim: Claim
    fate: Fate
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Standing:
    """What the tables say of a claimed message in the moment before it is sent."""

    is_ours: bool
    push_state: PushState | None
    reach: Reach | None
    paused_until: datetime | None
    # The member's last word on the purpose of the message, and in which wording.
    said: Answer | None
    said_version: int
    is_muted: bool
    windows: tuple[PushWindow, ...]
    # When this was read, by the clock of the wire.
    at: datetime


class Claims:
    """The table of messages, as senders use it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._is_postgres = connection.dialect.name == "postgresql"

    async def claim(
        self, now: datetime, wire: datetime, most: int, worker: str, lease: timedelta
    ) -> Sequence[Claim]:
        """Take at most `most` due messages, the most urgent first, never two of one chat.

        `now` decides what is due and `wire` how long the claim holds. A message is taken by one
        sender only, and none of a chat that another sender has one of.
        """
        chosen = await self._candidates(now, wire, most)
        if chosen and self._is_postgres:
            chosen = await self._lock(chosen, wire)
        return await self.take([row.id for row in chosen[:most]], wire, worker, lease)

    async def take(
        self, ids: Sequence[int], wire: datetime, worker: str, lease: timedelta
    ) -> Sequence[Claim]:
        """Take these messages, as far as they wait and none of their chat is being sent."""
        if not ids:
            return ()
        result = await self._connection.execute(
            TAKE,
            {
                "ids": list(ids),
                "token": secrets.token_hex(16),
                "by": worker,
                "until": wire + lease,
            },
        )
        taken = {row["id"]: _claim(row) for row in result.mappings()}
        return [taken[number] for number in ids if number in taken]

    async def _candidates(self, now: datetime, wire: datetime, most: int) -> list[sa.Row[Any]]:
        values = {"now": now, "wire": wire, "far": wire + _FAR, "most": most + _SPARE}
        found = list(await self._connection.execute(SINGLE, values))
        pushes = await self._connection.execute(RUNNING)
        for row in sorted(pushes, key=lambda row: row.priority):
            # A less urgent push is not looked at if there is enough before it.
            if sum(other.priority <= row.priority for other in found) >= most + _SPARE:
                break
            found += await self._connection.execute(
                OF_PUSH, {**values, "push": row.id, "priority": row.priority}
            )
        found.sort(key=lambda row: (row.priority, row.due_at, row.id))
        return list({row.chat_id: row for row in reversed(found)}.values())[::-1]

    async def _lock(self, chosen: Sequence[sa.Row[Any]], wire: datetime) -> list[sa.Row[Any]]:
        # The locked row of a chat keeps other processes from it until we commit.
        result = await self._connection.execute(
            CHATS,
            {
                "chats": [row.chat_id for row in chosen],
                "wire": wire,
                "far": wire + _FAR,
            },
        )
        ours = set(result.scalars())
        return [row for row in chosen if row.chat_id in ours]

    async def pace_chats(self, sent_at: Mapping[int, datetime]) -> None:
        """Let each chat rest for a while after it gets its message."""
        if not sent_at:
            return
        await self._connection.execute(
            PACE_CHATS[self._connection.dialect.name],
            [{"chat_id": chat, "next_at": at + CHAT_PACE} for chat, at in sent_at.items()],
        )

    async def standings(self, claims: Sequence[Claim], wire: datetime) -> Mapping[int, Standing]:
        """How things stand with claimed messages at `wire`, by the number of each."""
        if not claims:
            return {}
        claims_by = {claim.id: claim for claim in claims}
        result = await self._connection.execute(STANDINGS, {"ids": list(claims_by)})
        found = [(claims_by[row["id"]], row) for row in result.mappings()]
        choosers = {
            claim.member_id
            for claim, row in found
            if claim.member_id is not None and row["has_windows"]
        }
        windows = await PushWindowRows(self._connection).of_all(choosers) if choosers else {}
        return {
            claim.id: _standing(row, claim, windows.get(claim.member_id or 0, ()), wire)
            for claim, row in found
        }

    async def settle(self, results: Sequence[Result]) -> Sequence[bool]:
        """Write down what became of claimed messages; False where the claim was lost meanwhile.

        A sender whose lease ran out may have lost its message to another: then its word counts
        for nothing.
        """
        held = []
        for result in results:
            claim, fate, attempt = result.claim, result.fate, result.attempt
            is_sent = fate.state is State.SENT
            updated = await self._connection.execute(
                SETTLE,
                {
                    "of": claim.id,
                    "token": claim.token,
                    "to": fate.state.value,
                    "due": fate.due_at or claim.due_at,
                    "unclear": fate.ambiguous,
                    "tries": claim.attempts if fate.counts else claim.attempts - 1,
                    "class": fate.fail_class,
                    "text": attempt.text[:200] or None,
                    "message": attempt.message_id,
                    "sent": attempt.ended_at if is_sent else None,
                },
            )
            held.append(updated.rowcount > 0)
        kept = [
            result
            for result, is_ours in zip(results, held, strict=True)
            if is_ours and result.attempt.outcome is not Outcome.NOT_TRIED
        ]
        if kept:
            await self._connection.execute(
                TRIED[self._connection.dialect.name],
                [_attempt(result) for result in kept],
            )
        return held

    async def list_orphans(self, wire: datetime | None, most: int = 500) -> Sequence[Claim]:
        """Messages being sent whose lease is over at `wire`; without it, all being sent."""
        wanted = sa.select(outbox).where(outbox.c.state == State.SENDING.value)
        if wire is not None:
            wanted = wanted.where(outbox.c.lease_until <= wire)
        result = await self._connection.execute(wanted.order_by(outbox.c.id).limit(most))
        return [_claim(row) for row in result.mappings()]


def _standing(
    row: Mapping[Any, Any], claim: Claim, windows: tuple[PushWindow, ...], wire: datetime
) -> Standing:
    return Standing(
        is_ours=row["state"] == State.SENDING and row["lease_token"] == claim.token,
        push_state=None if row["push_state"] is None else PushState(row["push_state"]),
        reach=None if row["reach"] is None else Reach(row["reach"]),
        paused_until=row["paused_until"],
        said=None if row["said"] is None else Answer(row["said"]),
        said_version=row["said_version"] or 0,
        is_muted=row["is_muted"],
        windows=windows,
        at=wire,
    )


def _claim(row: Mapping[Any, Any]) -> Claim:
    return Claim(
        id=row["id"],
        token=row["lease_token"],
        kind=row["kind"],
        chat_id=row["chat_id"],
        member_id=row["member_id"],
        push_id=row["push_id"],
        chain=row["chain"],
        part=row["part"],
        parts=row["parts"],
        priority=Priority(row["priority"]),
        policy=Policy(row["policy"]),
        purpose=Purpose(row["purpose"]) if row["purpose"] else None,
        details=row["details"],
        attempts=row["attempts"],
        ambiguous=row["ambiguous"],
        due_at=row["due_at"],
        expires_at=row["expires_at"],
        lease_until=row["lease_until"],
    )


def _attempt(result: Result) -> dict[str, Any]:
    claim, attempt = result.claim, result.attempt
    return {
        "outbox_id": claim.id,
        "lease_token": claim.token,
        "n": claim.attempts,
        "started_at": attempt.started_at,
        "ended_at": attempt.ended_at,
        "outcome": attempt.outcome.value,
        "text": attempt.text[:200] or None,
    }
