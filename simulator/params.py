"""The parameters of a Bot API call, whichever way they came: query, form, JSON, multipart."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from simulator.errors import ApiError, bad

JSON = dict[str, Any]

WHOLE = {
    "chat_id",
    "message_id",
    "user_id",
    "offset",
    "limit",
    "timeout",
    "max_connections",
    "message_thread_id",
    "open_period",
    "close_date",
    "correct_option_id",
    "cache_time",
    "live_period",
    "heading",
}
DECIMAL = {"latitude", "longitude", "horizontal_accuracy"}
FLAGS = {
    "drop_pending_updates",
    "show_alert",
    "is_anonymous",
    "allows_multiple_answers",
    "is_closed",
    "disable_notification",
    "protect_content",
    "disable_web_page_preview",
    "disable_content_type_detection",
    "has_spoiler",
    "show_caption_above_media",
    "allow_paid_broadcast",
    "allows_revoting",
    "shuffle_options",
}
STRUCTURES = {
    "reply_markup",
    "entities",
    "caption_entities",
    "link_preview_options",
    "reply_parameters",
    "allowed_updates",
    "commands",
    "scope",
    "options",
    "message_ids",
    "menu_button",
    "question_entities",
    "explanation_entities",
    "correct_option_ids",
    "suggested_post_parameters",
}


@dataclass(slots=True)
class Upload:
    """A file of a multipart call."""

    name: str
    mime_type: str
    data: bytes


class Params:
    """Typed reading; a value of the wrong type is Telegram's 400."""

    def __init__(self, values: JSON, uploads: dict[str, Upload]) -> None:
        self.values = values
        self.uploads = uploads

    def text(self, name: str) -> str:
        """A string, empty if absent."""
        value = self.values.get(name)
        return "" if value is None else value if isinstance(value, str) else str(value)

    def whole(self, name: str, default: int = 0) -> int:
        """An integer."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            raise bad(f"invalid {name} specified")
        return value

    def decimal(self, name: str) -> float | None:
        """A number, None if absent or none."""
        value = self.values.get(name)
        return float(value) if isinstance(value, int | float) else None

    def flag(self, name: str, default: bool = False) -> bool:
        """A Boolean."""
        value = self.values.get(name)
        return default if value is None else bool(value)

    def mapping(self, name: str) -> JSON | None:
        """A JSON object, None if absent."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, dict):
            raise bad(
                "object expected as reply markup"
                if name == "reply_markup"
                else (f"can't parse {name}: expected an Object")
            )
        return value

    def array(self, name: str) -> list[Any] | None:
        """A JSON array, None if absent."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, list):
            raise bad(f"can't parse {name}: expected an Array")
        return value

    def upload(self, name: str) -> Upload | None:
        """The file given under this name, directly or as attach://."""
        value = self.values.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            return self.uploads.get(value.removeprefix("attach://"))
        return self.uploads.get(name)

    def recorded(self) -> JSON:
        """What the call log keeps: values, and of files their name and size."""
        if not self.uploads:
            return self.values
        files = {k: {"file_name": u.name, "size": len(u.data)} for k, u in self.uploads.items()}
        return {**self.values, **files}


async def read_params(request: web.Request) -> Params:
    """All parameters of the call, typed by their names."""
    values: JSON = dict(request.query) if request.query_string else {}
    uploads: dict[str, Upload] = {}
    kind = request.content_type
    try:
        if kind == "application/json":
            body = await request.read()
            values |= _object(body) if body else {}
        elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    data = value.file.read()
                    uploads[name] = Upload(value.filename, value.content_type, data)
                else:
                    values[name] = value
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "Request Entity Too Large") from None
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = _typed(name, value)
    return Params(values, uploads)


def _object(body: bytes) -> JSON:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise bad("can't parse JSON object") from None
    if not isinstance(value, dict):
        raise bad("can't parse JSON object: expected an Object")
    return value


def _typed(name: str, value: str) -> Any:
    """A form value as the JSON it stands for; what cannot be read stays a string."""
    if name in WHOLE:
        sign = value[1:] if value.startswith("-") else value
        return int(value) if sign.isascii() and sign.isdigit() and len(sign) < 20 else value
    if name in FLAGS:
        return value.lower() in ("true", "yes", "1", "t", "y")
    if name in DECIMAL:
        try:
            return float(value)
        except ValueError:
            return value
    if name in STRUCTURES and value:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise bad(f"can't parse {name} JSON object") from None
    return value
