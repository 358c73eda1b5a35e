"""What staff do with rounds: plan, publish (some by two people), rest, end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from domain.calendar import Calendar
from domain.clock import Clock, beijing_date
from domain.countersigns import must_be_second
from domain.draw import new_seed, seed_hash
from domain.quiz_bank import check_reason
from domain.quiz_rounds import (
    Cell,
    CellCheck,
    Round,
    RoundSieve,
    RoundState,
    Sitting,
    SittingState,
    check_round,
    check_shelf,
    is_approval_live,
    must_move_round,
    plan_hash,
)
from domain.quiz_timetable import Times, Timetable
from domain.refusal import Refusal
from domain.staff import Actor
from services.quiz.common import RESULTS, WRITE, Desk, new_id, reached
from storage.database import Database
from storage.work import Work

# What staff decide; the rest is made with the round or kept by the program.
_THEIRS = frozenset(
    {
        "title",
        "unit_path",
        "timetable",
        "blueprint",
        "intro",
        "attempts",
        "minutes",
        "pass_mark",
        "is_pushed",
        "reminds",
        "has_board",
        "prize",
    }
)
_OPEN = (RoundState.DRAFT, RoundState.APPROVING)


@dataclass(frozen=True, slots=True)
class RoundCheck:
    """How a plan stands: what there is for each cell, the next days, why it cannot be published.

    `unknown_years` are years whose public holidays are not known yet and would matter.
    """

    cells: Sequence[CellCheck]
    next: Sequence[Times]
    unknown_years: Sequence[int]
    sittings: int
    is_political: bool
    obstacle: Refusal | None


def blank_plan(now: datetime, path: str) -> Round:
    """A plan to begin with: five days from tomorrow, ten minutes, three attempts."""
    first = beijing_date(now) + timedelta(days=1)
    return Round(
        id="",
        title="",
        state=RoundState.DRAFT,
        unit_path=path,
        timetable=Timetable(first, first + timedelta(days=4)),
        blueprint=(),
        created_by="",
        created_at=now,
        attempts=3,
    )


class RoundDesk(Desk):
    """Rounds within reach. Each act is written to the audit with its effect."""

    def __init__(self, database: Database, clock: Clock, calendar: Calendar) -> None:
        super().__init__(database, clock)
        self.calendar = calendar

    async def create(self, actor: Actor, plan: Round) -> Round:
        """A draft of a round. Refuses with `quiz.plan_...` what could not be held so."""
        actor.must(WRITE, plan.unit_path)
        now = self._clock.now()
        one = Round(
            **{name: getattr(plan, name) for name in _THEIRS},
            id=new_id(),
            state=RoundState.DRAFT,
            created_by=actor.staff_id,
            created_at=now,
            is_demo=plan.is_demo,
        )
        async with self._open_work() as work:
            await self._check(work, one, now)
            await work.quiz_rounds.add(one)
            await self._audit(work, actor, "quiz_round.create", one.id)
            await work.commit()
        return one

    async def clone(self, actor: Actor, round_id: str, by: timedelta) -> Round:
        """The same plan as a draft, so much later."""
        one = await self.get(actor, round_id)
        rule = one.timetable
        moved = replace(rule, first=rule.first + by, last=rule.last + by)
        return await self.create(actor, replace(one, timetable=moved))

    async def change(self, actor: Actor, round_id: str, **fields: Any) -> Round:
        """Change a plan that is not published. What was handed in is a draft again."""
        if unknown := set(fields) - _THEIRS:
            raise ValueError(f"not for staff to change: {sorted(unknown)}")
        async with self._open_work() as work:
            before = await self._lock(work, actor, round_id)
            if before.state not in _OPEN:
                raise Refusal("quiz.not_now")
            one = replace(
                before, **fields, state=RoundState.DRAFT, handed_in_by=None, handed_in_at=None
            )
            actor.must(WRITE, one.unit_path)
            await self._check(work, one, self._clock.now())
            return await self._done(work, actor, one, "change", what=sorted(fields))

    async def get(self, actor: Actor, round_id: str) -> Round:
        """One round. Refuses with `quiz.not_found`."""
        async with self._open_read() as work:
            return reached(actor, await work.quiz_rounds.find(round_id))

    async def sittings(self, actor: Actor, round_id: str) -> Sequence[Sitting]:
        """The days of a round, in order; none before it is published."""
        async with self._open_read() as work:
            reached(actor, await work.quiz_rounds.find(round_id))
            return await work.quiz_rounds.sittings_of([round_id])

    async def page(
        self, actor: Actor, sieve: RoundSieve, *, offset: int, limit: int
    ) -> tuple[Sequence[Round], int]:
        """Some of the rounds within reach, the latest first, and how many in all."""
        async with self._open_read() as work:
            return await work.quiz_rounds.page_within(
                actor.reach(RESULTS), sieve, offset=offset, limit=limit
            )

    async def check(self, actor: Actor, round_id: str) -> RoundCheck:
        """How the plan of a round stands."""
        return await self.check_plan(actor, await self.get(actor, round_id))

    async def check_plan(self, actor: Actor, plan: Round) -> RoundCheck:
        """The same for what stands on a form."""
        actor.must(WRITE)
        now = self._clock.now()
        rule = plan.timetable
        async with self._open_read() as work:
            shelf = await work.quiz_bank.shelf(beijing_date(now))
            cells = check_shelf(plan.blueprint, shelf)
            is_political = await _is_political(work, plan)
        return RoundCheck(
            cells,
            rule.next(self.calendar, now),
            rule.unknown_years(self.calendar),
            sum(1 for _ in rule.all(self.calendar)),
            is_political,
            _refusal(lambda: self._check_all(plan, cells, now)),
        )

    async def publish(self, actor: Actor, round_id: str) -> Round:
        """Let the days of a round come. Refuses with `quiz.two_people` a political theme."""
        async with self._open_work() as work:
            one = await self._lock(work, actor, round_id)
            if await _is_political(work, one):
                raise Refusal("quiz.two_people")
            return await self._publish(work, actor, one, "publish")

    async def hand_in(self, actor: Actor, round_id: str) -> Round:
        """Ask a second person to look at the plan as it is now."""
        now = self._clock.now()
        async with self._open_work() as work:
            one = await self._lock(work, actor, round_id)
            must_move_round(one.state, RoundState.APPROVING)
            await self._check_to_publish(work, one, now)
            one = replace(
                one,
                state=RoundState.APPROVING,
                handed_in_by=actor.staff_id,
                handed_in_at=now,
                plan_hash=plan_hash(one),
            )
            return await self._done(work, actor, one, "hand_in", plan=one.plan_hash)

    async def approve(self, actor: Actor, round_id: str, seen_hash: str) -> Round:
        """Publish what somebody else handed in, exactly as it was seen.

        Refuses with `quiz.approve_own`, `quiz.approve_factor` (a second factor older than 15
        minutes), `quiz.approve_changed` or `quiz.approve_lapsed` (after 24 hours).
        """
        now = self._clock.now()
        async with self._open_work() as work:
            one = await self._lock(work, actor, round_id)
            if one.state is not RoundState.APPROVING:
                raise Refusal("quiz.not_now")
            must_be_second(
                actor,
                (one.handed_in_by or "", one.created_by),
                "",
                now,
                own="quiz.approve_own",
                old="quiz.approve_factor",
            )
            if seen_hash != plan_hash(one):
                raise Refusal("quiz.approve_changed")
            if not is_approval_live(one, now):
                raise Refusal("quiz.approve_lapsed")
            return await self._publish(
                work, actor, replace(one, approved_by=actor.staff_id), "approve"
            )

    async def send_back(self, actor: Actor, round_id: str, note: str) -> Round:
        """Not like this: the plan is a draft again, with a word why."""
        async with self._open_work() as work:
            one = await self._lock(work, actor, round_id)
            must_move_round(one.state, RoundState.DRAFT)
            one = replace(one, state=RoundState.DRAFT, handed_in_at=None, note=check_reason(note))
            return await self._done(work, actor, one, "send_back")

    async def hold(self, actor: Actor, round_id: str, note: str) -> Round:
        """Open no more days and start no attempts for now; what runs is seen through."""
        return await self._move(actor, round_id, RoundState.HELD, note)

    async def resume(self, actor: Actor, round_id: str) -> Round:
        """Go on after holding."""
        return await self._move(actor, round_id, RoundState.PUBLISHED, None)

    async def cancel(self, actor: Actor, round_id: str, note: str) -> Round:
        """End it for good without standings or a draw."""
        return await self._move(actor, round_id, RoundState.CANCELLED, note)

    async def close(self, actor: Actor, round_id: str) -> Round:
        """Let no further day come: the day that is on ends now, and then all are ranked."""
        async with self._open_work() as work:
            one = await self._lock(work, actor, round_id)
            must_move_round(one.state, RoundState.CLOSED)
            now = self._clock.now()
            rounds = work.quiz_rounds
            await rounds.set_sittings(one.id, SittingState.PLANNED, SittingState.CANCELLED)
            for sitting in await rounds.sittings_of([one.id]):
                if sitting.state is SittingState.OPEN:
                    await work.quiz_attempts.cut(sitting.id, now)
                    await rounds.save_sitting(replace(sitting, closes_at=now))
            return await self._done(work, actor, one, "close")

    async def set_unit_table(self, actor: Actor, round_id: str, reason: str) -> Round:
        """Compare units with each other, for a reason that is kept; an empty one ends it."""
        kept = check_reason(reason) if reason.strip() else ""
        async with self._open_work() as work:
            one = replace(await self._lock(work, actor, round_id), unit_table_reason=kept)
            return await self._done(work, actor, one, "unit_table", reason=kept)

    async def draw_now(self, actor: Actor, round_id: str) -> Round:
        """Fix the list of entries with the next tick, not a day after the end."""
        async with self._open_work() as work:
            one = await self._lock(work, actor, round_id)
            if one.state is not RoundState.CLOSED or one.prize is None or one.drawn_at:
                raise Refusal("quiz.not_now")
            if one.entries_hash is None:
                one = replace(one, draw_at=self._clock.now())
            return await self._done(work, actor, one, "draw")

    async def _publish(self, work: Work, actor: Actor, one: Round, act: str) -> Round:
        now = self._clock.now()
        must_move_round(one.state, RoundState.PUBLISHED)
        await self._check_to_publish(work, one, now)
        seed = new_seed()
        one = replace(
            one,
            state=RoundState.PUBLISHED,
            published_at=now,
            note="",
            seed=seed,
            seed_hash=seed_hash(seed),
        )
        coming = [times for times in one.timetable.all(self.calendar) if times.closes_at > now]
        await work.quiz_rounds.add_sittings(
            [
                Sitting(
                    new_id(),
                    one.id,
                    number,
                    SittingState.PLANNED,
                    max(times.opens_at, now),
                    times.closes_at,
                    times.closes_at,
                )
                for number, times in enumerate(coming, 1)
            ]
        )
        return await self._done(work, actor, one, act, plan=plan_hash(one))

    async def _move(
        self, actor: Actor, round_id: str, after: RoundState, note: str | None
    ) -> Round:
        async with self._open_work() as work:
            one = await self._lock(work, actor, round_id)
            is_resumed = after is RoundState.PUBLISHED
            if is_resumed and one.state is not RoundState.HELD:
                # Publishing for the first time has rules of its own.
                raise Refusal("quiz.not_now")
            must_move_round(one.state, after)
            if after is RoundState.CANCELLED:
                for state in (SittingState.PLANNED, SittingState.OPEN):
                    await work.quiz_rounds.set_sittings(one.id, state, SittingState.CANCELLED)
            kept = "" if note is None else check_reason(note)
            verbs = {RoundState.HELD: "hold", RoundState.CANCELLED: "cancel"}
            ended = self._clock.now() if after is RoundState.CANCELLED else None
            one = replace(one, state=after, note=kept, closed_at=ended)
            return await self._done(work, actor, one, verbs.get(after, "resume"))

    async def _done(self, work: Work, actor: Actor, one: Round, verb: str, **detail: Any) -> Round:
        await work.quiz_rounds.save(one)
        await self._audit(work, actor, f"quiz_round.{verb}", one.id, **detail)
        await work.commit()
        return one

    async def _check(self, work: Work, one: Round, now: datetime) -> None:
        check_round(one, self.calendar, now)
        _check_topics(one.blueprint, {topic.key for topic in await work.quiz_bank.topics()})

    async def _check_to_publish(self, work: Work, one: Round, now: datetime) -> None:
        shelf = await work.quiz_bank.shelf(beijing_date(now))
        self._check_all(one, check_shelf(one.blueprint, shelf), now)

    def _check_all(self, one: Round, cells: Sequence[CellCheck], now: datetime) -> None:
        check_round(one, self.calendar, now)
        if not all(cell.is_enough for cell in cells):
            raise Refusal("quiz.plan_shelf")


def _check_topics(blueprint: Sequence[Cell], known: set[str]) -> None:
    for cell in blueprint:
        if cell.topic not in known:
            raise Refusal("quiz.topic_unknown", topic=cell.topic)


async def _is_political(work: Work, one: Round) -> bool:
    political = {topic.key for topic in await work.quiz_bank.topics() if topic.is_political}
    return any(topic in political for topic in one.topics)


def _refusal(check: Callable[[], None]) -> Refusal | None:
    try:
        check()
    except Refusal as refusal:
        return refusal
    return None
