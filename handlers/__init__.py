"""The face in Telegram: read the update, call one verb, show the outcome."""

from handlers.context import Context, Desk
from handlers.outcome import Attempt, attempting
from handlers.registry import register

__all__ = ["Attempt", "Context", "Desk", "attempting", "register"]
