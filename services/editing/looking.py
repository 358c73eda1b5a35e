"""Looking: lists, histories, comparisons, previews and trials. Nothing here changes anything."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from domain.ask import Entry, Fault, TopicGroup
from domain.editing import (
    OPEN,
    SHIPPED,
    DiffLine,
    FigureLine,
    FormField,
    GoldenLine,
    History,
    Kind,
    PageLine,
    Period,
    Preview,
    Repeat,
    Standing,
    State,
    Try,
    Version,
    check_name,
    difference,
    tidy,
)
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from knowledge import Library, fields
from knowledge.drafts import entry_path
from knowledge.figures import Figure, merged_figures, written_figure
from knowledge.golden import check_golden, pages_for
from knowledge.trying import (
    build_entry,
    build_figure,
    laid_over,
    needs_review,
    shipped,
    skeleton,
    title_of,
    topic_of,
    uses,
)
from services.editing.desk import Desk
from services.editing.in_force import Shelf

_WAITING = frozenset({State.DRAFT, State.IN_REVIEW})


class Looking(Desk):
    """What editors see before and after they change something."""

    def faults(self, actor: Actor) -> tuple[Fault, ...]:
        """What keeps the newest state of files and versions from being served; empty if it is."""
        actor.must(Permission.KNOWLEDGE_READ)
        return self._knowledge.faults

    def topics(self, actor: Actor) -> tuple[TopicGroup, ...]:
        """The headings under which pages stand."""
        actor.must(Permission.KNOWLEDGE_READ)
        return self._checker.served().groups

    async def list_pages(self, actor: Actor) -> tuple[PageLine, ...]:
        """Every page that is in force, shown or withheld, in order of ids."""
        actor.must(Permission.KNOWLEDGE_READ)
        library, shelf = self._checker.served(), await self._in_force.read()
        waiting = await self._count_open(Kind.ENTRY)
        shown = {page.id: page for page in library.entries}
        return tuple(
            self._page_line(library, shelf, name, shown.get(name), waiting[name])
            for name in sorted(shown.keys() | library.withheld)
        )

    async def list_figures(self, actor: Actor) -> tuple[FigureLine, ...]:
        """Every figure in force, with the pages that use it."""
        actor.must(Permission.KNOWLEDGE_READ)
        library, shelf = self._checker.served(), await self._in_force.read()
        waiting = await self._count_open(Kind.FIGURE)
        users = await asyncio.to_thread(uses, self._folder, shelf.overlay)
        return tuple(
            _figure_line(library, shelf, figure, users.get(figure.name, ()), waiting[figure.name])
            for figure in library.figures
        )

    async def list_open(self, actor: Actor) -> tuple[Version, ...]:
        """Drafts and versions in review, those that waited longest first."""
        actor.must(Permission.KNOWLEDGE_READ)
        async with self._open_read() as work:
            found = await work.versions.list_in(_WAITING)
        return tuple(sorted(found, key=lambda version: version.changed_at))

    async def get(self, actor: Actor, version_id: int) -> Version:
        """One version. Refuses with `knowledge.not_found`."""
        actor.must(Permission.KNOWLEDGE_READ)
        return await self._get(version_id)

    async def find_standing(self, actor: Actor, kind: Kind, name: str) -> Standing | None:
        """The text in force, from which a draft begins."""
        actor.must(Permission.KNOWLEDGE_READ)
        check_name(kind, name)
        return self._standing(await self._in_force.read(), kind, name)

    def begin_page(
        self, actor: Actor, name: str, title: str, phrasings: Sequence[str] = ()
    ) -> str:
        """The text with which a new page begins. Refuses with `knowledge.name_taken` or
        `knowledge.topic_unknown`."""
        actor.must(Permission.KNOWLEDGE_READ)
        check_name(Kind.ENTRY, name)
        library = self._checker.served()
        if topic_of(library, name) is None:
            raise Refusal("knowledge.topic_unknown")
        if library.page(name) is not None or name in library.withheld:
            raise Refusal("knowledge.name_taken", name=name)
        return skeleton(name, title, phrasings, library.day)

    def write_figure(
        self,
        actor: Actor,
        name: str,
        words: Mapping[str, str],
        periods: Sequence[tuple[str, str, str, str]],
    ) -> str:
        """The text of a figure from what stands in a form: label, unit, region, source, and for
        each period amount, from, to and review."""
        actor.must(Permission.KNOWLEDGE_READ)
        return written_figure(check_name(Kind.FIGURE, name), words, periods)

    async def find_figure(self, actor: Actor, name: str) -> FigureLine:
        """One figure in force. Refuses with `knowledge.not_found`."""
        for line in await self.list_figures(actor):
            if line.name == name:
                return line
        raise Refusal("knowledge.not_found")

    async def history(self, actor: Actor, kind: Kind, name: str) -> History:
        """What became of a name. Refuses with `knowledge.not_found`."""
        actor.must(Permission.KNOWLEDGE_READ)
        check_name(kind, name)
        standing = self._standing(await self._in_force.read(), kind, name)
        async with self._open_read() as work:
            versions = await work.versions.list_of(kind, name)
            people = {person for one in versions for person in (one.author, one.reviewer)}
            names = await work.staff.names([person for person in people if person])
        if standing is None and not versions:
            raise Refusal("knowledge.not_found")
        file = shipped(self._folder, kind, name)
        return History(standing, file, tuple(reversed(versions)), names)

    async def compare(self, actor: Actor, version_id: int) -> tuple[DiffLine, ...]:
        """What a version changes: an open one in what is in force, another one in the version
        before it."""
        actor.must(Permission.KNOWLEDGE_READ)
        version = await self._get(version_id)
        if version.state in OPEN:
            standing = self._standing(await self._in_force.read(), version.kind, version.name)
            return difference(standing.source if standing else "", version.source)
        base = await self._find_base(version.kind, version.name, version.base_hash)
        return difference(base[1] if base else "", version.source)

    async def preview(self, actor: Actor, kind: Kind, name: str, source: str) -> Preview:
        """A text as a page, or every fault of its own; quick enough for every pause in typing."""
        actor.must(Permission.KNOWLEDGE_READ)
        check_name(kind, name)
        library, entry = self._checker.served(), None
        if kind is Kind.ENTRY:
            entry, faults = build_entry(library, name, tidy(source))
        else:
            _, faults = build_figure(name, tidy(source))
        standing = self._standing(await self._in_force.read(), kind, name)
        old = standing.source if standing and standing.is_shown else None
        needs = needs_review(library, kind, name, old, tidy(source))
        return Preview(entry, faults, needs, is_changed=old is None or old != tidy(source))

    def form_fields(self) -> tuple[FormField, ...]:
        """The fields of the form in which a page is written."""
        return fields.form_fields()

    def spread(self, actor: Actor, name: str, source: str) -> Mapping[str, str] | None:
        """What the fields hold of a text; None if the form would lose something that it says."""
        actor.must(Permission.KNOWLEDGE_READ)
        return fields.spread(check_name(Kind.ENTRY, name), tidy(source))

    def gather(self, actor: Actor, name: str, typed: Mapping[str, str]) -> str:
        """The text of a page from what the fields hold."""
        actor.must(Permission.KNOWLEDGE_READ)
        return fields.gather(check_name(Kind.ENTRY, name), typed)

    def misread(self, actor: Actor, name: str, typed: Mapping[str, str]) -> tuple[str, ...]:
        """The fields that would come back otherwise than they were typed: a text with such a
        field is not to be kept."""
        actor.must(Permission.KNOWLEDGE_READ)
        return fields.misread(check_name(Kind.ENTRY, name), typed)

    def faults_by_field(
        self, actor: Actor, name: str, source: str, faults: Sequence[Fault]
    ) -> Mapping[str, tuple[str, ...]]:
        """What is wrong, by the field in which it stands."""
        actor.must(Permission.KNOWLEDGE_READ)
        found: dict[str, tuple[str, ...]] = {}
        for fault in faults:
            place = fields.place_of(check_name(Kind.ENTRY, name), tidy(source), fault.line)
            found[place] = (*found.get(place, ()), fault.reason)
        return found

    def repeats(self, actor: Actor, name: str, phrasings: str) -> tuple[Repeat, ...]:
        """Phrasings that stand there twice, or on another page already."""
        actor.must(Permission.KNOWLEDGE_READ)
        library = self._checker.served()
        return fields.repeats(library, check_name(Kind.ENTRY, name), phrasings)

    async def try_question(
        self, actor: Actor, kind: Kind, name: str, source: str | None, question: str
    ) -> tuple[Try | None, Try]:
        """How a question fares now, and how it would with this text (None: without a change).

        The first trial of a text takes about a second. Refuses with `Blocked`.
        """
        actor.must(Permission.KNOWLEDGE_READ)
        shelf = await self._in_force.read()
        overlay = shelf.overlay
        if source is not None:
            overlay = laid_over(overlay, kind, check_name(kind, name), tidy(source))
        return await self._checker.compare(overlay, question)

    async def find_answer(self, actor: Actor, question: str) -> str | None:
        """The page that a member who asks this is shown first, or offered first."""
        actor.must(Permission.KNOWLEDGE_READ)
        _, pages = await asyncio.to_thread(pages_for, self._checker.served(), question)
        return pages[0] if pages else None

    async def list_golden(self, actor: Actor) -> tuple[GoldenLine, ...]:
        """The golden questions, and which of them do not find their page now."""
        actor.must(Permission.KNOWLEDGE_READ)
        library = self._checker.served()
        faults = {one.line: one for one in await asyncio.to_thread(check_golden, library)}
        return tuple(
            GoldenLine(
                golden.text,
                golden.entry_id,
                page.title if (page := library.page(golden.entry_id)) else "",
                faults.get(golden.line),
            )
            for golden in library.golden
        )

    async def export_texts(self, actor: Actor) -> Mapping[str, str]:
        """What staff published, as files of the knowledge folder, by path inside it: for who
        keeps the folder under version control. Archived pages are not among them."""
        actor.must(Permission.KNOWLEDGE_READ)
        overlay = (await self._in_force.read()).overlay
        texts = {
            entry_path(name): source
            for name, source in sorted(overlay.entries.items())
            if name not in overlay.withheld
        }
        if overlay.figures:
            texts["figures.toml"] = merged_figures(self._folder, overlay.figures)
        return texts

    async def _count_open(self, kind: Kind) -> Counter[str]:
        async with self._open_read() as work:
            found = await work.versions.list_in(_WAITING)
        return Counter(version.name for version in found if version.kind is kind)

    def _page_line(
        self, library: Library, shelf: Shelf, name: str, page: Entry | None, open_count: int
    ) -> PageLine:
        version, topic = shelf.version(Kind.ENTRY, name), topic_of(library, name)
        title = page.title if page else title_of(self._folder, shelf.overlay, name)
        return PageLine(
            id=name,
            title=title,
            topic=topic.title if topic else name.partition(".")[0],
            number=version.number if version else SHIPPED,
            is_shown=page is not None,
            is_archived=name in shelf.overlay.withheld,
            is_legal=topic is None or topic.is_legal,
            reviewed_on=page.reviewed_on if page else None,
            valid_to=page.valid_to if page else None,
            expired_figures=page.expired_figures if page else (),
            open_count=open_count,
        )


def _figure_line(
    library: Library, shelf: Shelf, figure: Figure, used_by: tuple[str, ...], open_count: int
) -> FigureLine:
    version = shelf.version(Kind.FIGURE, figure.name)
    return FigureLine(
        name=figure.name,
        label=figure.label,
        unit=figure.unit,
        region=figure.region,
        source=figure.source,
        current=figure.written(library.day),
        is_known=figure.is_known(library.day),
        periods=tuple(
            Period(str(value.amount), value.start, value.end, value.review)
            for value in figure.values
        ),
        used_by=used_by,
        number=version.number if version else SHIPPED,
        open_count=open_count,
    )
