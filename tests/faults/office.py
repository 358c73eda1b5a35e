"""Staff who send a broadcast through the console of the real program, against the simulator."""

from __future__ import annotations

import asyncio
import html
import re
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp

from domain.clock import SystemClock
from domain.members import NOTICE_VERSION, Member, Reach
from domain.outbox import PushState, State
from domain.people import Person
from domain.staff import Flag, Grant, Granted, Role, Staff
from domain.units import Level, Unit
from simulator import Simulator
from simulator import running as simulating
from storage.database import Database
from storage.people import new_person_id
from tests import databases
from tests.console.visiting import Answer, Browser
from tests.faults.processes import Program, free_port
from tests.faults.support import RealClock, sized
from tests.world import TOKEN

PEOPLE = sized(2_986)
# The first fifty tell whether it is well: with fewer there is nothing to be killed in.
LEAST, IN_FLIGHT = 150, 4
TITLE, TEXT = "送温暖物资领取", "请到服务站领取。"
CORRECTION = "更正：时间改到周日上午。"
BUGS = ("quick", "soon", "at_once", "open_door")


@dataclass
class Office:
    """Everything that the staff of a test do and see, and the tables behind it."""

    simulator: Simulator
    program: Program
    database: Database
    http: aiohttp.ClientSession
    author: Staff = field(init=False)
    second: Staff = field(init=False)
    members: list[int] = field(default_factory=list)
    unit: str = ""
    path: str = ""
    seen: list[tuple[str, int]] = field(default_factory=list)

    @property
    def number(self) -> str:
        return self.path.rpartition("/")[2]

    async def staff(self, name: str, *grants: tuple[Role, Unit]) -> Staff:
        now = SystemClock().now()
        account = Staff(
            id=secrets.token_hex(8),
            name=name,
            telegram_id=self.simulator.add_user(name),
            employer_id=None,
            is_outside=False,
            created_at=now,
        )
        async with self.database.open_work() as work:
            await work.staff.add(account)
            for role, unit in grants:
                approver = frozenset({Flag.APPROVER}) if role is Role.BROADCASTER else frozenset()
                await work.grants.add(
                    Granted(
                        id=secrets.token_hex(8),
                        staff_id=account.id,
                        grant=Grant(role, unit.path, approver),
                        unit_id=unit.id,
                        unit_name=unit.name,
                        ends_on=None,
                        given_by="operator",
                        given_at=now,
                        starts_at=now - timedelta(days=2),
                    )
                )
            await work.commit()
        return account

    async def sits_down(self, account: Staff) -> Browser:
        base = f"http://127.0.0.1:{self.program.port}"
        browser = Browser(base, self.http, RealClock())
        answer = await browser.post("/sign-in/demo", {"staff": account.id})
        assert answer.status == 303, answer.text
        return browser

    async def answers(self, seconds: float = 60) -> None:
        """Return when the console answers."""
        async with asyncio.timeout(seconds):
            while True:
                with suppress(aiohttp.ClientError):
                    async with self.http.get(
                        f"http://127.0.0.1:{self.program.port}/livez"
                    ) as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.1)

    async def counts(self) -> dict[State, int]:
        async with self.database.open_read() as work:
            one = await work.broadcasts.find(self.number)
            assert one is not None and one.push is not None
            return dict(await work.outbox.counts(one.push.id))

    async def state(self) -> PushState:
        """Where it is; noted together with what waits, for the check at the end."""
        async with self.database.open_read() as work:
            one = await work.broadcasts.find(self.number)
            assert one is not None
            found = {} if one.push is None else await work.outbox.counts(one.push.id)
        waiting = found.get(State.PENDING, 0) + found.get(State.SENDING, 0)
        self.seen.append((one.state.value, waiting))
        return one.state

    async def becomes(self, *states: PushState, seconds: float = 300) -> PushState:
        async with asyncio.timeout(seconds):
            while (found := await self.state()) not in states:
                await asyncio.sleep(0.1)
        return found

    async def arrived(self, count: int, seconds: float = 300) -> None:
        """Return when so many members have it."""
        async with asyncio.timeout(seconds):
            while len(self.copies()) < count:
                await self.state()
                await asyncio.sleep(0.02)

    def copies(self) -> Counter[int]:
        """How often the old words reached each phone, whether or not we heard of it."""
        return Counter(
            call["payload"]["chat_id"]
            for call in self.simulator.calls.since(0)
            if call["method"] == "sendMessage" and call["ok"] and TEXT in call["payload"]["text"]
            # Not the author's test.
            if call["payload"]["chat_id"] in self._members
        )

    @property
    def _members(self) -> frozenset[int]:
        return frozenset(self.members)

    def texts(self, member: int) -> list[str]:
        return [m["text"] for m in self.simulator.screen(member)["messages"] if m["from"] == "bot"]


@asynccontextmanager
async def office(folder: Path, url: str, *bugs: str) -> AsyncIterator[Office]:
    """A program that runs, with a district, a unit and its members."""
    async with (
        simulating(token=TOKEN, retry_scale=0.05) as telegram,
        aiohttp.ClientSession() as http,
        Program(
            folder,
            telegram.url,
            (*BUGS, *bugs),
            port=free_port(),
            database_url=url,
        ) as program,
    ):
        telegram.simulator.delivery.reach = program.reach
        database = Database(url, vault=databases.vault())
        try:
            made = Office(telegram.simulator, program, database, http)
            await furnish(made, max(PEOPLE, LEAST))
            await program.start()
            await made.answers()
            yield made
            await program.stop()
        finally:
            await database.close()


async def furnish(made: Office, people: int) -> None:
    now = SystemClock().now()
    async with made.database.open_work() as work:
        district = await work.units.add("测试区总工会", Level.DISTRICT, None)
        town = await work.units.add("北街道", Level.TOWN, district)
        await work.commit()
    made.unit = district.path
    made.members = [made.simulator.add_user(f"职工{number}") for number in range(people)]
    for first in range(0, people, 500):
        some = made.members[first : first + 500]
        async with made.database.open_work() as work:
            await work.members.save_all(
                [Member(one, one, "zh", Reach.REACHABLE, NOTICE_VERSION, now) for one in some]
            )
            await work.people.add_all(
                [
                    Person(
                        new_person_id(),
                        now,
                        now,
                        member_id=one,
                        name="张小明",
                        phone=f"137{one % 10**8:08}",
                        unit_id=town.id,
                    )
                    for one in some
                ]
            )
            await work.commit()
    for name in ("管理员甲", "管理员乙"):
        await made.staff(name, (Role.ADMIN, district))
    made.author = await made.staff("写稿人", (Role.BROADCASTER, district))
    made.second = await made.staff("审批人", (Role.BROADCASTER, district))


async def ok(answer: Answer, status: int = 303) -> Answer:
    assert answer.status == status, re.sub(r"<[^>]+>", " ", answer.text)[-1500:]
    return answer


async def sent_off(made: Office) -> tuple[Browser, Browser]:
    """From an empty form to the second person's yes, all of it in the browser."""
    writer = await made.sits_down(made.author)
    form = {
        "title": TITLE,
        "text": TEXT,
        "correction": CORRECTION,
        "topic": "benefits",
        "lasts": "24",
        "unit": made.unit,
        "paths": made.unit,
    }
    shown = html.unescape((await writer.post("/broadcasts/look", form)).text)
    assert f"<b>{len(made.members)}</b>" in shown and shown.count("张*") == 5
    made.path = (await ok(await writer.post("/broadcasts/new", form))).location
    await ok(await writer.post(f"{made.path}/test"))
    async with asyncio.timeout(30):
        while not any(TEXT in text for text in made.texts(made.author.telegram_id)):
            await asyncio.sleep(0.1)
        while True:
            handed = await writer.post(f"{made.path}/hand-in")
            if handed.status == 303:
                break
            # The test is on the phone; that it arrived is written down in a moment.
            await asyncio.sleep(0.2)
    await made.becomes(PushState.APPROVING)
    second = await made.sits_down(made.second)
    own = await writer.post(f"{made.path}/approve", {"count": str(len(made.members))})
    assert own.status == 422, "nobody agrees to their own"
    await ok(await second.post(f"{made.path}/approve", {"count": "1"}), 422)
    await ok(await second.post(f"{made.path}/approve", {"count": str(len(made.members))}))
    return writer, second
