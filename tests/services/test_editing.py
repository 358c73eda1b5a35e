"""Drafts and review: who may write, who must agree, and what is refused, on both databases."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.editing import Blocked, Kind, State
from domain.refusal import Refusal
from storage.database import Database
from storage.tables import audit
from tests.editors import EDITOR, FREE, LAWYER, LEGAL, SECOND, VIEWER, Office, small_folder
from tests.world import MovableClock

TITLE = "工资拖着不发怎么要"


@pytest.fixture
def office(database: Database, tmp_path: Path, clock: MovableClock) -> Office:
    return Office(database, small_folder(tmp_path), clock)


async def refused(act: object) -> str:
    with pytest.raises(Refusal) as caught:
        await act  # type: ignore[misc]
    return caught.value.code


async def test_a_draft_reaches_nobody(office: Office) -> None:
    version = await office.draft(LEGAL, TITLE)
    assert (version.number, version.state, version.base_number) == (1, State.DRAFT, 0)
    assert version.needs_review
    await office.content.reload_if_changed()
    assert office.title(LEGAL) == "拖欠工资怎么要"


async def test_a_legal_answer_needs_a_second_editor(office: Office) -> None:
    version = await office.draft(LEGAL, TITLE)
    assert await refused(office.editing.publish(EDITOR, version.id)) == "knowledge.review_first"
    await office.editing.hand_in(EDITOR, version.id)
    assert await refused(office.editing.publish(EDITOR, version.id)) == "knowledge.own_review"
    done = await office.editing.publish(SECOND, version.id)
    assert (done.version.state, done.version.reviewer) == (State.PUBLISHED, SECOND.staff_id)
    assert office.title(LEGAL) == TITLE


async def test_another_page_is_published_by_its_author_alone(office: Office) -> None:
    version = await office.draft(FREE, "厨余垃圾往哪投")
    assert not version.needs_review
    assert await refused(office.editing.publish(SECOND, version.id)) == "knowledge.not_author"
    done = await office.editing.publish(EDITOR, version.id)
    assert done.version.reviewer is None
    assert office.title(FREE) == "厨余垃圾往哪投"


async def test_a_legal_page_with_only_more_phrasings_needs_no_review(office: Office) -> None:
    more = office.file(LEGAL).rstrip() + "\n- 活干完了钱影子都没见着\n"
    version = await office.editing.save_draft(EDITOR, Kind.ENTRY, LEGAL, more)
    assert not version.needs_review
    assert (await office.editing.publish(EDITOR, version.id)).version.state is State.PUBLISHED


async def test_a_lawyer_suggests_and_an_editor_publishes(office: Office) -> None:
    version = await office.draft(LEGAL, TITLE, LAWYER)
    await office.editing.hand_in(LAWYER, version.id)
    assert await refused(office.editing.publish(LAWYER, version.id)) == "staff.not_allowed"
    assert await refused(office.editing.reject(LAWYER, version.id, "不行")) == "staff.not_allowed"
    await office.editing.publish(EDITOR, version.id)
    assert office.title(LEGAL) == TITLE


async def test_who_may_only_look_at_figures_of_use_sees_no_drafts(office: Office) -> None:
    version = await office.draft(LEGAL, TITLE)
    editing = office.editing
    acts = [
        office.draft(LEGAL, TITLE, VIEWER),
        editing.hand_in(VIEWER, version.id),
        editing.publish(VIEWER, version.id),
        editing.reject(VIEWER, version.id, "x"),
        editing.archive(VIEWER, LEGAL, "x"),
        editing.roll_back(VIEWER, Kind.ENTRY, LEGAL, 0, "x"),
        editing.add_phrasing(VIEWER, LEGAL, "x"),
        editing.get(VIEWER, version.id),
        editing.history(VIEWER, Kind.ENTRY, LEGAL),
        editing.compare(VIEWER, version.id),
        editing.list_pages(VIEWER),
        editing.list_figures(VIEWER),
        editing.list_open(VIEWER),
        editing.preview(VIEWER, Kind.ENTRY, LEGAL, ""),
        editing.try_question(VIEWER, Kind.ENTRY, LEGAL, None, "x"),
        editing.list_golden(VIEWER),
        editing.export_texts(VIEWER),
        editing.find_standing(VIEWER, Kind.ENTRY, LEGAL),
    ]
    assert {await refused(act) for act in acts} == {"staff.not_allowed"}


async def test_a_rejected_draft_goes_back_with_the_reason_and_can_be_mended(
    office: Office,
) -> None:
    version = await office.draft(LEGAL, TITLE)
    assert (
        await refused(office.editing.reject(SECOND, version.id, "早")) == "knowledge.wrong_state"
    )
    await office.editing.hand_in(EDITOR, version.id)
    assert await refused(office.editing.reject(SECOND, version.id, " ")) == (
        "knowledge.reason_missing"
    )
    assert await refused(office.editing.reject(EDITOR, version.id, "算了")) == (
        "knowledge.own_review"
    )
    rejected = await office.editing.reject(SECOND, version.id, "依据没写全")
    assert (rejected.state, rejected.reason) == (State.REJECTED, "依据没写全")
    assert await refused(office.editing.publish(SECOND, version.id)) == "knowledge.wrong_state"
    mended = await office.editing.save_draft(
        EDITOR, Kind.ENTRY, LEGAL, office.retitled(LEGAL, TITLE), version_id=version.id
    )
    assert (mended.id, mended.state) == (version.id, State.DRAFT)


async def test_only_the_author_changes_a_draft_and_not_under_the_reviewers_eyes(
    office: Office,
) -> None:
    version = await office.draft(LEGAL, TITLE)
    text = office.retitled(LEGAL, "别人改的")

    def change(actor: object, name: str = LEGAL) -> object:
        return office.editing.save_draft(
            actor,  # type: ignore[arg-type]
            Kind.ENTRY,
            name,
            text,
            version_id=version.id,
        )

    assert await refused(change(SECOND)) == "knowledge.not_author"
    assert await refused(change(EDITOR, FREE)) == "knowledge.not_found"
    await office.editing.hand_in(EDITOR, version.id)
    taken = await office.editing.take_back(EDITOR, version.id)
    assert taken.state is State.DRAFT
    await office.editing.hand_in(EDITOR, version.id)
    await office.editing.publish(SECOND, version.id)
    assert await refused(change(EDITOR)) == "knowledge.wrong_state"


@pytest.mark.parametrize(
    "name",
    ["", "wage", "wage.a.b", "../wage.arrears", "wage/../x.y", "Wage.x", "wage.欠薪", "a\n.b"],
)
async def test_a_name_can_lead_nowhere_else(office: Office, name: str) -> None:
    code = await refused(office.editing.save_draft(EDITOR, Kind.ENTRY, name, "x"))
    assert code == "knowledge.bad_name"


async def test_a_version_that_is_not_there_is_not_found(office: Office) -> None:
    for act in (
        office.editing.get(EDITOR, 99),
        office.editing.publish(EDITOR, 99),
        office.editing.hand_in(EDITOR, 99),
        office.editing.reject(SECOND, 99, "x"),
        office.editing.compare(EDITOR, 99),
        office.editing.archive(EDITOR, "wage.nothing", "x"),
        office.editing.roll_back(EDITOR, Kind.ENTRY, LEGAL, 7, "x"),
        office.editing.history(EDITOR, Kind.ENTRY, "wage.nothing"),
        office.editing.add_phrasing(EDITOR, "wage.nothing", "x"),
    ):
        assert await refused(act) == "knowledge.not_found"


async def test_a_draft_with_faults_is_kept_but_not_handed_in(office: Office) -> None:
    broken = office.file(LEGAL).replace("地区：北京", "地区：火星")
    version = await office.editing.save_draft(EDITOR, Kind.ENTRY, LEGAL, broken)
    with pytest.raises(Blocked) as blocked:
        await office.editing.hand_in(EDITOR, version.id)
    (fault,) = blocked.value.faults
    assert (fault.path, fault.line, fault.code) == (
        "entries/wage/arrears.md",
        4,
        "region_unknown",
    )
    preview = await office.editing.preview(EDITOR, Kind.ENTRY, LEGAL, broken)
    assert (preview.entry, preview.faults) == (None, (fault,))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("地区：北京", "地区：\t北京", "tab"),
        ("地区：北京", "地区：\u202e北京", "control"),
        ("地区：北京", "地区：\ud800北京", "control"),
        ("编号：wage.arrears", "编号：wage.other", "id_path"),
        ("- dispute.mediation", "- dispute.nothing", "button_dead"),
        ("## 简答", "## 简单回答", "section_unknown"),
        ("**您有权", "您有权", "bold_open"),
        ("单位拖欠工资是违法的", "最低{{no_such}}", "figure_unknown"),
        ("# 拖欠工资怎么要", "<script>alert(1)</script>", "no_title"),
    ],
)
async def test_the_preview_tells_what_the_loader_would(
    office: Office, old: str, new: str, code: str
) -> None:
    text = office.file(LEGAL)
    assert old in text
    preview = await office.editing.preview(EDITOR, Kind.ENTRY, LEGAL, text.replace(old, new, 1))
    assert code in {fault.code for fault in preview.faults}
    assert preview.entry is None


async def test_a_preview_without_faults_is_the_page(office: Office) -> None:
    preview = await office.editing.preview(
        EDITOR, Kind.ENTRY, LEGAL, office.retitled(LEGAL, TITLE).replace("\n", "\r\n")
    )
    assert preview.entry is not None
    assert (preview.entry.title, preview.faults) == (TITLE, ())


async def test_lone_surrogates_never_reach_the_database(office: Office) -> None:
    code = await refused(office.draft(LEGAL, "坏\ud800字"))
    assert code == "knowledge.bad_text"


async def test_each_act_leaves_one_row_of_audit_without_text(office: Office) -> None:
    version = await office.draft(LEGAL, TITLE)
    await office.editing.hand_in(EDITOR, version.id)
    await office.editing.publish(SECOND, version.id)
    await office.editing.add_phrasing(EDITOR, LEGAL, "活干完了钱影子都没见着")
    await office.editing.archive(SECOND, LEGAL, "正在核对")
    rows = await audit_rows(office)
    assert [(row[0], row[1], row[2]) for row in rows] == [
        (EDITOR.staff_id, "knowledge.draft", "entry:wage.arrears#1"),
        (EDITOR.staff_id, "knowledge.hand_in", "entry:wage.arrears#1"),
        (SECOND.staff_id, "knowledge.publish", "entry:wage.arrears#1"),
        (EDITOR.staff_id, "knowledge.add_phrasing", "entry:wage.arrears#2"),
        (SECOND.staff_id, "knowledge.archive", "entry:wage.arrears#3"),
    ]
    assert not any(word in row[3] for row in rows for word in (TITLE, "影子", "核对"))


async def audit_rows(office: Office) -> list[tuple[str, str, str, str]]:
    async with office.database.open_read() as work:
        columns = audit.c
        rows = await work._connection.execute(
            sa.select(columns.actor, columns.act, columns.object, columns.detail).order_by(
                columns.id
            )
        )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def test_two_drafts_of_one_page_at_the_same_moment_are_both_kept(office: Office) -> None:
    both = await asyncio.gather(
        *(office.draft(LEGAL, f"标题{who.staff_id}", who) for who in (EDITOR, SECOND) * 4)
    )
    assert sorted(version.number for version in both) == list(range(1, 9))
