"""Asking: find the page for a question, keep the question without its asker, hear the verdict."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import timedelta

from domain.ask import (
    Candidate,
    Complaint,
    Decision,
    Entry,
    Finding,
    Question,
    Reply,
    TopicGroup,
    Urgency,
    Verdict,
)
from domain.clock import Clock, beijing_date
from domain.privacy import for_keeping
from domain.refusal import Refusal
from domain.waste import RULES_OF_THUMB, WasteFinding, WasteItem
from knowledge import Knowledge
from storage.database import Database
from storage.group import Group
from storage.marking import note
from storage.work import Work

CHOICES = 3
KEPT_CHARACTERS = 500
# Nothing was asked, or what was asked must leave no trace.
_UNKEPT = {"empty", "greeting", "private"}


class AskService:
    """Questions and pages. Every question that is not a cry for help is kept, without a name."""

    def __init__(self, database: Database, knowledge: Knowledge, clock: Clock, key: bytes) -> None:
        self._open_work = database.open_work
        self._knowledge = knowledge
        self._clock = clock
        self._key = key
        self._keeping = Group[Question, None](database.write, _keep)

    async def ask(
        self, text: str, update_id: int, *, in_group: bool = False, last_page: str | None = None
    ) -> Reply:
        """Answer, offer choices or say that nothing was found; the question is kept.

        `last_page` is the page that the asker saw just now: a text that asks on about it is
        answered from it. The same update asked again gives the same question id and is kept once:
        with the mark that the update is done, or at once where there is none.
        Refuses with `ask.no_knowledge` while there is no good knowledge base at all.
        """
        library = self._knowledge.current
        if library is None:
            raise Refusal("ask.no_knowledge")
        finding = library.ask(text, reasons=False)
        is_open = _is_open(finding)
        seen = library.page(last_page) if last_page and is_open else None
        follow_up = library.follow_up(finding, seen) if seen else None
        waste = library.waste.find(text) if is_open and not follow_up else None
        if seen and follow_up:
            finding = _as_answer(seen)
        elif waste is not None:
            finding = _as_finding(waste)
        question_id = self._question_id(update_id)
        shown = _waste_pages(waste) if waste else [one.entry_id for one in _shown(finding)]
        pages = tuple(page for page in map(library.page, shown) if page is not None)
        if finding.urgency is not Urgency.CRISIS and finding.reason not in _UNKEPT:
            question = self._question(question_id, text, finding, in_group)
            if not note(_keep, question):
                await self._keeping.submit(question)
        return Reply(
            question_id,
            finding.decision,
            pages,
            finding.urgency,
            finding.reason,
            waste,
            library.page(finding.second.entry_id) if finding.second else None,
            follow_up,
        )

    def crisis_page(self, text: str) -> Entry | None:
        """The page for words that tell of danger to life, or None. Nothing is kept."""
        library = self._knowledge.current
        finding = library.ask(text, reasons=False) if library else None
        if library is None or finding is None or finding.urgency is not Urgency.CRISIS:
            return None
        return library.page(finding.candidates[0].entry_id) if finding.candidates else None

    def glance(self, text: str) -> Entry | None:
        """The page that answers the text without doubt, or None. Nothing is kept."""
        library = self._knowledge.current
        finding = library.ask(text, reasons=False) if library else None
        if library is None or finding is None or finding.decision is not Decision.ANSWER:
            return None
        return library.page(finding.candidates[0].entry_id) if finding.candidates else None

    def page(self, entry_id: str) -> Entry:
        """The page with this id. Refuses with `ask.page_gone` if it is not shown any more."""
        library = self._knowledge.current
        entry = library.page(entry_id) if library else None
        if entry is None:
            raise Refusal("ask.page_gone")
        return entry

    def groups(self) -> tuple[TopicGroup, ...]:
        """The headings for browsing; empty while there is no knowledge base."""
        library = self._knowledge.current
        return library.groups if library else ()

    def pages_of(self, topic_id: str) -> tuple[Entry, ...]:
        """The pages under a topic that are valid today."""
        library = self._knowledge.current
        return library.in_topic(topic_id) if library else ()

    def is_public(self, entry: Entry) -> bool:
        """True if the page may be spoken of in a group."""
        return any(
            topic.id == entry.topic and topic.is_public
            for group in self.groups()
            for topic in group.topics
        )

    async def choose(self, question_id: str, entry_id: str) -> Entry:
        """The page that the member picked among the choices."""
        entry = self.page(entry_id)
        async with self._open_work() as work:
            await work.questions.record_choice(question_id, entry_id)
            await work.commit()
        return entry

    async def reject(self, question_id: str) -> None:
        """Keep that none of the choices was meant; the last word counts."""
        async with self._open_work() as work:
            await work.questions.record_rejection(question_id)
            await work.commit()

    async def ask_human(self, question_id: str) -> None:
        """Keep that the way to a human was wanted after this question."""
        async with self._open_work() as work:
            await work.questions.record_human(question_id)
            await work.commit()

    async def choose_waste(self, question_id: str, key: str) -> tuple[WasteItem, Entry | None]:
        """The thing that the member meant, and the page about its class if there is one.

        Refuses with `ask.page_gone` if the table does not have it any more.
        """
        library = self._knowledge.current
        item = library.waste.item(key) if library else None
        if library is None or item is None:
            raise Refusal("ask.page_gone")
        async with self._open_work() as work:
            await work.questions.record_choice(question_id, item.page)
            await work.commit()
        return item, library.page(item.page)

    async def judge(self, question_id: str, verdict: Verdict) -> None:
        """Keep whether the answer helped; the last word counts."""
        async with self._open_work() as work:
            await work.questions.record_verdict(question_id, verdict)
            await work.commit()

    async def complain(self, question_id: str, complaint: Complaint) -> None:
        """Keep why the answer did not help."""
        async with self._open_work() as work:
            await work.questions.record_complaint(question_id, complaint)
            await work.commit()

    async def leave_for_staff(self, question_id: str) -> None:
        """Put the question on the staff's list. Refuses with `ask.question_gone`."""
        async with self._open_work() as work:
            if not await work.questions.mark_for_staff(question_id):
                raise Refusal("ask.question_gone")
            await work.commit()

    async def purge(self, keep: timedelta) -> int:
        """Remove questions and notes older than `keep`; the number of rows."""
        day = beijing_date(self._clock.now() - keep)
        async with self._open_work() as work:
            count = await work.questions.purge_before(day) + await work.notes.purge_before(day)
            await work.commit()
        return count

    def _question_id(self, update_id: int) -> str:
        """Unguessable, and the same for a repeated update, so that a second try adds nothing."""
        digest = hashlib.blake2b(str(update_id).encode(), key=self._key, digest_size=9).digest()
        return base64.urlsafe_b64encode(digest).decode()

    def _question(self, question_id: str, text: str, finding: Finding, in_group: bool) -> Question:
        best = finding.candidates[0] if finding.candidates else None
        return Question(
            id=question_id,
            asked_on=beijing_date(self._clock.now()),
            text=for_keeping(text)[:KEPT_CHARACTERS],
            decision=finding.decision,
            entry_id=best.entry_id if best else None,
            score=best.score if best else 0.0,
            in_group=in_group,
            offered=() if in_group else _offered(finding),
        )


def _offered(finding: Finding) -> tuple[str, ...]:
    """The choices, each once: two things of the table of waste may have one page."""
    if finding.decision is not Decision.CHOICES:
        return ()
    return tuple(dict.fromkeys(one.entry_id for one in finding.candidates[:CHOICES]))


def _shown(finding: Finding) -> Sequence[Candidate]:
    if finding.decision is Decision.ANSWER:
        return finding.candidates[:1]
    if finding.decision is Decision.CHOICES:
        return finding.candidates[:CHOICES]
    return ()


def _is_open(finding: Finding) -> bool:
    """False for a cry for help, for prying and for a greeting: they come first."""
    return finding.urgency is not Urgency.CRISIS and finding.reason not in _UNKEPT


def _as_answer(seen: Entry) -> Finding:
    """The page seen before as an answer of the search, so that it is kept like any other."""
    return Finding(Decision.ANSWER, (Candidate(seen.id, 1.0, ("follow_up",)),), reason="follow_up")


def _as_finding(waste: WasteFinding) -> Finding:
    """What the table says as an answer of the search, so that it is kept like any other."""
    found = tuple(Candidate(page, 1.0, ("waste",)) for page in waste.pages)
    if found:
        return Finding(Decision.ANSWER, found, reason="waste")
    near = tuple(Candidate(item.page, 0.0, ("waste",)) for item in waste.near)
    return Finding(Decision.CHOICES if near else Decision.NONE, near, reason="waste")


def _waste_pages(waste: WasteFinding) -> tuple[str, ...]:
    return waste.pages or (RULES_OF_THUMB,)


async def _keep(work: Work, batch: Sequence[Question]) -> Sequence[None]:
    await work.questions.add_all(batch)
    return [None] * len(batch)
