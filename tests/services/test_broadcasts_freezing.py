"""Writing the list of recipients by the clock: nobody agrees before it is whole, and a crash or
a change of mind in the middle harms nothing; on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from domain.broadcasts import Broadcast, Purpose, Returned
from domain.outbox import PushState
from services.broadcasts import clock as clock_module
from services.broadcasts import common, freezing
from services.broadcasts.common import read_list
from storage.audiences import Audiences
from storage.database import Database
from storage.keeping import REGISTER, Subject
from storage.work import Work
from tests.services.broadcast_kit import FIRST, Casting, make_casting
from tests.staffing import make_house, refused
from tests.world import MovableClock

CHUNK = 10


@pytest.fixture
async def cast(
    database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> Casting:
    for module in (common, freezing):
        monkeypatch.setattr(module, "CHUNK", CHUNK)
    return await make_casting(await make_house(database, clock))


async def listed(cast: Casting, one: Broadcast) -> list[int]:
    assert one.push is not None
    async with cast.database.open_read() as work:
        return list(await work.pushes.audience_after(one.push.id, None))


async def test_nobody_agrees_before_the_list_is_whole_and_it_tells_how_far_it_is(
    cast: Casting,
) -> None:
    await cast.people(cast.house.east, 35)
    one = await cast.handed()
    assert one.state is PushState.FREEZING
    assert one.push is not None and one.push.audience_hash is None
    progress = await cast.runs.progress(cast.br, one.id)
    assert (progress.frozen, progress.total) == (CHUNK, 35)
    assert (await cast.approvals.waiting(cast.ok)).approvals == ()
    for typed in ("10", "35"):
        with refused("broadcasts.not_now"):
            await cast.approvals.approve(cast.house.fresh(cast.ok), one.id, typed)
    # Nor does anything else begin with half a list.
    for verb in (cast.outbox.pause, cast.outbox.resume, cast.outbox.cancel):
        with refused("outbox.not_now"):
            await verb(cast.br, one.push.id)
    with refused("broadcasts.not_sent"):
        await cast.runs.recall(cast.br, one.id)

    assert await cast.ticks.freeze_due() == 1
    whole = await cast.desk.get(cast.br, one.id)
    assert whole.push is not None
    assert (whole.state, whole.push.audience_count) == (PushState.APPROVING, 35)
    async with cast.database.open_read() as work:
        assert whole.push.audience_hash == (await read_list(work, whole.push.id)).digest
    assert (await cast.kinds()).count("broadcasts.notice_asked") >= 1
    # Going on with what does not rest is no way around the second person.
    with refused("outbox.not_now"):
        await cast.outbox.resume(cast.br, whole.push.id)
    # The number typed is that of the list, and what was agreed to is what goes.
    with refused("broadcasts.count_wrong"):
        await cast.approvals.approve(cast.house.fresh(cast.ok), one.id, str(CHUNK))
    await cast.approvals.approve(cast.house.fresh(cast.ok), one.id, "35")
    cast.clock.move(seconds=61)
    assert await cast.ticks.start_due() == 1
    await cast.outbox.expand_due()
    assert await cast.states(whole.push.id) == {"pending": 35}


async def test_a_list_with_a_member_too_many_is_not_what_was_agreed_to(cast: Casting) -> None:
    """The control of the one above: the hash is of the list, not of a word."""
    await cast.people(cast.house.east, 35)
    one = await cast.handed()
    await cast.ticks.freeze_due()
    await cast.approvals.approve(cast.house.fresh(cast.ok), one.id, "35")
    assert one.push is not None
    async with cast.database.open_work() as work:
        await work.pushes.freeze(one.push.id, [FIRST + 500])
        await work.commit()
    cast.clock.move(seconds=61)
    assert await cast.ticks.start_due() == 0
    assert (await cast.desk.get(cast.br, one.id)).returned is Returned.CHANGED


async def test_who_joins_after_the_list_was_whole_does_not_get_it(cast: Casting) -> None:
    await cast.people(cast.house.east, 35)
    one = await cast.handed()
    await cast.ticks.freeze_due()
    before = (await cast.desk.get(cast.br, one.id)).push
    # The same people make the same list.
    await cast.desk.take_back(cast.br, one.id)
    await cast.desk.hand_in(cast.br, one.id)
    await cast.ticks.freeze_due()
    again = (await cast.desk.get(cast.br, one.id)).push
    assert before is not None and again is not None and before.id != again.id
    assert before.audience_hash == again.audience_hash
    await cast.approvals.approve(cast.house.fresh(cast.ok), one.id, "35")
    await cast.people(cast.house.east, 1, start=35)
    cast.clock.move(seconds=61)
    assert await cast.ticks.start_due() == 1
    await cast.outbox.expand_due()
    assert await cast.states(again.id) == {"pending": 35}


async def test_what_is_taken_back_while_the_list_is_written_leaves_nothing(cast: Casting) -> None:
    await cast.people(cast.house.east, 35)
    one = await cast.handed()
    back = await cast.desk.take_back(cast.br, one.id)
    assert (back.state, back.returned) == (PushState.DRAFT, Returned.TAKEN_BACK)
    assert await cast.ticks.freeze_due() == 0
    assert len(await listed(cast, one)) == CHUNK
    again = await cast.desk.hand_in(cast.br, one.id)
    await cast.ticks.freeze_due()
    assert len(await listed(cast, again)) == 35
    cast.clock.move(days=1, seconds=1)
    await cast.ticks.purge()
    assert await listed(cast, one) == []
    assert len(await listed(cast, again)) == 35


async def test_a_crash_in_the_middle_goes_on_where_it_stopped(
    cast: Casting, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cast.people(cast.house.east, 35)
    one = await cast.handed()
    real, left = Audiences.freeze, [1]

    async def fails(*given: Any) -> int:
        count = await real(*given)
        if not left:
            raise RuntimeError("the process dies")
        left.pop()
        return count

    with monkeypatch.context() as patch:
        patch.setattr(Audiences, "freeze", fails)
        with pytest.raises(ExceptionGroup):
            await cast.ticks.freeze_due()
    # The chunk that was not committed is not there, and nobody is on the list twice or missing.
    assert len(await listed(cast, one)) == 2 * CHUNK
    assert (await cast.desk.get(cast.br, one.id)).state is PushState.FREEZING
    assert await cast.ticks.freeze_due() == 1
    assert await listed(cast, one) == [FIRST + number for number in range(35)]


async def test_two_who_write_the_same_list_at_once_write_it_once(cast: Casting) -> None:
    await cast.people(cast.house.east, 65)
    one = await cast.handed()
    await asyncio.gather(*(cast.ticks.freeze_due() for _ in range(3)))
    assert await listed(cast, one) == [FIRST + number for number in range(65)]
    whole = await cast.desk.get(cast.br, one.id)
    assert whole.push is not None and whole.push.audience_count == 65
    assert (await cast.kinds()).count("broadcasts.notice_asked") == 1


async def test_what_shrinks_below_the_least_goes_back_and_its_author_hears(cast: Casting) -> None:
    await cast.people(cast.house.east, 22)
    one = await cast.handed()
    async with cast.database.open_work() as work:
        for number in range(15, 22):
            member = FIRST + number
            await work.keeping.erase(Subject(member, f"p{member}"), REGISTER)
        await work.commit()
    await cast.ticks.freeze_due()
    back = await cast.desk.get(cast.br, one.id)
    assert (back.state, back.returned) == (PushState.DRAFT, Returned.NOT_MADE)
    assert back.return_note == "broadcasts.too_few"
    assert "broadcasts.notice_returned" in await cast.kinds()


async def test_who_is_erased_while_the_list_is_written_is_not_on_it(cast: Casting) -> None:
    await cast.people(cast.house.east, 35)
    one = await cast.handed()
    async with cast.database.open_work() as work:
        for member in (FIRST + 3, FIRST + 30):
            await work.keeping.erase(Subject(member, f"p{member}"), REGISTER)
        await work.commit()
    await cast.ticks.freeze_due()
    await cast.approvals.approve(cast.house.fresh(cast.ok), one.id, "33")
    cast.clock.move(seconds=61)
    assert await cast.ticks.start_due() == 1


async def erased_while(cast: Casting, monkeypatch: pytest.MonkeyPatch, member: int) -> None:
    """Somebody goes just after the whole list was read, before the writing transaction."""
    real, left = common.read_list, [member]

    async def reads(work: Work, push_id: int) -> common.FrozenList:
        found = await real(work, push_id)
        while left:
            async with cast.database.open_work() as other:
                gone = left.pop()
                await other.keeping.erase(Subject(gone, f"p{gone}"), REGISTER)
                await other.commit()
        return found

    for module in (freezing, clock_module):
        monkeypatch.setattr(module, "read_list", reads)


async def test_who_is_erased_while_the_whole_list_is_read_is_not_in_its_hash(
    cast: Casting, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cast.people(cast.house.east, 35)
    one = await cast.handed()
    await erased_while(cast, monkeypatch, FIRST + 3)
    await cast.ticks.freeze_due()
    whole = await cast.desk.get(cast.br, one.id)
    assert whole.push is not None and whole.push.audience_count == 34
    async with cast.database.open_read() as work:
        assert whole.push.audience_hash == (await read_list(work, whole.push.id)).digest
    await cast.approvals.approve(cast.house.fresh(cast.ok), one.id, "34")
    # And again while it is looked at before it begins: a round later it does.
    await erased_while(cast, monkeypatch, FIRST + 4)
    cast.clock.move(seconds=61)
    assert await cast.ticks.start_due() == 0
    assert (await cast.desk.get(cast.br, one.id)).state is PushState.APPROVED
    assert await cast.ticks.start_due() == 1
    await cast.outbox.expand_due()
    assert await cast.states(whole.push.id) == {"pending": 33}


async def test_who_is_added_while_the_whole_list_is_read_is_in_its_hash(
    cast: Casting, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cast.people(cast.house.east, 35)
    one = await cast.handed()
    assert one.push is not None
    number, real, left = one.push.id, common.read_list, [FIRST + 500]

    async def reads(work: Work, push_id: int) -> common.FrozenList:
        found = await real(work, push_id)
        while left:
            async with cast.database.open_work() as other:
                await other.pushes.freeze(number, [left.pop()])
                await other.commit()
        return found

    monkeypatch.setattr(freezing, "read_list", reads)
    await cast.ticks.freeze_due()
    whole = await cast.desk.get(cast.br, one.id)
    assert whole.push is not None and whole.push.audience_count == 36
    async with cast.database.open_read() as work:
        assert whole.push.audience_hash == (await read_list(work, number)).digest


async def test_an_emergency_to_many_begins_when_its_list_is_whole(cast: Casting) -> None:
    house = cast.house
    await cast.people(house.east, 35)
    admin, second = house.fresh(house.admin), house.fresh(house.second)
    words = await cast.emergencies.propose(admin, "高温停工", "气温过高，请立即停止户外作业。")
    await cast.emergencies.agree(second, words.id)
    one = await cast.emergencies.send(admin, words.id, house.east.path, "高温停工")
    assert (one.state, one.purpose) == (PushState.FREEZING, Purpose.EMERGENCY)
    with refused("broadcasts.emergency_too_soon"):
        await cast.emergencies.send(admin, words.id, house.east.path, "高温停工")
    cast.clock.move(seconds=61)
    assert await cast.ticks.start_due() == 0
    assert await cast.ticks.freeze_due() == 1
    assert await cast.ticks.start_due() == 1
    await cast.outbox.expand_due()
    assert one.push is not None
    assert await cast.states(one.push.id) == {"pending": 35}


async def test_after_a_restore_half_a_list_is_never_sent(cast: Casting) -> None:
    await cast.people(cast.house.east, 35)
    one = await cast.handed()
    async with cast.database.open_work() as work:
        await work.outbox.raise_epoch()
        await work.commit()
    assert await cast.ticks.freeze_due() == 0
    held = await cast.desk.get(cast.br, one.id)
    assert held.push is not None and held.state is PushState.HELD
    await cast.outbox.resume(cast.br, held.push.id)
    cast.clock.move(seconds=61)
    await cast.ticks.start_due()
    back = await cast.desk.get(cast.br, one.id)
    assert back.state in (PushState.DRAFT, PushState.APPROVED)
    await cast.outbox.expand_due()
    assert await cast.states(held.push.id) == {}


async def test_a_series_is_handed_in_by_a_clock_that_knows_microseconds(cast: Casting) -> None:
    from datetime import date, time

    from domain.broadcasts import Plan
    from domain.recurrence import Every, Rule

    await cast.people(cast.house.east, 35)
    # As the machine's clock tells it; the tables keep milliseconds.
    cast.clock.move(seconds=0.000123)
    rule = Rule(Every.DAYS, date(2026, 11, 23), time(9))
    one = await cast.desk.create(cast.br, cast.draft(plan=Plan(rule=rule)))
    with refused("broadcasts.test_needed"):
        await cast.desk.hand_in(cast.br, (await cast.desk.create(cast.br, cast.draft())).id)
    with refused("broadcasts.not_now"):
        await cast.desk.hand_in(cast.br, one.id)  # a template is never sent itself
    await cast.desk.set_active(cast.br, one.id, is_active=True)
    cast.clock.move(hours=12, seconds=0.000456)
    assert await cast.ticks.make_due() == 1
    await cast.ticks.freeze_due()
    (made,) = (await cast.approvals.waiting(cast.ok)).approvals
    assert (made.series_id, made.returned) == (one.id, None)
    assert made.push is not None and made.push.audience_count == 35
    assert made.push.created_at - one.made_at > timedelta(hours=11)
