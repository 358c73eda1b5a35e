"""Editors at work: a small knowledge base over files of its own, and people who may change it."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.content import Content
from bot.metrics import Metrics
from domain.clock import beijing_date
from domain.editing import Kind, Version
from domain.staff import Actor, Grant, Role
from services.ask import AskService
from services.editing import Done, EditingService, HearingService, InForce
from storage.database import Database
from tests.conftest import KNOWLEDGE
from tests.world import MovableClock

EDITOR = Actor("staff-zhang", "张编辑", (Grant(Role.EDITOR, "/1/"),))
SECOND = Actor("staff-li", "李编辑", (Grant(Role.EDITOR, "/1/"),))
LAWYER = Actor("staff-wang", "王律师", (Grant(Role.CASEWORKER, "/1/"),))
VIEWER = Actor("staff-zhao", "赵查看", (Grant(Role.VIEWER, "/1/"),))
# A page of a legal topic, and one of a topic that is not.
LEGAL, FREE = "wage.arrears", "waste.kitchen"
KEY = b"k" * 32


class Office:
    """The editing service beside what serves members, as the program puts them together."""

    def __init__(self, database: Database, folder: Path, clock: MovableClock) -> None:
        self.folder = folder
        self.clock = clock
        self.database = database
        self.in_force = InForce(database)
        self.content = Content(folder, lambda: beijing_date(clock.now()), Metrics(), self.in_force)
        self.content.load()
        knowledge = self.content.knowledge
        self.editing = EditingService(database, knowledge, clock, self.content.serve)
        self.hearing = HearingService(database, knowledge, clock)
        self.ask = AskService(database, knowledge, clock, KEY)

    def file(self, name: str) -> str:
        """The text that was shipped."""
        return (self.folder / "entries" / f"{name.replace('.', '/')}.md").read_text("utf-8")

    def title(self, name: str) -> str | None:
        """The title under which members see a page now."""
        library = self.content.knowledge.current
        page = library.page(name) if library else None
        return page.title if page else None

    def retitled(self, name: str, title: str) -> str:
        """The shipped text under another title."""
        _, _, rest = self.file(name).partition("\n")
        return f"# {title}\n{rest}"

    async def draft(self, name: str, title: str, actor: Actor = EDITOR) -> Version:
        """A draft that changes the title."""
        return await self.editing.save_draft(actor, Kind.ENTRY, name, self.retitled(name, title))

    async def published(self, name: str, title: str) -> Done:
        """A page with another title, written by one editor and published by the other."""
        draft = await self.draft(name, title)
        await self.editing.hand_in(EDITOR, draft.id)
        return await self.editing.publish(SECOND, draft.id)


def small_folder(place: Path) -> Path:
    """A knowledge folder that a test may change."""
    shutil.copytree(KNOWLEDGE, place / "knowledge")
    return place / "knowledge"
