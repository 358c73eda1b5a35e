"""What is known: entries written by the union, loaded, checked and found by members' words."""

from knowledge.errors import ContentError
from knowledge.holding import Knowledge
from knowledge.library import Library
from knowledge.linting import lint
from knowledge.loading import load

__all__ = ["ContentError", "Knowledge", "Library", "lint", "load"]
