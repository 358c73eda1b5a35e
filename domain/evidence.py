"""Evidence: what helps for each kind of dispute, what a file must be, how files are numbered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from domain.cases.kinds import Kind
from domain.refusal import Refusal

MEGABYTE = 1024 * 1024
# Telegram hands files over to bots up to this size.
MOST_BYTES = 20 * MEGABYTE
MOST_FILES = 60
# A file that would become larger than this picture when it is opened is no photo of a page.
MOST_PIXELS = 50_000_000
NAME_LIMIT = 80
LINK_LIFETIME = timedelta(minutes=30)
# Files for a case that was not handed in stay so long, and as long as its form is open.
PENDING_LIFETIME = timedelta(days=7)
OTHER = "other"


class FileKind(StrEnum):
    """What is taken. Everything else is refused with its reason."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    PDF = "pdf"


class Via(StrEnum):
    """Which way a file came."""

    CHAT = "chat"
    PAGE = "page"


# Each item helps with its kind of dispute; none is demanded, and "other" is always there.
ITEMS: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        Kind.WAGES: ("contract", "pay_record", "attendance", "chat", "arrears_note"),
        Kind.SEVERANCE: ("contract", "end_notice", "pay_record", "chat", "work_proof"),
        Kind.CONTRACT: ("work_proof", "pay_record", "attendance", "chat", "start_proof"),
        Kind.INJURY: ("work_proof", "diagnosis", "accident_record", "witness", "medical_bill"),
        Kind.OVERTIME: ("contract", "attendance", "overtime_record", "pay_record", "chat"),
        Kind.LEAVE: ("contract", "work_years", "leave_record", "pay_record"),
        Kind.SOCIAL_INSURANCE: ("work_proof", "insurance_record", "pay_record", "contract"),
        Kind.WOMEN: ("contract", "medical_record", "end_notice", "chat", "pay_record"),
        Kind.OTHER: ("contract", "work_proof", "chat"),
    }
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One file of a case. `sha256` is of the bytes as they came, `kept_sha256` as they are kept:
    without what a camera notes about places and devices."""

    id: str
    number: int
    item: str
    kind: FileKind
    via: Via
    name: str
    size: int
    sha256: str
    kept_sha256: str
    received_at: datetime
    handed_in_at: datetime | None = None
    case_id: str | None = None

    @property
    def label(self) -> str:
        """The number as people say it: E01."""
        return label(self.number)


@dataclass(frozen=True, slots=True)
class Folder:
    """What somebody has put together for a kind of dispute."""

    kind: Kind
    files: tuple[Evidence, ...]
    case_id: str | None = None
    items: Mapping[str, int] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """How many items of the list have at least one file."""
        return sum(1 for item in ITEMS[self.kind] if self.items.get(item))

    @property
    def total(self) -> int:
        """How many items the list has."""
        return len(ITEMS[self.kind])


def folder(kind: Kind, files: Sequence[Evidence], case_id: str | None = None) -> Folder:
    """The files in order, counted by the items that they prove."""
    counts: dict[str, int] = {}
    for one in files:
        counts[one.item] = counts.get(one.item, 0) + 1
    return Folder(kind, tuple(sorted(files, key=lambda one: one.number)), case_id, counts)


def label(number: int) -> str:
    """The number as people say it: E01."""
    return f"E{number:02d}"


def kind_of_file(data: bytes) -> FileKind:
    """What a file is by its first bytes, whatever its name says.

    Refuses with `evidence.empty`, `evidence.large`, and with what the member can do about a file
    that is something else: `evidence.is_` and `svg`, `archive`, `office`, `heic`, `sound`,
    `video`, `program` or `unknown`.
    """
    if not data:
        raise Refusal("evidence.empty")
    if len(data) > MOST_BYTES:
        raise Refusal("evidence.large", most=MOST_BYTES // MEGABYTE)
    for start, kind in _TAKEN.items():
        if data.startswith(start):
            return kind
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return FileKind.WEBP
    raise Refusal(f"evidence.is_{_why(data)}")


def check_pdf(data: bytes) -> None:
    """Refuses a PDF that is something else as well, or that does something when it is opened.

    Codes: `evidence.cut_off`, `evidence.double`, `evidence.active`, `evidence.locked`.
    """
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise Refusal("evidence.cut_off")
    # What stands behind the end is another file's: an archive is read from its end.
    if data[end + 5 :].strip(b"\r\n\t \0") or any(sign in data for sign in _OTHER_FILES):
        raise Refusal("evidence.double")
    if any(sign in data for sign in _ACTIVE):
        raise Refusal("evidence.active")
    if b"/Encrypt" in data:
        raise Refusal("evidence.locked")


def clean_name(name: str, kind: FileKind) -> str:
    """A name for showing: no path, no signs that hide or turn others, the true ending."""
    plain = "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if _is_plain(sign))
    stem = (plain.rpartition(".")[0] or plain).strip(" .")[:NAME_LIMIT]
    return f"{stem}.{_ENDINGS[kind]}" if stem else ""


_ENDINGS = {
    FileKind.JPEG: "jpg",
    FileKind.PNG: "png",
    FileKind.WEBP: "png",
    FileKind.PDF: "pdf",
}
_TAKEN = {
    b"\xff\xd8\xff": FileKind.JPEG,
    b"\x89PNG\r\n\x1a\n": FileKind.PNG,
    b"%PDF-": FileKind.PDF,
}
_OTHER_FILES = (b"PK\x05\x06", b"PK\x03\x04", b"<script", b"<html", b"<svg", b"<?php")
_ACTIVE = (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/EmbeddedFile", b"/XFA", b"/RichMedia")
_ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
)
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
_SOUNDS = (b"ID3", b"OggS", b"fLaC", b"#!AMR", b"\xff\xfb", b"\xff\xf1", b"\xff\xf9")


def _why(data: bytes) -> str:
    """The name of what a file is that is not taken."""
    head = data[:1024].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if b"<svg" in head or head.startswith(b"<?xml"):
        return "svg"
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) and _is_office(data):
        return "office"
    if data.startswith(_ARCHIVES):
        return "archive"
    if data.startswith(_SOUNDS):
        return "sound"
    if data.startswith(_PROGRAMS):
        return "program"
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if brand in (b"heic", b"heix", b"mif1", b"msf1", b"heif", b"avif"):
            return "heic"
        return "sound" if brand.startswith(b"M4A") else "video"
    return "unknown"


def _is_office(data: bytes) -> bool:
    # The list of what is inside stands at the end, and the first name at the beginning.
    signs = (b"[Content_Types].xml", b"word/", b"xl/", b"ppt/", b"mimetypeapplication/")
    return data.startswith(b"\xd0\xcf\x11\xe0") or any(
        sign in data[:4096] or sign in data[-65536:] for sign in signs
    )


def _is_plain(sign: str) -> bool:
    return sign.isprintable() and sign not in '<>:"|?*/'
