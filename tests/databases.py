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


def _run(statement: str) -> None:
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as connection:
        connection.execute(statement.encode())
