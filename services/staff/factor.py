"""The second factor: codes of an authenticator app, and recovery codes for when it is lost."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime, timedelta

import pyotp

from domain.clock import Clock
from domain.outbox import Notice, Priority
from domain.refusal import Refusal
from domain.sign_in import (
    RECOVERY_CODES,
    TOTP_SECONDS,
    Enrolment,
    NewToken,
    SignedIn,
    SignInPolicy,
    Stage,
)
from domain.staff import Staff
from services.staff.common import LOOKS_LIKE, check_lock, hash_of, new_token, typed_code
from services.staff.sign_in import signed_in
from storage.database import Database
from storage.work import Work

# The key of its sentence.
WRONG_FACTOR = "staff.factor_wrong_notice"
_NEWS = timedelta(hours=12)
_RECOVERY_BYTES = 10
_RECOVERY_LETTERS = 16
_DIGITS = 6


class FactorService:
    """Asks for, checks and replaces the second factor. Each success renews the session's token:
    the one of before is void. `token` is always the session's; one that is over is refused with
    `staff.sign_in_gone`."""

    def __init__(
        self, database: Database, clock: Clock, issuer: str, policy: SignInPolicy | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._issuer = issuer
        self._policy = policy or SignInPolicy()

    async def is_enrolled(self, staff_id: str) -> bool:
        async with self._database.open_read() as work:
            return await work.factors.is_enrolled(staff_id)

    async def count_recovery_codes(self, staff_id: str) -> int:
        """How many recovery codes are left."""
        async with self._database.open_read() as work:
            return await work.factors.count_recovery_codes(staff_id)

    async def verify(self, token: str, typed: str) -> NewToken:
        """Show the second factor: six digits, or a recovery code. Either counts once.

        Refuses with `staff.code_wrong`, after five of these in 15 minutes with
        `staff.sign_in_locked`, and with `staff.factor_missing` if there is none yet.
        """
        async with self._database.open_work() as work:
            now = self._clock.now()
            person = await self._person(work, token, now)
            staff_id = person.actor.staff_id
            await check_lock(work, staff_id, now, self._policy)
            if not await work.factors.is_enrolled(staff_id):
                raise Refusal("staff.factor_missing")
            typed = typed_code(typed)
            if len(typed) == _DIGITS:
                is_good = await self._take_code(work, staff_id, typed, now)
            else:
                is_good = await self._take_recovery_code(work, person, typed, now)
            if is_good:
                renewed = await self._renew(work, person, now)
            else:
                await self._count_fault(work, person, now)
            await work.commit()
        if not is_good:
            raise Refusal("staff.code_wrong")
        return NewToken(renewed)

    async def begin_enrolment(self, token: str) -> Enrolment:
        """A secret for a new factor; it counts after `confirm_enrolment`. Who has one already
        must have shown it within 15 minutes: `staff.factor_old`."""
        async with self._database.open_work() as work:
            now = self._clock.now()
            person = await self._may_enrol(work, token, now)
            secret = await self._next_secret(work, person)
            if secret is None:
                secret = pyotp.random_base32()
                kept = f"{person.session.id} {secret}"
                await work.factors.set_next_secret(person.actor.staff_id, kept)
            await work.commit()
        uri = pyotp.TOTP(secret).provisioning_uri(name=person.actor.name, issuer_name=self._issuer)
        return Enrolment(secret, uri)

    async def confirm_enrolment(self, token: str, typed: str) -> NewToken:
        """Begin to use the new factor, shown by its first code; ten new recovery codes.

        Refuses with `staff.code_wrong`, `staff.sign_in_locked`, `staff.factor_old`, and with
        `staff.enrolment_gone` if none was begun.
        """
        async with self._database.open_work() as work:
            now = self._clock.now()
            person = await self._may_enrol(work, token, now)
            staff_id = person.actor.staff_id
            await check_lock(work, staff_id, now, self._policy)
            secret = await self._next_secret(work, person)
            if secret is None:
                raise Refusal("staff.enrolment_gone")
            step = _step_of(secret, typed_code(typed), now)
            if step is None:
                await self._count_fault(work, person, now)
            else:
                await work.factors.enrol(staff_id, secret, step, now)
                codes = await self._new_recovery_codes(work, staff_id)
                renewed = await self._renew(work, person, now)
                # Whoever was in with the old factor, or with none, shows the new one.
                await work.sessions.remove_of(staff_id, person.session.id)
                await work.audit.add(now, staff_id, "factor.enrolled", staff_id, {})
            await work.commit()
        if step is None:
            raise Refusal("staff.code_wrong")
        return NewToken(renewed, codes)

    async def renew_recovery_codes(self, token: str) -> tuple[str, ...]:
        """Ten new codes; the old ones are void. Refuses with `staff.factor_old`, and with
        `staff.factor_missing` who has no factor."""
        async with self._database.open_work() as work:
            now = self._clock.now()
            person = await self._person(work, token, now)
            staff_id = person.actor.staff_id
            if not await work.factors.is_enrolled(staff_id):
                raise Refusal("staff.factor_missing")
            if not person.actor.is_fresh(now):
                raise Refusal("staff.factor_old")
            codes = await self._new_recovery_codes(work, staff_id)
            await work.audit.add(now, staff_id, "factor.codes_renewed", staff_id, {})
            await work.commit()
        return codes

    async def _person(self, work: Work, token: str, now: datetime) -> SignedIn:
        person = await signed_in(work, token, now, self._policy)
        if person is None:
            raise Refusal("staff.sign_in_gone")
        return person

    async def _may_enrol(self, work: Work, token: str, now: datetime) -> SignedIn:
        person = await self._person(work, token, now)
        if person.stage is Stage.FACTOR or (
            await work.factors.is_enrolled(person.actor.staff_id)
            and not person.actor.is_fresh(now)
        ):
            raise Refusal("staff.factor_old")
        return person

    async def _next_secret(self, work: Work, person: SignedIn) -> str | None:
        """The secret of an enrolment that this session has begun.

        It outlives a reload of the page, as it may have been scanned already, but not the session:
        somebody else may have seen what another session was shown.
        """
        kept = await work.factors.find_next_secret(person.actor.staff_id)
        session_id, _, secret = (kept or "").partition(" ")
        return secret if session_id == person.session.id else None

    async def _take_code(self, work: Work, staff_id: str, typed: str, now: datetime) -> bool:
        secret = await work.factors.find_secret(staff_id)
        step = _step_of(secret, typed, now) if secret else None
        return step is not None and await work.factors.take_step(staff_id, step)

    async def _take_recovery_code(
        self, work: Work, person: SignedIn, typed: str, now: datetime
    ) -> bool:
        staff_id = person.actor.staff_id
        code_hash = _hash_of_recovery_code(work, typed)
        if not await work.factors.take_recovery_code(staff_id, code_hash, now):
            return False
        await work.audit.add(now, staff_id, "factor.recovery_used", staff_id, {})
        return True

    async def _new_recovery_codes(self, work: Work, staff_id: str) -> tuple[str, ...]:
        codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
        hashes = {_hash_of_recovery_code(work, code.replace("-", "")) for code in codes}
        await work.factors.set_recovery_codes(staff_id, hashes)
        return codes

    async def _renew(self, work: Work, person: SignedIn, now: datetime) -> str:
        renewed = new_token()
        await work.sessions.renew(person.session.id, hash_of(renewed), now)
        await work.audit.add(now, person.actor.staff_id, "factor.shown", person.session.id, {})
        return renewed

    async def _count_fault(self, work: Work, person: SignedIn, now: datetime) -> None:
        staff_id = person.actor.staff_id
        await work.sign_ins.add_fault(now, staff_id, None)
        await work.audit.add(now, staff_id, "factor.wrong_code", person.session.id, {})
        since = now - self._policy.account_window
        faults = await work.sign_ins.count_faults(since, staff_id=staff_id)
        account = await work.staff.find(staff_id)
        if account is not None and faults >= self._policy.told_after:
            await work.outbox.add(_warning(account, now))


def _warning(account: Staff, now: datetime) -> Notice:
    """Tell the owner, once an hour: whoever has come so far had their phone or their session."""
    return Notice(
        WRONG_FACTOR,
        None,
        f"{WRONG_FACTOR}:{account.id}:{now:%Y%m%d%H}",
        now,
        details={},
        priority=Priority.SECURITY,
        expires_at=now + _NEWS,
        chat_id=account.telegram_id,
    )


def _step_of(secret: str, typed: str, now: datetime) -> int | None:
    """The step whose code this is: the current one, the one before or the one after."""
    totp = pyotp.TOTP(secret, interval=TOTP_SECONDS)
    current = int(now.timestamp()) // TOTP_SECONDS
    found = None
    # All three are compared, so that the time says nothing.
    for step in (current - 1, current, current + 1):
        code = totp.generate_otp(step)
        if hmac.compare_digest(code.encode(), typed.encode()):
            found = step
    return found


def _recovery_code() -> str:
    """80 random bits in four groups that can be written on paper."""
    text = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()
    return "-".join(text[start : start + 4] for start in range(0, _RECOVERY_LETTERS, 4))


def _hash_of_recovery_code(work: Work, typed: str) -> str:
    return work.vault.fingerprint("recovery code", typed.upper().translate(LOOKS_LIKE))
