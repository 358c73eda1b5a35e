"""Live contests in groups: the groups, contests with their questions, votes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.outbox import State
from domain.quiz_contests import (
    AskState,
    Contest,
    ContestQuestion,
    ContestState,
    Ending,
    GroupChat,
    QuestionCount,
)
from storage.tables import (
    group_chats,
    outbox,
    quiz_contest_questions,
    quiz_contest_votes,
    quiz_contests,
)
from storage.units import within
from storage.upsert import insert

_C, _Q, _V = quiz_contests.c, quiz_contest_questions.c, quiz_contest_votes.c
_PLAIN = tuple(name for name in _C.keys() if name not in ("state", "ending"))  # noqa: SIM118
_ASKED = tuple(name for name in _Q.keys() if name != "state")  # noqa: SIM118


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message in the outbox."""

    state: State
    fail_class: str | None
    message_id: int | None
    sent_at: datetime | None


class QuizContests:
    """The tables of contests and of groups."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    # Groups ---------------------------------------------------------------------------------

    async def put_group(self, group_id: int, title: str, now: datetime, *, is_in: bool) -> None:
        """Keep that the bot is in a group, or is not any more; whose it is stays."""
        values = {"title": title[:255], "is_in": is_in, "seen_at": now}
        await self._connection.execute(
            insert(self._connection, group_chats)
            .values(id=group_id, **values)
            .on_conflict_do_update(index_elements=["id"], set_=values)
        )

    async def group(self, group_id: int) -> GroupChat | None:
        found = await self._groups(sa.select(group_chats).where(group_chats.c.id == group_id))
        return found[0] if found else None

    async def groups(self) -> Sequence[GroupChat]:
        """Groups in which the bot is, by title."""
        wanted = sa.select(group_chats).where(group_chats.c.is_in)
        return await self._groups(wanted.order_by(group_chats.c.title, group_chats.c.id))

    async def set_unit(self, group_id: int, path: str) -> None:
        await self._connection.execute(
            sa.update(group_chats).where(group_chats.c.id == group_id).values(unit_path=path)
        )

    async def move_group(self, old: int, new: int, title: str, now: datetime) -> None:
        """A group has a new number: it is the same group, with the same contests."""
        before = await self.group(old)
        await self.put_group(new, title, now, is_in=True)
        if before is not None and before.unit_path is not None:
            await self.set_unit(new, before.unit_path)
        await self._connection.execute(sa.delete(group_chats).where(group_chats.c.id == old))
        await self._connection.execute(
            sa.update(quiz_contests).where(_C.group_id == old).values(group_id=new)
        )

    # Contests -------------------------------------------------------------------------------

    async def add(self, one: Contest, questions: Iterable[ContestQuestion]) -> bool:
        """Keep a new contest; False if one is running in that group."""
        added = await self._connection.scalar(
            insert(self._connection, quiz_contests)
            .values(_row(one))
            .on_conflict_do_nothing()
            .returning(_C.id)
        )
        if added is None:
            return False
        rows = [_question_row(question) for question in questions]
        await self._connection.execute(sa.insert(quiz_contest_questions), rows)
        return True

    async def save(self, one: Contest) -> None:
        """Bring every column up to date. The caller holds the contest's lock."""
        await self._connection.execute(sa.update(quiz_contests).where(_C.id == one.id), _row(one))

    async def find(self, contest_id: str, *, for_update: bool = False) -> Contest | None:
        wanted = sa.select(quiz_contests).where(_C.id == contest_id)
        found = await self._list(wanted.with_for_update() if for_update else wanted)
        return found[0] if found else None

    async def page_within(
        self, paths: Collection[str], *, offset: int, limit: int
    ) -> tuple[Sequence[Contest], int]:
        """Some of the contests within the paths, the latest first, and how many in all."""
        where = within(_C.unit_path, paths)
        found = await self._list(
            sa.select(quiz_contests)
            .where(where)
            .order_by(_C.created_at.desc(), _C.id)
            .offset(offset)
            .limit(limit)
        )
        total = await self._connection.scalar(sa.select(sa.func.count(_C.id)).where(where))
        return found, int(total or 0)

    async def list_due(self, now: datetime) -> Sequence[str]:
        """Contests that should be looked at."""
        found = sa.select(_C.id).where(_C.next_at <= now).order_by(_C.next_at, _C.id)
        return list((await self._connection.execute(found)).scalars())

    async def running_in(self, group_ids: Collection[int]) -> Mapping[int, str]:
        """The contest that is on in each of the groups, where there is one."""
        rows = await self._connection.execute(
            sa.select(_C.group_id, _C.id).where(
                _C.group_id.in_(list(group_ids)), _C.state == ContestState.RUNNING.value
            )
        )
        return {row[0]: row[1] for row in rows}

    # Questions ------------------------------------------------------------------------------

    async def questions(self, contest_id: str) -> Sequence[ContestQuestion]:
        """The questions of a contest, in order."""
        return await self._questions(
            sa.select(quiz_contest_questions).where(_Q.contest_id == contest_id).order_by(_Q.place)
        )

    async def question(self, contest_id: str, place: int) -> ContestQuestion | None:
        found = await self._questions(
            sa.select(quiz_contest_questions).where(_Q.contest_id == contest_id, _Q.place == place)
        )
        return found[0] if found else None

    async def save_question(self, one: ContestQuestion) -> None:
        await self._connection.execute(
            sa.update(quiz_contest_questions).where(
                _Q.contest_id == one.contest_id, _Q.place == one.place
            ),
            _question_row(one),
        )

    async def knows_poll(self, poll_id: str) -> bool:
        found = sa.select(_Q.place).where(_Q.poll_id == poll_id)
        return (await self._connection.scalar(found)) is not None

    async def without_poll(self, since: datetime) -> Sequence[ContestQuestion]:
        """Questions that were handed out and of whose poll nothing is known yet."""
        return await self._questions(
            sa.select(quiz_contest_questions)
            .where(
                _Q.poll_id.is_(None),
                _Q.asked_at >= since,
                _Q.state.in_([AskState.ASKED, AskState.SHOWN, AskState.UNCLEAR]),
            )
            .order_by(_Q.contest_id, _Q.place)
            .with_for_update()
        )

    async def seen_in(self, group_id: int) -> Mapping[str, int]:
        """How often each item was asked in a group."""
        rows = await self._connection.execute(
            sa.select(_Q.item_id, sa.func.count())
            .join_from(quiz_contest_questions, quiz_contests, _Q.contest_id == _C.id)
            .where(_C.group_id == group_id, _Q.asked_at.is_not(None))
            .group_by(_Q.item_id)
        )
        return {row[0]: int(row[1]) for row in rows}

    async def sent(self, dedupe_key: str) -> Sent | None:
        """What became of a message, by its key; None if the outbox has forgotten it."""
        c = outbox.c
        row = (
            await self._connection.execute(
                sa.select(c.state, c.fail_class, c.message_id, c.sent_at).where(
                    c.chain == dedupe_key, c.part == 1
                )
            )
        ).first()
        return None if row is None else Sent(State(row[0]), *row[1:])

    # Votes ----------------------------------------------------------------------------------

    async def add_vote(
        self, poll_id: str, voter: str, member_id: int | None, choice: int, now: datetime
    ) -> None:
        """Keep somebody's answer; their first one stays."""
        await self._connection.execute(
            insert(self._connection, quiz_contest_votes).on_conflict_do_nothing(),
            {
                "poll_id": poll_id,
                "voter": voter,
                "member_id": member_id,
                "choice": choice,
                "voted_at": now,
            },
        )

    async def counts(self, contest_id: str, right: Mapping[int, str]) -> Sequence[QuestionCount]:
        """How each question that was handed out went; `right` is the right option by place."""
        rows = await self._connection.execute(
            sa.select(_Q.place, _V.choice, sa.func.count(), sa.func.count(_V.member_id))
            .join_from(quiz_contest_questions, quiz_contest_votes, _Q.poll_id == _V.poll_id)
            .where(_Q.contest_id == contest_id)
            .group_by(_Q.place, _V.choice)
        )
        votes: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for place, choice, count, members in rows:
            votes[place].append((choice, int(count), int(members)))
        asked = [one for one in await self.questions(contest_id) if one.asked_at is not None]
        return [_count(one, votes[one.place], right[one.place]) for one in asked]

    async def rights(
        self, contest_id: str, right: Mapping[int, int]
    ) -> Mapping[int, tuple[int, int]]:
        """Right and all answers of each member; `right` is the place of the right option."""
        rows = await self._connection.execute(
            sa.select(_V.member_id, _Q.place, _V.choice)
            .join_from(quiz_contest_questions, quiz_contest_votes, _Q.poll_id == _V.poll_id)
            .where(_Q.contest_id == contest_id, _V.member_id.is_not(None))
        )
        found: dict[int, tuple[int, int]] = {}
        for member_id, place, choice in rows:
            had, all_ = found.get(member_id, (0, 0))
            found[member_id] = (had + (choice == right[place]), all_ + 1)
        return found

    async def count_votes(self, before: datetime, right: Mapping[tuple[str, int], int]) -> None:
        """Write down the counts of questions, before their votes are forgotten."""
        for one in await self._old(before):
            place = right[one.contest_id, one.place]
            counted = sa.select(
                sa.func.count(), sa.func.sum(sa.case((_V.choice == place, 1), else_=0))
            ).where(_V.poll_id == one.poll_id)
            answered, had = (await self._connection.execute(counted)).one()
            await self._connection.execute(
                sa.update(quiz_contest_questions)
                .where(_Q.contest_id == one.contest_id, _Q.place == one.place)
                .values(answered=int(answered), right=int(had or 0))
            )

    async def old_questions(self, before: datetime) -> Sequence[ContestQuestion]:
        """Questions of before, whose votes are not counted for good yet."""
        return await self._old(before)

    async def forget_votes(self, before: datetime, stray_before: datetime) -> int:
        """Forget single votes of before, and those that belong to no question; how many."""
        known = sa.select(_Q.poll_id).where(_Q.poll_id.is_not(None))
        done = await self._connection.execute(
            sa.delete(quiz_contest_votes).where(
                sa.or_(
                    _V.voted_at < before,
                    sa.and_(_V.voted_at < stray_before, _V.poll_id.not_in(known)),
                )
            )
        )
        return int(done.rowcount)

    async def _old(self, before: datetime) -> Sequence[ContestQuestion]:
        return await self._questions(
            sa.select(quiz_contest_questions).where(
                _Q.asked_at < before, _Q.poll_id.is_not(None), _Q.answered.is_(None)
            )
        )

    async def _groups(self, statement: sa.Select[Any]) -> Sequence[GroupChat]:
        rows = await self._connection.execute(statement)
        return [GroupChat(**row) for row in rows.mappings()]

    async def _list(self, statement: sa.Select[Any]) -> Sequence[Contest]:
        rows = await self._connection.execute(statement)
        return [
            Contest(
                **{name: row[name] for name in _PLAIN},
                state=ContestState(row["state"]),
                ending=None if row["ending"] is None else Ending(row["ending"]),
            )
            for row in rows.mappings()
        ]

    async def _questions(self, statement: sa.Select[Any]) -> Sequence[ContestQuestion]:
        rows = await self._connection.execute(statement)
        return [
            ContestQuestion(**{name: row[name] for name in _ASKED}, state=AskState(row["state"]))
            for row in rows.mappings()
        ]


def _count(
    one: ContestQuestion, votes: Sequence[tuple[int, int, int]], right: str
) -> QuestionCount:
    if one.answered is not None:
        return QuestionCount(one.place, one.answered, one.right or 0, 0, {})
    options = one.shown.split(",")
    chosen = {options[choice]: count for choice, count, _ in votes if 0 <= choice < len(options)}
    return QuestionCount(
        one.place,
        sum(count for _, count, _ in votes),
        chosen.get(right, 0),
        sum(members for _, _, members in votes),
        chosen,
    )


def _row(one: Contest) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in _PLAIN},
        "state": one.state.value,
        "ending": one.ending,
    }


def _question_row(one: ContestQuestion) -> dict[str, Any]:
    return {**{name: getattr(one, name) for name in _ASKED}, "state": one.state.value}
