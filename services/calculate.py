"""Calculators: a form that asks step by step, and a sheet at its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.ask import Decision
from domain.calculate.asking import Answers, Progress, before, picked, progress, told
from domain.calculate.sheet import Calculator, Parameters, Sheet
from domain.calculate.working import work_out
from domain.clock import Clock, beijing_date
from domain.forms import LIFETIME, Draft, Form
from domain.reading.words import Words
from domain.refusal import Refusal
from knowledge import Knowledge
from storage.database import OpenWork
from storage.forms import knows_again
from storage.work import Work

# Figures of the knowledge base that a calculator asks for by name; one that has no checked source
# is not there, and the sheet says so.
MINIMUM_WAGE = "minimum_wage_month"
WAGE_CAP = "severance_wage_cap_month"
_CALCULATOR = "calculator"


class CalculateService:
    """One calculator in progress for each member, kept as a form and removed at its end."""

    def __init__(
        self,
        open_work: OpenWork,
        open_read: OpenWork,
        knowledge: Knowledge,
        clock: Clock,
        words: Words,
    ) -> None:
        self._open_work = open_work
        self._open_read = open_read
        self._knowledge = knowledge
        self._clock = clock
        self._words = words

    async def begin(self, member_id: int, name: str) -> Progress:
        """Open a calculator in place of any other form. Refuses with `common.button_gone`."""
        try:
            calculator = Calculator(name)
        except ValueError:
            raise Refusal("common.button_gone") from None
        async with self._open_work() as work:
            await self._save(work, member_id, calculator, {})
            await work.commit()
        now = progress(calculator, {})
        assert now is not None
        return now

    async def find_open(self, member_id: int) -> Progress | None:
        """The calculator that the member is in the middle of, if any."""
        async with self._open_read() as work:
            return await self._open(work, member_id)

    async def tell(self, member_id: int, text: str) -> Progress | Sheet:
        """Take a typed answer; the next step, or the sheet after the last one.

        Raises Unclear if the text is no answer, Refusal if it is an impossible one; the step then
        stays open. The same update once more has no further effect.
        """

        def take(now: Progress) -> dict[str, str]:
            return told(now, text, self._today(), self._words)

        return await self._take(member_id, take)

    async def pick(self, member_id: int, name: str, step: str, choice: str) -> Progress | Sheet:
        """Take an answer that was given with a button of this step.

        Refuses with `calculate.step_gone` if another step is open by now.
        """

        def take(now: Progress) -> dict[str, str]:
            _check_step(now, name, step)
            return picked(now, choice, self._today())

        return await self._take(member_id, take)

    async def step_back(self, member_id: int, name: str, step: str) -> Progress:
        """Open the step before this one again. Refuses with `calculate.step_gone`."""
        async with self._open_work() as work:
            now, is_again = await self._find(work, member_id)
            if is_again:
                return now
            _check_step(now, name, step)
            earlier = before(now)
            if earlier is None:
                raise Refusal("calculate.step_gone")
            await self._save(work, member_id, earlier.calculator, earlier.answers)
            await work.commit()
        return earlier

    async def close(self, member_id: int) -> None:
        """Forget the calculator that was open: after its sheet was shown, or unfinished."""
        async with self._open_work() as work:
            if await self._open(work, member_id) is not None:
                await work.drafts.remove(member_id)
            await work.commit()

    def is_question(self, text: str) -> bool:
        """True if the text is clearly a question to the knowledge base. Nothing is kept."""
        library = self._knowledge.current
        if library is None:
            return False
        finding = library.ask(text)
        return finding.decision is Decision.ANSWER or finding.reason == "private"

    async def _take(
        self, member_id: int, take: Callable[[Progress], dict[str, str]]
    ) -> Progress | Sheet:
        async with self._open_work() as work:
            now, is_again = await self._find(work, member_id)
            if is_again:
                return now
            answers = take(now)
            following = progress(now.calculator, answers)
            if following is not None:
                await self._save(work, member_id, now.calculator, answers)
                await work.commit()
                return following
        # The last answer is not kept: if the sheet does not reach the member, the same update
        # makes it once more. Whoever shows it closes the form.
        return work_out(now.calculator, answers, self._today(), self._parameters)

    async def _find(self, work: Work, member_id: int) -> tuple[Progress, bool]:
        """Where it stands, and whether it does so by the update that is being handled."""
        draft = await self._draft(work, member_id)
        now = _progress(draft) if draft else None
        if draft is None or now is None:
            raise Refusal("calculate.step_gone")
        return now, knows_again(draft)

    async def _open(self, work: Work, member_id: int) -> Progress | None:
        draft = await self._draft(work, member_id)
        return _progress(draft) if draft else None

    async def _draft(self, work: Work, member_id: int) -> Draft | None:
        return (await work.drafts.find_all([member_id], self._clock.now())).get(member_id)

    async def _save(
        self, work: Work, member_id: int, calculator: Calculator, answers: Answers
    ) -> None:
        now = progress(calculator, answers)
        assert now is not None
        draft = Draft(
            member_id,
            Form.CALCULATION,
            step=now.question.step,
            answers={**answers, _CALCULATOR: calculator.value},
        )
        await work.drafts.save(replace(draft, expires_at=self._clock.now() + LIFETIME))

    def _parameters(self, day: date) -> Parameters:
        return Parameters(
            today=self._today(),
            minimum_wage=self._figure(MINIMUM_WAGE, day),
            wage_cap=self._figure(WAGE_CAP, day),
        )

    def _figure(self, name: str, day: date) -> Decimal | None:
        """The figure of a day in yuan, or None if no period covers that day."""
        library = self._knowledge.current
        for figure in library.figures if library else ():
            if figure.name == name and figure.is_known(day):
                return Decimal(str(figure.value(day).amount))
        return None

    def _today(self) -> date:
        return beijing_date(self._clock.now())


def _progress(draft: Draft) -> Progress | None:
    if draft.form is not Form.CALCULATION:
        return None
    answers = dict(draft.answers)
    return progress(Calculator(answers.pop(_CALCULATOR)), answers)


def _check_step(now: Progress, name: str, step: str) -> None:
    if (now.calculator.value, now.question.step) != (name, step):
        raise Refusal("calculate.step_gone")
