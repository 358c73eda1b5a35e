"""Double pay without a written contract (Labour Contract Law 14, 82; its rules 5-7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from domain.calculate.severance import IN_FORCE
from domain.calculate.sheet import (
    Calculator,
    Law,
    Line,
    Parameters,
    Result,
    Sheet,
    Source,
    cents,
)
from domain.calculate.tenure import ONE_DAY, anniversary, full_months
from domain.refusal import Refusal


class Contract(StrEnum):
    """What became of the written contract."""

    NEVER = "never"
    SIGNED = "signed"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class DoublePayCase:
    """`until` is the day of signing, or the last day of work of somebody who left without."""

    start: date
    contract: Contract
    wage: Decimal
    until: date | None = None
    is_estimated: bool = False


def double_pay(case: DoublePayCase, parameters: Parameters) -> Sheet:
    """The sheet of the second wage for the time without a contract, up to today.

    Refuses with `calculate.end_before_start`.
    """
    until = parameters.today if case.until is None else case.until
    if until < case.start:
        raise Refusal("calculate.end_before_start", start=case.start, end=until)
    # For whoever was employed before, the month to write a contract began with the law (97).
    start = max(case.start, IN_FORCE)
    first, full_year = anniversary(start, 1), anniversary(start, 12)
    last = min(full_year, until if case.contract is Contract.SIGNED else until + ONE_DAY) - ONE_DAY
    months = _months(start, last)
    total = cents(Fraction(case.wage) * months)
    steps = _steps(case.wage, start, first, last, total)
    return Sheet(
        calculator=Calculator.DOUBLE_PAY,
        inputs=_inputs(case),
        steps=tuple(steps),
        results=(Result("double_pay", total),),
        flags=_flags(case, parameters.today, start, last),
        basis=(
            Source(Law.CONTRACT_LAW, (10, 14, 82)),
            Source(Law.CONTRACT_RULES, (5, 6, 7)),
            Source(Law.ARBITRATION_LAW, (27,)),
        ),
        evidence=("double_start", "double_wages", "double_asked"),
    )


def _months(start: date, last: date) -> Fraction:
    """Months of double pay from one month after `start` to `last`; a part by calendar days."""
    whole = full_months(start, last)
    if whole < 1:
        return Fraction(0)
    days, length = _part(start, last, whole)
    return whole - 1 + Fraction(days, length)


def _part(start: date, last: date, whole: int) -> tuple[int, int]:
    """Days beyond the full months, and how many days that month has."""
    begun, over = anniversary(start, whole), anniversary(start, whole + 1)
    return (last + ONE_DAY - begun).days, (over - begun).days


def _steps(wage: Decimal, start: date, first: date, last: date, total: Decimal) -> list[Line]:
    if last < first:
        return [Line("double_none", days={"first": first})]
    whole = full_months(start, last)
    days, length = _part(start, last, whole)
    amounts = {"wage": wage, "months": Decimal(whole - 1), "total": total}
    steps = [
        Line(
            "double_time",
            {"months": Decimal(whole - 1), "days": Decimal(days)},
            {
                "first": first,
                "last": last,
            },
        )
    ]
    if days:
        part = {"days": Decimal(days), "length": Decimal(length)}
        return [*steps, Line("double_part", {**amounts, **part})]
    return [*steps, Line("double_total", amounts)]


def _inputs(case: DoublePayCase) -> tuple[Line, ...]:
    lines = [Line("double_start", days={"start": case.start})]
    days = {} if case.until is None else {"until": case.until}
    lines.append(Line(f"double_{case.contract}", days=days))
    return (*lines, Line("double_wage", {"wage": case.wage}))


def _flags(case: DoublePayCase, today: date, start: date, last: date) -> tuple[Line, ...]:
    flags = []
    if case.is_estimated:
        flags.append(Line("double_estimated", days={"start": case.start}))
    first = anniversary(start, 1)
    if last >= first:
        flags.append(_limit(case.wage, today, start, last))
        if full_months(start, last) >= 1 and _part(start, last, full_months(start, last))[0]:
            flags.append(Line("double_part"))
        flags.append(Line("double_paid"))
        if anniversary(start, 12) <= today and case.contract is Contract.NEVER:
            flags.append(Line("double_open_ended"))
        flags.append(Line("double_base"))
    return (*flags, Line("double_refused"))


def _limit(wage: Decimal, today: date, start: date, last: date) -> Line:
    """What the one-year limit (arbitration law 27) leaves if it runs for each day by itself."""
    begins = anniversary(anniversary(start, 1), 12)
    oldest = anniversary(today, -12)
    if oldest <= anniversary(start, 1):
        return Line("double_limit_ahead", days={"begins": begins})
    if oldest > last:
        return Line("double_limit_over", days={"ended": anniversary(last, 12)})
    left = _months(start, last) - _months(start, oldest - ONE_DAY)
    return Line("double_limit_eats", {"left": cents(Fraction(wage) * left)}, {"oldest": oldest})
