"""The console's templates, as the house tests read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jinja2 import Environment, nodes

from tests.house.source import ROOT

FOLDER = ROOT / "console" / "templates"
TEMPLATES = sorted(FOLDER.rglob("*.html"))


@cache
def tree(path: Path) -> nodes.Template:
    return Environment(autoescape=True).parse(path.read_text("utf-8"))


def said(path: Path) -> Iterator[nodes.Call]:
    """Every call of `t`."""
    for call in tree(path).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "t":
            yield call


def keys(path: Path) -> Iterator[tuple[str, nodes.Call]]:
    """Every key that is written out, also where one of two is chosen."""
    for call in said(path):
        for const in _written(call.args[0]):
            yield const, call


def patterns(path: Path) -> Iterator[str]:
    """Every key that is put together, as a regular expression."""
    for call in said(path):
        if isinstance(call.args[0], nodes.Concat):
            yield "".join(
                re.escape(str(part.value)) if isinstance(part, nodes.Const) else "[a-z0-9_]+"
                for part in call.args[0].nodes
            )


def place(path: Path, node: nodes.Node) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def _written(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Const):
        yield str(node.value)
    elif isinstance(node, nodes.CondExpr):
        yield from _written(node.expr1)
        if node.expr2 is not None:
            yield from _written(node.expr2)
