"""Rounds in detail, the board and the name on it, prizes, how a draw is checked."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardMarkup, Update

from domain.clock import BEIJING
from domain.quiz_play import NICKNAME_LEAST, NICKNAME_MOST
from domain.quiz_rounds import DRAW_AFTER, RoundState
from handlers.context import Context, Press
from handlers.events.pages import moment
from handlers.keyboards import button, main_keyboard
from handlers.quiz.pages import took
from handlers.screen import say, show
from locales import Markup, Texts
from services.quiz import Board, Line, Page, Won

_MEDALS = 3
# More would not fit in one message; the file has all.
_LISTED = 60


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {
        "quiz:round": show_round,
        "quiz:board": show_board,
        "quiz:name": begin_nickname,
        "quiz:named": show_name,
        "quiz:leave": leave_board,
        "quiz:prize": show_prize,
        "quiz:draw": show_draw,
    }


async def show_round(update: Update, context: Context, round_id: str) -> None:
    """The rules of a round, how the member stands, who won."""
    assert update.effective_user is not None
    page = await context.desk.quiz.page(round_id, update.effective_user.id)
    await show(update, *_round(context.t, page))


async def show_board(update: Update, context: Context, round_id: str) -> None:
    """Who stands where, of those who want to be seen."""
    assert update.effective_user is not None
    board = await context.desk.quiz.board(round_id, update.effective_user.id)
    await show(update, *_board(context.t, board))


async def begin_nickname(update: Update, context: Context) -> None:
    """Ask for a name, and say who will read it: typing one is agreeing to that."""
    assert update.effective_user is not None
    await context.desk.quiz.begin_nickname(update.effective_user.id)
    text = context.t("quiz.nickname_ask", least=NICKNAME_LEAST, most=NICKNAME_MOST)
    await say(update, text)


async def take_nickname(update: Update, context: Context, text: str) -> None:
    """The name that was typed."""
    assert update.effective_user is not None
    name = await context.desk.quiz.take_nickname(update.effective_user.id, text)
    await say(update, context.t("quiz.nickname_done", name=name), main_keyboard(context.t))


async def show_name(update: Update, context: Context) -> None:
    """The name on the board: another one, or none."""
    assert update.effective_user is not None
    t = context.t
    home = await context.desk.quiz.home(update.effective_user.id)
    rows = [
        [
            button(t("quiz.nickname_change_button"), "quiz:name"),
            button(t("quiz.nickname_leave_button"), "quiz:leave"),
        ],
        [button(t("quiz.home_button"), "quiz:list")],
    ]
    text = t("quiz.nickname_shown", name=home.nickname or "")
    await show(update, text, InlineKeyboardMarkup(rows))


async def leave_board(update: Update, context: Context) -> None:
    """Off every board, at once."""
    assert update.effective_user is not None
    await context.desk.quiz.leave_board(update.effective_user.id)
    rows = [[button(context.t("quiz.home_button"), "quiz:list")]]
    await show(update, context.t("quiz.nickname_left"), InlineKeyboardMarkup(rows))


async def show_prize(update: Update, context: Context, winner_id: str) -> None:
    """Yes, the prize is wanted: the code for the counter, where and until when."""
    assert update.effective_user is not None
    t = context.t
    one, winner = await context.desk.quiz.claim(winner_id, update.effective_user.id)
    assert one.prize is not None
    text = t(
        f"quiz.prize_{winner.state}",
        what=one.prize.what,
        code=winner.code,
        where=one.prize.where,
    )
    rows = [[button(t("quiz.home_button"), "quiz:list")]]
    await show(update, text, InlineKeyboardMarkup(rows))


async def show_draw(update: Update, context: Context, round_id: str) -> None:
    """How the draw can be checked: the promises before it, the record after it."""
    assert update.effective_user is not None
    t = context.t
    page = await context.desk.quiz.page(round_id, update.effective_user.id)
    one = page.round
    if one.draw_record is None:
        entries = (
            t("quiz.draw_entries", entries=one.entries_hash)
            if one.entries_hash is not None
            else t("quiz.draw_entries_later", minutes=DRAW_AFTER.seconds // 60)
        )
        text = t("quiz.draw_before", seed=one.seed_hash or "", entries=entries)
        await say(update, text)
        return
    chat = update.effective_chat
    assert chat is not None
    await chat.send_document(
        one.draw_record.encode(),
        filename=f"draw-{one.id}.json",
        caption=t("quiz.draw_after", entry=page.entry),
    )


def _round(t: Texts, page: Page) -> tuple[Markup, InlineKeyboardMarkup]:
    one = page.round
    lines = [
        t("quiz.round", title=one.title),
        _days(t, page),
        t(
            "quiz.round_rules",
            questions=one.questions,
            attempts=one.attempts,
            mark=one.pass_mark,
        ),
    ]
    if one.intro:
        lines.insert(1, t("quiz.round_intro", intro=one.intro))
    if one.minutes:
        lines.append(t("quiz.round_minutes", minutes=one.minutes))
    if one.state is RoundState.HELD:
        lines.append(t("quiz.round_held", note=one.note))
    if one.prize is not None:
        key = "quiz.round_prize_roster" if one.prize.roster_only else "quiz.round_prize"
        values = {
            "what": one.prize.what,
            "winners": one.prize.winners,
            "days": one.prize.passed_days,
        }
        lines.append(t(key, **values))
    if page.mine is not None:
        lines.append(
            t(
                "quiz.round_mine",
                right=page.mine.right,
                days=page.mine.days,
                passed=page.mine.passed_days,
            )
        )
    if one.drawn_at is not None:
        lines.append(_winners(t, page))
    rows = []
    if one.has_board:
        rows.append([button(t("quiz.board_button"), f"quiz:board:{one.id}")])
    if one.state is RoundState.CLOSED and page.mine is not None and page.mine.passed_days:
        rows.append([button(t("certificates.button"), f"quiz:certificate:{one.id}")])
    if one.prize is not None:
        rows.append([button(t("quiz.draw_button"), f"quiz:draw:{one.id}")])
    rows.append([button(t("quiz.home_button"), "quiz:list")])
    return Markup("\n".join(lines)), InlineKeyboardMarkup(rows)


def _winners(t: Texts, page: Page) -> Markup:
    drawn_at = page.round.drawn_at
    assert drawn_at is not None
    if not page.winners:
        return t("quiz.round_no_winner")
    some = page.winners[:_LISTED]
    names = [_winner(t, one) for one in some]
    more = len(page.winners) - len(some)
    listed = Markup("\n".join([*names, *([t("quiz.winners_more", more=more)] if more else [])]))
    won = any(one.entry == page.entry for one in page.winners)
    return t(
        "quiz.round_winners",
        at=moment(t, drawn_at.astimezone(BEIJING)),
        names=listed,
        entry=page.entry,
        mine=t("quiz.winner_me") if won else t("quiz.winner_not_me"),
    )


def _winner(t: Texts, one: Won) -> Markup:
    if one.name and one.tail:
        return t("quiz.winner_masked", entry=one.entry, name=one.name, tail=one.tail)
    if one.name:
        return t("quiz.winner_named", entry=one.entry, name=one.name)
    return t("quiz.winner", entry=one.entry)


def _board(t: Texts, board: Board) -> tuple[Markup, InlineKeyboardMarkup]:
    one = board.round
    lines = [_line(t, line) for line in board.lines] or [t("quiz.board_empty")]
    if board.mine is not None:
        lines += [t("quiz.board_gap"), _line(t, board.mine)]
    text = t("quiz.board", title=one.title, lines=Markup("\n".join(lines)), people=board.people)
    is_there = board.mine is not None or any(line.is_mine for line in board.lines)
    rows = [] if is_there else [[button(t("quiz.name_button"), "quiz:name")]]
    rows += [
        [
            button(t("quiz.round_button"), f"quiz:round:{one.id}"),
            button(t("quiz.home_button"), "quiz:list"),
        ]
    ]
    return text, InlineKeyboardMarkup(rows)


def _line(t: Texts, line: Line) -> Markup:
    place = t(f"quiz.medal_{line.place}") if line.place <= _MEDALS else Markup(f"{line.place}.")
    key = "quiz.board_me" if line.is_mine else "quiz.board_line"
    return t(key, place=place, name=line.name, right=line.right, took=took(t, line.took))


def _days(t: Texts, page: Page) -> Markup:
    rule = page.round.timetable
    hours = {"opens": f"{rule.opens:%H:%M}", "closes": f"{rule.closes:%H:%M}"}
    days = [one.opens_at.astimezone(BEIJING) for one in page.sittings]
    first, last = (t("quiz.date", month=day.month, day=day.day) for day in (days[0], days[-1]))
    if len(days) == 1:
        return t("quiz.round_day", day=first, **hours)
    return t("quiz.round_days", first=first, last=last, count=len(days), **hours)
