"""The rows of an event's form: sessions, quotas, questions. A row without a name is left out."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from console.events.fields import Fields
from console.events.wording import field_moment
from domain.events import (
    AnswerKind,
    Event,
    EventState,
    GroupKind,
    GroupQuota,
    Question,
    Session,
)
from domain.seats import Quota, QuotaKind

_TITLE, _LABEL, _CHOICES, _MOST_SEATS = 30, 100, 600, 100_000
_MOST_CHOICES = 10
# What the profile knows is not asked again: the kind of such a question says so.
_OF_PROFILE = {"own_name": (AnswerKind.TEXT, "name"), "own_phone": (AnswerKind.PHONE, "phone")}
ASKED = (*_OF_PROFILE, *(kind.value for kind in AnswerKind))

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen: units by path, and the names of groups by "kind:values"."""

    units: Mapping[str, str]
    groups: Mapping[str, str]


def session_rows(event: Event | None) -> list[Row]:
    return [
        {
            "key": one.key,
            "title": one.title,
            "starts": field_moment(one.starts_at),
            "ends": field_moment(one.ends_at),
            "seats": one.seats,
        }
        for one in (event.sessions if event else ())
    ]


def quota_rows(event: Event | None) -> list[Row]:
    return [
        {
            "key": one.quota.key,
            "name": one.quota.name,
            "kind": one.quota.kind,
            "seats": one.quota.seats,
            "group": group_of(one),
        }
        for one in (event.quotas if event else ())
    ]


def question_rows(event: Event | None) -> list[Row]:
    return [
        {
            "key": one.key,
            "label": one.label,
            "kind": f"own_{one.profile}" if one.profile else one.kind.value,
            "choices": "\n".join(one.choices),
            "optional": not one.is_required,
            "least": "" if one.least is None else f"{one.least:f}",
            "most": "" if one.most is None else f"{one.most:f}",
        }
        for one in (event.questions if event else ())
    ]


def group_of(one: GroupQuota) -> str:
    """The value of a choice: whom a quota counts."""
    return f"{one.kind.value}:{','.join(one.values)}"


def read_sessions(
    fields: Fields, base: Event | None, times: Sequence[datetime | None]
) -> tuple[Session, ...]:
    """The sessions, each within the event's own time."""
    found: list[Session] = []
    keys = _Keys("s", base, [one.key for one in base.sessions] if base else ())
    for at in range(fields.rows("session")):
        name = f"session{at}_"
        if not fields.given(f"{name}title"):
            continue
        title = fields.text(f"{name}title", _TITLE)
        starts, ends = fields.moment(f"{name}starts"), fields.moment(f"{name}ends")
        seats = fields.number(f"{name}seats", 1, _MOST_SEATS)
        if starts is None or ends is None:
            continue
        begins, is_over = times[2], times[3]
        if ends <= starts or (begins and starts < begins) or (is_over and ends > is_over):
            fields.fault(f"{name}starts", "events.plan_sessions")
        found.append(Session(keys.of(fields.given(f"{name}key")), title, starts, ends, seats))
    return tuple(found)


def read_quotas(
    fields: Fields, base: Event | None, sessions: Sequence[Session], choices: Choices
) -> tuple[GroupQuota, ...]:
    """The quotas with whom each counts."""
    found: list[GroupQuota] = []
    known = {group_of(one) for one in base.quotas} if base else set()
    known |= choices.groups.keys()
    keys = _Keys("q", base, [one.quota.key for one in base.quotas] if base else ())
    for at in range(fields.rows("quota")):
        name = f"quota{at}_"
        if not fields.given(f"{name}name"):
            continue
        group = fields.given(f"{name}group")
        if group not in known:
            fields.fault(f"{name}group", "console_events.fault_group")
            continue
        kind = QuotaKind.LIMIT if fields.given(f"{name}kind") == "limit" else QuotaKind.RESERVED
        quota = Quota(
            keys.of(fields.given(f"{name}key")),
            fields.text(f"{name}name", _TITLE),
            kind,
            fields.number(f"{name}seats", 1, _MOST_SEATS),
        )
        by, _, values = group.partition(":")
        found.append(GroupQuota(quota, GroupKind(by), tuple(values.split(","))))
    return tuple(found)


def read_questions(fields: Fields, base: Event | None) -> tuple[Question, ...]:
    """The questions; a choice needs two or more to choose from."""
    found: list[Question] = []
    taken = [one.key for one in base.questions] if base else []
    keys = _Keys("a", base, taken)
    for at in range(fields.rows("question")):
        name = f"question{at}_"
        if not fields.given(f"{name}label"):
            continue
        asked = fields.given(f"{name}kind")
        if asked not in ASKED:
            fields.fault(f"{name}kind", "console_events.fault_kind")
            continue
        kind, profile = _OF_PROFILE.get(asked) or (AnswerKind(asked), "")
        choices = _read_choices(fields, f"{name}choices") if kind is AnswerKind.CHOICE else ()
        numbers = kind is AnswerKind.NUMBER
        least = fields.bound(f"{name}least") if numbers else None
        most = fields.bound(f"{name}most") if numbers else None
        if least is not None and most is not None and least > most:
            fields.fault(f"{name}least", "console_events.fault_bounds")
        label = fields.text(f"{name}label", _LABEL)
        is_required = not fields.is_ticked(f"{name}optional")
        key = keys.of(fields.given(f"{name}key"), profile)
        found.append(Question(key, kind, label, choices, is_required, least, most, profile))
    return tuple(found)


def _read_choices(fields: Fields, name: str) -> tuple[str, ...]:
    lines = fields.text(name, _CHOICES).splitlines()
    found = tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if not 2 <= len(found) <= _MOST_CHOICES or any(len(one) > _TITLE for one in found):
        fields.fault(name, "console_events.fault_choices", most=_MOST_CHOICES, limit=_TITLE)
    return found


class _Keys:
    """Keys of rows: what was there keeps its own, so that answers and seats still belong to it."""

    def __init__(self, letter: str, base: Event | None, known: Collection[str]) -> None:
        # Once people could sign up, answers and seats may be left of a row that was taken away:
        # no new one may have its key.
        is_fresh = base is not None and base.state is not EventState.DRAFT
        self._letter = f"{letter}{secrets.token_hex(3)}_" if is_fresh else letter
        self._known = set(known)
        self._used: set[str] = set()

    def of(self, given: str, wanted: str = "") -> str:
        """The row's own key, or a new one."""
        key = given if given in self._known and given not in self._used else wanted
        number = 1
        while not key or key in self._used or (key in self._known and key != given):
            key, number = f"{self._letter}{number}", number + 1
        self._used.add(key)
        return key
