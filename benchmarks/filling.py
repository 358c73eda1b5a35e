"""A year of a federation in a database: members, questions, acts of staff; always the same."""

from __future__ import annotations

import json
import random
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

import psycopg
import sqlalchemy as sa

from benchmarks.asking import texts
from bot import keys
from domain.ask import Decision
from domain.clock import SystemClock, beijing_date
from domain.people import Occupation, Person, Source
from domain.staff import Grant, Granted, Role, Staff
from domain.units import Level, Unit
from storage.database import Database
from storage.migrate import migrate
from storage.people import new_person_id
from storage.tables import audit, questions

_DAYS = 364
_TOWNS, _ENTERPRISES = 20, 1_000
_BATCH = 2_000
# One in five belongs to no unit of ours yet; three in five are in Telegram.
_UNSETTLED, _LINKED = 0.05, 0.6
_FIRST_MEMBER = 5_300_000_000
# How questions end, in parts of a hundred.
_DECISIONS = ((Decision.ANSWER, 78), (Decision.CHOICES, 12), (Decision.NONE, 10))
_ACTS = (
    ("session.begun", 25),
    ("session.ended", 15),
    ("factor.shown", 20),
    ("member.read", 25),
    ("member.phone_read", 6),
    ("knowledge.drafted", 4),
    ("export.made", 3),
    ("grant.given", 1),
    ("unit.renamed", 1),
)
# Chinese characters from the block's beginning: as many names as people have.
_SURNAMES = [chr(0x4E00 + 7 * at) for at in range(400)]
_GIVEN = [chr(0x5200 + 11 * at) for at in range(700)]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is."""

    people: int
    questions: int
    acts_a_day: int


@dataclass(frozen=True, slots=True)
class Filled:
    """What can be asked for: staff by what they are, and one member by everything."""

    staff: dict[str, str]
    town_id: int
    person_id: str
    name: str
    tail: str
    last_page: int
    day: date


async def fill(place: str, keys_file: Path, knowledge: Path, extent: Extent) -> Filled:
    """Make the tables and fill them."""
    migrate(place)
    some, now = random.Random(17), SystemClock().now()
    database = Database(place, keys.open_vault(keys_file))
    town, units = await plant(database)
    staff = await _staff(database, now, town)
    person = await _people(database, now, some, units, extent.people)
    await database.close()
    today = beijing_date(now)
    write_rows(place, questions, _questions(some, today, texts(knowledge), extent.questions))
    write_rows(place, audit, _acts(some, now, list(staff.values()), extent.acts_a_day))
    analyse(place)
    assert person.name is not None
    assert person.phone is not None
    return Filled(
        staff=staff,
        town_id=town.id,
        person_id=person.id,
        name=person.name,
        tail=person.phone[-4:],
        last_page=max(1, extent.people // 30 - 5),
        day=today - timedelta(days=180),
    )


async def plant(database: Database) -> tuple[Unit, list[Unit]]:
    async with database.open_work() as work:
        top = await work.units.add("District", Level.DISTRICT, None)
        towns = [
            await work.units.add(f"Town {number}", Level.TOWN, top) for number in range(_TOWNS)
        ]
        found = [
            await work.units.add(f"Enterprise {number}", Level.ENTERPRISE, towns[number % _TOWNS])
            for number in range(_ENTERPRISES)
        ]
        await work.commit()
    return towns[0], [*towns, *found]


async def _staff(database: Database, now: datetime, town: Unit) -> dict[str, str]:
    """Somebody for each way of looking, and as many others as a federation has."""
    async with database.open_work() as work:
        top = await work.units.find_top()
        assert top is not None
        wanted: dict[str, tuple[tuple[Role, Unit], ...]] = {
            "everything": ((Role.ADMIN, top), (Role.EDITOR, top)),
            "auditor": ((Role.AUDITOR, top),),
            "town": ((Role.ADMIN, town),),
            "viewer": ((Role.VIEWER, town),),
        }
        wanted |= {f"organiser {number}": ((Role.ORGANISER, town),) for number in range(56)}
        ids = {}
        for number, (name, grants) in enumerate(wanted.items()):
            account = Staff(secrets.token_hex(8), name, 100 + number, None, False, now)
            ids[name] = account.id
            await work.staff.add(account)
            for role, unit in grants:
                await work.grants.add(granted(account, role, unit, now))
        await work.commit()
    return ids


def granted(account: Staff, role: Role, unit: Unit, now: datetime) -> Granted:
    return Granted(
        id=secrets.token_hex(8),
        staff_id=account.id,
        grant=Grant(role, unit.path),
        unit_id=unit.id,
        unit_name=unit.name,
        ends_on=None,
        given_by="operator",
        given_at=now - timedelta(days=2),
        starts_at=now - timedelta(days=1),
    )


async def _people(
    database: Database, now: datetime, some: random.Random, units: Sequence[Unit], count: int
) -> Person:
    """Everybody, in batches; one of them."""
    made = (_person(now, some, units, number) for number in range(count))
    one = None
    while batch := list(islice(made, _BATCH)):
        async with database.open_work() as work:
            await work.people.add_all(batch)
            await work.commit()
        one = next((person for person in batch if person.unit_id), one)
    assert one is not None
    return one


def _person(now: datetime, some: random.Random, units: Sequence[Unit], number: int) -> Person:
    is_settled, is_linked = some.random() >= _UNSETTLED, some.random() < _LINKED
    at = now - timedelta(days=some.randrange(_DAYS), seconds=number)
    return Person(
        id=new_person_id(),
        made_at=at,
        changed_at=at,
        member_id=_FIRST_MEMBER + number if is_linked else None,
        name=some.choice(_SURNAMES) + some.choice(_GIVEN) + some.choice(_GIVEN),
        phone=f"1{some.randrange(30, 99)}{some.randrange(10**8):08}",
        number=f"{number:08}",
        unit_id=some.choice(units).id if is_settled else None,
        unit_text=None if is_settled else f"Shop {some.randrange(500)}",
        occupation=some.choice(list(Occupation)),
        source=Source.BOTH if is_linked else Source.ROSTER,
    )


def _questions(
    some: random.Random, today: date, said: Sequence[str], count: int
) -> Iterator[tuple[object, ...]]:
    """In the order of the table's columns. What was missed has words of no page."""
    pages = [f"page_{number}.name" for number in range(200)]
    decisions, weights = [one for one, _ in _DECISIONS], [part for _, part in _DECISIONS]
    for number in range(count):
        decision = some.choices(decisions, weights)[0]
        chance, text = some.random(), some.choice(said)
        verdict = "helpful" if chance < 0.08 else "unhelpful" if chance < 0.11 else None
        is_offer, rejected = decision is Decision.CHOICES, False
        # Pages that are offered together are neighbours: there are few such threes.
        place = some.randrange(len(pages) - 2)
        offered = pages[place : place + 3] if is_offer else []
        if is_offer:
            rejected = chance > 0.8
        if rejected or decision is Decision.NONE:
            text, verdict = _altered(text, some.choice(said), some), None
        yield (
            f"{number:012x}{some.randrange(16**6):06x}",
            # As they come in: the oldest first.
            today - timedelta(days=_DAYS - 1 - number * _DAYS // count),
            text,
            decision.value,
            some.choice(pages) if decision is Decision.ANSWER else None,
            0.5,
            False,
            offered[0] if is_offer and 0.2 < chance < 0.7 else None,
            verdict,
            "off_topic" if verdict == "unhelpful" and chance < 0.09 else None,
            chance > 0.997,
            " ".join(offered) or None,
            rejected,
            chance > 0.98,
        )


def _altered(text: str, other: str, some: random.Random) -> str:
    """Half of one text, half of another: real words, and hardly ever twice the same."""
    start = some.randrange(max(1, len(other) // 2))
    return (text[: some.randint(2, 8)] + other[start:])[:60]


def _acts(
    some: random.Random, now: datetime, staff: Sequence[str], a_day: int
) -> Iterator[tuple[object, ...]]:
    """In the order of the table's columns. The hashes are random: the chain is not measured."""
    acts, weights = [act for act, _ in _ACTS], [part for _, part in _ACTS]
    step = timedelta(days=1) / a_day
    for number in range(_DAYS * a_day):
        at = now - timedelta(days=_DAYS) + number * step
        yield (
            number + 1,
            int(at.timestamp() * 1000),
            some.choice(staff),
            some.choices(acts, weights)[0],
            f"{some.randrange(16**16):016x}",
            json.dumps({"unit": some.randrange(_ENTERPRISES)}),
            f"{some.randrange(16**64):064x}",
            f"{some.randrange(16**64):064x}",
        )


def write_rows(place: str, table: sa.Table, rows: Iterator[tuple[object, ...]]) -> None:
    """As fast as each database takes them, in one transaction."""
    url, names = sa.engine.make_url(place), [column.name for column in table.columns]
    if url.get_backend_name() == "sqlite":
        marks = ", ".join("?" * len(names))
        with sqlite3.connect(str(url.database)) as connection:
            plain = (tuple(map(_plain, row)) for row in rows)
            statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"
            connection.executemany(statement, plain)
        return
    with psycopg.connect(place) as server, server.cursor() as cursor:
        statement = f"COPY {table.name} ({', '.join(names)}) FROM STDIN"
        with cursor.copy(statement.encode()) as copy:
            for row in rows:
                copy.write_row(row)
        if table is audit:
            cursor.execute("SELECT setval('audit_id_seq', (SELECT max(id) FROM audit))")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def analyse(place: str) -> None:
    """PostgreSQL looks through its tables by itself now and then; here it is asked to."""
    if sa.engine.make_url(place).get_backend_name() == "postgresql":
        with psycopg.connect(place, autocommit=True) as server:
            server.execute("VACUUM ANALYZE")
