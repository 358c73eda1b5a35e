"""R22: a migration happens wholly or not at all, on both databases."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from storage import migrate as migration
from storage.errors import NewerSchema
from storage.tables import metadata
from tests import databases

ROOT = Path(__file__).parent.parent.parent
_FOLDER = ROOT / "storage" / "migrations"
# Also what takes minutes: `make faults`.
ALL_WAYS = bool(os.environ.get("NUANXIN_TEST_ALL_WAYS"))
# What a later version might do: add, rebuild, rewrite, index, drop.
_LATER = '''
"""A later version."""
import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("later", sa.Column("id", sa.BigInteger, primary_key=True))
    with op.batch_alter_table("members") as members:
        members.add_column(sa.Column("nickname", sa.Text))
        members.alter_column("language", type_=sa.String(50))
    op.execute("UPDATE members SET nickname = language")
    op.execute("DELETE FROM notes")
    op.create_index("ix_members_reach", "members", ["reach"])
    op.drop_table("links")
'''


class Broke(Exception):
    """The database failed in the middle of a migration."""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    if not databases.postgres_is_there():
        pytest.skip("no PostgreSQL on 127.0.0.1:5432")
    with databases.postgres() as url:
        yield url


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The migrations of a program that is one version ahead."""
    folder = tmp_path / "migrations"
    shutil.copytree(_FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9001_later.py").write_text(_LATER.format(head=migration.head()))
    return folder


def test_an_empty_database_gets_exactly_our_tables(empty_url: str) -> None:
    assert migration.current(empty_url) is None
    assert migration.migrate(empty_url) == migration.head()
    assert migration.current(empty_url) == migration.head()
    with _opened(empty_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_every_earlier_revision_leads_to_the_same_schema(empty_url: str, tmp_path: Path) -> None:
    migration.migrate(empty_url)
    wanted = _schema(empty_url)
    # PostgreSQL takes ten times as long: there every sixth where time is short.
    is_whole = ALL_WAYS or empty_url.startswith("sqlite")
    for revision in migration.revisions()[:: 1 if is_whole else 6]:
        _drop_everything(empty_url)
        assert migration.migrate(empty_url, revision) == revision
        migration.migrate(empty_url)
        assert _schema(empty_url) == wanted


def test_questions_of_the_first_version_stay_and_have_no_new_outcome(empty_url: str) -> None:
    migration.migrate(empty_url, "0001")
    with _opened(empty_url) as connection:
        for number in range(50):
            connection.execute(
                sa.text(
                    "INSERT INTO questions (id, asked_on, text, decision, entry_id, score,"
                    " in_group, chosen, verdict, complaint, for_staff) VALUES (:n, '2026-11-25',"
                    " '国標 𠮷', 'choices', 'wage.arrears', 0.5, false, 'wage.final', 'helpful',"
                    " NULL, true)"
                ),
                {"n": str(number)},
            )
        connection.commit()
    before = _everything(empty_url)["questions"]
    migration.migrate(empty_url)
    after = _everything(empty_url)["questions"]
    with _opened(empty_url) as connection:
        new = connection.execute(
            sa.text("SELECT DISTINCT offered, rejected, asked_human FROM questions")
        )
        assert [tuple(row) for row in new] == [(None, False, False)]
    assert len(before) == 50
    assert all(old.removesuffix(")") in new for old, new in zip(before, after, strict=True))


def test_a_program_of_the_version_before_can_still_write(empty_url: str) -> None:
    migration.migrate(empty_url)
    with _opened(empty_url) as connection:
        connection.execute(
            sa.text(
                "INSERT INTO questions (id, asked_on, text, decision, score, in_group, for_staff)"
                " VALUES ('q', '2026-11-25', '食堂', 'none', 0, false, false)"
            )
        )
        connection.commit()


def test_migrating_again_changes_nothing_and_makes_no_copy(empty_url: str, tmp_path: Path) -> None:
    migration.migrate(empty_url)
    before = _everything(empty_url)
    assert migration.migrate(empty_url) == migration.head()
    assert _everything(empty_url) == before
    assert list(tmp_path.glob("*.before-*")) == []


def test_a_failure_after_any_statement_leaves_an_empty_database_empty(empty_url: str) -> None:
    # Each try runs all statements before it: hundreds of tries only where there is time.
    stride = 1 if ALL_WAYS else 11 if empty_url.startswith("sqlite") else 31
    before = _everything(empty_url)
    statements = 0
    while _fails_after(statements, lambda: migration.migrate(empty_url)):
        assert _everything(empty_url) == before
        statements += stride
    assert statements > 4 * stride
    assert migration.current(empty_url) == migration.head()


def test_a_failure_after_any_statement_leaves_schema_and_rows_as_they_were(
    empty_url: str, later: Path
) -> None:
    migration.migrate(empty_url)
    _fill(empty_url)
    before = _everything(empty_url)
    statements = 0
    while _fails_after(statements, lambda: migration.migrate(empty_url, script_folder=later)):
        assert _everything(empty_url) == before
        assert migration.current(empty_url) == migration.head()
        statements += 1
    assert statements >= 8
    assert "later" in _schema(empty_url)


def test_if_ddl_were_committed_at_once_a_failure_would_leave_half_a_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # This is what the driver does by itself, and what the two listeners keep it from.
    monkeypatch.setattr(migration, "_begin_immediate", lambda _connection: None)
    url = f"sqlite:///{tmp_path}/half.db"
    assert _fails_after(10, lambda: migration.migrate(url))
    assert _schema(url) != []


@pytest.mark.parametrize("statements", [0, 3, 7])
def test_kill_9_in_the_middle_leaves_schema_and_rows_as_they_were(
    empty_url: str, later: Path, statements: int
) -> None:
    migration.migrate(empty_url)
    _fill(empty_url)
    before = _everything(empty_url)
    assert _killed_after(statements, empty_url, later) == -signal.SIGKILL
    assert _everything(empty_url) == before
    migration.migrate(empty_url, script_folder=later)
    assert "later" in _schema(empty_url)


def test_a_newer_database_is_refused_and_left_alone(empty_url: str, later: Path) -> None:
    migration.migrate(empty_url, script_folder=later)
    before = _everything(empty_url)
    with pytest.raises(NewerSchema, match="9001"):
        migration.migrate(empty_url)
    assert _everything(empty_url) == before


def test_a_copy_of_the_data_is_kept_before_a_sqlite_file_changes(
    tmp_path: Path, later: Path
) -> None:
    url = f"sqlite:///{tmp_path}/data.db"
    migration.migrate(url)
    _fill(url)
    before = _everything(url)
    migration.migrate(url, script_folder=later)
    copy = tmp_path / f"data.db.before-{migration.head()}"
    assert _everything(f"sqlite:///{copy}") == before


def test_two_programs_that_migrate_at_once_do_it_once(empty_url: str) -> None:
    code = "import sys; from storage.migrate import migrate; migrate(sys.argv[1])"
    runs = [
        subprocess.Popen([sys.executable, "-c", code, empty_url], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    errors = [run.communicate()[1].decode() for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], errors
    assert migration.current(empty_url) == migration.head()


def _fails_after(statements: int, act: Callable[[], object]) -> bool:
    """Let the database break after so many statements that change it; False if it had no more."""
    seen = 0

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal seen
        if not _changes(statement):
            return
        if seen == statements:
            raise Broke(statement)
        seen += 1

    sa.event.listen(sa.engine.Engine, "after_cursor_execute", count)
    try:
        act()
    except Broke:
        return True
    finally:
        sa.event.remove(sa.engine.Engine, "after_cursor_execute", count)
    return False


def _changes(statement: str) -> bool:
    return re.match(r"\s*(CREATE|ALTER|DROP|INSERT|UPDATE|DELETE)\b", statement) is not None


def _killed_after(statements: int, url: str, folder: Path) -> int:
    """Migrate in a process that kills itself after so many changes; its exit code."""
    code = f"""
import os, re, signal, sys
from pathlib import Path
import sqlalchemy as sa
from storage.migrate import migrate
seen = 0
def count(connection, cursor, statement, *rest):
    global seen
    if re.match(r"\\s*(CREATE|ALTER|DROP|INSERT|UPDATE|DELETE)\\b", statement):
        if seen == {statements}:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1
sa.event.listen(sa.engine.Engine, "after_cursor_execute", count)
migrate(sys.argv[1], script_folder=Path(sys.argv[2]))
"""
    done = subprocess.run([sys.executable, "-c", code, url, str(folder)], cwd=ROOT, check=False)
    return done.returncode


def _fill(url: str) -> None:
    """Some rows in the tables that a later version changes."""
    with _opened(url) as connection:
        for number in range(50):
            connection.execute(
                sa.text("INSERT INTO members VALUES (:n, :n, 'zh', 'reachable', 1, 1)"),
                {"n": number},
            )
            connection.execute(
                sa.text("INSERT INTO notes VALUES (:n, '2026-11-25', '食堂')"), {"n": str(number)}
            )
        connection.commit()


def _everything(url: str) -> dict[str, list[str]]:
    """The schema and every row."""
    found = {"schema": _schema(url)}
    with _opened(url) as connection:
        for table in sa.inspect(connection).get_table_names():
            rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"')
            found[table] = sorted(repr(tuple(row)) for row in rows)
    return found


def _schema(url: str) -> Any:
    """All objects with their definitions, in a comparable form."""
    with _opened(url) as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(
                "SELECT coalesce(sql, name) FROM sqlite_master ORDER BY 1"
            )
            return "\n".join(row[0] for row in rows) or []
        rows = connection.exec_driver_sql(
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' '"
            " || coalesce(character_maximum_length, 0) || is_nullable"
            " FROM information_schema.columns WHERE table_schema = 'public'"
            " UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
            " UNION ALL SELECT proname FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace ORDER BY 1"
        )
        return "\n".join(row[0] for row in rows) or []


def _drop_everything(url: str) -> None:
    with _opened(url) as connection:
        if connection.dialect.name == "sqlite":
            path = connection.engine.url.database
            assert path is not None
            connection.close()
            Path(path).unlink()
            return
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
        connection.commit()


@contextmanager
def _opened(url: str) -> Iterator[sa.Connection]:
    place = sa.engine.make_url(url)
    if place.get_backend_name() == "postgresql":
        place = place.set(drivername="postgresql+psycopg")
    engine = sa.create_engine(place, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
