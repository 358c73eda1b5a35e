"""The commands of editing, as an operator types them beside a running bot."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot import keys
from bot.cli import app
from domain.editing import Kind, Version
from storage.database import Database
from tests import databases
from tests.editors import EDITOR, FREE, LEGAL, Office, small_folder
from tests.world import MovableClock

TOKEN = "7000000009:abcdefghijklmnopqrstuvwxyz-0123456789"
runner = CliRunner()


class Desk:
    """A config with a database, keys and a knowledge folder, and the commands on it."""

    def __init__(self, place: Path, url: str) -> None:
        self.folder = small_folder(place)
        self.url = url
        self.keys = place / "keys.toml"
        keys.new(self.keys)
        self.config = place / "config.toml"
        self.config.write_text(
            f'[telegram]\ntoken = "{TOKEN}"\n[database]\nurl = "{url}"\n'
            f'[keys]\nfile = "{self.keys}"\n[knowledge]\nfolder = "{self.folder}"\n',
            "utf-8",
        )

    def run(self, *words: str) -> Result:
        return runner.invoke(app, ["knowledge", *words, "--config", str(self.config)])

    def office(self, job: Callable[[Office], Awaitable[Version]]) -> Version:
        """What somebody does in the console meanwhile."""

        async def main() -> Version:
            database = Database(self.url, keys.open_vault(self.keys))
            clock = MovableClock(datetime.now(UTC))
            office = Office(database, self.folder, clock)
            await office.content.reload_if_changed()
            try:
                return await job(office)
            finally:
                await database.close()

        return asyncio.run(main())

    def text(self, name: str, title: str) -> Path:
        path = self.folder / "entries" / f"{name.replace('.', '/')}.md"
        changed = self.folder.parent / "changed.md"
        _, _, rest = path.read_text("utf-8").partition("\n")
        changed.write_text(f"# {title}\n{rest}", "utf-8")
        return changed


@pytest.fixture
def desk(tmp_path: Path, blank: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name in list(os.environ):
        if name.startswith("NUANXIN_"):
            monkeypatch.delenv(name)
    with databases.sqlite(blank, tmp_path) as url:
        return Desk(tmp_path, url)


def first_number(result: Result) -> str:
    assert result.exit_code == 0, result.output
    found = re.match(r"(\d+)  ", result.output)
    assert found, result.output
    return found.group(1)


def test_a_page_is_drafted_published_shown_rolled_back_and_withheld(desk: Desk) -> None:
    number = first_number(desk.run("draft", FREE, str(desk.text(FREE, "厨余往哪投"))))
    assert "草稿" in desk.run("review").output
    assert "+ # 厨余往哪投" in desk.run("review", number).output
    assert "使用中" in desk.run("publish", number).output
    assert desk.run("review").output == ""
    rolled = desk.run("rollback", FREE, "0", "--reason", "写错了")
    assert "使用中" in rolled.output
    assert "写错了" in rolled.output
    assert "已下架" in desk.run("archive", FREE, "--reason", "在核对").output
    lines = desk.run("history", FREE).output.splitlines()
    assert [re.split(r"  +", line)[1:3] for line in lines] == [
        [f"{FREE}#3", "已下架"],
        [f"{FREE}#2", "旧版"],
        [f"{FREE}#1", "旧版"],
    ]


def test_the_operator_may_not_approve_a_legal_answer_of_his_own(desk: Desk) -> None:
    draft = desk.run("draft", LEGAL, str(desk.text(LEGAL, "欠薪怎么要")), "--hand-in")
    refused = desk.run("publish", first_number(draft))
    assert refused.exit_code == 2
    assert "自己写的内容不能由自己审核" in refused.output


def test_the_operator_publishes_or_rejects_what_an_editor_handed_in(desk: Desk) -> None:
    async def write(office: Office) -> Version:
        version = await office.draft(LEGAL, "欠薪怎么要")
        return await office.editing.hand_in(EDITOR, version.id)

    first, second = desk.office(write), desk.office(write)
    assert "使用中" in desk.run("publish", str(first.id)).output
    outdated = desk.run("publish", str(second.id))
    assert outdated.exit_code == 2
    assert "+ # 欠薪怎么要" in outdated.output
    assert desk.run("review", str(second.id), "--reject", "重复了").exit_code == 0
    assert "重复了" in desk.run("history", LEGAL).output


def test_faults_are_told_with_their_line(desk: Desk) -> None:
    path = desk.text(LEGAL, "欠薪怎么要")
    path.write_text(path.read_text("utf-8").replace("地区：北京", "地区：火星"), "utf-8")
    result = desk.run("draft", LEGAL, str(path), "--hand-in")
    assert result.exit_code == 2
    assert "entries/wage/arrears.md:4: " in result.output


def test_what_was_published_can_go_back_into_files(desk: Desk, tmp_path: Path) -> None:
    desk.run("publish", first_number(desk.run("draft", FREE, str(desk.text(FREE, "厨余往哪投")))))
    result = desk.run("export-files", str(tmp_path / "out"))
    assert result.output.splitlines()[-1] == "1 files"
    written = tmp_path / "out" / "entries" / "waste" / "kitchen.md"
    assert written.read_text("utf-8").startswith("# 厨余往哪投\n")


@pytest.mark.parametrize(
    "words",
    [
        ("publish", "99"),
        ("review", "99"),
        ("history", "wage.nothing"),
        ("archive", "wage.nothing", "--reason", "x"),
        ("rollback", "wage.arrears", "4", "--reason", "x"),
        ("rollback", "../x", "0", "--reason", "x"),
        ("archive", "wage.arrears", "--reason", " "),
        ("draft", "wage.arrears", "no-such-file.md"),
    ],
)
def test_a_wrong_word_ends_with_a_sentence_and_2(desk: Desk, words: tuple[str, ...]) -> None:
    result = desk.run(*words)
    assert result.exit_code == 2
    assert result.output.strip()
    assert "Traceback" not in result.output


def test_a_figure_is_drafted_by_name(desk: Desk, tmp_path: Path) -> None:
    async def block(office: Office) -> Version:
        standing = await office.editing.find_standing(EDITOR, Kind.FIGURE, "minimum_wage_month")
        assert standing is not None
        (tmp_path / "figure.toml").write_text(standing.source.replace("2540", "2777"), "utf-8")
        return await office.draft(FREE, "别的")

    desk.office(block)
    result = desk.run("draft", "minimum_wage_month", str(tmp_path / "figure.toml"), "--figure")
    assert "minimum_wage_month#1" in result.output
