"""Calendar files, as phones read them."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.ics import calendar_file

AT = datetime(2026, 12, 5, 6, 0, tzinfo=UTC)


def test_a_file_has_its_event_in_utc_with_long_lines_folded_between_characters() -> None:
    title = "冰壶联赛，" * 20 + "a,b;c\\d\ne"
    content = calendar_file("x", title, "某某路 8 号", AT, AT.replace(hour=9), AT)
    lines = content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    unfolded = content.decode().replace("\r\n ", "")
    assert "DTSTART:20261205T060000Z" in unfolded
    assert "DTEND:20261205T090000Z" in unfolded
    assert "a\\,b\\;c\\\\d\\ne" in unfolded
    assert unfolded.startswith("BEGIN:VCALENDAR\r\n")
    assert unfolded.endswith("END:VCALENDAR\r\n")
