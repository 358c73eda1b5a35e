"""Settings: config.toml, then the environment; every fault is told at once."""

from __future__ import annotations

import difflib
import re
import tomllib
from datetime import time, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot.delivery.policy import Policy
from domain.calendar import Calendar, Interval, OfficeHours, QuietHours, load_calendar
from domain.cases.risks import LEAST, WarningPolicy
from domain.talks import TalkPolicy
from domain.union import Union

_TOKEN = re.compile(r"\d{5,20}:[A-Za-z0-9_-]{30,64}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
_SAMPLE_TOKENS = {"123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"}


class ConfigFaults(Exception):  # noqa: N818 - named for what it carries
    """The settings cannot be used. `faults` are lines `file:line: key: reason`."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Telegram(_Section):
    """How the bot talks to Telegram."""

    # Each field looks at those above it; one fault must not hide the next.
    mode: Literal["polling", "webhook"] = "polling"
    token_file: Path | None = None
    token: str = Field("", repr=False, validate_default=True)
    secret_file: Path | None = None
    secret: str = Field("", repr=False, validate_default=True)
    api_url: str = Field("https://api.telegram.org", pattern=r"^https?://[^\s]+[^/\s]$")
    public_url: str = Field("", validate_default=True)
    max_connections: int = Field(100, ge=1, le=100)
    staff_chats: tuple[int, ...] = ()

    _no_path = field_validator("token_file", "secret_file", mode="before")(_none_if_empty)

    @field_validator("token")
    @classmethod
    def _token_of_ours(cls, value: str, info: ValidationInfo) -> str:
        value = value or _read_secret(info.data.get("token_file"))
        if not _TOKEN.fullmatch(value):
            raise ValueError("missing, or not of the form 123456:letters-and-digits")
        if value in _SAMPLE_TOKENS:
            raise ValueError("this is the sample from Telegram's documentation")
        return value

    @field_validator("secret")
    @classmethod
    def _good_secret(cls, value: str, info: ValidationInfo) -> str:
        value = value or _read_secret(info.data.get("secret_file"))
        if info.data.get("mode") == "webhook" and not _SECRET.fullmatch(value):
            raise ValueError("16 to 256 letters, digits, - or _ in webhook mode")
        return value

    @field_validator("public_url")
    @classmethod
    def _where_telegram_reaches_us(cls, value: str, info: ValidationInfo) -> str:
        mode = info.data.get("mode")
        if mode == "webhook" and not value.startswith("https://"):
            raise ValueError("must begin with https:// in webhook mode")
        if mode == "polling" and value:
            raise ValueError("only used in webhook mode; leave it empty for polling")
        return value


class Web(_Section):
    """Where this machine listens."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    # Where members' browsers reach this machine, for the page that takes their files.
    upload_url: str = Field(
        "", pattern=r"^(https://[^\s]+[^/\s]|http://(127\.0\.0\.1|localhost)(:\d+)?)?$"
    )


class DatabaseSettings(_Section):
    """Where the data is kept."""

    url: str = "sqlite:///data/nuanxin.db"

    @field_validator("url")
    @classmethod
    def _known_kind(cls, value: str) -> str:
        if not re.match(r"(sqlite:///.+|postgresql://.+)", value):
            raise ValueError("must be sqlite:///path or postgresql://user@host/name")
        return value


class KeysSettings(_Section):
    """Where the keys are that open what members confided."""

    file: Path = Path("data/keys.toml")


class KnowledgeSettings(_Section):
    """Where the entries are, and how often to look for changes."""

    folder: Path = Path("knowledge")
    reload_seconds: int = Field(30, ge=5, le=3600)


class UnionSettings(_Section):
    """The local union's own particulars."""

    name: str = Field("", max_length=60)
    phone: str = Field("", max_length=60)
    address: str = Field("", max_length=120)
    hours: str = Field("", max_length=120)
    note: str = Field("", max_length=200)
    is_demo: bool = False

    def card(self) -> Union:
        return Union(**self.model_dump())


class Limits(_Section):
    """How fast one person may write before being asked to slow down."""

    burst: int = Field(6, ge=1, le=100)
    per_second: float = Field(1.0, gt=0, le=50)
    notice_seconds: int = Field(600, ge=10, le=86400)


class Retention(_Section):
    """How long things are kept."""

    question_days: int = Field(365, ge=1, le=3650)
    broadcast_days: int = Field(365, ge=30, le=3650)
    quarantine_days: int = Field(30, ge=1, le=365)
    # A talk can be opened again for a week.
    talk_days: int = Field(30, ge=8, le=3650)
    # Telegram repeats an update for at most 24 hours.
    journal_hours: int = Field(72, ge=24, le=24 * 60)


class Privacy(_Section):
    """What staff may see of members' words."""

    cluster_size: int = Field(5, ge=2, le=1000)


class BackupSettings(_Section):
    """Where copies go and how many are kept."""

    folder: Path = Path("data/backups")
    keep: int = Field(72, ge=1, le=1000)
    keep_days: int = Field(30, ge=0, le=3650)
    erasures: Path | None = None
    _no_path = field_validator("erasures", mode="before")(_none_if_empty)


class ConsoleSettings(_Section):
    """The staff's console: how long somebody stays signed in, and what stands in front."""

    idle_minutes: int = Field(30, ge=5, le=120)
    session_hours: int = Field(12, ge=1, le=24)
    # Without a proxy these headers are anybody's invention.
    behind_proxy: bool = False


class DeliverySettings(_Section):
    """How fast messages to many go out, and when not."""

    # Telegram takes about 30 a second from one bot; the rest is for replies.
    per_second: float = Field(25.0, gt=0, le=30)
    in_flight: int = Field(4, ge=1, le=64)
    quiet_from: time = time(22)
    quiet_until: time = time(8)
    keep_days: int = Field(30, ge=1, le=365)

    def policy(self) -> Policy:
        return Policy(
            per_second=self.per_second,
            in_flight=self.in_flight,
            quiet=QuietHours(self.quiet_from, self.quiet_until),
        )


class BroadcastSettings(_Section):
    """What messages to many may do."""

    # For one member in any seven days; emergencies and own matters are not counted.
    weekly_cap: int = Field(5, ge=1, le=50)
    link_hosts: tuple[str, ...] = ("gov.cn",)

    @field_validator("link_hosts")
    @classmethod
    def _hosts_that_can_be(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host):
                raise ValueError(f"{host} is no host: write it like gov.cn, without https://")
        return value


class OfficeSettings(_Section):
    """When somebody is in the office on a working day."""

    hours: tuple[str, ...] = ("09:00-11:30", "13:30-17:30")

    @field_validator("hours")
    @classmethod
    def _hours_that_can_be(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        OfficeHours(Calendar(), tuple(Interval.of(text) for text in value))
        return value

    def office(self) -> OfficeHours:
        return OfficeHours(load_calendar(), tuple(Interval.of(text) for text in self.hours))


class TalksSettings(_Section):
    """How fast staff answer, in minutes of office hours, and when the bot speaks again."""

    first_reply_minutes: int = Field(30, ge=1, le=24 * 60)
    next_reply_minutes: int = Field(60, ge=1, le=24 * 60)
    solve_minutes: int = Field(2 * 390, ge=10, le=100 * 390)
    idle_hours: int = Field(24, ge=1, le=24 * 14)

    def policy(self, keep_days: int) -> TalkPolicy:
        return TalkPolicy(
            self.first_reply_minutes,
            self.next_reply_minutes,
            self.solve_minutes,
            timedelta(hours=self.idle_hours),
            timedelta(days=keep_days),
        )


class CasesSettings(_Section):
    """When cases against one employer make an early warning."""

    warning_members: int = Field(5, ge=LEAST, le=1000)
    warning_days: int = Field(30, ge=1, le=365)

    def policy(self) -> WarningPolicy:
        return WarningPolicy(self.warning_members, self.warning_days)


class Log(_Section):
    """How much is logged, and for whom."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "json"


class Settings(BaseSettings):
    """Everything that can be set. Read by bot/ only: others get the policy that they need."""

    model_config = SettingsConfigDict(
        env_prefix="NUANXIN_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    telegram: Telegram
    web: Web = Web()
    database: DatabaseSettings = DatabaseSettings()
    keys: KeysSettings = KeysSettings()
    knowledge: KnowledgeSettings = KnowledgeSettings()
    union: UnionSettings = UnionSettings()
    limits: Limits = Limits()
    retention: Retention = Retention()
    privacy: Privacy = Privacy()
    backup: BackupSettings = BackupSettings()
    console: ConsoleSettings = ConsoleSettings()
    delivery: DeliverySettings = DeliverySettings()
    broadcasts: BroadcastSettings = BroadcastSettings()
    office: OfficeSettings = OfficeSettings()
    talks: TalksSettings = TalksSettings()
    cases: CasesSettings = CasesSettings()
    log: Log = Log()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings, env_settings)


def load(path: Path) -> Settings:
    """Read `path` and the environment, the environment winning. Raises ConfigFaults."""
    text = _read(path)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        place = line.group(1) if line else "1"
        raise ConfigFaults((f"{path}:{place}: not valid TOML: {error}",)) from None

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *_sources: Any, **_named: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (
                EnvSettingsSource(settings_cls),
                TomlConfigSettingsSource(settings_cls, toml_file=path),
            )

    try:
        return FromFile()
    except ValidationError as error:
        raise ConfigFaults(
            tuple(_sentence(path, text, fault) for fault in error.errors())
        ) from None


def _read(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigFaults((f"{path}:1: cannot be read: {error.strerror}",)) from None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigFaults(
            (f"{path}:{line}: is not UTF-8 (GBK?): save the file as UTF-8",)
        ) from None
    if text.startswith("\ufeff"):
        raise ConfigFaults((f"{path}:1: begins with a BOM: save the file as UTF-8 without BOM",))
    return text


def _read_secret(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        if path.stat().st_mode & 0o007:
            raise ValueError(f"{path} can be read by others: run chmod 600 on it")
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from None


def _sentence(path: Path, text: str, fault: Any) -> str:
    keys = [str(part) for part in fault["loc"]]
    reason = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        reason = "unknown key" + _nearest(keys)
    return f"{path}:{_line(text, keys)}: {'.'.join(keys)}: {reason}"


def _nearest(keys: list[str]) -> str:
    model: type[BaseModel] = Settings
    for key in keys[:-1]:
        annotation = model.model_fields[key].annotation
        assert isinstance(annotation, type) and issubclass(annotation, BaseModel)
        model = annotation
    close = difflib.get_close_matches(keys[-1], model.model_fields, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _line(text: str, keys: list[str]) -> int:
    """The line of a key in the file; of its section, or 1, if the key is not written there."""
    section, found = "", 1
    inside, key = keys[:2] if len(keys) > 1 else ("", keys[0])
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[([\w.]+)\]", line):
            section = header.group(1)
            if section == keys[0]:
                found = number
        elif section == inside and _sets(line, key):
            return number
    return found


def _sets(line: str, key: str) -> bool:
    return re.match(rf"\s*{re.escape(key)}\s*=", line) is not None
