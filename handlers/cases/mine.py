"""One's own matters: how they stand, who looked, answering, withdrawing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from domain.cases.aside import Answer
from domain.cases.case import Act
from domain.cases.meeting import Appointment, Meeting
from domain.cases.settlement import Agreement, Paid, yuan
from domain.cases.states import MOVES, State
from domain.forms import Draft
from domain.refusal import Refusal
from handlers.cases.begin import day_of, unfinished
from handlers.context import Context, Press
from handlers.discreet import let_in, note_typed, put, send
from handlers.events.pages import moment
from handlers.keyboards import button
from handlers.screen import say
from locales import Markup, Texts
from services.cases.views import MyCase

PART = "part"
_STARS = 3
# What became of the last appointment, as long as no other one is offered.
_MET = (Act.MET_NONE, Act.MET_CANNOT, Act.MET_HELD, Act.MET_OFF)


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {
        "cases:mine": show_mine,
        "cases:open": open_,
        "cases:who": show_openings,
        "cases:slot": choose_slot,
        "cases:noslot": decline_slots,
        "cases:tell": answer_disclosure,
        "cases:paid": answer_payment,
        "cases:rate": rate,
        "cases:undo": ask_withdraw,
        "cases:undoyes": withdraw,
    }


async def show_mine(update: Update, context: Context) -> None:
    """The member's cases, behind their code if they have one."""
    assert update.effective_user is not None
    # "/cases" itself says enough to somebody who reads along.
    await note_typed(update, context)
    if not await let_in(update, context):
        return
    member, desk, t = update.effective_user.id, context.desk, context.t
    mine = await desk.cases.list_mine(member)
    rows = [
        [
            button(
                t("cases.mine_row", number=one.number, state=t(f"cases.state_{one.state}")),
                f"cases:open:{one.id}",
            )
        ]
        for one in mine
    ]
    rows.append([button(t("cases.new_button"), "cases:new")])
    rows.append(
        [
            button(t("cases.limits_button"), "limits:menu"),
            button(t("cases.private_button"), "cases:private"),
        ]
    )
    text = t("cases.mine") if mine else t("cases.mine_none")
    await put(update, context, text, InlineKeyboardMarkup(rows))
    open_ = await desk.intake.find_open(member)
    if open_ is not None:
        await say(update, *unfinished(t, open_))


async def open_(update: Update, context: Context, case_id: str) -> None:
    """One case in plain words."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return
    mine = await context.desk.cases.get_mine(update.effective_user.id, case_id)
    await put(update, context, *_page(context, mine))


async def show_openings(update: Update, context: Context, case_id: str) -> None:
    """Which role looked into the case, and when."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return
    mine = await context.desk.cases.get_mine(update.effective_user.id, case_id)
    t = context.t
    lines = [
        t("cases.who_line", when=moment(t, one.at), role=t(f"cases.role_{one.role}"))
        for one in mine.openings
    ]
    listed = Markup("\n".join(lines)) if lines else t("cases.who_none")
    text = t("cases.who", number=mine.case.number, lines=listed)
    await put(update, context, text, _back(t, case_id))


async def choose_slot(
    update: Update, context: Context, case_id: str, meeting_id: str, number: str
) -> Markup | None:
    """One of the times that were offered."""
    assert update.effective_user is not None
    if not number.isdecimal():
        raise Refusal("common.button_gone")
    if not await let_in(update, context):
        return None
    await context.desk.cases.choose_slot(
        update.effective_user.id, case_id, meeting_id, int(number)
    )
    await open_(update, context, case_id)
    return context.t("cases.chosen")


async def decline_slots(
    update: Update, context: Context, case_id: str, meeting_id: str
) -> Markup | None:
    """None of the times is possible."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return None
    await context.desk.cases.decline_slots(update.effective_user.id, case_id, meeting_id)
    await open_(update, context, case_id)
    return context.t("cases.declined")


async def answer_disclosure(
    update: Update, context: Context, case_id: str, disclosure_id: str, answer: str
) -> Markup | None:
    """Yes or no to exactly the words that were shown."""
    assert update.effective_user is not None
    known = {one.value: one for one in (Answer.YES, Answer.NO, Answer.TAKEN_BACK)}
    if answer not in known:
        raise Refusal("common.button_gone")
    if not await let_in(update, context):
        return None
    await context.desk.cases.answer_disclosure(
        update.effective_user.id, case_id, disclosure_id, known[answer]
    )
    await open_(update, context, case_id)
    said_yes = known[answer] is Answer.YES
    return context.t("cases.told_yes") if said_yes else context.t("cases.told_no")


async def answer_payment(
    update: Update, context: Context, case_id: str, instalment_id: str, paid: str
) -> Markup | None:
    """Whether the money came; a part is asked for in yuan."""
    assert update.effective_user is not None
    member, desk, t = update.effective_user.id, context.desk, context.t
    known = {one.value: one for one in (Paid.YES, Paid.NO, Paid.PART)}
    if paid not in known:
        raise Refusal("common.button_gone")
    if not await let_in(update, context):
        return None
    if known[paid] is Paid.PART:
        await desk.cases.begin_part(member, case_id, instalment_id)
        await send(update, context, t("cases.part_ask"))
        return None
    await desk.cases.answer_payment(member, case_id, instalment_id, known[paid])
    said = t("cases.thanks_paid") if known[paid] is Paid.YES else t("cases.thanks_unpaid")
    await put(update, context, said, _back(t, case_id))
    return None


async def take_part(update: Update, context: Context, draft: Draft, text: str) -> None:
    """How much of an instalment came, as it was typed."""
    await note_typed(update, context)
    desk, t = context.desk, context.t
    case = await desk.cases.answer_part(draft, desk.intake.read_amount(text))
    await send(update, context, t("cases.thanks_unpaid"), _back(t, case.id))


async def rate(update: Update, context: Context, case_id: str, stars: str) -> None:
    """How it was, in one press."""
    assert update.effective_user is not None
    if not stars.isdecimal():
        raise Refusal("common.button_gone")
    await context.desk.cases.rate(update.effective_user.id, case_id, int(stars))
    await put(update, context, context.t("cases.rate_thanks"), None)


async def ask_withdraw(update: Update, context: Context, case_id: str) -> None:
    """Nothing is withdrawn by one press."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return
    mine = await context.desk.cases.get_mine(update.effective_user.id, case_id)
    t = context.t
    rows = [
        [
            button(t("cases.withdraw_yes_button"), f"cases:undoyes:{case_id}"),
            button(t("cases.withdraw_no_button"), f"cases:open:{case_id}"),
        ]
    ]
    text = t("cases.withdraw_ask", number=mine.case.number)
    await put(update, context, text, InlineKeyboardMarkup(rows))


async def withdraw(update: Update, context: Context, case_id: str) -> Markup | None:
    """The member does not want it any more."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return None
    await context.desk.cases.withdraw(update.effective_user.id, case_id)
    await open_(update, context, case_id)
    return context.t("cases.withdrawn")


def payment_row(t: Texts, case_id: str, instalment_id: str) -> list[InlineKeyboardButton]:
    """Whether the money came."""
    where = f"{case_id}:{instalment_id}"
    return [
        button(t("cases.paid_yes_button"), f"cases:paid:{where}:{Paid.YES}"),
        button(t("cases.paid_no_button"), f"cases:paid:{where}:{Paid.NO}"),
        button(t("cases.paid_part_button"), f"cases:paid:{where}:{Paid.PART}"),
    ]


def star_row(t: Texts, case_id: str) -> list[InlineKeyboardButton]:
    """How it was."""
    return [
        button(t(f"cases.star_{number}"), f"cases:rate:{case_id}:{number}")
        for number in range(_STARS, 0, -1)
    ]


def _page(context: Context, mine: MyCase) -> tuple[Markup, InlineKeyboardMarkup]:
    t, case = context.t, mine.case
    due = Markup("")
    if case.due_at is not None and case.is_open:
        is_late = case.is_overdue(context.desk.clock.now())
        due = t("cases.page_overdue") if is_late else t("cases.page_due", due=day_of(t, case))
    text = t(
        "cases.page",
        number=case.number,
        kind=t(f"cases.kind_{case.kind}"),
        state=t(f"cases.state_{case.state}"),
        next=t(f"cases.next_{case.state}"),
        unit=mine.unit_name,
        due=due,
        more=Markup("".join(_more(t, mine))),
    )
    return text, InlineKeyboardMarkup([*_answers(t, mine), *_ways(t, mine)])


def _more(t: Texts, mine: MyCase) -> list[Markup]:
    parts = []
    if mine.answer:
        parts.append(t("cases.page_answer", answer=mine.answer))
    if mine.firm is not None:
        phone = f" {mine.firm.phone}" if mine.firm.phone else ""
        parts.append(t("cases.page_firm", name=mine.firm.name, phone=phone))
    if mine.agreement is not None:
        parts += _agreement(t, mine.agreement)
    if mine.appointment is not None:
        parts.append(_meeting(t, mine.appointment))
    elif mine.case.is_open and mine.met in _MET:
        parts.append(t(f"cases.page_{mine.met}"))
    if mine.disclosure is not None:
        one = mine.disclosure
        if one.answer is Answer.YES:
            parts.append(t("cases.page_disclosed", to=one.to))
        else:
            parts.append(t("cases.page_disclosure", to=one.to, what=one.what))
    if mine.asked is not None:
        amount = yuan(mine.asked.amount)
        parts.append(t("cases.page_asked", number=mine.asked.number, amount=amount))
    return parts


def _agreement(t: Texts, made: Agreement) -> list[Markup]:
    settled, received = yuan(made.settled), yuan(made.received)
    parts = [
        t(
            "cases.page_part",
            number=one.number,
            amount=yuan(one.amount),
            day=_day(t, one.due_on),
            paid=t(f"cases.paid_{one.paid}"),
        )
        for one in made.instalments
    ]
    return [t("cases.page_settled", settled=settled, received=received), *parts]


def _meeting(t: Texts, one: Appointment) -> Markup:
    place = t("cases.place", place=one.place) if one.place else Markup("")
    if one.chosen is None:
        when = t("cases.page_meeting_offered")
    elif one.state is Meeting.CONFIRMED:
        when = t("cases.page_meeting_confirmed", when=moment(t, one.chosen))
    else:
        when = t("cases.page_meeting_chosen", when=moment(t, one.chosen))
    return t("cases.page_meeting", mode=t(f"cases.mode_{one.mode}"), place=place, when=when)


def _answers(t: Texts, mine: MyCase) -> list[list[InlineKeyboardButton]]:
    """The buttons that answer what waits for the member; below them what can be taken back."""
    case_id, rows, undo = mine.case.id, list[list[InlineKeyboardButton]](), []
    if mine.asked is not None:
        rows.append(payment_row(t, case_id, mine.asked.id))
    if mine.disclosure is not None:
        where = f"cases:tell:{case_id}:{mine.disclosure.id}"
        if mine.disclosure.answer is Answer.YES:
            undo.append([button(t("cases.take_back_button"), f"{where}:{Answer.TAKEN_BACK}")])
        else:
            rows.append(
                [
                    button(t("cases.agree_button"), f"{where}:{Answer.YES}"),
                    button(t("cases.disagree_button"), f"{where}:{Answer.NO}"),
                ]
            )
    meeting = mine.appointment
    if meeting is not None and meeting.state is Meeting.OFFERED:
        for number, slot in enumerate(meeting.slots):
            data = f"cases:slot:{case_id}:{meeting.id}:{number}"
            rows.append([button(moment(t, slot), data)])
    if meeting is not None:
        data = f"cases:noslot:{case_id}:{meeting.id}"
        is_offered = meeting.state is Meeting.OFFERED
        label = t("cases.no_slot_button") if is_offered else t("cases.other_slot_button")
        rows.append([button(label, data)])
    if not mine.case.is_open and mine.case.stars is None:
        rows.append(star_row(t, case_id))
    return [*rows, *undo]


def _ways(t: Texts, mine: MyCase) -> list[list[InlineKeyboardButton]]:
    case = mine.case
    rows = []
    if case.is_open:
        rows.append(
            [
                button(t("cases.limits_button"), f"limits:case:{case.kind}:{case.id}"),
                button(t("cases.evidence_button"), f"evidence:open:{case.id}"),
                button(t("cases.papers_button"), f"papers:menu:{case.id}"),
            ]
        )
    row = [button(t("cases.who_button"), f"cases:who:{case.id}")]
    if case.is_anonymous and case.is_open:
        row.insert(0, button(t("cases.name_button"), f"cases:name:{case.id}"))
    if State.WITHDRAWN in MOVES[case.state]:
        row.append(button(t("cases.withdraw_button"), f"cases:undo:{case.id}"))
    rows.append(row)
    rows.append(
        [
            button(t("cases.refresh_button"), f"cases:open:{case.id}"),
            button(t("cases.list_button"), "cases:mine"),
        ]
    )
    return rows


def _day(t: Texts, day: date) -> Markup:
    return t("cases.day", month=day.month, day=day.day)


def _back(t: Texts, case_id: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[button(t("cases.open_button"), f"cases:open:{case_id}")]])
