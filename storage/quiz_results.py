"""What a round came to: best attempts, standings, prizes; figures of items; lists for staff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.quiz_figures import Response
from domain.quiz_play import Attempt, AttemptState, Best, ids_of
from storage.quiz_attempts import attempt_of
from storage.tables import (
    people,
    quiz_answers,
    quiz_attempts,
    quiz_rounds,
    quiz_sittings,
    quiz_standings,
    quiz_winners,
)

_SUBMITTED = quiz_attempts.c.state != AttemptState.RUNNING.value
_COUNTS = sa.or_(quiz_answers.c.is_right.is_(True), quiz_answers.c.is_void)


@dataclass(frozen=True, slots=True)
class ItemCount:
    """How one version of an item did in a round. What is void counts as right for everybody."""

    item_id: str
    version: int
    asked: int
    answered: int
    right: int
    is_void: bool


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submitted attempt with whose it is, as it is known now."""

    attempt: Attempt
    sitting_number: int
    who: str
    person_id: str | None


class QuizResults:
    """Reads attempts as a whole; keeps standings and winners."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def bests(self, round_id: str, sitting_id: str | None = None) -> Sequence[Best]:
        """Everybody's best submitted attempt of each day: more right, then less time.

        Accounts that were found to be of one person since then count as that person.
        """
        person, who = _person(), _who()
        c = quiz_attempts.c
        day = (c.sitting_id, who)
        ranked = (
            sa.select(
                who.label("whose"),
                c.member_id,
                person.label("person"),
                c.sitting_id,
                c.right,
                c.total,
                c.took,
                sa.func.count().over(partition_by=day).label("attempts"),
                sa.func.row_number()
                .over(partition_by=day, order_by=(c.right.desc(), c.took, c.id))
                .label("nth"),
            )
            .select_from(_attempts_with_people())
            .where(
                c.round_id == round_id,
                _SUBMITTED,
                sa.true() if sitting_id is None else c.sitting_id == sitting_id,
            )
            .subquery()
        )
        rows = await self._connection.execute(sa.select(ranked).where(ranked.c.nth == 1))
        return [Best(*row[:-1]) for row in rows]

    async def days(self, round_id: str) -> Mapping[str, tuple[int, int]]:
        """By day: how many people submitted, and how many attempts."""
        c = quiz_attempts.c
        rows = await self._connection.execute(
            sa.select(c.sitting_id, sa.func.count(sa.distinct(_who())), sa.func.count())
            .select_from(_attempts_with_people())
            .where(c.round_id == round_id, _SUBMITTED)
            .group_by(c.sitting_id)
        )
        return {day: (int(some), int(all_)) for day, some, all_ in rows}

    async def running(self, round_id: str) -> int:
        """Attempts that somebody is in the middle of."""
        found = sa.select(sa.func.count()).where(
            quiz_attempts.c.round_id == round_id, sa.not_(_SUBMITTED)
        )
        return int(await self._connection.scalar(found) or 0)

    async def submitted(self, round_id: str, after: str, most: int) -> Sequence[Submitted]:
        """The next submitted attempts behind an id, in the order of ids."""
        c = quiz_attempts.c
        rows = await self._connection.execute(
            sa.select(
                quiz_attempts,
                quiz_sittings.c.number.label("day"),
                _who().label("whose"),
                _person().label("person"),
            )
            .select_from(
                _attempts_with_people().join(quiz_sittings, c.sitting_id == quiz_sittings.c.id)
            )
            .where(c.round_id == round_id, _SUBMITTED, c.id > after)
            .order_by(c.id)
            .limit(most)
        )
        return [
            Submitted(attempt_of(row), row["day"], row["whose"], row["person"])
            for row in rows.mappings()
        ]

    async def item_counts(self, round_id: str) -> Sequence[ItemCount]:
        """Every version of an item that was asked in submitted attempts of a round."""
        a = quiz_answers.c
        rows = await self._connection.execute(
            sa.select(
                a.item_id,
                a.version,
                sa.func.count(),
                sa.func.count(a.answered_at),
                sa.func.sum(sa.case((_COUNTS, 1), else_=0)),
                sa.func.max(sa.case((a.is_void, 1), else_=0)),
            )
            .join_from(quiz_answers, quiz_attempts, a.attempt_id == quiz_attempts.c.id)
            .where(quiz_attempts.c.round_id == round_id, _SUBMITTED)
            .group_by(a.item_id, a.version)
            .order_by(a.item_id, a.version)
        )
        return [
            ItemCount(item, version, int(asked), int(done), int(right), bool(void))
            for item, version, asked, done, right, void in rows
        ]

    async def responses(
        self, item_id: str, version: int, most: int, round_id: str | None = None
    ) -> Sequence[Response]:
        """The latest answers to an item in submitted attempts of rounds, or of one round.

        A void item is judged by its key, as it was asked.
        """
        a, c = quiz_answers.c, quiz_attempts.c
        rows = await self._connection.execute(
            sa.select(a.chosen, a.is_right, a.is_void, c.right, c.total)
            .join_from(quiz_answers, quiz_attempts, a.attempt_id == c.id)
            .where(
                a.item_id == item_id,
                a.version == version,
                a.answered_at.is_not(None),
                c.round_id.is_not(None) if round_id is None else c.round_id == round_id,
                _SUBMITTED,
            )
            .order_by(a.answered_at.desc())
            .limit(most)
        )
        return [
            Response(
                ids_of(chosen or ""),
                bool(is_right),
                None if total < 2 else (right - (is_right or is_void)) / (total - 1),
            )
            for chosen, is_right, is_void, right, total in rows
        ]

    async def asked_since(self, since: datetime) -> Sequence[tuple[str, int]]:
        """Items, with their versions, that were answered in rounds since then."""
        a = quiz_answers.c
        rows = await self._connection.execute(
            sa.select(a.item_id, a.version)
            .join_from(quiz_answers, quiz_attempts, a.attempt_id == quiz_attempts.c.id)
            .where(quiz_attempts.c.round_id.is_not(None), a.answered_at >= since)
            .distinct()
            .order_by(a.item_id, a.version)
        )
        return [(item, version) for item, version in rows]

    async def rounds_asking(self, item_id: str) -> Sequence[tuple[str, str]]:
        """Rounds in which an item was asked: id and title."""
        rows = await self._connection.execute(
            sa.select(quiz_rounds.c.id, quiz_rounds.c.title)
            .join_from(
                quiz_answers, quiz_attempts, quiz_answers.c.attempt_id == quiz_attempts.c.id
            )
            .join(quiz_rounds, quiz_attempts.c.round_id == quiz_rounds.c.id)
            .where(quiz_answers.c.item_id == item_id)
            .distinct()
            .order_by(quiz_rounds.c.title)
        )
        return [(row[0], row[1]) for row in rows]

    # Voiding --------------------------------------------------------------------------------

    async def void_effect(self, item_id: str, version: int) -> Sequence[tuple[str, str, int, int]]:
        """Submitted attempts that gain a point if the item is void: whose, of which round, how
        many are right now, of how many."""
        a, c = quiz_answers.c, quiz_attempts.c
        rows = await self._connection.execute(
            sa.select(_who(), c.round_id, c.right, c.total)
            .select_from(quiz_answers.join(_attempts_with_people(), a.attempt_id == c.id))
            .where(
                a.item_id == item_id,
                a.version == version,
                c.round_id.is_not(None),
                _SUBMITTED,
                sa.not_(sa.func.coalesce(_COUNTS, sa.false())),
            )
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    async def count_asked(self, item_id: str, version: int) -> tuple[int, int]:
        """Submitted attempts of rounds with this version of an item, and of how many people."""
        a, c = quiz_answers.c, quiz_attempts.c
        row = (
            await self._connection.execute(
                sa.select(sa.func.count(), sa.func.count(sa.distinct(_who())))
                .select_from(quiz_answers.join(_attempts_with_people(), a.attempt_id == c.id))
                .where(
                    a.item_id == item_id,
                    a.version == version,
                    c.round_id.is_not(None),
                    _SUBMITTED,
                )
            )
        ).one()
        return int(row[0]), int(row[1])

    async def void(self, item_id: str, version: int) -> None:
        """Let everybody who was asked this version be right, and count anew."""
        a, c = quiz_answers.c, quiz_attempts.c
        asked = sa.select(a.attempt_id).where(a.item_id == item_id, a.version == version)
        # Locked before they are counted: somebody may be answering in this moment.
        await self._connection.execute(
            sa.select(c.id).where(c.id.in_(asked)).order_by(c.id).with_for_update()
        )
        await self._connection.execute(
            sa.update(quiz_answers)
            .where(a.item_id == item_id, a.version == version)
            .values(is_void=True)
        )
        right = (
            sa.select(sa.func.count())
            .where(a.attempt_id == c.id, _COUNTS)
            .correlate(quiz_attempts)
            .scalar_subquery()
        )
        await self._connection.execute(
            sa.update(quiz_attempts).where(c.id.in_(asked)).values(right=right)
        )

    # Joining --------------------------------------------------------------------------------

    async def carry(self, person_id: str, gone: str, accounts: Collection[int]) -> None:
        """Let what was answered under a record that is `gone`, and what the accounts answered
        while nobody knew whose they were, be the person's: attempts, standings and prizes.

        Of a round that is over both lines stay, as they were drawn from; they name one person.
        """
        c, who = quiz_attempts.c, f"p:{person_id}"
        # Locked in the order in which answers lock them.
        rows = await self._connection.execute(
            sa.select(c.id, c.sitting_id, c.started_at)
            .where(_of(quiz_attempts, gone, accounts))
            .order_by(c.id)
            .with_for_update()
        )
        theirs = sorted(rows, key=lambda row: (row.started_at, row.id))
        taken = await self._connection.execute(
            sa.select(c.sitting_id, sa.func.max(c.number))
            .where(c.who == who, c.sitting_id.is_not(None))
            .group_by(c.sitting_id)
        )
        last: Counter[str | None] = Counter({row[0]: row[1] for row in taken})
        for row in theirs:
            last[row.sitting_id] += 1
            await self._connection.execute(
                sa.update(quiz_attempts)
                .where(c.id == row.id)
                .values(person_id=person_id, who=who, number=last[row.sitting_id])
            )
        await self._carry_lines(person_id, who, gone, accounts)
        await self._connection.execute(
            sa.update(quiz_winners)
            .where(_of(quiz_winners, gone, accounts))
            .values(person_id=person_id)
        )

    async def _carry_lines(
        self, person_id: str, who: str, gone: str, accounts: Collection[int]
    ) -> None:
        c = quiz_standings.c
        rows = await self._connection.execute(
            sa.select(c.round_id, c.code)
            .where(_of(quiz_standings, gone, accounts))
            .order_by(c.round_id, c.place, c.code)
        )
        named = await self._connection.execute(sa.select(c.round_id).where(c.who == who))
        has_one = set(named.scalars())
        for round_id, code in rows.all():
            is_first = round_id not in has_one
            has_one.add(round_id)
            await self._connection.execute(
                sa.update(quiz_standings)
                .where(c.round_id == round_id, c.code == code)
                .values(person_id=person_id, **({"who": who} if is_first else {}))
            )

    # Forgetting -----------------------------------------------------------------------------

    async def unlink(self, round_ids: Collection[str]) -> int:
        """Forget whose the attempts of rounds were, and every single answer; the counts stay."""
        c, linked = quiz_attempts.c, 0
        of_rounds = sa.select(c.id).where(c.round_id.in_(list(round_ids)))
        await self._connection.execute(
            sa.delete(quiz_answers).where(quiz_answers.c.attempt_id.in_(of_rounds))
        )
        for table, key in ((quiz_attempts, c.id), (quiz_standings, quiz_standings.c.code)):
            result = await self._connection.execute(
                sa.update(table)
                .where(
                    table.c.round_id.in_(list(round_ids)),
                    table.c.who.not_like("erased:%"),
                )
                .values(member_id=None, person_id=None, who=sa.literal("erased:").concat(key))
            )
            linked += result.rowcount
        await self._connection.execute(
            sa.update(quiz_winners)
            .where(quiz_winners.c.round_id.in_(list(round_ids)))
            .values(member_id=None, person_id=None)
        )
        return linked


def _of(table: sa.Table, gone: str, accounts: Collection[int]) -> sa.ColumnElement[bool]:
    c = table.c
    return sa.or_(
        c.person_id == gone, sa.and_(c.person_id.is_(None), c.member_id.in_(sorted(accounts)))
    )


def _attempts_with_people() -> sa.Join:
    """Attempts with the person behind the account, if one was found since then."""
    c = quiz_attempts.c
    return quiz_attempts.join(
        people, sa.and_(c.member_id == people.c.member_id, c.person_id.is_(None)), isouter=True
    )


def _person() -> sa.ColumnElement[str]:
    return sa.func.coalesce(quiz_attempts.c.person_id, people.c.id)


def _who() -> sa.ColumnElement[str]:
    return sa.case(
        (_person().is_not(None), sa.literal("p:").concat(_person())),
        else_=quiz_attempts.c.who,
    )
