"""Overtime pay at 150, 200 and 300 % (Labour Law 44; Beijing's rules on wages 14, 44)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

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

# Ministry of Human Resources 2025 No. 2: paid days a month, and hours a day.
PAID_DAYS = Decimal("21.75")
HOURS_A_DAY = Decimal(8)
RATES = {"workday": Decimal(150), "restday": Decimal(200), "holiday": Decimal(300)}


@dataclass(frozen=True, slots=True)
class OvertimeCase:
    """`wage` is the agreed monthly wage in yuan; hours of the same time, all at that wage.

    `restday` are hours for which no rest was given instead.
    """

    wage: Decimal
    workday: Decimal
    restday: Decimal
    holiday: Decimal


def overtime(case: OvertimeCase, parameters: Parameters) -> Sheet:
    """The sheet of an overtime pay. The base is at least the minimum wage of `parameters`."""
    floor = parameters.minimum_wage
    base = case.wage if floor is None else max(case.wage, floor)
    hourly = Fraction(base) / Fraction(PAID_DAYS * HOURS_A_DAY)
    hours = {"workday": case.workday, "restday": case.restday, "holiday": case.holiday}
    steps, total = [Line("overtime_hourly", {"base": base, "hourly": cents(hourly)})], Decimal(0)
    for name, count in hours.items():
        if not count:
            continue
        pay = cents(hourly * Fraction(RATES[name]) / 100 * Fraction(count))
        amounts = {"base": base, "hours": count, "rate": RATES[name], "pay": pay}
        steps.append(Line(f"overtime_{name}", amounts))
        total += pay
    return Sheet(
        calculator=Calculator.OVERTIME,
        inputs=(
            Line("overtime_wage", {"wage": case.wage}),
            Line("overtime_hours", hours),
        ),
        steps=tuple(steps),
        results=(Result("overtime", total),),
        flags=_flags(case, floor),
        basis=(
            Source(Law.LABOUR_LAW, (44,)),
            Source(Law.BEIJING_WAGES, (14, 44)),
            Source(Law.CONVERSION),
            Source(Law.CONTRACT_LAW, (85,)),
            Source(Law.ARBITRATION_LAW, (27,)),
        ),
        evidence=("overtime_hours", "overtime_ordered", "overtime_base"),
    )


def _flags(case: OvertimeCase, floor: Decimal | None) -> tuple[Line, ...]:
    flags = []
    if floor is not None and case.wage < floor:
        flags.append(Line("overtime_floor", {"wage": case.wage, "floor": floor}))
    if case.restday:
        flags.append(Line("overtime_substituted"))
    flags += [Line("overtime_paid"), Line("overtime_special"), Line("overtime_limit")]
    return tuple(flags)
