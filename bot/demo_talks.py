"""The demo's talks and phrases: made by the same verbs as in earnest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from bot.assembly import Running
from domain.members import NOTICE_VERSION, Member, Reach
from domain.staff import Actor, GrantState, Permission
from domain.talks import Context
from services.talks import PhraseService

# Telegram counts updates from somewhere; these are nobody's.
_UPDATES = count(1)


async def settle(parts: Running, content: Mapping[str, Any], phone: Callable[[str], int]) -> None:
    """Open the talks of demo_talks.toml. `phone` gives somebody a phone and tells its id."""
    staff = await staff_by_name(parts)
    await _phrases(parts, staff, content["phrases"])
    for one in content["talks"]:
        await _talk(parts, staff, one, phone(one["who"]))


async def staff_by_name(parts: Running) -> Mapping[str, Actor]:
    """Everybody of the staff by name, with the rights of this moment."""
    now = parts.desk.clock.now()
    async with parts.database.open_read() as work:
        granted = await work.grants.list_untaken()
        return {
            account.name: Actor(
                account.id,
                account.name,
                tuple(
                    one.grant
                    for one in granted
                    if one.staff_id == account.id and one.state(now) is GrantState.IN_FORCE
                ),
            )
            for account in await work.staff.list_all()
        }


async def _phrases(
    parts: Running, staff: Mapping[str, Actor], phrases: Sequence[Mapping[str, str]]
) -> None:
    service = PhraseService(
        parts.database, parts.desk.clock, parts.content.knowledge, parts.desk.union
    )
    editor = next(actor for actor in staff.values() if actor.may(Permission.TALKS_PHRASES))
    path = editor.reach(Permission.TALKS_PHRASES)[0]
    for one in phrases:
        await service.write(editor, "", one["title"], one["text"], one.get("entry", ""), path)


async def _talk(
    parts: Running, staff: Mapping[str, Actor], one: Mapping[str, Any], member_id: int
) -> None:
    desk, talks = parts.desk.talk_desk, parts.desk.talks
    now = parts.desk.clock.now()
    async with parts.database.open_work() as work:
        member = Member(member_id, member_id, "zh", Reach.REACHABLE, NOTICE_VERSION, now)
        await work.members.save_all([member])
        await work.commit()
    entry = one.get("entry")
    shown = parts.desk.ask.page(entry).answer if entry else ""
    standing = await talks.open(member_id, Context(one.get("question", ""), shown, entry))
    assert standing is not None, "the demo has staff who answer"
    talk = standing.talk.id
    for text in one["says"]:
        await talks.say(member_id, text, next(_UPDATES))
    if "taken_by" not in one:
        return
    owner = staff[one["taken_by"]]
    await desk.claim(owner, talk)
    await desk.note(owner, talk, one["note"])
    await desk.reply(owner, talk, one["reply"])
    for text in one["answers"]:
        await talks.say(member_id, text, next(_UPDATES))
    if "snoozed_hours" in one:
        await desk.snooze(owner, talk, now + timedelta(hours=one["snoozed_hours"]))
    if "stars" in one:
        await desk.close(owner, talk)
        await talks.rate(talk, member_id, one["stars"])
