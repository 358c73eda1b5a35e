"""From the answers of a form to its sheet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from domain.calculate.annual_leave import LeaveCase, annual_leave
from domain.calculate.asking import Answers
from domain.calculate.double_pay import Contract, DoublePayCase, double_pay
from domain.calculate.overtime import OvertimeCase, overtime
from domain.calculate.severance import Ending, SeveranceCase, severance
from domain.calculate.sheet import Calculator, Parameters, Sheet


def work_out(
    calculator: Calculator,
    answers: Answers,
    today: date,
    parameters: Callable[[date], Parameters],
) -> Sheet:
    """The sheet for complete answers; `parameters` gives what holds on the day that counts."""
    if calculator is Calculator.SEVERANCE:
        case = severance_case(answers)
        return severance(case, parameters(case.end))
    if calculator is Calculator.OVERTIME:
        hours = {name: Decimal(answers[name]) for name in ("workday", "restday", "holiday")}
        return overtime(OvertimeCase(Decimal(answers["wage"]), **hours), parameters(today))
    if calculator is Calculator.ANNUAL_LEAVE:
        return annual_leave(leave_case(answers), parameters(today))
    return double_pay(double_pay_case(answers), parameters(today))


def severance_case(answers: Answers) -> SeveranceCase:
    """The case of severance that the answers tell."""
    last = answers.get("last")
    return SeveranceCase(
        start=date.fromisoformat(answers["start"]),
        end=date.fromisoformat(answers.get("start.end") or answers["end"]),
        wage=Decimal(answers["wage"]),
        ending=Ending(answers["how"]),
        last_wage=None if last is None else Decimal(last),
        is_estimated=_is_estimated(answers),
    )


def leave_case(answers: Answers) -> LeaveCase:
    """The case of annual leave that the answers tell; with no year of work nothing else counts."""
    until = answers.get("until", "whole")
    return LeaveCase(
        years=int(answers["worked"]),
        taken=Decimal(answers.get("taken", "0")),
        wage=Decimal(answers.get("wage", "0")),
        leaving=None if until == "whole" else date.fromisoformat(until),
    )


def double_pay_case(answers: Answers) -> DoublePayCase:
    """The case of double pay that the answers tell."""
    contract = Contract(answers["contract"])
    until = answers.get(contract)
    return DoublePayCase(
        start=date.fromisoformat(answers["start"]),
        contract=contract,
        wage=Decimal(answers["wage"]),
        until=None if until is None else date.fromisoformat(until),
        is_estimated=_is_estimated(answers),
    )


def _is_estimated(answers: Answers) -> bool:
    return "start.span" in answers or "start.month" in answers
