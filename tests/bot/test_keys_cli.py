"""The keys: made once, refused when they are none, renewed beside the running program."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from bot import cli, keys
from bot.keys import KeysFault
from bot.lock import BadPlace, only_process, refuse_network
from domain.clock import SystemClock
from services.countersigns import CountersignService
from storage.database import Database
from storage.sealed import place_of
from storage.tables import people
from storage.vault import Vault
from tests import agreeing
from tests.conftest import KNOWLEDGE

TOKEN = "7000000009:abcdefghijklmnopqrstuvwxyz-0123456789"
NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("NUANXIN_"):
            monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "safe" / "keys.toml"


@pytest.fixture
def config(tmp_path: Path, file: Path, database_url: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(
        f'[telegram]\ntoken = "{TOKEN}"\napi_url = "http://127.0.0.1:1"\n'
        f'[database]\nurl = "{database_url}"\n[web]\nport = 0\n[keys]\nfile = "{file}"\n'
        f'[knowledge]\nfolder = "{KNOWLEDGE}"\n[backup]\nfolder = "{tmp_path}/copies"\n',
        "utf-8",
    )
    return path


def run(*arguments: object, code: int = 0) -> Result:
    """A command in a thread: it brings its own event loop."""
    found: list[Result] = []

    def call() -> None:
        found.append(CliRunner().invoke(cli.app, [str(argument) for argument in arguments]))

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert found[0].exit_code == code, found[0].output
    assert "Traceback" not in found[0].output
    return found[0]


def no_key_in(text: str, file: Path) -> None:
    for key in re.findall(r'= "([A-Za-z0-9+/]{43}=)"', file.read_text()):
        assert key not in text
        assert base64.b64decode(key).hex() not in text


async def fill(url: str, vault: Vault, *names: str) -> None:
    database = Database(url, vault)
    async with database.open_work() as work:
        for name in names:
            sealed = vault.seal(place_of(people.c.sealed_name, [name]), f"王{name}")
            await work._connection.execute(
                sa.insert(people).values(
                    id=name,
                    sealed_name=sealed,
                    phone_shared=False,
                    source="self",
                    made_at=NOW,
                    changed_at=NOW,
                )
            )
        await work.commit()
    await database.close()


async def names(url: str, vault: Vault) -> list[str]:
    database = Database(url, vault)
    async with database.open_read() as work:
        rows = await work._connection.execute(
            sa.select(people.c.id, people.c.sealed_name).order_by(people.c.id)
        )
        found = [vault.open(place_of(people.c.sealed_name, [key]), value) for key, value in rows]
    await database.close()
    return found


def test_keys_are_made_once_for_their_owner_alone(config: Path, file: Path) -> None:
    told = run("keys", "new", "--config", config).stdout
    assert "copy the file to a safe place" in told
    assert file.stat().st_mode & 0o777 == 0o600
    no_key_in(told, file)
    made = file.read_bytes()
    assert "is there already" in run("keys", "new", "--config", config, code=2).stderr
    assert file.read_bytes() == made
    assert {path.name for path in file.parent.iterdir()} == {"keys.toml", "keys.toml.lock"}
    told = run("keys", "check", "--config", config).stdout
    assert "every sealed value opens" in told
    no_key_in(told, file)


def test_two_installations_never_have_a_key_in_common(tmp_path: Path) -> None:
    one, two = keys.new(tmp_path / "one"), keys.new(tmp_path / "two")
    every = [{*made.ring.keys.values(), made.ring.finding, made.backup} for made in (one, two)]
    assert all(len(each) == 3 for each in every)
    assert not every[0] & every[1]
    assert one.ring.current != two.ring.current


def test_the_program_does_not_start_without_keys(config: Path) -> None:
    for command in (["serve"], ["backup"], ["keys", "check"], ["keys", "rotate"]):
        told = run(*command, "--config", config, code=2).stderr
        assert "there are no keys" in told and "`python -m bot keys new`" in told


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_keys_that_others_can_read_are_refused(config: Path, file: Path, mode: int) -> None:
    run("keys", "new", "--config", config)
    file.chmod(mode)
    for command in (["serve"], ["keys", "check"]):
        assert "run chmod 600" in run(*command, "--config", config, code=2).stderr


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (base64.b64encode(bytes(32)).decode(), "no random key"),
        (base64.b64encode(bytes(range(32))).decode(), "no random key"),
        (base64.b64encode(b"changemechangemechangemechangeme").decode(), "no random key"),
        (base64.b64encode(bytes(range(40, 56))).decode(), "no random key"),
        ("not base64!", "not base64"),
        ("", "no random key"),
    ],
)
def test_a_sample_or_a_typed_key_is_refused(file: Path, bad: str, why: str) -> None:
    keys.new(file)
    good = file.read_text()
    for at in re.finditer(r'"([A-Za-z0-9+/]{43}=)"', good):
        file.write_text(good[: at.start(1)] + bad + good[at.end(1) :])
        with pytest.raises(KeysFault, match=why) as fault:
            keys.load(file)
        assert not bad or bad not in str(fault.value)


def test_the_same_key_twice_is_refused(file: Path) -> None:
    keys.new(file)
    text = file.read_text()
    first, second, _ = re.findall(r'"([A-Za-z0-9+/]{43}=)"', text)
    file.write_text(text.replace(second, first))
    with pytest.raises(KeysFault, match="twice"):
        keys.load(file)


@pytest.mark.parametrize(
    "text", ["", "x", "[sealing]\ncurrent = 1\n", "[sealing]\nkeys = 3\n", "\ufffe", "[finding]"]
)
def test_a_faulty_file_is_refused_without_quoting_it(file: Path, text: str) -> None:
    keys.new(file)
    file.write_text(text)
    with pytest.raises(KeysFault, match="not in the form"):
        keys.load(file)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(KeysFault, match="cannot be read"):
        keys.load(file)


async def test_whoever_lost_the_keys_is_not_led_to_make_new_ones(
    config: Path, file: Path, database_url: str
) -> None:
    run("keys", "new", "--config", config)
    await fill(database_url, keys.open_vault(file), "1")
    away = file.rename(file.with_name("away"))
    assert "there are no keys" in run("serve", "--config", config, code=2).stderr
    assert "put their file back" in run("keys", "new", "--config", config, code=2).stderr
    assert not file.exists()
    # Other keys do not help either, even if they were made elsewhere and copied here.
    keys.new(file)
    for command in (["serve"], ["keys", "check"], ["keys", "rotate"]):
        told = run(*command, "--config", config, code=2).stderr
        assert "under keys that are missing" in told
    away.replace(file)
    run("keys", "check", "--config", config)


async def test_keys_with_the_right_id_and_wrong_bytes_are_refused(
    config: Path, file: Path, database_url: str
) -> None:
    run("keys", "new", "--config", config)
    await fill(database_url, keys.open_vault(file), "1")
    made = keys.load(file)
    name = made.ring.current
    file.unlink()
    other = keys.new(file)
    forged = file.read_text().replace(other.ring.current, name)
    file.write_text(forged)
    assert "cannot be opened: wrong keys" in run("serve", "--config", config, code=2).stderr


async def test_another_key_for_finding_is_refused(
    config: Path, file: Path, database_url: str
) -> None:
    run("keys", "new", "--config", config)
    run("keys", "check", "--config", config)
    file.unlink()
    keys.new(file)
    told = run("serve", "--config", config, code=2).stderr
    assert "the key for finding differs" in told


async def test_rotating_seals_everything_anew_and_retires_the_old_key(
    config: Path, file: Path, database_url: str
) -> None:
    run("keys", "new", "--config", config)
    running = keys.open_vault(file)
    await fill(database_url, running, *(f"{number:04}" for number in range(1200)))
    before = keys.load(file)
    found = running.fingerprint("phone", "13812345678")
    await agreeing.on_keys(database_url, running)
    told = run("keys", "rotate", "--config", config).stdout
    after = keys.load(file)
    # With what the two who agreed had to say.
    assert "1201 values sealed anew" in told
    assert f"retired, kept for old backups: {before.ring.current}" in told
    no_key_in(told, file)
    assert after.ring.current not in before.ring.keys
    assert after.backup_current != before.backup_current
    assert after.retired == (before.ring.current,)
    assert file.stat().st_mode & 0o777 == 0o600
    told = run("keys", "check", "--config", config).stdout
    assert re.search(rf"{before.ring.current}  retired +0 values", told)
    assert re.search(rf"{after.ring.current}  seals +1201 values", told)
    # A program that ran all the while opens what was sealed with a key that it never saw.
    assert running.current == before.ring.current
    assert await names(database_url, running) == [f"王{number:04}" for number in range(1200)]
    assert running.current == after.ring.current
    assert running.fingerprint("phone", "13812345678") == found


async def test_a_backup_from_before_a_rotation_still_opens_and_is_sealed_anew(
    config: Path, file: Path, database_url: str
) -> None:
    run("keys", "new", "--config", config)
    await fill(database_url, keys.open_vault(file), "1", "2")
    copy = run("backup", "--config", config).stdout.strip()
    for _ in range(2):
        await agreeing.on_keys(database_url, keys.open_vault(file))
        run("keys", "rotate", "--config", config)
    assert "good, schema" in run("backup", "verify", copy, "--config", config).stdout
    run("restore", copy, "--yes", "--config", config)
    assert await names(database_url, keys.open_vault(file)) == ["王1", "王2"]
    told = run("keys", "rotate", "--config", config).stdout
    assert "an earlier rotation was not finished" in told and "2 values sealed anew" in told


async def test_what_others_sealed_meanwhile_is_brought_under_the_new_key_by_the_clock(
    config: Path, file: Path, database_url: str
) -> None:
    run("keys", "new", "--config", config)
    late = Vault(keys.load(file).ring)
    await agreeing.on_keys(database_url, late)
    run("keys", "rotate", "--config", config)
    await fill(database_url, late, "1", "2", "3")
    database = Database(database_url, keys.open_vault(file))
    await keys.keep_sealed(database, file)
    async with database.open_read() as work:
        assert await work.sealed.count_by_key() == {keys.load(file).ring.current: 4}
    await database.close()


async def test_a_moved_value_is_found_by_the_check(
    config: Path, file: Path, database_url: str
) -> None:
    run("keys", "new", "--config", config)
    vault = keys.open_vault(file)
    await fill(database_url, vault, "1", "2")
    database = Database(database_url, vault)
    async with database.open_work() as work:
        first = sa.select(people.c.sealed_name).where(people.c.id == "1").scalar_subquery()
        await work._connection.execute(
            sa.update(people).where(people.c.id == "2").values(sealed_name=first)
        )
        await work.commit()
    await database.close()
    told = run("keys", "check", "--config", config, code=2).stderr
    assert "changed or moved: people.sealed_name, row 2" in told
    await agreeing.on_keys(database_url, vault)
    assert "1 values cannot be opened" in run("keys", "rotate", "--config", config, code=2).stderr


async def test_nobody_renews_the_keys_alone(config: Path, file: Path, database_url: str) -> None:
    run("keys", "new", "--config", config)
    vault = keys.open_vault(file)
    await fill(database_url, vault, "1")
    made = file.read_bytes()
    told = run("keys", "rotate", "--config", config, code=2).stderr
    assert "/console/countersigns" in told
    assert file.read_bytes() == made
    # One who asks is not two who agree.
    database = Database(database_url, vault)
    first, _ = await agreeing.admins(database, SystemClock())
    await CountersignService(database, SystemClock()).ask_keys(first, "有人离开")
    await database.close()
    run("keys", "rotate", "--config", config, code=2)
    assert file.read_bytes() == made
    await agreeing.on_keys(database_url, vault)
    run("keys", "rotate", "--config", config)
    # What was agreed to once is done once.
    run("keys", "rotate", "--config", config, code=2)
    assert len(keys.load(file).ring.keys) == 2


async def test_two_who_rotate_at_once_lose_no_key(file: Path) -> None:
    keys.new(file)
    await asyncio.gather(*(asyncio.to_thread(keys.rotate, file) for _ in range(8)))
    assert len(keys.load(file).ring.keys) == 9


def test_a_running_program_goes_on_when_the_file_is_broken(file: Path) -> None:
    keys.new(file)
    vault = keys.open_vault(file)
    file.write_text("broken")
    vault.refresh()
    place = place_of(people.c.sealed_name, ["1"])
    assert vault.open(place, vault.seal(place, "王芳")) == "王芳"


def test_copies_are_listed_with_their_keys_and_the_newest_is_verified(
    config: Path, file: Path
) -> None:
    assert "there are no keys" in run("backup", "list", "--config", config, code=2).stderr
    run("keys", "new", "--config", config)
    assert run("backup", "list", "--config", config).stdout == "0 copies\n"
    assert "there is no copy" in run("backup", "verify", "--config", config, code=2).stderr
    copy = run("backup", "--config", config).stdout.strip()
    told = run("backup", "list", "--config", config).stdout
    assert f"key {keys.load(file).backup_current}  {copy}" in told
    assert run("backup", "verify", "--config", config).stdout.startswith(f"{copy}: good, schema")
    file.unlink()
    keys.new(file)
    assert "(missing)" in run("backup", "list", "--config", config).stdout


@pytest.mark.parametrize(
    ("kind", "is_refused"),
    [
        ("nfs4", 1),
        ("nfs", 1),
        ("cifs", 1),
        ("smb3", 1),
        ("fuse.sshfs", 1),
        ("ext4", 0),
        ("xfs", 0),
    ],
)
def test_a_database_on_a_network_disk_is_refused(
    tmp_path: Path, kind: str, is_refused: int
) -> None:
    shared = tmp_path / "a share"
    shared.mkdir()
    mounts = tmp_path / "mounts"
    point = str(shared).replace(" ", "\\040")
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {point} {kind} rw 0 0\n")
    refuse_network(tmp_path / "nuanxin.db", mounts)
    if is_refused:
        with pytest.raises(BadPlace, match="network disk"):
            refuse_network(shared / "data" / "nuanxin.db", mounts)
    else:
        refuse_network(shared / "data" / "nuanxin.db", mounts)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(BadPlace, match="cannot be written"),
        only_process(f"sqlite:///{tmp_path}/file/nuanxin.db"),
    ):
        pass
