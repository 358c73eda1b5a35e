"""Evidence as the member sees it: a list of what helps, files added and taken back, handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.cases.kinds import Kind
from domain.clock import Clock
from domain.evidence import ITEMS, OTHER, PENDING_LIFETIME, Evidence, Folder, Via, folder
from domain.forms import LIFETIME, Draft, Form
from domain.refusal import Refusal
from services.evidence.taking import Checking, Cleaner, keep, own
from storage.cases.marks import open_mark, seal_mark
from storage.database import Database
from storage.work import Work

_CASE, _KIND = "case", "kind"
_DRAFTS = "drafts"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A file that was kept, and the folder that it is in now."""

    evidence: Evidence
    folder: Folder


class EvidenceService:
    """A member's files: for a case of theirs, or for one that they are about to hand in."""

    def __init__(self, database: Database, clock: Clock, clean: Cleaner) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock
        self._checking = Checking(clean)

    async def begin(self, member_id: int, case_id: str) -> Folder:
        """Wait for files for a case, in place of any other form. Refuses with `cases.not_found`
        and `evidence.closed`."""
        async with self._open_work() as work:
            found = await self._folder(work, member_id, case_id)
            draft = Draft(
                member_id,
                Form.EVIDENCE,
                step=OTHER,
                answers={
                    _CASE: seal_mark(work.vault, _DRAFTS, str(member_id), {_CASE: case_id}),
                    _KIND: found.kind.value,
                },
                expires_at=self._clock.now() + LIFETIME,
            )
            await work.drafts.save(draft)
            await work.commit()
        return found

    async def choose(self, member_id: int, item: str) -> Folder:
        """Say what the next files show. Refuses with `evidence.not_open`, and with
        `common.button_gone` for what is not on the list."""
        async with self._open_work() as work:
            draft = await self._draft(work, member_id)
            if item not in (*ITEMS[Kind(draft.answers[_KIND])], OTHER):
                raise Refusal("common.button_gone")
            await work.drafts.save(
                Draft(member_id, Form.EVIDENCE, item, draft.answers, draft.expires_at)
            )
            found = await self._folder(work, member_id, _case_of(work, draft))
            await work.commit()
        return found

    async def look(self, member_id: int, case_id: str | None, kind: Kind) -> Folder:
        """What is there; of a case its own kind counts. Refuses with `cases.not_found`."""
        async with self._open_read() as work:
            return await self._folder(work, member_id, case_id, kind)

    async def add(
        self,
        member_id: int,
        data: bytes,
        name: str,
        source: str,
        *,
        kind: Kind | None = None,
    ) -> Receipt:
        """Keep a file that came in the chat: for the case whose files are waited for, or, with
        `kind`, for one that is not handed in yet. The same `source` twice is kept once.

        Refuses with what is wrong with the file, `evidence.not_open`, `evidence.too_many`,
        `evidence.same`.
        """
        checked = await self._checking.check(data, name)
        async with self._open_work() as work:
            case_id, item = None, OTHER
            if kind is None:
                draft = await self._draft(work, member_id)
                case_id, item = _case_of(work, draft), draft.step
            owner = await own(work, member_id, case_id)
            kept = await keep(work, owner, checked, item, Via.CHAT, source, self._clock.now())
            found = await self._folder(work, member_id, case_id, kind)
            await work.commit()
        return Receipt(kept, found)

    async def remove(self, member_id: int, case_id: str | None, evidence_id: str) -> None:
        """Take a file back. Refuses with `evidence.gone`, and with `evidence.handed_in` once staff
        have it."""
        async with self._open_work() as work:
            owner = await own(work, member_id, case_id)
            one = await work.evidence.find(owner, evidence_id)
            if one is None:
                raise Refusal("evidence.gone")
            if one.handed_in_at is not None:
                raise Refusal("evidence.handed_in")
            await work.evidence.remove(evidence_id)
            await work.commit()

    async def hand_in(self, member_id: int, case_id: str) -> int:
        """Give staff what they do not have yet, and close the form; the number of files.

        Pressed twice, the number of those that they were given last. Refuses with
        `evidence.nothing` if there is none.
        """
        async with self._open_work() as work:
            owner = await own(work, member_id, case_id)
            count = await work.evidence.hand_in(case_id, self._clock.now())
            if not count:
                count = _last_handed_in(await work.evidence.list_of(owner))
            if not count:
                raise Refusal("evidence.nothing")
            await self._close(work, member_id)
            await work.commit()
        return count

    async def close(self, member_id: int) -> None:
        """Wait for files no longer; those that are there stay."""
        async with self._open_work() as work:
            await self._close(work, member_id)
            await work.commit()

    async def find_open(self, member_id: int) -> Folder | None:
        """The folder that files are waited for, if any."""
        async with self._open_read() as work:
            found = await work.drafts.find_all([member_id], self._clock.now())
            draft = found.get(member_id)
            if draft is None or draft.form is not Form.EVIDENCE:
                return None
            return await self._folder(work, member_id, _case_of(work, draft))

    async def purge(self) -> int:
        """Forget files of cases that were never handed in, and links that are over."""
        now = self._clock.now()
        async with self._open_work() as work:
            count = await work.evidence.purge_pending(now - PENDING_LIFETIME, now)
            await work.evidence.purge_links(now)
            await work.commit()
        return count

    async def _draft(self, work: Work, member_id: int) -> Draft:
        found = await work.drafts.find_all([member_id], self._clock.now())
        draft = found.get(member_id)
        if draft is None or draft.form is not Form.EVIDENCE:
            raise Refusal("evidence.not_open")
        return draft

    async def _close(self, work: Work, member_id: int) -> None:
        found = await work.drafts.find_all([member_id], self._clock.now())
        if member_id in found and found[member_id].form is Form.EVIDENCE:
            await work.drafts.remove(member_id)

    async def _folder(
        self, work: Work, member_id: int, case_id: str | None, kind: Kind | None = None
    ) -> Folder:
        owner = await own(work, member_id, case_id)
        if case_id is not None:
            case = await work.cases.find_of_member(member_id, case_id)
            kind = case.kind if case else kind
        return folder(kind or Kind.OTHER, await work.evidence.list_of(owner), case_id)


def _last_handed_in(files: Sequence[Evidence]) -> int:
    times = [one.handed_in_at for one in files if one.handed_in_at is not None]
    return times.count(max(times)) if times else 0


def _case_of(work: Work, draft: Draft) -> str:
    told = open_mark(work.vault, _DRAFTS, str(draft.member_id), draft.answers[_CASE])
    return told[_CASE]
