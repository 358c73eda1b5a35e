"""The quiz in the chat: what is on, playing, the notebook, the board, prizes."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.context import Handler, Press
from handlers.quiz import around, home, playing
from handlers.quiz.around import take_nickname
from handlers.quiz.home import show_home
from handlers.quiz.notices import notices

__all__ = ["commands", "notices", "presses", "show_home", "take_nickname"]


def commands() -> Mapping[str, Handler]:
    """Command names and what they do."""
    return {"quiz": show_home}


def presses() -> Mapping[str, Press]:
    """Buttons of the quiz."""
    return {**home.presses(), **playing.presses(), **around.presses()}
