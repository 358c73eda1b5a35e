"""The demo's events: made by the same verbs as in earnest, marked as demo."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.clock import BEIJING, Clock
from domain.events import (
    AnswerKind,
    Event,
    EventState,
    GroupKind,
    GroupQuota,
    Mode,
    Place,
    Question,
    Session,
)
from domain.seats import Quota, QuotaKind
from domain.staff import Actor, Grant, Role
from services.events import EventDesk, SeatDesk
from storage.database import Database

_STAFF = "demo"


async def settle(database: Database, clock: Clock, content: Mapping[str, Any]) -> None:
    """Publish the events of demo_events.toml, counted from today."""
    desk = EventDesk(database, clock)
    organiser = Actor(_STAFF, _STAFF, (Grant(Role.ORGANISER, "/"),))
    async with database.open_read() as work:
        top = await work.units.find_top()
    path = "/" if top is None else top.path
    for one in content["events"]:
        event = await desk.create(organiser, _event(one, path, clock.now()))
        await desk.publish(organiser, event.id)
        for name in one.get("guests", ()):
            await SeatDesk(database, clock).add_manually(organiser, event.id, {"name": name})


def _event(one: Mapping[str, Any], path: str, now: datetime) -> Event:
    starts = _at(now, one["days"], one["hour"])
    ends = starts + timedelta(hours=one["lasts"])
    sessions = tuple(
        Session(
            session["key"],
            session["title"],
            starts + timedelta(hours=session["after"]),
            starts + timedelta(hours=session["after"] + session["lasts"]),
            session["seats"],
        )
        for session in one.get("sessions", ())
    )
    return Event(
        id="",
        title=one["title"],
        state=EventState.DRAFT,
        mode=Mode(one.get("mode", Mode.FIRST_COME)),
        unit_path=path,
        capacity=one["capacity"],
        opens_at=now - timedelta(days=1),
        closes_at=starts - timedelta(days=one.get("closes", 1)),
        starts_at=starts,
        ends_at=ends,
        created_at=now,
        created_by=_STAFF,
        summary=one["summary"],
        place=Place(one["place"], one["address"], one.get("latitude"), one.get("longitude")),
        contact=one.get("contact", ""),
        quotas=tuple(map(_quota, one.get("quotas", ()))),
        questions=tuple(map(_question, one.get("questions", ()))),
        sessions=sessions,
        companions=one.get("companions", 0),
        team_size=one.get("team_size", 0),
        hours=Decimal(str(one.get("hours", 0))),
        is_demo=True,
    )


def _quota(one: Mapping[str, Any]) -> GroupQuota:
    quota = Quota(one["key"], one["name"], QuotaKind(one["kind"]), one["seats"])
    return GroupQuota(quota, GroupKind(one["by"]), tuple(one["values"]))


def _question(one: Mapping[str, Any]) -> Question:
    return Question(
        one["key"],
        AnswerKind(one["kind"]),
        one["label"],
        tuple(one.get("choices", ())),
        is_required=one.get("required", True),
        least=None if "least" not in one else Decimal(one["least"]),
        most=None if "most" not in one else Decimal(one["most"]),
        profile=one.get("profile", ""),
    )


def _at(now: datetime, days: int, hour: int) -> datetime:
    local = now.astimezone(BEIJING) + timedelta(days=days)
    return local.replace(hour=hour, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
