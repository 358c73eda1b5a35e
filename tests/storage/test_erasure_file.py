"""The copy of the ledger of erasures outside of the database: added to, read, never believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from storage.erasure_file import ErasureFile, ErasureFileFault
from storage.erasures import Erasure
from storage.vault import Vault
from tests import databases

AT = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


def line(mark: str, hours: int = 0, struck: int | None = None) -> Erasure:
    struck_at = None if struck is None else AT + timedelta(hours=struck)
    return Erasure(mark * 64, "phone", AT + timedelta(hours=hours), struck_at)


@pytest.fixture
def file(tmp_path: Path) -> ErasureFile:
    return ErasureFile(tmp_path / "nuanxin.db.erasures", databases.vault())


def test_what_is_added_is_read_and_added_once(file: ErasureFile) -> None:
    assert file.read().lines == {}
    assert file.add([line("a"), line("b")]) == 2
    assert file.add([line("a"), line("b")]) == 0
    assert file.read().lines == {"a" * 64: line("a"), "b" * 64: line("b")}
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_lines_are_only_added_and_the_latest_times_count(file: ErasureFile) -> None:
    file.add([line("a")])
    before = file.path.read_bytes()
    # They came back, and asked again to be forgotten.
    assert file.add([line("a", struck=2)]) == 1
    assert not file.read().lines["a" * 64].holds
    assert file.add([line("a", hours=5)]) == 1
    assert file.read().lines["a" * 64] == line("a", 5, 2)
    assert file.read().lines["a" * 64].holds
    # An older copy of the database tells it nothing new.
    assert file.add([line("a")]) == 0
    assert file.path.read_bytes().startswith(before)


@pytest.mark.parametrize("at", [3, 70, 90, 100, 140])
def test_a_line_that_was_changed_is_no_line_and_is_counted(file: ErasureFile, at: int) -> None:
    file.add([line("a"), line("b")])
    raw = bytearray(file.path.read_bytes())
    raw[at] = ord("9") if raw[at] != ord("9") else ord("8")
    file.path.write_bytes(raw)
    told = file.read()
    assert told.faulty == 1
    assert set(told.lines) == {"b" * 64}
    # The database has it still, and it is written again.
    assert file.add([line("a"), line("b")]) == 1
    assert set(file.read().lines) == {"a" * 64, "b" * 64}


def test_a_line_of_other_keys_is_not_believed(file: ErasureFile) -> None:
    forged = ErasureFile(
        file.path, Vault(replace(databases.RING, finding=sha256(b"other").digest()))
    )
    forged.add([line("a")])
    assert file.read().lines == {} and file.read().faulty == 1


def test_a_line_that_was_cut_off_spoils_no_other(file: ErasureFile) -> None:
    file.add([line("a")])
    file.add([line("b")])
    file.path.write_bytes(file.path.read_bytes()[:-40])
    assert set(file.read().lines) == {"a" * 64}
    assert file.add([line("c")]) == 1
    assert set(file.read().lines) == {"a" * 64, "c" * 64}


def test_garbage_is_passed_over(file: ErasureFile) -> None:
    file.path.write_bytes(b"\xff\x00 not a line\n\n" + bytes(range(256)) + b"\n")
    assert file.read().lines == {} and file.read().faulty > 0
    assert file.add([line("a")]) == 1
    assert set(file.read().lines) == {"a" * 64}


def test_a_place_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ErasureFileFault, match="file/x"):
        ErasureFile(tmp_path / "file" / "x", databases.vault()).read()
    with pytest.raises(ErasureFileFault, match="nowhere"):
        ErasureFile(tmp_path / "nowhere" / "x", databases.vault()).add([line("a")])
