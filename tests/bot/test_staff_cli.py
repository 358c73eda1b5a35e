"""The first admin and repairs, on the command line."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot import keys
from bot.cli import app
from domain.clock import SystemClock
from domain.sign_in import Pick
from domain.staff import Permission
from services.staff import FactorService, PhoneService, SignInService
from storage.database import Database
from tests import databases
from tests.staffing import ADDRESS, BROWSER, KEY

TOKEN = "7000000010:abcdefghijklmnopqrstuvwxyz-0123456789"
runner = CliRunner()


@pytest.fixture
def config(tmp_path: Path, blank: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("NUANXIN_"):
            monkeypatch.delenv(name)
    keys.new(tmp_path / "keys.toml")
    with databases.sqlite(blank, tmp_path) as url:
        path = tmp_path / "config.toml"
        path.write_text(
            f'[telegram]\ntoken = "{TOKEN}"\n[database]\nurl = "{url}"\n'
            f'[keys]\nfile = "{tmp_path / "keys.toml"}"\n[union]\nname = "某区总工会"\n',
            "utf-8",
        )
        return path


def run(config: Path, *arguments: str) -> Result:
    return runner.invoke(app, [*arguments, "--config", str(config)])


def told(config: Path, *arguments: str) -> str:
    """The output of a command that succeeds."""
    result = run(config, *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def first_admin(config: Path) -> str:
    return told(config, "staff", "add", "--name", "周管理", "--telegram-id", "6001", "--admin")


def test_the_first_admin_is_made_and_can_sign_in_and_do_the_rest(config: Path) -> None:
    staff_id = first_admin(config)
    listed = told(config, "staff", "list")
    assert f"{staff_id}  周管理  active" in listed
    assert "admin @ 某区总工会: in force" in listed
    assert "某区总工会  district" in told(config, "units", "list")

    async def sign_in() -> None:
        database = Database(url_of(config), keys.open_vault(config.parent / "keys.toml"))
        clock = SystemClock()
        browser = SignInService(database, clock, KEY)
        phone = PhoneService(database, clock, KEY)
        asked = await browser.begin(BROWSER, ADDRESS)
        offer = await phone.open(6001, asked.code)
        assert offer is not None
        assert await phone.pick(6001, offer.id, asked.number) is Pick.RIGHT
        token = await browser.finish(asked.token)
        found = await browser.find(token)
        assert found is not None and found.actor.may(Permission.STAFF_WRITE)
        assert await FactorService(database, clock, "x").begin_enrolment(token)
        async with database.open_read() as work:
            acts = await work._connection.exec_driver_sql("SELECT actor, act FROM audit")
            rows = [tuple(row) for row in acts]
        assert ("operator", "account.added") in rows and ("operator", "grant.given") in rows
        await database.close()

    asyncio.run(sign_in())


def url_of(config: Path) -> str:
    return config.read_text("utf-8").split('url = "')[1].split('"')[0]


def test_a_tree_and_a_colleague_with_a_grant_that_is_taken_away_again(config: Path) -> None:
    top = told(config, "units", "add", "某区总工会", "--level", "district")
    town = told(config, "units", "add", "东街道", "--level", "town", "--under", top)
    firm = told(config, "units", "add", "某公司", "--level", "enterprise", "--under", town)
    lines = told(config, "units", "list").splitlines()
    assert [line.split()[0] for line in lines] == [top, town, firm]
    first_admin(config)
    staff_id = told(config, "staff", "add", "--name", "李强", "--telegram-id", "6002")
    given = told(config, "staff", "grant", staff_id, "editor", town, "--until", "2099-12-31")
    grant_id, rest = given.split("  ", 1)
    assert rest == "editor @ 东街道 until 2099-12-31: in force"
    waits = told(config, "staff", "grant", staff_id, "caseworker", town, "--flag", "lead")
    assert "caseworker +lead @ 东街道: waits for an admin to confirm" in waits
    told(config, "staff", "revoke", grant_id)
    assert grant_id not in told(config, "staff", "list")


def test_an_account_is_shut_out_let_in_and_loses_its_factor(config: Path) -> None:
    first_admin(config)
    staff_id = told(config, "staff", "add", "--name", "李强", "--telegram-id", "6002")
    told(config, "staff", "suspend", staff_id)
    assert "李强  suspended" in told(config, "staff", "list")
    told(config, "staff", "reactivate", staff_id)
    assert "李强  active" in told(config, "staff", "list")
    told(config, "staff", "reset-factor", staff_id)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("staff", "suspend", "nobody"), "staff.not_found: 没有找到这个人"),
        (("staff", "revoke", "nothing"), "staff.grant_not_found"),
        (("staff", "add", "--name", "李强", "--telegram-id", "6001"), "staff.telegram_taken"),
        (("staff", "add", "--name", " ", "--telegram-id", "6005"), "staff.name_empty"),
        (("units", "add", "别的区", "--level", "district"), "units.one_top"),
        (("units", "add", "某镇", "--level", "town", "--under", "99"), "units.not_found"),
        (("units", "add", "某镇", "--level", "town"), "needs --under"),
    ],
)
def test_a_no_is_a_sentence_and_exit_code_2(
    config: Path, arguments: tuple[str, ...], says: str
) -> None:
    first_admin(config)
    result = run(config, *arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr


def test_the_last_admin_stays(config: Path) -> None:
    staff_id = first_admin(config)
    result = run(config, "staff", "suspend", staff_id)
    assert result.exit_code == 2
    assert "staff.last_admin" in result.stderr


def test_an_admin_is_neither_of_another_firm_nor_of_a_unit(config: Path) -> None:
    arguments = ("staff", "add", "--name", "某人", "--telegram-id", "6002", "--admin", "--outside")
    assert run(config, *arguments).exit_code == 2


def test_without_keys_it_says_how_to_make_them(config: Path) -> None:
    (config.parent / "keys.toml").unlink()
    result = run(config, "staff", "list")
    assert result.exit_code == 2
    assert "keys new" in result.stderr


def test_a_name_cannot_steer_the_terminal(config: Path) -> None:
    first_admin(config)
    told(config, "units", "add", "东\x1b[2J街道", "--level", "town", "--under", "1")
    assert "\x1b" not in told(config, "units", "list")
