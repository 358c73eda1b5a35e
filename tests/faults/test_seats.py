"""R4 and the rush: no seat is sold twice, nobody is told of a seat they do not have."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.clock import SystemClock
from domain.events import Event
from domain.seats import State
from domain.sign_ups import Seat, Wish
from services.events import EventDesk
from storage.database import Database
from tests import databases
from tests.faults.conftest import Fresh
from tests.faults.processes import ROOT
from tests.faults.signing import FIRST, HastyService
from tests.services.event_kit import ORGANISER, plan

pytestmark = pytest.mark.faults


async def held(url: str, capacity: int) -> Event:
    """A published event on a fresh database."""
    database = Database(url, databases.vault())
    clock = SystemClock()
    try:
        desk = EventDesk(database, clock)
        now = clock.now() - timedelta(minutes=1)
        draft = await desk.create(ORGANISER, plan(now, capacity=capacity))
        return await desk.publish(ORGANISER, draft.id)
    finally:
        await database.close()


async def claims(url: str, event: Event) -> list[Seat]:
    database = Database(url, databases.vault())
    try:
        async with database.open_read() as work:
            return list(await work.seats.all_of(event.id))
    finally:
        await database.close()


async def told_by(*arguments: str) -> list[str]:
    """The lines that a process of its own prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.faults.signing", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()[-2000:]
    return out.decode().splitlines()


def agrees(lines: list[str], kept: list[Seat], capacity: int, members: int) -> None:
    """What everybody was told is what the table says, and the table is as it must be."""
    states = Counter(one.state for one in kept)
    assert states == {State.CONFIRMED: capacity, State.WAITING: members - capacity}
    assert len({one.member_id for one in kept}) == members
    line = [one.id for one in kept if one.state is State.WAITING]
    places = {seat: place for place, seat in enumerate(line, 1)}
    by_member: dict[Any, Seat] = {one.member_id: one for one in kept}
    answers = [json.loads(text) for text in lines]
    assert {one[0] for one in answers} == set(by_member)
    for member, state, place, seat in answers:
        found = by_member[member]
        assert (found.state.value, found.id) == (state, seat)
        assert places.get(seat) == place


async def test_800_at_once_for_300_seats(fresh: Fresh) -> None:
    url = fresh()
    event = await held(url, 300)
    if url.startswith("sqlite"):
        lines = await told_by("rush", url, event.id, str(FIRST), "800")
    else:
        halves = await asyncio.gather(
            told_by("rush", url, event.id, str(FIRST), "400"),
            told_by("rush", url, event.id, str(FIRST + 400), "400"),
        )
        lines = halves[0] + halves[1]
    agrees(lines, await claims(url, event), 300, 800)


async def test_counting_before_the_lock_would_oversell(fresh: Fresh) -> None:
    url = fresh()
    event = await held(url, 30)
    database = Database(url, databases.vault())
    service = HastyService(database, SystemClock())
    try:
        await asyncio.gather(
            *(service.sign_up(Wish(event.id, FIRST + number)) for number in range(100))
        )
    finally:
        await database.close()
    states = Counter(one.state for one in await claims(url, event))
    assert states[State.CONFIRMED] > 30


async def test_200_kills_in_the_middle_of_sign_ups(fresh: Fresh, tmp_path: Path) -> None:
    url = fresh()
    event = await held(url, 30)
    log = tmp_path / "seen.log"
    (killed,) = await told_by("kills", url, event.id, "500", "200", "4", str(log))
    assert int(killed) == 200
    agrees(log.read_text().splitlines(), await claims(url, event), 30, 500)
