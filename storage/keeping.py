"""What is kept of a member, table by table: how it is copied for them, how it is erased.

Every table with a column that leads to a member or a person is named here; a test of the house
fails for one that is not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain import outbox as outbox_rules
from domain import seats as seat_rules
from storage import tables
from storage.cases.records import MEMBER_PURPOSE as CASE_MEMBER
from storage.vault import Place, Vault

_SEALED = "sealed_"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data: a Telegram account, a person, or both."""

    member_id: int | None = None
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows of one table that belong to a subject.

    `member` and `person` name the columns that lead to it. Erasing deletes the rows, or sets
    `unlinked` where others still need them: a count, a seat that was taken. `first` is a change
    elsewhere that must come before, made from the condition on the rows. `hidden` columns are our
    own marks, which tell the member nothing.
    """

    table: sa.Table
    member: str | None = None
    person: str | None = None
    unlinked: Mapping[str, Any] | None = None
    first: Callable[[sa.ColumnElement[bool]], sa.Update] | None = None
    hidden: frozenset[str] = field(default_factory=frozenset)
    # For rows that no column leads to in clear: found by a keyed hash, directly or through others.
    through: Callable[[Subject, Vault], sa.ColumnElement[bool]] | None = None

    def rows_of(self, subject: Subject, vault: Vault) -> sa.ColumnElement[bool]:
        """A condition: the row belongs to the subject."""
        if self.through is not None:
            return self.through(subject, vault)
        c = self.table.c
        leads: list[sa.ColumnElement[bool]] = [sa.false()]
        if self.member and subject.member_id is not None:
            leads.append(c[self.member] == subject.member_id)
        if self.person and subject.person_id is not None:
            leads.append(c[self.person] == subject.person_id)
        return sa.or_(*leads)


def _freed_seats(whose: sa.ColumnElement[bool]) -> sa.Update:
    """The line of an event moves up when somebody in it, or before it, is erased."""
    seats, events = tables.seats, tables.events
    held = sa.select(seats.c.event_id).where(whose, seats.c.state.in_(_values(seat_rules.OPEN)))
    return sa.update(events).where(events.c.id.in_(held)).values(owes_fill=True)


def _of_case(column: sa.Column[Any]) -> Callable[[Subject, Vault], sa.ColumnElement[bool]]:
    """Rows that belong to a case of the subject: the member is known there by a keyed hash."""

    def rows(subject: Subject, vault: Vault) -> sa.ColumnElement[bool]:
        c = tables.case_identities.c
        mark = vault.fingerprint(CASE_MEMBER, str(subject.member_id))
        return column.in_(sa.select(c.case_id).where(c.member_print == mark))

    return rows


def _of_evidence(subject: Subject, vault: Vault) -> sa.ColumnElement[bool]:
    """Files that were sent for a form, and those of the subject's cases."""
    c = tables.evidence.c
    return sa.or_(c.member_id == subject.member_id, _of_case(c.case_id)(subject, vault))


def _of_agreement(subject: Subject, vault: Vault) -> sa.ColumnElement[bool]:
    made, parts = tables.case_agreements.c, tables.case_instalments.c
    mine = sa.select(made.id).where(_of_case(made.case_id)(subject, vault))
    return parts.agreement_id.in_(mine)


def _of_attempt(subject: Subject, vault: Vault) -> sa.ColumnElement[bool]:
    c = tables.quiz_attempts.c
    mine = [c.member_id == subject.member_id] if subject.member_id is not None else []
    if subject.person_id is not None:
        mine.append(c.person_id == subject.person_id)
    return tables.quiz_answers.c.attempt_id.in_(sa.select(c.id).where(sa.or_(sa.false(), *mine)))


def _of_seat(subject: Subject, vault: Vault) -> sa.ColumnElement[bool]:
    c = tables.seats.c
    mine = [c.member_id == subject.member_id] if subject.member_id is not None else []
    if subject.person_id is not None:
        mine.append(c.person_id == subject.person_id)
    return tables.seat_log.c.seat_id.in_(sa.select(c.id).where(sa.or_(sa.false(), *mine)))


def _nobodys(key: sa.Column[Any]) -> Mapping[str, Any]:
    """Still counted, but as nobody's."""
    return {"member_id": None, "person_id": None, "who": sa.literal("erased:").concat(key)}


def _shorter_lists(whose: sa.ColumnElement[bool]) -> sa.Update:
    """A list that was agreed to is shorter by somebody who is erased, and still the same list.

    Whoever has a row already is counted there.
    """
    push, audience = tables.push, tables.push_audience
    is_unwritten = sa.or_(
        push.c.expand_cursor.is_(None), push.c.expand_cursor < audience.c.member_id
    )
    theirs = sa.exists().where(audience.c.push_id == push.c.id, whose, is_unwritten)
    return sa.update(push).where(theirs).values(erased=push.c.erased + 1)


def _values(states: Collection[StrEnum]) -> list[str]:
    return [state.value for state in states]


_UNSENT = (outbox_rules.State.PENDING, outbox_rules.State.HELD)

# Who among the staff was to call, or did.
_STAFF_SIDE = frozenset({"id", "broadcast_id", "assigned_to", "called_by"})

# In the order in which rows may go: what refers to others first.
REGISTER: tuple[Kept, ...] = (
    Kept(
        tables.outbox,
        member="member_id",
        # What was sent still counts; whom it reached is gone, and what was not sent never goes.
        unlinked={
            "member_id": None,
            "chat_id": 0,
            "chain": sa.literal("erased:").concat(sa.cast(tables.outbox.c.id, sa.String)),
            "details": {},
            "message_id": None,
            "fail_text": None,
            "state": sa.case(
                (
                    tables.outbox.c.state.in_(_values(_UNSENT)),
                    outbox_rules.State.CANCELLED.value,
                ),
                else_=tables.outbox.c.state,
            ),
        },
        hidden=frozenset({"chain", "lease_token", "worker", "epoch", "lease_until", "part"}),
    ),
    Kept(tables.broadcast_presses, member="member_id", hidden=frozenset({"push_id"})),
    Kept(tables.topic_mutes, member="member_id"),
    Kept(tables.broadcast_calls, person="person_id", hidden=_STAFF_SIDE),
    Kept(tables.push_audience, member="member_id", first=_shorter_lists),
    Kept(tables.chat_pace, member="chat_id"),
    Kept(tables.wishes, member="member_id", hidden=frozenset({"id", "page"})),
    Kept(tables.watches, member="member_id", hidden=frozenset({"id", "page"})),
    Kept(tables.sign_up_answers, member="member_id"),
    Kept(
        tables.seat_log,
        through=_of_seat,
        # Why seats moved on still explains the line to others; what was typed about somebody goes.
        unlinked={"note": ""},
        hidden=frozenset({"id", "event_id", "seat_id", "by"}),
    ),
    Kept(
        tables.seats,
        member="member_id",
        person="person_id",
        # Who came is counted; who it was is gone.
        unlinked={
            "member_id": None,
            "person_id": None,
            "sealed_answers": None,
            "comment": None,
            "state": sa.case(
                (
                    tables.seats.c.state.in_(_values(seat_rules.OPEN)),
                    seat_rules.State.CANCELLED.value,
                ),
                else_=tables.seats.c.state,
            ),
        },
        first=_freed_seats,
        hidden=frozenset({"rank", "marks", "weight", "reminded", "team_id", "is_extra"}),
    ),
    Kept(tables.talk_files, member="member_id"),
    Kept(tables.talk_messages, member="member_id", hidden=frozenset({"staff_id"})),
    # Notes of staff go with their talk, by the database.
    Kept(
        tables.talks,
        member="member_id",
        hidden=frozenset({"unit_path", "level_path", "assignee", "escalate_at", "escalations"}),
    ),
    Kept(tables.rights_reminders, member="member_id", hidden=frozenset({"clock_id"})),
    Kept(tables.rights_clocks, member="member_id", hidden=frozenset({"is_kept"})),
    Kept(tables.evidence_links, member="member_id", hidden=frozenset({"token_hash"})),
    # Their bytes go with them, by the database. The case itself stays, as a count.
    Kept(
        tables.evidence,
        through=_of_evidence,
        hidden=frozenset({"case_id", "source", "kept_sha256"}),
    ),
    Kept(tables.case_intakes, member="member_id"),
    Kept(tables.case_codes, member="member_id"),
    Kept(tables.case_messages, member="member_id"),
    # Staff's words to each other, and who of them looked, are erased with the case; the member
    # sees the roles of those who looked in the chat.
    *(
        Kept(
            table,
            hidden=frozenset({"id", "case_id", *hidden}),
            through=_of_case(table.c.case_id),
        )
        for table, hidden in (
            (tables.case_facts, ()),
            (tables.case_steps, ("by", "sealed_note")),
            (tables.case_openings, ("staff_id", "sealed_reason")),
            (tables.case_notes, ("by", "sealed_text")),
            (tables.case_meetings, ("made_by", "slots", "other_side_at", "reminded_at")),
            (tables.case_disclosures, ("asked_by",)),
            (tables.case_referrals, ("firm_id", "by", "sealed_note")),
        )
    ),
    # What was settled counts in the report; whose it was is gone.
    Kept(
        tables.case_instalments,
        through=_of_agreement,
        unlinked={"asked_at": None},
        hidden=frozenset({"id", "agreement_id", "number"}),
    ),
    Kept(
        tables.case_agreements,
        through=_of_case(tables.case_agreements.c.case_id),
        unlinked={"sealed_other": None},
        hidden=frozenset({"id", "case_id", "made_by"}),
    ),
    Kept(
        tables.cases,
        through=_of_case(tables.cases.c.id),
        unlinked={"employer_print": ""},
        hidden=frozenset({"unit_id", "offered_id", "overseer_id", "respondent_id", "assigned_to"})
        | {"lead_id", "escalated_at"},
    ),
    Kept(
        tables.case_identities,
        through=_of_case(tables.case_identities.c.case_id),
        hidden=frozenset({"case_id", "sealed_chat"}),
    ),
    Kept(
        tables.quiz_answers,
        through=_of_attempt,
        # How hard a question is stays known; with its attempt the answer becomes nobody's.
        unlinked={"is_void": tables.quiz_answers.c.is_void},
        hidden=frozenset({"shown", "version", "attempt_id", "is_void"}),
    ),
    Kept(
        tables.quiz_attempts,
        member="member_id",
        person="person_id",
        unlinked=_nobodys(tables.quiz_attempts.c.id),
        hidden=frozenset({"who", "ticked", "number", "took", "sitting_id"}),
    ),
    Kept(tables.quiz_lessons, member="member_id"),
    Kept(tables.quiz_players, member="member_id", hidden=frozenset({"nickname_key"})),
    Kept(
        tables.quiz_standings,
        member="member_id",
        person="person_id",
        unlinked=_nobodys(tables.quiz_standings.c.code),
        hidden=frozenset({"who", "took", "total"}),
    ),
    Kept(
        tables.quiz_winners,
        member="member_id",
        person="person_id",
        # That a prize was handed over is in the books; to whom is gone.
        unlinked={"member_id": None, "person_id": None},
        hidden=frozenset({"id", "entry", "handed_by", "note"}),
    ),
    # A vote counts in its group; whose it was is gone.
    Kept(
        tables.quiz_contest_votes,
        member="member_id",
        unlinked={"member_id": None},
        hidden=frozenset({"poll_id", "voter"}),
    ),
    Kept(tables.drafts, member="member_id"),
    Kept(tables.consents, member="member_id", hidden=frozenset({"id"})),
    Kept(tables.push_windows, member="member_id"),
    Kept(tables.people, member="member_id", person="id"),
    Kept(tables.members, member="id"),
)


class Keeping:
    """All registered tables at once."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def copy(
        self, subject: Subject, register: Sequence[Kept]
    ) -> dict[str, list[dict[str, Any]]]:
        """Everything that is kept of the subject, opened: rows by the name of their table.

        Times are times; everything else can be written as JSON.
        """
        found: dict[str, list[dict[str, Any]]] = {}
        for kept in register:
            wanted = sa.select(kept.table).where(kept.rows_of(subject, self._vault))
            rows = (await self._connection.execute(wanted)).mappings()
            if shown := [_shown(kept, dict(row), self._vault) for row in rows]:
                found[kept.table.name] = shown
        if failed := await self._failed_updates(subject):
            found["journal"] = [{"body": _body(body)} for body in failed.values()]
        return found

    async def erase(self, subject: Subject, register: Sequence[Kept]) -> int:
        """Erase everything that leads to the subject; how many rows were touched."""
        touched = 0
        for kept in register:
            whose = kept.rows_of(subject, self._vault)
            if kept.first is not None:
                await self._connection.execute(kept.first(whose))
            if kept.unlinked is None:
                statement: Any = sa.delete(kept.table).where(whose)
            else:
                statement = sa.update(kept.table).where(whose).values(dict(kept.unlinked))
            touched += (await self._connection.execute(statement)).rowcount
        failed = await self._failed_updates(subject)
        for update_id in failed:
            await self._connection.execute(
                sa.delete(tables.journal).where(tables.journal.c.update_id == update_id)
            )
        return touched + len(failed)

    async def _failed_updates(self, subject: Subject) -> dict[int, str]:
        """Updates in quarantine that the member sent: they are kept whole, with their sender."""
        if subject.member_id is None:
            return {}
        c = tables.journal.c
        rows = await self._connection.execute(
            sa.select(c.update_id, c.body).where(
                c.body.is_not(None), c.body.contains(str(subject.member_id), autoescape=True)
            )
        )
        whole = re.compile(rf"(?<!\d){subject.member_id}(?!\d)")
        return {row.update_id: row.body for row in rows if whole.search(row.body)}


def _body(text: str) -> Any:
    """The update as an object; one that was cut, as text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _shown(kept: Kept, row: dict[str, Any], vault: Vault) -> dict[str, Any]:
    key = "/".join(str(row[column.name]) for column in kept.table.primary_key.columns)
    shown: dict[str, Any] = {}
    for name, value in row.items():
        if name in kept.hidden or name.endswith("_print") or value is None:
            continue
        if name.startswith(_SEALED):
            opened = vault.open(Place(kept.table.name, name, key), value)
            shown[name.removeprefix(_SEALED)] = opened
        else:
            shown[name] = _plain(value)
    return shown


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        raise TypeError("bytes that are not sealed cannot be shown")
    return value
