"""Formatted text: Telegram's HTML into text with entities, by the rules of Telegram's parser."""

import re
from dataclasses import dataclass
from typing import Any

from simulator.errors import ApiError, bad

Entity = dict[str, Any]

MOST_ENTITIES = 100
SPECIAL = re.compile(r"[<&]")
REFERENCE = re.compile(r"&(?:#(\d{1,8})|#[xX]([0-9a-fA-F]{1,8})|(lt|gt|amp|quot)(?![a-zA-Z]));?")
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
NAME = re.compile(r"[^\s>]*")
ATTRIBUTE = re.compile(r"\s*([^\s=>/\"']*)\s*(=)?\s*")
TOKEN = re.compile(r"[A-Za-z0-9.\-]*")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
PLAIN_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
OTHER_TAGS = {"a", "code", "pre", "blockquote", "tg-emoji"}
DETECTED = re.compile(
    r"(?P<url>https?://[^\s<>\"'，。；、！？：（）《》“”【】]*[^\s<>\"'，。；、！？：（）《》“”【】.,;:!?)])"
    r"|(?P<email>(?<![\w.+-])[A-Za-z0-9.+_-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})"
    r"|(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/<>]))"
    r"|(?P<mention>(?<!\w)@[A-Za-z]\w{3,31}(?!\w))"
    r"|(?P<hashtag>(?<!\w)#(?=\w*[^\W\d])\w+)",
)
OPAQUE = {"code", "pre", "text_link", "text_mention", "url"}


def units(text: str) -> int:
    """The length as Telegram counts it: UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, offset: int, length: int) -> str:
    """The part of the text that an entity covers; offset and length in UTF-16 units."""
    if text.isascii():
        return text[offset : offset + length]
    data = text.encode("utf-16-le", "surrogatepass")
    return data[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")


def formatted(text: str, parse_mode: str, given: list[Entity] | None) -> tuple[str, list[Entity]]:
    """The text as it will be shown, trimmed, with all its entities; refuses as Telegram does."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad("strings must be encoded in UTF-8") from None
    mode = parse_mode.lower()
    if mode == "html":
        text, entities = parse_html(text)
    elif mode in ("markdown", "markdownv2"):
        raise bad("can't parse entities: the simulator reads parse_mode HTML only")
    elif mode:
        raise bad("unsupported parse_mode")
    else:
        entities = _checked(text, given or [])
    text, entities = trimmed(CONTROL.sub(_without_control, text), entities)
    return text, with_detected(text, entities)


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """The plain text and its entities; ApiError with Telegram's words if the HTML is wrong."""
    if SPECIAL.search(source) is None:
        return source, []
    parser = _Parser(source)
    text = parser.run()
    return text, _tidy(parser.entities)


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """The text without white space around it, the entities moved and clipped to match."""
    short = text.strip()
    if len(short) == len(text) or not entities:
        return short, entities
    lead = units(text[: len(text) - len(text.lstrip())])
    end = units(short)
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - lead)
        stop = min(end, entity["offset"] + entity["length"] - lead)
        if stop > start:
            kept.append({**entity, "offset": start, "length": stop - start})
    return short, kept


def with_detected(text: str, entities: list[Entity]) -> list[Entity]:
    """The entities with those that Telegram finds by itself: links, commands, mentions, tags."""
    taken = [(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in OPAQUE]
    found: list[Entity] = []
    for match in DETECTED.finditer(text):
        offset, length = units(text[: match.start()]), units(match.group())
        if not any(start < offset + length and offset < stop for start, stop in taken):
            kind = match.lastgroup
            found.append({"type": kind, "offset": offset, "length": length})
    if found:
        entities = sorted(entities + found, key=_outer_first)
    return entities[:MOST_ENTITIES]


def _without_control(match: re.Match[str]) -> str:
    return "" if match.group() == "\r" else " "


def _outer_first(entity: Entity) -> tuple[int, int]:
    return entity["offset"], -entity["length"]


def _checked(text: str, given: list[Entity]) -> list[Entity]:
    """Entities as the bot gave them, if they lie within the text."""
    end = units(text)
    entities = []
    for entity in given:
        try:
            kind, offset, length = (
                str(entity["type"]),
                int(entity["offset"]),
                int(entity["length"]),
            )
        except (TypeError, KeyError, ValueError):
            raise bad("can't parse MessageEntity: expected an Object") from None
        if offset < 0 or length < 0:
            raise bad(f"entity beginning at UTF-16 offset {offset} has invalid length")
        if offset + length > end:
            raise bad(
                f"entity beginning at UTF-16 offset {offset} ends after the end of the text"
                f" at UTF-16 offset {offset + length}"
            )
        if length:
            entities.append({**entity, "type": kind, "offset": offset, "length": length})
    return sorted(entities, key=_outer_first)


def _tidy(entities: list[Entity]) -> list[Entity]:
    """Outer entities first; code keeps no other formatting inside, as on Telegram."""
    entities.sort(key=_outer_first)
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    code = [
        (e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in ("code", "pre")
    ]
    if not code:
        return entities

    def stays(entity: Entity) -> bool:
        start, stop = entity["offset"], entity["offset"] + entity["length"]
        inside = any(first <= start and stop <= last for first, last in code)
        return entity["type"] in ("code", "pre") or "blockquote" in entity["type"] or not inside

    return [entity for entity in entities if stays(entity)]


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    offset: int
    piece: int


class _Parser:
    """One pass over the source; the errors and their byte offsets are Telegram's."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.pos = 0
        self.offset = 0
        self.pieces: list[str] = []
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def run(self) -> str:
        source = self.source
        while (special := SPECIAL.search(source, self.pos)) is not None:
            self._text(source[self.pos : special.start()])
            self.pos = special.start()
            if source[self.pos] == "&":
                self._reference()
            elif source.startswith("</", self.pos):
                self._end_tag()
            else:
                self._start_tag()
        self._text(source[self.pos :])
        if self.open:
            tag = self.open[-1].tag
            raise _wrong(f'Can\'t find end tag corresponding to start tag "{tag}"')
        return "".join(self.pieces)

    def _text(self, piece: str) -> None:
        if piece:
            self.pieces.append(piece)
            self.offset += units(piece)

    def _reference(self) -> None:
        match = REFERENCE.match(self.source, self.pos)
        if match is None:
            self._text("&")
            self.pos += 1
        else:
            self._text(_character(match))
            self.pos = match.end()

    def _start_tag(self) -> None:
        begin = self.pos
        match = NAME.match(self.source, begin + 1)
        assert match is not None
        tag, self.pos = match.group().lower(), match.end()
        if self.pos >= len(self.source):
            raise self._at("Unclosed start tag", begin)
        if tag not in PLAIN_TAGS and tag not in OTHER_TAGS:
            raise self._at(f'Unsupported start tag "{tag}"', begin)
        argument = self._argument(tag, begin)
        if tag == "span" and argument != "spoiler":
            raise self._at('Tag "span" must have class "tg-spoiler"', begin)
        self.open.append(_Open(tag, argument, self.offset, len(self.pieces)))

    def _argument(self, tag: str, begin: int) -> str:
        """Reads the attributes up to the end of the tag; the value of the one that matters."""
        argument, source = "", self.source
        while True:
            match = ATTRIBUTE.match(source, self.pos)
            assert match is not None
            self.pos, name = match.end(), match.group(1).lower()
            if self.pos >= len(source):
                raise self._at(f'Unclosed start tag "{tag}"', begin)
            if not name:
                if source[self.pos] == ">" and not match.group(2):
                    self.pos += 1
                    return argument
                raise self._at(f'Empty attribute name in the tag "{tag}"', begin)
            value = self._value(begin) if match.group(2) else None
            argument = _argument_of(tag, name, value, argument)

    def _value(self, begin: int) -> str:
        source, quote = self.source, self.source[self.pos]
        if quote in "\"'":
            end = source.find(quote, self.pos + 1)
            if end < 0 or end + 1 >= len(source):
                raise self._at("Unclosed start tag", begin)
            raw, self.pos = source[self.pos + 1 : end], end + 1
            return REFERENCE.sub(_character, raw)
        match = TOKEN.match(source, self.pos)
        assert match is not None
        start, self.pos = self.pos, match.end()
        if self.pos >= len(source):
            raise self._at("Unclosed start tag", begin)
        if not source[self.pos].isspace() and source[self.pos] != ">":
            raise self._at("Unexpected end of name token", start)
        return match.group().lower()

    def _end_tag(self) -> None:
        begin = self.pos
        if not self.open:
            raise self._at("Unexpected end tag", begin)
        match = NAME.match(self.source, begin + 2)
        assert match is not None
        found, end = match.group().lower(), match.end()
        while end < len(self.source) and self.source[end].isspace():
            end += 1
        if end >= len(self.source) or self.source[end] != ">":
            raise self._at("Unclosed end tag", begin)
        expected = self.open[-1].tag
        if found and found != expected:
            raise self._at(
                "Unmatched end tag", begin, f', expected "</{expected}>", found "</{found}>"'
            )
        self.pos = end + 1
        self._close(self.open.pop())

    def _close(self, opened: _Open) -> None:
        length = self.offset - opened.offset
        if length <= 0:
            return
        entity: Entity = {"type": "", "offset": opened.offset, "length": length}
        last = self.entities[-1] if self.entities else None
        same = last is not None and (last["offset"], last["length"]) == (opened.offset, length)
        if opened.tag in PLAIN_TAGS:
            entity["type"] = PLAIN_TAGS[opened.tag]
        elif opened.tag == "blockquote":
            entity["type"] = "expandable_blockquote" if opened.argument else "blockquote"
        elif opened.tag == "pre":
            entity["type"] = "pre"
            if same and last is not None and last["type"] == "code" and self.entities.pop():
                entity |= {"language": last["language"]} if "language" in last else {}
        elif opened.tag == "code":
            entity |= {"type": "code"} | ({"language": opened.argument} if opened.argument else {})
        elif not self._link(entity, opened):
            return
        self.entities.append(entity)

    def _link(self, entity: Entity, opened: _Open) -> bool:
        """Fills in a link or a custom emoji; False if it leads nowhere and is dropped."""
        if opened.tag == "tg-emoji":
            entity |= {"type": "custom_emoji", "custom_emoji_id": opened.argument}
            return opened.argument.isdigit()
        url = opened.argument or "".join(self.pieces[opened.piece :])
        mention = re.fullmatch(r"tg://user\?id=(\d+)", url)
        if mention:
            entity |= {"type": "text_mention", "user": {"id": int(mention.group(1))}}
            return True
        entity |= {"type": "text_link", "url": checked_url(url)}
        return bool(entity["url"])

    def _at(self, what: str, position: int, more: str = "") -> ApiError:
        offset = len(self.source[:position].encode())
        return _wrong(f"{what} at byte offset {offset}{more}")


def checked_url(url: str) -> str:
    """The link as Telegram would keep it, empty if it is none: a host needs a dot."""
    url = url.strip()
    if re.match(r"(?i)(tg|ton|mailto|tel):", url):
        return url
    full = url if re.match(r"(?i)[a-z][a-z0-9+.-]*://", url) else f"http://{url}"
    match = re.match(r"(?i)(https?)://(?:[^/?#@\s]*@)?([^/?#\s:]+)(:\d{1,5})?([/?#]\S*)?$", full)
    if match is None or "." not in match.group(2).strip("."):
        return ""
    return full if match.group(4) else full + "/"


def _argument_of(tag: str, name: str, value: str | None, before: str) -> str:
    if tag == "blockquote" and name == "expandable":
        return "1"
    if value is None:
        return before
    if (tag, name) in (("a", "href"), ("tg-emoji", "emoji-id")):
        return value
    if (tag, name) == ("code", "class") and value.startswith("language-"):
        return value.removeprefix("language-")
    if (tag, name) == ("span", "class") and value.startswith("tg-"):
        return value.removeprefix("tg-")
    return before


def _character(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    if code == 0 or code > 0x10FFFF or 0xD800 <= code < 0xE000:
        return match.group()
    return chr(code)


def _wrong(what: str) -> ApiError:
    return bad(f"can't parse entities: {what}")
