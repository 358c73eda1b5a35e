"""Early warning: when several members of one employer are in the same trouble."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.cases.kinds import THEMES, Kind, Theme


@dataclass(frozen=True, slots=True)
class WarningPolicy:
    """How many different members within which time make a warning. Never fewer than `LEAST`."""

    members: int = 5
    days: int = 30

    def __post_init__(self) -> None:
        if self.members < LEAST:
            raise ValueError(f"a warning needs at least {LEAST} members")

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.days)


# Below this a count points at people.
LEAST = 5
UNLOCK_WITHIN = timedelta(hours=24)
NAMES_FOR = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Sign:
    """One case as the warning sees it: which employer, who as a keyed hash, what about, when."""

    employer_print: str
    member_print: str
    kind: Kind
    at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """So many members of one employer, in one kind of trouble."""

    employer_print: str
    theme: Theme
    members: int


@dataclass(frozen=True, slots=True)
class Risk:
    """An entry of the ledger: counts, never names. `members` grows while the trouble goes on."""

    id: str
    employer_print: str
    theme: Theme
    unit_path: str
    respondent_id: int | None
    respondent_path: str | None
    members: int
    opened_at: datetime
    counted_at: datetime
    # The two-person unlock of names.
    asked_by: str | None = None
    asked_at: datetime | None = None
    unlocked_by: str | None = None
    unlocked_at: datetime | None = None

    def is_unlocked(self, now: datetime) -> bool:
        return self.unlocked_at is not None and now - self.unlocked_at < NAMES_FOR

    def is_asked(self, now: datetime) -> bool:
        """Whether somebody waits for a second person."""
        return (
            self.asked_at is not None
            and now - self.asked_at < UNLOCK_WITHIN
            and (self.unlocked_at is None or self.unlocked_at < self.asked_at)
        )


def warnings(signs: Iterable[Sign], policy: WarningPolicy, now: datetime) -> tuple[Found, ...]:
    """What reaches the threshold within the window that ends now, the most members first.

    One member counts once, however many cases they have; OTHER is no common trouble.
    """
    since = now - policy.window
    members: dict[tuple[str, Theme], set[str]] = {}
    for sign in signs:
        theme = THEMES[sign.kind]
        if sign.at < since or sign.at > now or theme is Theme.OTHER or not sign.employer_print:
            continue
        members.setdefault((sign.employer_print, theme), set()).add(sign.member_print)
    found = [
        Found(employer, theme, len(who))
        for (employer, theme), who in members.items()
        if len(who) >= policy.members
    ]
    return tuple(sorted(found, key=lambda one: (-one.members, one.employer_print, one.theme)))
