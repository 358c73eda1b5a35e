"""What a broadcast says: its text, what hangs on it, its buttons, its topic, its correction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.broadcasts.markup import Read, check_link, read
from domain.outbox import MediaKind
from domain.refusal import Refusal
from domain.units import NAME_LIMIT as LONGEST_UNIT

TEXT_LIMIT = 4096
# Telegram's limit for the words below a photo or a file.
CAPTION_LIMIT = 1024
TITLE_LIMIT = 60
LABEL_LIMIT = 30
MOST_BUTTONS = 6
FILE_LIMIT = 5 * 1024 * 1024
FILE_NAME_LIMIT = 80
UNIT = "unit"
PLACEHOLDERS = (UNIT,)

# How a file begins that is what it says. Office files are archives.
_SIGNATURES: Mapping[str, tuple[MediaKind, bytes, str]] = {
    "jpg": (MediaKind.PHOTO, b"\xff\xd8\xff", "image/jpeg"),
    "jpeg": (MediaKind.PHOTO, b"\xff\xd8\xff", "image/jpeg"),
    "png": (MediaKind.PHOTO, b"\x89PNG\r\n\x1a\n", "image/png"),
    "pdf": (MediaKind.DOCUMENT, b"%PDF-", "application/pdf"),
    "docx": (
        MediaKind.DOCUMENT,
        b"PK\x03\x04",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "xlsx": (
        MediaKind.DOCUMENT,
        b"PK\x03\x04",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}
FILE_TYPES = tuple(_SIGNATURES)


class Topic(StrEnum):
    """What a broadcast is about. Members choose which they do not want to hear of."""

    NEWS = "news"
    EVENTS = "events"
    BENEFITS = "benefits"
    LEARNING = "learning"
    # Danger to life and health: nobody can turn it off, and only emergencies have it.
    SAFETY = "safety"


MUTABLE = (Topic.NEWS, Topic.EVENTS, Topic.BENEFITS, Topic.LEARNING)


class ButtonKind(StrEnum):
    """What a button below a broadcast does."""

    EVENT = "event"
    ENTRY = "entry"
    QUIZ = "quiz"
    LINK = "link"
    # "I have read it": the only thing that tells more than "sent".
    READ = "read"


@dataclass(frozen=True, slots=True)
class Button:
    """A button. `target` is an event, an entry or an address; nothing for the others."""

    kind: ButtonKind
    label: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A photo or a document that was handed in; `digest` is of its bytes."""

    kind: MediaKind
    file_id: str
    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class BroadcastFile:
    """A file as it is kept. `telegram_id` is known once it was sent."""

    id: str
    kind: MediaKind
    name: str
    content_type: str
    size: int
    digest: str
    telegram_id: str | None = None

    @property
    def ref(self) -> MediaRef:
        return MediaRef(self.kind, self.id, self.name, self.digest)


@dataclass(frozen=True, slots=True)
class Content:
    """All that recipients get. `correction` is agreed to together with it, to be ready."""

    text: str
    topic: Topic
    media: MediaRef | None = None
    buttons: tuple[Button, ...] = ()
    correction: str = ""

    @property
    def limit(self) -> int:
        return TEXT_LIMIT if self.media is None else CAPTION_LIMIT

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(name for name in PLACEHOLDERS if f"{{{name}}}" in self.text)


@dataclass(frozen=True, slots=True)
class Fault:
    """What must be put right in one field before it can be kept."""

    field: str
    refusal: Refusal


def faults_of_content(content: Content, hosts: Collection[str]) -> Iterator[Fault]:
    """Everything that is wrong, field by field: `text`, `correction`, `buttons.0` ..., `topic`."""
    yield from _text_faults("text", content.text, content, hosts)
    if content.correction:
        yield from _text_faults("correction", content.correction, content, hosts)
    if content.topic is Topic.SAFETY:
        yield Fault("topic", Refusal("broadcasts.safety_only"))
    if len(content.buttons) > MOST_BUTTONS:
        yield Fault("buttons", Refusal("broadcasts.buttons_many", most=MOST_BUTTONS))
    for number, button in enumerate(content.buttons):
        refusal = _button_fault(button, hosts)
        if refusal is not None:
            yield Fault(f"buttons.{number}", refusal)


def check_title(title: str) -> str:
    """The title as it is kept. Refuses with `broadcasts.title_empty`, `broadcasts.title_long`."""
    title = " ".join(title.split())
    if not title:
        raise Refusal("broadcasts.title_empty")
    if len(title) > TITLE_LIMIT:
        raise Refusal("broadcasts.title_long", limit=TITLE_LIMIT)
    return title


def check_file(name: str, content: bytes) -> tuple[MediaKind, str, str]:
    """The kind, the name as it is kept and the content type of a file.

    Refuses with `broadcasts.file_empty`, `.file_big`, `.file_type`.
    """
    name = " ".join(name.replace("\\", "/").rpartition("/")[2].split())
    name = "".join(char for char in name if char.isprintable() and char not in '<>:"|?*')
    known = _SIGNATURES.get(name.rpartition(".")[2].lower())
    if not content:
        raise Refusal("broadcasts.file_empty")
    if len(content) > FILE_LIMIT:
        raise Refusal("broadcasts.file_big", megabytes=FILE_LIMIT // 1024 // 1024)
    if known is None or not content.startswith(known[1]):
        raise Refusal("broadcasts.file_type", types=" ".join(FILE_TYPES))
    kind, _, content_type = known
    return kind, name[-FILE_NAME_LIMIT:], content_type


def content_json(content: Content) -> dict[str, Any]:
    media = content.media
    return {
        "text": content.text,
        "topic": content.topic.value,
        "media": media
        and {
            "kind": media.kind.value,
            "file_id": media.file_id,
            "name": media.name,
            "digest": media.digest,
        },
        "buttons": [[one.kind.value, one.label, one.target] for one in content.buttons],
        "correction": content.correction,
    }


def content_of(data: Mapping[str, Any]) -> Content:
    media = data["media"]
    return Content(
        data["text"],
        Topic(data["topic"]),
        media
        and MediaRef(MediaKind(media["kind"]), media["file_id"], media["name"], media["digest"]),
        tuple(Button(ButtonKind(kind), label, target) for kind, label, target in data["buttons"]),
        data["correction"],
    )


def body_hash(content: Content) -> str:
    """What tells one version from every other: the file's bytes count, its number does not."""
    data = content_json(content)
    if data["media"]:
        del data["media"]["file_id"]
    packed = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(packed.encode()).hexdigest()


def read_text(text: str, hosts: Collection[str]) -> Read:
    """The text read as it will be sent. Refuses like `markup.read`."""
    return read(text, hosts, PLACEHOLDERS)


def _text_faults(
    field: str, text: str, content: Content, hosts: Collection[str]
) -> Iterator[Fault]:
    try:
        found = read_text(text, hosts)
    except Refusal as refusal:
        yield Fault(field, refusal)
        return
    # Each placeholder may become as long as a unit's name can be.
    length = found.length + len(found.placeholders) * (LONGEST_UNIT - len(UNIT) - 2)
    if not found.plain.strip():
        yield Fault(field, Refusal("broadcasts.text_empty"))
    elif length > content.limit:
        yield Fault(field, Refusal("broadcasts.text_long", limit=content.limit, length=length))
    elif field == "correction" and text.strip() == content.text.strip():
        yield Fault(field, Refusal("broadcasts.correction_same"))


def _button_fault(button: Button, hosts: Collection[str]) -> Refusal | None:
    if not button.label.strip() or len(button.label) > LABEL_LIMIT:
        return Refusal("broadcasts.button_label", limit=LABEL_LIMIT)
    if button.kind is ButtonKind.LINK and not check_link(button.target, hosts):
        return Refusal("broadcasts.button_link", link=button.target[:60])
    needs_target = button.kind in (ButtonKind.EVENT, ButtonKind.ENTRY)
    if needs_target and not button.target:
        return Refusal("broadcasts.button_target")
    return None
