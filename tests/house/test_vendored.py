"""Scripts of others: each named with its version, as it was published, its licence beside it."""

from __future__ import annotations

import hashlib

from console.frame.static import FOLDER
from tests.house.source import ROOT

VENDORED = FOLDER / "vendor"
TOLD = (ROOT / "docs" / "dependencies.md").read_text("utf-8")


def test_every_script_of_others_is_as_documented_with_its_licence() -> None:
    scripts = sorted(VENDORED.glob("*.js"))
    assert scripts
    for script in scripts:
        assert f"| {script.stem} " in TOLD
        assert hashlib.sha256(script.read_bytes()).hexdigest() in TOLD, script.name
        assert script.with_suffix(".LICENSE").read_text("utf-8").strip()
    changed = hashlib.sha256(scripts[0].read_bytes() + b"\n").hexdigest()
    assert changed not in TOLD


def test_nothing_in_them_needs_a_weaker_policy() -> None:
    for script in VENDORED.glob("*.js"):
        text = script.read_text("utf-8")
        for forbidden in ("eval(", "new Function", "WebAssembly", "importScripts", "fetch("):
            assert forbidden not in text, f"{script.name}: {forbidden}"
