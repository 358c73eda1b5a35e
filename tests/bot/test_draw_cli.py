"""`draw verify`: a good record is good, a touched one is found out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from domain.draw import Entry, draw, new_seed, record

RUNNER = CliRunner()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    entries = [Entry(f"{number:012d}", 1 + number % 3, 1, ()) for number in range(20)]
    seed = new_seed()
    path = tmp_path / "draw.json"
    path.write_text(record("e", seed, entries, 8, [], draw(seed, entries, 8)), "utf-8")
    return path


def test_a_good_record_is_drawn_again(file: Path) -> None:
    done = RUNNER.invoke(app, ["draw", "verify", str(file)])
    assert (done.exit_code, done.output) == (0, "good: 8 winners, 12 in line\n")


def test_a_touched_record_and_a_bad_file_end_with_2(file: Path, tmp_path: Path) -> None:
    found = json.loads(file.read_text("utf-8"))
    found["winners"].reverse()
    file.write_text(json.dumps(found), "utf-8")
    done = RUNNER.invoke(app, ["draw", "verify", str(file)])
    assert done.exit_code == 2 and "other winners" in done.output
    for path, content in (("missing", None), ("binary", b"\xff\xfe"), ("empty", b"")):
        if content is not None:
            (tmp_path / path).write_bytes(content)
        done = RUNNER.invoke(app, ["draw", "verify", str(tmp_path / path)])
        assert done.exit_code == 2
