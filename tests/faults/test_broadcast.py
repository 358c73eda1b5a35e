"""S3: a broadcast from the form to the call sheet, with kill -9 in the middle of sending.

The real program as a process, staff over HTTP, Telegram as the simulator.
"""

from __future__ import annotations

import asyncio
import html
import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.outbox import PushState, State
from storage.tables import outbox
from tests import databases
from tests.console.visiting import Browser
from tests.faults.office import CORRECTION, IN_FLIGHT, TEXT, TITLE, Office, office, ok, sent_off
from tests.faults.support import percentile, sized

pytestmark = pytest.mark.faults

BLOCKED, GONE, LOST = sized(60), sized(40), 3
_CHANCE = random.Random(7)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(
    request: pytest.FixtureRequest, tmp_path: Path, blank: Path, postgres_template: str | None
) -> Iterator[str]:
    if request.param == "sqlite":
        with databases.sqlite(blank, tmp_path) as made:
            yield made
        return
    if postgres_template is None:
        pytest.skip("no PostgreSQL on 127.0.0.1:5432")
    with databases.postgres(postgres_template) as made:
        yield made


def misbehave(made: Office) -> None:
    """Telegram as it is: some blocked the bot, some are gone, a refusal, lost replies."""
    simulator, people = made.simulator, made.members
    # Spread over the list, but for the first few, which must tell that all is well.
    blocked, gone = people[60 : 60 + BLOCKED], people[-GONE:]
    for who, what in ((blocked, "bot was blocked by the user"), (gone, "user is deactivated")):
        for one in who:
            simulator.fault("sendMessage", "403", times=-1, chat_id=one, description=what)
    for one in people[55 : 55 + LOST]:
        simulator.fault("sendMessage", "drop_after", chat_id=one)


async def killed(made: Office, share: float = 1 / 3) -> None:
    """kill -9 when so many have it, and a new start."""
    await made.arrived(round(len(made.members) * share))
    # Counting keeps the simulator busy: what was fetched meanwhile lies in its sockets and would
    # arrive, whenever the kill comes. It catches up first.
    await asyncio.sleep(_CHANCE.uniform(0.02, 0.08))
    assert made.program.process is not None
    made.program.process.kill()
    await made.program.ended()
    await made.program.start()
    await made.answers()


async def asks(made: Office, until: asyncio.Event) -> list[float]:
    """A member asks again and again while it is being sent; how long each answer took."""
    loop, waits = asyncio.get_running_loop(), []
    person = made.simulator.add_user("提问的人")
    made.simulator.start(person)
    while not until.is_set():
        await asyncio.sleep(0.3)
        before, begun = len(made.texts(person)), loop.time()
        made.simulator.say(person, "老板三个月没发工资了")
        with suppress(TimeoutError):
            async with asyncio.timeout(20):
                while len(made.texts(person)) == before:
                    await asyncio.sleep(0.01)
                waits.append(loop.time() - begun)
    return waits


async def test_a_broadcast_survives_a_kill_and_its_ledger_adds_up(
    tmp_path: Path, url: str
) -> None:
    async with office(tmp_path, url) as made:
        people = len(made.members)
        writer, _ = await sent_off(made)
        misbehave(made)
        over = asyncio.Event()
        asking = asyncio.create_task(asks(made, over))
        await killed(made)
        # Telegram refuses once: nothing goes until its time is over.
        made.simulator.fault("sendMessage", "429", retry_after=2)
        await made.arrived(people // 2)
        await ok(await writer.post(f"{made.path}/pause"))
        held = made.copies().total()
        await asyncio.sleep(2)
        assert made.copies().total() <= held + 1.0 * 400, "a second's worth at the most"
        still = made.copies().total()
        await asyncio.sleep(1)
        assert made.copies().total() == still, "paused is paused"
        assert await made.state() is PushState.PAUSED
        await ok(await writer.post(f"{made.path}/resume"))
        await made.arrived(people - BLOCKED - GONE - max(people // 30, 10))
        await ok(await writer.post(f"{made.path}/cancel", {"confirm_name": TITLE}))
        await made.becomes(PushState.CANCELLED, PushState.FINISHED)
        over.set()
        waits = await asking
        counts, copies = await made.counts(), made.copies()
        extra = copies.total() - len(copies)
        print(f"{counts}, {extra} copies too many, answers p95 {percentile(waits, 0.95):.2f} s")
        await adds_up(made, counts, copies)
        assert extra <= LOST + 2 * IN_FLIGHT
        assert waits, "nobody was answered while it was being sent"
        # Never over while something waits.
        assert not [one for one in made.seen if one[0] == "finished" and one[1]]
        await corrected(made, writer, copies)
        await called(made, writer)


async def adds_up(made: Office, counts: dict[State, int], copies: Counter[int]) -> None:
    """Each recipient has exactly one row; who is `sent` has it, and who is not has not."""
    assert sum(counts.values()) == len(made.members)
    assert set(counts) <= {State.SENT, State.FAILED, State.UNKNOWN, State.CANCELLED}
    states = await fates(made)
    assert set(states) == set(made.members)
    sent = {member for member, state in states.items() if state is State.SENT}
    assert not sent - set(copies), "ticked off, and never arrived"
    silent = {
        one
        for one in copies
        if states[one] in (State.CANCELLED, State.FAILED) and made.members.index(one) >= 0
    }
    assert not silent, "arrived, and the ledger says that it did not"


async def fates(made: Office) -> dict[int, State]:
    """What the ledger says of each recipient."""
    async with made.database.open_read() as work:
        rows = await work._connection.execute(
            sa.select(outbox.c.member_id, outbox.c.state).where(
                outbox.c.kind == "broadcast.message"
            )
        )
        return {member: State(state) for member, state in rows}


async def corrected(made: Office, writer: Browser, copies: Counter[int]) -> None:
    """Whoever has the old words sees the new ones; who has not, gets nothing of the old."""
    await ok(await writer.post(f"{made.path}/correct"))
    async with made.database.open_read() as work:
        acts = await work.agreements.acts_of(made.number)
    (act,) = acts
    assert act.push_id is not None
    async with asyncio.timeout(300):
        while True:
            async with made.database.open_read() as work:
                push = await work.pushes.find(act.push_id)
            assert push is not None
            if push.state is PushState.FINISHED:
                break
            await asyncio.sleep(0.2)
    states = await fates(made)
    assert len(copies) > len(made.members) // 2
    for member, count in copies.items():
        texts = made.texts(member)
        assert any(CORRECTION in text for text in texts)
        if states[member] is State.SENT and count == 1:
            assert not any(TEXT in text for text in texts)


async def called(made: Office, writer: Browser) -> None:
    """The call sheet names whom it did not reach, with phones for who may see them."""
    page = html.unescape((await writer.get(f"{made.path}/calls")).text)
    assert "停用了机器人" in page and "张*" in page
    assert "张小明" not in page and not re.search(r"\b137\d{8}\b", page)
    taken = await writer.post(f"{made.path}/calls/export", {"format": "csv"})
    lines = taken.text.strip().splitlines()[1:]
    failed = (await made.counts()).get(State.FAILED, 0)
    assert len([one for one in lines if "停用了机器人" in one or "注销了账号" in one]) == failed


async def test_ticked_off_when_fetched_the_ledger_would_say_what_is_not_true(
    tmp_path: Path, url: str
) -> None:
    async with office(tmp_path, url, "ticked") as made:
        await sent_off(made)
        # What was fetched and not sent yet is lost: at one kill perhaps nothing, at many some.
        for nth in range(1, 25):
            await killed(made, nth / 27)
        await made.becomes(PushState.FINISHED)
        counts, copies = await made.counts(), made.copies()
        assert sum(counts.values()) == len(made.members)
        with pytest.raises(AssertionError, match="never arrived"):
            await adds_up(made, counts, copies)
