"""The demo's members and a broadcast that was sent to them some days ago: its list of recipients,
its reach and the people to call have something to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from domain.broadcasts import (
    UNDO,
    Approval,
    Audience,
    Broadcast,
    Button,
    ButtonKind,
    CallOutcome,
    Content,
    Plan,
    Purpose,
    Segment,
    Topic,
    Verdict,
)
from domain.clock import BEIJING, Clock, beijing_date
from domain.members import NOTICE_VERSION, Member, Reach
from domain.outbox import Claim, Outcome, Push, PushState, State, fate, given_up
from domain.people import Person, Source
from domain.staff import Permission, Staff
from services.broadcasts.common import new_id, read_list
from services.broadcasts.handing_in import new_push
from services.rights import allowed
from storage.claiming import Attempt, Result
from storage.database import Database
from storage.people import new_person_id
from storage.work import Work

# Nobody's mark for who claimed the messages, and Telegram's numbers of messages that never were.
_WORKER, _FIRST_MESSAGE = "demo", 1_000_000
_APART = timedelta(seconds=1) / 25
_REACH = {Outcome.GONE: Reach.BLOCKED, Outcome.DEACTIVATED: Reach.DEACTIVATED}

# Gives somebody a chat with the bot that is not on the phone page, and tells its id.
Chat = Callable[[str], int]


async def settle(database: Database, clock: Clock, content: Mapping[str, Any], chat: Chat) -> None:
    """Make the members and the broadcast of demo_broadcasts.toml."""
    day = beijing_date(clock.now()) - timedelta(days=content["days_ago"])
    at = datetime.combine(day, time(content["hour"]), BEIJING)
    # One transaction: the pump must not find messages that only look as if they were to be sent.
    async with database.open_work() as work:
        people = await _join(work, content["members"], chat, at)
        top = await work.units.find_top()
        assert top is not None
        author, second = (await allowed(work, Permission.BROADCAST_APPROVE, top.path, at))[:2]
        one = _broadcast(content, author, top.path, at - timedelta(minutes=20))
        push = await _send(work, one, people, second, at, content)
        await work.broadcasts.add(replace(one, push=push))
        await _react(work, one.id, push.id, people, content, at)
        await _call(work, one, push.id, (author, second), content["calls"], at)
        await work.commit()


async def _join(work: Work, content: Mapping[str, Any], chat: Chat, at: datetime) -> Sequence[int]:
    units = {unit.name: unit.id for unit in await work.units.list_within(("/",))}
    people = []
    for number in range(content["count"]):
        name = content["name"].format(number=number + 1)
        unit_id = units[content["units"][number % len(content["units"])]]
        people.append(
            Person(
                new_person_id(),
                at,
                at,
                member_id=chat(name),
                name=name,
                unit_id=unit_id,
                source=Source.ROSTER,
            )
        )
    ids = [one.member_id for one in people if one.member_id is not None]
    await work.members.save_all(
        [Member(one, one, "zh-hans", Reach.REACHABLE, NOTICE_VERSION, at) for one in ids]
    )
    await work.people.add_all(people)
    return ids


def _broadcast(content: Mapping[str, Any], author: Staff, path: str, at: datetime) -> Broadcast:
    return Broadcast(
        id=new_id(),
        title=content["title"],
        unit_path=path,
        content=Content(
            content["text"].strip(),
            Topic.BENEFITS,
            buttons=(Button(ButtonKind.READ, content["button"]),),
            correction=content["correction"],
        ),
        audience=Audience((Segment((path,)),)),
        plan=Plan(),
        purpose=Purpose.MEMBERS,
        author=author.id,
        author_session="",
        made_at=at,
        changed_at=at,
    )


async def _send(
    work: Work,
    one: Broadcast,
    people: Sequence[int],
    second: Staff,
    at: datetime,
    content: Mapping[str, Any],
) -> Push:
    """The push as it is when every message has come to its end."""
    ends = at + one.plan.lasts
    push_id = await work.pushes.add(
        replace(new_push(one, at), state=PushState.EXPANDING, canary=None, needs_second=True)
    )
    # Not the people of the other parts of the demo, who may be told something at this moment.
    await work.pushes.freeze(push_id, people)
    listed = await read_list(work, push_id)
    digest, count = listed.digest, listed.count
    await work.pushes.set_audience(push_id, count, digest)
    await work.pushes.set_window(push_id, at, ends)
    push = await work.pushes.find(push_id)
    assert push is not None
    agreed = Approval(
        push_id, second.id, "", Verdict.YES, push.body_hash, digest, at, ends, at - UNDO
    )
    await work.agreements.add_approval(agreed)
    await work.pushes.expand(push, at, count + 1)
    lines, _ = await work.broadcast_reach.ledger(push_id, None, "", offset=0, limit=count)
    ids = [line.id for line in lines]
    ours = await work.claims.take(ids, at, _WORKER, timedelta(minutes=1))
    await work.claims.settle(list(_results(ours, content["ends"], at)))
    for claim, outcome in zip(ours, _outcomes(len(ours), content["ends"]), strict=True):
        if outcome[0] in _REACH and claim.member_id is not None:
            await work.members.set_reach(claim.member_id, _REACH[outcome[0]])
    over = at + count * _APART
    await work.pushes.move(push_id, PushState.EXPANDING, PushState.FINISHED, finished_at=over)
    return replace(push, state=PushState.FINISHED)


def _outcomes(count: int, ends: Sequence[Mapping[str, Any]]) -> Sequence[tuple[Outcome, str]]:
    """What became of each message: those that did not arrive lie spread among the others."""
    odd = [
        (Outcome(end["outcome"]), end.get("why", "")) for end in ends for _ in range(end["count"])
    ]
    step = count // len(odd)
    fine = (Outcome.SENT, "")
    return [
        odd[n // step] if n % step == 0 and n // step < len(odd) else fine for n in range(count)
    ]


def _results(
    claims: Sequence[Claim], ends: Sequence[Mapping[str, Any]], at: datetime
) -> Iterator[Result]:
    for number, (outcome, why) in enumerate(_outcomes(len(claims), ends)):
        claim, now = claims[number], at + number * _APART
        if outcome is Outcome.NOT_TRIED:
            yield Result(claim, given_up(claim, State.SKIPPED, why), Attempt(now, now, outcome))
            continue
        if outcome is Outcome.AMBIGUOUS:
            # The last of its tries.
            claim = replace(claim, ambiguous=2)
        message = _FIRST_MESSAGE + number if outcome is Outcome.SENT else None
        attempt = Attempt(now, now, outcome, message_id=message)
        yield Result(claim, fate(claim, outcome, now, 0.5), attempt)


async def _react(
    work: Work,
    broadcast_id: str,
    push_id: int,
    people: Sequence[int],
    content: Mapping[str, Any],
    at: datetime,
) -> None:
    """Some press the button, most of them soon."""
    readers = iter(people)
    for hour, count in enumerate(content["pressed"]):
        pressed = 0
        while pressed < count:
            minute = (7 * pressed) % 60
            when = at + timedelta(hours=hour, minutes=minute)
            pressed += await work.broadcast_reach.press(
                broadcast_id, push_id, next(readers), 0, when
            )


async def _call(
    work: Work,
    one: Broadcast,
    push_id: int,
    staff: Sequence[Staff],
    outcomes: Sequence[str],
    at: datetime,
) -> None:
    lines, _ = await work.broadcast_calls.page(
        one.id, push_id, one.audience, offset=0, limit=len(outcomes)
    )
    for number, (line, outcome) in enumerate(zip(lines, outcomes, strict=True)):
        caller = staff[number % len(staff)]
        await work.broadcast_calls.keep_call(
            one.id,
            line.person_id,
            assigned_to=caller.id,
            called_by=caller.id,
            called_at=at + timedelta(days=1, minutes=10 * number),
            outcome=CallOutcome(outcome).value,
        )
