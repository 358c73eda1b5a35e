"""Coming in by browser and phone, for tests of signing in."""

from __future__ import annotations

import pyotp

from domain.sign_in import Asked, Pick
from domain.staff import Actor
from tests.staffing import ADDRESS, BROWSER, House

EDITOR, VIEWER = 7001, 7002


async def ask(house: House, address: str = ADDRESS) -> Asked:
    return await house.sign_in.begin(BROWSER, address)


async def pick(house: House, number: int, asked: Asked) -> None:
    """Do it right on the phone of this Telegram account."""
    offer = await house.phone.open(number, asked.code)
    assert offer is not None
    assert await house.phone.pick(number, offer.id, asked.number) is Pick.RIGHT


async def enter(house: House, number: int = VIEWER) -> str:
    asked = await ask(house)
    await pick(house, number, asked)
    return await house.sign_in.finish(asked.token)


async def enrol(house: House, number: int = EDITOR) -> tuple[str, str, tuple[str, ...]]:
    """The session's token, the factor's secret, the recovery codes."""
    token = await enter(house, number)
    new = await house.factors.begin_enrolment(token)
    done = await house.factors.confirm_enrolment(token, code_at(house, new.secret))
    return done.token, new.secret, done.recovery_codes


def code_at(house: House, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(house.clock.now(), counter_offset=steps)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def wide(code: str) -> str:
    """The same as a Chinese keyboard types it in full width."""
    return "".join(chr(ord(char) + 0xFEE0) for char in code)


async def actor(house: House, token: str) -> Actor:
    found = await house.sign_in.actor_of(token)
    assert found is not None
    return found
