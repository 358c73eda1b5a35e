"""What every part of editing works with, and the few steps that they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from domain.clock import Clock
from domain.editing import (
    SHIPPED,
    Blocked,
    Kind,
    Standing,
    State,
    Version,
    hash_of,
    tidy,
)
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from knowledge import ContentError, Knowledge, Library
from knowledge.overlay import Overlay
from knowledge.trying import laid_over, shipped
from services.editing.checking import Checker
from services.editing.in_force import InForce, Shelf
from storage.database import Database
from storage.work import Work

# Told of a library that has just come into force, with its texts over the files and its edition.
Served = Callable[[Library, Overlay, int], None]

_WRITERS = {
    Kind.ENTRY: (Permission.KNOWLEDGE_DRAFT, Permission.KNOWLEDGE_SUGGEST),
    Kind.FIGURE: (Permission.FIGURES_WRITE,),
}


class Desk:
    """The database, the knowledge base that is served, and the checks before it changes."""

    def __init__(
        self, database: Database, knowledge: Knowledge, clock: Clock, served: Served
    ) -> None:
        self._database = database
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._knowledge = knowledge
        self._folder = knowledge.folder
        self._clock = clock
        self._tell_served = served
        self._in_force = InForce(database)
        self._checker = Checker(knowledge)

    def _standing(self, shelf: Shelf, kind: Kind, name: str) -> Standing | None:
        try:
            return shelf.standing(self._folder, kind, name)
        except ContentError as error:
            raise Blocked("knowledge.faulty", error.faults) from None

    def _must_stand(self, shelf: Shelf, kind: Kind, name: str) -> Standing:
        standing = self._standing(shelf, kind, name)
        if standing is None:
            raise Refusal("knowledge.not_found")
        return standing

    async def _get(self, version_id: int) -> Version:
        async with self._open_read() as work:
            version = await work.versions.find(version_id)
        if version is None:
            raise Refusal("knowledge.not_found")
        return version

    async def _find_base(self, kind: Kind, name: str, hash_: str) -> tuple[int, str] | None:
        """The number and text of what had this hash, if it is still known."""
        file = shipped(self._folder, kind, name)
        if file is not None and hash_of(file) == hash_:
            return SHIPPED, file
        async with self._open_read() as work:
            history = await work.versions.list_of(kind, name)
        known = (one for one in reversed(history) if one.hash == hash_)
        return next(((one.number, one.source) for one in known), None)


def must_write(actor: Actor, kind: Kind) -> None:
    """Refuses with `staff.not_allowed` whoever may not even suggest a text."""
    if not any(actor.may(permission) for permission in _WRITERS[kind]):
        raise Refusal("staff.not_allowed")


def fresh(
    kind: Kind, name: str, source: str, standing: Standing | None, actor: Actor, now: datetime
) -> Version:
    """A new version of what is in force; id and number are made when it is kept."""
    return Version(
        id=0,
        kind=kind,
        name=name,
        number=0,
        state=State.DRAFT,
        source=tidy(source),
        base_number=standing.number if standing else 0,
        base_hash=standing.hash if standing else "",
        needs_review=True,
        is_material=False,
        author=actor.staff_id,
        reviewer=None,
        reason="",
        created_at=now,
        changed_at=now,
    )


async def keep(work: Work, version: Version, was: State | None) -> Version:
    """Write a version; `was` is None for a new one. Refuses with `knowledge.wrong_state` if
    somebody else moved it meanwhile."""
    if was is None:
        return await work.versions.add(version)
    if not await work.versions.change(version, was):
        raise Refusal("knowledge.wrong_state")
    return version


async def note(
    work: Work, now: datetime, actor: Actor, act: str, version: Version, **detail: object
) -> None:
    """One row of audit, without any text; what is nothing is left out."""
    subject = f"{version.kind}:{version.name}#{version.number}"
    told = {name: value for name, value in detail.items() if value}
    await work.audit.add(now, actor.staff_id, act, subject, told)


def over(shelf: Shelf, version: Version) -> Overlay:
    """What would be in force with this version."""
    return laid_over(shelf.overlay, version.kind, version.name, version.source)


def decided(version: Version, to: State, now: datetime) -> Version:
    """The version as it comes into force."""
    return replace(version, state=to, changed_at=now, decided_at=now)
