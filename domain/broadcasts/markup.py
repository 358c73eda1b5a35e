"""The formatting that a broadcast may use: a small part of Telegram's HTML, strictly read.

What passes here, Telegram takes; each mistake is told with its line and column.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from html import unescape

from domain.refusal import Refusal

TAGS = ("b", "i", "u", "s", "a", "code", "blockquote", "tg-spoiler")
MOST_ENTITIES = 100
_TAG = re.compile(r"<(/?)([a-z-]+)((?:\s+[a-z]+=\"[^\"<>]*\")*)\s*>")
_HREF = re.compile(r"\s+href=\"([^\"<>]*)\"")
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot);")
_URL = re.compile(r"https://([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?:[/?#][^\s\"<>{}]*)?", re.IGNORECASE)
# What Telegram would make a link of by itself.
_BARE = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://[^\s<>\"]+)"
    r"|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:com|cn|net|org|gov|info|top|xyz|vip|cc|me|io|app|shop|site"
    r"|online|club|ltd|link|live|work|tv|co|ru|su|biz|mobi|pro)(?![\w-])(?:/[^\s<>\"]*)?",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")


@dataclass(frozen=True, slots=True)
class Read:
    """A text that may be sent: `plain` is what is seen, `links` are what it leads to."""

    plain: str
    links: tuple[str, ...]
    placeholders: tuple[str, ...]

    @property
    def length(self) -> int:
        """As Telegram counts: UTF-16 units, without white space around."""
        return len(self.plain.strip().encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    at: int
    is_tag: bool


def read(source: str, hosts: Collection[str], placeholders: Collection[str]) -> Read:
    """Read a text. Refuses with `broadcasts.markup_...`, `broadcasts.link_host` or
    `broadcasts.placeholder_unknown`, each with its place.
    """
    plain: list[str] = []
    open_: list[tuple[str, int]] = []
    links: list[str] = []
    entities = 0
    for piece in _pieces(source):
        if not piece.is_tag:
            plain.append(_text(source, piece, hosts))
            continue
        match = _TAG.fullmatch(piece.text)
        if match is None or match.group(2) not in TAGS:
            raise _at("broadcasts.markup_tag", source, piece.at, tags=" ".join(TAGS))
        closes, tag, attributes = match.groups()
        if closes:
            if not open_ or open_[-1][0] != tag or attributes:
                raise _at("broadcasts.markup_end", source, piece.at, tag=tag)
            open_.pop()
            continue
        if any(tag == other for other, _ in open_):
            raise _at("broadcasts.markup_twice", source, piece.at, tag=tag)
        if tag == "a":
            links.append(_link(source, piece, attributes, hosts))
        elif attributes:
            raise _at("broadcasts.markup_attribute", source, piece.at, tag=tag)
        open_.append((tag, piece.at))
        entities += 1
    if open_:
        tag, at = open_[-1]
        raise _at("broadcasts.markup_open", source, at, tag=tag)
    if entities > MOST_ENTITIES:
        raise Refusal("broadcasts.markup_many", most=MOST_ENTITIES)
    return Read("".join(plain), tuple(links), tuple(_placeholders(source, placeholders)))


def check_link(url: str, hosts: Collection[str]) -> bool:
    """Whether a link may be sent: https, to one of the hosts or below it, nothing disguised."""
    match = _URL.fullmatch(url)
    if match is None:
        return False
    host = match.group(1).lower()
    return any(host == one or host.endswith(f".{one}") for one in hosts)


def _pieces(source: str) -> Iterator[_Piece]:
    at = 0
    for match in re.finditer(r"<[^<>]*>|[<>]", source):
        if match.start() > at:
            yield _Piece(source[at : match.start()], at, False)
        if len(match.group()) == 1:
            raise _at("broadcasts.markup_sign", source, match.start())
        yield _Piece(match.group(), match.start(), True)
        at = match.end()
    if at < len(source):
        yield _Piece(source[at:], at, False)


def _text(source: str, piece: _Piece, hosts: Collection[str]) -> str:
    for match in re.finditer("&", piece.text):
        if _REFERENCE.match(piece.text, match.start()) is None:
            raise _at("broadcasts.markup_and", source, piece.at + match.start())
    for match in _BARE.finditer(piece.text):
        found = unescape(match.group())
        url = found if "://" in found else f"https://{found}"
        if not check_link(url.rstrip(".,;:!?)"), hosts):
            raise _at("broadcasts.link_host", source, piece.at + match.start(), link=found[:60])
    return unescape(piece.text)


def _link(source: str, piece: _Piece, attributes: str, hosts: Collection[str]) -> str:
    match = _HREF.fullmatch(attributes)
    url = unescape(match.group(1)) if match else ""
    if not url:
        raise _at("broadcasts.markup_href", source, piece.at)
    if not check_link(url, hosts):
        raise _at("broadcasts.link_host", source, piece.at, link=url[:60])
    return url


def _placeholders(source: str, known: Collection[str]) -> Iterator[str]:
    for match in _PLACEHOLDER.finditer(source):
        if match.group(1) not in known:
            raise _at(
                "broadcasts.placeholder_unknown",
                source,
                match.start(),
                name=match.group(1)[:30],
                known=" ".join(f"{{{name}}}" for name in known),
            )
        yield match.group(1)


def _at(code: str, source: str, at: int, **values: object) -> Refusal:
    before = source[:at]
    line, column = before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1
    return Refusal(code, line=line, column=column, **values)
