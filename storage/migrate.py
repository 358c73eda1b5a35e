"""Brings a database to this program's schema, or refuses and leaves it exactly as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.errors import NewerSchema, StorageUnavailable

_FOLDER = Path(__file__).parent / "migrations"
# Any number that no other use of advisory locks in this database has.
_LOCK = 7_305_002


def head() -> str:
    """The revision that this program needs."""
    revision = _scripts().get_current_head()
    assert revision is not None
    return revision


def revisions() -> tuple[str, ...]:
    """All revisions, oldest first."""
    return tuple(script.revision for script in reversed(list(_scripts().walk_revisions())))


def current(url: str) -> str | None:
    """The revision of the database, or None for an empty one."""
    with _connection(sa.engine.make_url(url)) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(url: str, target: str = "head", script_folder: Path = _FOLDER) -> str:
    """Migrate to `target` in one transaction; the revision reached.

    Raises NewerSchema, having changed nothing, if the database is of a revision that this program
    does not know, StorageUnavailable if it cannot be used. Any failure rolls everything back:
    both engines have transactional DDL. Before an existing SQLite file changes, a copy
    `<name>.before-<revision>` is kept.
    """
    place = sa.engine.make_url(url)
    with _connection(place) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        revision = MigrationContext.configure(connection).get_current_revision()
        known = {script.revision for script in _scripts(script_folder).walk_revisions()}
        if revision is not None and revision not in known:
            raise NewerSchema(revision)
        wanted = _scripts(script_folder).get_current_head() if target == "head" else target
        if revision != wanted:
            if revision is not None:
                _keep_copy(place, revision)
            config = _config(script_folder)
            config.attributes["connection"] = connection
            command.upgrade(config, target)
            connection.commit()
    return wanted or ""


def _keep_copy(place: sa.URL, revision: str) -> None:
    if place.get_backend_name() != "sqlite" or not place.database:
        return
    copy = Path(f"{place.database}.before-{revision}")
    copy.unlink(missing_ok=True)
    engine = sa.create_engine(place)
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM INTO ?", (str(copy),))
    engine.dispose()


@contextmanager
def _connection(place: sa.URL) -> Iterator[sa.Connection]:
    """One plain, synchronous connection with a transaction that covers DDL as well."""
    if place.get_backend_name() == "postgresql":
        place = place.set(drivername="postgresql+psycopg")
    engine = sa.create_engine(place, poolclass=sa.NullPool, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        # The driver would commit before DDL; with its own handling off, BEGIN covers it.
        sa.event.listen(engine, "connect", _no_driver_transactions)
        sa.event.listen(engine, "begin", _begin_immediate)
    try:
        with engine.connect() as connection:
            yield connection
    except sa.exc.OperationalError as error:
        raise StorageUnavailable(type(error).__name__) from error
    finally:
        engine.dispose()


def _no_driver_transactions(connection: Any, _record: Any) -> None:
    connection.isolation_level = None


def _begin_immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _config(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    return config


def _scripts(folder: Path = _FOLDER) -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(folder))
