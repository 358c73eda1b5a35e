"""The commands of the knowledge base, as an editor runs them."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from tests.bot.books import ARREARS_FILE, ARREARS_ROW, Books, make

runner = CliRunner()


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return make(tmp_path)


def run(books: Books, *words: str) -> Result:
    return runner.invoke(app, ["knowledge", *words, "--folder", str(books.folder)])


def test_due_lists_by_day_and_is_no_failure(books: Books) -> None:
    path = books.folder / ARREARS_FILE
    text = path.read_text(encoding="utf-8").replace("2026-11-01", "2020-01-01")
    path.write_text(text, encoding="utf-8")
    done = run(books, "due", "--days", "0")
    assert done.exit_code == 0
    assert f"{path}:6" in done.stdout
    assert "2020-12-31" in done.stdout
    assert "已过" in done.stdout
    assert run(books, "due", "--days", "-1").exit_code == 2


def test_an_import_is_shown_first_and_written_on_demand(books: Books, tmp_path: Path) -> None:
    file = tmp_path / "again.xlsx"
    assert run(books, "export", str(file)).exit_code == 0
    assert run(books, "export", str(file)).exit_code == 2
    assert run(books, "export", str(file), "--overwrite").exit_code == 0
    done = run(books, "import", str(file))
    assert (done.exit_code, "没有要写入的改动" in done.stdout) == (0, True)

    books.set("条目", "简答", ARREARS_ROW, "能要回来。")
    before = books.files()
    done = run(books, "import", str(books.path))
    assert (done.exit_code, "这是预演" in done.stdout) == (0, True)
    assert books.files() == before
    done = run(books, "import", str(books.path), "--apply")
    assert (done.exit_code, f"已写入 {books.folder / ARREARS_FILE}" in done.stdout) == (0, True)
    assert "能要回来。".encode() in books.files()[ARREARS_FILE]


def test_faults_are_told_with_sheet_and_row_and_exit_2(books: Books) -> None:
    books.set("条目", "地区", ARREARS_ROW, "上海")
    before = books.files()
    done = run(books, "import", str(books.path), "--apply")
    assert done.exit_code == 2
    assert done.stderr.startswith(f"条目:{ARREARS_ROW}: C{ARREARS_ROW} wage.arrears: ")
    assert books.files() == before


def test_check_still_tells_faults_with_file_and_line(books: Books) -> None:
    assert run(books, "check").exit_code == 0
    (books.folder / ARREARS_FILE).write_text("kaputt", encoding="utf-8")
    done = run(books, "check")
    assert done.exit_code == 2
    assert f"{ARREARS_FILE}:1: " in done.stdout
