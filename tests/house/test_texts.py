"""Sentences: each key that is used exists with exactly its gaps, and each that exists is used."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from domain.staff import Permission
from locales import Markup, Texts, escape, load, plain
from simulator.entities import parse_html, units
from tests.house import templates
from tests.house.source import ROOT, calls, files, place, strings, tree

FOLDER = ROOT / "locales" / "zh-CN"
SPEAKERS = ("handlers", "console", "bot", "services", "domain")
TEXTS = load()
NOUNS = "|".join(sorted(path.stem for path in FOLDER.glob("*.toml")))
KEY = re.compile(rf"(?:{NOUNS})\.[a-z0-9_]+")
# The schedule names its ticks in the same way.
TICKS = {"forms.purge"}
# Notes for the audit log and names of files, which no sentence tells.
NOTED = {"exports.cut_off", "knowledge.xlsx"}
LONGEST = 4096


def mentioned() -> dict[str, str]:
    """Every key that is written out somewhere, with one place."""
    found = {
        key: templates.place(path, call)
        for path in templates.TEMPLATES
        for key, call in templates.keys(path)
    }
    return found | {
        str(node.value): place(path, node)
        for path in files(*SPEAKERS)
        for node in strings(path)
        if KEY.fullmatch(str(node.value))
        and node.value not in TICKS
        and _is_text(path, str(node.value))
    }


def patterns() -> dict[str, str]:
    """Every f-string that makes keys, as a regular expression, with one place."""
    found = {
        pattern: path.name for path in templates.TEMPLATES for pattern in templates.patterns(path)
    }
    for path in files(*SPEAKERS):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.JoinedStr):
                pattern = "".join(
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z0-9_]+"
                    for part in node.values
                )
                if re.match(rf"(?:{NOUNS})\\\.", pattern):
                    found[pattern] = place(path, node)
    return found


def _is_text(path: Path, key: str) -> bool:
    """Ids of entries look like keys where a topic and a noun share their name."""
    name, _, rest = key.partition(".")
    return (
        not (ROOT / "knowledge" / "entries" / name / f"{rest}.md").is_file() or key in TEXTS.gaps
    )


def spoken() -> dict[str, str]:
    """Every key that is certainly one: in the faces any, elsewhere what a Refusal is given.

    Permissions, acts of the audit log and ticks of the schedule are named in the same way.
    """
    faces = ("handlers/", "console/")
    refused = {
        str(call.args[0].value)
        for path in files(*SPEAKERS)
        for name, call in calls(path)
        if name == "Refusal" and call.args and isinstance(call.args[0], ast.Constant)
    }
    permissions = {permission.value for permission in Permission}
    return {
        key: where
        for key, where in mentioned().items()
        if (where.startswith(faces) or key in refused) and key not in permissions | NOTED
    }


def test_every_key_that_is_used_exists() -> None:
    missing = {key: where for key, where in spoken().items() if key not in TEXTS.gaps}
    assert missing == {}
    empty = {
        pattern: where
        for pattern, where in patterns().items()
        if not any(re.fullmatch(pattern, key) for key in TEXTS.gaps)
    }
    assert empty == {}


def test_every_key_is_used() -> None:
    named, made = mentioned(), patterns()
    unused = [
        key
        for key in TEXTS.gaps
        if key not in named and not any(re.fullmatch(pattern, key) for pattern in made)
    ]
    assert unused == []


def test_every_sentence_is_given_exactly_what_it_asks_for() -> None:
    wrong = []
    for path in files(*SPEAKERS):
        for name, call in calls(path):
            last = name.rpartition(".")[2]
            if last not in ("t", "texts", "text", "Refusal") or not call.args:
                continue
            key = call.args[0]
            if not isinstance(key, ast.Constant) or key.value not in TEXTS.gaps:
                continue
            given = {keyword.arg for keyword in call.keywords}
            if None not in given and given != TEXTS.gaps[str(key.value)]:
                wrong.append((place(path, call), key.value, sorted(map(str, given))))
    assert wrong == []


def test_the_scan_sees_calls_with_and_without_gaps() -> None:
    used = {
        str(call.args[0].value)
        for path in files("handlers")
        for _, call in calls(path)
        if call.args and isinstance(call.args[0], ast.Constant)
    }
    assert {"ask.private", "common.welcome", "forms.note_begin"} <= used


@pytest.mark.parametrize("key", sorted(TEXTS.gaps))
def test_a_sentence_is_valid_for_telegram_and_short_enough(key: str) -> None:
    values = dict.fromkeys(TEXTS.gaps[key], "<测试>&" * 3)
    text, entities = parse_html(TEXTS(key, **values))
    # A joint between other sentences may be a mere space.
    assert text.strip() or key.endswith("_joint")
    assert units(text) <= LONGEST
    assert len(entities) <= 100
    for name in values:
        # What goes in comes out as plain text.
        assert text.count("<测试>&") >= 3, name


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.name)
def test_a_file_of_texts_has_text_values_only(path: Path) -> None:
    table = tomllib.loads(path.read_text("utf-8"))
    assert all(isinstance(value, str) and value for value in table.values())
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in table)


def test_toasts_and_buttons_fit() -> None:
    short = {key for key in TEXTS.gaps if key.startswith("common.key_") or key.endswith("_button")}
    assert {key: len(plain(TEXTS(key))) for key in short if len(plain(TEXTS(key))) > 40} == {}
    toasts = ("common.button_gone", "ask.thanks", "ask.sorry", "ask.left_toast", "ask.page_gone")
    assert all(len(plain(TEXTS(key))) <= 200 for key in toasts)


def test_the_first_words_fit_their_places_at_telegram() -> None:
    name = "某某某某某某某某区总工会"
    assert len(plain(TEXTS("common.bot_description", union=name))) <= 512
    assert len(plain(TEXTS("common.bot_short_description", union=name))) <= 120
    commands = [key for key in TEXTS.gaps if key.startswith("common.command_")]
    assert all(1 <= len(plain(TEXTS(key))) <= 256 for key in commands)


def test_a_value_never_becomes_markup() -> None:
    texts = Texts({"a.b": "<b>{x}</b>"})
    assert texts("a.b", x="<i>&") == "<b>&lt;i&gt;&amp;</b>"
    assert texts("a.b", x=Markup("<i>y</i>")) == "<b><i>y</i></b>"
    assert escape(3) == "3"
    assert plain(Markup("a &amp; b")) == "a & b"


@pytest.mark.parametrize("values", [{}, {"y": 1}, {"x": 1, "y": 2}])
def test_a_missing_or_superfluous_value_raises_at_once(values: dict[str, int]) -> None:
    texts = Texts({"a.b": "{x}"})
    with pytest.raises(KeyError, match="wants"):
        texts("a.b", **values)
    with pytest.raises(KeyError):
        texts("a.c")
