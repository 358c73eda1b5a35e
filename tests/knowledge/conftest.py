"""A small knowledge folder of two entries that a test may break, and the real one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from domain.ask import Fault
from knowledge import ContentError, Library, load

TODAY = date(2026, 11, 22)
ROOT = Path(__file__).parents[2]

TOPICS = """
[[group]]
id = "money"
title = "工资"
topics = [{ id = "wage", title = "工资" }, { id = "hours", title = "工时" }]
"""
FIGURES = """
[[figure]]
name = "minimum_wage"
label = "最低工资"
unit = "元"
region = "北京"
source = "京人社劳发〔2025〕7 号"
values = [
    { from = 2023-09-01, to = 2025-08-31, value = 2420 },
    { from = 2025-09-01, value = 2540 },
]
"""
ENTRY = """# {title}

编号：{id}
地区：北京
适用：所有劳动者
复核：2026-11-01

## 简答
可以要回来。**先留证据**，最低工资是 {{{{minimum_wage}}}}。

## 怎么做
1. 留好证据
2. 找单位谈

## 依据
- 《劳动合同法》第三十条、第八十五条：应当及时足额支付

## 下一步
- {other} 看另一页
- @human 找人帮忙

## 问法
{phrasings}
"""
ARREARS = ("老板欠我三个月工资", "工资一直拖着不发", "工钱要不回来", "拖欠工资找谁")
OVERTIME = ("加班费怎么算", "周末加班给几倍", "天天加班不给加班费", "晚上加班有钱吗")


def entry(entry_id: str, title: str, other: str, phrasings: tuple[str, ...]) -> str:
    lines = "\n".join(f"- {phrasing}" for phrasing in phrasings)
    return ENTRY.format(id=entry_id, title=title, other=other, phrasings=lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound folder."""
    for topic in ("wage", "hours"):
        (tmp_path / "entries" / topic).mkdir(parents=True)
    (tmp_path / "topics.toml").write_text(TOPICS, encoding="utf-8")
    (tmp_path / "figures.toml").write_text(FIGURES, encoding="utf-8")
    arrears = entry("wage.arrears", "拖欠工资怎么要", "hours.overtime", ARREARS)
    overtime = entry("hours.overtime", "加班费怎么算", "wage.arrears", OVERTIME)
    (tmp_path / "entries/wage/arrears.md").write_text(arrears, encoding="utf-8")
    (tmp_path / "entries/hours/overtime.md").write_text(overtime, encoding="utf-8")
    return tmp_path


@pytest.fixture
def faults_of(folder: Path) -> Callable[[], tuple[Fault, ...]]:
    """The faults that loading the folder tells; none if it loads."""

    def told() -> tuple[Fault, ...]:
        try:
            load(folder, TODAY)
        except ContentError as error:
            return error.faults
        return ()

    return told


@pytest.fixture(scope="session")
def library() -> Library:
    """The knowledge that is shipped."""
    return load(ROOT / "knowledge", TODAY)
