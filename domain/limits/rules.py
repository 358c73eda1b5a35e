"""Which limits run for a kind of dispute, each derived from its article.

A limit has a last day only if the dates that it needs were told; otherwise the rule alone is
shown. What interrupts a limit has to be proven, so the day that it would give stands beside the
plain one, never in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.calculate.tenure import ONE_DAY as _ONE_DAY
from domain.calculate.tenure import anniversary
from domain.calendar import Calendar
from domain.cases.kinds import Kind
from domain.limits.asking import UNKNOWN, Answers, Stage
from domain.limits.counting import ONE_YEAR, TWO_YEARS, Period, last_day, moved


class Law(StrEnum):
    """The texts that the limits rest on."""

    ARBITRATION = "arbitration"
    CIVIL_CODE = "civil_code"
    INJURY = "injury"
    INJURY_RULING = "injury_ruling"
    INSPECTION = "inspection"
    CONTRACT = "contract"
    CONTRACT_RULES = "contract_rules"


@dataclass(frozen=True, slots=True)
class Source:
    """An article of a law."""

    law: Law
    article: int


class Name(StrEnum):
    """A limit, by what must be done within it."""

    ARBITRATION = "arbitration"
    EMPLOYED = "employed"
    DOUBLE_FIRST = "double_first"
    DOUBLE_LAST = "double_last"
    INSPECTION = "inspection"
    INJURY_EMPLOYER = "injury_employer"
    INJURY_OWN = "injury_own"
    INJURY_FILED = "injury_filed"
    MEDIATION = "mediation"
    ACCEPTANCE = "acceptance"
    AWARD = "award"
    SUING = "suing"


class Standing(StrEnum):
    """What can be said of a limit today."""

    RUNNING = "running"
    LAPSED = "lapsed"
    # None runs: the law sets none, or what it asks for was done.
    NONE = "none"
    # A date is missing: only the rule can be told.
    UNKNOWN = "unknown"


# Of what others must do; the member is not reminded of these, but knows when to ask.
THEIRS = frozenset({Name.INJURY_EMPLOYER, Name.MEDIATION, Name.ACCEPTANCE, Name.AWARD})
_ENDLESS = frozenset({Name.EMPLOYED, Name.INJURY_FILED})

SOURCES: Mapping[Name, tuple[Source, ...]] = {
    Name.ARBITRATION: (Source(Law.ARBITRATION, 27),),
    Name.EMPLOYED: (Source(Law.ARBITRATION, 27),),
    Name.DOUBLE_FIRST: (
        Source(Law.CONTRACT, 82),
        Source(Law.CONTRACT_RULES, 6),
        Source(Law.ARBITRATION, 27),
    ),
    Name.DOUBLE_LAST: (
        Source(Law.CONTRACT, 82),
        Source(Law.CONTRACT_RULES, 7),
        Source(Law.ARBITRATION, 27),
    ),
    Name.INSPECTION: (Source(Law.INSPECTION, 20),),
    Name.INJURY_EMPLOYER: (Source(Law.INJURY, 17),),
    Name.INJURY_OWN: (Source(Law.INJURY, 17),),
    Name.INJURY_FILED: (Source(Law.INJURY, 20),),
    Name.MEDIATION: (Source(Law.ARBITRATION, 14),),
    Name.ACCEPTANCE: (Source(Law.ARBITRATION, 29),),
    Name.AWARD: (Source(Law.ARBITRATION, 43),),
    Name.SUING: (Source(Law.ARBITRATION, 48), Source(Law.ARBITRATION, 50)),
}
# What is still possible when it is too late, with the articles that say so.
AFTER: Mapping[Name, tuple[tuple[str, Source], ...]] = {
    Name.ARBITRATION: (
        ("interrupted", Source(Law.ARBITRATION, 27)),
        ("agreed", Source(Law.CIVIL_CODE, 192)),
        ("raised", Source(Law.CIVIL_CODE, 193)),
    ),
    Name.DOUBLE_FIRST: (("double_rest", Source(Law.ARBITRATION, 27)),),
    Name.DOUBLE_LAST: (
        ("interrupted", Source(Law.ARBITRATION, 27)),
        ("agreed", Source(Law.CIVIL_CODE, 192)),
    ),
    Name.INSPECTION: (
        ("continuing", Source(Law.INSPECTION, 20)),
        ("arbitrate", Source(Law.ARBITRATION, 5)),
    ),
    Name.INJURY_EMPLOYER: (("own_filing", Source(Law.INJURY, 17)),),
    Name.INJURY_OWN: (("not_own_fault", Source(Law.INJURY_RULING, 7)),),
    Name.MEDIATION: (("arbitrate_now", Source(Law.ARBITRATION, 14)),),
    Name.ACCEPTANCE: (("court_instead", Source(Law.ARBITRATION, 29)),),
    Name.AWARD: (("court_late_award", Source(Law.ARBITRATION, 43)),),
    Name.SUING: (("in_force", Source(Law.ARBITRATION, 51)),),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit. `last` is its last day by the plain count, `moved` the later one that the law
    gives if nobody works on `last`, `restarted` the last day if the interruption is proven."""

    name: Name
    start: date | None = None
    last: date | None = None
    moved: date | None = None
    claimed: date | None = None
    restarted: date | None = None

    @property
    def sources(self) -> tuple[Source, ...]:
        """What it rests on."""
        return SOURCES[self.name]

    @property
    def is_own(self) -> bool:
        """True if it is the member who must act within it."""
        return self.name not in THEIRS and self.name not in _ENDLESS

    def standing(self, today: date) -> Standing:
        """What can be said of it on a day."""
        if self.name in _ENDLESS:
            return Standing.NONE
        if self.last is None:
            return Standing.UNKNOWN
        return Standing.RUNNING if today <= (self.moved or self.last) else Standing.LAPSED

    def days_left(self, today: date) -> int | None:
        """Full days until the last one, never counted with a later day that must be proven;
        0 on it. None if none runs."""
        if self.last is None or self.standing(today) is not Standing.RUNNING:
            return None
        return max(0, (self.last - today).days)

    def after(self, today: date) -> tuple[tuple[str, Source], ...]:
        """What is still possible, if it is too late."""
        return AFTER[self.name] if self.standing(today) is Standing.LAPSED else ()


def limits(matter: Kind, answers: Answers, calendar: Calendar) -> tuple[Limit, ...]:
    """The limits for complete answers, those of the step that was taken first."""
    stage = Stage(answers["stage"])
    found = []
    if stage is not Stage.NOTHING:
        name, step, period = _STAGES[stage]
        found.append(_limit(name, _day(answers, step), period, calendar))
    if stage in (Stage.NOTHING, Stage.MEDIATION):
        found += _MATTERS[matter](answers, calendar)
    return tuple(found)


def first_to_lapse(found: tuple[Limit, ...], today: date) -> Limit | None:
    """The member's own limit that ends next."""
    running = [
        (limit.last, limit)
        for limit in found
        if limit.last and limit.is_own and limit.standing(today) is Standing.RUNNING
    ]
    return min(running, key=lambda pair: pair[0])[1] if running else None


# Mediation (14), acceptance (29), award (43; fifteen days more may be granted), suing (48, 50).
_STAGES: Mapping[Stage, tuple[Name, str, Period]] = {
    Stage.MEDIATION: (Name.MEDIATION, "asked", Period(days=15)),
    Stage.FILED: (Name.ACCEPTANCE, "filed", Period(days=5)),
    Stage.ACCEPTED: (Name.AWARD, "accepted", Period(days=45)),
    Stage.AWARD: (Name.SUING, "received", Period(days=15)),
}


def _day(answers: Answers, step: str) -> date | None:
    value = answers.get(step, UNKNOWN)
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _limit(
    name: Name,
    start: date | None,
    period: Period,
    calendar: Calendar,
    claimed: date | None = None,
) -> Limit:
    if start is None:
        return Limit(name)
    last = last_day(start, period)
    # What happened before the limit ran, or after it was over, interrupts nothing.
    if claimed is not None and not start <= claimed <= last:
        claimed = None
    restarted = last_day(claimed, period) if claimed else None
    return Limit(name, start, last, moved(last, calendar), claimed, restarted)


def _arbitration(answers: Answers, start: str, calendar: Calendar) -> Limit:
    claimed = _day(answers, "claimed")
    return _limit(Name.ARBITRATION, _day(answers, start), ONE_YEAR, calendar, claimed)


def _inspection(answers: Answers, start: str, calendar: Calendar) -> Limit:
    return _limit(Name.INSPECTION, _day(answers, start), TWO_YEARS, calendar)


def _pay(answers: Answers, calendar: Calendar) -> list[Limit]:
    """Wages and overtime: no limit while the work goes on, a year from its end (27, 4)."""
    if answers["employed"] == "yes":
        first = Limit(Name.EMPLOYED)
    else:
        first = _arbitration(answers, "left", calendar)
    return [first, _inspection(answers, "owed", calendar)]


def _dismissal(answers: Answers, calendar: Calendar) -> list[Limit]:
    found = [_arbitration(answers, "left", calendar)]
    return [*found, _inspection(answers, "left", calendar)]


def _no_contract(answers: Answers, calendar: Calendar) -> list[Limit]:
    """Double pay runs from the day after a full month to the day before the contract or the end
    of the first year; each day's part is its own, so that the first may lapse long before the
    last."""
    start, until = _day(answers, "start"), _day(answers, "until")
    if start is None:
        return [Limit(Name.DOUBLE_FIRST), Limit(Name.DOUBLE_LAST)]
    first, end = anniversary(start, 1), anniversary(start, 12)
    contract = answers["contract"]
    if until is not None:
        # The day of signing has a contract, the last day of work had none.
        end = min(end, until if contract == "signed" else until + _ONE_DAY)
    end -= _ONE_DAY
    if end < first:
        return []
    claimed = _day(answers, "claimed")
    found = [_limit(Name.DOUBLE_FIRST, first, ONE_YEAR, calendar, claimed)]
    # Without the day that ended it, the last part cannot be known.
    is_known = until is not None or contract == "never"
    last = _limit(Name.DOUBLE_LAST, end if is_known else None, ONE_YEAR, calendar, claimed)
    return [*found, last]


def _injury(answers: Answers, calendar: Calendar) -> list[Limit]:
    if answers["applied"] == "yes":
        return [Limit(Name.INJURY_FILED)]
    day = _day(answers, "accident")
    return [
        _limit(Name.INJURY_EMPLOYER, day, Period(days=30), calendar),
        _limit(Name.INJURY_OWN, day, ONE_YEAR, calendar),
    ]


def _insurance(answers: Answers, calendar: Calendar) -> list[Limit]:
    return [
        _arbitration(answers, "known", calendar),
        _inspection(answers, "ended", calendar),
    ]


def _leave(answers: Answers, calendar: Calendar) -> list[Limit]:
    """What was not paid by the end of the year was not paid on that day."""
    return [_arbitration(answers, "known", calendar), _inspection(answers, "known", calendar)]


def _known(answers: Answers, calendar: Calendar) -> list[Limit]:
    return [_arbitration(answers, "known", calendar), _inspection(answers, "happened", calendar)]


_MATTERS: Mapping[Kind, Callable[[Answers, Calendar], list[Limit]]] = {
    Kind.WAGES: _pay,
    Kind.OVERTIME: _pay,
    Kind.SEVERANCE: _dismissal,
    Kind.CONTRACT: _no_contract,
    Kind.INJURY: _injury,
    Kind.LEAVE: _leave,
    Kind.SOCIAL_INSURANCE: _insurance,
    Kind.WOMEN: _known,
    Kind.OTHER: _known,
}
