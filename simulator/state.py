"""The world as Telegram keeps it: the bot, people, chats, messages; in memory only."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.errors import Refused, bad, forbidden
from simulator.files import Files
from simulator.keyboards import keyboard_view
from simulator.views import message_view

JSON = dict[str, Any]
Clock = Callable[[], float]
Watcher = Callable[[JSON], None]

FIRST_USER = 5_200_000_017
USER_STEP = 7_919
KEEP_MESSAGES = 5_000


@dataclass(slots=True)
class Person:
    """A person with a phone; the id is also the id of the private chat with the bot."""

    id: int
    name: str
    language_code: str
    blocked: bool = False
    toast: str | None = None
    # Whether the phone page lists them: of a crowd only a few have a phone to look at.
    is_listed: bool = True

    def as_user(self) -> JSON:
        """The person as a Bot API User."""
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.name,
            "language_code": self.language_code,
        }

    def view(self) -> JSON:
        """The person as the phone page lists them."""
        return {
            "id": self.id,
            "name": self.name,
            "language_code": self.language_code,
            "blocked": self.blocked,
        }


@dataclass(slots=True)
class Message:
    """One message of a chat; `data` is the Bot API Message that both sides got."""

    id: int
    chat_id: int
    author: int
    data: JSON


@dataclass(slots=True)
class Chat:
    """A private chat or a group; a keyboard belongs to the chat, not to a message."""

    id: int
    data: JSON
    members: list[int]
    messages: dict[int, Message] = field(default_factory=dict)
    keyboard: JSON | None = None
    keyboard_message: int = 0

    @property
    def private(self) -> bool:
        """Whether it is one person's chat with the bot."""
        return self.id > 0


@dataclass(slots=True)
class Press:
    """A press that waits for its answerCallbackQuery."""

    user_id: int
    message_id: int
    time: float


@dataclass(slots=True)
class Bot:
    """The bot's own account, with the profile that it can set."""

    id: int
    name: str
    username: str
    commands: dict[tuple[str, str], list[JSON]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    menu_buttons: dict[int, JSON] = field(default_factory=dict)

    def as_user(self) -> JSON:
        """The bot as a Bot API User."""
        return {
            "id": self.id,
            "is_bot": True,
            "first_name": self.names.get("") or self.name,
            "username": self.username,
        }

    def commands_for_private(self) -> list[JSON]:
        """The commands that the menu of a private chat shows."""
        for scope in ("all_private_chats", "default"):
            for language in ("zh", ""):
                if self.commands.get((scope, language)):
                    return self.commands[scope, language]
        return []

    def view(self) -> JSON:
        """The bot as the phone page shows it."""
        return {
            "id": self.id,
            "name": self.names.get("zh") or self.names.get("") or self.name,
            "username": self.username,
            "description": self.descriptions.get("zh") or self.descriptions.get("", ""),
            "short_description": self.short_descriptions.get("zh")
            or self.short_descriptions.get("", ""),
            "commands": self.commands_for_private(),
        }


class World:
    """Everybody and everything said; each change is shown to the watchers (phone pages)."""

    def __init__(self, token: str, clock: Clock = time.time) -> None:
        self.token = token
        self.clock = clock
        number = token.split(":", maxsplit=1)[0]
        self.bot = Bot(int(number) if number.isdigit() else 123456, "暖心", "nuanxin_sim_bot")
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.presses: dict[str, Press] = {}
        self.votes: dict[str, dict[int, list[int]]] = {}
        # Messages with open polls that close by the clock.
        self.timed: dict[int, Message] = {}
        self.files = Files()
        self.watchers: set[Watcher] = set()
        self._last_user = FIRST_USER - USER_STEP
        self._last_group = -4_100_000_000
        self._last_message = 0

    def show(self, event: JSON) -> None:
        """Tells every connected page."""
        for watcher in tuple(self.watchers):
            watcher(event)

    def add_user(
        self, name: str, language_code: str = "zh-hans", *, is_listed: bool = True
    ) -> int:
        """A new person with a private chat to the bot; returns the id."""
        name = name.strip()
        if not 1 <= len(name) <= 64:
            raise Refused(400, "a name has 1 to 64 characters")
        self._last_user += USER_STEP
        person = Person(self._last_user, name, language_code, is_listed=is_listed)
        self.people[person.id] = person
        data = {"id": person.id, "first_name": name, "type": "private"}
        self.chats[person.id] = Chat(person.id, data, [person.id])
        if is_listed:
            self.show({"type": "user", "user": person.view()})
        return person.id

    def users(self) -> list[JSON]:
        """The people with a phone to look at, oldest first."""
        return [person.view() for person in self.people.values() if person.is_listed]

    def person(self, user_id: int) -> Person:
        """That person; Refused 404 if there is none."""
        person = self.people.get(user_id)
        if person is None:
            raise Refused(404, f"no person {user_id}")
        return person

    def new_group(self, title: str, members: list[int]) -> Chat:
        """An empty group of these people and the bot."""
        for member in members:
            self.person(member)
        self._last_group -= USER_STEP
        data = {"id": self._last_group, "title": title, "type": "group"}
        chat = self.chats[self._last_group] = Chat(self._last_group, data, list(members))
        self.show({"type": "user", "user": self.group_view(chat)})
        return chat

    def group_view(self, chat: Chat) -> JSON:
        """The group as the phone page lists it, among the people."""
        members = [{"id": one, "name": self.people[one].name} for one in chat.members]
        return {"id": chat.id, "name": chat.data["title"], "members": members, "blocked": False}

    def group_views(self) -> list[JSON]:
        """All groups, oldest first."""
        return [self.group_view(chat) for chat in self.chats.values() if not chat.private]

    def chat(self, chat_id: Any) -> Chat:
        """The chat that a Bot API call names; ApiError as Telegram words it."""
        if chat_id in (None, ""):
            raise bad("chat_id is empty")
        chat = self.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None:
            raise bad("chat not found")
        return chat

    def open_chat(self, chat_id: Any) -> Chat:
        """As `chat`, and the bot may write there."""
        chat = self.chat(chat_id)
        if chat.private and self.people[chat.id].blocked:
            raise forbidden("bot was blocked by the user")
        return chat

    def post(self, chat: Chat, author: int, content: JSON) -> Message:
        """Adds a message to the chat and shows it; the oldest of very many is forgotten."""
        self._last_message += 1
        sender = self.bot if author == self.bot.id else self.people[author]
        data = {
            "message_id": self._last_message,
            "from": sender.as_user(),
            "chat": chat.data,
            "date": int(self.clock()),
            **content,
        }
        message = Message(self._last_message, chat.id, author, data)
        chat.messages[message.id] = message
        if "close_date" in content.get("poll", ()):
            self.timed[message.id] = message
        if len(chat.messages) > KEEP_MESSAGES:
            del chat.messages[next(iter(chat.messages))]
        self.show_message(message)
        return message

    def show_message(self, message: Message) -> None:
        """Shows a new or changed message on the pages; nothing is built if there is none."""
        if self.watchers:
            # A group is seen from outside: the page knows as whom it looks.
            view = message_view(self, message, max(message.chat_id, 0))
            self.show({"type": "message", "user": message.chat_id, "message": view})

    def remove(self, chat: Chat, ids: list[int]) -> None:
        """Takes messages out of the chat, on all phones."""
        gone = [number for number in ids if chat.messages.pop(number, None)]
        if gone:
            self.show({"type": "deleted", "user": chat.id, "ids": gone})

    def set_keyboard(self, chat: Chat, markup: JSON | None, message_id: int = 0) -> None:
        """Puts a reply keyboard under the chat, or takes it away."""
        chat.keyboard, chat.keyboard_message = markup, message_id
        if self.watchers and chat.private:
            view = keyboard_view(markup)
            self.show({"type": "keyboard", "user": chat.id, "keyboard": view})

    def toast(self, user_id: int, text: str, alert: bool) -> None:
        """Shows the answer to a press; an empty text only ends the waiting."""
        self.people[user_id].toast = text or None
        self.show({"type": "toast", "user": user_id, "text": text, "alert": alert})

    def screen(self, user_id: int) -> JSON:
        """What the person sees now in the chat with the bot."""
        person = self.person(user_id)
        return self._screen(self.chats[user_id], person)

    def group_screen(self, group_id: int) -> JSON:
        """The group as its members see it."""
        chat = self.chats.get(group_id)
        if chat is None or chat.private:
            raise Refused(404, f"no group {group_id}")
        return self._screen(chat, None)

    def _screen(self, chat: Chat, person: Person | None) -> JSON:
        viewer = person.id if person else 0
        return {
            "messages": [message_view(self, m, viewer) for m in chat.messages.values()],
            "keyboard": keyboard_view(chat.keyboard),
            "toast": person.toast if person else None,
            "blocked": person.blocked if person else False,
        }

    def forget(self) -> None:
        """Forgets people, chats and files; numbers go on, so that none is used twice."""
        for memory in (self.people, self.chats, self.presses, self.votes, self.timed):
            memory.clear()
        self.files = Files()
        self.show({"type": "cleared"})
