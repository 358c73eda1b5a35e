"""The quiz: what members do, what staff do, and what happens by the clock."""

from services.quiz.bank import BankDesk, ItemFile
from services.quiz.contest_clock import ContestClock
from services.quiz.contest_desk import (
    ContestChoices,
    ContestDesk,
    ContestLine,
    ContestPlan,
    ContestView,
)
from services.quiz.contest_play import ContestService
from services.quiz.importing import ImportPlan, QuizImports
from services.quiz.items import ItemShelf
from services.quiz.members import Board, Home, Line, Page, QuizService, Today, Won
from services.quiz.play import PlayService
from services.quiz.prizes import PrizeDesk, WinnerLine
from services.quiz.reader import (
    AttemptLine,
    Day,
    ItemLine,
    Overview,
    PersonLine,
    RoundReader,
    UnitLine,
)
from services.quiz.rounds import RoundCheck, RoundDesk, blank_plan
from services.quiz.ticks import QuizClock
from services.quiz.views import Feedback, Press, Question, Result, View

__all__ = [
    "AttemptLine",
    "BankDesk",
    "Board",
    "ContestChoices",
    "ContestClock",
    "ContestDesk",
    "ContestLine",
    "ContestPlan",
    "ContestService",
    "ContestView",
    "Day",
    "Feedback",
    "Home",
    "ImportPlan",
    "ItemFile",
    "ItemLine",
    "ItemShelf",
    "Line",
    "Overview",
    "Page",
    "PersonLine",
    "PlayService",
    "Press",
    "PrizeDesk",
    "Question",
    "QuizClock",
    "QuizImports",
    "QuizService",
    "Result",
    "RoundCheck",
    "RoundDesk",
    "RoundReader",
    "Today",
    "UnitLine",
    "View",
    "WinnerLine",
    "Won",
    "blank_plan",
]
