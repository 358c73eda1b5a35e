"""Entities back into HTML: what the phone page shows, safe to insert into a page."""

import html

from simulator.entities import Entity, cut, units

TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
SAFE_SCHEMES = ("http://", "https://", "tg://", "mailto:", "tel:")


def to_html(text: str, entities: list[Entity]) -> str:
    """The text as HTML with only the tags of Telegram; all else is escaped, line feeds stay."""
    if not entities:
        return html.escape(text)
    end = units(text)
    shown = [e for e in entities if _tags(text, e)[0]]
    edges = sorted({0, end} | {e["offset"] for e in shown} | {_stop(e) for e in shown})
    out: list[str] = []
    open_now: list[Entity] = []
    for start, stop in zip(edges, [*edges[1:], end], strict=True):
        _close(text, out, open_now, start)
        for entity in sorted(shown, key=lambda e: -e["length"]):
            if entity["offset"] == start:
                out.append(_tags(text, entity)[0])
                open_now.append(entity)
        out.append(html.escape(cut(text, start, stop - start)))
    return "".join(out)


def _close(text: str, out: list[str], open_now: list[Entity], at: int) -> None:
    """Ends what stops here; an entity that only overlaps is ended and begun again."""
    ending = [e for e in open_now if _stop(e) <= at]
    if not ending:
        return
    first = min(i for i, e in enumerate(open_now) if _stop(e) <= at)
    again = [e for e in open_now[first:] if _stop(e) > at]
    out.extend(_tags(text, e)[1] for e in reversed(open_now[first:]))
    out.extend(_tags(text, e)[0] for e in again)
    open_now[first:] = again


def _stop(entity: Entity) -> int:
    return int(entity["offset"]) + int(entity["length"])


def _tags(text: str, entity: Entity) -> tuple[str, str]:
    """The opening and closing tag; empty for what the page shows as plain text."""
    kind = entity["type"]
    if kind in TAGS:
        return f"<{TAGS[kind]}>", f"</{TAGS[kind]}>"
    if kind == "spoiler":
        return '<span class="tg-spoiler">', "</span>"
    if kind == "expandable_blockquote":
        return "<blockquote expandable>", "</blockquote>"
    if kind in ("url", "email", "text_link"):
        href = entity.get("url") or cut(text, entity["offset"], entity["length"])
        href = f"mailto:{href}" if kind == "email" else href
        if href.lower().startswith(SAFE_SCHEMES):
            return f'<a href="{html.escape(href)}">', "</a>"
    return "", ""
