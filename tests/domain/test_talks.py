"""Rules of talks: whose turn, by when, which level, which wall; phrases; files."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import talks as rules
from domain.ask import Basis, Entry
from domain.attachments import MOST_BYTES, Kind, read_file
from domain.calendar import Interval, OfficeHours, load_calendar
from domain.refusal import Refusal
from domain.talk_phrases import filled, values_of
from domain.talk_waits import wait_of
from domain.talks import MOVES, Ending, Priority, State, Talk, TalkPolicy
from domain.union import Union
from domain.units import Level, Unit
from tests.staffing import refused

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
HOURS = OfficeHours(load_calendar(), (Interval.of("09:00-11:30"), Interval.of("13:30-17:30")))
POLICY = TalkPolicy()
DISTRICT = Unit(1, "区", Level.DISTRICT, None, "/1/", is_open=True)
TOWN = Unit(2, "镇", Level.TOWN, 1, "/1/2/", is_open=True)
FIRM = Unit(5, "厂", Level.ENTERPRISE, 2, "/1/2/5/", is_open=True)


def talk(**fields: object) -> Talk:
    base = Talk(
        "T", 7, State.OPEN, Priority.NORMAL, "", None, "/1/2/", "/1/2/", None, NOW, NOW, NOW
    )
    return rules.opened(replace(base, **fields), HOURS, POLICY)  # type: ignore[arg-type]


def done(verb: str, one: Talk, now: datetime) -> Talk:
    if verb == "wake":
        return rules.woken(one) if one.state is State.SNOOZED else one
    return {
        "hear": lambda: rules.heard(one, now, HOURS, POLICY),
        "answer": lambda: rules.answered(one, now),
        "snooze": lambda: rules.snoozed(one, now, now + timedelta(hours=1)),
        "close": lambda: rules.closed(one, now, Ending.STAFF),
        "reopen": lambda: rules.reopened(one, now, HOURS, POLICY),
    }[verb]()


@given(st.lists(st.sampled_from(["hear", "answer", "snooze", "wake", "close", "reopen"])))
def test_no_talk_makes_a_move_that_is_not_in_the_table(verbs: list[str]) -> None:
    now, one = NOW, talk()
    for verb in verbs:
        now += timedelta(minutes=7)
        before = one
        try:
            one = done(verb, one, now)
        except Refusal:
            continue
        assert one.state is before.state or one.state in MOVES[before.state]
        # While it is the member's turn nothing is due from staff, and never of a closed talk.
        if one.state in (State.PENDING, State.RESOLVED):
            assert one.due_at is None and one.escalate_at is None


def test_an_urgent_talk_is_due_in_half_the_time() -> None:
    assert talk().first_due_at == NOW + timedelta(minutes=30)
    assert talk(priority=Priority.URGENT).first_due_at == NOW + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        # 11:15 on a Wednesday: a quarter before the break and one after it.
        ((2026, 11, 25, 3, 15), (2026, 11, 25, 5, 45)),
        # Friday evening.
        ((2026, 11, 27, 12, 0), (2026, 11, 30, 1, 30)),
        # The Saturday before the National Day's make-up: 2026-10-10 is a working day.
        ((2026, 10, 10, 1, 0), (2026, 10, 10, 1, 30)),
        # The first of October is free, until the eighth.
        ((2026, 10, 1, 1, 0), (2026, 10, 8, 1, 30)),
    ],
)
def test_times_run_in_office_hours_only(opened: tuple[int, ...], due: tuple[int, ...]) -> None:
    one = talk(opened_at=datetime(*opened, tzinfo=UTC))  # type: ignore[misc,arg-type]
    assert one.first_due_at == datetime(*due, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("unit", "above", "home"),
    [
        (FIRM, TOWN, ("/1/2/", "/1/2/5/")),
        (TOWN, DISTRICT, ("/1/2/", None)),
        (None, None, ("/1/", None)),
    ],
)
def test_an_enterprise_never_answers_its_own_people(
    unit: Unit | None, above: Unit | None, home: tuple[str, str | None]
) -> None:
    assert rules.home_of(unit, above, DISTRICT) == home


def test_the_nearest_level_answers_and_the_next_one_above_comes_after_it() -> None:
    reaches = ["/1/", "/1/2/", "/1/3/"]
    assert rules.duty_level("/1/2/", reaches) == "/1/2/"
    assert rules.duty_level("/1/4/", reaches) == "/1/"
    assert rules.duty_level("/1/2/", ["/1/3/"]) is None
    assert rules.level_above("/1/2/", reaches) == "/1/"
    assert rules.level_above("/1/", reaches) is None


@pytest.mark.parametrize(
    ("employer", "of_member", "walled"),
    [
        ("/1/2/5/", "/1/2/5/", True),
        ("/1/2/5/8/", "/1/2/5/", True),
        ("/1/2/", "/1/2/5/", False),
        ("/1/2/55/", "/1/2/5/", False),
        (None, "/1/2/5/", False),
        ("/1/2/5/", None, False),
    ],
)
def test_the_wall(employer: str | None, of_member: str | None, walled: bool) -> None:
    belongs = (employer,) if employer else ()
    assert rules.is_walled(belongs, of_member) is walled
    assert rules.is_walled(("/1/", *belongs), of_member) is walled


def test_what_is_told_to_who_waits_is_what_was_seen() -> None:
    assert wait_of(0, [3, 4], NOW, HOURS, POLICY).minutes == 30
    assert wait_of(0, [3, 4, 50], NOW, HOURS, POLICY).minutes == 5
    assert wait_of(2, [11, 12, 90], NOW, HOURS, POLICY).minutes == 15
    assert wait_of(0, [], NOW, HOURS, POLICY).reopens_at is None
    night = NOW + timedelta(hours=10)
    assert wait_of(0, [], night, HOURS, POLICY).reopens_at == HOURS.next_opening(night)


def test_a_text_is_measured_as_telegram_measures_it() -> None:
    assert rules.checked_text(" 好\r\n的 ") == "好\n的"
    with refused("talks.text_empty"):
        rules.checked_text(" \n ")
    assert rules.checked_text("😀" * 1500)
    with refused("talks.text_long"):
        rules.checked_text("😀" * 1501)


ENTRY = Entry(
    "wage.arrears", "拖欠工资", "**可以**投诉。", ("打电话",), basis=(Basis("劳动法", "第50条"),)
)


def test_a_phrase_takes_its_words_from_the_page_and_the_union() -> None:
    values = values_of(Union("某会", phone="010"), "周", ENTRY, {"minimum_wage_month": "2540"})
    text = "{agent.name}，{union.phone}：{entry.answer}{entry.source} {figure.minimum_wage_month}"
    assert filled(text, values) == "周，010：可以投诉。劳动法 第50条 2540"


@pytest.mark.parametrize("text", ["{union.address}", "{nothing}", "{}", "好{figure.gone}"])
def test_a_gap_without_a_value_is_never_sent(text: str) -> None:
    with refused("talks.phrase_gap"):
        filled(text, values_of(Union("某会"), "周", None, {}))


def jpeg(*parts: bytes) -> bytes:
    return b"\xff\xd8" + b"".join(parts) + b"\xff\xda\x00\x04\x00\x00picture\xff\xd9trailing film"


def part(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def exif(turn: int) -> bytes:
    field = struct.pack(">HHIHH", 0x0112, 3, 1, turn, 0)
    place = b"GPS 39.7267 116.3414 SECRETPLACE"
    return part(0xE1, b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + field + b"\0\0\0\0" + place)


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)


def office(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as book:
        for name in names:
            book.writestr(name, "x")
    return packed.getvalue()


def test_a_picture_says_no_more_where_and_with_what_it_was_taken() -> None:
    kept = part(0xE0, b"JFIF\0")
    taken = read_file("IMG.jpeg", jpeg(kept, exif(6), part(0xFE, b"SECRETPLACE")))
    assert (taken.kind, taken.name) == (Kind.JPEG, "IMG.jpg")
    assert b"SECRETPLACE" not in taken.data and b"film" not in taken.data
    assert kept in taken.data and taken.data.endswith(b"picture\xff\xd9")
    # It stands as it stood: the one thing that is kept of what the camera told.
    assert b"Exif\0\0II*\0" in taken.data and struct.pack("<HHIH", 0x0112, 3, 1, 6) in taken.data
    assert b"Exif" not in read_file("a.jpg", jpeg(exif(1))).data
    drawn = png(
        (b"IHDR", b"x"),
        (b"tEXt", b"SECRETPLACE"),
        (b"eXIf", b"y"),
        (b"IDAT", b"z"),
        (b"IEND", b""),
    )
    assert read_file("a", drawn + b"SECRETPLACE").data == png(
        (b"IHDR", b"x"), (b"IDAT", b"z"), (b"IEND", b"")
    )
    body = (
        b"WEBPVP8X" + struct.pack("<I", 2) + b"\x0c\0" + b"EXIF" + struct.pack("<I", 4) + b"GPS!"
    )
    body += b"VP8 " + struct.pack("<I", 2) + b"ok"
    webp = read_file("a.webp", b"RIFF" + struct.pack("<I", len(body)) + body).data
    assert b"GPS!" not in webp and b"VP8 " in webp
    assert webp[20] == 0 and struct.unpack("<I", webp[4:8])[0] == len(webp) - 8


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "attachments.empty"),
        (b"%PDF-" + b"x" * MOST_BYTES, "attachments.big"),
        (b"MZ a program called a.jpg", "attachments.unknown"),
        (b"<svg onload=alert(1)>", "attachments.unknown"),
        (b"\xff\xd8\xff a polyglot", "attachments.unknown"),
        (b"\xff\xd8\xff\xe0\xff\xff", "attachments.unknown"),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 20, "attachments.unknown"),
        (b"RIFF\x04\0\0\0WEBP", "attachments.unknown"),
        (office("anything.txt"), "attachments.unknown"),
        (
            office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
            "attachments.unknown",
        ),
        (b"PK\x03\x04 no zip", "attachments.unknown"),
    ],
)
def test_what_is_no_picture_or_paper_is_not_taken(data: bytes, code: str) -> None:
    with refused(code):
        read_file("a.jpg", data)


def test_papers_are_taken_by_what_they_are_and_not_by_their_names() -> None:
    word = read_file("../../etc/工资条.exe", office("[Content_Types].xml", "word/document.xml"))
    assert (word.kind, word.name) == (Kind.DOCX, "工资条.docx")
    assert read_file("", office("[Content_Types].xml", "xl/workbook.xml")).name == "file.xlsx"
    assert read_file("a\u202egpj.pdf", b"%PDF-1.7").name == "agpj.pdf"


@given(
    st.binary(max_size=400),
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"PK\x03\x04"]),
)
def test_no_bytes_make_the_reader_fail_in_another_way(data: bytes, head: bytes) -> None:
    code = "attachments.taken"
    try:
        read_file("a", head + data)
    except Refusal as refusal:
        code = refusal.code
    assert code.startswith("attachments.")
