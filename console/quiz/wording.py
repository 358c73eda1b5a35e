"""Small words of the pages of quizzes: states, flaws, figures, days and hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from markupsafe import Markup

from console.frame.page import Page
from domain.clock import BEIJING
from domain.quiz import Flaw, Kind
from domain.quiz_bank import BankItem, ItemState, Topic
from domain.quiz_figures import Flag
from domain.quiz_prizes import PrizeState
from domain.quiz_rounds import RoundState

ITEM_TONES = {ItemState.READY: "good", ItemState.DRAFT: "warn", ItemState.VOID: "bad"}
ROUND_TONES = {
    RoundState.PUBLISHED: "good",
    RoundState.APPROVING: "warn",
    RoundState.HELD: "warn",
    RoundState.CANCELLED: "bad",
}
PRIZE_TONES = {
    PrizeState.HANDED_OVER: "good",
    PrizeState.CLAIMED: "warn",
    PrizeState.LAPSED: "bad",
}
# The worst first: these mean most likely that the key is wrong.
FLAGS = (Flag.NEGATIVE, Flag.OTHER_PREFERRED, Flag.TOO_HARD, Flag.TOO_EASY)
FLAG_TONES = {Flag.NEGATIVE: "bad", Flag.OTHER_PREFERRED: "bad"}


def flaw(page: Page, one: Flaw) -> Markup:
    """Why a question must not be asked yet, with the part that it is about."""
    part = page.t(f"console_quiz.part_{one.part}")
    if one.code == "empty":
        return page.t("console_quiz.flaw_empty", part=part)
    code = f"answer_{one.code}" if one.part == "answer" else one.code
    told = page.t(f"quiz_import.{code}", **one.values)
    return page.t("console_quiz.flaw_told", part=part, told=told)


def percent(value: float | None) -> str:
    """A share as staff read it; nothing if nobody can say."""
    return "" if value is None else f"{value * 100:.0f}%"


def signed(value: float | None) -> str:
    """A figure between -1 and 1 with its sign."""
    return "" if value is None else f"{value:+.2f}"


def flags_of(one: BankItem) -> tuple[Flag, ...]:
    """The flags of a question, the worst first."""
    found = one.figures.flags if one.figures else frozenset[Flag]()
    return tuple(flag for flag in FLAGS if flag in found)


def titles(topics: tuple[Topic, ...]) -> Mapping[str, str]:
    """The titles of topics by key."""
    return {topic.key: topic.title for topic in topics}


def kinds(page: Page) -> list[tuple[Kind, Markup]]:
    """The kinds of questions, for choosing."""
    return [(kind, page.t(f"console_quiz.kind_{kind}")) for kind in Kind]


def levels(page: Page) -> list[tuple[int, Markup]]:
    """The levels of difficulty, for choosing."""
    return [(level, page.t(f"console_quiz.level_{level}")) for level in (1, 2, 3)]


def day_of(text: str) -> date | None:
    """The day that a field holds, or None if it holds none."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def time_of(text: str) -> time | None:
    """The hour that a field holds, or None if it holds none."""
    try:
        found = time.fromisoformat(text.strip()[:5])
    except ValueError:
        return None
    return found.replace(tzinfo=None)


def telling(page: Page) -> Mapping[str, object]:
    """What templates say of quizzes: `say.percent(0.5)`."""
    return {
        "percent": percent,
        "signed": signed,
        "flags_of": flags_of,
        "flaw": lambda one: flaw(page, one),
        "item_tone": lambda state: ITEM_TONES.get(state, "plain"),
        "round_tone": lambda state: ROUND_TONES.get(state, "plain"),
        "prize_tone": lambda state: PRIZE_TONES.get(state, "plain"),
        "flag_tone": lambda flag: FLAG_TONES.get(flag, "warn"),
    }


def short_day(moment: datetime) -> str:
    """Month and day, for the axis of a chart."""
    return f"{moment.astimezone(BEIJING):%m-%d}"
