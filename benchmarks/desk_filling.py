"""Years of case work and talks in a database: always the same, as a district may have them."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from benchmarks import filling
from bot import keys
from domain.cases.kinds import Kind
from domain.cases.numbers import number_of
from domain.cases.states import ENDED, OPEN, State
from domain.clock import SystemClock, beijing_date
from domain.outbox import State as OutboxState
from domain.staff import Flag, Grant, Role, Staff
from domain.talks import State as Turn
from domain.units import Level, Unit
from storage.database import Database
from storage.migrate import migrate
from storage.tables import (
    case_agreements,
    case_identities,
    cases,
    outbox,
    talk_messages,
    talks,
)
from storage.vault import Place, Vault

# Three years of cases, of which so many are not over; a year of talks.
_CASE_DAYS, _OPEN_CASES = 1_095, 2_500
_TALK_DAYS, _LIVE_TALKS = 365, 400
_WORKERS = 60
_FIRST_MEMBER = 5_300_000_000
# What staff answered and the member did not get, in parts of a thousand.
_LOST = 5
_TOPICS = ("wage", "injury", "contract", "leave", "")


@dataclass(frozen=True, slots=True)
class Desks:
    """Who looks, by what they are; a number that can be asked for; and what is hidden from the
    lead behind the wall: cases with their numbers, talks."""

    staff: dict[str, str]
    number: str
    day: date
    hidden_cases: list[tuple[str, str]] = field(default_factory=list)
    hidden_talks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _House:
    """Units, and everybody who does case work."""

    top: Unit
    towns: list[Unit]
    firms: list[Unit]
    workers: list[str]
    now: datetime


async def fill(place: str, keys_file: Path, count: int) -> Desks:
    """Make the tables and fill them with so many cases and as many talks."""
    migrate(place)
    some, now = random.Random(23), SystemClock().now()
    database = Database(place, keys.open_vault(keys_file))
    _, units = await filling.plant(database)
    async with database.open_read() as work:
        top = await work.units.find_top()
    assert top is not None
    towns = [unit for unit in units if unit.level is Level.TOWN]
    firms = [unit for unit in units if unit.level is Level.ENTERPRISE]
    staff = await _staff(database, now, top, towns, firms[0])
    await database.close()
    house = _House(top, towns, firms, [staff[f"worker {at}"] for at in range(_WORKERS)], now)
    numbers = [number_of([some.randrange(31) for _ in range(7)]) for _ in range(count)]
    desks = Desks(staff, numbers[-1], beijing_date(now))
    filling.write_rows(place, cases, _cases(some, house, numbers, desks.hidden_cases))
    filling.write_rows(place, case_identities, _identities(some, count))
    filling.write_rows(place, case_agreements, _agreements(some, house, count))
    filling.write_rows(place, talks, _talks(some, house, count, desks.hidden_talks))
    vault = keys.open_vault(keys_file)
    filling.write_rows(place, talk_messages, _messages(house, count, vault))
    filling.write_rows(place, outbox, _replies(some, house, count))
    _go_on_counting(place)
    filling.analyse(place)
    return desks


async def _staff(
    database: Database, now: datetime, top: Unit, towns: Sequence[Unit], firm: Unit
) -> dict[str, str]:
    lead = frozenset({Flag.LEAD})
    wanted: dict[str, tuple[Unit, frozenset[Flag], int | None]] = {
        "lead": (top, lead, None),
        "lead, behind the wall": (top, lead, firm.id),
        "town's lead": (towns[0], lead, None),
    }
    wanted |= {
        f"worker {at}": (towns[at % len(towns)], frozenset(), None) for at in range(_WORKERS)
    }
    ids = {}
    async with database.open_work() as work:
        for number, (name, (unit, flags, employer)) in enumerate(wanted.items()):
            account = Staff(secrets.token_hex(8), name, 100 + number, employer, False, now)
            ids[name] = account.id
            await work.staff.add(account)
            one = filling.granted(account, Role.CASEWORKER, unit, now)
            await work.grants.add(replace(one, grant=Grant(Role.CASEWORKER, unit.path, flags)))
        await work.commit()
    return ids


def _firm(some: random.Random, house: _House, share: float) -> Unit | None:
    """Some enterprise or none; one in fifty is the one whose people are behind the wall."""
    if some.random() >= share:
        return None
    return house.firms[0] if some.random() < 0.02 else some.choice(house.firms)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _cases(
    some: random.Random, house: _House, numbers: Sequence[str], hidden: list[tuple[str, str]]
) -> Iterator[tuple[object, ...]]:
    """In the order of the table's columns; those that are not over are the latest. What is
    hidden is added to `hidden`."""
    count, open_states, ended = len(numbers), sorted(OPEN), sorted(ENDED)
    for at, number in enumerate(numbers):
        is_open = at >= count - _OPEN_CASES
        opened = house.now - timedelta(days=_CASE_DAYS) * (1 - at / count)
        state = some.choice(open_states if is_open else ended)
        unit = some.choice([house.top, *house.towns])
        firm = _firm(some, house, 0.8)
        if firm is house.firms[0]:
            hidden.append((f"{at:016x}", number))
        free = state is State.RECEIVED and some.random() < 0.5
        due = opened + timedelta(days=some.randint(1, 30)) if is_open else None
        yield (
            f"{at:016x}",
            number,
            state.value,
            "mediate",
            some.choice(list(Kind)).value,
            unit.level.value,
            unit.id,
            some.choice(house.towns).id if is_open and some.random() < 0.02 else None,
            None,
            firm.id if firm else None,
            f"{some.randrange(16**64):064x}",
            False,
            None if free else some.choice(house.workers),
            _ms(opened),
            _ms(opened),
            _ms(due) if due else None,
            None,
            None if is_open else _ms(opened + timedelta(days=20)),
            None,
            1,
            None,
        )


def _identities(some: random.Random, count: int) -> Iterator[tuple[object, ...]]:
    for at in range(count):
        yield (f"{at:016x}", f"{some.randrange(16**64):064x}", None, None, None, None)


def _agreements(some: random.Random, house: _House, count: int) -> Iterator[tuple[object, ...]]:
    """Two of five cases end with one."""
    first = beijing_date(house.now) - timedelta(days=_CASE_DAYS)
    for at in range(0, count, 5):
        for nth in range(2):
            day = first + timedelta(days=at * _CASE_DAYS // count)
            level = some.choice([Level.TOWN, Level.DISTRICT]).value
            amount = some.randrange(10_000, 10_000_000)
            key = f"{min(at + nth, count - 1):016x}"
            yield (f"{at:015x}{nth}", key, day, level, None, amount, None, "s", None)


def _talks(
    some: random.Random, house: _House, count: int, hidden: list[str]
) -> Iterator[tuple[object, ...]]:
    for at in range(count):
        is_live = at >= count - _LIVE_TALKS
        opened = house.now - timedelta(days=_TALK_DAYS) * (1 - at / count)
        state = some.choice((Turn.OPEN, Turn.PENDING, Turn.SNOOZED)) if is_live else Turn.RESOLVED
        unit = some.choice([house.top, *house.towns])
        firm = _firm(some, house, 0.6)
        if firm is house.firms[0]:
            hidden.append(f"{at:010d}")
        is_free = state is Turn.OPEN and some.random() < 0.5
        due = opened + timedelta(minutes=30)
        yield (
            f"{at:010d}",
            _FIRST_MEMBER + at,
            state.value,
            2,
            some.choice(_TOPICS),
            None,
            unit.path,
            unit.path,
            firm.path if firm else None,
            None if is_free else some.choice(house.workers),
            None,
            _ms(opened),
            _ms(opened),
            _ms(due),
            _ms(due),
            None if is_free else _ms(opened + timedelta(minutes=12)),
            _ms(due) if state is Turn.OPEN else None,
            _ms(opened + timedelta(days=2)),
            None,
            0,
            _ms(house.now + timedelta(hours=5)) if state is Turn.SNOOZED else None,
            None if is_live else _ms(opened + timedelta(hours=3)),
            None if is_live else "staff",
            None if is_live else some.choice((1, 2, 3, None)),
            None,
            None,
        )


def _messages(house: _House, count: int, vault: Vault) -> Iterator[tuple[object, ...]]:
    """Two of the member and one of staff in each talk."""
    for at in range(count):
        opened = house.now - timedelta(days=_TALK_DAYS) * (1 - at / count)
        for nth, staff in enumerate((None, None, house.workers[at % _WORKERS])):
            said = opened + timedelta(minutes=4 * nth)
            talk, key = f"{at:010d}", f"{'s' if staff else 'm'}{at:012d}{nth}"
            sealed = vault.seal(Place("talk_messages", "sealed_text", key), "words of somebody")
            yield (key, talk, _FIRST_MEMBER + at, _ms(said), staff, sealed, None)


def _replies(some: random.Random, house: _House, count: int) -> Iterator[tuple[object, ...]]:
    """What became of each word of staff on its way to the member."""
    for at in range(count):
        opened = house.now - timedelta(days=_TALK_DAYS) * (1 - at / count)
        is_lost = some.randrange(1000) < _LOST
        state = OutboxState.FAILED if is_lost else OutboxState.SENT
        member, told = _FIRST_MEMBER + at, _ms(opened + timedelta(minutes=8))
        yield (
            *(at + 1, None, "talks.reply", member, member, f"talks.reply:s{at:012d}2", 0, 1),
            *(1, "resend", "service", "{}", state.value, told, None, None, None, None, 1, 0),
            *(at + 1, told, "blocked" if is_lost else None, None, 0),
        )


def _go_on_counting(place: str) -> None:
    """The next notice gets the next number."""
    if sa.engine.make_url(place).get_backend_name() == "postgresql":
        engine = sa.create_engine(place.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "SELECT setval('outbox_id_seq', (SELECT max(id) FROM outbox))"
            )
        engine.dispose()
