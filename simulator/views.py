"""A message as a person sees it: author, text as HTML, buttons, media."""

from typing import TYPE_CHECKING, Any

from simulator.keyboards import inline_view
from simulator.markup import to_html

if TYPE_CHECKING:
    from simulator.state import Message, World

JSON = dict[str, Any]

FILE_KINDS = ("document", "voice", "video", "audio", "animation", "video_note")


def message_view(world: "World", message: "Message", viewer: int) -> JSON:
    """The message for the viewer's screen; viewer 0 sees a group from outside."""
    data = message.data
    text = data.get("text") or data.get("caption") or ""
    entities = data.get("entities") or data.get("caption_entities") or []
    return {
        "id": message.id,
        "from": _side(world, message, viewer),
        "author": data["from"].get("first_name", ""),
        "author_id": message.author,
        "date": data["date"],
        "text": text,
        "html": to_html(text, entities),
        "buttons": inline_view(data.get("reply_markup")),
        "edited": "edit_date" in data,
        "media": media_view(world, data),
    }


def media_view(world: "World", data: JSON) -> JSON | None:
    """The part of a message that is not text, None for a plain text."""
    if "photo" in data:
        return {"kind": "photo", **_file_view(world, data["photo"][-1])}
    for kind in FILE_KINDS:
        if kind in data:
            shown = kind if kind in ("document", "voice") else "other"
            return {"kind": shown, **_file_view(world, data[kind])}
    if "poll" in data:
        return {"kind": "poll", **_poll(data["poll"], world.votes.get(data["poll"]["id"], {}))}
    for kind, view in VIEWS.items():
        if kind in data:
            return {"kind": kind, **view(data[kind])}
    return None if "text" in data else {"kind": "other"}


def _side(world: "World", message: "Message", viewer: int) -> str:
    if message.author == world.bot.id:
        return "bot"
    return "me" if message.author == viewer else "other"


def _file_view(world: "World", data: JSON) -> JSON:
    file = world.files.find(str(data.get("file_unique_id", "")))
    if file is None:
        return {"name": data.get("file_name", ""), "size": data.get("file_size", 0)}
    return {"url": file.url, "name": file.name, "size": file.size}


def _venue(data: JSON) -> JSON:
    place = _place(data.get("location", {}))
    return {**place, "title": data.get("title", ""), "address": data.get("address", "")}


def _place(data: JSON) -> JSON:
    return {"latitude": data.get("latitude", 0), "longitude": data.get("longitude", 0)}


def _contact(data: JSON) -> JSON:
    name = f"{data.get('first_name', '')} {data.get('last_name', '')}".strip()
    return {"title": name, "name": name, "phone_number": data.get("phone_number", "")}


def _poll(data: JSON, votes: dict[int, list[int]]) -> JSON:
    """All that there is to a poll: a page shows of it what its person may see by now."""
    return {
        "title": data.get("question", ""),
        "options": [option.get("text", "") for option in data.get("options", [])],
        "closed": bool(data.get("is_closed")),
        "counts": [option.get("voter_count", 0) for option in data.get("options", [])],
        "right": data.get("correct_option_ids", []) if data.get("type") == "quiz" else None,
        "explanation": data.get("explanation", ""),
        "closes": data.get("close_date", 0),
        "votes": {str(person): chosen for person, chosen in votes.items() if chosen},
    }


def _emoji(data: JSON) -> JSON:
    return {"emoji": data.get("emoji", "")}


# A venue comes before its location: Telegram sends both fields.
VIEWS = {
    "venue": _venue,
    "location": _place,
    "contact": _contact,
    "sticker": _emoji,
    "dice": _emoji,
}
