"""Copies of the data, sealed and checked, and putting one back."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa

from bot.keys import Keys
from bot.lock import only_process
from storage import migrate
from storage.errors import AlreadyRunning, NewerSchema
from storage.sealed_files import MAGIC, SealedFileFault, key_id_of, open_file, seal_file

SEALED = ".sealed"
_NAME = re.compile(r"nuanxin-(\d{8}T\d{6}Z)\.(?:db|dump)(?:\.sealed)?")
_ROOM = ".nuanxin-copying-"
_STAMP = "%Y%m%dT%H%M%SZ"


class BackupFailed(Exception):  # noqa: N818 - named for what happened
    """The copy could not be made, or the file is no good copy. The text says why."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy in the folder. `key` is the id of the key that opens it; "" if it is not sealed."""

    path: Path
    made_at: datetime
    size: int
    key: str


@dataclass(frozen=True, slots=True)
class Sound:
    """What a good copy holds. PostgreSQL tells no rows before it is put back."""

    revision: str
    rows: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where copies go, how long they stay, and the keys that seal them.

    The newest `keep` stay, and of each of the last `keep_days` days the newest.
    """

    folder: Path
    keys: Keys
    keep: int = 72
    keep_days: int = 30


def backup(url: str, place: Place, now: datetime) -> Path:
    """Copy the database while it is in use; the sealed copy is checked before it counts.

    Raises BackupFailed.
    """
    with _at_work(url, place.folder) as room:
        copy = _copied(url, place, room, f"nuanxin-{now:{_STAMP}}")
        _thin_out(place, now)
    return copy


def restore(url: str, copy: Path, place: Place, now: datetime) -> Path | None:
    """Put a copy in place of the data; the copy of the data of before, if there was any.

    The copy is checked first. Raises BackupFailed, NewerSchema for a copy of a newer program,
    AlreadyRunning while the bot runs; the data is then as before.
    """
    database = sa.engine.make_url(url)
    with _at_work(url, place.folder) as room:
        plain = _opened(copy, place.keys, room / "arriving")
        _check_plain(plain, copy)
        before = f"nuanxin-before-restore-{now:{_STAMP}}"
        if database.get_backend_name() == "sqlite":
            with only_process(url):
                return _replace_file(url, plain, place, room, before)
        _refuse_newer(plain)
        _refuse_if_used(database)
        kept = _copied(url, place, room, before)
        how = ("--clean", "--if-exists", "--single-transaction", "--no-owner")
        _run(database, "pg_restore", *how, f"--dbname={_plain(database)}", str(plain))
        migrate.migrate(url)
        return kept


def verify(url: str, copy: Path, place: Place) -> Sound:
    """Open a copy and look through it, leaving the data alone. Raises BackupFailed."""
    with _at_work(url, place.folder) as room:
        return _check_plain(_opened(copy, place.keys, room / "copy"), copy)


def list_copies(folder: Path) -> tuple[Copy, ...]:
    """The copies that `backup` made, oldest first."""
    found = []
    for path in sorted(folder.glob("nuanxin-*")):
        if named := _NAME.fullmatch(path.name):
            made_at = datetime.strptime(named.group(1), _STAMP).replace(tzinfo=UTC)
            found.append(Copy(path, made_at, path.stat().st_size, _key_of(path)))
    return tuple(found)


def _copied(url: str, place: Place, room: Path, name: str) -> Path:
    """A sealed copy under this name. Only the sealed file ever lies in the folder."""
    database = sa.engine.make_url(url)
    is_sqlite = database.get_backend_name() == "sqlite"
    plain = room / f"copy{'.db' if is_sqlite else '.dump'}"
    if is_sqlite:
        _copy_sqlite(Path(database.database or ""), plain)
    else:
        output = (f"--file={plain}", f"--dbname={_plain(database)}")
        _run(database, "pg_dump", "--format=custom", *output)
    _check_plain(plain, plain)
    target = place.folder / f"{name}{plain.suffix}{SEALED}"
    unfinished = target.with_suffix(".unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(0o600)
        with plain.open("rb") as source, unfinished.open("wb") as sealed:
            seal_file(source, sealed, place.keys.backup_current, place.keys.backup)
            sealed.flush()
            os.fsync(sealed.fileno())
        # Read back from the disk: a copy that does not open is none.
        again = _opened(unfinished, place.keys, room / "again")
        if _digest(again) != _digest(plain):
            raise BackupFailed(f"{target}: was not written as it should be")
        again.unlink()
        unfinished.rename(target)
    except OSError as error:
        raise BackupFailed(f"{target}: {error.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)
        plain.unlink(missing_ok=True)
    return target


def _replace_file(url: str, plain: Path, place: Place, room: Path, before: str) -> Path | None:
    # Before it takes its place: a copy that cannot be used must not replace the data.
    migrate.migrate(f"sqlite:///{plain}")
    target = Path(sa.engine.make_url(url).database or "")
    kept = None
    if target.exists():
        try:
            kept = _copied(url, place, room, before)
        except BackupFailed:
            # Damaged data is why one restores: it is put aside as it is, for whoever can mend it.
            kept = target.with_name(f"{target.name}.damaged-{before[-16:]}")
            shutil.copyfile(target, kept)
            kept.chmod(0o600)
    for tail in ("-wal", "-shm"):
        Path(f"{target}{tail}").unlink(missing_ok=True)
    plain.chmod(0o600)
    plain.replace(target)
    return kept


def _thin_out(place: Place, now: datetime) -> None:
    copies = list_copies(place.folder)
    kept = {copy.path for copy in copies[-place.keep :]}
    first_day = now.date() - timedelta(days=place.keep_days)
    newest_of_day = {copy.made_at.date(): copy.path for copy in copies}
    kept |= {path for day, path in newest_of_day.items() if day > first_day}
    for copy in copies:
        if copy.path not in kept:
            copy.path.unlink()


@contextmanager
def _at_work(url: str, folder: Path) -> Iterator[Path]:
    """A room for copies that are not sealed yet, in nobody's way and gone afterwards.

    Beside a SQLite file, whose disk holds the same data; with PostgreSQL in the folder.
    """
    database = sa.engine.make_url(url)
    is_sqlite = database.get_backend_name() == "sqlite"
    beside = Path(database.database or "").parent if is_sqlite else folder
    if not beside.is_dir() and beside != folder:
        raise BackupFailed(f"{database.database}: there is no database yet")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as lock:
            # One at a time; so what lies about in the rooms was left by a process that was killed.
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in beside.glob(f"{_ROOM}*"):
                shutil.rmtree(left)
            with tempfile.TemporaryDirectory(prefix=_ROOM, dir=beside) as room:
                yield Path(room)
    except OSError as error:
        raise BackupFailed(f"{error.filename}: {error.strerror}") from None


def _opened(copy: Path, keys: Keys, plain: Path) -> Path:
    """The copy without its seal, written to `plain`. Copies of older versions have none."""
    if not copy.is_file():
        raise BackupFailed(f"{copy}: there is no such file")
    if not _key_of(copy):
        shutil.copyfile(copy, plain)
        return plain
    try:
        with copy.open("rb") as source, plain.open("wb") as target:
            open_file(source, target, keys.backups)
    except SealedFileFault as fault:
        raise BackupFailed(f"{copy}: {fault}") from None
    return plain


def _key_of(copy: Path) -> str:
    with copy.open("rb") as file:
        head = file.read(64)
    try:
        return key_id_of(head) if head.startswith(MAGIC) else ""
    except SealedFileFault as fault:
        raise BackupFailed(f"{copy}: {fault}") from None


def _check_plain(plain: Path, copy: Path) -> Sound:
    """Raise BackupFailed, naming the copy, unless the file is a sound copy of ours."""
    with plain.open("rb") as file:
        head = file.read(16)
    if head.startswith(b"PGDMP"):
        _run(None, "pg_restore", "--list", str(plain))
        return Sound(_revision_in(plain), None)
    if not head.startswith(b"SQLite format 3"):
        raise BackupFailed(f"{copy}: is no backup of this program")
    try:
        with closing(sqlite3.connect(f"file:{quote(str(plain))}?mode=ro", uri=True)) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            names = connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            ).fetchall()
            rows = sum(
                connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
                for (name,) in names
            )
    except sqlite3.DatabaseError as error:
        raise BackupFailed(f"{copy}: {error}") from None
    if verdict != "ok":
        raise BackupFailed(f"{copy}: damaged: {verdict}")
    return Sound(revision, rows)


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return file_digest(file, "sha256").digest()


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.is_file():
        raise BackupFailed(f"{source}: there is no database yet")
    connection = sqlite3.connect(source, timeout=30)
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.DatabaseError as error:
        raise BackupFailed(f"{source}: {error}") from None
    finally:
        connection.close()


def _revision_in(dump: Path) -> str:
    rows = _run(None, "pg_restore", "--data-only", "--table=alembic_version", "-f-", str(dump))
    found = re.search(r"^COPY .*\n(\S+)\n", rows, re.MULTILINE)
    return found.group(1) if found else "?"


def _refuse_newer(dump: Path) -> None:
    revision = _revision_in(dump)
    if revision not in migrate.revisions():
        raise NewerSchema(revision)


def _refuse_if_used(place: sa.URL) -> None:
    """PostgreSQL knows who is connected, also from other machines."""
    engine = sa.create_engine(place.set(drivername="postgresql+psycopg"), poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            others = connection.scalar(
                sa.text(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    " AND backend_type = 'client backend'"
                )
            )
    except sa.exc.OperationalError as error:
        raise BackupFailed(f"the database cannot be reached: {error.orig}") from None
    if others:
        raise AlreadyRunning(f"{others} connections to {place.database}")


def _plain(place: sa.URL) -> str:
    """The address without the password: the list of processes is no place for it."""
    bare = sa.URL.create(
        "postgresql", place.username, None, place.host, place.port, place.database
    )
    return bare.render_as_string()


def _run(place: sa.URL | None, *command: str) -> str:
    """What the command printed. Raises BackupFailed."""
    secret = {"PGPASSWORD": str(place.password)} if place is not None and place.password else {}
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, env=os.environ | secret
        )
    except FileNotFoundError:
        raise BackupFailed(f"{command[0]} is not installed") from None
    if done.returncode:
        raise BackupFailed(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout
