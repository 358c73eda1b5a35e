"""Quiz polls: one answer for good, closed by the clock or by the bot, told as Telegram tells."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from simulator import Refused, Running
from tests.simulator.conftest import HandClock

JSON = dict[str, Any]
Api = Callable[..., Coroutine[Any, Any, JSON]]


async def asked(api: Api, group: int, **more: Any) -> JSON:
    sent = await api(
        "sendPoll",
        chat_id=group,
        question="纸盒是什么垃圾？",
        options=[{"text": "可回收物"}, {"text": "其他垃圾"}],
        **{"type": "quiz", "is_anonymous": False, "correct_option_ids": [0], **more},
    )
    message: JSON = sent["result"]
    return message


async def updates(api: Api, kind: str) -> list[JSON]:
    return [one[kind] for one in (await api("getUpdates"))["result"] if kind in one]


@pytest.fixture
def group(server: Running, user: int) -> int:
    return server.simulator.add_group("班组群", [user])


async def test_an_answer_to_a_quiz_is_for_good(
    api: Api, server: Running, user: int, group: int
) -> None:
    sim = server.simulator
    message = await asked(api, group)
    sim.vote(user, message["message_id"], [1])
    for options in ([0], []):
        with pytest.raises(Refused):
            sim.vote(user, message["message_id"], options)
    stranger = sim.add_user("李强")
    with pytest.raises(Refused):
        sim.vote(stranger, message["message_id"], [0])
    (answer,) = await updates(api, "poll_answer")
    assert (answer["user"]["id"], answer["option_ids"]) == (user, [1])
    (told,) = await updates(api, "poll")
    assert [option["voter_count"] for option in told["options"]] == [0, 1]
    (shown,) = sim.group_screen(group)["messages"]
    assert shown["media"]["votes"] == {str(user): [1]}
    # A control: in an ordinary poll the vote can be changed.
    plain = await asked(api, group, type="regular", correct_option_ids=None)
    sim.vote(user, plain["message_id"], [1])
    sim.vote(user, plain["message_id"], [0])


async def test_a_poll_closes_when_its_time_is_over(
    api: Api, server: Running, user: int, group: int, clock: HandClock
) -> None:
    sim = server.simulator
    message = await asked(api, group, open_period=20)
    clock.now += 19
    assert sim.close_polls() == 0
    clock.now += 1
    with pytest.raises(Refused):
        sim.vote(user, message["message_id"], [0])
    assert sim.close_polls() == 0
    (told,) = await updates(api, "poll")
    assert told["is_closed"] is True
    assert sim.group_screen(group)["messages"][0]["media"]["closed"] is True
    again = await api("stopPoll", chat_id=group, message_id=message["message_id"])
    assert "poll has already been closed" in again["description"]
