"""Files that were sent: their bytes (or only their size), ids, and pictures' measures."""

import mimetypes
import struct
from dataclasses import dataclass
from typing import Any

from simulator.errors import bad

JSON = dict[str, Any]

MEGABYTE = 1024 * 1024
MOST_DOWNLOAD = 20 * MEGABYTE
MOST_PHOTO = 10 * MEGABYTE
PICTURES = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"GIF8": ".gif", b"RIFF": ".webp"}


@dataclass(slots=True)
class File:
    """One stored file; `data` is None when only a size was claimed."""

    number: int
    name: str
    size: int
    mime_type: str
    data: bytes | None
    kind: str

    @property
    def file_id(self) -> str:
        """The id under which the bot can send it again or download it."""
        return f"BQACAgUAAxkBAAI{self.kind}{self.number:08d}"

    @property
    def unique_id(self) -> str:
        """The id that stays the same over all sendings."""
        return f"AgAD{self.number:08d}"

    @property
    def path(self) -> str:
        """Where getFile says that it is."""
        suffix = "." + self.name.rpartition(".")[2] if "." in self.name else ""
        return f"{self.kind}s/file_{self.number}{suffix}"

    @property
    def url(self) -> str:
        """Where the phone page gets it."""
        return f"/sim/files/{self.unique_id}"

    def content(self) -> bytes:
        """The bytes; zeros where only a size was claimed."""
        return self.data if self.data is not None else bytes(self.size)

    def reference(self) -> JSON:
        """The fields that every Bot API file has."""
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": self.size,
        }


class Files:
    """All files, found by any of their ids or by their path."""

    def __init__(self) -> None:
        self._by_id: dict[str, File] = {}
        self._count = 0

    def add(
        self, kind: str, name: str, data: bytes | None, size: int = 0, mime_type: str = ""
    ) -> File:
        """Stores a file of the kind (photo, document)."""
        self._count += 1
        guessed = mime_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        length = size if data is None else len(data)
        file = File(self._count, name, length, guessed, data, kind)
        for key in (file.file_id, file.unique_id, file.path):
            self._by_id[key] = file
        return file

    def find(self, key: str) -> File | None:
        """The file with that id, unique id or path."""
        return self._by_id.get(key)

    def for_download(self, file_id: str) -> File:
        """The file that getFile names; refuses as Telegram does."""
        if not file_id:
            raise bad("file_id is empty")
        file = self._by_id.get(file_id)
        if file is None:
            raise bad("invalid file_id")
        if file.size > MOST_DOWNLOAD:
            raise bad("file is too big")
        return file


def photo_sizes(file: File) -> list[JSON]:
    """The PhotoSize array of a picture: a small one and the whole."""
    width, height = measures(file.data or b"")
    scale = 320 / max(width, height, 320)
    small = {"width": max(1, round(width * scale)), "height": max(1, round(height * scale))}
    return [
        {**file.reference(), "file_unique_id": file.unique_id + "s", **small},
        {**file.reference(), "width": width, "height": height},
    ]


def is_picture(data: bytes) -> bool:
    """Whether the bytes begin like a picture that Telegram takes as a photo."""
    return any(data.startswith(magic) for magic in PICTURES)


def measures(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG or JPEG; a plausible phone picture otherwise."""
    if data.startswith(b"\x89PNG") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return max(1, width), max(1, height)
    if data.startswith(b"\xff\xd8"):
        return _jpeg_measures(data)
    return 1280, 960


def _jpeg_measures(data: bytes) -> tuple[int, int]:
    position = 2
    while position + 9 < len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return max(1, width), max(1, height)
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return 1280, 960
