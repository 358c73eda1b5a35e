"""Signing in to the console: through the bot, then a second factor; sessions and their limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.staff import Actor, Grant, needs_factor

NUMBERS = range(10, 100)
CHOICES = 3
RECOVERY_CODES = 10
TOTP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """Limits. Tries are counted for an account, an address (hashed) and the whole house."""

    challenge: timedelta = timedelta(minutes=10)
    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    # How long a session may lack its second factor.
    unfinished: timedelta = timedelta(minutes=10)
    account_tries: int = 5
    # After so many wrong tries at the second factor its owner is told.
    told_after: int = 3
    account_window: timedelta = timedelta(minutes=15)
    address_tries: int = 20
    address_window: timedelta = timedelta(hours=1)
    house_tries: int = 300
    house_window: timedelta = timedelta(minutes=15)


class SignInState(StrEnum):
    """How far a sign-in has come."""

    ASKED = "asked"
    OPENED = "opened"
    PICKED = "picked"
    USED = "used"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that a browser asked for; `staff_id` is whoever opened it in the chat."""

    id: str
    state: SignInState
    right_number: int
    numbers: tuple[int, ...]
    staff_id: str | None
    browser: str
    address: str
    created_at: datetime
    expires_at: datetime

    def is_open_for(self, staff_id: str, now: datetime) -> bool:
        """True if this person may still see or press the numbers."""
        if now >= self.expires_at:
            return False
        return self.state is SignInState.ASKED or (
            self.state is SignInState.OPENED and self.staff_id == staff_id
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What the asking browser knows: the token of its cookie, and what its page shows.

    `code` opens the bot at this sign-in, by a link or typed; it lets nobody in.
    """

    token: str
    code: str
    number: int
    state: SignInState
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """What the chat shows to the person: three numbers, and which browser asked when."""

    id: str
    numbers: tuple[int, ...]
    browser: str
    created_at: datetime
    expires_at: datetime


class Stage(StrEnum):
    """What a session still lacks."""

    FULL = "full"
    FACTOR = "factor"
    ENROL = "enrol"


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in."""

    id: str
    staff_id: str
    browser: str
    created_at: datetime
    seen_at: datetime
    mfa_at: datetime | None

    def is_alive(self, now: datetime, policy: SignInPolicy) -> bool:
        return now - self.created_at < policy.absolute and now - self.seen_at < policy.idle


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who stands behind a session's token, and what they still lack for acting."""

    actor: Actor
    stage: Stage
    session: Session


class Pick(StrEnum):
    """What a press on a number led to."""

    RIGHT = "right"
    WRONG = "wrong"
    GONE = "gone"


class Denial(StrEnum):
    """What "that was not me" led to."""

    REFUSED = "refused"
    SIGNED_OUT = "signed_out"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A new second factor before its first code: the secret, and the same as an otpauth URI."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class NewToken:
    """The session's token was renewed; recovery codes are told once, when they are made."""

    token: str
    recovery_codes: tuple[str, ...] = ()


def stage_of(grants: Iterable[Grant], mfa_at: datetime | None, *, is_enrolled: bool) -> Stage:
    """What somebody with these grants still lacks."""
    if mfa_at is not None or not needs_factor(grants):
        return Stage.FULL
    return Stage.FACTOR if is_enrolled else Stage.ENROL
