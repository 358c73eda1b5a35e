"""A calculation on paper: what was put in, how it goes, what comes out and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any


class Calculator(StrEnum):
    """What can be worked out."""

    SEVERANCE = "severance"
    OVERTIME = "overtime"
    ANNUAL_LEAVE = "annual_leave"
    DOUBLE_PAY = "double_pay"


class Law(StrEnum):
    """The texts that the calculators rest on."""

    CONTRACT_LAW = "contract_law"
    CONTRACT_RULES = "contract_rules"
    LABOUR_LAW = "labour_law"
    BEIJING_WAGES = "beijing_wages"
    CONVERSION = "conversion"
    LEAVE_REGULATION = "leave_regulation"
    LEAVE_MEASURES = "leave_measures"
    ARBITRATION_LAW = "arbitration_law"


@dataclass(frozen=True, slots=True)
class Source:
    """A law with its articles; a text without articles has none."""

    law: Law
    articles: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sheet: a code that a face turns into a sentence, and what fills its gaps."""

    code: str
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    days: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """One sum in yuan, to the cent."""

    code: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Parameters:
    """What changes with time, as of the day that counts; None where no checked source is known.

    `minimum_wage` and `wage_cap` (three times the local average wage) are yuan a month.
    """

    today: date
    minimum_wage: Decimal | None = None
    wage_cap: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A finished calculation. `results` holds at least one sum; the first is the main one.

    `flags` tell what is uncertain or may change the result, `evidence` names what proves it.
    """

    calculator: Calculator
    inputs: tuple[Line, ...]
    steps: tuple[Line, ...]
    results: tuple[Result, ...]
    flags: tuple[Line, ...]
    basis: tuple[Source, ...]
    evidence: tuple[str, ...]

    @property
    def amount(self) -> Decimal:
        """The main sum."""
        return self.results[0].amount

    def data(self) -> dict[str, Any]:
        """The sheet in plain JSON types, so that it can be kept with a case."""
        return {
            "calculator": self.calculator.value,
            "inputs": [_line_data(line) for line in self.inputs],
            "steps": [_line_data(line) for line in self.steps],
            "results": [[result.code, str(result.amount)] for result in self.results],
            "flags": [_line_data(line) for line in self.flags],
            "basis": [[source.law.value, list(source.articles)] for source in self.basis],
            "evidence": list(self.evidence),
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Sheet:
        """The sheet that `data()` wrote."""
        return cls(
            calculator=Calculator(data["calculator"]),
            inputs=tuple(_line(row) for row in data["inputs"]),
            steps=tuple(_line(row) for row in data["steps"]),
            results=tuple(Result(code, Decimal(amount)) for code, amount in data["results"]),
            flags=tuple(_line(row) for row in data["flags"]),
            basis=tuple(Source(Law(law), tuple(numbers)) for law, numbers in data["basis"]),
            evidence=tuple(data["evidence"]),
        )


def cents(value: Fraction) -> Decimal:
    """A sum in yuan to the cent, half a cent up. Sums are never negative here."""
    return Decimal((value * 100 + Fraction(1, 2)).__floor__()) / 100


def _line_data(line: Line) -> dict[str, Any]:
    return {
        "code": line.code,
        "amounts": {name: str(amount) for name, amount in line.amounts.items()},
        "days": {name: day.isoformat() for name, day in line.days.items()},
    }


def _line(data: Mapping[str, Any]) -> Line:
    return Line(
        data["code"],
        {name: Decimal(amount) for name, amount in data["amounts"].items()},
        {name: date.fromisoformat(day) for name, day in data["days"].items()},
    )
