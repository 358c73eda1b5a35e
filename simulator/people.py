"""What people do on their phones; every act becomes the update that Telegram would send."""

import mimetypes
import re
import secrets
from typing import Any

from simulator.delivery import Delivery, Key
from simulator.entities import units, with_detected
from simulator.errors import Refused
from simulator.faults import Faults
from simulator.files import File, photo_sizes
from simulator.keyboards import kind_of
from simulator.signals import Signal
from simulator.state import JSON, Chat, Clock, Message, Press, World

MOST_UNITS = 4096
OWN = 0
DAXING = (39.7267, 116.3414)


class People(World):
    """The world and what its people do; Refused if they cannot."""

    def __init__(self, token: str, clock: Clock, retry_scale: float) -> None:
        super().__init__(token, clock)
        self.faults = Faults()
        self.changed = Signal()
        self.delivery = Delivery(clock, self.faults, self.changed, retry_scale)

    def say(self, user_id: int, text: str, chat_id: int | None = None) -> JSON:
        """Types a text; a long one goes out in parts as the apps do, the last is returned."""
        text = text.strip()
        if not text:
            raise Refused(400, "an empty text cannot be sent")
        said: JSON = {}
        for part in _parts(text):
            content: JSON = {"text": part}
            if entities := with_detected(part, []):
                content["entities"] = entities
            said = self._says(user_id, content, chat_id)
        return said

    def start(self, user_id: int, payload: str = "") -> JSON:
        """Presses 开始, or follows a deep link with that payload."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,64}", payload):
            raise Refused(400, "START_PARAM_INVALID")
        return self.say(user_id, f"/start {payload}".strip())

    def send(self, user_id: int, message: JSON, chat_id: int | None = None) -> JSON:
        """Sends a message with any Bot API content: voice, sticker, forward..."""
        return self._says(user_id, message, chat_id)

    def location(self, user_id: int, latitude: float = 0, longitude: float = 0) -> JSON:
        """Shares a place; somewhere in Daxing if none is given."""
        place = (latitude, longitude) if latitude or longitude else DAXING
        content = {"latitude": float(place[0]), "longitude": float(place[1])}
        return self._says(user_id, {"location": content})

    def contact(
        self, user_id: int, phone_number: str = "", first_name: str = "", owner: int | None = OWN
    ) -> JSON:
        """Shares a contact: the own one, or `owner`'s; None is a person without Telegram."""
        person = self.person(user_id)
        contact: JSON = {
            "phone_number": phone_number or f"+86138{person.id % 10**8:08d}",
            "first_name": first_name or person.name,
        }
        if owner is not None:
            contact["user_id"] = owner or person.id
        return self._says(user_id, {"contact": contact})

    def photo(self, user_id: int, name: str = "photo.jpg", **options: Any) -> JSON:
        """Sends a photo: `data` bytes, or a claimed `size`; `caption`; `album`."""
        mime_type = str(options.get("mime_type") or "") or mimetypes.guess_type(name)[0]
        file = self.files.add("photo", name, *_data(options), mime_type or "image/jpeg")
        return self._says(user_id, {"photo": photo_sizes(file), **_caption(options)})

    def document(self, user_id: int, name: str, **options: Any) -> JSON:
        """Sends a file: `data` bytes, or a claimed `size`; `caption`, `mime_type`."""
        mime_type = str(options.get("mime_type") or "")
        file = self.files.add("document", name, *_data(options), mime_type)
        return self._says(user_id, {"document": document_data(file), **_caption(options)})

    def edit(self, user_id: int, message_id: int, text: str) -> JSON:
        """Changes an own text."""
        person = self.person(user_id)
        message = self.chats[person.id].messages.get(message_id)
        if message is None or message.author != person.id:
            raise Refused(404, f"no own message {message_id}")
        data = {k: v for k, v in message.data.items() if k != "entities"}
        data |= {"text": text, "edit_date": int(self.clock())}
        if entities := with_detected(text, []):
            data["entities"] = entities
        message.data = data
        self.show_message(message)
        update_id = self.publish("edited_message", data, ("chat", message.chat_id))
        return {"message_id": message_id, "update_id": update_id}

    def press(self, user_id: int, text: str, chat_id: int | None = None) -> JSON:
        """Presses the newest visible button whose label contains the text."""
        chat = self._chat_of(user_id, chat_id)
        for message in reversed(chat.messages.values()):
            if message.id < chat.keyboard_message and (key := _find_key(chat, text)):
                return self._press_key(user_id, chat, key)
            if (button := _find_button(message, text)) is not None:
                return self._press_inline(user_id, message, button)
        if key := _find_key(chat, text):
            return self._press_key(user_id, chat, key)
        raise Refused(404, f"no button with {text!r}")

    def press_at(self, user_id: int, message_id: int, row: int, column: int) -> JSON:
        """Presses the button at that place under that message."""
        message = self._chat_of(user_id, None).messages.get(message_id)
        rows = (message.data.get("reply_markup") or {}).get("inline_keyboard") if message else None
        if not message or not rows or not 0 <= row < len(rows) or not 0 <= column < len(rows[row]):
            raise Refused(404, "no such button")
        return self._press_inline(user_id, message, rows[row][column])

    def press_data(self, user_id: int, message_id: int, data: str) -> JSON:
        """Presses a button that may never have been there: forged or from an old version."""
        message = self._chat_of(user_id, None).messages.get(message_id)
        if message is None:
            raise Refused(404, f"no message {message_id}")
        return self._press_inline(user_id, message, {"text": "", "callback_data": data})

    def vote(self, user_id: int, message_id: int, options: list[int]) -> JSON:
        """Votes in a poll; no options take the vote back. In a quiz one answer is for good."""
        self.close_polls()
        chat = next((c for c in self.chats.values() if message_id in c.messages), None)
        poll = chat.messages[message_id].data.get("poll") if chat else None
        if chat is None or poll is None or user_id not in chat.members:
            raise Refused(404, "no such poll")
        if poll["is_closed"] or any(not 0 <= o < len(poll["options"]) for o in options):
            raise Refused(404, "no such open poll or option")
        votes = self.votes.setdefault(poll["id"], {})
        is_final = poll["type"] == "quiz" and not poll["allows_revoting"]
        if is_final and (not options or user_id in votes):
            raise Refused(409, "an answer to a quiz cannot be changed")
        votes[user_id] = options
        for number, option in enumerate(poll["options"]):
            option["voter_count"] = sum(number in chosen for chosen in votes.values())
        poll["total_voter_count"] = sum(map(bool, votes.values()))
        key: Key = ("poll", poll["id"])
        self.show_message(chat.messages[message_id])
        self.publish("poll", poll, key)
        if poll["is_anonymous"]:
            return {"update_id": None}
        answer = {
            "poll_id": poll["id"],
            "user": self.person(user_id).as_user(),
            "option_ids": options,
            "option_persistent_ids": [str(number) for number in options],
        }
        return {"update_id": self.publish("poll_answer", answer, key)}

    def close_polls(self, now: float | None = None) -> int:
        """Closes the polls whose time is over; how many. `now` may be ahead of the clock."""
        now = self.clock() if now is None else now
        late = [one for one in self.timed.values() if one.data["poll"]["close_date"] <= now]
        for message in late:
            self.close_poll(message)
        return len(late)

    def close_poll(self, message: Message) -> JSON:
        """Nobody can vote any more; the bot is told. The poll."""
        self.timed.pop(message.id, None)
        poll = {**message.data["poll"], "is_closed": True}
        message.data = {**message.data, "poll": poll}
        self.show_message(message)
        self.publish("poll", poll, ("poll", poll["id"]))
        return poll

    def block(self, user_id: int) -> JSON:
        """Stops the bot: sending to this person gives 403 from now on."""
        return self._member_change(user_id, True)

    def unblock(self, user_id: int) -> JSON:
        """Lets the bot write again."""
        return self._member_change(user_id, False)

    def add_group(self, title: str, members: list[int]) -> int:
        """A group with the bot in it, made by the first member; returns the id."""
        if not members:
            raise Refused(400, "a group needs a member")
        chat = self.new_group(title, members)
        self._publish_membership(chat, members[0], "left", "member")
        return chat.id

    def raw_update(self, update: Any) -> JSON:
        """Delivers anything as an update."""
        return {"update_id": self.delivery.publish_raw(update)}

    def publish(self, kind: str, content: JSON, key: Key) -> int | None:
        """Sends an update to the bot; None if it did not ask for that kind."""
        return self.delivery.publish(kind, content, key)

    def _says(self, user_id: int, content: JSON, chat_id: int | None = None) -> JSON:
        chat = self._chat_of(user_id, chat_id)
        self.people[user_id].toast = None
        message = self.post(chat, user_id, content)
        if _uses_once(chat, content):
            self.set_keyboard(chat, None)
        update_id = self.publish("message", message.data, ("chat", chat.id))
        return {"message_id": message.id, "update_id": update_id}

    def _chat_of(self, user_id: int, chat_id: int | None) -> Chat:
        person = self.person(user_id)
        chat = self.chats.get(chat_id or user_id)
        if chat is None or user_id not in chat.members:
            raise Refused(404, f"{person.name} is not in chat {chat_id}")
        if chat.private and person.blocked:
            raise Refused(409, "the bot is blocked; unblock it first")
        return chat

    def _press_key(self, user_id: int, chat: Chat, key: JSON) -> JSON:
        if key.get("request_contact"):
            said = self.contact(user_id)
        elif key.get("request_location"):
            said = self.location(user_id)
        else:
            said = self.say(user_id, key["text"], chat.id)
        return {"kind": "reply", **said}

    def _press_inline(self, user_id: int, message: Message, button: JSON) -> JSON:
        if kind_of(button) != "callback":
            return self._follow(user_id, button)
        person = self.people[user_id]
        person.toast = None
        query_id = str(secrets.randbits(62) | 1 << 61)
        self._forget_old_presses()
        self.presses[query_id] = Press(user_id, message.id, self.clock())
        query = {
            "id": query_id,
            "from": person.as_user(),
            "message": message.data,
            "chat_instance": str(3_141_592_653_589 + message.chat_id),
            "data": button["callback_data"],
        }
        update_id = self.publish("callback_query", query, ("user", user_id))
        return {"kind": "inline", "update_id": update_id, "message_id": message.id}

    def _forget_old_presses(self) -> None:
        """Keeps the memory flat; what is an hour old is answered in no setting."""
        while self.presses:
            oldest = next(iter(self.presses))
            if self.clock() - self.presses[oldest].time < 3600:
                return
            del self.presses[oldest]

    def _follow(self, user_id: int, button: JSON) -> JSON:
        """Opens a link; a deep link to this bot starts it."""
        url = str(button.get("url", ""))
        link = re.fullmatch(rf"https?://t\.me/{self.bot.username}\?start=([\w-]{{0,64}})", url)
        if link:
            return {"kind": "url", "url": url, **self.start(user_id, link.group(1))}
        return {"kind": kind_of(button), "url": url, "update_id": None}

    def _member_change(self, user_id: int, blocked: bool) -> JSON:
        person = self.person(user_id)
        if person.blocked != blocked:
            person.blocked = blocked
            old, new = ("member", "kicked") if blocked else ("kicked", "member")
            self._publish_membership(self.chats[user_id], user_id, old, new)
            self.show({"type": "user", "user": person.view()})
        return {}

    def _publish_membership(self, chat: Chat, user_id: int, old: str, new: str) -> None:
        bot = self.bot.as_user()

        def member(status: str) -> JSON:
            until = {"until_date": 0} if status == "kicked" else {}
            return {"user": bot, "status": status, **until}

        change = {
            "chat": chat.data,
            "from": self.people[user_id].as_user(),
            "date": int(self.clock()),
            "old_chat_member": member(old),
            "new_chat_member": member(new),
        }
        self.publish("my_chat_member", change, ("chat", chat.id))


def document_data(file: File) -> JSON:
    """The Bot API Document of a stored file."""
    return {**file.reference(), "file_name": file.name, "mime_type": file.mime_type}


def _data(options: JSON) -> tuple[bytes | None, int]:
    return options.get("data"), int(options.get("size") or 0)


def _caption(options: JSON) -> JSON:
    caption = str(options.get("caption") or "").strip()
    # Each picture of an album comes by itself, with the album's mark.
    album = str(options.get("album") or "")
    group = {"media_group_id": album} if album else {}
    if not caption:
        return group
    entities = with_detected(caption, [])
    return group | {"caption": caption} | ({"caption_entities": entities} if entities else {})


def _parts(text: str) -> list[str]:
    """The text in pieces of at most 4,096 UTF-16 units."""
    if units(text) <= MOST_UNITS:
        return [text]
    parts: list[str] = []
    piece: list[str] = []
    length = 0
    for character in text:
        size = 2 if ord(character) > 0xFFFF else 1
        if length + size > MOST_UNITS:
            parts.append("".join(piece))
            piece, length = [], 0
        piece.append(character)
        length += size
    return [*parts, "".join(piece)]


def _find_button(message: Message, text: str) -> JSON | None:
    rows = (message.data.get("reply_markup") or {}).get("inline_keyboard", [])
    return _best([button for row in rows for button in row], text)


def _find_key(chat: Chat, text: str) -> JSON | None:
    rows = (chat.keyboard or {}).get("keyboard", [])
    return _best([key for row in rows for key in row], text)


def _uses_once(chat: Chat, content: JSON) -> bool:
    """Whether this came from a key of a one-time keyboard, which then goes."""
    if not chat.keyboard or not chat.keyboard.get("one_time_keyboard"):
        return False
    keys = [key for row in chat.keyboard["keyboard"] for key in row]
    return (
        any(key["text"] == content.get("text") for key in keys)
        or ("contact" in content and any(key.get("request_contact") for key in keys))
        or ("location" in content and any(key.get("request_location") for key in keys))
    )


def _best(buttons: list[JSON], text: str) -> JSON | None:
    """The button with exactly this label, else the first that contains it."""
    fitting = [button for button in buttons if text in button["text"]]
    exact = [button for button in fitting if button["text"] == text]
    return next(iter(exact or fitting), None)
