"""What all the staff's verbs on the quiz share: reach, audit, ids, standings."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from domain.clock import Clock
from domain.quiz_play import Standing, rank
from domain.quiz_rounds import Round
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from storage.database import Database
from storage.work import Work

WRITE, RESULTS = Permission.QUIZ_WRITE, Permission.QUIZ_RESULTS


class Desk:
    """A round out of reach is refused like one that is not there."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock

    async def _lock(self, work: Work, actor: Actor, round_id: str) -> Round:
        return reached(actor, await work.quiz_rounds.lock(round_id), WRITE)

    async def _audit(
        self, work: Work, actor: Actor, act: str, subject: str, **detail: Any
    ) -> None:
        await work.audit.add(self._clock.now(), actor.staff_id, act, subject, detail)


def reached(actor: Actor, one: Round | None, needed: Permission = RESULTS) -> Round:
    """The round, if it is there and the actor may read it, or what else is `needed` of them.

    Refuses with `quiz.not_found`.
    """
    if one is None or not actor.may(needed, one.unit_path):
        raise Refusal("quiz.not_found")
    return one


def new_id() -> str:
    """An id that nobody can guess."""
    return secrets.token_urlsafe(9)


async def standings_of(work: Work, one: Round) -> Sequence[Standing]:
    """Where everybody stands now, with the code of each line."""
    bests = await work.quiz_results.bests(one.id)
    return [
        replace(standing, code=entry_code(one, standing.who))
        for standing in rank(bests, one.pass_mark)
    ]


def entry_code(one: Round, who: str) -> str:
    """The number by which somebody finds their line: nobody can make it who has no seed."""
    digest = hashlib.sha256(f"line:{one.id}:{one.seed or one.created_at}:{who}".encode())
    return digest.hexdigest()[:12]
