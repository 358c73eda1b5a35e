"""Outcomes, misses and new phrasings, as an editor sees them."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from bot.cli import app
from domain.ask import Verdict
from domain.clock import SystemClock
from knowledge import Knowledge
from services.ask import AskService
from storage.database import Database
from tests import databases
from tests.bot.books import ARREARS_FILE, Books, make
from tests.conftest import KNOWLEDGE

TOKEN = "7000000009:abcdefghijklmnopqrstuvwxyz-0123456789"
WAGES = "老板三个月没发工资了"
runner = CliRunner()


@pytest.fixture
def config(tmp_path: Path, blank: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("NUANXIN_"):
            monkeypatch.delenv(name)
    with databases.sqlite(blank, tmp_path) as url:
        path = tmp_path / "config.toml"
        path.write_text(
            f'[telegram]\ntoken = "{TOKEN}"\n[database]\nurl = "{url}"\n'
            f'[knowledge]\nfolder = "{KNOWLEDGE}"\n',
            "utf-8",
        )
        return path


def url_of(config: Path) -> str:
    return config.read_text("utf-8").split('url = "')[1].split('"')[0]


def ask(config: Path, texts: Sequence[str]) -> None:
    async def main() -> None:
        clock = SystemClock()
        knowledge = Knowledge(KNOWLEDGE, lambda: date(2026, 11, 25))
        assert knowledge.reload() == ()
        database = Database(url_of(config))
        service = AskService(database, knowledge, clock, b"k" * 32)
        for number, text in enumerate(texts):
            reply = await service.ask(text, number)
            await service.judge(reply.question_id, Verdict.HELPFUL)
        await database.close()

    asyncio.run(main())


def run(config: Path, *words: str) -> Result:
    return runner.invoke(app, ["knowledge", *words, "--config", str(config)])


def test_outcomes_are_a_table_or_json_without_any_question(config: Path) -> None:
    ask(config, [WAGES, WAGES])
    done = run(config, "outcomes")
    assert done.exit_code == 0
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("wage.arrears")]
    assert "2（100%）" in line
    assert line.endswith("拖欠工资怎么要")
    assert WAGES not in done.stdout
    told = json.loads(run(config, "outcomes", "--json", "--days", "1").stdout)
    assert told["pages"] == {"wage.arrears": {"answered": 2, "helpful": 2}}
    assert told["totals"] == {"asked": 2, "answered": 2, "helpful": 2}


def test_without_questions_the_tables_are_left_out(config: Path) -> None:
    done = run(config, "outcomes")
    assert (done.exit_code, "按条目" in done.stdout) == (0, False)
    assert run(config, "misses").exit_code == 0


def test_misses_show_words_only_of_large_clusters(config: Path) -> None:
    ask(config, ["asdf qwer"] * 4)
    assert "asdf" not in run(config, "misses").stdout
    ask(config, ["asdf qwer"] * 5)
    done = run(config, "misses")
    assert "1. 5 条" in done.stdout
    assert "“asdf qwer”" in done.stdout
    assert "asdf" not in run(config, "misses", "--at-least", "6").stdout


def test_the_setting_cannot_be_undercut(config: Path) -> None:
    done = run(config, "misses", "--at-least", "3")
    assert (done.exit_code, "privacy.cluster_size（5）" in done.stderr) == (2, True)
    config.write_text(config.read_text("utf-8") + "[privacy]\ncluster_size = 3\n", "utf-8")
    assert run(config, "misses", "--at-least", "3").exit_code == 0
    config.write_text(config.read_text("utf-8").replace("= 3", "= 1"), "utf-8")
    assert run(config, "misses").exit_code == 2


def test_a_database_of_another_schema_is_told(config: Path) -> None:
    engine = sa.create_engine(url_of(config))
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    engine.dispose()
    for command in ("outcomes", "misses"):
        done = run(config, command)
        assert (done.exit_code, "migrate" in done.stderr) == (2, True)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return make(tmp_path)


def add(books: Books, entry: str, text: str) -> Result:
    words = ["knowledge", "add-phrasing", entry, text, "--folder", str(books.folder)]
    return runner.invoke(app, words)


def test_a_phrasing_is_added_with_what_it_finds_before_and_after(books: Books) -> None:
    done = add(books, "wage.arrears", "辛苦钱压着不给结")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0].startswith("加之前：")
    assert "加之后：直接回答  wage.arrears（拖欠工资怎么要）" in done.stdout
    assert "- 辛苦钱压着不给结".encode() in books.files()[ARREARS_FILE]


def test_a_phrasing_of_another_entry_is_refused_with_its_place(books: Books) -> None:
    before = books.files()
    done = add(books, "wage.arrears", "加班费怎么算")
    assert (done.exit_code, books.files() == before) == (2, True)
    assert "entries/hours/overtime.md:" in done.stderr or ARREARS_FILE in done.stderr


def test_check_tells_a_lost_golden_question_and_fails(books: Books) -> None:
    golden = '"加班费怎么计算" = "hours.overtime"\n"今天天气怎么样" = "wage.arrears"\n'
    (books.folder / "golden.toml").write_text(golden, encoding="utf-8")
    done = runner.invoke(app, ["knowledge", "check", "--folder", str(books.folder)])
    assert done.exit_code == 2
    assert "golden.toml:2: " in done.stdout
    assert "golden.toml:1: " not in done.stdout
