"""Beginning an attempt: who may, with which questions; for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.clock import Clock, beijing_date
from domain.quiz_play import (
    Attempt,
    AttemptKind,
    AttemptState,
    PoolItem,
    Slot,
    draw_items,
    slots_of,
    who_of,
)
from domain.quiz_rounds import Round, RoundState, Sitting, SittingState
from domain.refusal import Refusal
from services.quiz.common import new_id
from services.quiz.items import ItemShelf
from services.quiz.looking import Looking, is_late
from services.quiz.views import View
from storage.quiz_rounds import is_for
from storage.work import Work

# New attempts with their questions, by id.
Made = dict[str, tuple[Attempt, tuple[Slot, ...]]]


@dataclass(frozen=True, slots=True)
class Start:
    """Somebody wants to answer the questions of a day."""

    sitting_id: str
    member_id: int


@dataclass(frozen=True, slots=True)
class _Known:
    """What the starts of one transaction have in common."""

    sittings: Mapping[str, Sitting]
    rounds: Mapping[str, Round]
    pools: Mapping[str, Sequence[PoolItem]]
    people: Mapping[int, tuple[str | None, str | None]]
    # Attempts by day and by whom, and how often each item was seen by round and by whom.
    attempts: dict[tuple[str, str], list[Attempt]]
    seen: Mapping[tuple[str, str], Mapping[str, int]]


class Starting:
    """Begins attempts, or finds those that run."""

    def __init__(self, clock: Clock, items: ItemShelf, looking: Looking) -> None:
        self._clock = clock
        self._items = items
        self._looking = looking

    async def start_all(self, work: Work, batch: Sequence[Start]) -> Sequence[View | Refusal]:
        """One view or refusal for each, in order."""
        known = await self._know(work, batch)
        made: Made = {}
        outcomes: list[Attempt | Refusal] = []
        for one in batch:
            try:
                attempt = await self._start(work, one, known, made)
            except Refusal as refusal:
                outcomes.append(refusal)
            else:
                outcomes.append(attempt)
        theirs = await work.quiz_attempts.add_all(made.values())
        told = [theirs.get(one.id, one) for one in outcomes if isinstance(one, Attempt)]
        views = await self._looking.at(work, {one.id: one for one in told}.values())
        return [
            one if isinstance(one, Refusal) else views[theirs.get(one.id, one).id]
            for one in outcomes
        ]

    async def slots(self, work: Work, seed: str, drawn: Sequence[PoolItem]) -> tuple[Slot, ...]:
        """The questions with their options shuffled."""
        keys = [(one.id, one.version) for one in drawn]
        items = await self._items.get(work, keys)
        return slots_of(seed, [(items[key], key[1]) for key in keys])

    async def _know(self, work: Work, batch: Sequence[Start]) -> _Known:
        sittings = await work.quiz_rounds.sittings_by_id({one.sitting_id for one in batch})
        rounds = await work.quiz_rounds.find_all({one.round_id for one in sittings.values()})
        day = beijing_date(self._clock.now())
        pools = {one.id: await work.quiz_bank.pool(day, one.topics) for one in rounds.values()}
        people = await work.quiz_rounds.units_of({one.member_id for one in batch})
        keys = {key for member in people for key in _keys(member, people[member][0])}
        attempts: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
        for attempt in await work.quiz_attempts.of_days(sittings.keys(), keys):
            attempts[(attempt.sitting_id or "", attempt.who)].append(attempt)
        seen = {
            (round_id, who): counts
            for round_id in rounds
            for who, counts in (await work.quiz_attempts.seen(round_id, keys)).items()
        }
        return _Known(sittings, rounds, pools, people, attempts, seen)

    async def _start(
        self,
        work: Work,
        one: Start,
        known: _Known,
        made: Made,
    ) -> Attempt:
        now = self._clock.now()
        sitting = known.sittings.get(one.sitting_id)
        if sitting is None:
            raise Refusal("common.button_gone")
        round_ = known.rounds[sitting.round_id]
        person, path = known.people[one.member_id]
        if not is_for(round_.unit_path, path):
            raise Refusal("quiz.not_yours")
        # What the account did before its person was known counts too.
        keys = _keys(one.member_id, person)
        before = [found for key in keys for found in known.attempts[(sitting.id, key)]]
        running = next((attempt for attempt in before if attempt.is_running), None)
        if running is not None:
            if running.member_id == one.member_id and running.id in made:
                return running
            if not is_late(running, now, await self._looking.down(work, [running])):
                if running.member_id == one.member_id:
                    return running
                # Begun on another account of the same person.
                raise Refusal("quiz.on_other_account")
            await self._looking.at(work, [running])
        _check_open(round_, sitting, now)
        if len(before) >= round_.attempts:
            raise Refusal("quiz.no_attempts", count=round_.attempts)
        seen: dict[str, int] = defaultdict(int)
        for key in keys:
            for item_id, count in known.seen.get((round_.id, key), {}).items():
                seen[item_id] += count
        attempt_id = new_id()
        drawn = draw_items(attempt_id, round_.blueprint, known.pools[round_.id], seen)
        slots = await self.slots(work, attempt_id, drawn)
        attempt = Attempt(
            attempt_id,
            AttemptKind.ROUND,
            round_.id,
            sitting.id,
            one.member_id,
            person,
            who_of(one.member_id, person),
            len(before) + 1,
            AttemptState.RUNNING,
            now,
            _deadline(round_, sitting, now),
            len(slots),
        )
        known.attempts[(sitting.id, attempt.who)].append(attempt)
        made[attempt_id] = (attempt, slots)
        return attempt


def _keys(member_id: int, person: str | None) -> Sequence[str]:
    return list(dict.fromkeys((who_of(member_id, person), who_of(member_id, None))))


def _check_open(round_: Round, sitting: Sitting, now: datetime) -> None:
    if round_.state is RoundState.HELD:
        raise Refusal("quiz.is_held", note=round_.note)
    is_on = sitting.state is SittingState.OPEN and now < sitting.closes_at
    if round_.state is not RoundState.PUBLISHED or not is_on:
        raise Refusal("quiz.not_open")


def _deadline(round_: Round, sitting: Sitting, now: datetime) -> datetime:
    if not round_.minutes:
        return sitting.closes_at
    return min(now + timedelta(minutes=round_.minutes), sitting.closes_at)
