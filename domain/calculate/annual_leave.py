"""Pay for annual leave that was not taken (State Council's regulation 3-5; measures 10-12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.calculate.overtime import PAID_DAYS
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

DAYS_A_YEAR = 365
# Beyond the normal pay, which the wage of the month has already covered.
EXTRA = Decimal(200)
WHOLE = Decimal(300)


@dataclass(frozen=True, slots=True)
class LeaveCase:
    """`years` are full years of work for all employers; `wage` is the monthly mean of the last
    twelve months without overtime pay, in yuan; `leaving` is the last day if the work ends."""

    years: int
    taken: Decimal
    wage: Decimal
    leaving: date | None = None


def entitled_days(years: int) -> int:
    """Days of leave a year after so many full years of work."""
    if years >= 20:
        return 15
    if years >= 10:
        return 10
    return 5 if years >= 1 else 0


def unused_days(case: LeaveCase) -> Decimal:
    """Days to be paid, never negative; in the year of leaving only whole ones."""
    if case.leaving is None:
        return max(Decimal(0), entitled_days(case.years) - case.taken)
    left = _share(case.years, case.leaving) - Fraction(case.taken)
    return Decimal(max(0, left.__floor__()))


def annual_leave(case: LeaveCase, parameters: Parameters) -> Sheet:
    """The sheet of the pay for leave that was not taken in one calendar year."""
    days = unused_days(case)
    daily = Fraction(case.wage) / Fraction(PAID_DAYS)
    extra = cents(daily * Fraction(days) * Fraction(EXTRA) / 100)
    whole = cents(daily * Fraction(days) * Fraction(WHOLE) / 100)
    steps = _days(case, days)
    results = [Result("leave_extra", extra)]
    if days:
        steps.append(Line("leave_daily", {"wage": case.wage, "daily": cents(daily)}))
        amounts = {"wage": case.wage, "days": days, "rate": EXTRA, "pay": extra}
        steps.append(Line("leave_pay", amounts))
        results.append(Result("leave_whole", whole))
    return Sheet(
        calculator=Calculator.ANNUAL_LEAVE,
        inputs=_inputs(case),
        steps=tuple(steps),
        results=tuple(results),
        flags=_flags(case, days),
        basis=(
            Source(Law.LEAVE_REGULATION, (3, 4, 5)),
            Source(Law.LEAVE_MEASURES, (3, 4, 10, 11) if not case.leaving else (3, 4, 10, 11, 12)),
            Source(Law.ARBITRATION_LAW, (27,)),
        ),
        evidence=("leave_years", "leave_taken", "leave_wages"),
    )


def _share(years: int, leaving: date) -> Fraction:
    """The part of a year's leave for the calendar days of the year up to the last one."""
    passed = leaving.timetuple().tm_yday
    full = entitled_days(years)
    return min(Fraction(full), Fraction(passed, DAYS_A_YEAR) * full)


def _days(case: LeaveCase, unused: Decimal) -> list[Line]:
    full = Decimal(entitled_days(case.years))
    lines = [Line("leave_entitled" if full else "leave_none", {"days": full})]
    if not full:
        return lines
    if case.leaving is None:
        amounts = {"days": full, "taken": case.taken, "unused": unused}
        return [*lines, Line("leave_unused", amounts)]
    share = _share(case.years, case.leaving)
    amounts = {
        "passed": Decimal(case.leaving.timetuple().tm_yday),
        "days": full,
        # Never shown as more than it is: only whole days are paid.
        "share": Decimal((share * 100).__floor__()) / 100,
        "taken": case.taken,
        "unused": unused,
    }
    return [*lines, Line("leave_share", amounts, {"first": date(case.leaving.year, 1, 1)})]


def _inputs(case: LeaveCase) -> tuple[Line, ...]:
    until = (
        Line("leave_whole_year")
        if case.leaving is None
        else Line("leave_until", days={"leaving": case.leaving})
    )
    amounts = {"taken": case.taken, "wage": case.wage}
    return Line("leave_worked", {"years": Decimal(case.years)}), until, Line("leave_pay", amounts)


def _flags(case: LeaveCase, days: Decimal) -> tuple[Line, ...]:
    if not case.years:
        return (Line("leave_earlier_work"),)
    flags = [Line("leave_joined"), Line("leave_excluded")]
    if days:
        flags += [Line("leave_declined"), Line("leave_better")]
    if case.leaving and case.taken > _share(case.years, case.leaving):
        flags.append(Line("leave_no_refund"))
    return (*flags, Line("leave_limit"))
