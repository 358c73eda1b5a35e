"""What staff do with the bank: own items, changing, vouching, voiding; following the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.clock import beijing_date
from domain.outbox import Priority, Push, PushState
from domain.quiz import Flaw, Item, flaws
from domain.quiz_bank import (
    POLITICAL_TOPICS,
    BankItem,
    BankSieve,
    ItemState,
    ItemVersion,
    Origin,
    Shelf,
    Synced,
    Topic,
    VoidEffect,
    check_fit,
    check_reason,
    check_topic,
    content_hash,
    shipped_state,
)
from domain.quiz_play import passes
from domain.quiz_rounds import Round, RoundState
from domain.refusal import Refusal
from domain.staff import Actor
from services.quiz import telling
from services.quiz.common import WRITE, Desk, standings_of
from storage.work import Work

FILES = "files"
MOST_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class ItemFile:
    """One item with all that is known of it: versions newest first, the rounds that asked it."""

    item: BankItem
    versions: Sequence[ItemVersion]
    flaws: Sequence[Flaw]
    rounds: Sequence[tuple[str, str]]


class BankDesk(Desk):
    """The bank is one for the house: whoever may write quizzes anywhere works on all of it."""

    async def topics(self, actor: Actor) -> Sequence[Topic]:
        actor.must(WRITE)
        async with self._open_read() as work:
            return await work.quiz_bank.topics()

    async def add_topic(self, actor: Actor, key: str, title: str, *, is_political: bool) -> Topic:
        """A topic of the staff's own. Refuses with `quiz.topic_...`."""
        actor.must(WRITE)
        one = Topic(key, " ".join(title.split()), is_political)
        async with self._open_work() as work:
            check_topic(one.key, one.title, {topic.key for topic in await work.quiz_bank.topics()})
            await work.quiz_bank.put_topic(one)
            await self._audit(work, actor, "quiz_topic.add", key)
            await work.commit()
        return one

    async def page(
        self, actor: Actor, sieve: BankSieve, *, offset: int, limit: int
    ) -> tuple[Sequence[BankItem], int]:
        """Some of the items that the sieve lets through, and how many in all."""
        actor.must(WRITE)
        async with self._open_read() as work:
            return await work.quiz_bank.page(sieve, offset=offset, limit=limit)

    async def get(self, actor: Actor, item_id: str) -> ItemFile:
        """One item. Refuses with `quiz.not_found`."""
        actor.must(WRITE)
        async with self._open_read() as work:
            item = await _get(work, item_id)
            return ItemFile(
                item,
                await work.quiz_bank.versions(item_id),
                flaws(item.item),
                await work.quiz_results.rounds_asking(item_id),
            )

    async def shelf(self, actor: Actor, day: date) -> Shelf:
        """How many items of each topic and difficulty may be drawn on a day."""
        actor.must(WRITE)
        async with self._open_read() as work:
            return await work.quiz_bank.shelf(day)

    async def add_many(self, actor: Actor, items: Sequence[Item]) -> Sequence[str]:
        """New items as drafts, all or none; their ids are made here.

        Refuses with `quiz.topic_unknown`, and with `quiz.too_many` above 5,000.
        """
        actor.must(WRITE)
        if len(items) > MOST_AT_ONCE:
            raise Refusal("quiz.too_many", most=MOST_AT_ONCE)
        async with self._open_work() as work:
            made = await add_drafts(work, items, actor.staff_id, self._clock.now())
            await self._audit(work, actor, "quiz_item.add", "bank", count=len(made))
            await work.commit()
        return made

    async def change(self, actor: Actor, item_id: str, item: Item, *, seen: int) -> BankItem:
        """A new version, which somebody must vouch for again; what was asked stays as it was.

        An item of the files does not follow them any more. Refuses with `quiz.outdated`.
        """
        actor.must(WRITE)
        async with self._open_work() as work:
            before = await _seen(work, item_id, seen)
            if item.topic not in {topic.key for topic in await work.quiz_bank.topics()}:
                raise Refusal("quiz.topic_unknown", topic=item.topic)
            is_shipped = before.origin is Origin.SHIPPED
            after = BankItem(
                replace(item, id=item_id, reviewed_on=None, reviewed_by=""),
                ItemState.DRAFT,
                Origin.ADOPTED if is_shipped else before.origin,
                before.version + 1,
                self._clock.now(),
                actor.staff_id,
            )
            await work.quiz_bank.put(after, is_new_version=True)
            await self._audit(work, actor, "quiz_item.change", item_id, version=after.version)
            await work.commit()
        return after

    async def confirm(self, actor: Actor, item_id: str, *, seen: int) -> BankItem:
        """Vouch for an item: from now on it may be drawn. Who said so and when stays with it.

        Refuses with `quiz.item_unfit` what has flaws, and with `quiz.not_now` what is not a draft.
        """
        actor.must(WRITE)
        async with self._open_work() as work:
            after = await self._confirm(work, actor, await _seen(work, item_id, seen))
            await self._audit(work, actor, "quiz_item.confirm", item_id, version=seen)
            await work.commit()
        return after

    async def confirm_many(self, actor: Actor, seen: Mapping[str, int]) -> int:
        """Vouch for those that are still as they were seen and have no flaw; how many."""
        actor.must(WRITE)
        count = 0
        async with self._open_work() as work:
            for item_id in sorted(seen):
                one = await work.quiz_bank.find(item_id, for_update=True)
                is_same = one is not None and one.version == seen[item_id]
                if one is None or not is_same or one.state is not ItemState.DRAFT:
                    continue
                if not flaws(one.item):
                    await self._confirm(work, actor, one)
                    count += 1
            await self._audit(work, actor, "quiz_item.confirm", "bank", count=count)
            await work.commit()
        return count

    async def retire(self, actor: Actor, item_id: str, *, seen: int) -> BankItem:
        """Ask it no more."""
        return await self._put(actor, item_id, seen, ItemState.RETIRED, "quiz_item.retire")

    async def restore(self, actor: Actor, item_id: str, *, seen: int) -> BankItem:
        """Bring an item back as a draft, which somebody must vouch for."""
        return await self._put(actor, item_id, seen, ItemState.DRAFT, "quiz_item.restore")

    async def preview_void(self, actor: Actor, item_id: str) -> VoidEffect:
        """What voiding the item as it is now would do."""
        actor.must(WRITE)
        async with self._open_read() as work:
            one = await _get(work, item_id)
            return (await _effect(work, one))[0]

    async def void(self, actor: Actor, item_id: str, reason: str, *, seen: int) -> VoidEffect:
        """Take an item with a wrong key out: whoever was asked it counts as right, and is told.

        Rounds that are over are ranked anew; a draw that was made stays. Refuses with
        `quiz.draw_running` while the list of a draw is fixed and the draw is not made yet.
        """
        actor.must(WRITE)
        reason = check_reason(reason)
        async with self._open_work() as work:
            one = await _seen(work, item_id, seen)
            if one.state is ItemState.VOID:
                raise Refusal("quiz.not_now")
            effect, rounds = await _effect(work, one)
            if any(found.entries_hash and not found.drawn_at for found in rounds):
                raise Refusal("quiz.draw_running")
            await work.quiz_results.void(item_id, one.version)
            await work.quiz_bank.put(replace(one, state=ItemState.VOID), is_new_version=False)
            for found in rounds:
                if found.state is RoundState.CLOSED:
                    again = await standings_of(work, found)
                    await work.quiz_standings.put_standings(found.id, again)
            await self._tell_void(work, actor, one)
            await self._audit(
                work, actor, "quiz_item.void", item_id, reason=reason, attempts=effect.attempts
            )
            await work.commit()
        return effect

    async def sync(self, items: Sequence[Item], titles: Mapping[str, str]) -> Synced:
        """Follow the files of the knowledge base: new items, changed ones, those that are gone.

        What staff changed stays as they made it. An item that nobody held against its source is a
        draft; a confirmation given here lasts until the text changes.
        """
        now = self._clock.now()
        added = changed = withdrawn = 0
        async with self._open_work() as work:
            await _sync_topics(work, titles)
            known = {one.item.id: one for one in await work.quiz_bank.all()}
            put, new = [], []
            for item in items:
                before = known.get(item.id)
                after = _followed(item, before, now)
                if after is None:
                    continue
                put.append(after)
                if before is None or after.version != before.version:
                    new.append(after)
                added += before is None
                changed += before is not None
            there = {item.id for item in items}
            for one in known.values():
                is_live = one.state is not ItemState.RETIRED
                if one.origin is Origin.SHIPPED and one.item.id not in there and is_live:
                    gone = replace(one, state=ItemState.RETIRED, changed_at=now, changed_by=FILES)
                    put.append(gone)
                    withdrawn += 1
            await work.quiz_bank.put_all(put, new)
            await work.commit()
        return Synced(added, changed, withdrawn)

    async def _confirm(self, work: Work, actor: Actor, one: BankItem) -> BankItem:
        if one.state is not ItemState.DRAFT:
            raise Refusal("quiz.not_now")
        check_fit(flaws(one.item))
        today = beijing_date(self._clock.now())
        vouched = replace(one.item, reviewed_on=today, reviewed_by=actor.name)
        after = replace(one, item=vouched, state=ItemState.READY)
        await work.quiz_bank.put(after, is_new_version=False)
        return after

    async def _put(
        self, actor: Actor, item_id: str, seen: int, state: ItemState, act: str
    ) -> BankItem:
        actor.must(WRITE)
        async with self._open_work() as work:
            one = await _seen(work, item_id, seen)
            is_back = state is ItemState.DRAFT
            if (one.state in {ItemState.RETIRED, ItemState.VOID}) is not is_back:
                raise Refusal("quiz.not_now")
            after = replace(one, state=state)
            await work.quiz_bank.put(after, is_new_version=False)
            await self._audit(work, actor, act, item_id, version=seen)
            await work.commit()
        return after

    async def _tell_void(self, work: Work, actor: Actor, one: BankItem) -> None:
        now = self._clock.now()
        push_id = await work.pushes.add(
            Push(
                telling.VOID,
                one.item.id,
                {"question": telling.short(one.item.question)},
                actor.staff_id,
                now,
                state=PushState.EXPANDING,
                priority=Priority.QUIZ,
                purpose=None,
            )
        )
        count = await work.quiz_rounds.invite_participants(push_id, one.item.id, one.version)
        await work.pushes.set_audience(push_id, count, "")


async def add_drafts(
    work: Work, items: Sequence[Item], staff_id: str, now: datetime
) -> Sequence[str]:
    """Put new items into the bank, unconfirmed, each with an id of its own.

    Refuses with `quiz.topic_unknown`.
    """
    known = {topic.key for topic in await work.quiz_bank.topics()}
    number = await work.quiz_bank.next_own()
    made = []
    for place, item in enumerate(items):
        if item.topic not in known:
            raise Refusal("quiz.topic_unknown", topic=item.topic)
        own = replace(item, id=f"own.{number + place}", reviewed_on=None, reviewed_by="")
        one = BankItem(own, ItemState.DRAFT, Origin.OWN, 1, now, staff_id)
        await work.quiz_bank.put(one, is_new_version=True)
        made.append(own.id)
    return made


async def _get(work: Work, item_id: str, *, for_update: bool = False) -> BankItem:
    found = await work.quiz_bank.find(item_id, for_update=for_update)
    if found is None:
        raise Refusal("quiz.not_found")
    return found


async def _seen(work: Work, item_id: str, seen: int) -> BankItem:
    """The item, locked, if it still is the version that was on the screen."""
    found = await _get(work, item_id, for_update=True)
    if found.version != seen:
        raise Refusal("quiz.outdated")
    return found


async def _effect(work: Work, one: BankItem) -> tuple[VoidEffect, Sequence[Round]]:
    """What voiding does, and the rounds in which the item was asked."""
    item_id, version = one.item.id, one.version
    asking = [round_id for round_id, _ in await work.quiz_results.rounds_asking(item_id)]
    rounds = await work.quiz_rounds.find_all(asking)
    gaining = await work.quiz_results.void_effect(item_id, version)
    newly = sum(
        not passes(right, total, rounds[round_id].pass_mark)
        and passes(right + 1, total, rounds[round_id].pass_mark)
        for _, round_id, right, total in gaining
    )
    attempts, people = await work.quiz_results.count_asked(item_id, version)
    return VoidEffect(attempts, people, newly), list(rounds.values())


async def _sync_topics(work: Work, titles: Mapping[str, str]) -> None:
    known = {topic.key: topic for topic in await work.quiz_bank.topics()}
    for key, title in titles.items():
        one = Topic(key, title, key in POLITICAL_TOPICS)
        if known.get(key) != one:
            await work.quiz_bank.put_topic(one)


def _followed(item: Item, before: BankItem | None, now: datetime) -> BankItem | None:
    """The item as the files want it; None if nothing changes."""
    fresh = BankItem(item, shipped_state(item), Origin.SHIPPED, 1, now, FILES)
    if before is None:
        return fresh
    if before.origin is not Origin.SHIPPED:
        return None
    if content_hash(item) != content_hash(before.item):
        return replace(fresh, version=before.version + 1)
    if before.state in {ItemState.RETIRED, ItemState.VOID}:
        return None
    kept = item
    if item.reviewed_on is None:
        # Vouched for in the console, which the files do not know.
        vouched = before.item.reviewed_on, before.item.reviewed_by
        kept = replace(item, reviewed_on=vouched[0], reviewed_by=vouched[1])
    if kept == before.item:
        return None
    state = shipped_state(kept)
    return replace(before, item=kept, state=state, changed_at=now, changed_by=FILES)
