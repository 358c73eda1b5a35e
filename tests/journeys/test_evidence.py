"""Evidence in the chat and through the page: one set one reply, strange files, the link."""

from __future__ import annotations

import hashlib
import io
from base64 import b64encode

import aiohttp
import pytest

from domain.cases.kinds import Kind
from domain.documents import Paper
from domain.evidence import MEGABYTE
from domain.refusal import Refusal
from tests.services import offices
from tests.services.case_files import CASE, REFUSALS, archive, file_case, pdf, photo
from tests.world import Person, World


async def with_case(world: World) -> Person:
    """A member with a case whose folder is open."""
    member = await world.regular()
    database, clock = world.parts.database, world.clock
    tree = await offices.plant(database, clock)
    await file_case(database, tree.town, member.id, clock.now())
    await world.parts.desk.evidence.begin(member.id, CASE)
    return member


async def files(world: World, member: Person) -> list[str]:
    found = await world.parts.desk.evidence.look(member.id, CASE, Kind.OTHER)
    return [one.label for one in found.files]


async def test_an_album_is_one_set_with_one_reply_even_at_full_speed(small_world: World) -> None:
    world = small_world
    member = await with_case(world)
    before = len(member.bot_messages())
    colors = ("red", "blue", "green", "white", "black", "gray", "pink", "gold", "cyan", "tan")
    for color in colors:
        world.simulator.photo(member.id, data=photo(color), album="7")
    await world.settle()
    assert len(member.bot_messages()) == before + 1
    assert "收到 10 个文件，编号 E01 到 E10" in await member.reads()
    assert len(await files(world, member)) == 10
    await member.presses("看看、删除")
    assert "E10" in await member.reads()
    assert "已把 10 个文件交给工作人员" in await pressed_done(member)


async def pressed_done(member: Person) -> str:
    await member.presses("回到材料")
    return await member.presses("交给工作人员")


async def test_strange_files_are_refused_with_what_to_do_instead(small_world: World) -> None:
    world = small_world
    member = await with_case(world)
    for name, (data, told) in REFUSALS.items():
        world.simulator.document(member.id, name, data=data)
        await world.settle()
        assert told in await member.reads(), name
    world.simulator.document(member.id, "a.pdf", size=25 * MEGABYTE)
    await world.settle()
    assert "超过 20 MB" in await member.reads()
    assert await files(world, member) == []
    # The control: a plain one goes in.
    world.simulator.document(member.id, "合同.pdf", data=pdf())
    await world.settle()
    assert "编号 E01" in await member.reads()


async def test_the_page_takes_files_once_without_script_and_says_nothing_of_whom(
    small_world: World,
) -> None:
    world = small_world
    member = await with_case(world)
    token = await world.parts.desk.uploads.make(member.id, CASE)
    url = f"{world.parts.url}/files/{token}"
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as answer:
            assert answer.status == 200
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; style-src 'sha256-")
            assert answer.headers["Cache-Control"] == "no-store"
            html = await answer.text()
        assert "<script" not in html
        style = html.partition("<style>")[2].partition("</style>")[0]
        digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
        assert CASE not in html and "7K3M" not in html
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("files", photo(), filename="<b>工资条</b>.jpg")
        form.add_field("files", archive(), filename="<img src=x>.zip")
        async with session.post(url, data=form) as answer:
            assert answer.status == 200
            html = await answer.text()
        assert "E01" in html
        assert "压缩包不能收" in html
        assert "<img" not in html and "&lt;img src=x&gt;" in html
        for again in (session.get(url), session.post(url, data=b"")):
            async with again as answer:
                assert answer.status == 410
                assert "已经用过了" in await answer.text()
        async with session.get(f"{world.parts.url}/files/{'x' * 43}") as answer:
            assert answer.status == 404
    assert await files(world, member) == ["E01"]


async def test_a_body_that_is_too_large_is_not_read_to_its_end(small_world: World) -> None:
    world = small_world
    member = await with_case(world)
    token = await world.parts.desk.uploads.make(member.id, CASE)
    form = aiohttp.FormData()
    form.add_field("files", io.BytesIO(b"\xff\xd8\xff" + bytes(21 * MEGABYTE)), filename="a.jpg")
    url = f"{world.parts.url}/files/{token}"
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
        assert answer.status == 422
        assert "超过 20 MB" in await answer.text()
    assert await files(world, member) == []


async def test_papers_come_as_files_for_their_own_member_only(small_world: World) -> None:
    world = small_world
    member = await with_case(world)
    await member.says("/cases")
    await member.presses("7K3M-P9QX")
    await member.presses("文书")
    await member.presses("调解申请书")
    await member.presses("PDF")
    (sent,) = world.calls("sendDocument")
    assert "劳动争议调解申请书-7K3M-P9QX.pdf" in str(sent)
    # The same button under the thumb of somebody else.
    documents = world.parts.desk.documents
    assert (await documents.for_member(member.id, CASE, Paper.REQUEST)).name == "王芳"
    other = await world.regular("赵六")
    with pytest.raises(Refusal, match=r"cases\.not_found"):
        await documents.for_member(other.id, CASE, Paper.REQUEST)
