"""The console's templates: no sentence, style or script of their own; every form guarded."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from jinja2 import nodes

from console.frame.building import FOLDER, build_frame
from console.registry import all_routes
from domain.clock import SystemClock
from locales import load
from tests.house import templates
from tests.house.source import ROOT
from tests.house.test_source import HAN

TEXTS = load()
LOCALES = ROOT / "locales" / "zh-CN"
STATIC = ROOT / "console" / "static"


@pytest.mark.parametrize("path", templates.TEMPLATES, ids=lambda path: path.stem)
def test_a_template_holds_no_sentence_and_nothing_inline(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not HAN.search(text)
    assert not re.search(r"<style|<script(?! src=)|\sstyle=|\son[a-z]+=\"|javascript:", text)
    # Only what is made of our own parts is taken as it is.
    assert text.count("| safe") == (1 if path.name == "icons.html" else 0)


@pytest.mark.parametrize("path", templates.TEMPLATES, ids=lambda path: path.stem)
def test_every_form_that_changes_something_has_its_token(path: Path) -> None:
    for form in re.findall(
        r"<form\b[^>]*method=\"post\".*?</form>", path.read_text("utf-8"), re.S
    ):
        assert "page.guard()" in form, form[:80]


def test_every_template_compiles() -> None:
    frame = build_frame(TEXTS, SystemClock(), all_routes())
    for path in templates.TEMPLATES:
        frame.templates.get_template(path.relative_to(FOLDER).as_posix())


def test_every_sentence_is_given_exactly_what_it_asks_for() -> None:
    wrong = []
    for path in templates.TEMPLATES:
        for key, call in templates.keys(path):
            given = {keyword.key for keyword in call.kwargs}
            if key in TEXTS.gaps and given != TEXTS.gaps[key]:
                wrong.append((templates.place(path, call), key, sorted(given)))
    assert wrong == []


def test_a_key_is_written_where_the_tests_can_see_it() -> None:
    """`t(name)` would hide from every check which sentences are used."""
    hidden = [
        templates.place(path, call)
        for path in templates.TEMPLATES
        for call in templates.said(path)
        if not isinstance(call.args[0], nodes.Const | nodes.Concat | nodes.CondExpr)
    ]
    assert hidden == []


@pytest.mark.parametrize("path", sorted(LOCALES.glob("console*.toml")), ids=lambda path: path.stem)
def test_a_sentence_of_the_console_fits_into_an_attribute(path: Path) -> None:
    for name, sentence in tomllib.loads(path.read_text("utf-8")).items():
        assert not re.search(r"[<>\"&]", sentence), f"{path.stem}.{name}"


def test_every_class_that_a_template_uses_has_a_style() -> None:
    style = "".join(path.read_text("utf-8") for path in STATIC.rglob("*.css"))
    styled = set(re.findall(r"\.([a-z][a-z0-9-]*)", style))
    used = {
        name
        for path in templates.TEMPLATES
        for value in re.findall(
            r'\sclass="([^"]*)"', re.sub(r"\{[{%].*?[%}]\}", " ", path.read_text("utf-8"))
        )
        for name in value.split()
    }
    # A tone that changes nothing needs no style.
    assert used - styled - {"plain"} == set()
