"""Sending a form of the console twice does it once."""

from __future__ import annotations

from domain.clock import Clock
from domain.refusal import Refusal
from domain.repeats import KEPT, SAME_WITHIN, STUCK_AFTER, Claim
from storage.database import OpenWork
from storage.repeats import SentForm


class RepeatService:
    """Remembers for a day which forms were sent, by key and by what they said."""

    def __init__(self, open_work: OpenWork, clock: Clock) -> None:
        self._open_work = open_work
        self._clock = clock

    async def claim(
        self, staff_id: str, route: str, key: str, digest: str, *, again: bool = False
    ) -> Claim:
        """Claim the form with this key, or learn where it led when it was sent before.

        The same words to the same place as the form before, within ten minutes, are the same
        form too: somebody went back and sent again. With `again` only the key tells: the words
        may be meant a second time, as somebody else may have undone the first. Refuses with
        `console.key_missing`, `console.sent_changed` for a key that came with other words,
        `console.being_done` while the first one is still being handled.
        """
        if not key:
            raise Refusal("console.key_missing")
        now = self._clock.now()
        wanted = SentForm(staff_id, key, route[:300], digest, None, now)
        async with self._open_work() as work:
            before = await work.sent_forms.find(staff_id, key)
            if before is None and not again:
                newest = await work.sent_forms.find_newest(staff_id)
                if newest and _same(newest, wanted) and now - newest.at < SAME_WITHIN:
                    before = newest
            if before is not None:
                return _repeated(before, wanted)
            if not await work.sent_forms.add(wanted):
                # On PostgreSQL the second click of two may arrive between looking and adding.
                raise Refusal("console.being_done")
            await work.commit()
        return Claim(staff_id, key)

    async def keep(self, claim: Claim, location: str) -> None:
        """The form was handled and led to `location`."""
        async with self._open_work() as work:
            await work.sent_forms.lead(claim.staff_id, claim.key, location)
            await work.commit()

    async def give_up(self, claim: Claim) -> None:
        """The form was refused or failed: it may be sent again."""
        async with self._open_work() as work:
            await work.sent_forms.remove(claim.staff_id, claim.key)
            await work.commit()

    async def purge(self) -> int:
        """Forget forms of more than a day ago; the number of them."""
        async with self._open_work() as work:
            count = await work.sent_forms.purge_before(self._clock.now() - KEPT)
            await work.commit()
        return count


def _same(one: SentForm, other: SentForm) -> bool:
    return (one.route, one.digest) == (other.route, other.digest)


def _repeated(before: SentForm, wanted: SentForm) -> Claim:
    if not _same(before, wanted):
        raise Refusal("console.sent_changed")
    if before.location is None:
        stuck = wanted.at - before.at > STUCK_AFTER
        raise Refusal("console.being_done" if not stuck else "console.maybe_done")
    return Claim(before.staff_id, before.key, before.location)
