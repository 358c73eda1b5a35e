"""Telegram's HTML: what becomes of it, and how the phone page may show it."""

from typing import Any

import pytest

from simulator import ApiError
from simulator.entities import cut, formatted
from simulator.markup import to_html


def read(source: str) -> tuple[str, list[tuple[str, str]]]:
    """The text, and each entity as its kind and the piece that it covers."""
    text, entities = formatted(source, "HTML", None)
    return text, [(e["type"], cut(text, e["offset"], e["length"])) for e in entities]


PIECES = [
    ("<b>粗</b><strong>a</strong>", "粗a", [("bold", "粗"), ("bold", "a")]),
    ("<i>x</i><em>y</em>", "xy", [("italic", "x"), ("italic", "y")]),
    ("<u>x</u><ins>y</ins>", "xy", [("underline", "x"), ("underline", "y")]),
    ("<s>x</s><del>y</del>", "xy", [("strikethrough", "x"), ("strikethrough", "y")]),
    ("<tg-spoiler>x</tg-spoiler>", "x", [("spoiler", "x")]),
    ('<span class="tg-spoiler">x</span>', "x", [("spoiler", "x")]),
    ("<blockquote>依据\n二</blockquote>", "依据\n二", [("blockquote", "依据\n二")]),
    ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", "x")]),
    ("<b>一<i>二</i></b>", "一二", [("bold", "一二"), ("italic", "二")]),
    ("👍<b>好👍</b>", "👍好👍", [("bold", "好👍")]),
    ("&lt;b&gt; &amp; &quot;&#20320;&#x597D;", '<b> & "你好', []),
    ("1 &nbsp; &unknown; & 2", "1 &nbsp; &unknown; & 2", []),
    ("<code><b>x</b></code>", "x", [("code", "x")]),
    ("  <b> x </b>  ", "x", [("bold", "x")]),
    ("<B>x</B>", "x", [("bold", "x")]),
    (
        "/start@nuanxin_sim_bot 见 https://a.cn/b。",
        "/start@nuanxin_sim_bot 见 https://a.cn/b。",
        [("bot_command", "/start@nuanxin_sim_bot"), ("url", "https://a.cn/b")],
    ),
    ("/帮助 和 1/2 和 a/start", "/帮助 和 1/2 和 a/start", []),
    ("<code>/start</code>", "/start", [("code", "/start")]),
    (
        "#工会 @wangfang_1 a@b.cn",
        "#工会 @wangfang_1 a@b.cn",
        [("hashtag", "#工会"), ("mention", "@wangfang_1"), ("email", "a@b.cn")],
    ),
]


@pytest.mark.parametrize(("source", "text", "pieces"), PIECES)
def test_html_becomes_text_with_entities(
    source: str, text: str, pieces: list[tuple[str, str]]
) -> None:
    assert read(source) == (text, pieces)


def test_a_language_makes_a_code_block_of_pre_and_code() -> None:
    _, entities = formatted('<pre><code class="language-python">x</code></pre>', "HTML", None)
    assert entities == [{"type": "pre", "offset": 0, "length": 1, "language": "python"}]


def test_a_link_keeps_its_address_and_one_without_a_host_is_dropped() -> None:
    _, entities = formatted(
        '<a href="https://a.cn/?x=1&amp;y=2">x</a><a href="/etc">y</a>', "HTML", None
    )
    assert entities == [
        {"type": "text_link", "offset": 0, "length": 1, "url": "https://a.cn/?x=1&y=2"}
    ]


WRONG = [
    ("<x>a</x>", 'Unsupported start tag "x" at byte offset 0'),
    ("你<br>a", 'Unsupported start tag "br" at byte offset 3'),
    ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
    ("a</b>", "Unexpected end tag at byte offset 1"),
    ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
    ("<b>a</b", "Unclosed end tag at byte offset 4"),
    ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
    ("a<b", "Unclosed start tag at byte offset 1"),
    ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ('<a href="x>a</a>', "Unclosed start tag at byte offset 0"),
]


@pytest.mark.parametrize(("source", "words"), WRONG)
def test_bad_html_is_refused_in_telegrams_words(source: str, words: str) -> None:
    with pytest.raises(ApiError) as refusal:
        formatted(source, "HTML", None)
    assert refusal.value.description == f"Bad Request: can't parse entities: {words}"


def test_without_a_parse_mode_nothing_is_parsed() -> None:
    assert formatted("<b>x</b>", "", None) == ("<b>x</b>", [])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([{"type": "bold", "offset": 0, "length": 9}], "ends after the end of the text"),
        ([{"type": "bold", "offset": -1, "length": 1}], "has invalid length"),
        ([{"type": "bold"}], "can't parse MessageEntity"),
    ],
)
def test_entities_outside_the_text_are_refused(given: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(ApiError, match=words):
        formatted("abc", "", given)


def test_more_than_100_entities_are_cut() -> None:
    _, entities = formatted("<b>x</b>." * 150, "HTML", None)
    assert len(entities) == 100


SHOWN = [
    ("<b>一<i>二</i></b>三", "<b>一<i>二</i></b>三"),
    ("&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ('<a href="https://a.cn/&quot;x">x</a>', '<a href="https://a.cn/&quot;x">x</a>'),
    ("<tg-spoiler>👍</tg-spoiler>", '<span class="tg-spoiler">👍</span>'),
    ("<blockquote expandable>a\nb</blockquote>", "<blockquote expandable>a\nb</blockquote>"),
    ("a@b.cn /start", '<a href="mailto:a@b.cn">a@b.cn</a> /start'),
]


@pytest.mark.parametrize(("source", "html"), SHOWN)
def test_the_page_gets_safe_html(source: str, html: str) -> None:
    assert to_html(*formatted(source, "HTML", None)) == html


def test_a_link_with_a_dangerous_scheme_is_shown_as_text() -> None:
    entity = {"type": "text_link", "offset": 0, "length": 1, "url": "javascript:alert(1)"}
    assert to_html("x", [entity]) == "x"


def test_overlapping_entities_give_well_formed_html() -> None:
    entities = [
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "italic", "offset": 1, "length": 2},
    ]
    assert to_html("abc", entities) == "<b>a<i>b</i></b><i>c</i>"
