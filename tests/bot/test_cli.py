"""The command line: what it prints, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner, Result

from bot import cli
from domain.outbox import Notice
from storage.database import Database
from storage.migrate import head
from tests import databases
from tests.conftest import KNOWLEDGE

ROOT = Path(__file__).parent.parent.parent
TOKEN = "7000000009:abcdefghijklmnopqrstuvwxyz-0123456789"
WAGES = "老板三个月没发工资了"
NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
COMMANDS: list[list[str]] = []


def _collect(command: Any, path: list[str]) -> None:
    COMMANDS.append(path)
    for name, inner in getattr(command, "commands", {}).items():
        _collect(inner, [*path, name])


_collect(typer.main.get_command(cli.app), [])


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("NUANXIN_"):
            monkeypatch.delenv(name)


@pytest.fixture
def config(tmp_path: Path, blank: Path) -> Path:
    """Good settings with a database of their own."""
    with databases.sqlite(blank, tmp_path) as url:
        path = tmp_path / "config.toml"
        path.write_text(
            f'[telegram]\ntoken = "{TOKEN}"\napi_url = "http://127.0.0.1:1"\n'
            f'[database]\nurl = "{url}"\n[web]\nport = 0\n'
            f'[keys]\nfile = "{databases.keys_file()}"\n'
            f'[knowledge]\nfolder = "{KNOWLEDGE}"\n'
            f'[backup]\nfolder = "{tmp_path}/copies"\nkeep = 2\n',
            "utf-8",
        )
        return path


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: list[str]) -> None:
    told = run(*command, "--help").stdout
    assert "Usage:" in told
    # A sentence of its own, below the line on usage.
    assert told.split("\n\n")[1].strip().endswith((".", "start="))


def test_the_promised_commands_are_there() -> None:
    names = {command[0] for command in COMMANDS if command}
    assert {
        "serve",
        "demo",
        "migrate",
        "check-config",
        "ask",
        "backup",
        "restore",
        "version",
    } <= names


def test_the_version_names_program_and_schema() -> None:
    number = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert run("version").stdout == f"nuanxin {number}, schema {head()}\n"


def test_module_and_console_script_are_one_program() -> None:
    outputs = {
        subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
        for command in (
            [sys.executable, "-m", "bot", "version"],
            [str(Path(sys.executable).parent / "nuanxin"), "version"],
        )
    }
    assert len(outputs) == 1


def test_without_a_command_the_help_is_shown() -> None:
    result = CliRunner().invoke(cli.app, [])
    assert result.exit_code == 2
    assert "check-config" in result.output


def test_good_settings_are_said_to_be_good(config: Path) -> None:
    assert run("check-config", "--config", config).stdout == f"{config}: good\n"


def test_bad_settings_are_told_on_standard_error_with_exit_code_2(config: Path) -> None:
    config.write_text(f'[telegram]\ntoken = "{TOKEN}"\n[web]\nport = 70000\nprot = 1\n', "utf-8")
    for command in ("check-config", "serve", "migrate", "backup", "quarantine"):
        result = run(command, "--config", config, code=2)
        assert result.stdout == ""
        assert result.stderr.splitlines() == [
            f"{config}:4: web.port: Input should be less than or equal to 65535",
            f"{config}:5: web.prot: unknown key; did you mean port?",
        ]


def test_a_missing_settings_file_ends_with_2(tmp_path: Path) -> None:
    assert "cannot be read" in run("serve", "--config", tmp_path / "no", code=2).stderr


def test_an_unreachable_telegram_ends_with_4_and_no_token(config: Path) -> None:
    result = run("serve", "--config", config, code=4)
    assert "Telegram cannot be reached" in result.stderr
    assert TOKEN not in result.output


def test_an_unusable_database_ends_with_4(config: Path) -> None:
    config.write_text(
        f'[telegram]\ntoken = "{TOKEN}"\n'
        '[database]\nurl = "postgresql://postgres@127.0.0.1:1/nothing"\n',
        "utf-8",
    )
    assert "the database cannot be used" in run("quarantine", "--config", config, code=4).stderr


def test_migrating_names_the_schema_that_was_reached(config: Path) -> None:
    assert run("migrate", "--config", config).stdout == f"schema {head()}\n"


def test_a_question_is_decided_and_explained() -> None:
    told = run("ask", "--folder", KNOWLEDGE, WAGES).stdout
    assert "decision  answer" in told
    assert "wage.arrears" in told
    assert "拖欠工资怎么要" in told


def test_a_batch_gives_one_object_a_line(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "text": WAGES},
        {"id": 2, "text": "工伤"},
        {"id": "三", "text": "asdf qwer"},
        {"id": "4", "text": ""},
        {"id": "5", "text": "我想死"},
    ]
    path = tmp_path / "rows.jsonl"
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text(text + "\n\n", "utf-8")
    told = run("ask", "--folder", KNOWLEDGE, "--batch", path).stdout
    found = [json.loads(line) for line in told.splitlines()]
    assert [row["id"] for row in found] == ["1", 2, "三", "4", "5"]
    assert [row["decision"] for row in found] == ["answer", "choices", "none", "none", "answer"]
    assert all(set(row) >= {"id", "decision", "entries", "scores", "ms"} for row in found)
    assert found[0]["entries"][0] == "wage.arrears"
    assert all(len(row["entries"]) == len(row["scores"]) <= 5 for row in found)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b'{"id": "1", "text": "a"}\n{"id": "2"\n[]\n{"id": "4"}\n', ["2", "3", "4"]),
        ("工资".encode("gbk"), ["1"]),
    ],
)
def test_a_bad_batch_names_every_bad_line(tmp_path: Path, raw: bytes, told: list[str]) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(raw)
    result = run("ask", "--folder", KNOWLEDGE, "--batch", path, code=2)
    assert [line.split(":")[1] for line in result.stderr.splitlines()] == told
    assert result.stdout == ""


def test_asking_wants_a_question_or_a_batch(tmp_path: Path) -> None:
    run("ask", "--folder", KNOWLEDGE, code=2)
    run("ask", "--folder", KNOWLEDGE, "--batch", tmp_path / "x", WAGES, code=2)
    run("ask", "--folder", KNOWLEDGE, "--batch", tmp_path / "no such file", code=2)


def test_asking_a_broken_knowledge_base_names_the_faults(tmp_path: Path) -> None:
    assert "topics.toml" in run("ask", "--folder", tmp_path, WAGES, code=2).stderr


def test_a_good_knowledge_base_ends_with_0() -> None:
    assert "entries" in run("knowledge", "check", "--folder", KNOWLEDGE).stdout


def test_a_faulty_knowledge_base_ends_with_2_and_names_every_fault(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE, folder)
    (folder / "entries" / "wage" / "minimum.md").write_text("没有标题\n", "utf-8")
    (folder / "entries" / "waste" / "kitchen.md").write_bytes("# 题".encode("gbk"))
    told = run("knowledge", "check", "--folder", folder, code=2).stdout
    assert "entries/wage/minimum.md:1: " in told
    assert "entries/waste/kitchen.md:1: " in told
    assert "faults" in told.splitlines()[-1]


def test_a_link_is_made_and_printed(config: Path) -> None:
    told = run("link", "entry", "wage.arrears", "--days", "7", "--config", config).stdout
    assert len(told.split()[0]) == 16
    run("link", "house", "wage.arrears", "--config", config, code=2)
    run("link", "entry", "wage.arrears", "--days", "0", "--config", config, code=2)


def test_an_empty_quarantine_is_listed_and_an_unknown_update_refused(config: Path) -> None:
    assert run("quarantine", "--config", config).stdout == "0 in quarantine\n"
    result = run("quarantine", "--replay", "7", "--config", config, code=2)
    assert result.stderr == "7 is not in quarantine\n"


def test_backup_and_restore_through_the_command_line(config: Path, tmp_path: Path) -> None:
    copy = Path(run("backup", "--config", config).stdout.strip())
    assert copy.parent == tmp_path / "copies"
    assert copy.stat().st_mode & 0o077 == 0
    told = run("restore", copy, "--yes", "--config", config).stdout
    assert f"restored from {copy}" in told
    assert "the data of before is in " in told
    declined = CliRunner().invoke(
        cli.app, ["restore", str(copy), "--config", str(config)], input="n\n"
    )
    assert declined.exit_code == 1


def test_after_a_restore_nothing_goes_by_itself_that_was_on_its_way(config: Path) -> None:
    url = tomllib.loads(config.read_text("utf-8"))["database"]["url"]
    asyncio.run(_tell(url))
    copy = run("backup", "--config", config).stdout.strip()
    # The control: without a restore it is there to be sent.
    assert asyncio.run(_claimed(url)) == 1
    told = run("restore", copy, "--yes", "--config", config).stdout
    assert "1 messages were on their way then" in told
    assert asyncio.run(_claimed(url)) == 0


async def _tell(url: str) -> None:
    database = Database(url)
    async with database.open_work() as work:
        await work.outbox.add(Notice("message", 1, "t", NOW, {"text": "x"}))
        await work.commit()
    await database.close()


async def _claimed(url: str) -> int:
    database = Database(url)
    async with database.open_work() as work:
        claims = await work.claims.claim(NOW, NOW, 10, "t", timedelta(seconds=60))
    await database.close()
    return len(claims)


def test_restoring_nonsense_ends_with_2(config: Path, tmp_path: Path) -> None:
    result = run("restore", tmp_path / "none.db", "--yes", "--config", config, code=2)
    assert "there is no such file" in result.stderr
