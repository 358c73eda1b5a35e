"""A member's way through events: from the list or a poster to the door, in the whole program."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from domain.draw import verify
from domain.events import (
    AnswerKind,
    Event,
    GroupKind,
    GroupQuota,
    Mode,
    Place,
    Question,
    Rule,
    RuleKind,
)
from domain.links import Target
from domain.seats import HOLDING, Quota, QuotaKind, State
from domain.sign_ups import CheckIn, Wish, entry_id
from services.events import EventDesk, EventDoor
from tests.journeys import checks
from tests.services.event_kit import ORGANISER, Events, plan
from tests.world import Person, World

HALL = Place("冰上运动馆", "某某路 8 号", 39.7268, 116.3414)
NAME = Question("name", AnswerKind.TEXT, "您的姓名？", profile="name")
SIZE = Question("size", AnswerKind.NUMBER, "鞋码多大？")


async def held(world: World, **fields: Any) -> Event:
    """An event that members can sign up for."""
    desk = EventDesk(world.parts.database, world.clock)
    draft = await desk.create(ORGANISER, plan(world.clock.now(), place=HALL, **fields))
    return await desk.publish(ORGANISER, draft.id)


async def poster(world: World, event: Event) -> str:
    link = await world.parts.desk.links.create(Target.EVENT, event.id, timedelta(days=30))
    return link.token


async def told(world: World) -> None:
    """What was put into the outbox arrives."""
    await world.parts.pump.drained()
    await world.settle()


async def joined(world: World, event: Event, name: str) -> Person:
    person = await world.regular(name)
    await world.parts.desk.events.sign_up(Wish(event.id, person.id))
    return person


async def test_from_a_poster_a_seat_is_two_taps_away(world: World) -> None:
    curling = await held(world, capacity=1)
    wang, li = await world.regular("王芳"), await world.regular("李强")
    page = await wang.starts(await poster(world, curling))
    assert "冰壶联赛" in page and "还有 1 个名额" in page and "冰上运动馆" in page
    assert "报上了" in await wang.presses("我要报名")
    assert "名额已满" in await li.starts(await poster(world, curling))
    answer = await li.presses("我要候补")
    assert "候补第 1 位" in answer and "报上了" not in answer
    await li.says("🎫 活动")
    mine = await li.presses("我的活动")
    assert "候补第 1 位，还没有名额" in mine and "已报上" not in mine


async def test_a_freed_seat_is_offered_in_the_chat_and_taken_there(world: World) -> None:
    curling = await held(world, capacity=1)
    wang = await joined(world, curling, "王芳")
    li = await joined(world, curling, "李强")
    await wang.says("🎫 活动")
    await wang.presses("1. 冰壶联赛")
    assert "确定取消" in await wang.presses("取消报名")
    assert "已经取消" in await wang.presses("确定取消")
    await told(world)
    offer = await li.reads()
    assert "有名额了" in offer and "11月26日（周四）14:00" in offer
    assert "名额是您的了" in await li.presses("要")
    assert li.toast() is None
    # Whoever cancelled is not asked again.
    assert "有名额了" not in await wang.reads()


async def test_an_offer_that_lapsed_cannot_be_taken_and_says_so(world: World) -> None:
    curling = await held(world, capacity=1)
    wang = await joined(world, curling, "王芳")
    li = await joined(world, curling, "李强")
    await world.parts.desk.events.cancel(curling.id, wang.id)
    await told(world)
    world.clock.move(hours=25)
    await li.presses("要")
    assert "这个名额已经不在了" in (li.toast() or "")
    await world.tick("seats.expire")
    await told(world)
    ((_, state),) = await _states(world, li)
    assert state is State.EXPIRED


async def test_questions_are_asked_one_by_one_and_go_on_after_a_restart(
    small_world: World,
) -> None:
    world = small_world
    curling = await held(world, questions=(NAME, SIZE))
    wang = await world.regular("王芳")
    await wang.starts(await poster(world, curling))
    asked = await wang.presses("我要报名")
    assert "同意" in asked
    await wang.presses("同意")
    assert "您的姓名" in await wang.reads()
    assert "鞋码" in await wang.says("王小芳")
    assert checks.places_of(world, "王小芳") == []
    again = await wang.says("很大")
    assert "请发一个数字" in again and "鞋码" in again
    assert "鞋码" in await wang.starts()
    assert "报上了" in await wang.says("41")
    desk = world.parts.desk
    assert await desk.forms.find_open(wang.id) is None
    kept = checks.contents(world)
    assert kept["sign_up_answers"] == []
    assert checks.places_of(world, "王小芳") == []


async def test_in_the_last_day_the_page_of_the_event_has_the_button_for_not_coming(
    world: World,
) -> None:
    curling = await held(world, capacity=2)
    wang = await joined(world, curling, "王芳")
    await wang.says("🎫 活动")
    await wang.presses("1. 冰壶联赛")
    # The page was opened in time, the button is pressed a day too late.
    world.clock.move(days=9, hours=1)
    await wang.presses("取消报名")
    await wang.presses("确定取消")
    assert "请点活动详情里的“来不了”" in (wang.toast() or "")
    await wang.says("🎫 活动")
    await wang.presses("1. 冰壶联赛")
    assert "已经取消" in await wang.presses("来不了")


async def test_who_signs_up_on_the_last_day_is_told_no_deadline_that_is_over(
    world: World,
) -> None:
    starts = world.clock.now() + timedelta(hours=20)
    ends = starts + timedelta(hours=2)
    curling = await held(world, starts_at=starts, ends_at=ends, closes_at=starts)
    wang = await world.regular("王芳")
    await wang.starts(await poster(world, curling))
    answer = await wang.presses("我要报名")
    assert "报上了" in answer and "来不了" in answer and "前可以自己取消" not in answer


async def test_the_reminder_is_answered_and_the_code_opens_the_door(world: World) -> None:
    curling = await held(world, capacity=2)
    wang = await joined(world, curling, "王芳")
    li = await joined(world, curling, "李强")
    world.clock.move(days=9)
    await world.tick("seats.remind")
    await told(world)
    assert "您报的活动" in await wang.reads() and "您报的活动" in await li.reads()
    await wang.presses("我能来")
    assert "到时候见" in (wang.toast() or "")
    assert "已经取消" in await li.presses("来不了")
    await wang.presses("签到码")
    ticket = wang.bot_messages()[-1]
    assert ticket["media"]["kind"] == "photo"
    code = "".join(ticket["text"].split("\n")[-1].split())
    assert len(code) == 6
    world.clock.move(days=1)
    door = EventDoor(world.parts.database, world.clock)
    assert (await door.check_in(ORGANISER, curling.id, code)).state is State.ATTENDED
    world.clock.move(hours=5)
    await world.tick("seats.feedback")
    await told(world)
    assert "办得怎么样" in await wang.reads()
    assert "谢谢您的评价" in await wang.presses("很好")
    await wang.presses("说两句")
    assert "收到了" in await wang.says("教练很有耐心")
    await wang.says("🎫 活动")
    await wang.presses("我的活动")
    assert "共参加 1 次" in await wang.presses("参加过的")


async def test_calendar_file_and_map_come_along(small_world: World) -> None:
    curling = await held(small_world)
    wang = await joined(small_world, curling, "王芳")
    await wang.starts(await poster(small_world, curling))
    await wang.presses("加到日历")
    assert wang.bot_messages()[-1]["media"]["name"] == "huodong.ics"
    await wang.presses("看地图")
    media = wang.bot_messages()[-1]["media"]
    assert (media["kind"], media["title"]) == ("venue", "冰上运动馆")


async def test_only_what_fits_is_listed_and_the_rule_is_told(small_world: World) -> None:
    riders = Rule(RuleKind.OCCUPATION, ("rider",), "骑手")
    await held(small_world, title="骑手专场", rules=(riders,))
    await held(small_world, title="健步走")
    wang = await small_world.regular("王芳")
    everything = await wang.says("🎫 活动")
    assert "骑手专场" in everything and "健步走" in everything
    fitting = await wang.presses("只看我能参加的")
    assert "骑手专场" not in fitting and "健步走" in fitting
    await wang.presses("看全部活动")
    page = await wang.presses("骑手专场")
    assert "请先在“👤 我的”里选上职业" in page
    assert not any("报名" in label for label in wang.buttons())


async def test_a_forged_or_stale_button_has_no_effect(world: World) -> None:
    curling = await held(world, capacity=1)
    wang = await joined(world, curling, "王芳")
    other = await world.regular("赵强")
    message = other.bot_messages()[-1]["id"]
    for data in (
        f"events:yes:{curling.id}",
        f"events:left:{curling.id}",
        f"events:cannot:{curling.id}",
        f"events:ticket:{curling.id}",
        f"events:rate:{curling.id}:3",
        f"events:pick:{curling.id}:party:7",
        "events:open:no-such-event",
    ):
        world.simulator.press_data(other.id, message, data)
        await world.settle()
        assert other.toast()
    assert await _states(world, wang) == [("冰壶联赛", State.CONFIRMED)]
    assert await _states(world, other) == []


async def test_a_draw_from_sign_up_to_the_record(small_world: World) -> None:
    world = small_world
    riders = GroupQuota(
        Quota("riders", "骑手", QuotaKind.RESERVED, 1), GroupKind.OCCUPATION, ("rider",)
    )
    closes = world.clock.now() + timedelta(days=3)
    curling = await held(world, capacity=2, mode=Mode.DRAW, quotas=(riders,), closes_at=closes)
    people = [await world.regular(name) for name in ("王芳", "李强", "赵敏")]
    for person in people:
        await person.starts(await poster(world, curling))
        assert "您已参加抽签" in await person.presses("参加抽签")
    assert curling.seed_hash is not None
    await people[0].starts(await poster(world, curling))
    assert curling.seed_hash in await people[0].presses("核对抽签")
    world.clock.move(days=3)
    await world.tick("seats.draw")
    world.clock.move(minutes=10)
    await world.tick("seats.draw")
    await told(world)
    results = [await person.reads() for person in people]
    assert sum("抽中了" in text for text in results) == 2
    assert sum("候补第 1 位" in text for text in results) == 1
    await people[0].starts(await poster(world, curling))
    await people[0].presses("核对抽签")
    assert people[0].bot_messages()[-1]["media"]["name"] == f"draw-{curling.id}.json"


async def test_story_2_the_curling_league(world: World) -> None:
    riders = GroupQuota(
        Quota("riders", "骑手", QuotaKind.RESERVED, 10), GroupKind.OCCUPATION, ("rider",)
    )
    starts = world.clock.now() + timedelta(days=8)
    league = await held(
        world,
        capacity=40,
        mode=Mode.DRAW,
        quotas=(riders,),
        team_size=4,
        closes_at=world.clock.now() + timedelta(hours=48),
        starts_at=starts,
        ends_at=starts + timedelta(hours=3),
    )
    desk, clock = world.parts.desk, world.clock
    kit = Events(world.parts.database, clock)
    for number in range(20):
        await kit.person(number, occupation="rider")
    receipts = [await kit.joins(league, number) for number in range(72)]
    phones = [await world.regular(name) for name in ("王芳", "李强", "赵敏")]
    for phone in phones:
        await phone.starts(await poster(world, league))
        await phone.presses("参加抽签")
        assert "已参加抽签" in await phone.says("飞石队")
    # Some try twice, and one from a second account of the same person.
    assert await kit.joins(league, 5) == receipts[5]
    second = await world.regular("王芳的小号")
    await kit.moves(0, second.id)
    await second.starts(await poster(world, league))
    await second.presses("参加抽签")
    await second.presses("跳过")
    assert "一人一个名额" in (second.toast() or "")
    promised = (await desk.events.get(league.id, second.id)).event.seed_hash
    clock.move(hours=48)
    await world.tick("seats.draw")
    clock.move(minutes=10)
    await world.tick("seats.draw")
    drawn = (await desk.events.get(league.id, second.id)).event
    result = verify(drawn.draw_record or "")
    assert promised is not None and promised in (drawn.draw_record or "")
    assert (len(result.winners), len(result.waiting)) == (40, 35)
    riders_won = [n for n in range(20) if receipts[n].entry in result.winners]
    assert len(riders_won) >= 10
    await told(world)
    shown = [await phone.reads() for phone in phones]
    assert all("抽中了" in text or "候补第" in text for text in shown)
    # A winner gives up: the next in line is offered at once, the winner never again. (Had it been
    # the tenth rider, the next rider would be.)
    winner = next(n for n in range(20, 72) if receipts[n].entry in result.winners)
    await kit.leaves(league, winner)
    offered = [s for s in await kit.all_of(league) if s.state is State.OFFERED]
    assert [entry_id(one.id) for one in offered] == [result.waiting[0]]
    assert offered[0].offered_until == clock.now() + timedelta(hours=24)
    clock.move(hours=24)
    await world.tick("seats.expire")
    again = [s for s in await kit.all_of(league) if s.state is State.OFFERED]
    assert [entry_id(one.id) for one in again] == [result.waiting[1]]
    # A new place reaches exactly those who hold a seat.
    holders = [s for s in await kit.all_of(league) if s.state in HOLDING]
    before = Counter(await kit.told())
    await kit.desk.change(ORGANISER, league.id, place=Place("新冰场", "某某路 9 号"))
    sent = Counter(await kit.told()) - before
    assert sum(sent.values()) == len(holders) == 40
    assert {kind for kind, _ in sent} == {"changed"}
    # After the cut-off nothing moves.
    clock.move(days=4)
    await world.tick("seats.expire")
    clock.move(hours=23)
    seated = [s for s in await kit.all_of(league) if s.state is State.CONFIRMED]
    gone = next(one for one in seated if one.member_id not in {p.id for p in phones})
    before = Counter(await kit.told())
    assert gone.member_id is not None
    await desk.events.cannot_come(league.id, gone.member_id)
    for tick in ("seats.expire", "seats.fill", "seats.draw"):
        await world.tick(tick)
    assert Counter(await kit.told()) == before
    # At the door: thirty by their codes, five from paper, one tick undone.
    clock.move(hours=2)
    coming = [s for s in await kit.all_of(league) if s.state is State.CONFIRMED]
    for seat in coming[:30]:
        await kit.door.check_in(ORGANISER, league.id, seat.id)
    paper = [CheckIn(f"paper-{s.id}", s.id, True, clock.now()) for s in coming[30:35]]
    assert set((await kit.door.sync(ORGANISER, league.id, paper)).values()) == {"kept"}
    await kit.door.undo_check_in(ORGANISER, coming[0].id)
    states = await kit.states(league)
    assert states[State.ATTENDED] == 34


async def _states(world: World, person: Person) -> list[tuple[str, State]]:
    async with world.parts.database.open_read() as work:
        claims = await work.seats.of_member(person.id)
        found = await work.events.find_all({one.event_id for one in claims})
    return [(found[one.event_id].title, one.state) for one in claims]
