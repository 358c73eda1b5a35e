"""Attempts at the quiz, their answers, notebooks of wrong answers, and the players."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.quiz_play import Attempt, AttemptKind, AttemptState, Lesson, Slot
from storage.batches import AMONG, among
from storage.tables import quiz_answers, quiz_attempts, quiz_lessons, quiz_players
from storage.upsert import insert

_PLAIN = (
    "id",
    "round_id",
    "sitting_id",
    "member_id",
    "person_id",
    "who",
    "number",
    "started_at",
    "deadline",
    "total",
    "done",
    "right",
    "ticked",
    "finished_at",
)
_CHANGING = ("state", "deadline", "done", "right", "ticked", "finished_at", "took")
_SLOT = ("place", "item_id", "version", "shown", "chosen", "is_right", "is_void", "answered_at")
_SAVE = (
    sa.update(quiz_attempts)
    .where(quiz_attempts.c.id == sa.bindparam("of"))
    .values({name: sa.bindparam(f"to_{name}") for name in _CHANGING})
)
_ANSWER = (
    sa.update(quiz_answers)
    .where(
        quiz_answers.c.attempt_id == sa.bindparam("of"),
        quiz_answers.c.place == sa.bindparam("at_place"),
        quiz_answers.c.answered_at.is_(None),
    )
    .values(
        chosen=sa.bindparam("with_chosen"),
        is_right=sa.bindparam("with_right"),
        answered_at=sa.bindparam("with_time"),
    )
)
_MS = timedelta(milliseconds=1)
_RUNNING = quiz_attempts.c.state == AttemptState.RUNNING.value


@cache
def _locked(dialect: str) -> sa.Select[Any]:
    c = quiz_attempts.c
    return sa.select(quiz_attempts).where(among(dialect, c.id)).order_by(c.id).with_for_update()


@cache
def _slots(dialect: str) -> sa.Select[Any]:
    return sa.select(quiz_answers).where(among(dialect, quiz_answers.c.attempt_id))


@cache
def _of_days(dialect: str) -> sa.Select[Any]:
    c = quiz_attempts.c
    days = c.sitting_id.in_(sa.bindparam("days", expanding=True))
    return (
        sa.select(quiz_attempts)
        .where(days, among(dialect, c.who))
        .order_by(c.started_at, c.number)
    )


@cache
def _seen(dialect: str) -> sa.Select[Any]:
    c = quiz_attempts.c
    return (
        sa.select(c.who, quiz_answers.c.item_id, sa.func.count())
        .join_from(quiz_attempts, quiz_answers, quiz_answers.c.attempt_id == c.id)
        .where(c.round_id == sa.bindparam("round"), among(dialect, c.who))
        .group_by(c.who, quiz_answers.c.item_id)
    )


class QuizAttempts:
    """The tables of attempts and answers."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name

    async def add_all(
        self, some: Iterable[tuple[Attempt, Sequence[Slot]]]
    ) -> Mapping[str, Attempt]:
        """Keep new attempts with their questions.

        Where another process was faster with the same number, theirs counts: found here by the id
        of the one that was not kept.
        """
        new = {attempt.id: (attempt, slots) for attempt, slots in some}
        if not new:
            return {}
        await self._connection.execute(
            insert(self._connection, quiz_attempts).on_conflict_do_nothing(),
            [_row(attempt) for attempt, _ in new.values()],
        )
        kept = sa.select(quiz_attempts.c.id).where(quiz_attempts.c.id.in_(list(new)))
        there = set((await self._connection.execute(kept)).scalars())
        rows = [_slot_row(one, slot) for one in new if one in there for slot in new[one][1]]
        if rows:
            await self._connection.execute(sa.insert(quiz_answers), rows)
        theirs = {}
        for one in new.keys() - there:
            attempt = new[one][0]
            of_day = await self.of_days([attempt.sitting_id or ""], [attempt.who])
            theirs[one] = of_day[-1]
        return theirs

    async def lock_all(self, attempt_ids: Collection[str]) -> Mapping[str, Attempt]:
        """Attempts that nobody else answers until this unit of work has ended."""
        found = await self._list(_locked(self._dialect), {AMONG: sorted(set(attempt_ids))})
        return {one.id: one for one in found}

    async def of_days(
        self, sitting_ids: Collection[str], who: Collection[str]
    ) -> Sequence[Attempt]:
        """Somebody's attempts of several days, oldest first."""
        wanted = {"days": list(sitting_ids), AMONG: sorted(who)}
        return await self._list(_of_days(self._dialect), wanted)

    async def remove_practice(self, member_id: int | None, before: datetime | None = None) -> int:
        """Remove what is not scored: of one account, or all that began before."""
        c = quiz_attempts.c
        gone = sa.select(c.id).where(
            c.kind != AttemptKind.ROUND.value,
            c.member_id == member_id if before is None else c.started_at < before,
        )
        await self._connection.execute(
            sa.delete(quiz_answers).where(quiz_answers.c.attempt_id.in_(gone))
        )
        result = await self._connection.execute(
            sa.delete(quiz_attempts).where(
                c.kind != AttemptKind.ROUND.value,
                c.member_id == member_id if before is None else c.started_at < before,
            )
        )
        return int(result.rowcount)

    async def seen(self, round_id: str, who: Collection[str]) -> Mapping[str, Mapping[str, int]]:
        """How often each of them was asked each item in a round."""
        rows = await self._connection.execute(
            _seen(self._dialect), {"round": round_id, AMONG: sorted(who)}
        )
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for whose, item_id, count in rows:
            found[whose][item_id] = int(count)
        return found

    async def slots_of(
        self, places: Collection[tuple[str, int]]
    ) -> Mapping[tuple[str, int], Slot]:
        """Questions of attempts by attempt and place; those that are not there are left out."""
        wanted = set(places)
        rows = await self._connection.execute(
            _slots(self._dialect), {AMONG: sorted({attempt_id for attempt_id, _ in wanted})}
        )
        return {
            (row.attempt_id, row.place): Slot(*(getattr(row, name) for name in _SLOT))
            for row in rows
            if (row.attempt_id, row.place) in wanted
        }

    async def save_all(self, some: Iterable[Attempt]) -> None:
        """Bring attempts up to date. The caller holds their locks."""
        rows = [
            {"of": one.id, **{f"to_{name}": _row(one)[name] for name in _CHANGING}} for one in some
        ]
        if rows:
            await self._connection.execute(_SAVE, rows)

    async def answer_all(self, some: Sequence[tuple[str, Slot]]) -> None:
        """Write answers down; a question that has one keeps it."""
        rows = [
            {
                "of": attempt_id,
                "at_place": slot.place,
                "with_chosen": slot.chosen,
                "with_right": slot.is_right,
                "with_time": slot.answered_at,
            }
            for attempt_id, slot in some
        ]
        if rows:
            await self._connection.execute(_ANSWER, rows)

    async def late(self, now: datetime, most: int) -> Sequence[str]:
        """Attempts whose time is over and that nobody ended."""
        c = quiz_attempts.c
        found = sa.select(c.id).where(_RUNNING, c.deadline <= now).order_by(c.deadline).limit(most)
        return list((await self._connection.execute(found)).scalars())

    async def running_in(self, sitting_id: str, most: int) -> Sequence[str]:
        """Attempts of a day that somebody is in the middle of."""
        found = sa.select(quiz_attempts.c.id).where(
            quiz_attempts.c.sitting_id == sitting_id, _RUNNING
        )
        return list((await self._connection.execute(found.limit(most))).scalars())

    async def cut(self, sitting_id: str, now: datetime) -> None:
        """Let the time of all who are in the middle of a day end now."""
        c = quiz_attempts.c
        await self._connection.execute(
            sa.update(quiz_attempts)
            .where(c.sitting_id == sitting_id, _RUNNING, c.deadline > now)
            .values(deadline=now)
        )

    # The notebook ---------------------------------------------------------------------------

    async def lessons(self, keys: Collection[tuple[int, str]]) -> Mapping[tuple[int, str], Lesson]:
        """What notebooks hold of items, by member and item."""
        c = quiz_lessons.c
        rows = await self._connection.execute(
            sa.select(quiz_lessons).where(
                c.member_id.in_(sorted({member for member, _ in keys})),
                c.item_id.in_(sorted({item for _, item in keys})),
            )
        )
        return {
            (row.member_id, row.item_id): Lesson(row.item_id, row.step, row.due_at) for row in rows
        }

    async def lessons_of(self, member_id: int) -> Sequence[Lesson]:
        """A whole notebook, what is due first."""
        c = quiz_lessons.c
        rows = await self._connection.execute(
            sa.select(quiz_lessons).where(c.member_id == member_id).order_by(c.due_at, c.item_id)
        )
        return [Lesson(row.item_id, row.step, row.due_at) for row in rows]

    async def put_lessons(self, some: Mapping[tuple[int, str], Lesson | None]) -> None:
        """Keep what notebooks hold; None takes the item out."""
        c = quiz_lessons.c
        kept = [
            {"member_id": member, "item_id": item, "step": one.step, "due_at": one.due_at}
            for (member, item), one in some.items()
            if one is not None
        ]
        if kept:
            statement = insert(self._connection, quiz_lessons)
            await self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["member_id", "item_id"],
                    set_={"step": statement.excluded.step, "due_at": statement.excluded.due_at},
                ),
                kept,
            )
        for (member, item), one in some.items():
            if one is None:
                await self._connection.execute(
                    sa.delete(quiz_lessons).where(c.member_id == member, c.item_id == item)
                )

    async def purge_lessons(self, before: datetime) -> None:
        """Forget what nobody wanted to look at again for so long."""
        await self._connection.execute(
            sa.delete(quiz_lessons).where(quiz_lessons.c.due_at < before)
        )

    # Players --------------------------------------------------------------------------------

    async def player(self, member_id: int) -> tuple[str | None, bool]:
        """The name on the board, if there is one, and whether no invitations are wanted."""
        row = (
            await self._connection.execute(
                sa.select(quiz_players.c.nickname, quiz_players.c.is_muted).where(
                    quiz_players.c.member_id == member_id
                )
            )
        ).first()
        return (None, False) if row is None else (row[0], row[1])

    async def name_is_taken(self, key: str, member_id: int) -> bool:
        c = quiz_players.c
        found = sa.select(c.member_id).where(c.nickname_key == key, c.member_id != member_id)
        return (await self._connection.scalar(found)) is not None

    async def put_player(self, member_id: int, now: datetime, **values: Any) -> None:
        """Keep what is given of a player; the rest stays."""
        fresh = {"nickname": None, "nickname_key": None, "is_muted": False, **values}
        await self._connection.execute(
            insert(self._connection, quiz_players)
            .values(member_id=member_id, changed_at=now, **fresh)
            .on_conflict_do_update(
                index_elements=["member_id"], set_={**values, "changed_at": now}
            )
        )

    async def nicknames(self) -> Mapping[int, str]:
        """Names on the board by account."""
        c = quiz_players.c
        wanted = sa.select(c.member_id, c.nickname).where(c.nickname.is_not(None))
        return {row[0]: row[1] for row in await self._connection.execute(wanted)}

    async def _list(
        self, statement: sa.Select[Any], values: Mapping[str, Any] | None = None
    ) -> Sequence[Attempt]:
        rows = await self._connection.execute(statement, values)
        return [attempt_of(row) for row in rows.mappings()]


def attempt_of(row: Mapping[Any, Any]) -> Attempt:
    """An attempt from a row of its table."""
    return Attempt(
        **{name: row[name] for name in _PLAIN},
        kind=AttemptKind(row["kind"]),
        state=AttemptState(row["state"]),
    )


def _row(one: Attempt) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in _PLAIN},
        "kind": one.kind.value,
        "state": one.state.value,
        "took": one.took // _MS,
    }


def _slot_row(attempt_id: str, slot: Slot) -> dict[str, Any]:
    return {
        "attempt_id": attempt_id,
        "place": slot.place,
        "item_id": slot.item_id,
        "version": slot.version,
        "shown": slot.order,
        "chosen": slot.chosen,
        "is_right": slot.is_right,
        "is_void": slot.is_void,
        "answered_at": slot.answered_at,
    }
