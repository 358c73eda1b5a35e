"""Signing in, as the phone does it: three numbers in the chat, one of them on the page."""

from __future__ import annotations

import re

from domain.clock import Clock
from domain.sign_in import Denial, Offer, Pick, SignIn, SignInPolicy, SignInState
from domain.staff import Actor, Staff
from services.staff.common import LOOKS_LIKE, actor_from, check_lock, typed_code
from services.staff.sign_in import hash_of_code
from storage.database import Database
from storage.work import Work

_CODE = re.compile(r"[A-Z2-7]{8}")


class PhoneService:
    """Telegram says whose chat it is. Somebody who is no staff, and staff with a code that is
    unknown, over or another's, get the same answer from the same queries."""

    def __init__(
        self, database: Database, clock: Clock, key: bytes, policy: SignInPolicy | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._key = key
        self._policy = policy or SignInPolicy()

    async def open(self, telegram_id: int, typed: str) -> Offer | None:
        """The three numbers of the sign-in with this code, the same at each call.

        The first of staff who opens it makes it theirs. None for everybody else. Refuses with
        `staff.sign_in_locked` staff with too many wrong tries.
        """
        now = self._clock.now()
        code = typed_code(typed).upper().translate(LOOKS_LIKE)
        async with self._database.open_work() as work:
            account = await work.staff.find_by_telegram(telegram_id)
            sign_in = await work.sign_ins.find_by_code(hash_of_code(self._key, code))
            if account is None or not account.is_active:
                return None
            await check_lock(work, account.id, now, self._policy)
            if (
                not _CODE.fullmatch(code)
                or sign_in is None
                or not sign_in.is_open_for(account.id, now)
                or not await work.sign_ins.move(sign_in, SignInState.OPENED, account.id)
            ):
                if sign_in is None or sign_in.staff_id != account.id:
                    await self._count_fault(work, account, "sign_in.wrong_code", None)
                    await work.commit()
                return None
            await work.commit()
        return Offer(
            sign_in.id, sign_in.numbers, sign_in.browser, sign_in.created_at, sign_in.expires_at
        )

    async def pick(self, telegram_id: int, sign_in_id: str, number: int) -> Pick:
        """Press a number. A wrong one voids the sign-in. Refuses with `staff.sign_in_locked`."""
        now = self._clock.now()
        async with self._database.open_work() as work:
            account, sign_in = await self._own(work, telegram_id, sign_in_id)
            if account is None or sign_in is None or number not in sign_in.numbers:
                return Pick.GONE
            is_right = number == sign_in.right_number
            if is_right and sign_in.state in (SignInState.PICKED, SignInState.USED):
                # Telegram may deliver a press twice.
                return Pick.RIGHT
            if sign_in.state is not SignInState.OPENED or now >= sign_in.expires_at:
                return Pick.GONE
            await check_lock(work, account.id, now, self._policy)
            state = SignInState.PICKED if is_right else SignInState.VOID
            if not await work.sign_ins.move(sign_in, state, account.id):
                return Pick.GONE
            if is_right:
                await self._tell(work, account, "sign_in.approved", sign_in)
            else:
                await self._count_fault(work, account, "sign_in.wrong_number", sign_in)
            await work.commit()
        return Pick.RIGHT if is_right else Pick.WRONG

    async def find_actor(self, telegram_id: int) -> Actor | None:
        """The staff whose chat this is, with the rights of this moment; None for others.

        No session stands behind it: it is for what shows nothing and can be undone.
        """
        async with self._database.open_read() as work:
            account = await work.staff.find_by_telegram(telegram_id)
            if account is None or not account.is_active:
                return None
            return await actor_from(work, account, self._clock.now())

    async def deny(self, telegram_id: int, sign_in_id: str) -> Denial:
        """ "That was not me": the sign-in leads nowhere; if it was used, every session ends."""
        async with self._database.open_work() as work:
            account, sign_in = await self._own(work, telegram_id, sign_in_id)
            if account is None or sign_in is None:
                return Denial.GONE
            await work.sign_ins.void_of(account.id)
            # Looked at again: the browser may have come in while the others were made void.
            latest = await work.sign_ins.find(sign_in_id)
            was_used = latest is not None and latest.state is SignInState.USED
            if was_used:
                await work.sessions.remove_of(account.id)
            await self._tell(work, account, "sign_in.denied", sign_in)
            await work.commit()
        return Denial.SIGNED_OUT if was_used else Denial.REFUSED

    async def _own(
        self, work: Work, telegram_id: int, sign_in_id: str
    ) -> tuple[Staff | None, SignIn | None]:
        account = await work.staff.find_by_telegram(telegram_id)
        sign_in = await work.sign_ins.find(sign_in_id)
        if account is None or not account.is_active or sign_in is None:
            return None, None
        return (account, sign_in) if sign_in.staff_id == account.id else (None, None)

    async def _count_fault(
        self, work: Work, account: Staff, act: str, sign_in: SignIn | None
    ) -> None:
        address = sign_in.address if sign_in else None
        await work.sign_ins.add_fault(self._clock.now(), account.id, address)
        await self._tell(work, account, act, sign_in)

    async def _tell(self, work: Work, account: Staff, act: str, sign_in: SignIn | None) -> None:
        subject = sign_in.id if sign_in else ""
        await work.audit.add(self._clock.now(), account.id, act, subject, {})
