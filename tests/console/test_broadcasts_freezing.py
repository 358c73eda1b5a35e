"""A broadcast to many in the console: the page tells how far its list is, and what went wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.broadcasts import Returned
from domain.outbox import PushState
from locales import load
from services.broadcasts import common, freezing
from tests.console.broadcast_house import Announcing
from tests.console.visiting import House


async def test_the_page_tells_how_far_the_list_is_and_lets_it_be_taken_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (common, freezing):
        monkeypatch.setattr(module, "CHUNK", 10)
    announcing = Announcing(house)
    author = await announcing.author(house.north, "宣传小孙")
    second = await announcing.author(house.north, "审批老王")
    await announcing.members(house.factory, 25)
    broadcast = await announcing.draft(house.factory, author.actor)
    await announcing.arrives(author, broadcast)
    path = f"/broadcasts/{broadcast.id}"
    browser, other = await house.sits_down(author.account), await house.sits_down(second.account)
    assert (await browser.post(f"{path}/hand-in")).status == 303
    page = (await browser.get(path)).text
    assert "正在固定收信人名单" in page and "<b>10</b> / 25" in page and "撤回修改" in page
    assert "暂停" not in page and "逐人记录" not in page
    board = await browser.get(f"{path}/progress")
    assert board.headers["X-State"] == "freezing" and "<b>10</b> / 25" in board.text
    assert "正在固定名单" in (await other.get("/broadcasts?state=approving")).text
    assert (await other.post(f"{path}/approve", {"count": "10"})).status == 422
    assert (await browser.post(f"{path}/take-back")).status == 303
    assert (await browser.post(f"{path}/hand-in")).status == 303
    await house.world.tick("broadcasts.freeze")
    # The page that is open hears of it and is read anew.
    assert (await browser.get(f"{path}/progress")).headers["X-State"] == "approving"
    assert (await other.post(f"{path}/approve", {"count": "25"})).status == 303
    found = await announcing.desk.get(author.actor, broadcast.id)
    assert found.state is PushState.APPROVED


async def test_every_reason_for_which_one_comes_back_has_its_words(
    house: House,
) -> None:
    announcing = Announcing(house)
    author = await announcing.author(house.north, "宣传小孙")
    browser = await house.sits_down(author.account)
    texts = load()
    broadcast = await announcing.draft(house.factory, author.actor)
    for returned in Returned:
        assert f"console_broadcasts.returned_{returned}" in texts.gaps
        async with announcing.database.open_work() as work:
            one = await work.broadcasts.find(broadcast.id)
            assert one is not None
            back = replace(one, returned=returned, return_note="broadcasts.too_few")
            await work.broadcasts.save(back)
            await work.commit()
        page = await browser.get(f"/broadcasts/{broadcast.id}")
        assert page.status == 200, returned
        if returned is Returned.NOT_MADE:
            assert "符合条件的会员太少" in page.text
            assert "broadcasts.too_few" not in page.text
