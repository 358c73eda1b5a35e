"""The words that the package itself uses: every TOML file that stands beside the code."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

BESIDE = Path(__file__).parent


@cache
def read_table(name: str) -> dict[str, Any]:
    """A TOML file beside the code, read once and shared: nobody may change what is in it. These
    files belong to the program and are tested with it."""
    with (BESIDE / name).open("rb") as file:
        return tomllib.load(file)


@dataclass(frozen=True)
class Format:
    """How an entry file is written: format.toml."""

    table: dict[str, Any]

    @classmethod
    def read(cls) -> Format:
        return cls(read_table("format.toml"))

    @cached_property
    def meta(self) -> dict[str, str]:
        """Field by the word that stands in the file."""
        return {word: field for field, word in self.table["meta"].items()}

    @cached_property
    def sections(self) -> dict[str, str]:
        """Field by the heading that stands in the file."""
        return {word: field for field, word in self.table["sections"].items()}

    @cached_property
    def articles(self) -> re.Pattern[str]:
        return re.compile(self.table["marks"]["articles"])

    def word(self, field: str) -> str:
        """How a field is called in the file."""
        word: str = self.table["sections"].get(field) or self.table["meta"][field]
        return word

    def limit(self, name: str) -> int:
        return int(self.table["limits"][name])

    def mark(self, name: str) -> str:
        return str(self.table["marks"][name])

    def count(self, field: str) -> tuple[int, int] | None:
        least_most = self.table["counts"].get(field)
        return (least_most[0], least_most[1]) if least_most else None

    def required(self, kind: str) -> list[str]:
        return list(self.table["required"][kind])

    def allowed(self, kind: str) -> list[str]:
        return list(self.table[kind]["allowed"])
