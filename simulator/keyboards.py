"""What Telegram accepts as reply_markup, and what a person sees of it."""

from typing import Any

from simulator.entities import checked_url
from simulator.errors import bad

JSON = dict[str, Any]

MOST_BUTTONS = 100
MOST_DATA_BYTES = 64
KINDS = {
    "callback_data": "callback",
    "url": "url",
    "login_url": "url",
    "web_app": "web_app",
    "switch_inline_query": "switch",
    "switch_inline_query_current_chat": "switch",
    "switch_inline_query_chosen_chat": "switch",
    "copy_text": "copy",
}


def read_markup(markup: JSON | None, *, private: bool) -> JSON | None:
    """The markup as Telegram keeps it, None for none; refuses what Telegram refuses."""
    if not markup:
        return None
    if "inline_keyboard" in markup:
        rows = [_inline_row(row, private) for row in _rows(markup["inline_keyboard"])]
        rows = [row for row in rows if row]
        if sum(map(len, rows)) > MOST_BUTTONS:
            raise bad("reply markup is too long")
        return {"inline_keyboard": rows}
    if "keyboard" in markup:
        rows = [_reply_row(row, private) for row in _rows(markup["keyboard"])]
        if sum(map(len, rows)) > 3 * MOST_BUTTONS:
            raise bad("reply markup is too long")
        return {**markup, "keyboard": [row for row in rows if row]}
    if markup.get("remove_keyboard") or markup.get("force_reply"):
        return markup
    return None


def is_inline(markup: JSON | None) -> bool:
    """Whether the markup belongs to one message and not to the chat."""
    return bool(markup) and "inline_keyboard" in (markup or {})


def inline_view(markup: JSON | None) -> list[list[JSON]]:
    """The buttons under a message, as the page shows them."""
    rows = (markup or {}).get("inline_keyboard", [])
    return [[_button_view(button) for button in row] for row in rows]


def keyboard_view(markup: JSON | None) -> JSON | None:
    """The reply keyboard of a chat, as the page shows it."""
    if not markup or "keyboard" not in markup:
        return None
    view: JSON = {
        "rows": [[_key_view(key) for key in row] for row in markup["keyboard"]],
        "persistent": bool(markup.get("is_persistent")),
        "one_time": bool(markup.get("one_time_keyboard")),
    }
    if markup.get("input_field_placeholder"):
        view["placeholder"] = markup["input_field_placeholder"]
    return view


def kind_of(button: JSON) -> str:
    """What a press on the inline button does."""
    return next((kind for field, kind in KINDS.items() if field in button), "callback")


def _rows(rows: Any) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    return rows


def _inline_row(row: list[Any], private: bool) -> list[JSON]:
    return [_inline_button(button, private) for button in row]


def _inline_button(button: Any, private: bool) -> JSON:
    wrong = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad(wrong + "InlineKeyboardButton must be an Object")
    text = button.get("text")
    if not isinstance(text, str):
        raise bad(wrong + 'Can\'t find field "text"')
    if not text.strip():
        raise bad("inline keyboard button text must be non-empty")
    if not any(field in button for field in (*KINDS, "pay", "callback_game")):
        raise bad(wrong + "Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button:
        data = str(button["callback_data"]).encode("utf-8", "surrogatepass")
        if not 1 <= len(data) <= MOST_DATA_BYTES:
            raise bad("BUTTON_DATA_INVALID")
    if "url" in button:
        _check_url(str(button["url"]))
    if "web_app" in button:
        _check_web_app(button["web_app"], private)
    if "copy_text" in button and not 1 <= len(str(button["copy_text"].get("text", ""))) <= 256:
        raise bad("BUTTON_COPY_TEXT_INVALID")
    return button


def _check_url(url: str) -> None:
    if not url.strip():
        raise bad("inline keyboard button URL is empty")
    if not checked_url(url):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _check_web_app(web_app: Any, private: bool) -> None:
    url = str(web_app.get("url", "")) if isinstance(web_app, dict) else ""
    if not private:
        raise bad("BUTTON_TYPE_INVALID")
    if not url.startswith("https://"):
        raise bad(
            f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed"
        )


def _reply_row(row: list[Any], private: bool) -> list[JSON]:
    return [_reply_key(key, private) for key in row]


def _reply_key(key: Any, private: bool) -> JSON:
    key = {"text": key} if isinstance(key, str) else key
    wrong = "can't parse keyboard button: "
    if not isinstance(key, dict):
        raise bad(wrong + "KeyboardButton must be an Object")
    if not isinstance(key.get("text"), str):
        raise bad(wrong + 'Can\'t find field "text"')
    if not key["text"].strip():
        raise bad("keyboard button text must be non-empty")
    if not private and key.get("request_contact"):
        raise bad("phone number can be requested in private chats only")
    if not private and key.get("request_location"):
        raise bad("location can be requested in private chats only")
    if not private and key.get("web_app"):
        raise bad("Web App buttons can be used in private chats only")
    return key


def _button_view(button: JSON) -> JSON:
    view = {"text": button["text"], "kind": kind_of(button)}
    if "url" in button:
        view["url"] = checked_url(button["url"])
    elif "web_app" in button:
        view["url"] = button["web_app"]["url"]
    elif "copy_text" in button:
        view["copy"] = button["copy_text"]["text"]
    return view


def _key_view(key: JSON) -> JSON:
    kind = "contact" if key.get("request_contact") else "text"
    return {"text": key["text"], "kind": "location" if key.get("request_location") else kind}
