"""Serving content: changes are noticed, and a faulty version never replaces a good one."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from bot.content import Content
from bot.metrics import Metrics
from tests.conftest import KNOWLEDGE
from tests.logbook import recording

ENTRY = Path("entries") / "waste" / "kitchen.md"


class Served:
    """Content over a folder of its own, on a day that can be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.day = date(2026, 11, 25)
        self.metrics = Metrics()
        self.content = Content(folder, lambda: self.day, self.metrics)

    def gauge(self, name: str) -> float:
        return self.metrics.registry.get_sample_value(f"nuanxin_knowledge_{name}") or 0.0

    def title(self) -> str | None:
        library = self.content.knowledge.current
        page = library.page("waste.kitchen") if library else None
        return page.title if page else None


@pytest.fixture
def served(tmp_path: Path) -> Served:
    shutil.copytree(KNOWLEDGE, tmp_path / "knowledge")
    return Served(tmp_path / "knowledge")


async def test_nothing_is_loaded_again_while_nothing_changes(served: Served) -> None:
    served.content.load()
    first = served.content.knowledge.current
    assert first is not None
    assert not await served.content.reload_if_changed()
    assert served.content.knowledge.current is first
    assert served.gauge("entries") == len(first.entries)
    assert served.gauge("faults") == 0


async def test_a_changed_file_is_served_at_the_next_look(served: Served) -> None:
    served.content.load()
    path = served.folder / ENTRY
    path.write_text(
        path.read_text("utf-8").replace("# 厨余垃圾怎么投", "# 厨余怎么投才对"), "utf-8"
    )
    assert await served.content.reload_if_changed()
    assert served.title() == "厨余怎么投才对"


async def test_a_broken_file_leaves_the_last_good_version_and_is_told(served: Served) -> None:
    served.content.load()
    path = served.folder / ENTRY
    good = path.read_text("utf-8")
    with recording() as written:
        path.write_text("没有标题的半个文件", "utf-8")
        assert await served.content.reload_if_changed()
    assert served.title() == "厨余垃圾怎么投"
    assert served.gauge("faults") > 0
    assert "waste/kitchen.md:1" in written.getvalue()
    path.write_text(good, "utf-8")
    assert await served.content.reload_if_changed()
    assert served.gauge("faults") == 0


async def test_a_start_without_any_good_version_serves_nothing_until_it_is_repaired(
    served: Served,
) -> None:
    path = served.folder / ENTRY
    good = path.read_text("utf-8")
    path.write_text("没有标题的半个文件", "utf-8")
    with recording():
        served.content.load()
    assert served.content.knowledge.current is None
    assert served.gauge("entries") == 0
    path.write_text(good, "utf-8")
    assert await served.content.reload_if_changed()
    assert served.title() == "厨余垃圾怎么投"


async def test_a_new_day_is_a_change(served: Served) -> None:
    path = served.folder / ENTRY
    text = path.read_text("utf-8")
    path.write_text(text.replace("复核：", "失效：2026-11-25\n复核：", 1), "utf-8")
    served.content.load()
    assert served.title() == "厨余垃圾怎么投"
    served.day = date(2026, 11, 26)
    assert await served.content.reload_if_changed()
    assert served.title() is None


async def test_a_folder_that_vanishes_leaves_the_last_good_version(served: Served) -> None:
    served.content.load()
    shutil.rmtree(served.folder)
    with recording():
        assert await served.content.reload_if_changed()
    assert served.title() == "厨余垃圾怎么投"
