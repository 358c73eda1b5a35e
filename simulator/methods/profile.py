"""The bot's own profile: commands, name, descriptions, menu button."""

import re
from typing import TYPE_CHECKING, Any

from simulator.entities import units
from simulator.errors import bad
from simulator.methods.common import JSON, Method
from simulator.params import Params

if TYPE_CHECKING:
    from simulator.server import Simulator

MOST_COMMANDS = 100
SCOPES: dict[str, tuple[str, ...]] = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}


def set_my_commands(simulator: "Simulator", params: Params) -> bool:
    """Replaces the commands of one scope and language."""
    given = params.array("commands") or []
    if len(given) > MOST_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    commands = [_command(command) for command in given]
    simulator.bot.commands[_scope(params)] = commands
    _tell(simulator)
    return True


def get_my_commands(simulator: "Simulator", params: Params) -> list[JSON]:
    """The commands of exactly that scope and language."""
    return simulator.bot.commands.get(_scope(params), [])


def delete_my_commands(simulator: "Simulator", params: Params) -> bool:
    """Forgets the commands of one scope and language."""
    simulator.bot.commands.pop(_scope(params), None)
    _tell(simulator)
    return True


def set_chat_menu_button(simulator: "Simulator", params: Params) -> bool:
    """What the button beside the input does; chat 0 is every private chat."""
    button = params.mapping("menu_button") or {"type": "default"}
    if button.get("type") not in ("default", "commands", "web_app"):
        raise bad("MenuButton has unsupported type")
    simulator.bot.menu_buttons[params.whole("chat_id")] = button
    return True


def get_chat_menu_button(simulator: "Simulator", params: Params) -> JSON:
    """The button of that chat, or of every private chat."""
    buttons = simulator.bot.menu_buttons
    button = buttons.get(params.whole("chat_id")) or buttons.get(0) or {"type": "default"}
    return {"type": "commands"} if button["type"] == "default" else button


def _setter(store: str, field: str, what: str, most: int) -> Method:
    """A method that keeps one text a language."""

    def set_text(simulator: "Simulator", params: Params) -> bool:
        text = params.text(field).strip()
        if units(text) > most:
            raise bad(f"{what} is too long")
        texts: dict[str, str] = getattr(simulator.bot, store)
        if text:
            texts[_language(params)] = text
        else:
            texts.pop(_language(params), None)
        _tell(simulator)
        return True

    return set_text


def _getter(store: str, field: str) -> Method:
    def get_text(simulator: "Simulator", params: Params) -> JSON:
        texts: dict[str, str] = getattr(simulator.bot, store)
        found = texts.get(_language(params), texts.get("", ""))
        return {field: found or (simulator.bot.name if field == "name" else "")}

    return get_text


def _tell(simulator: "Simulator") -> None:
    simulator.show({"type": "bot", "bot": simulator.bot.view()})


def _command(given: Any) -> JSON:
    if not isinstance(given, dict) or "command" not in given or "description" not in given:
        raise bad("can't parse BotCommand: expected an Object with command and description")
    command = str(given["command"]).strip().removeprefix("/")
    description = str(given["description"]).strip()
    if not command:
        raise bad("command must be non-empty")
    if len(command) > 32:
        raise bad("command length must not exceed 32")
    if not re.fullmatch(r"[a-z0-9_]+", command):
        raise bad("BOT_COMMAND_INVALID")
    if not description:
        raise bad("command description must be non-empty")
    if len(description) > 256:
        raise bad("command description length must not exceed 256")
    return {"command": command, "description": description}


def _scope(params: Params) -> tuple[str, str]:
    """The key under which the commands of a scope and language are kept."""
    scope = params.mapping("scope") or {"type": "default"}
    kind = str(scope.get("type"))
    if kind not in SCOPES:
        raise bad("unsupported scope specified")
    ids = [str(scope.get(field, "")) for field in SCOPES[kind]]
    if not all(ids):
        raise bad("chat_id is empty")
    return " ".join([kind, *ids]), _language(params)


def _language(params: Params) -> str:
    """Two small letters, or empty for everybody; `zh-hans` is none."""
    language = params.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad("invalid language code specified")
    return language


METHODS: dict[str, Method] = {
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": _setter("names", "name", "bot name", 64),
    "getMyName": _getter("names", "name"),
    "setMyDescription": _setter("descriptions", "description", "bot description", 512),
    "getMyDescription": _getter("descriptions", "description"),
    "setMyShortDescription": _setter(
        "short_descriptions", "short_description", "bot short description", 120
    ),
    "getMyShortDescription": _getter("short_descriptions", "short_description"),
    "setChatMenuButton": set_chat_menu_button,
    "getChatMenuButton": get_chat_menu_button,
}
