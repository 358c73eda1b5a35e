"""Every act that is written to the audit has a word for whoever reads it."""

from __future__ import annotations

import ast
import re

from locales import load
from tests.house.source import calls, files

ACT = re.compile(r"(?:event|certificate)\.[a-z_]+")


def acts() -> set[str]:
    """Acts of events and certificates, as their services name them; an event's states are acts."""
    found = {
        str(node.value)
        for path in files("services")
        if "events" in path.parts or path.name == "certificates.py"
        for name, call in calls(path)
        if name.rpartition(".")[2] in {"_audit", "_done", "_seat_done", "add"}
        for node in ast.walk(call)
        if isinstance(node, ast.Constant) and ACT.fullmatch(str(node.value))
    }
    return found | {"event.published", "event.held"}


def test_every_act_has_a_word() -> None:
    known = load().gaps
    assert {
        act for act in acts() if f"console_audit.act_{act.replace('.', '_')}" not in known
    } == set()


def test_the_scan_finds_acts() -> None:
    assert {"event.create", "event.sync", "event.check_in", "certificate.checked"} <= acts()
