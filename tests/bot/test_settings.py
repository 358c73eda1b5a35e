"""Settings: each fault is told with file, line, key and reason, and all of them at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.settings import ConfigFaults, load

TOKEN = "7000000009:abcdefghijklmnopqrstuvwxyz-0123456789"
ROOT = Path(__file__).parent.parent.parent
GOOD = """
[telegram]
mode = "polling"
"""


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the machine that runs the tests must not play a part."""
    for name in list(os.environ):
        if name.startswith("NUANXIN_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NUANXIN_TELEGRAM__TOKEN", TOKEN)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def faults(path: Path) -> list[str]:
    """What is told, without the path in front."""
    with pytest.raises(ConfigFaults) as caught:
        load(path)
    assert all(fault.startswith(f"{path}:") for fault in caught.value.faults)
    assert TOKEN not in str(caught.value)
    return [fault.removeprefix(f"{path}:") for fault in caught.value.faults]


def test_the_shipped_file_is_good_once_there_is_a_token() -> None:
    settings = load(ROOT / "config.toml")
    assert settings.telegram.token == TOKEN
    assert settings.telegram.mode == "polling"


def test_the_environment_wins_over_the_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("[web]\nport = 1\n[union]\nname = '文件里的名字'\n", "utf-8")
    monkeypatch.setenv("NUANXIN_WEB__PORT", "2")
    settings = load(config)
    assert (settings.web.port, settings.union.name) == (2, "文件里的名字")


def test_the_token_is_not_shown_by_its_settings(config: Path) -> None:
    config.write_text(GOOD, "utf-8")
    settings = load(config)
    assert TOKEN not in repr(settings)
    assert TOKEN not in str(settings)


def test_a_missing_file_is_told(config: Path) -> None:
    assert faults(config) == ["1: cannot be read: No such file or directory"]


def test_an_empty_file_and_no_token_say_what_is_missing(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NUANXIN_TELEGRAM__TOKEN")
    config.write_text("", "utf-8")
    assert faults(config) == ["1: telegram: Field required"]


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"[telegram\n", "1: not valid TOML"),
        (b"[web]\nport = 1\nport = 2\n", "3: not valid TOML"),
        (b"[web]\n\nport = \n", "3: not valid TOML"),
        (b"[web]\n[union]\n[web]\n", "3: not valid TOML"),
        (b"\xef\xbb\xbf[web]\n", "1: begins with a BOM: save the file as UTF-8 without BOM"),
        (
            "[union]\nname = '测试'\n".encode("gbk"),
            "2: is not UTF-8 (GBK?): save the file as UTF-8",
        ),
        ("[union]\nname = '测试'\n".encode("utf-16"), "1: is not UTF-8"),
    ],
    ids=["invalid", "twice", "no value", "section twice", "bom", "gbk", "utf-16"],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(
    config: Path, raw: bytes, told: str
) -> None:
    config.write_bytes(raw)
    (fault,) = faults(config)
    assert fault.startswith(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[web]\nprot = 1", "2: web.prot: unknown key; did you mean port?"),
        ("[wep]\nport = 1", "1: wep: unknown key; did you mean web?"),
        ("\nnonsense = 1", "2: nonsense: unknown key"),
        ("[web]\n\nport = 70000", "3: web.port: Input should be less than or equal to 65535"),
        ("[web]\nport = -1", "2: web.port: Input should be greater than or equal to 0"),
        ("[web]\nport = 'x'", "2: web.port: Input should be a valid integer"),
        ("[limits]\nper_second = -1.0", "2: limits.per_second: Input should be greater than 0"),
        ("[limits]\nper_second = 1000", "2: limits.per_second: Input should be less than"),
        ("[limits]\nburst = 0", "2: limits.burst: Input should be greater than or equal to 1"),
        ("[retention]\njournal_hours = 1", "2: retention.journal_hours: Input should be greater"),
        ("[backup]\nkeep = 0", "2: backup.keep: Input should be greater than or equal to 1"),
        ("[log]\nlevel = 'loud'", "2: log.level: Input should be 'debug', 'info'"),
        ("[database]\nurl = 'mysql://x'", "2: database.url: must be sqlite:///path or"),
        ("[database]\nurl = ''", "2: database.url: must be sqlite:///path or"),
        ("[knowledge]\nreload_seconds = 1", "2: knowledge.reload_seconds: Input should be"),
        ("[telegram]\nmode = 'carrier'", "2: telegram.mode: Input should be 'polling' or"),
        ("[telegram]\napi_url = 'ftp://x'", "2: telegram.api_url: String should match"),
        ("[telegram]\nmax_connections = 101", "2: telegram.max_connections: Input should be"),
        ("web = 5", "1: web: Input should be a valid dictionary"),
    ],
)
def test_a_wrong_value_is_told_with_line_key_and_reason(
    config: Path, text: str, told: str
) -> None:
    config.write_text(text, "utf-8")
    (fault,) = faults(config)
    assert fault.startswith(told)


def test_all_faults_are_told_at_once(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUANXIN_TELEGRAM__TOKEN")
    config.write_text(
        "[telegram]\n"
        "mode = 'webhook'\n"
        "public_url = 'http://bot.example.org'\n"
        "max_connections = 0\n"
        "tokn_file = 'x'\n"
        "[web]\n"
        "port = 70000\n"
        "[limts]\n"
        "burst = 1\n",
        "utf-8",
    )
    told = {fault.split(": ")[1]: int(fault.split(":")[0]) for fault in faults(config)}
    assert told == {
        "telegram.token": 1,
        "telegram.secret": 1,
        "telegram.public_url": 3,
        "telegram.max_connections": 4,
        "telegram.tokn_file": 5,
        "web.port": 7,
        "limts": 8,
    }


@pytest.mark.parametrize(
    "token",
    ["", "x", "123456:short", "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11", "令牌" * 20],
)
def test_a_token_that_cannot_be_one_is_refused(
    config: Path, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    config.write_text(GOOD, "utf-8")
    monkeypatch.setenv("NUANXIN_TELEGRAM__TOKEN", token)
    (fault,) = faults(config)
    assert "telegram.token: " in fault
    assert not token or token not in fault


def test_the_token_may_come_from_a_file_that_only_we_can_read(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NUANXIN_TELEGRAM__TOKEN")
    secret = tmp_path / "token"
    secret.write_text(f"{TOKEN}\n")
    config.write_text(f"[telegram]\ntoken_file = '{secret}'\n", "utf-8")
    secret.chmod(0o644)
    (fault,) = faults(config)
    assert "can be read by others: run chmod 600 on it" in fault
    secret.chmod(0o600)
    assert load(config).telegram.token == TOKEN
    secret.unlink()
    (fault,) = faults(config)
    assert "cannot be read" in fault


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("mode = 'webhook'", ["public_url", "secret"]),
        (
            "mode = 'webhook'\npublic_url = 'http://x.org'\nsecret = 'abcdefghijklmnop'",
            ["public_url"],
        ),
        ("mode = 'webhook'\npublic_url = 'https://x.org'\nsecret = 'short'", ["secret"]),
        (
            "mode = 'webhook'\npublic_url = 'https://x.org'\nsecret = '密码密码密码密码密码密码'",
            ["secret"],
        ),
        ("mode = 'polling'\npublic_url = 'https://x.org'", ["public_url"]),
    ],
)
def test_a_webhook_wants_https_and_a_secret_and_polling_neither(
    config: Path, lines: str, told: list[str]
) -> None:
    config.write_text(f"[telegram]\n{lines}\n", "utf-8")
    keys = sorted(fault.split(": ")[1].removeprefix("telegram.") for fault in faults(config))
    assert keys == told


def test_a_good_webhook_is_accepted(config: Path) -> None:
    config.write_text(
        "[telegram]\nmode = 'webhook'\npublic_url = 'https://x.org'\n"
        "secret = 'abcdefghijklmnop'\n",
        "utf-8",
    )
    assert load(config).telegram.public_url == "https://x.org"
