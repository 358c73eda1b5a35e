"""What goes along with a case: telling the employer, law firms, referrals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.refusal import Refusal

WHAT_LIMIT = 600
TO_LIMIT = 60
NAME_LIMIT = 60
_YEAR = 366


class Answer(StrEnum):
    """What the member said to being named to somebody."""

    OPEN = "open"
    YES = "yes"
    NO = "no"
    # Taken back before it was carried out.
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Contact with somebody outside: `what` is exactly what they would be told.

    Only after the member's own yes to these words (PIPL, article 23).
    """

    id: str
    to: str
    what: str
    answer: Answer
    asked_by: str
    asked_at: datetime
    answered_at: datetime | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Firm:
    """A law firm with a contract. `duty` are the weekdays on which it is on duty, Monday is 0."""

    id: str
    name: str
    phone: str
    contract_from: date
    contract_until: date
    duty: frozenset[int] = frozenset()

    def is_under_contract(self, day: date) -> bool:
        return self.contract_from <= day <= self.contract_until

    def is_on_duty(self, day: date) -> bool:
        return self.is_under_contract(day) and day.weekday() in self.duty


@dataclass(frozen=True, slots=True)
class Referral:
    """A case was given to a law firm."""

    id: str
    firm_id: str
    firm_name: str
    at: datetime
    by: str
    note: str


def check_firm(firm: Firm) -> None:
    """Refuses with `cases.firm_name`, `cases.contract_long`, `cases.contract_order`."""
    if not 2 <= len(firm.name.strip()) <= NAME_LIMIT:
        raise Refusal("cases.firm_name", limit=NAME_LIMIT)
    if firm.contract_until < firm.contract_from:
        raise Refusal("cases.contract_order")
    if (firm.contract_until - firm.contract_from).days > _YEAR:
        raise Refusal("cases.contract_long")


def check_disclosure(to: str, what: str) -> None:
    """Refuses with `cases.disclosure_empty` or `cases.disclosure_long`."""
    if not to.strip() or not what.strip():
        raise Refusal("cases.disclosure_empty")
    if len(to) > TO_LIMIT or len(what) > WHAT_LIMIT:
        raise Refusal("cases.disclosure_long", limit=WHAT_LIMIT)
