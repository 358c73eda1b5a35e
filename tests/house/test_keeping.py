"""What is kept of people: every column that leads to one is registered, described and named."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import sqlalchemy as sa

from locales import load
from storage.keeping import REGISTER
from storage.tables import metadata
from tests.house.source import ROOT

# Columns that lead to a member or a person wherever they stand.
LEADS = re.compile(r"(?:^|_)(?:member_id|person_id|chat_id)$")
# What people write or what may hold anything: each must be looked at by somebody.
OPEN_TYPES = (sa.Text, sa.JSON, sa.LargeBinary)
INVENTORY = tomllib.loads((ROOT / "docs" / "data_inventory.toml").read_text("utf-8"))
FACTS = {"purpose", "basis", "level", "retention", "seen_by"}
LEVELS = {"S1", "S2", "S3", "S4"}


def leading() -> dict[str, set[str]]:
    """The columns that lead to somebody, by table."""
    found: dict[str, set[str]] = {}
    for name, table in metadata.tables.items():
        for column in table.columns:
            refers = {key.column.table.name for key in column.foreign_keys}
            if LEADS.search(column.name) or refers & {"members", "people"}:
                found.setdefault(name, set()).add(column.name)
    return found


def suspects() -> set[str]:
    """Columns that may hold something personal, as `table.column`."""
    found = set()
    for kept in REGISTER:
        found |= {f"{kept.table.name}.{column.name}" for column in kept.table.columns}
    for name, table in metadata.tables.items():
        for column in table.columns:
            is_open = isinstance(column.type, OPEN_TYPES) or column.name.startswith("sealed_")
            if is_open or column.name.endswith("_print"):
                found.add(f"{name}.{column.name}")
    return found


def listed(inventory: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The inventory by column; what is said of a table holds for its columns."""
    found = {}
    for name, table in inventory.items():
        shared = {key: value for key, value in table.items() if key in FACTS}
        for column, own in table.get("columns", {}).items():
            found[f"{name}.{column}"] = {**shared, **own}
        for column in table.get("not_personal", []):
            found[f"{name}.{column}"] = {}
    return found


def test_every_table_that_leads_to_somebody_can_be_copied_and_erased() -> None:
    registered = {
        kept.table.name: {name for name in (kept.member, kept.person) if name} for kept in REGISTER
    }
    forgotten = {
        name: columns - registered.get(name, set())
        for name, columns in leading().items()
        # Where the row goes with one of its columns, the others need no way of their own.
        if name not in registered
    }
    assert forgotten == {}
    assert {"people", "consents", "drafts"} <= set(leading())


def test_every_column_that_may_be_personal_is_in_the_inventory() -> None:
    known = listed(INVENTORY)
    assert sorted(suspects() - set(known)) == []
    # And nothing is described that is not there.
    there = {
        f"{name}.{column.name}" for name, t in metadata.tables.items() for column in t.columns
    }
    assert sorted(set(known) - there) == []


def test_every_personal_column_says_what_for_and_how_long() -> None:
    wrong = {
        name: sorted(FACTS - set(facts))
        for name, facts in listed(INVENTORY).items()
        if facts and (set(facts) != FACTS or facts["level"] not in LEVELS or "" in facts.values())
    }
    assert wrong == {}


def test_a_column_that_is_missing_would_be_found() -> None:
    known = listed({name: table for name, table in INVENTORY.items() if name != "people"})
    assert "people.sealed_name" in suspects() - set(known)


def test_every_registered_column_has_a_name_for_its_member() -> None:
    texts = load().gaps
    unnamed = [
        key
        for kept in REGISTER
        for key in (
            f"profile.table_{kept.table.name}",
            *(
                f"profile.column_{column.name.removeprefix('sealed_')}"
                for column in kept.table.columns
                if column.name not in kept.hidden and not column.name.endswith("_print")
            ),
        )
        if key not in texts
    ]
    assert unnamed == []
