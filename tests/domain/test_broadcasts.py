"""What a broadcast may say, when it may go, and when two people must agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.broadcasts import (
    CAPTION_LIMIT,
    Audience,
    Button,
    ButtonKind,
    Content,
    MediaRef,
    Plan,
    Segment,
    Topic,
    audience_json,
    audience_of,
    body_hash,
    check_file,
    content_json,
    content_of,
    faults_of_content,
    faults_of_plan,
    needs_second,
    plan_json,
    plan_of,
    read_text,
    segment_of,
    tried_of,
)
from domain.calendar import Calendar, QuietHours, load_calendar
from domain.clock import BEIJING
from domain.outbox import MediaKind, State
from domain.people import Occupation
from domain.recurrence import Every, Note, Rule, check_rule, preview
from domain.refusal import Refusal
from simulator.entities import parse_html, units
from tests.staffing import refused

HOSTS = ("gov.cn",)
NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
PHOTO = MediaRef(MediaKind.PHOTO, "f", "a.jpg", "d")


def fault(content: Content) -> tuple[str, str]:
    """The one fault of a content, as field and code."""
    (found,) = faults_of_content(content, HOSTS)
    return found.field, found.refusal.code


def text_fault(text: str) -> tuple[str, dict[str, object]]:
    with pytest.raises(Refusal) as caught:
        read_text(text, HOSTS)
    return caught.value.code, caught.value.values


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("<b>通知", "markup_open", 1, 1),
        ("通知</b>", "markup_end", 1, 3),
        ("<b><i>错位</b></i>", "markup_end", 1, 9),
        ("第一行\n<p>段落</p>", "markup_tag", 2, 1),
        ("<script>x</script>", "markup_tag", 1, 1),
        ("3 < 5", "markup_sign", 1, 3),
        ("甲 & 乙", "markup_and", 1, 3),
        ('<b class="x">粗</b>', "markup_attribute", 1, 1),
        ("<a>空</a>", "markup_href", 1, 1),
        ('<a href="https://evil.example/x">看</a>', "link_host", 1, 1),
        ('<a href="http://www.gov.cn">看</a>', "link_host", 1, 1),
        ('<a href="https://gov.cn@evil.example">看</a>', "link_host", 1, 1),
        ('<a href="https://notgov.cn/">看</a>', "link_host", 1, 1),
        ('<a href="tg://user?id=1">看</a>', "link_host", 1, 1),
        ("请看 evil.com/x", "link_host", 1, 4),
        ("请看 https://evil.example/x", "link_host", 1, 4),
        ("您好，{name}", "placeholder_unknown", 1, 4),
        ("您好，{}", "placeholder_unknown", 1, 4),
    ],
)
def test_what_telegram_would_refuse_or_nobody_should_press_is_refused_with_its_place(
    text: str, code: str, line: int, column: int
) -> None:
    found, values = text_fault(text)
    assert found == f"broadcasts.{code}"
    assert (values["line"], values["column"]) == (line, column)


def test_good_text_is_read_as_telegram_reads_it() -> None:
    text = (
        "<b>慰问品</b> 3 &lt; 5 &amp; <u>好</u>，{unit} 的会员看 "
        '<a href="https://www.bjdx.gov.cn/a?b=1&amp;c=2">通知</a> 或 https://www.gov.cn/x 。'
    )
    found = read_text(text, HOSTS)
    assert found.plain == parse_html(text)[0]
    assert (found.links, found.placeholders) == (
        ("https://www.bjdx.gov.cn/a?b=1&c=2",),
        ("unit",),
    )


@given(
    st.lists(
        st.sampled_from(
            (
                *("<b>", "</b>", "<i>", "</i>", "<code>", "</code>", "<blockquote>"),
                *("</blockquote>", "<tg-spoiler>", "</tg-spoiler>", "</a>", "<", ">", "<s"),
                *('<a href="https://gov.cn/">', "&amp;", "&lt;", "&", "字", "😀", "\n", "a b"),
                *("</", '"'),
            )
        ),
        max_size=14,
    )
)
def test_whatever_passes_here_telegram_takes(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        found = read_text(text, HOSTS)
    except Refusal:
        return
    plain, _ = parse_html(text)
    assert plain == found.plain
    assert units(plain.strip()) == found.length


def test_a_text_is_as_long_as_telegram_allows_and_shorter_below_a_photo() -> None:
    fits = Content("字" * 4096, Topic.NEWS)
    assert list(faults_of_content(fits, HOSTS)) == []
    assert fault(Content("字" * 4097, Topic.NEWS)) == ("text", "broadcasts.text_long")
    assert fault(Content("😀" * 2049, Topic.NEWS)) == ("text", "broadcasts.text_long")
    below = Content("字" * CAPTION_LIMIT, Topic.NEWS, PHOTO)
    assert list(faults_of_content(below, HOSTS)) == []
    assert fault(replace(below, text=below.text + "字"))[1] == "broadcasts.text_long"
    # Whoever belongs to a unit with a long name must get it too.
    assert fault(Content("{unit}" + "字" * 4040, Topic.NEWS))[1] == "broadcasts.text_long"
    assert fault(Content(" \n", Topic.NEWS))[1] == "broadcasts.text_empty"


@pytest.mark.parametrize(
    ("button", "code"),
    [
        (Button(ButtonKind.READ, ""), "button_label"),
        (Button(ButtonKind.READ, "字" * 31), "button_label"),
        (Button(ButtonKind.LINK, "看", "https://evil.example"), "button_link"),
        (Button(ButtonKind.LINK, "看", "javascript:alert(1)"), "button_link"),
        (Button(ButtonKind.EVENT, "报名"), "button_target"),
        (Button(ButtonKind.ENTRY, "看看"), "button_target"),
    ],
)
def test_each_button_leads_somewhere_allowed(button: Button, code: str) -> None:
    assert fault(Content("通知", Topic.NEWS, buttons=(button,))) == (
        "buttons.0",
        f"broadcasts.{code}",
    )


def test_danger_is_no_topic_for_ordinary_news_and_a_correction_says_something_else() -> None:
    assert fault(Content("通知", Topic.SAFETY)) == ("topic", "broadcasts.safety_only")
    same = Content("通知", Topic.NEWS, correction="通知 ")
    assert fault(same) == ("correction", "broadcasts.correction_same")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.jpg", b"", "file_empty"),
        ("a.svg", b"<svg/>", "file_type"),
        ("a.jpg", b"MZ\x90", "file_type"),
        ("a.exe", b"\xff\xd8\xff", "file_type"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(5 * 1024 * 1024), "file_big"),
    ],
)
def test_a_file_is_what_its_name_says(name: str, content: bytes, code: str) -> None:
    with refused(f"broadcasts.{code}"):
        check_file(name, content)


def test_the_name_of_a_file_leads_nowhere() -> None:
    assert check_file("C:\\x\\..\\通知.JPG", b"\xff\xd8\xffx")[:2] == (MediaKind.PHOTO, "通知.JPG")


def test_what_is_kept_comes_back_and_every_part_of_it_changes_the_hash() -> None:
    one = Content("通知", Topic.NEWS, PHOTO, (Button(ButtonKind.READ, "已读"),), "更正")
    assert content_of(content_json(one)) == one
    others = (
        replace(one, text="通知 "),
        replace(one, topic=Topic.EVENTS),
        replace(one, media=None),
        replace(one, media=replace(PHOTO, digest="e")),
        replace(one, buttons=()),
        replace(one, correction=""),
    )
    assert len({body_hash(each) for each in (one, *others)}) == 7
    assert body_hash(replace(one, media=replace(PHOTO, file_id="g"))) == body_hash(one)
    rule = Rule(Every.MONTHS, date(2026, 1, 31), time(9), day=31, last=date(2027, 1, 1))
    for plan in (Plan(), Plan(NOW, timedelta(hours=3)), Plan(rule=rule)):
        assert plan_of(plan_json(plan)) == plan
    who = Audience((Segment(("/1/2/",), (Occupation.RIDER,)),))
    assert audience_of(audience_json(who)) == who


@pytest.mark.parametrize("key", ["cases", "aid", "questions", "member_ids", "name"])
def test_a_segment_cannot_look_at_what_is_nobodys_business(key: str) -> None:
    with pytest.raises(ValueError, match=key):
        segment_of({"paths": ["/1/"], key: ["x"]})


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (NOW, "at_past"),
        (NOW - timedelta(days=1), "at_past"),
        (NOW + timedelta(days=91), "at_far"),
        (datetime(2026, 11, 25, 23, 0, tzinfo=BEIJING), "at_quiet"),
        (datetime(2026, 11, 26, 7, 59, tzinfo=BEIJING), "at_quiet"),
    ],
)
def test_a_time_that_is_over_or_in_the_quiet_hours_is_refused(at: datetime, code: str) -> None:
    (found,) = faults_of_plan(Plan(at), NOW, Calendar(), QuietHours())
    assert (found.field, found.refusal.code) == ("at", f"broadcasts.{code}")


def test_what_is_agreed_to_at_night_begins_in_the_morning() -> None:
    night = datetime(2026, 11, 25, 23, 30, tzinfo=BEIJING)
    starts = Plan().starts(night, QuietHours())
    assert starts == datetime(2026, 11, 26, 8, 0, tzinfo=BEIJING)
    day = night - timedelta(hours=12)
    assert Plan().starts(day, QuietHours()) == day + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("count", "share", "everyone", "needed"),
    [
        (200, 0.30, False, False),
        (201, 0.01, False, True),
        (50, 0.31, False, True),
        (50, 0.10, True, True),
    ],
)
def test_when_a_second_person_is_needed(
    count: int, share: float, everyone: bool, needed: bool
) -> None:
    assert needs_second(count, share, is_everyone=everyone) is needed


def test_blocks_and_messages_in_wait_say_nothing_of_a_broadcasts_health() -> None:
    counts = {State.SENT: 40, State.FAILED: 12, State.UNKNOWN: 1, State.PENDING: 900}
    found = tried_of(counts, {"blocked": 7, "deactivated": 3, "content": 2, "ambiguous": 1})
    assert (found.tried, found.failed) == (53, 3)
    assert found.is_bad(20) and not found.is_bad(60)


def days(rule: Rule, after: datetime = NOW, count: int = 5) -> list[tuple[str, Note | None]]:
    found = preview(rule, after, load_calendar(), QuietHours(), count)
    return [(f"{one.at.astimezone(BEIJING):%Y-%m-%d %H:%M}", one.note) for one in found]


def test_the_31st_is_the_last_day_of_a_shorter_month_and_that_is_said() -> None:
    assert days(Rule(Every.MONTHS, date(2026, 1, 31), time(9))) == [
        ("2026-11-30 09:00", Note.SHORT_MONTH),
        ("2026-12-31 09:00", None),
        ("2027-01-31 09:00", None),
        ("2027-02-28 09:00", Note.SHORT_MONTH),
        ("2027-03-31 09:00", None),
    ]


def test_29_february_is_the_28th_in_a_year_without_one() -> None:
    assert days(Rule(Every.YEARS, date(2024, 2, 29), time(9)), count=3) == [
        ("2027-02-28 09:00", Note.NO_LEAP_DAY),
        ("2028-02-29 09:00", None),
        ("2029-02-28 09:00", Note.NO_LEAP_DAY),
    ]


def test_weeks_days_and_hours_keep_out_of_the_quiet_hours_and_holidays() -> None:
    weekly = Rule(Every.WEEKS, date(2026, 11, 23), time(18, 30), 2, (0, 4))
    assert [day for day, _ in days(weekly)] == [
        "2026-11-27 18:30",
        "2026-12-07 18:30",
        "2026-12-11 18:30",
        "2026-12-21 18:30",
        "2026-12-25 18:30",
    ]
    hourly = Rule(Every.HOURS, date(2026, 11, 25), time(0), 6)
    assert [day[11:] for day, _ in days(hourly)] == ["18:00", "12:00", "18:00", "12:00", "18:00"]
    working = Rule(Every.DAYS, date(2026, 9, 29), time(9), working_days_only=True)
    in_october = datetime(2026, 9, 29, 6, tzinfo=UTC)
    found = [day[:10] for day, _ in days(working, in_october, 3)]
    assert found[0] == "2026-09-30" and found[1] > "2026-10-06"


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (Rule(Every.HOURS, date(2026, 1, 1), time(9), 0), "interval"),
        (Rule(Every.DAYS, date(2026, 1, 1), time(9), -1), "interval"),
        (Rule(Every.DAYS, date(2026, 1, 1), time(9), 1_000), "interval"),
        (Rule(Every.WEEKS, date(2026, 1, 1), time(9), weekdays=(7,)), "weekday"),
        (Rule(Every.MONTHS, date(2026, 1, 1), time(9), day=32), "day"),
        (Rule(Every.YEARS, date(2026, 1, 1), time(9), day=30, month=2), "day"),
        (Rule(Every.YEARS, date(2026, 1, 1), time(9), month=13), "month"),
        (Rule(Every.DAYS, date(2026, 1, 2), time(9), last=date(2026, 1, 1)), "last"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(rule: Rule, code: str) -> None:
    with refused(f"recurrence.{code}"):
        check_rule(rule)


def test_a_rule_that_never_comes_says_so() -> None:
    midnight = Rule(Every.DAYS, date(2026, 1, 1), time(0))
    over = Rule(Every.DAYS, date(2026, 1, 1), time(9), last=date(2026, 1, 2))
    for rule in (midnight, over):
        with refused("recurrence.never"):
            days(rule)


@given(
    st.sampled_from(list(Every)),
    st.dates(date(2024, 1, 1), date(2028, 1, 1)),
    st.integers(1, 40),
    st.integers(8, 21),
    st.integers(0, 731),
)
def test_times_come_in_order_after_now_and_never_more_often_than_each_hour(
    every: Every, first: date, interval: int, hour: int, day: int
) -> None:
    after = NOW - timedelta(days=day, hours=day % 24)
    rule = Rule(every, first, time(hour), interval)
    found = [one.at for one in preview(rule, after, Calendar(), QuietHours())]
    assert all(at > after for at in found)
    assert all(later - earlier >= timedelta(hours=1) for earlier, later in pairwise(found))
