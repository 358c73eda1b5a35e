"""Severance N, N+1 and 2N (Labour Contract Law 40, 46-48, 87, 97; its rules 10, 20, 25, 27)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
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
from domain.calculate.tenure import anniversary, months_of_pay, tenure
from domain.refusal import Refusal

# The Labour Contract Law holds from this day on; earlier years follow the rules of their time.
IN_FORCE = date(2008, 1, 1)
MOST_CAPPED_YEARS = Decimal(12)


class Ending(StrEnum):
    """How the work ended, as far as it decides the formula."""

    LAWFUL = "lawful"
    WITHOUT_NOTICE = "no_notice"
    UNLAWFUL = "unlawful"
    UNSURE = "unsure"


# What each ending presupposes.
_CONDITIONS = {
    Ending.LAWFUL: ("severance_condition",),
    Ending.WITHOUT_NOTICE: ("severance_notice",),
    Ending.UNLAWFUL: ("severance_either",),
    Ending.UNSURE: ("severance_unsure", "severance_condition"),
}


@dataclass(frozen=True, slots=True)
class SeveranceCase:
    """Both days are days of service. `wage` is the mean of the last twelve months before taxes,
    `last_wage` that of the last month, wanted for N+1 only. Yuan a month."""

    start: date
    end: date
    wage: Decimal
    ending: Ending
    last_wage: Decimal | None = None
    is_estimated: bool = False


def severance(case: SeveranceCase, parameters: Parameters) -> Sheet:
    """The sheet of a severance pay. `parameters` are those of the last day of service.

    Refuses with `calculate.end_before_start` or `calculate.before_2008`.
    """
    if case.end < case.start:
        raise Refusal("calculate.end_before_start", start=case.start, end=case.end)
    if case.end < IN_FORCE:
        raise Refusal("calculate.before_2008")
    base, base_steps, flags = _base(case.wage, parameters)
    is_capped = base < case.wage
    steps, results = list(base_steps), []
    if case.ending is not Ending.UNLAWFUL:
        lines, total = _lawful(case, base, is_capped)
        steps += lines
        results.append(total)
    if case.ending in (Ending.UNLAWFUL, Ending.UNSURE):
        lines, total = _unlawful(case, base, is_capped)
        steps += lines
        results.append(total)
    return Sheet(
        calculator=Calculator.SEVERANCE,
        inputs=_inputs(case),
        steps=tuple(steps),
        results=tuple(results),
        flags=(*_flags(case, parameters), *flags),
        basis=_basis(case.ending),
        evidence=_evidence(case.ending),
    )


def _base(wage: Decimal, parameters: Parameters) -> tuple[Decimal, list[Line], list[Line]]:
    floor, cap = parameters.minimum_wage, parameters.wage_cap
    flags = []
    if floor is None:
        flags.append(Line("severance_floor_unknown"))
    if cap is None:
        flags.append(Line("severance_cap_unknown"))
    if floor is not None and wage < floor:
        return floor, [Line("severance_floor", {"wage": wage, "floor": floor})], flags
    if cap is not None and wage > cap:
        return cap, [Line("severance_cap", {"wage": wage, "cap": cap})], flags
    return wage, [], flags


def _lawful(case: SeveranceCase, base: Decimal, is_capped: bool) -> tuple[list[Line], Result]:
    lines, months = _time(max(case.start, IN_FORCE), case.end, is_capped)
    total = cents(Fraction(base) * Fraction(months))
    lines.append(Line("severance_n", {"base": base, "months": months, "total": total}))
    if case.ending is not Ending.WITHOUT_NOTICE:
        return lines, Result("severance_n", total)
    extra = case.wage if case.last_wage is None else case.last_wage
    whole = total + cents(Fraction(extra))
    lines.append(Line("severance_n1", {"total": total, "extra": extra, "whole": whole}))
    return lines, Result("severance_n1", whole)


def _unlawful(case: SeveranceCase, base: Decimal, is_capped: bool) -> tuple[list[Line], Result]:
    lines, months = _time(case.start, case.end, is_capped)
    if case.ending is Ending.UNSURE and case.start >= IN_FORCE:
        lines = []
    total = cents(2 * Fraction(base) * Fraction(months))
    lines.append(Line("severance_2n", {"base": base, "months": months, "total": total}))
    return lines, Result("severance_2n", total)


def _time(start: date, end: date, is_capped: bool) -> tuple[list[Line], Decimal]:
    served, months = tenure(start, end), months_of_pay(start, end)
    line = Line(
        "severance_time",
        {
            "years": Decimal(served.years),
            "months": Decimal(served.months),
            "days": Decimal(served.days),
            "count": months,
        },
        {"start": start, "end": end},
    )
    if is_capped and months > MOST_CAPPED_YEARS:
        capped = Line("severance_years_cap", {"count": months, "most": MOST_CAPPED_YEARS})
        return [line, capped], MOST_CAPPED_YEARS
    return [line], months


def _inputs(case: SeveranceCase) -> tuple[Line, ...]:
    lines = [
        Line(f"severance_{case.ending}"),
        Line("severance_days", days={"start": case.start, "end": case.end}),
        Line("severance_wage", {"wage": case.wage}),
    ]
    if case.ending is Ending.WITHOUT_NOTICE and case.last_wage is not None:
        lines.append(Line("severance_last", {"wage": case.last_wage}))
    return tuple(lines)


def _flags(case: SeveranceCase, parameters: Parameters) -> list[Line]:
    flags = []
    if case.is_estimated:
        flags.append(Line("severance_estimated", days={"start": case.start}))
    if case.start < IN_FORCE:
        whole = case.ending is Ending.UNLAWFUL
        flags.append(Line("severance_before_2008_whole" if whole else "severance_before_2008"))
    flags += [Line(code) for code in _CONDITIONS[case.ending]]
    flags.append(Line("severance_transferred"))
    last = anniversary(case.end, 12)
    code = "arbitration_late" if last < parameters.today else "arbitration_by"
    flags.append(Line(code, days={"last": last}))
    return flags


def _basis(ending: Ending) -> tuple[Source, ...]:
    contract = {
        Ending.LAWFUL: (46, 47, 97),
        Ending.WITHOUT_NOTICE: (40, 46, 47, 97),
        Ending.UNLAWFUL: (47, 48, 87),
        Ending.UNSURE: (46, 47, 48, 87, 97),
    }
    rules = {
        Ending.LAWFUL: (10, 27),
        Ending.WITHOUT_NOTICE: (10, 20, 27),
        Ending.UNLAWFUL: (10, 25, 27),
        Ending.UNSURE: (10, 25, 27),
    }
    return (
        Source(Law.CONTRACT_LAW, contract[ending]),
        Source(Law.CONTRACT_RULES, rules[ending]),
        Source(Law.ARBITRATION_LAW, (27,)),
    )


def _evidence(ending: Ending) -> tuple[str, ...]:
    why = "severance_dismissal" if ending is not Ending.LAWFUL else "severance_ending"
    return ("severance_service", "severance_wages", why)
