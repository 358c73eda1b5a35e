"""A member's profile, and what staff see of it, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from domain.consents import Answer, Purpose
from domain.forms import Form
from domain.members import Reach
from domain.people import Occupation, Source
from domain.pushes import OFFERED
from domain.refusal import Refusal
from services.members import MemberService
from services.people import PeopleOffice, ProfileService
from services.people.profile import Joined, Step
from services.roster import RosterService
from storage.database import Database
from tests import agreeing
from tests.services import offices
from tests.services.offices import Tree
from tests.services.rosters import load
from tests.world import MovableClock

MEMBER, OTHER = 5_200_000_017, 5_200_000_018
PHONE = "13812345678"
# As Telegram gives it: always with the country.
SHARED = "86" + PHONE


@pytest.fixture
def profiles(database: Database, clock: MovableClock) -> ProfileService:
    return ProfileService(database, clock)


@pytest.fixture
def office(database: Database, clock: MovableClock) -> PeopleOffice:
    return PeopleOffice(database, clock)


@pytest.fixture
def rosters(database: Database, clock: MovableClock) -> RosterService:
    return RosterService(database, clock)


@pytest.fixture
async def tree(database: Database, clock: MovableClock) -> Tree:
    return await offices.plant(database, clock)


async def agree(profiles: ProfileService, member: int = MEMBER) -> None:
    await profiles.answer(member, Purpose.SERVICE, Answer.GIVEN)


async def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(Refusal) as refusal:
        await act()
    return refusal.value.code


async def test_nothing_is_kept_before_the_member_agreed(
    profiles: ProfileService, database: Database, tree: Tree
) -> None:
    acts: list[Callable[[], Any]] = [
        lambda: profiles.begin(MEMBER, Step.NAME),
        lambda: profiles.tell_name(MEMBER, "王芳"),
        lambda: profiles.share_phone(MEMBER, MEMBER, SHARED),
        lambda: profiles.tell_unit(MEMBER, "速达配送"),
        lambda: profiles.choose_unit(MEMBER, tree.firm.id),
        lambda: profiles.choose_occupation(MEMBER, Occupation.RIDER),
    ]
    for act in acts:
        assert await refused(act) == "profile.consent_needed"
    for table in ("people", "drafts", "consents"):
        assert await offices.rows(database, table) == []
    await agree(profiles)
    for act in acts:
        await act()


async def test_a_profile_is_told_bit_by_bit(
    profiles: ProfileService, database: Database, tree: Tree
) -> None:
    await agree(profiles)
    assert (await profiles.get(MEMBER)).person is None
    await profiles.begin(MEMBER, Step.NAME)
    (draft,) = await offices.rows(database, "drafts")
    assert (draft["form"], draft["step"], draft["answers"]) == (Form.PROFILE.value, "name", {})
    assert await profiles.tell_name(MEMBER, "王 芳") is Joined.NO
    assert await offices.rows(database, "drafts") == []
    await profiles.share_phone(MEMBER, MEMBER, "+86 138 1234 5678")
    await profiles.choose_occupation(MEMBER, Occupation.RIDER)
    await profiles.choose_unit(MEMBER, tree.firm.id)
    profile = await profiles.get(MEMBER)
    assert profile.person is not None
    assert (profile.person.name, profile.person.phone) == ("王芳", PHONE)
    assert (profile.person.occupation, profile.person.source) == (Occupation.RIDER, Source.SELF)
    assert profile.unit == tree.firm


async def test_names_phones_and_numbers_lie_sealed(
    profiles: ProfileService, database: Database
) -> None:
    await agree(profiles)
    await profiles.tell_name(MEMBER, "欧阳春花")
    await profiles.share_phone(MEMBER, MEMBER, SHARED)
    await profiles.tell_unit(MEMBER, "不在册的小厂")
    everything = await offices.everything(database)
    for secret in ("欧阳春花", PHONE, "5678", "不在册的小厂"):
        assert secret not in everything
    (row,) = await offices.rows(database, "people")
    assert all(isinstance(row[f"sealed_{name}"], bytes) for name in ("name", "phone", "unit_text"))


async def test_the_contact_of_somebody_else_is_not_kept(
    profiles: ProfileService, database: Database
) -> None:
    await agree(profiles)
    await profiles.begin(MEMBER, Step.PHONE)
    for owner in (OTHER, None):
        act = partial(profiles.share_phone, MEMBER, owner, SHARED)
        assert await refused(act) == "profile.phone_of_other"
    assert await offices.rows(database, "people") == []
    # The form is still open for the right one.
    assert len(await offices.rows(database, "drafts")) == 1


async def test_a_typed_unit_is_found_offered_or_kept_for_staff(
    profiles: ProfileService, office: PeopleOffice, tree: Tree
) -> None:
    await agree(profiles)
    exact = await profiles.tell_unit(MEMBER, "速达配送（测试）")
    assert exact.unit == tree.firm
    offered = await profiles.tell_unit(MEMBER, "速达")
    assert (offered.unit, offered.choices) == (None, (tree.firm,))
    # Kept as typed until one is chosen: leaving now loses nothing.
    profile = await profiles.get(MEMBER)
    assert profile.person is not None
    assert (profile.person.unit_text, profile.unit) == ("速达", None)
    await profiles.choose_unit(MEMBER, tree.firm.id)
    assert (await profiles.get(MEMBER)).unit == tree.firm
    unknown = await profiles.tell_unit(MEMBER, "老街修车铺")
    assert (unknown.unit, unknown.choices) == (None, ())
    boss = offices.admin(tree.district)
    (typed,) = await office.list_unsettled(boss)
    assert (typed.text, typed.people) == ("老街修车铺", 1)
    assert await office.settle(boss, typed.mark, tree.other_firm.id) == 1
    assert (await profiles.get(MEMBER)).unit == tree.other_firm
    assert await office.list_unsettled(boss) == ()


async def test_a_unit_that_is_not_there_cannot_be_chosen(
    profiles: ProfileService, tree: Tree
) -> None:
    await agree(profiles)
    assert await refused(lambda: profiles.choose_unit(MEMBER, 10**9)) == "profile.unit_gone"


async def test_a_phone_and_a_name_join_the_member_with_the_roster(
    profiles: ProfileService, rosters: RosterService, database: Database, tree: Tree
) -> None:
    await load(rosters, offices.admin(tree.district), tree.firm, [("0012", "王芳", PHONE)])
    await agree(profiles)
    assert await profiles.share_phone(MEMBER, MEMBER, SHARED) is Joined.NO
    # The phone alone shows nothing of the one in the roster.
    profile = await profiles.get(MEMBER)
    assert profile.person is not None
    assert (profile.person.name, profile.person.number, profile.unit) == (None, None, None)
    assert await profiles.tell_name(MEMBER, "王芳") is Joined.ROSTER
    profile = await profiles.get(MEMBER)
    assert profile.person is not None
    assert (profile.person.number, profile.unit) == ("0012", tree.firm)
    assert profile.person.source is Source.BOTH
    assert len(await offices.rows(database, "people")) == 1


async def test_another_name_on_the_same_phone_stays_another_person(
    profiles: ProfileService, rosters: RosterService, database: Database, tree: Tree
) -> None:
    await load(rosters, offices.admin(tree.district), tree.firm, [("0012", "王芳", PHONE)])
    await agree(profiles)
    await profiles.tell_name(MEMBER, "李强")
    assert await profiles.share_phone(MEMBER, MEMBER, SHARED) is Joined.NO
    assert len(await offices.rows(database, "people")) == 2


async def test_a_person_moves_to_a_new_account_with_the_phone_again(
    profiles: ProfileService, database: Database
) -> None:
    for member in (MEMBER, OTHER):
        await agree(profiles, member)
    await profiles.tell_name(MEMBER, "王芳")
    await profiles.share_phone(MEMBER, MEMBER, SHARED)
    await profiles.tell_name(OTHER, "王芳")
    assert len(await offices.rows(database, "people")) == 2
    assert await profiles.share_phone(OTHER, OTHER, SHARED) is Joined.MOVED
    (row,) = await offices.rows(database, "people")
    assert row["member_id"] == OTHER
    assert (await profiles.get(MEMBER)).person is None


async def test_taking_service_consent_back_erases_what_was_told_for_it(
    profiles: ProfileService, rosters: RosterService, database: Database, tree: Tree
) -> None:
    await agree(profiles)
    await profiles.tell_name(MEMBER, "王芳")
    await profiles.answer(MEMBER, Purpose.SERVICE, Answer.WITHDRAWN)
    assert await offices.rows(database, "people") == []
    # Of somebody whom the roster names, the roster's own record stays without the account.
    await load(rosters, offices.admin(tree.district), tree.firm, [("0012", "王芳", PHONE)])
    await agree(profiles)
    await profiles.tell_name(MEMBER, "王芳")
    await profiles.share_phone(MEMBER, MEMBER, SHARED)
    await profiles.answer(MEMBER, Purpose.SERVICE, Answer.WITHDRAWN)
    (row,) = await offices.rows(database, "people")
    assert (row["member_id"], row["source"], row["phone_shared"]) == (None, "roster", False)


async def test_answers_are_history_and_the_same_answer_is_kept_once(
    profiles: ProfileService, clock: MovableClock
) -> None:
    for answer in (Answer.GIVEN, Answer.GIVEN, Answer.WITHDRAWN, Answer.GIVEN):
        await profiles.answer(MEMBER, Purpose.PROMOTION, answer)
        clock.move(minutes=1)
    history = (await profiles.consents(MEMBER)).history
    assert [one.answer for one in history] == [Answer.GIVEN, Answer.WITHDRAWN, Answer.GIVEN]
    assert (await profiles.consents(OTHER)).history == ()


async def test_windows_are_chosen_and_taken_back(profiles: ProfileService) -> None:
    for number, is_chosen in ((5, True), (0, True), (2, True), (2, True), (0, False), (0, False)):
        await profiles.set_window(MEMBER, number, is_chosen=is_chosen)
    assert (await profiles.get(MEMBER)).windows == (OFFERED[2], OFFERED[5])
    for number in (6, -1):
        verb = partial(profiles.set_window, MEMBER, number, is_chosen=True)
        assert await refused(verb) == "common.button_gone"
    await profiles.clear_windows(MEMBER)
    assert (await profiles.get(MEMBER)).windows == ()


async def test_staff_find_people_by_what_they_know(
    profiles: ProfileService, office: PeopleOffice, rosters: RosterService, tree: Tree
) -> None:
    boss = offices.admin(tree.district)
    people = [("0012", "王芳", PHONE), ("0013", "李强", "13900000001")]
    await load(rosters, boss, tree.firm, people)
    for text in ("王芳", "王 芳", "5678", "+86 138 1234 5678", "0012"):
        assert [one.name for one in await office.search(boss, text)] == ["王芳"], text
    for text in ("", "王", "0000", "' OR ''='", "%", "1234567"):
        assert await office.search(boss, text) == ()


async def test_staff_see_their_own_units_only(
    profiles: ProfileService, office: PeopleOffice, rosters: RosterService, tree: Tree
) -> None:
    boss, near = offices.admin(tree.district), offices.admin(tree.town)
    far = offices.admin(tree.other_town)
    await load(rosters, boss, tree.firm, [("0012", "王芳", PHONE)])
    await agree(profiles)
    await profiles.tell_name(MEMBER, "没有单位")
    (found,) = await office.search(boss, "王芳")
    assert await office.search(near, "王芳") == (found,)
    assert await office.search(far, "王芳") == ()
    assert (await office.open(near, found.id)).unit == tree.firm
    absent = await refused(lambda: office.open(far, "no-such-person"))
    assert await refused(lambda: office.open(far, found.id)) == absent == "members.not_found"
    for act in (
        lambda: office.reveal_phone(far, found.id),
        lambda: office.correct_name(far, found.id, "李强"),
        lambda: office.correct_unit(far, found.id, tree.other_firm.id),
        lambda: office.unlink(far, found.id),
        lambda: office.erase(far, found.id, "王芳"),
    ):
        assert await refused(act) == "members.not_found"
    # Whose unit is not settled is seen from the top only.
    (homeless,) = await office.search(boss, "没有单位")
    assert await office.search(near, "没有单位") == ()
    assert await refused(lambda: office.open(near, homeless.id)) == "members.not_found"
    totals = {
        who.staff_id + str(index): (
            await office.list(who, unit_id=None, state="", offset=0, limit=50)
        ).total
        for index, who in enumerate((boss, near, far))
    }
    assert list(totals.values()) == [2, 1, 0]
    assert (
        await refused(lambda: office.list(far, unit_id=tree.firm.id, state="", offset=0, limit=5))
        == "units.not_found"
    )
    # Into a unit of others nobody can be put either.
    act = partial(office.correct_unit, near, found.id, tree.other_firm.id)
    assert await refused(act) == "units.not_found"


async def test_without_the_right_nothing_is_seen(office: PeopleOffice, tree: Tree) -> None:
    who = offices.viewer(tree.district)
    for act in (
        lambda: office.search(who, "王芳"),
        lambda: office.list(who, unit_id=None, state="", offset=0, limit=5),
        lambda: office.open(who, "x"),
        lambda: office.list_unsettled(who),
        lambda: office.settle(who, "x", tree.firm.id),
        lambda: office.erase(who, "x", "y"),
    ):
        assert await refused(act) == "staff.not_allowed"


async def test_each_look_and_each_change_is_audited_without_personal_data(
    office: PeopleOffice,
    rosters: RosterService,
    database: Database,
    clock: MovableClock,
    tree: Tree,
) -> None:
    boss, _ = await agreeing.admins(database, clock)
    await load(rosters, boss, tree.firm, [("0012", "王芳", PHONE)])
    (found,) = await office.search(boss, "王芳")
    await office.open(boss, found.id)
    assert await office.reveal_phone(boss, found.id) == PHONE
    await office.correct_name(boss, found.id, "王芳芳")
    await office.correct_unit(boss, found.id, tree.other_firm.id)
    await office.unlink(boss, found.id)
    assert await refused(lambda: office.erase(boss, found.id, "李强")) == "members.name_differs"
    assert not await office.erase(boss, found.id, "王芳芳", "本人到窗口要求")
    assert await agreeing.on_everything(database, clock) == 1
    assert await office.erase(boss, found.id, "王芳芳")
    audit = await offices.rows(database, "audit")
    aside = ("unit.", "account.", "grant.", "admin.")
    acts = [row["act"] for row in audit if not row["act"].startswith(aside)]
    assert acts == [
        "roster.imported",
        "member.read",
        "member.phone_read",
        "member.corrected",
        "member.corrected",
        "member.unlinked",
        "countersign.asked",
        "countersign.agreed",
        "member.erased",
    ]
    told = str(audit)
    assert not any(secret in told for secret in ("王芳", PHONE, "0012"))
    assert await offices.rows(database, "people") == []


async def test_a_file_tells_whether_the_member_can_be_reached(
    profiles: ProfileService,
    office: PeopleOffice,
    database: Database,
    clock: MovableClock,
    tree: Tree,
) -> None:
    members = MemberService(database, clock)
    await members.meet(MEMBER, MEMBER, "zh")
    await agree(profiles)
    await profiles.tell_name(MEMBER, "王芳")
    await profiles.choose_unit(MEMBER, tree.firm.id)
    await profiles.set_window(MEMBER, 1, is_chosen=True)
    boss = offices.admin(tree.town)
    (found,) = await office.search(boss, "王芳")
    file = await office.open(boss, found.id)
    assert (file.reach, file.windows) == (Reach.REACHABLE, (OFFERED[1],))
    assert file.consents.holds(Purpose.SERVICE)
    clock.move(days=1)
    await members.lost(MEMBER, Reach.BLOCKED)
    assert (await office.open(boss, found.id)).reach is Reach.BLOCKED
    linked = await office.list(boss, unit_id=tree.firm.id, state="linked", offset=0, limit=5)
    missing = await office.list(boss, unit_id=None, state="missing", offset=0, limit=5)
    assert (linked.total, missing.total) == (1, 0)
