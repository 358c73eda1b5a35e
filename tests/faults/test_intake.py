"""Kill -9 while a member tells of unpaid wages (S1): no answer is lost, none counts twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.cases.case import Act, Case, Facts, Identity
from domain.cases.intake import Ask
from domain.clock import SystemClock
from domain.staff import Flag, Role
from services.cases import telling
from simulator import Simulator
from simulator import running as simulating
from storage.database import Database
from storage.evidence import Owner
from storage.tables import audit, case_intakes, evidence, journal, outbox
from tests import databases
from tests.faults.conftest import Fresh
from tests.faults.processes import Program, supervised
from tests.faults.program import FALLS
from tests.services.case_files import photo
from tests.staffing import make_house
from tests.world import TOKEN, MovableClock

pytestmark = pytest.mark.faults

STORY = "送外卖三个月没结工钱，站长一直说下周"
EMPLOYER, NAME, PHONE, REACH = "速达配送", "欧阳春花", "13812345678", "晚上八点后发消息"
PHOTOS = ("red", "green", "blue")
LEAST = 20
_LEAD = 6_100_000_001
_PATIENCE = 120.0


@dataclass
class Rider:
    """A member with a phone, who waits for each answer as long as it takes."""

    simulator: Simulator
    program: Program
    chance: random.Random
    id: int = 0
    kills: int = 0
    # With so many of a hundred acts somebody pulls the plug a moment later.
    percent: int = 0
    # A program that acknowledges first needs a moment more.
    quiet: float = 0.0

    async def does(self, act: Callable[[], object]) -> str:
        """Do it, maybe see the program killed meanwhile; what the chat then says last."""
        act()
        if self.chance.randrange(100) < self.percent:
            await asyncio.sleep(self.chance.uniform(0, 0.25))
            process = self.program.process
            if process is not None and process.returncode is None:
                process.kill()
                self.kills += 1
        is_settled = await self.simulator.settle(_PATIENCE, self.quiet)
        assert is_settled, "the update was never handled"
        return self.last()

    def last(self) -> str:
        texts = self._read()
        return texts[-1] if texts else ""

    def sees(self, words: str) -> bool:
        """Whether it stands anywhere on the screen."""
        return any(words in text for text in self._read())

    def _read(self) -> list[str]:
        messages = self.simulator.screen(self.id)["messages"]
        return [str(one["text"]) for one in messages if one["from"] == "bot"]

    async def says(self, text: str) -> str:
        return await self.does(lambda: self.simulator.say(self.id, text))

    async def presses(self, label: str) -> str:
        return await self.does(lambda: self.simulator.press(self.id, label))

    async def sends(self, colors: tuple[str, ...]) -> str:
        """Several photos at once, one message each."""

        def send() -> None:
            for color in colors:
                self.simulator.photo(self.id, f"{color}.jpg", data=photo(color))

        return await self.does(send)

    async def goes_on(self, said: str) -> str:
        """If the form was begun and its first page did not arrive, it is offered again."""
        return await self.presses("继续上次填写") if "没填完" in said else said


async def furnish(url: str) -> None:
    """A district, two towns, a firm in each, and who leads case work in the eastern town."""
    database = Database(url, databases.vault())
    try:
        # Whoever was given such a role a week ago may use it by now.
        clock = MovableClock(SystemClock().now() - timedelta(days=7))
        house = await make_house(database, clock)
        await house.person(Role.CASEWORKER, house.east, _LEAD, Flag.LEAD, name="东主任")
    finally:
        await database.close()


@asynccontextmanager
async def rider(url: str, folder: Path, *bugs: str, percent: int = 0) -> AsyncIterator[Rider]:
    """The real program under a supervisor that starts it again, and somebody who writes to it."""
    await furnish(url)
    async with simulating(token=TOKEN, retry_scale=0.05) as telegram:
        program = Program(folder, telegram.url, bugs, database_url=url)
        async with supervised(program):
            quiet = 1.0 if "hasty" in bugs else 0.0
            one = Rider(telegram.simulator, program, random.Random(11), quiet=quiet)
            one.id = one.simulator.add_user("李强")
            await one.does(lambda: one.simulator.start(one.id))
            one.percent = percent
            yield one


async def to_story(one: Rider) -> str:
    await one.says("老板三个月没开支了，咋办")
    await one.presses("请工会帮忙")
    return await one.goes_on(await one.presses("同意"))


async def walks(one: Rider) -> str:
    """The whole form, each answer to its own question, one step back in between."""
    assert "简单说说" in await to_story(one)
    assert "是哪家单位" in await one.says(STORY)
    assert "大概多少钱" in await one.says(EMPLOYER)
    assert "是哪家单位" in await one.presses("上一步")
    assert "大概多少钱" in await one.says(EMPLOYER)
    assert "照片" in await one.says("13500")
    await one.sends(PHOTOS)
    # The page of the form goes on where its buttons are, above what was said of the photos.
    await one.presses("下一步")
    assert one.sees("希望由谁来办")
    await one.presses("镇街工会")
    assert one.sees("要不要留姓名")
    await one.presses("留姓名")
    assert one.sees("怎么称呼您")
    assert "手机号" in await one.says(NAME)
    assert "方便" in await one.says(PHONE)
    check = await one.says(REACH)
    for answer in (STORY, EMPLOYER, "13,500 元", NAME, PHONE, REACH):
        assert answer in check
    return await one.presses("✅ 提交")


@dataclass
class Kept:
    """What is there at the end."""

    cases: list[Case]
    facts: list[Facts]
    identities: list[Identity]
    files: list[str]
    filed: int
    alerts: Counter[int]
    updates: Counter[str]


async def kept(url: str, member: int) -> Kept:
    database = Database(url, databases.vault())
    try:
        async with database.open_read() as work:
            cases = list(await work.cases.list_of_member(member))
            rows = work._connection.execute
            acts = await rows(sa.select(audit.c.act).where(audit.c.act == f"case.{Act.FILED}"))
            alerts = await rows(sa.select(outbox.c.chat_id).where(outbox.c.kind == telling.ALERT))
            states = await rows(sa.select(journal.c.state))
            loose = await rows(sa.select(evidence.c.id).where(evidence.c.case_id.is_(None)))
            assert list(loose.scalars()) == []
            files = [
                one
                for case in cases
                for one in await work.evidence.list_of(Owner(case_id=case.id))
            ]
            return Kept(
                cases,
                [await work.cases.facts(case.id) for case in cases],
                [await work.cases.identity(case.id) for case in cases],
                [one.sha256 for one in files],
                len(acts.all()),
                Counter(int(chat) for chat in alerts.scalars()),
                Counter(str(state) for state in states.scalars()),
            )
    finally:
        await database.close()


async def test_killed_wherever_an_answer_is_kept_the_form_goes_on_as_it_stood(
    fresh: Fresh, tmp_path: Path
) -> None:
    url = fresh()
    async with rider(url, tmp_path, "falling") as one:
        assert "编号" in await walks(one)
        found = await kept(url, one.id)
    agrees(found)
    falls = (tmp_path / FALLS).read_text().split()
    places = Counter(place.rpartition("@")[2] for place in falls)
    print(f"{len(falls)} kills, by place {dict(places)}")
    assert len(falls) >= LEAST
    # Before anything is written, written and not committed, committed and not answered.
    assert set(places) == {"0", "1", "2"}
    # Nothing else ended it.
    assert one.program.exits == [-9] * len(falls)


async def test_killed_at_any_moment_by_somebody_outside_it_goes_on_as_well(
    fresh: Fresh, tmp_path: Path
) -> None:
    url = fresh()
    async with rider(url, tmp_path, percent=100) as one:
        assert "编号" in await walks(one)
        found = await kept(url, one.id)
    agrees(found)
    print(f"{one.kills} kills")
    assert one.kills >= LEAST // 2


def agrees(found: Kept) -> None:
    """One case with every answer in its place, one alert, nothing put aside."""
    assert len(found.cases) == 1
    (facts,), (identity,) = found.facts, found.identities
    assert (facts.story, facts.employer, facts.claimed) == (STORY, EMPLOYER, 1_350_000)
    assert (identity.name, identity.phone, identity.reach) == (NAME, PHONE, REACH)
    assert len(set(found.files)) == len(found.files) == len(PHOTOS)
    assert found.filed == 1
    assert found.alerts == {_LEAD: 1}
    assert set(found.updates) == {"done"}


async def answers_after_story(url: str, folder: Path, *bugs: str) -> dict[str, str]:
    """What the form holds once the story was told and the program died over it."""
    async with rider(url, folder, *bugs) as one:
        await to_story(one)
        await one.says(STORY)
        member = one.id
    database = Database(url, databases.vault())
    try:
        async with database.open_read() as work:
            assert len((await work._connection.execute(sa.select(case_intakes))).all()) == 1
            given = await work.case_forms.intake(member, SystemClock().now())
    finally:
        await database.close()
    assert given is not None
    return {name: given[name] for name in (Ask.STORY, Ask.EMPLOYER) if name in given}


async def test_the_story_is_kept_once_and_for_its_own_question(
    fresh: Fresh, tmp_path: Path
) -> None:
    assert await answers_after_story(fresh(), tmp_path, "tripping") == {Ask.STORY: STORY}


async def test_a_form_that_does_not_know_an_update_again_takes_the_story_for_the_employer(
    fresh: Fresh, tmp_path: Path
) -> None:
    """The control: the same kills, and one answer counts for two questions."""
    found = await answers_after_story(fresh(), tmp_path, "tripping", "unaware")
    assert Ask.EMPLOYER in found


async def test_acknowledged_before_it_is_handled_the_story_is_lost(
    fresh: Fresh, tmp_path: Path
) -> None:
    """The control: the same kills, and an answer that Telegram does not give again."""
    assert await answers_after_story(fresh(), tmp_path, "tripping", "hasty") == {}
