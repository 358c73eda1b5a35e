"""Rules of cases: legal moves, numbers, the form, agreements, deadlines, codes, warnings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Interval, OfficeHours, load_calendar
from domain.cases import intake as form
from domain.cases.aside import Firm, check_firm
from domain.cases.codes import OPEN_FOR, REST, TRIES, Code, read_code, tried
from domain.cases.deadlines import STAGE_DAYS, due_at
from domain.cases.intake import Ask, Choice
from domain.cases.kinds import THEMES, Kind, Theme, kind_of
from domain.cases.numbers import SIGNS, number_of, read_number
from domain.cases.risks import LEAST, Sign, WarningPolicy, warnings
from domain.cases.settlement import Plan, check_plan, yuan
from domain.cases.states import BY_HAND, ENDED, MOVES, OPEN, State, may_move, must_move
from domain.people import Occupation
from domain.reading.words import Words
from domain.units import Level
from locales import load_words
from tests.staffing import refused

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
OFFICE = OfficeHours(load_calendar(), (Interval.of("09:00-11:30"), Interval.of("13:30-17:30")))
WORDS = Words.of(load_words())


# The way through the stages.


def test_every_stage_but_the_last_two_leads_on() -> None:
    assert {state for state in State if not MOVES[state]} == ENDED
    assert set(State) == OPEN | ENDED


def test_every_stage_can_be_reached_and_can_end() -> None:
    reached = {State.RECEIVED}
    while more := {new for state in reached for new in MOVES[state]} - reached:
        reached |= more
    assert reached == set(State)
    ends = set(ENDED)
    while more := {state for state in State if MOVES[state] & ends} - ends:
        ends |= more
    assert ends == set(State)


@given(st.lists(st.sampled_from(State), max_size=12))
def test_a_case_only_ever_makes_legal_moves(wishes: list[State]) -> None:
    """Whatever is asked for, in whatever order, the way that was gone is a way of the table."""
    state = State.RECEIVED
    for wish in wishes:
        before = state
        if wish not in MOVES[state]:
            with refused("cases.not_now"):
                must_move(state, wish)
            continue
        must_move(state, wish)
        state = wish
        assert may_move(before, state)
        assert before not in ENDED


def test_nothing_is_settled_or_followed_up_by_hand() -> None:
    """These stages are effects of an agreement; otherwise figures would lack their amounts."""
    assert not BY_HAND & {State.SETTLED, State.FOLLOWING, State.WITHDRAWN, State.ASSIGNED}


# Numbers.


@given(st.lists(st.integers(0, len(SIGNS) - 1), min_size=7, max_size=7))
def test_a_number_is_read_however_it_is_typed(draws: list[int]) -> None:
    number = number_of(draws)
    assert read_number(f"  {number.lower().replace('-', ' ')} ") == number


@given(
    st.lists(st.integers(0, len(SIGNS) - 1), min_size=7, max_size=7),
    st.integers(0, 7),
    st.sampled_from(SIGNS),
)
def test_one_wrong_sign_is_noticed(draws: list[int], place: int, sign: str) -> None:
    signs = number_of(draws).replace("-", "")
    wrong = signs[:place] + sign + signs[place + 1 :]
    if wrong != signs:
        with refused("cases.number_wrong"):
            read_number(wrong)


@given(st.lists(st.integers(0, len(SIGNS) - 1), min_size=7, max_size=7), st.integers(0, 5))
def test_two_signs_that_changed_places_are_noticed(draws: list[int], place: int) -> None:
    signs = number_of(draws).replace("-", "")
    turned = signs[:place] + signs[place + 1] + signs[place] + signs[place + 2 :]
    if turned != signs:
        with refused("cases.number_wrong"):
            read_number(turned)


# The form.


def answered(**given: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in given.items():
        found = form.with_answer(found, Ask(name), value)
    return found


def test_a_kind_follows_from_the_page_that_was_read() -> None:
    assert kind_of("wage.arrears") is Kind.WAGES
    assert kind_of("waste.kitchen") is None


def test_what_is_known_is_not_asked() -> None:
    given = {Ask.KIND: "wages", Ask.EMPLOYER: "厂", form.UNIT: "7", Ask.NAME: "王芳"}
    asked = []
    while (step := form.next_step(given)) is not Ask.CHECK:
        asked.append(step)
        given = form.with_answer(given, step, form.NAMED if step is Ask.WHO else "-")
    assert asked == [
        Ask.STORY,
        Ask.AMOUNT,
        Ask.EVIDENCE,
        Ask.LEVEL,
        Ask.WHO,
        Ask.PHONE,
        Ask.REACH,
    ]


def test_nobody_is_named_in_an_anonymous_consultation() -> None:
    given = answered(who=form.ANONYMOUS)
    assert not {Ask.NAME, Ask.PHONE, Ask.REACH} & set(form.steps(given))
    assert {Ask.NAME, Ask.PHONE} <= set(form.steps(answered(who=form.NAMED)))


@pytest.mark.parametrize(
    ("occupation", "is_asked"),
    [
        (Occupation.RIDER, False),
        (Occupation.DRIVER, False),
        (Occupation.FUNERAL, False),
        (Occupation.FACTORY, True),
        (None, True),
    ],
)
def test_who_works_for_a_platform_or_in_a_funeral_home_goes_to_the_district(
    occupation: Occupation | None, is_asked: bool
) -> None:
    given = {form.OCCUPATION: occupation.value} if occupation else {}
    assert (Ask.LEVEL in form.steps(given)) is is_asked


def test_the_enterprise_comes_last_and_only_where_there_is_one() -> None:
    assert form.levels({}) == (Level.DISTRICT, Level.TOWN)
    assert form.levels({form.IS_FIRM: "1"})[-1] is Level.ENTERPRISE


def test_going_back_asks_the_last_one_again_and_forgets_what_followed_from_it() -> None:
    given = answered(kind="wages", story="三个月没发工资", employer="某某厂", town="7")
    back = form.back(given)
    assert form.next_step(back) is Ask.TOWN
    assert form.next_step(form.back(back)) is Ask.EMPLOYER
    again = form.without(given, Ask.EMPLOYER)
    assert Ask.TOWN not in again and form.asked_of(again) == [Ask.KIND, Ask.STORY]


def test_nobody_goes_back_before_the_beginning_or_over_what_was_known() -> None:
    with refused("cases.step_gone"):
        form.back({Ask.KIND: "wages"})


def test_only_a_choice_of_the_step_that_is_open_counts() -> None:
    now = form.asked(answered(kind="wages", story="x" * 9, employer="厂"), [Choice(7, "东镇")])
    assert now.step is Ask.TOWN
    assert form.picked(Ask.TOWN, "7", now) == "7"
    for step, choice in ((Ask.TOWN, "8"), (Ask.KIND, "wages"), (Ask.LEVEL, "town")):
        with refused("cases.step_gone"):
            form.picked(step, choice, now)


@pytest.mark.parametrize(
    ("text", "fen"), [("13500", 1_350_000), ("1.35万", 1_350_000), ("4,500元", 450_000)]
)
def test_money_is_kept_in_fen(text: str, fen: int) -> None:
    assert form.typed(Ask.AMOUNT, text, WORDS) == str(fen)


@pytest.mark.parametrize(
    ("step", "text", "code"),
    [
        (Ask.AMOUNT, "很多", "cases.amount_unclear"),
        (Ask.AMOUNT, "0", "cases.amount_unclear"),
        (Ask.STORY, "哦", "cases.story_short"),
        (Ask.STORY, "长" * 1001, "cases.story_long"),
        (Ask.REACH, "长" * 61, "cases.reach_long"),
        (Ask.LEVEL, "区里", "cases.choose_button"),
    ],
)
def test_what_is_no_answer_is_refused(step: Ask, text: str, code: str) -> None:
    with refused(code):
        form.typed(step, text, WORDS)


def test_no_identity_number_stays_in_a_story() -> None:
    story = form.read_story("我叫王芳，身份证 11010519491231002X，三个月没发工资")
    assert "11010519491231002X" not in story and "三个月没发工资" in story


# Agreements.


def plan(*parts: tuple[int, date], settled: int = 3_860_000, **more: object) -> Plan:
    made = Plan(date(2026, 11, 20), 4_000_000, settled, parts)
    return replace(made, **more)  # type: ignore[arg-type]


TODAY = date(2026, 11, 25)
DEC, JAN = date(2026, 12, 10), date(2027, 1, 10)


def test_instalments_add_up_to_what_was_settled() -> None:
    check_plan(plan((2_000_000, DEC), (1_860_000, JAN)), TODAY)
    with refused("cases.instalments_sum"):
        check_plan(plan((2_000_000, DEC), (1_850_000, JAN)), TODAY)
    with refused("cases.instalments_sum"):
        check_plan(plan(), TODAY)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (plan((3_860_000, date(2026, 11, 19))), "cases.instalments_order"),
        (plan((2_000_000, JAN), (1_860_000, DEC)), "cases.instalments_order"),
        (plan((3_870_000, DEC), (-10_000, JAN)), "cases.amount_wrong"),
        (plan((3_860_000, DEC), agreed_on=date(2026, 11, 26)), "cases.agreed_later"),
        (plan(settled=0), "cases.nothing_agreed"),
        (plan(settled=-1), "cases.amount_wrong"),
    ],
)
def test_an_agreement_that_cannot_be_is_refused(wrong: Plan, code: str) -> None:
    with refused(code):
        check_plan(wrong, TODAY)


def test_an_agreement_may_be_about_something_else_than_money() -> None:
    check_plan(plan(settled=0, other="开具离职证明"), TODAY)


def test_amounts_are_written_with_commas() -> None:
    assert (yuan(3_860_000), yuan(3_860_050), yuan(5)) == ("38,600", "38,600.50", "0.05")


# Deadlines.


def test_a_case_that_comes_at_night_is_due_on_the_next_working_day() -> None:
    night = datetime(2026, 11, 27, 14, 40, tzinfo=UTC)  # Friday, 22:40 in Beijing
    due = due_at(State.RECEIVED, night, OFFICE)
    assert due == datetime(2026, 11, 30, 9, 30, tzinfo=UTC)  # Monday, 17:30


def test_a_deadline_lies_on_a_working_day_whenever_the_stage_begins() -> None:
    for days in range(400):
        for state in STAGE_DAYS:
            due = due_at(state, NOW + timedelta(days=days), OFFICE)
            assert due is not None and OFFICE.calendar.is_working_day(due.date())


def test_what_has_ended_has_no_deadline() -> None:
    assert due_at(State.ARCHIVED, NOW, OFFICE) is None


# The code before one's own matters.


def test_five_wrong_tries_are_followed_by_an_hour_of_rest() -> None:
    code = Code("right")
    for _ in range(TRIES):
        code = tried(code, "wrong", NOW)
    assert code.is_locked(NOW)
    with refused("cases.code_locked"):
        tried(code, "right", NOW + REST - timedelta(seconds=1))
    assert tried(code, "right", NOW + REST).is_open(NOW + REST)


def test_four_wrong_tries_are_forgiven_by_a_right_one() -> None:
    code = Code("right")
    for _ in range(TRIES - 1):
        code = tried(code, "wrong", NOW)
    code = tried(code, "right", NOW)
    assert code.is_open(NOW) and code.wrong == 0
    assert not code.is_open(NOW + OPEN_FOR)


def test_a_code_has_six_digits_of_whatever_width() -> None:
    assert read_code(" １２３ 456 ") == "123456"
    for text in ("12345", "1234567", "12345a", "", "一二三四五六"):
        with refused("cases.code_form"):
            read_code(text)


# Early warning.


def sign(member: int, kind: Kind = Kind.WAGES, days: int = 0, employer: str = "e") -> Sign:
    return Sign(employer, f"m{member}", kind, NOW - timedelta(days=days))


def test_the_fifth_member_of_an_employer_makes_a_warning() -> None:
    policy = WarningPolicy()
    four = [sign(member) for member in range(4)]
    assert warnings(four, policy, NOW) == ()
    (found,) = warnings([*four, sign(4, Kind.OVERTIME)], policy, NOW)
    assert (found.members, found.theme) == (5, Theme.PAY)


@pytest.mark.parametrize(
    "fifth",
    [
        pytest.param(sign(3), id="the same member again"),
        pytest.param(sign(4, days=31), id="too long ago"),
        pytest.param(sign(4, Kind.INJURY), id="another trouble"),
        pytest.param(sign(4, employer="f"), id="another employer"),
        pytest.param(sign(4, employer=""), id="an employer that nobody knows"),
    ],
)
def test_what_only_looks_like_a_fifth_makes_none(fifth: Sign) -> None:
    four = [sign(member) for member in range(4)]
    assert warnings([*four, fifth], WarningPolicy(), NOW) == ()


def test_no_setting_goes_below_what_points_at_people() -> None:
    with pytest.raises(ValueError, match="at least"):
        WarningPolicy(members=LEAST - 1)


def test_every_kind_has_a_theme() -> None:
    assert set(THEMES) == set(Kind)


# Law firms.


def test_a_contract_ends_within_a_year() -> None:
    firm = Firm("f", "某某律师事务所", "", date(2026, 1, 1), date(2026, 12, 31), frozenset({1}))
    check_firm(firm)
    with refused("cases.contract_long"):
        check_firm(replace(firm, contract_until=date(2027, 1, 5)))
    with refused("cases.contract_order"):
        check_firm(replace(firm, contract_until=date(2025, 12, 31)))
    assert firm.is_on_duty(date(2026, 12, 29)) and not firm.is_on_duty(date(2026, 12, 30))
    assert not firm.is_on_duty(date(2027, 1, 5))
