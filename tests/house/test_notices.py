"""What lights up a phone: no notice says that somebody asked for help, what for, or with whom."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import InlineKeyboardMarkup

from domain.broadcasts import Content, Topic
from domain.broadcasts.content import content_json
from handlers.keyboards import button
from handlers.letters import Letter, Renderer, Upload, sentence
from handlers.notices import Renderers, renderers
from locales import Texts, load
from tests.house.source import calls, files, strings

# Words by which somebody who looks at the phone of another would know that there is trouble.
BANNED = (
    *("案件", "个案", "案子", "调解", "仲裁", "诉讼", "起诉", "官司", "法院", "监察", "投诉"),
    *("举报", "信访", "维权", "纠纷", "争议", "证据", "律师", "法律", "法援", "援助", "咨询"),
    *("欠薪", "工资", "薪资", "报酬", "讨薪", "拖欠", "补偿", "赔偿", "加班", "社保", "合同"),
    *("辞退", "解除", "裁员", "离职", "开除", "工伤", "职业病", "产假", "女职工", "骚扰"),
    *("困难", "大病", "帮扶", "救助", "低保", "心理", "抑郁", "自杀", "单位名", "用人单位"),
)
TELLING = re.compile("|".join(BANNED))
# The gaps of notices on what a member must be able to keep to themselves. Whatever else is put
# into one of these sentences is decided here first: an employer, a name, a kind of trouble never.
QUIET = {
    "cases.notice_news": set[str](),
    "cases.notice_paid": set[str](),
    "cases.notice_meeting": {"when"},
    "cases.notice_rate": set[str](),
    "cases.notice_alert": set[str](),
    "cases.notice_reset": {"when"},
    "cases.notice_reset_ready": {"when"},
    "cases.notice_reset_done": set[str](),
    "talks.reply_head": {"agent"},
    "talks.notice_taken": {"agent"},
    "talks.notice_closed": set[str](),
    "talks.notice_closed_idle": set[str](),
    "talks.notice_alert": {"talk", "unit"},
    "talks.notice_late": {"talk", "unit"},
    "talks.notice_urgent": {"talk", "unit"},
    "talks.notice_word": {"talk", "unit"},
    "limits.notice": set[str](),
    "hearing.found": set[str](),
    "hearing.changed": set[str](),
}
_QUIET_NOUNS = ("cases.", "talks.", "limits.", "hearing.", "evidence.", "documents.", "aid.")
_AT = datetime(2026, 11, 26, 6, 0, tzinfo=UTC).isoformat()
_SEAT = {"event": "e1", "seat": "s1", "title": "冰壶联赛", "at": _AT, "place": "职工之家"}
_EVENT = {**_SEAT, "until": _AT, "place_in_line": 3, "note": "下雨", "text": "请带水杯"}
_DAY = {"sitting": "d1", "title": "垃圾分类周", "day": 2, "questions": 10, "minutes": 10}
_QUIZ = {**_DAY, "until": _AT, "lost": 12, "question": "纸盒是什么垃圾？"}
_PRIZE = {"round": "r1", "winner": "w1", "title": "垃圾分类周", "what": "水杯", "until": _AT}
_POLL = {
    "number": 1,
    "total": 5,
    "question": "纸盒是什么垃圾？",
    "options": ["可回收物", "其他垃圾"],
    "right": 0,
    "explanation": "纸盒可以回收。",
    "source": "《条例》",
    "seconds": 20,
}
_RESULT = {
    "title": "现场答题",
    "lines": [[1, 5, 4], [2, 0, 0]],
    "best": [["胡同骑手", 1]],
    "is_stopped": False,
}
_TALK = {"talk": "K7M2P9QXAB", "unit": "东街道总工会"}
_CAST = {
    **content_json(Content("周六职工运动会", Topic.NEWS)),
    "broadcast": "b1",
    "unit": "东街道",
    "message_id": 7,
}
# One set of details for each kind of notice, as the program would give them.
SAMPLES: Mapping[str, Mapping[str, Any]] = {
    "message": {"text": "明天见"},
    "answer.found": {"token": "t1"},
    "answer.changed": {"token": "t1"},
    **{
        f"broadcasts.notice_{name}": {"title": "运动会"}
        for name in ("asked", "act_asked", "approved", "returned", "held", "stopped", "emergency")
    },
    "broadcast.message": _CAST,
    "broadcast.edit": _CAST,
    "broadcast.recall": _CAST,
    "broadcast.test": {"body": _CAST},
    "cases.notice_news": {},
    "cases.notice_paid": {"case": "c1", "instalment": "i1"},
    "cases.notice_meeting": {"at": _AT},
    "cases.notice_rate": {"case": "c1"},
    "cases.notice_alert": {},
    "cases.notice_reset": {"when": _AT},
    "cases.notice_reset_ready": {"when": _AT},
    "cases.notice_reset_done": {},
    **{
        f"events.notice_{name}": _EVENT
        for name in (
            *("added", "cancelled", "changed", "day", "drawn", "feedback", "hours", "lapsed"),
            *("message", "not_drawn", "offer", "released", "same_person", "seated"),
        )
    },
    "limits.notice": {"clock": "k1"},
    **{f"quiz.notice_{name}": _QUIZ for name in ("extended", "invite", "remind", "void")},
    "quiz.notice_won": _PRIZE,
    "quiz.contest_opening": {"title": "现场答题", "questions": 5, "seconds": 20},
    "quiz.contest_poll": _POLL,
    "quiz.contest_stop": {"message_id": 7},
    "quiz.contest_result": _RESULT,
    "talks.notice_alert": _TALK,
    "talks.notice_late": _TALK,
    "talks.notice_urgent": _TALK,
    "talks.notice_word": _TALK,
    "talks.notice_taken": {"agent": "周办事"},
    "talks.notice_closed": {"talk": "K7M2P9QXAB", "is_idle": False},
    # Its words are those that a colleague typed for this member; here it is the frame alone.
    "talks.reply": {"agent": "周办事", "text": "", "message": "m1"},
}
# What a kind may say besides, with other details.
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "talks.notice_closed": {"is_idle": True},
    "talks.reply": {"data": b"%PDF", "kind": "pdf", "name": "a.pdf"},
    "quiz.notice_invite": {"minutes": 0},
}
# What is sent past the outbox, by the bot itself.
DIRECT = {"common.apology": {}, "common.alert": {"update": 7}}


def texts() -> Texts:
    return load()


def unknown(kinds: Iterable[str]) -> set[str]:
    """The kinds of which nobody here has thought."""
    return set(kinds) - SAMPLES.keys()


def said(letter: Letter) -> str:
    """All that a letter shows before it is touched: words, labels of buttons, names of files."""
    rows = letter.buttons.inline_keyboard if letter.buttons else ()
    labels = [key.text for row in rows for key in row]
    names = [letter.upload.name] if letter.upload else []
    return html.unescape(" ".join([str(letter.text), *labels, *names]))


def letters(kind: str, known: Mapping[str, Renderer] | None = None) -> list[Letter]:
    """Every letter that a kind can become: its variants, and the copy that is sent again."""
    speaker = Renderers(texts(), known)
    found = []
    for more in ({}, VARIANTS.get(kind, {})):
        details = {**SAMPLES[kind], **more}
        found.append(speaker.letter(kind, details))
        found.append(speaker.letter(kind, details, is_again=True))
        found.append(speaker.letter(kind, details, is_again=True, number="1125-ab12"))
    return found


def test_every_kind_of_notice_is_looked_at_here() -> None:
    """The program's own list decides: a kind that is added there and not here ends this test."""
    assert unknown(renderers()) == set()
    assert SAMPLES.keys() - renderers().keys() == set()
    # The control: one more is seen at once.
    assert unknown([*renderers(), "cases.notice_new"]) == {"cases.notice_new"}


def test_there_is_no_way_past_the_list() -> None:
    with pytest.raises(KeyError):
        Renderers(texts()).letter("cases.filed_anonymous", {})
    # A kind is a string in a layer below; whatever looks like one is in the list.
    kinds = {
        str(node.value)
        for path in files("domain", "services")
        for node in strings(path)
        if re.fullmatch(r"[a-z]+\.notice(?:_[a-z]+)?", str(node.value))
    }
    assert kinds
    assert kinds - renderers().keys() == set()


def test_what_the_bot_sends_by_itself_is_looked_at_too() -> None:
    """Everything else goes out as the answer to somebody who has just written or pressed."""
    sent = {
        str(part.value)
        for path in files("bot")
        for name, call in calls(path)
        if re.search(r"\.send_(?:message|photo|document|media_group)$", name)
        for part in ast.walk(call)
        if isinstance(part, ast.Constant) and "." in str(part.value)
    }
    assert sent == DIRECT.keys()
    for key, values in DIRECT.items():
        assert not TELLING.search(texts()(key, **values)), key


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_no_notice_has_a_word_that_tells(kind: str) -> None:
    for letter in letters(kind):
        found = TELLING.search(said(letter))
        assert found is None, f"{kind} says {found and found.group()}: {said(letter)}"


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_no_notice_about_a_matter_of_the_member_can_be_passed_on(kind: str) -> None:
    if not kind.startswith("cases."):
        return
    assert all(letter.is_protected for letter in letters(kind))


def test_no_sentence_of_these_has_room_for_a_name_or_an_employer() -> None:
    gaps = texts().gaps
    for key, wanted in QUIET.items():
        assert gaps[key] == wanted, key
    notices = {
        key
        for key in gaps
        if key.startswith(_QUIET_NOUNS) and re.search(r"\.notice(?:_(?!button)|$)", key)
    }
    assert notices - QUIET.keys() == set()


def test_the_scan_sees_what_tells_wherever_it_stands() -> None:
    """The control: in the words, on a button, in the name of a file, in either copy."""
    t = texts()
    plain = Renderers(t).letter("cases.notice_rate", SAMPLES["cases.notice_rate"])
    assert TELLING.search(said(plain)) is None
    row = [button(t("cases.agree_button"), "a"), button("帮您调解", "b")]
    bad = [
        replace(plain, text=t("cases.next_failed")),
        replace(plain, buttons=InlineKeyboardMarkup([row])),
        replace(plain, upload=Upload("仲裁申请书.pdf", b"", is_photo=False)),
    ]
    assert all(TELLING.search(said(letter)) for letter in bad)
    known = {**renderers(), "cases.notice_news": sentence("cases.mine_none")}
    assert all(TELLING.search(said(letter)) for letter in letters("cases.notice_news", known))
