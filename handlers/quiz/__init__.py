"""The quiz in the chat: what is on, playing, the notebook, the board, prizes."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.context import Handler, Press
from handlers.letters import Renderer
from handlers.quiz import around, certificate, contests, home, playing
from handlers.quiz.around import take_nickname
from handlers.quiz.contests import recognise, vote
from handlers.quiz.home import show_home
from handlers.quiz.notices import notices as _to_members

__all__ = [
    "commands",
    "notices",
    "presses",
    "recognise",
    "show_home",
    "take_nickname",
    "vote",
]


def commands() -> Mapping[str, Handler]:
    """Command names and what they do."""
    return {"quiz": show_home}


def presses() -> Mapping[str, Press]:
    """Buttons of the quiz."""
    return {**home.presses(), **playing.presses(), **around.presses(), **certificate.presses()}


def notices() -> Mapping[str, Renderer]:
    """What members and groups are told."""
    return {**_to_members(), **contests.notices()}
