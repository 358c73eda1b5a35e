"""What a change of an event does to those who signed up: which quotas count them, who is told."""

from __future__ import annotations

from dataclasses import replace

from domain.events import Event, Facts
from domain.refusal import Refusal
from domain.seats import HOLDING, OPEN, State
from services.events import telling
from services.events.line import Line
from storage.work import Work

_NOBODY = Facts()


async def check_sessions(work: Work, before: Event, after: Event) -> None:
    """Refuses with `events.session_held` to take away a session that people signed up for."""
    kept = {one.key for one in after.sessions}
    gone = {one.key: one.title for one in before.sessions if one.key not in kept}
    if not gone:
        return
    claims = await work.seats.in_states(before.id, HOLDING | OPEN)
    for key, title in gone.items():
        if held := sum(one.session == key for one in claims):
            raise Refusal("events.session_held", title=title, held=held)


async def mark_anew(work: Work, line: Line, before: Event) -> None:
    """Count every claim for the quotas as they are now.

    A quota that stays counts whom it counted, so that nobody's claim moves by a new job or unit,
    and whoever signed up at the counter stays in the group that they named.
    """
    after = line.event
    known = {one.quota.key: (one.kind, one.values) for one in before.quotas}
    new = [one for one in after.quotas if known.get(one.quota.key) != (one.kind, one.values)]
    stays = {one.quota.key for one in after.quotas} - {one.quota.key for one in new}
    claims = await work.seats.in_states(after.id, HOLDING | OPEN)
    members = {one.member_id for one in claims if one.member_id is not None}
    facts = await work.seats.facts(members, line.now, with_history=False)
    for seat in claims:
        _, of = facts.get(seat.member_id or 0, (None, _NOBODY))
        joined = {one.quota.key for one in new if one.counts(of, seat.session)}
        marks = (seat.marks & stays) | joined | after.marks(_NOBODY, seat.session)
        if marks != seat.marks:
            line.keep(replace(seat, marks=frozenset(marks)))


async def tell_change(work: Work, line: Line, before: Event) -> None:
    """Tell exactly those who hold a seat whose time or place is another now.

    They are reminded of the new time again.
    """
    after = line.event
    for seat in await work.seats.in_states(after.id, [State.CONFIRMED, State.OFFERED]):
        key = seat.session
        starts = after.starts(key)
        was = (before.starts(key), before.ends(key), before.place)
        if was == (starts, after.ends(key), after.place):
            continue
        until = seat.offered_until
        if until is not None:
            until = min(until, starts - after.cut_off_before)
        line.keep(replace(seat, reminded=0, is_coming=None, offered_until=until))
        fact = f"{line.now.timestamp():.3f}"
        line.tell(telling.CHANGED, seat, fact, needed_by=min(starts, was[0]))
