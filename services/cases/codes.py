"""The code before a member's own matters: set, given, taken away, replaced when forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from domain.cases.codes import (
    RESET_TOLD,
    TRIES,
    Code,
    Reset,
    read_code,
    reset_from,
    reset_until,
    tried,
)
from domain.forms import Draft, Form, lifetime_of
from domain.outbox import Notice, Priority
from domain.refusal import Refusal
from services.cases import telling
from services.cases.common import CaseWork
from storage.cases.marks import NOTICE_PURPOSE, open_mark, seal_mark
from storage.work import Work

_DONE_KEPT = timedelta(days=14)
_DRAFTS, _MARK, _THEN = "drafts", "mark", "then"


class CaseCodes(CaseWork):
    """What members do with their code (domain/cases/codes.py)."""

    async def begin_typing(self, member_id: int, step: str, then: str = "") -> None:
        """Wait for a code: "code" is the one that is set, "code_new" another one, "code_reset" one
        in place of a forgotten one. `then` is what the member wants to go on with after it."""
        async with self._open_work() as work:
            answers = {}
            if then:
                # A button names its case, so it is sealed like any other mention of one.
                told = {_THEN: then}
                answers[_MARK] = seal_mark(work.vault, _DRAFTS, str(member_id), told)
            await self._type(work, Draft(member_id, Form.CASE_NUMBER, step, answers))
            await work.commit()

    async def read_then(self, draft: Draft) -> str | None:
        """What the member wants to go on with after the code; None for nothing in particular."""
        mark = draft.answers.get(_MARK)
        if mark is None:
            return None
        async with self._open_read() as work:
            return open_mark(work.vault, _DRAFTS, str(draft.member_id), mark)[_THEN]

    async def needs_code(self, member_id: int) -> bool:
        """Whether the member's matters are behind a code that was not given just now."""
        code = await self.find_code(member_id)
        return code is not None and not code.is_open(self._clock.now())

    async def find_code(self, member_id: int) -> Code | None:
        async with self._open_read() as work:
            return await work.case_forms.code(member_id)

    async def set_code(self, member_id: int, text: str) -> None:
        """Put a code before the member's matters, from now on; nobody waits for one any more.

        Refuses with `cases.code_form`, and with `cases.code_first` if another one is in the way.
        """
        digits = read_code(text)
        async with self._open_work() as work:
            known = await work.case_forms.code(member_id, lock=True)
            if known is not None and not known.is_open(self._clock.now()):
                raise Refusal("cases.code_first")
            await self._save(
                work, member_id, known, Code(work.case_forms.code_print(member_id, digits))
            )
            await work.drafts.remove(member_id)
            await work.commit()

    async def give_code(self, member_id: int, text: str) -> None:
        """Open the matters for ten minutes; nobody has forgotten the code then.

        Refuses with `cases.code_form`, `cases.code_wrong` (left), `cases.code_locked` (minutes).
        """
        digits = read_code(text)
        now = self._clock.now()
        async with self._open_work() as work:
            known = await work.case_forms.code(member_id, lock=True)
            if known is None:
                return
            after = tried(known, work.case_forms.code_print(member_id, digits), now)
            await self._save(work, member_id, known, after)
            await work.commit()
        if after.is_locked(now):
            tried(after, "", now)
        if not after.is_open(now):
            raise Refusal("cases.code_wrong", left=TRIES - after.wrong)

    async def remove_code(self, member_id: int) -> None:
        """No code any more. Refuses with `cases.code_first` before it was given."""
        async with self._open_work() as work:
            known = await work.case_forms.code(member_id, lock=True)
            if known is not None and not known.is_open(self._clock.now()):
                raise Refusal("cases.code_first")
            await self._save(work, member_id, known, None)
            await work.commit()

    async def close_code(self, member_id: int) -> None:
        """Ask for the code again from now on."""
        async with self._open_work() as work:
            known = await work.case_forms.code(member_id, lock=True)
            if known is not None and known.open_until is not None:
                await work.case_forms.save_code(member_id, replace(known, open_until=None))
            await work.commit()

    # The code is forgotten.

    async def ask_reset(self, member_id: int) -> Code:
        """Say that the code is forgotten: a day later another one may be set. The chat is told of
        it meanwhile. Who said so already waits no longer for saying it again.

        Refuses with `cases.code_none`.
        """
        now = self._clock.now()
        async with self._open_work() as work:
            known = await work.case_forms.code(member_id, lock=True)
            if known is None:
                raise Refusal("cases.code_none")
            if known.reset(now) is not Reset.NONE:
                return known
            # As it will be read again: by this time the notices are found that go with it.
            at = now.replace(microsecond=now.microsecond // 1000 * 1000)
            asked = replace(known, reset_asked_at=at)
            await work.case_forms.save_code(member_id, asked)
            await work.outbox.add(*_reset_notices(work, member_id, at))
            await work.commit()
        return asked

    async def cancel_reset(self, member_id: int) -> bool:
        """The old code stays. Anybody at the phone may say so; False if nobody waits."""
        async with self._open_work() as work:
            known = await work.case_forms.code(member_id, lock=True)
            if known is None or known.reset(self._clock.now()) is Reset.NONE:
                return False
            await self._save(work, member_id, known, replace(known, reset_asked_at=None))
            await work.commit()
        return True

    async def reset_code(self, member_id: int, text: str) -> None:
        """Put another code in place of the forgotten one, and tell the chat.

        Refuses with `cases.code_form`, and with `cases.code_wait` before and after its time.
        """
        digits = read_code(text)
        now = self._clock.now()
        async with self._open_work() as work:
            known = await work.case_forms.code(member_id, lock=True)
            if known is None or known.reset(now) is not Reset.READY:
                raise Refusal("cases.code_wait")
            await self._save(
                work, member_id, known, Code(work.case_forms.code_print(member_id, digits))
            )
            until = now + _DONE_KEPT
            await work.outbox.add(_notice(work, member_id, telling.RESET_DONE, now, now, until))
            await work.drafts.remove(member_id)
            await work.commit()

    async def _save(
        self, work: Work, member_id: int, known: Code | None, code: Code | None
    ) -> None:
        """Keep the code as it is now; a wish for another that it ends is told of no more."""
        if code is None:
            await work.case_forms.remove_code(member_id)
        else:
            await work.case_forms.save_code(member_id, code)
        asked = known.reset_asked_at if known else None
        if asked is not None and (code is None or code.reset_asked_at is None):
            for one in _reset_notices(work, member_id, asked):
                await work.outbox.cancel_chain(one.dedupe_key)

    async def _type(self, work: Work, draft: Draft) -> None:
        until = self._clock.now() + lifetime_of(draft.form)
        await work.drafts.save(replace(draft, expires_at=until))


def _reset_notices(work: Work, member_id: int, asked_at: datetime) -> list[Notice]:
    """What the chat is told while somebody waits, each of use until the next thing happens."""
    ready, until = reset_from(asked_at), reset_until(asked_at)
    coming = [
        _notice(work, member_id, telling.RESET, asked_at, asked_at + after, ready)
        for after in RESET_TOLD
    ]
    return [*coming, _notice(work, member_id, telling.RESET_READY, asked_at, ready, until)]


def _notice(
    work: Work, member_id: int, kind: str, fact: datetime, due: datetime, until: datetime
) -> Notice:
    named = f"{kind}:{member_id}:{fact.isoformat()}:{due.isoformat()}"
    return Notice(
        kind,
        member_id,
        f"{kind}:{work.vault.fingerprint(NOTICE_PURPOSE, named)}",
        due,
        details={"when": until.isoformat()},
        priority=Priority.REMINDER,
        expires_at=until,
    )
