"""Paths of units: every column that holds one goes along when its unit hangs elsewhere."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import metadata
from storage.unit_paths import CARRIED, CARRIED_INSIDE, LEFT


def suspects() -> set[str]:
    """Columns that hold a path by their name, or may hold anything."""
    return {
        str(column)
        for table in metadata.tables.values()
        for column in table.columns
        if "path" in column.name or isinstance(column.type, sa.JSON)
    }


def test_every_column_that_may_hold_a_path_is_registered_once() -> None:
    registered = [str(column) for column in (*CARRIED, *CARRIED_INSIDE, *LEFT)]
    assert sorted(suspects() - set(registered)) == []
    assert len(registered) == len(set(registered))
    # No column that is a path by its name may stay behind.
    assert [str(column) for column in LEFT if "path" in column.name] == []


def test_the_register_knows_values_from_what_holds_them() -> None:
    assert all(isinstance(column.type, sa.String) for column in CARRIED)
    assert all(isinstance(column.type, sa.JSON) for column in CARRIED_INSIDE)
    # Values inside are written back row by row.
    assert all(len(column.table.primary_key) == 1 for column in CARRIED_INSIDE)
    assert all(reason.strip() for reason in LEFT.values())


def test_a_column_that_is_missing_would_be_found() -> None:
    known = {str(column) for column in CARRIED if column.name != "employer_path"}
    assert "talks.employer_path" in suspects() - known
