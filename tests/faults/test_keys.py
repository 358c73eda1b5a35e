"""A rotation of keys that is killed again and again, beside a program that goes on writing."""

from __future__ import annotations

import asyncio
import random
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import keys
from storage.database import Database
from storage.sealed import place_of
from storage.tables import people
from storage.vault import Vault, VaultFault
from tests import agreeing
from tests.faults.conftest import Fresh
from tests.faults.processes import ROOT

pytestmark = pytest.mark.faults
KILLS = 20
ROWS = 1500
NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


async def test_a_rotation_that_is_killed_loses_nothing_and_is_finished_by_the_next(
    fresh: Fresh, tmp_path: Path
) -> None:
    url, file = fresh(), tmp_path / "keys.toml"
    keys.new(file)
    config = settings(tmp_path, url, file)
    # What a bot does that runs meanwhile: it writes with the keys that it has.
    running = Database(url, keys.open_vault(file))
    await fill(running, 0, ROWS)
    midway = 0
    for number in range(KILLS):
        await agreeing.on_keys(url, keys.open_vault(file))
        await killed(config, random.Random(number).uniform(0, 0.12))
        await fill(running, ROWS + number, 1)
        assert await readable(running) == ROWS + number + 1
        midway += len(await counts(running)) > 1
    assert midway >= KILLS // 2, "the kills came too early or too late to show anything"
    await agreeing.on_keys(url, keys.open_vault(file))
    assert await ended(config) == 0
    known = keys.load(file)
    await keys.keep_sealed(running, file)
    # With what the two who agreed had to say each time.
    assert await counts(running) == {known.ring.current: ROWS + KILLS + KILLS + 1}
    assert await readable(running) == ROWS + KILLS
    # A program that starts now needs nothing but the file.
    again = Database(url, keys.open_vault(file))
    await keys.check(again)
    assert await readable(again) == ROWS + KILLS
    for database in (running, again):
        await database.close()


async def test_if_the_key_were_written_last_a_kill_would_lose_values(
    fresh: Fresh, tmp_path: Path
) -> None:
    url, file = fresh(), tmp_path / "keys.toml"
    keys.new(file)
    config = settings(tmp_path, url, file)
    running = Database(url, keys.open_vault(file))
    await fill(running, 0, ROWS)
    await agreeing.on_keys(url, keys.open_vault(file))
    await killed_midway(config, running, "forget")
    left = await readable(running)
    await running.close()
    assert 0 < left < ROWS


def settings(folder: Path, url: str, file: Path) -> Path:
    path = folder / "config.toml"
    path.write_text(
        '[telegram]\ntoken = "7000000009:abcdefghijklmnopqrstuvwxyz-0123456789"\n'
        f'[database]\nurl = "{url}"\n[keys]\nfile = "{file}"\n'
    )
    return path


async def killed(config: Path, seconds: float, *bugs: str) -> None:
    """Begin a rotation, and kill it so long after it has begun to seal."""
    process = await started(config, *bugs)
    assert process.stdout is not None
    # The first line is printed when the key is there, or when an old rotation goes on.
    await process.stdout.readline()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), seconds)
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def killed_midway(config: Path, database: Database, *bugs: str) -> None:
    """Begin a rotation, and kill it when there are values that a program of before cannot read."""
    process = await started(config, *bugs)
    async with asyncio.timeout(60):
        # Among them some of these rows: what the two who agreed had to say is sealed too.
        while await readable(database) == ROWS:
            await asyncio.sleep(0.002)
    process.kill()
    await process.communicate()


async def ended(config: Path) -> int:
    process = await started(config)
    await process.communicate()
    assert process.returncode is not None
    return process.returncode


async def started(config: Path, *bugs: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-m", "tests.faults.rotation", str(config), *bugs),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def fill(database: Database, first: int, count: int) -> None:
    vault = the_vault(database)
    async with database.open_work() as work:
        for number in range(first, first + count):
            key = f"p{number:05}"
            sealed = vault.seal(place_of(people.c.sealed_name, [key]), f"王{number}")
            await work._connection.execute(
                sa.insert(people).values(
                    id=key,
                    sealed_name=sealed,
                    phone_shared=False,
                    source="self",
                    made_at=NOW,
                    changed_at=NOW,
                )
            )
        await work.commit()


async def readable(database: Database) -> int:
    """How many rows hold what was written into them."""
    vault, good = the_vault(database), 0
    async with database.open_read() as work:
        rows = await work._connection.execute(sa.select(people.c.id, people.c.sealed_name))
        for key, sealed in rows:
            with suppress(VaultFault):
                good += vault.open(place_of(people.c.sealed_name, [key]), sealed) == (
                    f"王{int(key[1:])}"
                )
    return good


async def counts(database: Database) -> dict[str, int]:
    async with database.open_read() as work:
        return dict(await work.sealed.count_by_key())


def the_vault(database: Database) -> Vault:
    assert database.vault is not None
    return database.vault
