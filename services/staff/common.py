"""What the services of staff share: who acts, hashes, and the brakes on wrong tries."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from datetime import datetime

from domain.refusal import Refusal
from domain.sign_in import Session, SignInPolicy
from domain.staff import Actor, GrantState, Staff
from storage.work import Work

# Codes are in base32, which has no 0, 1 and 8; people type what looks like a letter of it.
LOOKS_LIKE = str.maketrans("018", "OIB")


def typed_code(text: str) -> str:
    """A code as it was typed, in half width, without blanks and dashes."""
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isalnum())


def new_id() -> str:
    """64 random bits."""
    return secrets.token_hex(8)


def new_token() -> str:
    """256 random bits; only its hash is kept."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """For tokens with so many random bits that nobody can try them all."""
    return hashlib.sha256(token.encode()).hexdigest()


def keyed_hash(key: bytes, purpose: str, value: str) -> str:
    """For what could be tried out, codes and addresses."""
    return hmac.new(key, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()


async def actor_from(
    work: Work, account: Staff, now: datetime, session: Session | None = None
) -> Actor:
    """The person with the grants that are in force now."""
    granted = await work.grants.list_of(account.id)
    employer = await work.units.find(account.employer_id) if account.employer_id else None
    return Actor(
        staff_id=account.id,
        name=account.name,
        grants=tuple(one.grant for one in granted if one.state(now) is GrantState.IN_FORCE),
        session_id=session.id if session else "",
        mfa_at=session.mfa_at if session else None,
        employer_path=employer.path if employer else None,
    )


async def end_all(work: Work, staff_id: str, but: str = "") -> int:
    """End the person's sessions, except for one, and whatever leads to another; how many ended.

    Sign-ins first: a browser that comes in at this moment is waited for, and then put out.
    """
    await work.sign_ins.void_of(staff_id)
    return await work.sessions.remove_of(staff_id, but)


async def is_locked(work: Work, staff_id: str, now: datetime, policy: SignInPolicy) -> bool:
    """True after too many wrong tries of one account. Takes the account's lock first, so that
    tries at the same moment are counted one after another."""
    await work.staff.lock(staff_id)
    since = now - policy.account_window
    return await work.sign_ins.count_faults(since, staff_id=staff_id) >= policy.account_tries


async def check_lock(work: Work, staff_id: str, now: datetime, policy: SignInPolicy) -> None:
    """Refuses with `staff.sign_in_locked`."""
    if await is_locked(work, staff_id, now, policy):
        raise Refusal(
            "staff.sign_in_locked", minutes=int(policy.account_window.total_seconds() // 60)
        )


async def check_brakes(work: Work, address: str, now: datetime, policy: SignInPolicy) -> None:
    """Refuses with `staff.sign_in_too_many` an address, with `staff.sign_in_busy` everybody."""
    since = now - policy.address_window
    tries = await work.sign_ins.count_unfinished(since, address)
    tries += await work.sign_ins.count_faults(since, address=address)
    if tries >= policy.address_tries:
        raise Refusal("staff.sign_in_too_many")
    since = now - policy.house_window
    tries = await work.sign_ins.count_unfinished(since)
    tries += await work.sign_ins.count_faults(since)
    if tries >= policy.house_tries:
        raise Refusal("staff.sign_in_busy")
