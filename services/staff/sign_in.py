"""Signing in, as the browser does it: asking, waiting for the phone, sessions, signing out."""

from __future__ import annotations

import base64
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.clock import Clock
from domain.refusal import Refusal
from domain.sign_in import (
    CHOICES,
    NUMBERS,
    Asked,
    Session,
    SignedIn,
    SignIn,
    SignInPolicy,
    SignInState,
    Stage,
    stage_of,
)
from domain.staff import Actor, Staff
from services.staff.common import (
    actor_from,
    check_brakes,
    end_all,
    hash_of,
    keyed_hash,
    new_id,
    new_token,
)
from storage.database import Database
from storage.work import Work

CODE_LETTERS = 8
_BROWSER_LIMIT = 60
# A visit writes at most once in this while.
_TOUCH = timedelta(minutes=1)
_FORGET = timedelta(days=2)
_random = random.SystemRandom()


class SignInService:
    """A browser asks and keeps the token; a phone picks the number; the browser that has the
    token gets a session. Nothing that is shown, sent or typed lets another browser in."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        key: bytes,
        policy: SignInPolicy | None = None,
        *,
        demo: bool = False,
    ) -> None:
        self._database = database
        self._clock = clock
        self._key = key
        self._policy = policy or SignInPolicy()
        self.is_demo = demo

    async def begin(self, browser: str, address: str) -> Asked:
        """Ask to sign in. `browser` is what the phone will show: "Chrome, Windows".

        Refuses with `staff.sign_in_too_many` after 20 vain tries of one address in an hour, with
        `staff.sign_in_busy` when the whole house is being tried.
        """
        now, token = self._clock.now(), new_token()
        numbers = _random.sample(NUMBERS, CHOICES)
        sign_in = SignIn(
            id=new_id(),
            state=SignInState.ASKED,
            right_number=_random.choice(numbers),
            numbers=tuple(numbers),
            staff_id=None,
            browser=browser[:_BROWSER_LIMIT],
            address=self._address(address),
            created_at=now,
            expires_at=now + self._policy.challenge,
        )
        async with self._database.open_work() as work:
            await check_brakes(work, sign_in.address, now, self._policy)
            code_hash = hash_of_code(self._key, self._code(token))
            await work.sign_ins.add(sign_in, hash_of(token), code_hash)
            await work.commit()
        return self._asked(token, sign_in)

    async def look(self, token: str) -> Asked | None:
        """How far the sign-in of this browser is. Changes nothing, however often it is called."""
        async with self._database.open_read() as work:
            sign_in = await work.sign_ins.find_by_token(hash_of(token))
        return None if sign_in is None else self._asked(token, sign_in)

    async def finish(self, token: str) -> str:
        """The token of a new session, once, after the phone picked the right number.

        Refuses with `staff.sign_in_not_yet` before that, and with `staff.sign_in_gone` if the
        sign-in is over, void, or the account is not active any more.
        """
        now = self._clock.now()
        async with self._database.open_work() as work:
            sign_in = await work.sign_ins.find_by_token(hash_of(token))
            if sign_in is None or now >= sign_in.expires_at:
                raise Refusal("staff.sign_in_gone")
            if sign_in.state in (SignInState.ASKED, SignInState.OPENED):
                raise Refusal("staff.sign_in_not_yet")
            account = await work.staff.find(sign_in.staff_id) if sign_in.staff_id else None
            if (
                account is None
                or not account.is_active
                or sign_in.state is not SignInState.PICKED
                or not await work.sign_ins.move(sign_in, SignInState.USED, account.id)
            ):
                raise Refusal("staff.sign_in_gone")
            made = await self._open(work, account, sign_in.browser, sign_in.address, now, None)
            await work.commit()
        return made

    async def find(self, token: str) -> SignedIn | None:
        """Who has this session, from the database as it is now, and what they still lack.

        None for a session that is over, also for one that got no second factor in time.
        """
        now = self._clock.now()

        async def job(work: Work) -> SignedIn | None:
            return await signed_in(work, token, now, self._policy)

        found = await self._database.read(job)
        if found is not None and now - found.session.seen_at >= _TOUCH:
            await self._touch(found.session.id, now)
        return found

    async def actor_of(self, token: str) -> Actor | None:
        """Who may act with this session: None also while the second factor is missing."""
        found = await self.find(token)
        return found.actor if found is not None and found.stage is Stage.FULL else None

    async def list_sessions(self, actor: Actor) -> tuple[Session, ...]:
        """The actor's own sessions that are alive, the newest first."""
        now = self._clock.now()
        async with self._database.open_read() as work:
            sessions = await work.sessions.list_of(actor.staff_id)
        return tuple(one for one in sessions if one.is_alive(now, self._policy))

    async def sign_out(self, token: str) -> None:
        """End the session of this token; nothing happens if it is over."""
        async with self._database.open_work() as work:
            session = await work.sessions.find_by_token(hash_of(token))
            if session is not None and await work.sessions.remove(session.id):
                await self._tell(work, session.staff_id, "session.ended", session.id)
                await work.commit()

    async def end_session(self, actor: Actor, session_id: str) -> None:
        """End one of the actor's own sessions. Refuses with `staff.session_not_found`."""
        async with self._database.open_work() as work:
            own = await work.sessions.list_of(actor.staff_id)
            if session_id not in {session.id for session in own}:
                raise Refusal("staff.session_not_found")
            await work.sessions.remove(session_id)
            await self._tell(work, actor.staff_id, "session.ended", session_id)
            await work.commit()

    async def sign_out_everywhere(self, actor: Actor, *, but_here: bool = False) -> int:
        """End all of the actor's sessions, or all others; how many."""
        async with self._database.open_work() as work:
            kept = actor.session_id if but_here else ""
            count = await end_all(work, actor.staff_id, kept)
            await self._tell(work, actor.staff_id, "session.all_ended", actor.staff_id)
            await work.commit()
        return count

    async def list_demo_staff(self) -> Sequence[Staff]:
        """Whom one may be in the demo; nobody outside of it."""
        if not self.is_demo:
            return ()
        async with self._database.open_read() as work:
            return [account for account in await work.staff.list_all() if account.is_active]

    async def sign_in_demo(self, staff_id: str, browser: str, address: str) -> str:
        """A session without phone and factor, in the demo only.

        Everywhere else refused with `staff.not_found`, as is an account that is not there.
        """
        now = self._clock.now()
        if not self.is_demo:
            raise Refusal("staff.not_found")
        async with self._database.open_work() as work:
            account = await work.staff.find(staff_id)
            if account is None or not account.is_active:
                raise Refusal("staff.not_found")
            made = await self._open(
                work, account, browser[:_BROWSER_LIMIT], self._address(address), now, now
            )
            await work.commit()
        return made

    async def purge(self) -> int:
        """Remove sessions that are over and sign-ins of days ago; the number of rows."""
        now = self._clock.now()
        async with self._database.open_work() as work:
            count = await work.sessions.purge(now - self._policy.idle, now - self._policy.absolute)
            count += await work.sign_ins.purge(now - _FORGET)
            await work.commit()
        return count

    async def _open(
        self,
        work: Work,
        account: Staff,
        browser: str,
        address: str,
        now: datetime,
        mfa_at: datetime | None,
    ) -> str:
        token = new_token()
        session = Session(new_id(), account.id, browser, now, now, mfa_at)
        await work.sessions.add(session, hash_of(token), address)
        await self._tell(work, account.id, "session.begun", session.id)
        return token

    async def _touch(self, session_id: str, now: datetime) -> None:
        async def job(work: Work) -> None:
            await work.sessions.touch(session_id, now)

        await self._database.write(job)

    async def _tell(self, work: Work, staff_id: str, act: str, subject: str) -> None:
        await work.audit.add(self._clock.now(), staff_id, act, subject, {})

    def _address(self, address: str) -> str:
        return keyed_hash(self._key, "address", address)

    def _code(self, token: str) -> str:
        """The code belongs to the token, so that the page can show it again after a reload."""
        digest = bytes.fromhex(keyed_hash(self._key, "code of", token))
        return base64.b32encode(digest).decode()[:CODE_LETTERS]

    def _asked(self, token: str, sign_in: SignIn) -> Asked:
        over = self._clock.now() >= sign_in.expires_at
        return Asked(
            token=token,
            code=self._code(token),
            number=sign_in.right_number,
            state=SignInState.VOID if over else sign_in.state,
            expires_at=sign_in.expires_at,
        )


def hash_of_code(key: bytes, code: str) -> str:
    """What is kept of a code: with 40 bits, a plain hash could be tried out."""
    return keyed_hash(key, "code", code.upper())


async def signed_in(
    work: Work, token: str, now: datetime, policy: SignInPolicy
) -> SignedIn | None:
    """Who has the session of this token, if it is alive."""
    session = await work.sessions.find_by_token(hash_of(token))
    if session is None or not session.is_alive(now, policy):
        return None
    account = await work.staff.find(session.staff_id)
    if account is None or not account.is_active:
        return None
    actor = await actor_from(work, account, now, session)
    stage = stage_of(actor.grants, session.mfa_at, is_enrolled=False)
    if stage is not Stage.FULL:
        if now - session.created_at >= policy.unfinished:
            return None
        enrolled = await work.factors.is_enrolled(account.id)
        stage = stage_of(actor.grants, session.mfa_at, is_enrolled=enrolled)
    return SignedIn(actor, stage, session)
