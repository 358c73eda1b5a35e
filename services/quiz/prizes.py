"""What staff do with prizes: who won, handing over, undoing, the record of the draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.exports import mask_name, mask_phone
from domain.quiz_bank import check_reason
from domain.quiz_prizes import PrizeState, Winner, must_move_prize
from domain.quiz_rounds import Round
from domain.refusal import Refusal
from domain.staff import Actor
from services.quiz.common import Desk, reached
from storage.work import Work


@dataclass(frozen=True, slots=True)
class WinnerLine:
    """A prize with whose it is. Masked, unless it was asked for whole."""

    winner: Winner
    name: str
    phone: str
    unit: str


class PrizeDesk(Desk):
    """The prizes of rounds within reach."""

    async def winners(self, actor: Actor, round_id: str) -> Sequence[WinnerLine]:
        """Everybody who won, in the order of the draw, names and phones masked."""
        async with self._open_read() as work:
            reached(actor, await work.quiz_rounds.find(round_id))
            return await _lines(work, await work.quiz_standings.winners(round_id), is_whole=False)

    async def reveal(self, actor: Actor, winner_id: str) -> WinnerLine:
        """The whole name and phone of one winner; that it was asked for is noted."""
        async with self._open_work() as work:
            one, winner = await self._reached(work, actor, winner_id)
            (line,) = await _lines(work, [winner], is_whole=True)
            await self._audit(work, actor, "quiz_prize.reveal", one.id, winner=winner_id)
            await work.commit()
        return line

    async def hand_over(self, actor: Actor, winner_id: str, code: str, note: str) -> Winner:
        """Write down that the prize is in the winner's hands.

        The winner's code proves whose it is; without one a note must say how that was known.
        Refuses with `quiz.prize_code`, `quiz.prize_not_now`, `quiz.reason_needed`.
        """
        given = "".join(code.split())
        kept = check_reason(note) if not given or note.strip() else ""
        async with self._open_work() as work:
            one, winner = await self._reached(work, actor, winner_id)
            if given and given != winner.code:
                raise Refusal("quiz.prize_code")
            must_move_prize(winner.state, PrizeState.HANDED_OVER)
            after = replace(
                winner,
                state=PrizeState.HANDED_OVER,
                handed_at=self._clock.now(),
                handed_by=actor.staff_id,
                note=kept,
            )
            return await self._done(work, actor, one, after, "hand_over")

    async def undo_hand_over(self, actor: Actor, winner_id: str, note: str) -> Winner:
        """It was the wrong line."""
        kept = check_reason(note)
        async with self._open_work() as work:
            one, winner = await self._reached(work, actor, winner_id)
            must_move_prize(winner.state, PrizeState.CLAIMED)
            after = replace(
                winner, state=PrizeState.CLAIMED, handed_at=None, handed_by=None, note=kept
            )
            return await self._done(work, actor, one, after, "undo")

    async def record(self, actor: Actor, round_id: str) -> str:
        """The published record of the draw, as JSON. Refuses with `quiz.not_drawn`."""
        async with self._open_read() as work:
            one = reached(actor, await work.quiz_rounds.find(round_id))
        if one.draw_record is None:
            raise Refusal("quiz.not_drawn")
        return one.draw_record

    async def _done(
        self, work: Work, actor: Actor, one: Round, after: Winner, verb: str
    ) -> Winner:
        await work.quiz_standings.save_winner(after)
        await self._audit(work, actor, f"quiz_prize.{verb}", one.id, winner=after.id)
        await work.commit()
        return after

    async def _reached(self, work: Work, actor: Actor, winner_id: str) -> tuple[Round, Winner]:
        winner = await work.quiz_standings.winner(winner_id, for_update=True)
        if winner is None:
            raise Refusal("quiz.not_found")
        return reached(actor, await work.quiz_rounds.find(winner.round_id)), winner


async def _lines(work: Work, winners: Sequence[Winner], *, is_whole: bool) -> Sequence[WinnerLine]:
    ids = [winner.person_id for winner in winners if winner.person_id is not None]
    people = await work.people.find_all(ids)
    units = {unit.id: unit.name for unit in await work.units.list_within(["/"])}
    found = []
    for winner in winners:
        person = people.get(winner.person_id or "")
        name, phone = (person.name or "", person.phone or "") if person else ("", "")
        if not is_whole:
            name, phone = mask_name(name), mask_phone(phone) if phone else ""
        unit = units.get(person.unit_id, "") if person and person.unit_id else ""
        found.append(WinnerLine(winner, name, phone, unit))
    return found
