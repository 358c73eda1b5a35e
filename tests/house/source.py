"""The program's own source, as the house tests read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PRODUCT = ("bot", "console", "handlers", "services", "storage", "knowledge", "domain", "locales")
OTHERS = ("simulator", "benchmarks", "tests")


def files(*folders: str) -> list[Path]:
    """Every Python file of these folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def place(path: Path, node: ast.AST | int) -> str:
    """Where something stands, as `file:line`."""
    line = node if isinstance(node, int) else getattr(node, "lineno", 0)
    return f"{path.relative_to(ROOT)}:{line}"


def strings(path: Path) -> Iterator[ast.Constant]:
    """Every string of a file that is no docstring and no part of an f-string."""
    other = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.JoinedStr):
            other |= {id(part) for part in node.values}
        elif isinstance(node, ast.Expr):
            other.add(id(node.value))
    for node in ast.walk(tree(path)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in other
        ):
            yield node


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted name of what is called, as far as it has one."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node
