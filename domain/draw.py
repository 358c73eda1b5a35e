"""Rules of a draw that everybody can check afterwards.

Before sign-up opens a secret seed is made and its SHA-256 published. When sign-up has closed the
list of entries is fixed and its SHA-256 published. Then the draw is made and the seed published.
Nobody could choose the seed by the list or the list by the seed. docs/draw.md has a script of
twenty lines that gives the same winners from the published record.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from domain.refusal import Refusal

VERSION = 1
HEAVIEST = 20


@dataclass(frozen=True, slots=True)
class Weights:
    """How many lots somebody has: `base`, more for some, fewer for who did not come, at least 1.

    `focus` counts for the occupations in `focus_on`; `lost` counts for each draw lost since the
    last one won, up to three.
    """

    base: int = 2
    never_attended: int = 2
    focus: int = 2
    focus_on: tuple[str, ...] = ()
    lost: int = 1
    missed: int = 1

    def of(self, *, attended: int, missed: int, lost_draws: int, occupation: str | None) -> int:
        """The number of lots."""
        lots = self.base
        if not attended:
            lots += self.never_attended
        if occupation in self.focus_on:
            lots += self.focus
        lots += self.lost * min(lost_draws, 3)
        lots -= self.missed * min(missed, 3)
        return min(max(lots, 1), HEAVIEST)


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody in the draw: an id that says nothing about them, lots, seats, quotas."""

    id: str
    lots: int
    party: int
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """A quota in the draw: `reserved` seats are given first, a `limit` is never passed."""

    key: str
    kind: str
    seats: int


@dataclass(frozen=True, slots=True)
class Result:
    """Ids in the order of the draw: who has a seat, and the line behind them."""

    winners: tuple[str, ...]
    waiting: tuple[str, ...]


def new_seed() -> str:
    """256 random bits in hexadecimal."""
    return secrets.token_hex(32)


def seed_hash(seed: str) -> str:
    """What is published of the seed before the draw."""
    return hashlib.sha256(seed.encode()).hexdigest()


def entries_hash(entries: Sequence[Entry]) -> str:
    """The SHA-256 of the list, sorted by id, one entry a line, its parts joined by tabs."""
    lines = sorted(
        f"{one.id}\t{one.lots}\t{one.party}\t{','.join(sorted(one.marks))}" for one in entries
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def order(seed: str, entries: Sequence[Entry]) -> list[Entry]:
    """The entries as drawn: each lot has a number from seed, id and lot; the smallest counts.

    Two lots have twice the chance of one: the smallest of all numbers is equally likely to belong
    to any lot.
    """
    return sorted(entries, key=lambda one: (_best(seed, one), one.id))


def draw(
    seed: str, entries: Sequence[Entry], capacity: int, shares: Sequence[Share] = ()
) -> Result:
    """First the reserved seats in the order of the shares, then all others in the drawn order."""
    drawn = order(seed, entries)
    won: set[str] = set()
    held = {share.key: 0 for share in shares}
    limits = [share for share in shares if share.kind == "limit"]

    def take(one: Entry) -> None:
        nonlocal capacity
        blocked = any(
            share.key in one.marks and held[share.key] + one.party > share.seats
            for share in limits
        )
        if one.id in won or one.party > capacity or blocked:
            return
        won.add(one.id)
        capacity -= one.party
        for share in shares:
            held[share.key] += one.party if share.key in one.marks else 0

    for share in shares:
        if share.kind == "reserved":
            for one in drawn:
                if share.key in one.marks and held[share.key] + one.party <= share.seats:
                    take(one)
    for one in drawn:
        take(one)
    return Result(
        tuple(one.id for one in drawn if one.id in won),
        tuple(one.id for one in drawn if one.id not in won),
    )


def record(
    event_id: str,
    seed: str,
    entries: Sequence[Entry],
    capacity: int,
    shares: Sequence[Share],
    result: Result,
) -> str:
    """Everything that a check needs, as JSON. It names nobody."""
    fixed_before = json.loads(listed(event_id, entries, capacity, shares))
    opened = {"seed": seed, "seed_hash": seed_hash(seed)}
    drawn = {"winners": list(result.winners), "waiting": list(result.waiting)}
    return json.dumps({**fixed_before, **opened, **drawn}, indent=1)


def listed(
    event_id: str,
    entries: Sequence[Entry],
    capacity: int,
    shares: Sequence[Share],
    at: datetime | None = None,
) -> str:
    """What is fixed when sign-up has closed, as JSON: everything but the seed and its result.

    `at` is when.
    """
    return json.dumps(
        {
            **({"fixed_at": at.isoformat()} if at else {}),
            "version": VERSION,
            "event": event_id,
            "capacity": capacity,
            "shares": [asdict(share) for share in shares],
            "entries_hash": entries_hash(entries),
            "entries": [
                [one.id, one.lots, one.party, sorted(one.marks)]
                for one in sorted(entries, key=lambda one: one.id)
            ],
        },
        indent=1,
    )


def fixed(text: str) -> tuple[list[Entry], int, list[Share]]:
    """The entries, capacity and shares of a list that `listed` wrote."""
    found = json.loads(text)
    shares = [Share(one["key"], one["kind"], int(one["seats"])) for one in found["shares"]]
    return [_entry(row) for row in found["entries"]], int(found["capacity"]), shares


def fixed_at(text: str) -> datetime | None:
    """When the list that `listed` wrote was fixed, if it says so."""
    found = json.loads(text).get("fixed_at")
    return None if found is None else datetime.fromisoformat(found)


def verify(text: str) -> Result:
    """Draw again from a published record.

    Refuses with `draw.unreadable`, `draw.seed_differs`, `draw.entries_differ` or
    `draw.result_differs`.
    """
    try:
        found = json.loads(text)
        entries, capacity, shares = fixed(text)
        seed = str(found["seed"])
        published = Result(tuple(found["winners"]), tuple(found["waiting"]))
        hashes = found["seed_hash"], found["entries_hash"]
    except (ValueError, KeyError, TypeError, IndexError):
        raise Refusal("draw.unreadable") from None
    if seed_hash(seed) != hashes[0]:
        raise Refusal("draw.seed_differs")
    if entries_hash(entries) != hashes[1] or len({one.id for one in entries}) != len(entries):
        raise Refusal("draw.entries_differ")
    if draw(seed, entries, capacity, shares) != published:
        raise Refusal("draw.result_differs")
    return published


def _entry(row: Any) -> Entry:
    name, lots, party, marks = row
    if not 1 <= int(lots) <= HEAVIEST or int(party) < 1:
        raise ValueError
    return Entry(str(name), int(lots), int(party), tuple(map(str, marks)))


def _best(seed: str, one: Entry) -> str:
    return min(
        hashlib.sha256(f"{seed}:{one.id}:{lot}".encode()).hexdigest() for lot in range(one.lots)
    )
