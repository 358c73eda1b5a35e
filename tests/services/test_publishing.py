"""What is in force: publishing at once, conflicts, golden questions, withholding, going back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from domain.ask import Decision
from domain.editing import Blocked, Kind, Outdated, State
from domain.refusal import Refusal
from services.editing.telling import find_met
from storage.database import Database
from tests.editors import EDITOR, FREE, LEGAL, SECOND, Office, small_folder
from tests.world import MovableClock

TITLE, OTHER = "工资拖着不发怎么要", "老板欠薪怎么办"
ODD = "老板画饼不兑现"
THIEF = "waste.categories"
PEEL = "果皮放进哪个桶里"
GOLDEN = f"""
"老板拖着我们三个月的工资不给" = "wage.arrears"
"{PEEL}" = "waste.kitchen"
"""


@pytest.fixture
def office(database: Database, tmp_path: Path, clock: MovableClock) -> Office:
    folder = small_folder(tmp_path)
    (folder / "golden.toml").write_text(GOLDEN, "utf-8")
    return Office(database, folder, clock)


async def refused(act: object) -> str:
    with pytest.raises(Refusal) as caught:
        await act  # type: ignore[misc]
    return caught.value.code


async def test_what_is_published_is_served_at_once_and_by_other_processes_at_their_next_look(
    office: Office, clock: MovableClock
) -> None:
    beside = Office(office.database, office.folder, clock)
    await office.published(LEGAL, TITLE)
    assert office.title(LEGAL) == TITLE
    assert not await office.content.reload_if_changed()
    assert beside.title(LEGAL) == "拖欠工资怎么要"
    assert await beside.content.reload_if_changed()
    assert beside.title(LEGAL) == TITLE
    assert not await beside.content.reload_if_changed()


async def test_a_start_serves_what_was_published_before(
    office: Office, clock: MovableClock
) -> None:
    await office.published(LEGAL, TITLE)
    later = Office(office.database, office.folder, clock)
    await later.content.reload_if_changed()
    assert later.title(LEGAL) == TITLE


async def test_a_file_that_changes_beside_it_does_not_undo_what_was_published(
    office: Office,
) -> None:
    await office.published(LEGAL, TITLE)
    path = office.folder / "entries" / "waste" / "kitchen.md"
    path.write_text(office.retitled(FREE, "厨余怎么投"), "utf-8")
    assert await office.content.reload_if_changed()
    assert (office.title(LEGAL), office.title(FREE)) == (TITLE, "厨余怎么投")


async def test_a_new_page_comes_into_force_and_is_found(office: Office) -> None:
    name = "service.lost_card"
    text = (
        office.file("service.human")
        .replace("service.human", name)
        .replace("# ", "# 会员卡丢了怎么办 ", 1)
    )
    head, _, _ = text.partition("## 问法")
    text = head + "## 问法\n- 工会卡弄丢了在哪里补办\n- 会员卡掉了\n"
    version = await office.editing.save_draft(EDITOR, Kind.ENTRY, name, text)
    await office.editing.publish(EDITOR, version.id)
    reply = await office.ask.ask("工会卡弄丢了在哪里补办", 1)
    assert reply.pages[0].id == name
    assert name in {line.id for line in await office.editing.list_pages(EDITOR)}


async def test_an_outdated_draft_is_refused_with_what_changed(office: Office) -> None:
    old = await office.draft(LEGAL, OTHER)
    await office.published(LEGAL, TITLE)
    await office.editing.hand_in(EDITOR, old.id)
    with pytest.raises(Outdated) as caught:
        await office.editing.publish(SECOND, old.id)
    changed = [(line.mark, line.text) for line in caught.value.changes if line.mark in "+-"]
    assert changed == [("-", "# 拖欠工资怎么要"), ("+", f"# {TITLE}")]
    assert caught.value.values == {"number": 2}
    # The author has looked at it and saves on the latest text: now it may be published.
    standing = await office.editing.find_standing(EDITOR, Kind.ENTRY, LEGAL)
    assert standing is not None
    await office.editing.take_back(EDITOR, old.id)
    await office.editing.save_draft(
        EDITOR,
        Kind.ENTRY,
        LEGAL,
        office.retitled(LEGAL, OTHER),
        version_id=old.id,
        seen=standing.hash,
    )
    await office.editing.hand_in(EDITOR, old.id)
    await office.editing.publish(SECOND, old.id)
    assert office.title(LEGAL) == OTHER


async def test_a_draft_begun_before_somebody_published_is_outdated_from_the_start(
    office: Office,
) -> None:
    before = await office.editing.find_standing(EDITOR, Kind.ENTRY, LEGAL)
    assert before is not None
    await office.published(LEGAL, TITLE)
    text = office.retitled(LEGAL, OTHER)
    late = await office.editing.save_draft(EDITOR, Kind.ENTRY, LEGAL, text, seen=before.hash)
    assert late.base_number == 0
    await office.editing.hand_in(EDITOR, late.id)
    with pytest.raises(Outdated):
        await office.editing.publish(SECOND, late.id)


async def test_a_file_that_a_new_version_of_the_program_brings_makes_drafts_outdated(
    office: Office,
) -> None:
    draft = await office.draft(FREE, OTHER)
    path = office.folder / "entries" / "waste" / "kitchen.md"
    path.write_text(office.retitled(FREE, "厨余怎么投"), "utf-8")
    with pytest.raises(Outdated):
        await office.editing.publish(EDITOR, draft.id)


async def test_a_phrasing_added_meanwhile_is_carried_over_into_the_draft(office: Office) -> None:
    draft = await office.draft(LEGAL, TITLE)
    await office.editing.hand_in(EDITOR, draft.id)
    await office.editing.add_phrasing(SECOND, LEGAL, ODD)
    done = await office.editing.publish(SECOND, draft.id)
    assert f"- {ODD}\n" in done.version.source
    assert office.title(LEGAL) == TITLE
    reply = await office.ask.ask(ODD, 1)
    assert (reply.decision, reply.pages[0].id) == (Decision.ANSWER, LEGAL)


async def test_a_phrasing_is_in_force_at_once(office: Office) -> None:
    before = await office.ask.ask(ODD, 1)
    assert before.decision is not Decision.ANSWER
    done = await office.editing.add_phrasing(EDITOR, LEGAL, ODD)
    assert (done.version.state, done.is_served) == (State.PUBLISHED, True)
    after = await office.ask.ask(ODD, 2)
    assert (after.decision, after.pages[0].id) == (Decision.ANSWER, LEGAL)


@pytest.mark.parametrize(
    ("phrasing", "code"),
    [
        ("老板三个月没发工资了", "phrasing_here"),
        ("剩饭剩菜扔哪里", "phrasing_twice"),
        ("？！", "phrasing_blank"),
        ("一行\n- 又一行", "phrasing_lines"),
    ],
)
async def test_a_phrasing_that_would_do_harm_is_refused(
    office: Office, phrasing: str, code: str
) -> None:
    with pytest.raises(Blocked) as caught:
        await office.editing.add_phrasing(EDITOR, LEGAL, phrasing)
    assert [fault.code for fault in caught.value.faults] == [code]
    assert await office.in_force.edition() == 0


async def test_a_golden_question_blocks_a_publish_that_takes_its_page_away(
    office: Office,
) -> None:
    stolen = office.file(THIEF).rstrip() + f"\n- {PEEL}\n"
    draft = await office.editing.save_draft(EDITOR, Kind.ENTRY, THIEF, stolen)
    with pytest.raises(Blocked) as caught:
        await office.editing.publish(EDITOR, draft.id)
    assert caught.value.code == "knowledge.golden_lost"
    (lost,) = caught.value.faults
    assert (lost.path, lost.line, lost.code) == ("golden.toml", 3, "golden_changed")
    assert await office.in_force.edition() == 0
    # Its author cannot give the question up, another editor can, with a reason.
    give_up = "这句话现在问的是别的事"
    assert await refused(office.editing.publish(EDITOR, draft.id, accept_golden=give_up)) == (
        "knowledge.golden_second"
    )
    await office.editing.hand_in(EDITOR, draft.id)
    assert await refused(office.editing.publish(SECOND, draft.id, accept_golden=" ")) == (
        "knowledge.reason_missing"
    )
    done = await office.editing.publish(SECOND, draft.id, accept_golden=give_up)
    assert (done.lost, done.version.reason) == ((lost,), give_up)


async def test_without_the_golden_check_the_same_publish_would_go_through(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.editing.checking.golden_changes", lambda old, new: ())
    stolen = office.file(THIEF).rstrip() + f"\n- {PEEL}\n"
    draft = await office.editing.save_draft(EDITOR, Kind.ENTRY, THIEF, stolen)
    await office.editing.publish(EDITOR, draft.id)
    reply = await office.ask.ask(PEEL, 1)
    assert reply.pages[0].id == THIEF


async def test_an_archived_page_is_withheld_and_can_come_back(office: Office) -> None:
    assert await refused(office.editing.archive(EDITOR, LEGAL, "")) == "knowledge.reason_missing"
    await office.editing.archive(EDITOR, LEGAL, "新规定出来了，正在核对")
    assert office.title(LEGAL) is None
    reply = await office.ask.ask("老板三个月没发工资了", 1)
    assert LEGAL not in {page.id for page in reply.pages}
    steps = {
        step.target
        for line in await office.editing.list_pages(EDITOR)
        if line.is_shown
        for step in office.ask.page(line.id).next_steps
    }
    assert LEGAL not in steps
    (line,) = [one for one in await office.editing.list_pages(EDITOR) if one.id == LEGAL]
    assert (line.is_archived, line.is_shown, line.title) == (True, False, "拖欠工资怎么要")
    assert await refused(office.editing.archive(SECOND, LEGAL, "再来")) == "knowledge.archived"
    assert await refused(office.editing.add_phrasing(EDITOR, LEGAL, ODD)) == "knowledge.archived"
    done = await office.editing.roll_back(EDITOR, Kind.ENTRY, LEGAL, 0, "核对完了，没有变")
    assert done.is_served
    assert office.title(LEGAL) == "拖欠工资怎么要"


async def test_within_a_day_one_editor_may_go_back_alone(
    office: Office, clock: MovableClock
) -> None:
    await office.published(LEGAL, TITLE)
    clock.move(hours=24)
    done = await office.editing.roll_back(SECOND, Kind.ENTRY, LEGAL, 0, "标题看不懂")
    assert (done.version.number, done.version.state) == (2, State.PUBLISHED)
    assert office.title(LEGAL) == "拖欠工资怎么要"
    history = await office.editing.history(EDITOR, Kind.ENTRY, LEGAL)
    assert [one.state for one in history.versions] == [State.PUBLISHED, State.REPLACED]


async def test_later_going_back_needs_the_second_editor_too(
    office: Office, clock: MovableClock
) -> None:
    await office.published(LEGAL, TITLE)
    clock.move(hours=24, seconds=1)
    done = await office.editing.roll_back(EDITOR, Kind.ENTRY, LEGAL, 0, "标题看不懂")
    assert (done.version.state, done.is_served) == (State.IN_REVIEW, False)
    assert office.title(LEGAL) == TITLE
    assert await refused(office.editing.publish(EDITOR, done.version.id)) == (
        "knowledge.own_review"
    )
    await office.editing.publish(SECOND, done.version.id)
    assert office.title(LEGAL) == "拖欠工资怎么要"


async def test_one_editor_alone_goes_back_to_what_counted_within_the_day_only(
    office: Office, clock: MovableClock
) -> None:
    """A phrasing needs nobody else: it must not open the way back to what was left long ago."""
    await office.published(LEGAL, TITLE)
    clock.move(hours=25)
    await office.editing.add_phrasing(EDITOR, LEGAL, ODD)
    done = await office.editing.roll_back(EDITOR, Kind.ENTRY, LEGAL, 0, "还是原来的好")
    assert (done.version.state, done.is_served) == (State.IN_REVIEW, False)
    assert office.title(LEGAL) == TITLE
    done = await office.editing.roll_back(EDITOR, Kind.ENTRY, LEGAL, 1, "问法不合适")
    assert (done.version.state, done.is_served) == (State.PUBLISHED, True)


@pytest.mark.parametrize("rejected", [False, True])
async def test_nobody_goes_back_to_what_never_counted(office: Office, rejected: bool) -> None:
    draft = await office.draft(LEGAL, OTHER)
    await office.editing.hand_in(EDITOR, draft.id)
    if rejected:
        await office.editing.reject(SECOND, draft.id, "不对")
    await office.editing.add_phrasing(EDITOR, LEGAL, ODD)
    back = office.editing.roll_back(EDITOR, Kind.ENTRY, LEGAL, draft.number, "试试")
    assert await refused(back) == "knowledge.not_found"
    assert office.title(LEGAL) == "拖欠工资怎么要"


async def test_a_reviewer_publishes_the_text_that_was_seen_and_no_other(office: Office) -> None:
    draft = await office.draft(LEGAL, TITLE)
    seen = (await office.editing.hand_in(EDITOR, draft.id)).hash
    await office.editing.take_back(EDITOR, draft.id)
    await office.editing.save_draft(
        EDITOR, Kind.ENTRY, LEGAL, office.retitled(LEGAL, OTHER), version_id=draft.id
    )
    changed = await office.editing.hand_in(EDITOR, draft.id)
    press = office.editing.publish(SECOND, draft.id, seen=seen)
    assert await refused(press) == "knowledge.changed_since"
    assert office.title(LEGAL) == "拖欠工资怎么要"
    await office.editing.publish(SECOND, draft.id, seen=changed.hash)
    assert office.title(LEGAL) == OTHER


async def test_going_back_to_what_is_in_force_is_refused(office: Office) -> None:
    await office.published(LEGAL, TITLE)
    assert await refused(office.editing.roll_back(EDITOR, Kind.ENTRY, LEGAL, 1, "x")) == (
        "knowledge.same"
    )


async def test_a_figure_is_changed_once_and_every_page_says_it(office: Office) -> None:
    standing = await office.editing.find_standing(EDITOR, Kind.FIGURE, "minimum_wage_month")
    assert standing is not None
    raised = standing.source.replace("value = 2540", "value = 2777")
    draft = await office.editing.save_draft(EDITOR, Kind.FIGURE, "minimum_wage_month", raised)
    assert draft.needs_review
    await office.editing.hand_in(EDITOR, draft.id)
    await office.editing.publish(SECOND, draft.id)
    assert "2777 元" in office.ask.page("wage.minimum").answer
    (line,) = [one for one in await office.editing.list_figures(EDITOR) if one.number == 1]
    assert (line.current, "wage.minimum" in line.used_by) == ("2777 元", True)
    texts = await office.editing.export_texts(EDITOR)
    assert texts["figures.toml"] == (office.folder / "figures.toml").read_text("utf-8").replace(
        "value = 2540", "value = 2777", 1
    )


@pytest.mark.parametrize(
    "text",
    ["", "kaputt = ", '[[figure]]\nname = "other"\n', "[[figure]]\nname = 1\n"],
)
async def test_a_broken_figure_is_not_published(office: Office, text: str) -> None:
    draft = await office.editing.save_draft(EDITOR, Kind.FIGURE, "minimum_wage_month", text)
    with pytest.raises(Blocked) as caught:
        await office.editing.hand_in(EDITOR, draft.id)
    assert caught.value.faults[0].path == "figures/minimum_wage_month.toml"


async def test_a_quicker_publisher_is_noticed_and_everything_is_checked_anew(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other publishes while the golden questions are asked."""
    draft = await office.draft(FREE, "厨余垃圾往哪投")
    true = find_met
    others = iter([office.published(LEGAL, TITLE)])

    async def meanwhile(*given: object) -> object:
        for other in others:
            await other
        return await true(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("services.editing.publishing.find_met", meanwhile)
    await office.editing.publish(EDITOR, draft.id)
    assert (office.title(LEGAL), office.title(FREE)) == (TITLE, "厨余垃圾往哪投")
    assert await office.in_force.edition() == 2
    await office.content.reload_if_changed()
    assert (office.title(LEGAL), office.title(FREE)) == (TITLE, "厨余垃圾往哪投")


async def test_two_reviewers_who_press_together_publish_once(office: Office) -> None:
    draft = await office.draft(LEGAL, TITLE)
    await office.editing.hand_in(EDITOR, draft.id)
    both = [office.editing.publish(SECOND, draft.id) for _ in range(2)]
    results = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Done", "Refusal"]
    history = await office.editing.history(EDITOR, Kind.ENTRY, LEGAL)
    assert [version.state for version in history.versions] == [State.PUBLISHED]
