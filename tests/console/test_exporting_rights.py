"""Lists that leave the house: who may take what, what is noted, and when they stop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from console.exporting import Export, Filter, responding
from domain.refusal import Refusal
from domain.staff import Flag, Grant, Permission, Role
from services.exports import ExportService
from tests import agreeing
from tests.console.offices import COLUMNS, GOOD, Office, book, export, officer


async def test_full_names_need_the_right_and_a_reason_and_are_noted(office: Office) -> None:
    office.list = lambda: export(
        [GOOD],
        filters=(
            Filter("q", "console_exports.line_by", "王芳", True),
            Filter("state", "console_exports.about", "候补"),
        ),
    )
    for reason in ("", "  签 ", "x" * 201):
        status, _, _ = await office.take(full="yes", reason=reason)
        assert status == 422
    assert office.refusals == ["exports.reason_missing"] * 2 + ["exports.reason_long"]
    assert await office.audited() == []
    status, body, _ = await office.take_whole(reason="  本周六 活动签到 ")
    lines, rows = book(body)
    assert rows[1][:2] == ["王芳", "13812345678"]
    assert lines["用途"] == "本周六 活动签到"
    assert lines["筛选条件"] == "导出人: 王芳; 说明: 候补"
    assert await office.audited() == [
        (
            "export.made",
            {
                "format": "xlsx",
                "rows": 1,
                "columns": ["name", "phone", "number", "count", "on", "at", "note"],
                "filters": {"q": "***", "state": "候补"},
                "full": True,
                "reason": "本周六 活动签到",
            },
        )
    ]


async def test_whole_names_leave_the_house_once_two_people_agreed(office: Office) -> None:
    form = {"full": "yes", "reason": "本周六活动签到"}
    status, body, headers = await office.take(**form)
    assert status == 303 and headers["Location"].startswith("/countersigns/")
    # The control: nothing has left, and nothing leaves by asking again.
    assert body == b"" and await office.audited() == []
    assert (await office.take(**form))[0] == 303
    assert await agreeing.on_everything(office.database, office.clock) == 1
    # Another reason is another list; so is another search.
    assert (await office.take(**{**form, "reason": "别的用途呀"}))[0] == 303
    assert (await office.take(**form, q="王芳"))[0] == 303
    status, body, _ = await office.take(**form, format="csv")
    assert status == 200 and "13812345678" in body.decode()
    assert (await office.take(**form))[0] == 303
    assert [act for act, _ in await office.audited()] == ["export.made"]
    # Masked lists need nobody else.
    assert (await office.take())[0] == 200


async def test_who_may_not_see_full_names_cannot_ask_for_them(office: Office) -> None:
    office.list = lambda: export([GOOD], full=Permission.CASES_EXPORT)
    status, _, _ = await office.take(full="yes", reason="本周六活动签到")
    assert (status, office.refusals) == (422, ["staff.not_allowed"])
    office.list = lambda: export([GOOD], path="/2/")
    await office.take(full="yes", reason="本周六活动签到")
    assert office.refusals == ["staff.not_allowed"] * 2
    assert await office.audited() == []


@pytest.mark.parametrize("written", ["xlsx", "csv"])
@pytest.mark.parametrize("loss", ["role", "session", "full"])
async def test_a_right_that_is_taken_half_way_stops_the_list(
    office: Office, written: str, loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responding, "_AGAIN_SECONDS", 0)

    def rows() -> Iterable[Sequence[object]]:
        for number in range(5000):
            if number == 2200:
                office.actor = {
                    "role": officer(Role.VIEWER),
                    "session": None,
                    "full": officer(Role.ORGANISER),
                }[loss]
                if loss == "full":
                    full[0] = Permission.CASES_EXPORT
            yield GOOD

    full = [Permission.EXPORTS_FULL]
    made = export(rows())
    if loss == "full":
        # The right to the list stays, the right to full names goes.
        lead = Grant(Role.CASEWORKER, "/1/", frozenset({Flag.LEAD}))
        office.actor = replace(
            officer(Role.ORGANISER), grants=(*officer(Role.ORGANISER).grants, lead)
        )
        made = replace(made, full=Permission.CASES_EXPORT)
    office.list = lambda: made
    status, body, _ = await office.take(format=written, full="yes", reason="本周六活动签到")
    assert (status, body) == (422, b"")
    ((act, detail),) = await office.audited()
    assert act == "export.stopped"
    assert detail["why"] == "staff.not_allowed"
    assert detail["rows"] == 2500
    assert "王" not in json.dumps(detail, ensure_ascii=False)


async def test_a_right_that_is_taken_while_the_file_is_on_its_way_cuts_it_off(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responding, "_AGAIN_SECONDS", 0)
    made = office.desk.exports.note_made

    async def made_and_gone(*arguments: Any) -> None:
        await made(*arguments)
        office.actor = None

    office.desk.exports.note_made = made_and_gone
    office.list = lambda: export([GOOD] * 5000)
    with pytest.raises(aiohttp.ClientError):
        await office.take(format="csv")
    assert [act for act, _ in await office.audited()] == ["export.made", "export.stopped"]


async def test_a_subject_that_is_deleted_half_way_stops_the_list(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responding, "_AGAIN_SECONDS", 0)
    asked = []

    async def still() -> None:
        asked.append(1)
        if len(asked) == 3:
            raise Refusal("events.not_found")

    office.list = lambda: export([GOOD] * 5000, still=still)
    status, body, _ = await office.take(format="csv")
    assert (status, body) == (422, b"")
    ((act, detail),) = await office.audited()
    assert (act, detail["why"], detail["rows"]) == ("export.stopped", "events.not_found", 1000)


async def test_what_the_rows_hold_open_is_closed_at_once_when_it_stops(office: Office) -> None:
    closed: list[int] = []

    async def rows() -> AsyncIterator[Sequence[object]]:
        try:
            for _ in range(5000):
                yield GOOD
                if not closed:
                    raise Refusal("events.not_found")
        finally:
            closed.append(1)

    office.list = lambda: Export("events", "单", COLUMNS, rows())
    assert (await office.take())[0] == 422
    assert closed == [1]


async def test_a_full_disk_is_told_before_anything_is_read(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = SimpleNamespace(free=999_999_999)
    monkeypatch.setattr("shutil.disk_usage", lambda path: free)
    assert (await office.take())[0] == 422
    assert office.refusals == ["exports.no_space"]


async def test_only_two_lists_are_made_at_a_time(office: Office) -> None:
    exports = office.desk.exports
    async with exports.turn(), exports.turn():
        third = asyncio.create_task(_in_turn(exports))
        await asyncio.wait({third}, timeout=0.05)
        assert not third.done()
    await third


async def _in_turn(exports: ExportService) -> None:
    async with exports.turn():
        pass
