"""Who is told of a case, and how little: rows for the outbox, written with the effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.calendar import OfficeHours
from domain.cases.case import Case
from domain.cases.wall import Sight
from domain.outbox import Notice, Priority
from domain.staff import Actor, Granted, GrantState, Permission, Staff
from storage.cases.marks import NOTICE_PURPOSE, open_mark, seal_mark
from storage.work import Work

# The kinds are the keys of their sentences. None says what it is about: a phone lies on a desk.
NEWS = "cases.notice_news"
PAID = "cases.notice_paid"
MEETING = "cases.notice_meeting"
RATE = "cases.notice_rate"
ALERT = "cases.notice_alert"
RESET = "cases.notice_reset"
RESET_READY = "cases.notice_reset_ready"
RESET_DONE = "cases.notice_reset_done"
# Kinds with buttons that lead to one case.
FILLED = (PAID, RATE)
_KEY, _MARK, _OUTBOX = "key", "mark", "outbox"
_KEPT = timedelta(days=14)
_ALERT_KEPT = timedelta(days=3)


async def tell_member(
    work: Work,
    case: Case,
    kind: str,
    fact: str,
    now: datetime,
    details: Mapping[str, Any] | None = None,
    sealed: Mapping[str, str] | None = None,
) -> None:
    """Tell the member that there is something to see. Nobody is known in an anonymous case.

    The row leads from the member to no case: the fact is a keyed hash, and what the buttons need
    is sealed until it is sent.
    """
    chat = (await work.cases.identity(case.id)).chat_id
    if chat is None:
        return
    if kind == NEWS and await work.outbox.renew(chat, NEWS, now + _KEPT):
        # It says of no case what is new: one that has not gone yet says it for all of them.
        return
    key = work.vault.fingerprint(NOTICE_PURPOSE, f"{kind}:{fact}")
    shown = dict(details or {})
    if sealed:
        shown |= {_KEY: key, _MARK: seal_mark(work.vault, _OUTBOX, key, sealed)}
    await work.outbox.add(
        Notice(
            kind,
            chat,
            f"{kind}:{key}",
            now,
            details=shown,
            priority=Priority.REMINDER,
            expires_at=now + _KEPT,
        )
    )


async def fill_notice(work: Work, details: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the buttons of a notice need, opened in the moment of sending."""
    return open_mark(work.vault, _OUTBOX, str(details[_KEY]), str(details[_MARK]))


async def alert(
    work: Work, staff: Iterable[Staff], fact: str, now: datetime, office: OfficeHours
) -> None:
    """Tell people of the staff, in Telegram, that a case waits; not which, and not about whom.

    Outside of office hours the alert waits for the next opening: that is what members are told,
    and nobody could begin before. Several of one fact in that time are one.
    """
    due = office.next_opening(now)
    await work.outbox.add(
        *(
            Notice(
                ALERT,
                None,
                f"{ALERT}:{fact}:{due.timestamp():.0f}:{one.id}",
                due,
                expires_at=due + _ALERT_KEPT,
                chat_id=one.telegram_id,
            )
            for one in staff
        )
    )


async def workers(work: Work, now: datetime) -> tuple[tuple[Staff, Actor], ...]:
    """Everybody of the staff who does case work now, with the grants in force."""
    granted: dict[str, list[Granted]] = {}
    for one in await work.grants.list_untaken():
        if one.state(now) is GrantState.IN_FORCE:
            granted.setdefault(one.staff_id, []).append(one)
    found = []
    for account in await work.staff.list_all():
        if not account.is_active or account.id not in granted:
            continue
        employer = await work.units.find(account.employer_id) if account.employer_id else None
        grants = tuple(one.grant for one in granted[account.id])
        path = employer.path if employer else None
        actor = Actor(account.id, account.name, grants, employer_path=path)
        if actor.may(Permission.CASES_READ):
            found.append((account, actor))
    return tuple(found)


async def worker_of(work: Work, case: Case, now: datetime) -> tuple[Staff, ...]:
    """Who works on the case, if it is still there for them."""
    return tuple(
        account
        for account, actor in await workers(work, now)
        if account.id == case.assigned_to and Sight.of(actor).sees(case)
    )


async def leads_at(
    work: Work, unit_path: str, respondent_path: str | None, now: datetime
) -> tuple[Staff, ...]:
    """Who leads case work in exactly this unit and may know of a case against that employer."""
    return tuple(
        account
        for account, actor in await workers(work, now)
        if unit_path in Sight.of(actor).lead and not Sight.of(actor).is_walled(respondent_path)
    )


async def leads_near(
    work: Work, unit_path: str, respondent_path: str | None, now: datetime
) -> tuple[Staff, ...]:
    """The same in this unit, or if there is nobody in the nearest one above that has somebody."""
    ids = unit_path.strip("/").split("/")
    for depth in range(len(ids), 0, -1):
        path = "/" + "/".join(ids[:depth]) + "/"
        if found := await leads_at(work, path, respondent_path, now):
            return found
    return ()
