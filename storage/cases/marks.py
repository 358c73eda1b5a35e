"""A case named beside its member, outside the tables of cases: sealed, so that nobody who reads
the row learns whose the case is."""

from __future__ import annotations

import json
from collections.abc import Mapping

from storage.vault import Place, Vault

NOTICE_PURPOSE = "cases.notice"


def seal_mark(vault: Vault, table: str, key: str, told: Mapping[str, str]) -> str:
    """What is told, as a text that opens only in this row."""
    return vault.seal(Place(table, "mark", key), json.dumps(dict(told))).hex()


def open_mark(vault: Vault, table: str, key: str, mark: str) -> dict[str, str]:
    """What was sealed there. Raises VaultFault for a text of another row."""
    told: dict[str, str] = json.loads(vault.open(Place(table, "mark", key), bytes.fromhex(mark)))
    return told
