"""The parts of the frame by themselves: addresses, tokens, lists, charts, sentences, pace."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import cast
from xml.etree import ElementTree

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from console.desk import ConsoleDesk
from console.frame.browsers import describe
from console.frame.charts import chart
from console.frame.edge import dress
from console.frame.lists import ListPage, ListQuery
from console.frame.pace import Pace
from console.frame.paths import own
from console.frame.speech import Speech, day, moment
from console.frame.tokens import csrf_holds, csrf_token, seal, unseal
from locales import Texts
from tests.world import MovableClock


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("/console/units?q=1", "/units?q=1"),
        ("/console/", "/"),
        ("/console", None),
        ("/consolex/", None),
        ("/other", None),
        ("//evil.example/console/", None),
        ("https://evil.example/console/", None),
        ("/console//evil.example", None),
        ("/console/../../etc", None),
        ("/console/\\evil", None),
        ("//[", None),
        ("http://[evil/console/", None),
        ("/console/\r\nSet-Cookie: a=b", None),
        ("", None),
        (None, None),
    ],
)
def test_only_addresses_of_ours_are_gone_to(path: str | None, ours: str | None) -> None:
    assert own(path) == ours


@given(st.text(), st.text())
def test_a_token_holds_for_its_own_secret_only(secret: str, other: str) -> None:
    token = csrf_token(secret)
    assert csrf_holds(secret, token)
    assert csrf_token(secret) != token
    assert secret == other or not csrf_holds(other, token)


@given(st.text())
def test_no_text_is_a_token(text: str) -> None:
    assert not csrf_holds("secret", text)
    assert unseal("secret", text) is None


def test_a_sealed_note_comes_back_whole_or_not_at_all() -> None:
    sealed = seal("secret", ["good", "已保存"])
    assert unseal("secret", sealed) == ["good", "已保存"]
    assert unseal("other", sealed) is None
    for place in range(len(sealed)):
        changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        # The last character of base64 may hold bits that say nothing.
        assert unseal("secret", changed) in (None, ["good", "已保存"])


@given(st.dictionaries(st.sampled_from(["q", "sort", "page", "role", "x"]), st.text()))
def test_a_list_can_be_read_from_any_address_and_written_back(query: dict[str, str]) -> None:
    asked = ListQuery.of(query, sorts=("-at", "name"), filters={"role": ("a", "b")})
    assert asked.order in ("at", "name")
    assert asked.offset >= 0
    assert set(asked.filters) <= {"role"}
    link = asked.link(page=asked.page)
    told = dict(part.split("=", 1) for part in link[1:].split("&") if part)
    assert set(told) <= {"q", "sort", "page", "role"}


def test_sorting_turns_and_forgets_the_page() -> None:
    asked = ListQuery.of({"sort": "name", "page": "3", "q": "王"}, sorts=("-at", "name"))
    assert asked.sort_link("name") == "?q=%E7%8E%8B&sort=-name"
    assert asked.sort_link("at") == "?q=%E7%8E%8B&sort=at"
    assert asked.aria_sort("name") == "ascending"
    assert asked.aria_sort("at") == "none"
    assert asked.link(page=4) == "?q=%E7%8E%8B&sort=name&page=4"


def test_a_page_of_a_list_knows_where_it_is() -> None:
    query = ListQuery.of({"page": "2"})
    page = ListPage(["x"] * 5, 35, query)
    assert (page.first, page.last, page.pages) == (31, 35, 2)
    empty: ListPage[str] = ListPage([], 0, ListQuery.of({}))
    assert (empty.first, empty.last, empty.pages) == (0, 0, 1)


@pytest.mark.parametrize("kind", ["columns", "lines", "bars"])
def test_a_chart_is_sound_and_says_its_figures_in_a_table(kind: str) -> None:
    series: dict[str, list[float]] = {"问<了>": [0, 12, 1234.5]}
    if kind != "bars":
        series["答了"] = [1, 2, 3]
    drawn = chart("标题", "日期", ["一", "二", "&三"], series, kind=kind, table="看表")
    tree = ElementTree.fromstring(str(drawn))
    cells = ["".join(cell.itertext()) for cell in tree.iter("td")]
    assert "1,234.5" in cells
    assert [row.text for row in tree.iter("th") if row.get("scope") == "row"] == [
        "一",
        "二",
        "&三",
    ]
    assert "style=" not in drawn


def test_a_chart_of_nothing_is_a_chart() -> None:
    for kind in ("columns", "lines"):
        ElementTree.fromstring(str(chart("t", "h", [], {"a": []}, kind=kind)))
    ElementTree.fromstring(str(chart("t", "h", ["x"], {"a": [0]}, kind="bars")))


def test_sentences_are_safe_in_attributes_too() -> None:
    t = Speech(Texts({"a.b": "给{name}"}))
    assert t("a.b", name='"><b>') == "给&#34;&gt;&lt;b&gt;"
    assert t.knows("a.b")
    assert not t.knows("a.c")


def test_times_are_beijings() -> None:
    late = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
    assert moment(late) == "2026-11-23 04:30"
    assert day(late) == "2026-11-23"
    assert day(date(2026, 1, 2)) == "2026-01-02"
    assert moment(None) == day(None) == ""


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126 Safari/537.36 Edg/126", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1", "Safari, iPhone"),
        ("<script>alert(1)</script>", "?, ?"),
        ("", "?, ?"),
    ],
)
def test_a_browser_is_named_and_never_quoted(agent: str, told: str) -> None:
    assert describe(agent) == told


def test_one_address_waits_while_another_does_not(clock: MovableClock) -> None:
    pace = Pace(clock, burst=3, per_second=1)
    assert [pace.may("a") for _ in range(4)] == [True, True, True, False]
    assert pace.may("b")
    clock.move(seconds=2)
    assert [pace.may("a") for _ in range(3)] == [True, True, False]
    # A clock that is put back gives nothing and takes nothing.
    clock.move(hours=-1)
    assert not pace.may("a")


@pytest.mark.parametrize(
    ("behind_proxy", "address", "is_secure"), [(True, "203.0.113.7", True), (False, "", False)]
)
def test_only_our_own_proxy_is_believed(behind_proxy: bool, address: str, is_secure: bool) -> None:
    told = {"X-Forwarded-For": "10.9.9.9, 203.0.113.7", "X-Forwarded-Proto": "https"}
    request = make_mocked_request("GET", "/console/", headers=told)
    desk = cast("ConsoleDesk", SimpleNamespace(behind_proxy=behind_proxy))
    assert ConsoleDesk.is_secure(desk, request) is is_secure
    believed = ConsoleDesk.address_of(desk, request)
    assert believed == address if behind_proxy else "203" not in believed


def test_https_is_promised_where_there_is_https() -> None:
    for is_secure in (True, False):
        response = web.Response()
        dress(response, is_secure=is_secure)
        assert ("Strict-Transport-Security" in response.headers) is is_secure
