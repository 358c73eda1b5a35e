"""What was claimed and settled, when it is to be paid, and whether it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise

from domain.refusal import Refusal
from domain.units import Level

MOST_INSTALMENTS = 24
# A hundred million yuan: more is a slip of the finger.
MOST = 10_000_000_000


class Paid(StrEnum):
    """Whether an instalment arrived, by the member's own word or by staff's."""

    WAITING = "waiting"
    ASKED = "asked"
    YES = "yes"
    PART = "part"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of what was settled, in fen, with its day in Beijing."""

    id: str
    number: int
    amount: int
    due_on: date
    paid: Paid = Paid.WAITING
    received: int | None = None
    asked_at: datetime | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What both sides agreed to. `level` is where it was reached, for the half-year report."""

    id: str
    agreed_on: date
    level: Level
    claimed: int | None
    settled: int
    # What is agreed besides money: a certificate, a registration, an apology.
    other: str
    instalments: tuple[Instalment, ...]
    made_by: str
    # Set when it was made by mistake or replaced; it then counts nowhere.
    cancelled_at: datetime | None = None

    @property
    def is_performed(self) -> bool:
        """Whether everything was received."""
        return all(one.paid is Paid.YES for one in self.instalments)

    @property
    def received(self) -> int:
        return sum(one.received or 0 for one in self.instalments)


@dataclass(frozen=True, slots=True)
class Plan:
    """An agreement as it is written down: amounts in fen, instalments as amount and day."""

    agreed_on: date
    claimed: int | None
    settled: int
    instalments: tuple[tuple[int, date], ...] = ()
    other: str = ""


def check_plan(plan: Plan, today: date) -> None:
    """Refuses with `cases.amount_wrong`, `cases.instalments_sum` (settled, sum),
    `cases.instalments_order`, `cases.agreed_later`, `cases.nothing_agreed`."""
    amounts = [amount for amount, _ in plan.instalments]
    claimed = 0 if plan.claimed is None else plan.claimed
    if not 0 <= plan.settled <= MOST or not 0 <= claimed <= MOST or any(a <= 0 for a in amounts):
        raise Refusal("cases.amount_wrong")
    if plan.agreed_on > today:
        raise Refusal("cases.agreed_later")
    if not plan.settled and not plan.other.strip():
        raise Refusal("cases.nothing_agreed")
    if len(amounts) > MOST_INSTALMENTS:
        raise Refusal("cases.too_many_instalments", most=MOST_INSTALMENTS)
    if sum(amounts) != plan.settled:
        raise Refusal(
            "cases.instalments_sum", settled=yuan(plan.settled), total=yuan(sum(amounts))
        )
    check_days([day for _, day in plan.instalments], plan.agreed_on)


def check_days(days: Sequence[date], agreed_on: date) -> None:
    """Refuses with `cases.instalments_order` days that do not follow on the agreement in order."""
    if any(day < agreed_on for day in days):
        raise Refusal("cases.instalments_order")
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise Refusal("cases.instalments_order")


def yuan(fen: int) -> str:
    """An amount as it is written: "38,600" or "38,600.50"."""
    whole, rest = divmod(fen, 100)
    return f"{whole:,}.{rest:02d}" if rest else f"{whole:,}"
