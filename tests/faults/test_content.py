"""R23, while running: a broken content file changes nothing; the repaired one is served."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.content import Content
from knowledge import Knowledge
from knowledge.overlay import Overlay
from tests import databases
from tests.conftest import KNOWLEDGE
from tests.world import MovableClock, World, start_world

_QUESTION = "老板三个月没发工资了"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE, copy)
    return copy


@pytest.fixture
async def world(
    mode: str, blank: Path, tmp_path: Path, clock: MovableClock, folder: Path
) -> AsyncIterator[World]:
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(url, clock, mode=mode, knowledge=folder) as started:
            yield started


async def test_the_last_good_version_answers_until_the_file_is_repaired(
    world: World, folder: Path
) -> None:
    person = await world.regular()
    file = folder / "entries" / "wage" / "arrears.md"
    good = file.read_text()
    for broken in (good.replace("编号：wage.arrears", "编号："), "", "\x00", "﻿" + good[:200]):
        file.write_text(broken)
        await world.tick("knowledge.reload")
        assert "《劳动合同法》第三十条" in await person.says(_QUESTION)
        assert await _metric(world, "nuanxin_knowledge_faults") >= 1
    file.write_text(good.replace("# 拖欠工资怎么要", "# 工资被拖欠怎么办"))
    await world.tick("knowledge.reload")
    assert "工资被拖欠怎么办" in await person.says(_QUESTION)
    assert await _metric(world, "nuanxin_knowledge_faults") == 0


@pytest.mark.parametrize("mode", ["polling"])
async def test_if_a_faulty_version_replaced_the_good_one_members_would_get_nothing(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await world.regular()
    reload = Knowledge.reload

    def replace(self: Knowledge, overlay: Overlay) -> object:
        faults = reload(self, overlay)
        if faults:
            self._current = None
        return faults

    monkeypatch.setattr(Knowledge, "reload", replace)
    (folder / "entries" / "wage" / "arrears.md").write_text("")
    await world.tick("knowledge.reload")
    assert "资料正在更新" in await person.says(_QUESTION)


@pytest.mark.parametrize("mode", ["polling"])
async def test_without_looking_at_the_files_the_repair_would_not_be_served(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await world.regular()
    monkeypatch.setattr(Content, "_signature", lambda self: self._seen)
    file = folder / "entries" / "wage" / "arrears.md"
    file.write_text(file.read_text().replace("# 拖欠工资怎么要", "# 工资被拖欠怎么办"))
    await world.tick("knowledge.reload")
    assert "工资被拖欠怎么办" not in await person.says(_QUESTION)


async def _metric(world: World, name: str) -> float:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{world.parts.url}/metrics") as response,
    ):
        lines = (await response.text()).splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"{name} ")))
