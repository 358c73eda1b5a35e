"""The member's limits by law: asked step by step, shown, kept if wanted, reminded of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from domain.calendar import Calendar
from domain.cases.kinds import Kind
from domain.cases.wall import Sight
from domain.clock import BEIJING, Clock, beijing_date
from domain.forms import LIFETIME, Draft, Form
from domain.limits import kept
from domain.limits.asking import Answers, Progress, before, picked, progress, told
from domain.limits.kept import RightsClock
from domain.limits.rules import Limit
from domain.outbox import Notice, Priority
from domain.reading.words import Words
from domain.refusal import Refusal
from domain.staff import Actor
from storage.cases.marks import open_mark, seal_mark
from storage.database import Database
from storage.forms import knows_again
from storage.work import Work

NOTICE = "limits.notice"
# The hour in Beijing at which reminders go out.
_REMIND_AT = time(9)
_MATTER, _CASE, _DRAFTS = "matter", "case", "drafts"


@dataclass(frozen=True, slots=True)
class Shown:
    """A clock as it is read today."""

    clock: RightsClock
    limits: tuple[Limit, ...]
    today: date


class LimitService:
    """One set of questions in progress for each member, up to five clocks kept."""

    def __init__(self, database: Database, clock: Clock, words: Words, calendar: Calendar) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock
        self._words = words
        self._calendar = calendar

    async def begin(self, member_id: int, name: str, case_id: str | None = None) -> Progress:
        """Ask for a kind of dispute, in place of any other form. Refuses with
        `common.button_gone` for a kind that nobody knows, and with `cases.not_found` for the case
        of somebody else."""
        try:
            matter = Kind(name)
        except ValueError:
            raise Refusal("common.button_gone") from None
        async with self._open_work() as work:
            answers: dict[str, str] = {}
            if case_id is not None:
                if await work.cases.find_of_member(member_id, case_id) is None:
                    raise Refusal("cases.not_found")
                told = {_CASE: case_id}
                answers[_CASE] = seal_mark(work.vault, _DRAFTS, str(member_id), told)
            await self._save(work, member_id, matter, answers)
            await work.commit()
        now = progress(matter, {})
        assert now is not None
        return now

    async def find_open(self, member_id: int) -> Progress | None:
        """The questions that the member is in the middle of, if any."""
        async with self._open_read() as work:
            return _progress(await self._draft(work, member_id))

    async def tell(self, member_id: int, text: str, update_id: int) -> Progress | Shown:
        """Take a typed day; the next step, or the limits after the last one.

        Refuses with what is wrong with the day; the step then stays open. The same update told
        again has no further effect.
        """

        def take(now: Progress) -> dict[str, str]:
            return told(now, text, self._today(), self._words)

        return await self._take(member_id, take, update_id)

    async def pick(
        self, member_id: int, step: str, choice: str, update_id: int
    ) -> Progress | Shown:
        """Take an answer by a button of this step. Refuses with `limits.step_gone`."""

        def take(now: Progress) -> dict[str, str]:
            if now.question.step != step:
                raise Refusal("limits.step_gone")
            return picked(now, choice, self._today())

        return await self._take(member_id, take, update_id)

    async def step_back(self, member_id: int, step: str) -> Progress:
        """Open the step before this one again. Refuses with `limits.step_gone`."""
        async with self._open_work() as work:
            draft = await self._draft(work, member_id)
            now = _progress(draft)
            if draft and now and knows_again(draft):
                return now
            earlier = before(now) if now and now.question.step == step else None
            if draft is None or earlier is None:
                raise Refusal("limits.step_gone")
            case = {_CASE: draft.answers[_CASE]} if _CASE in draft.answers else {}
            await self._save(work, member_id, earlier.matter, {**earlier.answers, **case})
            await work.commit()
        return earlier

    async def close(self, member_id: int) -> None:
        """Forget questions that were not finished."""
        async with self._open_work() as work:
            if await self._draft(work, member_id) is not None:
                await work.drafts.remove(member_id)
            await work.commit()

    async def list_kept(self, member_id: int) -> Sequence[Shown]:
        """The member's clocks as they stand today, the newest first."""
        async with self._open_read() as work:
            found = await work.rights_clocks.list_kept(member_id)
        return [self._shown(clock) for clock in found]

    async def get(self, member_id: int, clock_id: str) -> Shown:
        """One of the member's own clocks. Refuses with `limits.gone`."""
        async with self._open_read() as work:
            return self._shown(await _find(work, member_id, clock_id))

    async def of_case(self, actor: Actor, case_id: str) -> Sequence[Shown]:
        """What the member worked out and kept for a case, for whoever sees the case.

        Refuses with `cases.not_found`.
        """
        async with self._open_read() as work:
            if await work.cases.seen(Sight.of(actor), case_id) is None:
                raise Refusal("cases.not_found")
            found = await work.rights_clocks.list_of_case(case_id)
        return [self._shown(clock) for clock in found]

    async def keep(self, member_id: int, clock_id: str) -> Shown:
        """Keep a clock and remind the member 90, 30, 7, 3 and 1 days before a last day.

        Refuses with `limits.gone`, and with `limits.too_many` beyond five.
        """
        async with self._open_work() as work:
            clock = await _find(work, member_id, clock_id)
            others = [
                one for one in await work.rights_clocks.list_kept(member_id) if one.id != clock_id
            ]
            if len(others) >= kept.MOST_KEPT:
                raise Refusal("limits.too_many", most=kept.MOST_KEPT)
            days = kept.days_to_remind(clock, self._calendar, self._today())
            await work.rights_clocks.keep(clock_id, days, member_id)
            await work.commit()
        return self._shown(replace(clock, is_kept=True))

    async def forget(self, member_id: int, clock_id: str) -> None:
        """Remove a clock and its reminders. Refuses with `limits.gone`."""
        async with self._open_work() as work:
            await _find(work, member_id, clock_id)
            await work.rights_clocks.remove(clock_id)
            await work.commit()

    async def remind_due(self) -> int:
        """Tell those whose day has come, from nine in the morning on; the number of members.

        What fell due while the program was down is told once, with the days that are left now.
        """
        now = self._clock.now()
        today = beijing_date(now)
        if now < datetime.combine(today, _REMIND_AT, BEIJING):
            return 0
        async with self._open_work() as work:
            due = [
                one
                for one in await work.rights_clocks.reminders_until(today)
                if await work.rights_clocks.take_reminder(one)
            ]
            members = {one.clock_id: one.member_id for one in due}
            for clock_id, member_id in members.items():
                key = f"limits:{clock_id}:{today}"
                await work.outbox.add(
                    Notice(
                        NOTICE,
                        member_id,
                        key,
                        now,
                        details={"clock": clock_id},
                        priority=Priority.REMINDER,
                        expires_at=datetime.combine(today, time.max, BEIJING),
                    )
                )
            await work.commit()
        return len(members)

    async def purge(self) -> int:
        """Remove results that nobody kept, and clocks of long ago; the number of rows."""
        now = self._clock.now()
        async with self._open_work() as work:
            count = await work.rights_clocks.purge(now - kept.UNKEPT_LIFETIME)
            count += await work.rights_clocks.purge_kept(now - kept.LIFETIME)
            await work.commit()
        return count

    async def _take(
        self, member_id: int, take: Callable[[Progress], dict[str, str]], update_id: int
    ) -> Progress | Shown:
        async with self._open_work() as work:
            draft = await self._draft(work, member_id)
            now = _progress(draft)
            clock_id = _id_of(member_id, update_id)
            if draft is None or now is None:
                # The same update once more, as the last answer may not have been seen.
                done = await work.rights_clocks.find(clock_id, member_id)
                if done is None:
                    raise Refusal("limits.step_gone")
                return self._shown(done)
            if knows_again(draft):
                return now
            case = {_CASE: draft.answers[_CASE]} if _CASE in draft.answers else {}
            answers = take(now)
            following = progress(now.matter, answers)
            if following is not None:
                await self._save(work, member_id, now.matter, {**answers, **case})
                await work.commit()
                return following
            clock = RightsClock(
                id=clock_id,
                member_id=member_id,
                matter=now.matter,
                answers=answers,
                made_at=self._clock.now(),
                case_id=_case_of(work, member_id, case),
            )
            await work.rights_clocks.add(clock)
            await work.drafts.remove(member_id)
            await work.commit()
        return self._shown(clock)

    async def _draft(self, work: Work, member_id: int) -> Draft | None:
        found = await work.drafts.find_all([member_id], self._clock.now())
        draft = found.get(member_id)
        return draft if draft and draft.form is Form.LIMITS else None

    async def _save(self, work: Work, member_id: int, matter: Kind, answers: Answers) -> None:
        asked = {step: value for step, value in answers.items() if step != _CASE}
        now = progress(matter, asked)
        assert now is not None
        await work.drafts.save(
            Draft(
                member_id,
                Form.LIMITS,
                step=now.question.step,
                answers={**answers, _MATTER: matter.value},
                expires_at=self._clock.now() + LIFETIME,
            )
        )

    def _shown(self, clock: RightsClock) -> Shown:
        return Shown(clock, clock.limits(self._calendar), self._today())

    def _today(self) -> date:
        return beijing_date(self._clock.now())


def _id_of(member_id: int, update_id: int) -> str:
    return hashlib.blake2b(f"limits/{member_id}/{update_id}".encode(), digest_size=9).hexdigest()


async def _find(work: Work, member_id: int, clock_id: str) -> RightsClock:
    clock = await work.rights_clocks.find(clock_id, member_id)
    if clock is None:
        raise Refusal("limits.gone")
    return clock


def _case_of(work: Work, member_id: int, answers: Mapping[str, str]) -> str | None:
    if _CASE not in answers:
        return None
    return open_mark(work.vault, _DRAFTS, str(member_id), answers[_CASE])[_CASE]


def _progress(draft: Draft | None) -> Progress | None:
    if draft is None:
        return None
    answers = {
        step: value for step, value in draft.answers.items() if step not in (_MATTER, _CASE)
    }
    return progress(Kind(draft.answers[_MATTER]), answers)
