"""The demo: one command, one line, a phone page that answers, and a clean end."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from bot.demo import demonstrating, read_content
from domain.outbox import PushState, State

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def free_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUANXIN_DEMO_PORT", "0")
    monkeypatch.setenv("NUANXIN_WEB__PORT", "0")


async def test_the_demo_command_prints_its_address_answers_and_stops_when_told() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        assert line.startswith("phone page: http://127.0.0.1:")
        url = line.removeprefix("phone page: ").strip()
        second = (await process.stdout.readline()).decode()
        assert second.startswith("console: http://127.0.0.1:")
        console = second.removeprefix("console: ").strip()
        async with aiohttp.ClientSession() as http:
            door = await http.get(console)
            assert door.url.path == "/console/sign-in"
            assert "演示登录" in await door.text()
        async with aiohttp.ClientSession(url) as http:
            page = await http.get("/")
            assert page.status == 200
            people = await (await http.get("/sim/users")).json()
            assert people
            member = f"/sim/users/{people[0]['id']}"
            await http.post(f"{member}/say", json={"text": "老板三个月没发工资了"})
            assert (await (await http.post("/sim/settle", json={})).json())["settled"]
            screen = await (await http.get(f"{member}/screen")).json()
        assert "工资" in screen["messages"][-1]["text"]
        assert "👍 有用" in str(screen["messages"][-1]["buttons"])
        process.send_signal(signal.SIGTERM)
        rest, _ = await asyncio.wait_for(process.communicate(), 30)
        assert rest == b""
        assert process.returncode == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_demo_marks_its_particulars_as_invented_and_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with demonstrating() as (url, parts):
        assert parts.desk.union.is_demo
        assert parts.content.knowledge.current is not None
        place = Path(parts.database.url.database or "")
        assert place.is_file()
        port = int(url.rpartition(":")[2])
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) == 0
    assert not place.parent.exists()


async def test_the_demo_has_a_broadcast_that_was_sent_and_its_figures_add_up() -> None:
    sent = read_content("demo_broadcasts")
    async with demonstrating() as (url, parts):
        async with parts.database.open_read() as work:
            (one,) = await work.broadcasts.list_in(PushState.FINISHED)
            assert one.push is not None
            counts = await work.outbox.counts(one.push.id)
            failures = await work.outbox.failures(one.push.id)
            pressed = await work.broadcast_reach.count_pressed(one.push.id)
            hours = await work.broadcast_reach.by_hour(one.push.id)
            calls, total = await work.broadcast_calls.page(
                one.id, one.push.id, one.audience, offset=0, limit=99
            )
        assert one.title.startswith("（演示）") and "【演示】" in one.content.text
        assert sum(counts.values()) == one.push.recipients == sent["members"]["count"]
        assert counts[State.SENT] == one.push.recipients - sum(
            end["count"] for end in sent["ends"]
        )
        assert failures == {"blocked": 6, "deactivated": 2, "ambiguous": 3, "topic": 5}
        assert pressed == sum(sent["pressed"])
        assert len(hours) == len(sent["pressed"])
        assert total >= 11 and any(call.outcome for call in calls)
        # Of a crowd nobody wants to see the phones.
        async with aiohttp.ClientSession(url) as http:
            people = await (await http.get("/sim/users")).json()
        assert not [person for person in people if person["name"].startswith("演示会员")]


async def test_a_port_that_is_taken_is_not_insisted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]
        monkeypatch.setenv("NUANXIN_DEMO_PORT", "")
        monkeypatch.setattr("bot.demo._PHONE_PORT", taken)
        async with demonstrating() as (url, _):
            assert not url.endswith(f":{taken}")
