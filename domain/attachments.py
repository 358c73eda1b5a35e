"""Files that people send: what they are by their first bytes, and without their hidden data.

Nothing here unpacks or decodes a picture. A zip is only looked into by its list of contents.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from domain.privacy import clean
from domain.refusal import Refusal

MOST_BYTES = 10 * 1024 * 1024
NAME_LIMIT = 60
# Declared sizes of an office document: more than this is no letter, whatever it unpacks to.
_MOST_UNPACKED = 100 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
# What a PNG needs to be seen; the rest tells where, when and with what it was taken.
_PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"cHRM", b"acTL"}
_PNG_KEPT |= {b"fcTL", b"fdAT"}
# Of a JPEG: JFIF and Adobe's marker, which says how the colours are meant.
_JPEG_KEPT = {0xE0, 0xEE}
_WEBP_DROPPED = {b"EXIF", b"XMP "}
_WEBP_FLAGS = 0x0C
_ORIENTATION = 0x0112
_UPRIGHT = 1


class Kind(StrEnum):
    """What a file is; the value is the end of its name."""

    JPEG = "jpg"
    PNG = "png"
    WEBP = "webp"
    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"

    @property
    def is_picture(self) -> bool:
        return self in _PICTURES

    @property
    def content_type(self) -> str:
        return _TYPES[self]


_PICTURES = {Kind.JPEG, Kind.PNG, Kind.WEBP}
_OFFICE = "application/vnd.openxmlformats-officedocument."
_TYPES = {
    Kind.JPEG: "image/jpeg",
    Kind.PNG: "image/png",
    Kind.WEBP: "image/webp",
    Kind.PDF: "application/pdf",
    Kind.DOCX: f"{_OFFICE}wordprocessingml.document",
    Kind.XLSX: f"{_OFFICE}spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that may be kept. `name` ends as its kind does, whatever it was called."""

    kind: Kind
    name: str
    data: bytes


def check_size(size: int) -> None:
    """Refuses with `attachments.empty` or `attachments.big`; for what is not fetched yet."""
    if size <= 0:
        raise Refusal("attachments.empty")
    if size > MOST_BYTES:
        raise Refusal("attachments.big", most=MOST_BYTES // 1024 // 1024)


def read_file(name: str, data: bytes) -> Attachment:
    """The file as it may be kept: pictures without place, time and camera.

    Refuses with `attachments.empty`, `attachments.big` or, for everything that is not one of
    `Kind` by its own bytes, `attachments.unknown`.
    """
    check_size(len(data))
    kind = kind_of(data)
    if kind is None:
        raise Refusal("attachments.unknown")
    stripper = {Kind.JPEG: _bare_jpeg, Kind.PNG: _bare_png, Kind.WEBP: _bare_webp}.get(kind)
    if stripper is not None:
        try:
            data = stripper(data)
        except (ValueError, struct.error, IndexError):
            # It begins like a picture and goes on like none.
            raise Refusal("attachments.unknown") from None
    return Attachment(kind, _named(name, kind), data)


def kind_of(data: bytes) -> Kind | None:
    """What the bytes are, by their beginning; None for everything that is not taken."""
    if data.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if data.startswith(_PNG):
        return Kind.PNG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Kind.WEBP
    if data.startswith(b"%PDF-"):
        return Kind.PDF
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    return None


def _office(data: bytes) -> Kind | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            infos = packed.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error):
        return None
    names = {info.filename for info in infos}
    is_wrong = (
        "[Content_Types].xml" not in names
        or sum(info.file_size for info in infos) > _MOST_UNPACKED
        or any(name.endswith("vbaProject.bin") for name in names)
    )
    if is_wrong:
        return None
    if "word/document.xml" in names:
        return Kind.DOCX
    return Kind.XLSX if "xl/workbook.xml" in names else None


def _named(name: str, kind: Kind) -> str:
    stem = PurePosixPath(clean(name).replace("\\", "/")).stem.strip(" .")
    stem = "".join(char for char in stem if char not in '<>:"|?*\n\t')[:NAME_LIMIT]
    return f"{stem or 'file'}.{kind.value}"


def _bare_jpeg(data: bytes) -> bytes:
    """Without everything that tells of where, when and with what; upright as it was."""
    parts, at, turn = [data[:2]], 2, _UPRIGHT
    while True:
        if data[at] != 0xFF:
            raise ValueError("no marker where one must be")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        if length < 2 or at + 2 + length > len(data):
            raise ValueError("a part is longer than the picture")
        part = data[at : at + 2 + length]
        if marker == 0xDA:
            break
        if marker == 0xE1 and part[4:10] == b"Exif\0\0":
            turn = _turn(part[10:])
        is_hidden = (0xE0 <= marker <= 0xEF and marker not in _JPEG_KEPT) or marker == 0xFE
        if not is_hidden:
            parts.append(part)
        at += 2 + length
    if turn != _UPRIGHT:
        parts.insert(1, _turned(turn))
    # What a phone hangs behind the end of the picture (a film, another picture) goes too.
    end = data.rfind(b"\xff\xd9")
    if end < at:
        raise ValueError("the picture has no end")
    return b"".join([*parts, data[at : end + 2]])


def _turn(tiff: bytes) -> int:
    """How a camera says that the picture stands; upright if it does not say."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 10:
        return _UPRIGHT
    (start,) = struct.unpack(f"{order}I", tiff[4:8])
    if start + 2 > len(tiff):
        return _UPRIGHT
    (count,) = struct.unpack(f"{order}H", tiff[start : start + 2])
    for number in range(min(count, 64)):
        field = tiff[start + 2 + 12 * number :][:12]
        if len(field) == 12 and struct.unpack(f"{order}H", field[:2])[0] == _ORIENTATION:
            turn = int(struct.unpack(f"{order}H", field[8:10])[0])
            return turn if 1 <= turn <= 8 else _UPRIGHT
    return _UPRIGHT


def _turned(turn: int) -> bytes:
    """An Exif part that says nothing but how the picture stands."""
    field = struct.pack("<HHIHH", _ORIENTATION, 3, 1, turn, 0)
    tiff = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + field + b"\0\0\0\0"
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _bare_png(data: bytes) -> bytes:
    parts, at = [_PNG], len(_PNG)
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        name, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data):
            raise ValueError("a part is longer than the picture")
        (check,) = struct.unpack(">I", data[end - 4 : end])
        if zlib.crc32(data[at + 4 : end - 4]) != check:
            raise ValueError("a part is damaged")
        if name in _PNG_KEPT:
            parts.append(data[at:end])
        if name == b"IEND":
            return b"".join(parts)
        at = end
    raise ValueError("the picture has no end")


def _bare_webp(data: bytes) -> bytes:
    (length,) = struct.unpack("<I", data[4:8])
    body, at, parts = data[12 : 8 + length], 0, []
    while at + 8 <= len(body):
        name = body[at : at + 4]
        (size,) = struct.unpack("<I", body[at + 4 : at + 8])
        end = at + 8 + size + size % 2
        if at + 8 + size > len(body):
            raise ValueError("a part is longer than the picture")
        part = body[at:end]
        if name == b"VP8X":
            part = part[:8] + bytes([part[8] & ~_WEBP_FLAGS]) + part[9:]
        if name not in _WEBP_DROPPED:
            parts.append(part)
        at = end
    if not parts:
        raise ValueError("a picture without a picture")
    bare = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(bare)) + bare
