"""Brings a database to this program's schema, or refuses and leaves it exactly as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from storage.errors import NewerSchema, StorageUnavailable

_FOLDER = Path(__file__).parent / "migrations"
# Any number that no other use of advisory locks in this database has.
_LOCK = 7_305_002


def head() -> str:
    """The revision that this program needs."""
    return revisions()[-1]


def revisions(folder: Path = _FOLDER) -> tuple[str, ...]:
    """All revisions, oldest first: the four digits that each file in `versions` begins with."""
    return tuple(sorted(file.name[:4] for file in (folder / "versions").glob("[0-9]*.py")))


def current(url: str) -> str | None:
    """The revision of the database, or None for an empty one."""
    with _connection(sa.engine.make_url(url)) as connection:
        return _revision(connection)


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
        revision = _revision(connection)
        known = revisions(script_folder)
        if revision is not None and revision not in known:
            raise NewerSchema(revision)
        wanted = known[-1] if target == "head" else target
        if revision != wanted:
            if revision is not None:
                _keep_copy(place, revision)
            _upgrade(connection, script_folder, wanted)
            connection.commit()
    return wanted


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    number = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return None if number is None else str(number)


def _upgrade(connection: sa.Connection, folder: Path, target: str) -> None:
    # Imported here: a bot whose database is up to date need not carry ten megabytes of it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, target)


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
