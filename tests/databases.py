"""Databases for tests: SQLite files copied from one migrated blank, and PostgreSQL clones."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from storage.migrate import migrate

POSTGRES = "postgresql://postgres@127.0.0.1:5432"


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
