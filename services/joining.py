"""Two records turn out to be one person: what hangs on them goes along."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from domain.events import Event, EventState
from domain.outbox import Notice, Priority
from domain.people import Person
from domain.seats import OPEN, Reason, State, must_move
from domain.sign_ups import LogRow, Seat, better_first
from storage.work import Work

# The kind is the key of its sentence.
SAME_PERSON = "events.notice_same_person"
# Whoever tells who they are causes it.
_BY = "member"


async def carry(
    work: Work,
    person_id: str,
    now: datetime,
    *,
    members: Sequence[int] = (),
    gone: Person | None = None,
) -> None:
    """Put the seats and the quizzes of one person on their one record.

    These are those of the record itself and of the one that is `gone`, and what the accounts
    `members` did before anybody knew whose they are. One seat a person: of several open claims at
    one event the better one stays, the others are released and their holders told.
    """
    accounts = {*members, *([gone.member_id] if gone and gone.member_id else [])}
    await _carry_seats(work, person_id, now, [person_id, *([gone.id] if gone else [])], accounts)
    # Results find the person behind an account by themselves, but not one whose record is gone.
    if gone is not None:
        await work.quiz_results.carry(person_id, gone.id, accounts)


async def _carry_seats(
    work: Work, person_id: str, now: datetime, records: Sequence[str], accounts: Collection[int]
) -> None:
    found = await work.seats.of_person(records, accounts)
    if all(seat.person_id == person_id for seat in found):
        return
    events = await work.events.lock_all({seat.event_id for seat in found})
    claims: dict[str, list[Seat]] = defaultdict(list)
    # Read again under the locks: the line may have moved meanwhile.
    for seat in await work.seats.of_person(records, accounts):
        claims[seat.event_id].append(seat)
    for event_id in sorted(claims.keys() & events.keys()):
        await _unite(work, events[event_id], better_first(claims[event_id]), person_id, now)


async def _unite(
    work: Work, event: Event, claims: Sequence[Seat], person_id: str, now: datetime
) -> None:
    kept, *others = claims
    released = [seat for seat in others if _can_go(event, seat, now)]
    changed = [_released(seat, now) if seat in released else seat for seat in others]
    # The others first: only one claim of an event may hold the person.
    await work.seats.change_all([replace(seat, person_id=None) for seat in changed])
    await work.seats.change_all([replace(kept, person_id=person_id)])
    if not released:
        return
    await work.seats.log(
        LogRow(
            event.id,
            seat.id,
            now,
            seat.state.value,
            State.RELEASED.value,
            Reason.SAME_PERSON.value,
            _BY,
        )
        for seat in released
    )
    # The clock lets the line move up at its next round.
    await work.events.save(replace(event, owes_fill=True))
    notices = [_notice(event, seat, seat.member_id, now) for seat in released if seat.member_id]
    await work.outbox.add(*sorted(notices, key=lambda one: one.chat))


def _can_go(event: Event, seat: Seat, now: datetime) -> bool:
    """Whether a claim may still be released: what was is not rewritten."""
    is_live = event.state in (EventState.PUBLISHED, EventState.HELD, EventState.CLOSED)
    return is_live and seat.state in OPEN and now < event.starts(seat.session)


def _released(seat: Seat, now: datetime) -> Seat:
    must_move(seat.state, State.RELEASED)
    return replace(
        seat,
        state=State.RELEASED,
        reason=Reason.SAME_PERSON.value,
        changed_at=now,
        offered_until=None,
    )


def _notice(event: Event, seat: Seat, member_id: int, now: datetime) -> Notice:
    return Notice(
        SAME_PERSON,
        member_id,
        f"{SAME_PERSON}:{seat.id}:{now.timestamp():.3f}",
        now,
        details={"event": event.id, "seat": seat.id, "title": event.title},
        priority=Priority.REMINDER,
        expires_at=event.ends(seat.session),
    )
