"""Rules of the house that no tool holds: language, clocks, lengths, documents."""

from __future__ import annotations

import ast
import re
import tomllib

import pytest

from tests.house.source import OTHERS, PRODUCT, ROOT, calls, files, place, strings, tree

# CJK ideographs; an escape names them as well as the character itself.
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
# A range of characters says which script is meant and is no word of it.
RANGE = re.compile(r"\\u3400-|\\u4dbf|\\u4e00-\\u9f[a-f0-9]{2}|\\uf900-\\ufaff")
CLOCKS = {"now", "utcnow", "today", "fromtimestamp", "utcfromtimestamp"}
LONGEST = 400


def chinese(text: str) -> list[str]:
    """The ideographs in a file's source, written out or escaped, ranges left aside."""
    found = HAN.findall(text)
    escaped = re.findall(r"\\u([0-9a-fA-F]{4})", RANGE.sub("", text))
    return found + [code for code in escaped if HAN.match(chr(int(code, 16)))]


def test_no_sentence_hides_in_the_program() -> None:
    found = {
        place(path, number): chinese(line)
        for path in files(*PRODUCT)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if chinese(line)
    }
    assert found == {}
    # A benchmark says nothing to anybody; it may name a character to make load of it.
    load = [path.name for path in files("benchmarks") if HAN.search(path.read_text("utf-8"))]
    assert load == []


@pytest.mark.parametrize("line", ['x = "工资"', r'x = "\u5de5\u8d44"', "# 工资"])
def test_the_scan_for_sentences_finds_them(line: str) -> None:
    assert chinese(line)
    assert not chinese(r're.compile("[\u4e00-\u9fff]")')


def test_only_the_clock_asks_what_time_it_is() -> None:
    asked = [
        place(path, node)
        for path in files(*PRODUCT)
        if path.relative_to(ROOT).as_posix() != "domain/clock.py"
        for name, node in calls(path)
        if re.fullmatch(r"(datetime\.)?(datetime|date)\.\w+", name)
        and name.rpartition(".")[2] in CLOCKS
    ]
    assert asked == []
    clock = [name for name, _ in calls(ROOT / "domain" / "clock.py")]
    # The scan itself works: it sees the one call that is allowed.
    assert "datetime.now" in clock


def test_files_stay_short_enough_to_read() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in files(*PRODUCT, *OTHERS)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_module_opens_with_one_sentence() -> None:
    bare = []
    for path in files(*PRODUCT):
        first = (ast.get_docstring(tree(path)) or "").split("\n\n")[0]
        if not first.rstrip("`").endswith("."):
            bare.append(path.relative_to(ROOT).as_posix())
    assert bare == []


def test_every_dependency_says_why_it_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    names = {
        match.group(1).lower()
        for group in groups
        for wanted in group
        if (match := re.match(r"([A-Za-z0-9_.-]+)", wanted))
    }
    document = (ROOT / "docs" / "dependencies.md").read_text("utf-8").lower()
    rows = "\n".join(line for line in document.splitlines() if line.startswith("|"))
    assert sorted(name for name in names if not re.search(rf"\b{re.escape(name)}\b", rows)) == []


def test_only_our_data_goes_into_the_locks() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text("utf-8")
        pinned = re.findall(r"^([A-Za-z0-9_.\[\]-]+)==", text, re.MULTILINE)
        assert pinned, lock.name
        loose = [
            line
            for line in text.splitlines()
            if line and not line.startswith((" ", "#", "-")) and "==" not in line
        ]
        assert loose == []


def test_nothing_is_printed_but_by_the_command_line() -> None:
    printing = {
        path.relative_to(ROOT).as_posix()
        for path in files(*PRODUCT)
        for name, _ in calls(path)
        if name == "print"
    }
    assert all(name.startswith("bot/") for name in printing)


def test_no_secret_stands_in_the_source() -> None:
    token = re.compile(r"\d{8,10}:[A-Za-z0-9_-]{35}$")
    found = [
        place(path, node)
        for path in files(*PRODUCT, "simulator", "benchmarks")
        for node in strings(path)
        if token.search(str(node.value)) and "DEMO" not in str(node.value)
    ]
    assert found == []
