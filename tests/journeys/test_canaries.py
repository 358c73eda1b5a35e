"""Marked words of a matter, from every hand that types some: where they are, and where never."""

from __future__ import annotations

import base64
import io
import json
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
import sqlalchemy as sa
import structlog

from bot import keys
from bot.backup import Place, backup
from domain.attachments import read_file
from domain.cases.kinds import Kind
from domain.cases.meeting import Mode
from domain.cases.settlement import Plan
from domain.cases.states import State
from domain.staff import Actor, Flag, Role
from services.talks import TalkReader
from storage.evidence import Owner
from storage.sealed_files import open_file
from tests import databases
from tests.conftest import KNOWLEDGE
from tests.journeys import checks
from tests.journeys.test_cases import to_story
from tests.services.case_files import pdf, photo
from tests.services.case_kit import Cases, day
from tests.services.talk_kit import HOURS, POLICY
from tests.staffing import House, make_house
from tests.world import MovableClock, Person, World, start_world

# What the member types and sends: it belongs to the member and to whoever works on the matter.
STORY = "金丝雀甲事情经过写在这里"
EMPLOYER = "金丝雀乙小吃店"
NAME, PHONE, REACH = "欧阳雀丙", "13987651234", "晚上找金丝雀丁"
FILE, NEXT_FILE = "金丝雀戊.pdf", "金丝雀己.pdf"
INSIDE, NEXT_INSIDE = b"CANARY-INSIDE-7f3a91", b"CANARY-LATER-2b8c44"
TALK, CAPTION = "金丝雀庚说给工作人员听", "金丝雀辛写在图下面"
ENCLOSED = b"CANARY-ENCLOSED-91d0e7"
TYPED = (STORY, EMPLOYER, NAME, PHONE, REACH, TALK, CAPTION)
SENT = (FILE, NEXT_FILE)
CONTENT = (INSIDE.decode(), NEXT_INSIDE.decode(), ENCLOSED.decode())
# What staff write for the member to read.
REPLY, PLACE = "金丝雀壬请带合同来", "金丝雀癸会议室"
TOLD, WHAT = "金丝雀子人事部", "金丝雀丑三个月"
FOR_MEMBER = (REPLY, PLACE, TOLD, WHAT)
# What staff write for each other, or only for the record.
REASON, NOTE, WHY = "金丝雀寅想看进度", "金丝雀卯内部备注", "金丝雀辰换单位"
ASIDE, OTHER, STAGE = "金丝雀巳会话备注", "金丝雀午协议别的", "金丝雀未阶段说明"
AMONG_STAFF = (REASON, NOTE, WHY, ASIDE, OTHER, STAGE)
EVERYTHING = (*TYPED, *SENT, *CONTENT, *FOR_MEMBER, *AMONG_STAFF)


def forms(text: str) -> Iterator[bytes]:
    """The bytes that a text may lie in: as it is, in UTF-16, escaped, hexadecimal, base64."""
    raw = text.encode()
    yield raw
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    yield json.dumps(text)[1:-1].encode()
    yield quote(text).encode()
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for shift in range(3):
        # The characters at both ends depend on the neighbours.
        yield base64.b64encode(b"\0" * shift + raw)[4 : -4 if (shift + len(raw)) % 3 else None]


def found(data: bytes) -> set[str]:
    """The marked words that are in there, in whatever form."""
    return {text for text in EVERYTHING if any(form in data for form in forms(text))}


@dataclass
class Matter:
    """A case and a talk of one member, with the staff who work on them."""

    world: World
    member: Person
    other: Person
    lead: Person
    worker: Person
    cases: Cases
    case_id: str
    talk_id: str


async def staffed(world: World) -> tuple[House, dict[str, tuple[Person, Actor]]]:
    """Units, and three people of the staff whose phones are in the simulator."""
    house = await make_house(world.parts.database, world.clock)
    people = {}
    for name, unit, flags in (
        ("区主任", house.top, (Flag.LEAD,)),
        ("东主任", house.east, (Flag.LEAD,)),
        ("东调解", house.east, ()),
    ):
        phone = world.member(name)
        # Whoever starts the bot can be written to.
        await phone.starts()
        actor = await house.person(Role.CASEWORKER, unit, phone.id, *flags, name=name)
        people[name] = (phone, actor)
    while world.clock.now().astimezone().weekday() != 2:
        world.clock.move(days=1)
    return house, people


async def fills_in(member: Person) -> str:
    """The form to its end, with a file; what is said when it was handed in."""
    await to_story(member)
    await member.says(STORY)
    await member.says(EMPLOYER)
    await member.presses("东街道")
    await member.says("13579")
    member.world.simulator.document(member.id, FILE, data=pdf(INSIDE))
    await member.world.settle()
    assert "E01" in await member.reads()
    await member.presses("下一步")
    await member.presses("镇街工会")
    await member.presses("留姓名")
    await member.says(NAME)
    await member.says(PHONE)
    check = await member.says(REACH)
    for text in (STORY, EMPLOYER, NAME, PHONE, REACH):
        assert text in check
    return await member.presses("✅ 提交")


async def a_matter(world: World) -> Matter:
    """A case from its first word to an agreement, and a talk beside it."""
    house, people = await staffed(world)
    member, other = await world.regular("李强"), await world.regular("别人")
    assert "编号是" in await fills_in(member)
    actors = {name: actor for name, (_, actor) in people.items()}
    east, worker = actors["东主任"], actors["东调解"]
    cases = Cases(
        world.parts.database, world.clock, house, actors["区主任"], east, actors["区主任"], worker
    )
    (case,) = await world.parts.desk.cases.list_mine(member.id)
    matter = Matter(
        *(world, member, other, people["东主任"][0], people["东调解"][0], cases, case.id, "")
    )
    await work_on_it(matter, east, worker)
    await send_more(matter)
    await talk_about_it(matter, actors["区主任"])
    return matter


async def work_on_it(matter: Matter, east: Actor, worker: Actor) -> None:
    """What staff do and write, up to an agreement."""
    cases, case_id = matter.cases, matter.case_id
    await cases.desk.assign(east, case_id, worker.staff_id)
    await cases.desk.open(east, case_id, REASON)
    await cases.desk.add_note(worker, case_id, NOTE)
    await cases.desk.hand_on(east, case_id, cases.house.west.id, WHY)
    await cases.desk.move(worker, case_id, State.CONTACTING, STAGE)
    await cases.desk.move(worker, case_id, State.MEDIATING)
    await cases.disclosures.ask(worker, case_id, TOLD, WHAT)
    slot = cases.clock.now() + timedelta(days=2)
    await cases.meetings.offer(worker, case_id, Mode.ON_SITE, PLACE, [slot])
    await matter.world.deliver()
    await matter.member.says("/cases")
    shown = await matter.member.presses("正在帮您谈")
    assert PLACE in shown and WHAT in shown
    plan = Plan(day(cases), None, 100, ((100, day(cases, 5)),), OTHER)
    await cases.settlements.agree(worker, case_id, plan)
    await matter.world.deliver()


async def send_more(matter: Matter) -> None:
    """A file through the page that Telegram does not see."""
    desk = matter.world.parts.desk
    token = await desk.uploads.make(matter.member.id, matter.case_id)
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("files", pdf(NEXT_INSIDE), filename=NEXT_FILE)
    url = f"{matter.world.parts.url}/files/{token}"
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
        assert answer.status == 200
    await matter.member.says("/cases")
    await matter.member.presses("等对方兑现")
    await matter.member.presses("材料")
    assert NEXT_FILE in await matter.member.presses("看看、删除")


async def talk_about_it(matter: Matter, duty: Actor) -> None:
    """To a human and back, with a picture and a file each way."""
    world, member, desk = matter.world, matter.member, matter.world.parts.desk
    # Later than the folder was opened: what is sent now belongs to the talk.
    world.clock.move(minutes=1)
    await member.presses("🙋 找人")
    await member.says(TALK)
    world.simulator.photo(member.id, "图.jpg", data=photo(), caption=CAPTION)
    await world.settle()
    await world.deliver()
    talk = await desk.talks.find_live(member.id)
    assert talk is not None
    matter.talk_id = talk.id
    await desk.talk_desk.claim(duty, talk.id)
    await desk.talk_desk.note(duty, talk.id, ASIDE)
    enclosed = read_file("表.pdf", b"%PDF-1.4 " + ENCLOSED)
    await desk.talk_desk.reply(duty, talk.id, REPLY, enclosed)
    await world.deliver()


def raw_bytes(world: World) -> bytes:
    """Everything that the database keeps: its files with the WAL, or a dump of every row."""
    url = sa.engine.make_url(world.settings.database.url)
    if url.get_backend_name() == "sqlite":
        place = Path(url.database or "")
        kept = sorted(place.parent.glob(f"{place.name}*"))
        assert any(one.name.endswith("-wal") for one in kept)
        return b"".join(file.read_bytes() for file in kept)
    dump = ["pg_dump", "--data-only", "--format=plain", world.settings.database.url]
    return subprocess.run(dump, check=True, capture_output=True).stdout


def sealed_copy(world: World, folder: Path) -> Path:
    """A backup as the program makes it."""
    place = Place(folder, keys.load(databases.keys_file()))
    return backup(world.settings.database.url, place, world.clock.now())


def opened_copy(copy: Path) -> bytes:
    target = io.BytesIO()
    with copy.open("rb") as source:
        open_file(source, target, keys.load(databases.keys_file()).backups)
    return target.getvalue()


def payloads(world: World) -> list[tuple[int, str]]:
    """Every call of ours: for which chat, and all that it said."""
    return [
        (int(call["payload"].get("chat_id", 0)), json.dumps(call["payload"], ensure_ascii=False))
        for call in world.simulator.calls.since(0)
    ]


async def test_what_belongs_to_a_matter_is_in_no_log_no_table_and_no_copy(
    world: World, logged: io.StringIO, tmp_path: Path
) -> None:
    matter = await a_matter(world)
    assert found(logged.getvalue().encode()) == set()
    assert found(raw_bytes(world)) == set()
    copy = sealed_copy(world, tmp_path / "copies")
    assert found(copy.read_bytes()) == set()
    # Nor does the number of the account lead from the matter to its member.
    kept = checks.contents(world)
    matters = str([kept[name] for name in ("cases", "case_identities", "case_facts", "audit")])
    assert str(matter.member.id) not in matters
    # It is there, for who works on it: nothing was simply thrown away.
    await everything_is_there(matter)
    only_the_member_is_told(matter)


def only_the_member_is_told(matter: Matter) -> None:
    """What goes through Telegram goes to the member, and what staff keep to themselves nowhere."""
    world, seen = matter.world, set[str]()
    for chat, said in payloads(world):
        words = {text for text in EVERYTHING if text in said}
        assert not words or chat == matter.member.id, f"chat {chat} was told {words}"
        assert not words & {*AMONG_STAFF}, f"the member was told {words & {*AMONG_STAFF}}"
        seen |= words
    # The control: the member's own words come back for checking, and staff's reach the member.
    assert {STORY, EMPLOYER, NAME, PHONE, REACH, REPLY, PLACE, WHAT, NEXT_FILE} <= seen
    # Staff were told, and it says nothing: not on whose matter, and not on which.
    for phone in (matter.lead, matter.worker):
        heard = [said for chat, said in payloads(world) if chat == phone.id]
        assert any("等您处理" in said for said in heard)
        for secret in (matter.case_id, str(matter.member.id), "李强"):
            assert not any(secret in said for said in heard)


async def test_unsealed_each_of_them_would_be_found(
    blank: Path, tmp_path: Path, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same matter with a cipher that does nothing, and a log that talks."""
    monkeypatch.setattr("storage.vault.AESGCM", _Nothing)
    async with AsyncExitStack() as stack:
        url = stack.enter_context(databases.sqlite(blank, tmp_path))
        world = await stack.enter_async_context(
            start_world(url, clock, mode="polling", knowledge=KNOWLEDGE)
        )
        await a_matter(world)
        assert found(raw_bytes(world)) == {*EVERYTHING}
        copy = sealed_copy(world, tmp_path / "copies")
        assert found(copy.read_bytes()) == set()
        assert found(opened_copy(copy)) == {*EVERYTHING}


def test_a_log_that_talks_would_be_found(logged: io.StringIO) -> None:
    structlog.get_logger("bot").info("heard", text=STORY)
    assert found(logged.getvalue().encode()) == {STORY}


class _Nothing:
    """A cipher that leaves everything as it is."""

    def __init__(self, _key: bytes) -> None:
        pass

    def encrypt(self, _nonce: bytes, data: bytes, _bound: bytes | None) -> bytes:
        return data + bytes(16)

    def decrypt(self, _nonce: bytes, data: bytes, _bound: bytes | None) -> bytes:
        return data[:-16]


async def everything_is_there(matter: Matter) -> None:
    """Whoever works on it reads all of it."""
    worker, database = matter.cases.worker, matter.world.parts.database
    file = await matter.cases.desk.open(worker, matter.case_id)
    reader = TalkReader(database, matter.world.clock, HOURS, POLICY)
    duty = matter.cases.district
    talk = await reader.get(duty, matter.talk_id)
    async with database.open_read() as work:
        kept = await work.evidence.list_of(Owner(case_id=matter.case_id))
        inside = b"".join([await work.evidence.read(one.id) for one in kept])
    files = [one.file for one in talk.said if one.file is not None]
    sent = [await reader.read_file(duty, matter.talk_id, one.id) for one in files]
    folder = await matter.world.parts.desk.evidence.look(
        matter.member.id, matter.case_id, Kind.OTHER
    )
    said = f"{file} {talk} {folder}".encode()
    assert found(said + inside + b"".join(one.data for one in sent)) >= {*EVERYTHING}
