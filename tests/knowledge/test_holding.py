"""Reloading: a faulty folder never replaces a good library (R23)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge import Knowledge
from tests.knowledge.conftest import TODAY

PAGE = "entries/wage/arrears.md"


def _spoil_text(old: str, new: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / PAGE
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


def _spoil_bytes(change: Callable[[bytes], bytes], name: str = PAGE) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / name).write_bytes(change((folder / name).read_bytes()))

    return spoil


def _copy_over(folder: Path) -> None:
    text = (folder / PAGE).read_text(encoding="utf-8")
    (folder / "entries/hours/overtime.md").write_text(text, encoding="utf-8")


def _no_figures(folder: Path) -> None:
    (folder / "figures.toml").unlink()


CORRUPTIONS: dict[str, Callable[[Path], None]] = {
    "another encoding": _spoil_bytes(lambda raw: raw.decode().encode("gbk")),
    "half a file": _spoil_bytes(lambda raw: raw[: len(raw) // 2]),
    "an empty file": _spoil_bytes(lambda raw: b""),
    "a huge file": _spoil_bytes(lambda raw: raw + b"x" * 1_100_000),
    "mixed newlines": _spoil_bytes(lambda raw: raw.replace(b"\n", b"\r\n", 3)),
    "a tab": _spoil_text("留好证据", "留好\t证据"),
    "a section missing": _spoil_text("## 依据", "## 凭据"),
    "an unknown figure": _spoil_text("minimum_wage", "no_such_figure"),
    "a dead button": _spoil_text("hours.overtime", "hours.gone"),
    "an answer too long": _spoil_text("可以要回来。", "可以要回来。" * 200),
    "an id twice": _copy_over,
    "figures that are no TOML": _spoil_bytes(lambda raw: raw + b"[[", "figures.toml"),
    "figures gone": _no_figures,
}


def held(folder: Path) -> Knowledge:
    knowledge = Knowledge(folder, lambda: TODAY)
    assert knowledge.current is None
    assert knowledge.reload() == ()
    return knowledge


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_faulty_folder_leaves_the_last_good_library(folder: Path, name: str) -> None:
    knowledge = held(folder)
    good = knowledge.current
    CORRUPTIONS[name](folder)
    faults = knowledge.reload()
    assert faults
    assert all(fault.path and fault.line >= 1 and fault.reason for fault in faults)
    assert knowledge.current is good


def test_a_sound_change_replaces_the_library(folder: Path) -> None:
    knowledge = held(folder)
    good = knowledge.current
    _spoil_text("可以要回来", "能要回来")(folder)
    assert knowledge.reload() == ()
    assert knowledge.current is not good
    page = knowledge.current.page("wage.arrears") if knowledge.current else None
    assert page is not None
    assert page.answer.startswith("能要回来")
    # Who holds the old library goes on answering from the whole of it.
    old = good.page("wage.arrears") if good else None
    assert old is not None
    assert old.answer.startswith("可以要回来")


def test_a_mended_folder_is_taken_again(folder: Path) -> None:
    knowledge = held(folder)
    raw = (folder / PAGE).read_bytes()
    (folder / PAGE).write_bytes(b"")
    assert knowledge.reload()
    (folder / PAGE).write_bytes(raw)
    assert knowledge.reload() == ()


def test_a_first_start_without_a_good_folder_holds_nothing(tmp_path: Path) -> None:
    knowledge = Knowledge(tmp_path, lambda: TODAY)
    assert knowledge.reload()
    assert knowledge.current is None
