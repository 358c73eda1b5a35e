"""Replacing files: tried out on a copy, then all of them or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from knowledge import ContentError, Library
from knowledge.replacing import read_seen, replace, try_out
from tests.knowledge.conftest import ROOT, TODAY

ONE, TWO, NEW = "entries/hours/overtime.md", "entries/wage/arrears.md", "entries/wage/new.md"


def state(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_trial_leaves_the_folder_alone(folder: Path) -> None:
    before = state(folder)
    text = before[ONE].decode().replace("加班费怎么算", "加班费是几倍")
    page = try_out(folder, {ONE: text}, TODAY).page("hours.overtime")
    assert page is not None
    assert page.title == "加班费是几倍"
    with pytest.raises(ContentError) as caught:
        try_out(folder, {ONE: "# 没有内容"}, TODAY)
    assert {fault.path for fault in caught.value.faults} == {ONE}
    assert state(folder) == before


def test_a_trial_without_changes_is_the_folder_itself(library: Library) -> None:
    # The digest covers every file that the loader reads: none may be missing from the copy.
    assert try_out(ROOT / "knowledge", {}, TODAY).digest == library.digest


def test_all_files_are_written_and_nothing_else(folder: Path) -> None:
    before = state(folder)
    (folder / ONE).chmod(0o640)
    replace(folder, {ONE: "一", TWO: "二", NEW: "新"}, read_seen(folder))
    changed = {ONE: "一".encode(), TWO: "二".encode(), NEW: "新".encode()}
    assert state(folder) == before | changed
    assert (folder / ONE).stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_if_one_file_cannot_be_replaced_none_is(
    folder: Path, failing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, seen = state(folder), read_seen(folder)
    real, calls = Path.replace, []

    def breaking(self: Path, target: Any) -> Path:
        calls.append(target)
        if len(calls) == failing + 1:
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", breaking)
    with pytest.raises(ContentError) as caught:
        replace(folder, {NEW: "新", ONE: "一", TWO: "二"}, seen)
    assert [fault.code for fault in caught.value.faults] == ["unwritable"]
    assert state(folder) == before


def test_a_full_disk_is_noticed_before_the_first_file_changes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, seen = state(folder), read_seen(folder)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("knowledge.replacing.os.fsync", full)
    with pytest.raises(ContentError):
        replace(folder, {ONE: "一", TWO: "二"}, seen)
    assert state(folder) == before


@pytest.mark.parametrize("meanwhile", ["changed", "gone", "there"])
def test_what_somebody_else_saved_meanwhile_is_not_lost(folder: Path, meanwhile: str) -> None:
    seen = read_seen(folder)
    if meanwhile == "changed":
        (folder / TWO).write_text("anders", encoding="utf-8")
    elif meanwhile == "gone":
        (folder / TWO).unlink()
    else:
        (folder / NEW).write_text("anders", encoding="utf-8")
    before = state(folder)
    with pytest.raises(ContentError) as caught:
        replace(folder, {ONE: "一", TWO: "二", NEW: "新"}, seen)
    assert {fault.code for fault in caught.value.faults} == {"changed"}
    assert state(folder) == before
