"""Copies of the data, and putting one back."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa

from bot.lock import only_process
from storage import migrate
from storage.errors import AlreadyRunning, NewerSchema


class BackupFailed(Exception):  # noqa: N818 - named for what happened
    """The copy could not be made, or the file is no good copy. The text says why."""


def backup(url: str, folder: Path, keep: int, now: datetime) -> Path:
    """Copy the database while it is in use; the copy is checked before it counts.

    Older copies beyond `keep` are removed. Raises BackupFailed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = sa.engine.make_url(url)
    suffix = ".db" if place.get_backend_name() == "sqlite" else ".dump"
    copy = folder / f"nuanxin-{now:%Y%m%dT%H%M%SZ}{suffix}"
    unfinished = copy.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        if suffix == ".db":
            _copy_sqlite(Path(place.database or ""), unfinished)
        else:
            output = (f"--file={unfinished}", f"--dbname={_plain(place)}")
            _run(place, "pg_dump", "--format=custom", *output)
        check(unfinished)
    except BackupFailed:
        unfinished.unlink(missing_ok=True)
        raise
    unfinished.chmod(0o600)
    unfinished.rename(copy)
    for old in sorted(folder.glob(f"nuanxin-*{suffix}"))[:-keep]:
        old.unlink()
    return copy


def restore(url: str, copy: Path, now: datetime) -> Path | None:
    """Put a copy in place of the data; where the data of before was kept (SQLite only).

    The copy is checked first. Raises BackupFailed, NewerSchema for a copy of a newer program,
    AlreadyRunning while the bot runs; the data is then as before.
    """
    check(copy)
    place = sa.engine.make_url(url)
    if place.get_backend_name() != "sqlite":
        _refuse_newer(copy)
        _refuse_if_used(place)
        _run(
            place,
            "pg_restore",
            "--clean",
            "--if-exists",
            "--single-transaction",
            "--no-owner",
            f"--dbname={_plain(place)}",
            str(copy),
        )
        migrate.migrate(url)
        return None
    with only_process(url):
        target = Path(place.database or "")
        kept = None
        if target.exists():
            kept = target.with_name(f"{target.name}.before-restore-{now:%Y%m%dT%H%M%SZ}")
            # Through SQLite, so that what is still in the write-ahead log comes along.
            _copy_sqlite(target, kept)
        arriving = target.with_name(target.name + ".arriving")
        shutil.copyfile(copy, arriving)
        try:
            # Before it takes its place: a copy that cannot be used must not replace the data.
            migrate.migrate(f"sqlite:///{arriving}")
            for tail in ("-wal", "-shm"):
                Path(f"{target}{tail}").unlink(missing_ok=True)
            arriving.replace(target)
        finally:
            for leftover in target.parent.glob(f"{arriving.name}*"):
                leftover.unlink()
    return kept


def check(copy: Path) -> None:
    """Raise BackupFailed unless the file is a sound copy of a database of ours."""
    if not copy.is_file():
        raise BackupFailed(f"{copy}: there is no such file")
    with copy.open("rb") as file:
        head = file.read(16)
    if head.startswith(b"PGDMP"):
        _run(None, "pg_restore", "--list", str(copy))
        return
    if not head.startswith(b"SQLite format 3"):
        raise BackupFailed(f"{copy}: is no backup of this program")
    try:
        with closing(sqlite3.connect(f"file:{quote(str(copy))}?mode=ro", uri=True)) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupFailed(f"{copy}: {error}") from None
    if verdict != "ok":
        raise BackupFailed(f"{copy}: damaged: {verdict}")


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


def _refuse_newer(copy: Path) -> None:
    rows = _run(None, "pg_restore", "--data-only", "--table=alembic_version", "-f-", str(copy))
    found = re.search(r"^COPY .*\n(\S+)\n", rows, re.MULTILINE)
    revision = found.group(1) if found else "?"
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
