"""A calendar file for one event (RFC 5545)."""

from __future__ import annotations

from datetime import UTC, datetime

_FOLD = 73


def calendar_file(
    uid: str, title: str, place: str, start: datetime, end: datetime, made: datetime
) -> bytes:
    """The file's bytes: one event with an alarm two hours before, times in UTC."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//nuanxin//events//",
        "BEGIN:VEVENT",
        f"UID:{uid}@nuanxin",
        f"DTSTAMP:{_instant(made)}",
        f"DTSTART:{_instant(start)}",
        f"DTEND:{_instant(end)}",
        f"SUMMARY:{_text(title)}",
        f"LOCATION:{_text(place)}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(title)}",
        "TRIGGER:-PT2H",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    for sign in ("\\", ";", ","):
        value = value.replace(sign, f"\\{sign}")
    return value.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """The line in pieces of at most 75 bytes, none of which cuts a character."""
    pieces, piece = [], b""
    for char in line:
        encoded = char.encode()
        if len(piece) + len(encoded) > _FOLD:
            pieces.append(piece)
            piece = b""
        piece += encoded
    return b"\r\n ".join([*pieces, piece]) + b"\r\n"
