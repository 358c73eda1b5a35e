"""Databases for tests: SQLite files copied from one migrated blank, and PostgreSQL clones."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path

import psycopg

from bot import keys
from storage.migrate import migrate
from storage.vault import KeyRing, Vault

POSTGRES = "postgresql://postgres@127.0.0.1:5432"
# The same keys in every test database: known, and never those of an installation.
RING = KeyRing("7e57c0de", {"7e57c0de": sha256(b"seal").digest()}, sha256(b"find").digest())

BACKUP_KEY = sha256(b"backup").digest()


@cache
def keys_file() -> Path:
    """A file with the tests' keys, as the program reads it."""
    folder = Path(tempfile.mkdtemp(prefix="nuanxin-test-keys-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "keys.toml"
    keys.write(path, keys.Keys(RING, "bac0bac0", {"bac0bac0": BACKUP_KEY}))
    return path


def vault() -> Vault:
    """A vault with the tests' keys."""
    return Vault(RING)


def postgres_is_there() -> bool:
    """Whether the tests' PostgreSQL answers."""
    try:
        with psycopg.connect(f"{POSTGRES}/postgres", connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def blank_sqlite(folder: Path) -> Path:
    """A migrated, empty SQLite file."""
    blank = folder / "blank.db"
    migrate(f"sqlite:///{blank}")
    return blank


@contextmanager
def sqlite(blank: Path, folder: Path) -> Iterator[str]:
    """The URL of a fresh copy of the blank."""
    copy = folder / f"{uuid.uuid4().hex}.db"
    shutil.copyfile(blank, copy)
    yield f"sqlite:///{copy}"


@contextmanager
def postgres_template() -> Iterator[str]:
    """The name of a migrated, empty database that is gone afterwards."""
    name = f"nuanxin_blank_{uuid.uuid4().hex[:12]}"
    _run(f"CREATE DATABASE {name}")
    try:
        migrate(f"{POSTGRES}/{name}")
        yield name
    finally:
        _run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def postgres(template: str | None = None) -> Iterator[str]:
    """The URL of a fresh database, a clone of the template or empty."""
    name = f"nuanxin_test_{uuid.uuid4().hex[:12]}"
    _run(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    try:
        yield f"{POSTGRES}/{name}"
    finally:
        _run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def wiped_postgres(template: str) -> Iterator[str]:
    """The URL of a clone that `wipe` can make new again."""
    with postgres(template) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            # Nobody pulls the plug between two tests.
            name = url.rpartition("/")[2]
            connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off".encode())
            connection.execute("CREATE SCHEMA blank")
            for table in _filled(connection):
                connection.execute(f"CREATE TABLE blank.{table} AS TABLE {table}".encode())
        yield url


def wipe(url: str) -> None:
    """Make a migrated PostgreSQL database as it was when it was new.

    A twentieth of what a new clone costs. Whoever is still connected is thrown out first.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        # Neither the order of foreign keys nor the triggers that keep the audit log as it is.
        connection.execute("SET session_replication_role = replica")
        for table in _filled(connection):
            connection.execute(f"DELETE FROM {table}".encode())
        for (table,) in connection.execute(_KEPT).fetchall():
            connection.execute(f"INSERT INTO {table} SELECT * FROM blank.{table}".encode())
        for (name,) in connection.execute(_COUNTED).fetchall():
            connection.execute(f"ALTER SEQUENCE {name} RESTART".encode())


_TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    " AND tablename <> 'alembic_version'"
)
# What the migrations put in.
_KEPT = "SELECT tablename FROM pg_tables WHERE schemaname = 'blank'"
_COUNTED = (
    "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
)


def _filled(connection: psycopg.Connection) -> list[str]:
    """The tables that have rows."""
    names = [str(row[0]) for row in connection.execute(_TABLES).fetchall()]
    asked = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names
    )
    return [str(row[0]) for row in connection.execute(asked.encode()).fetchall()]


def _run(statement: str) -> None:
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as connection:
        connection.execute(statement.encode())
