"""Editing the knowledge base: drafts, review, what is in force, and who hears of it.

Staff only. A verb that brings a text into force checks the whole library with it first, and
refuses with `Blocked` what would make a fault or lose a golden question's page.
"""

from services.editing.drafting import Drafting
from services.editing.hearing import HearingService
from services.editing.in_force import InForce, Shelf
from services.editing.looking import Looking
from services.editing.publishing import Done, Publishing

__all__ = ["Done", "EditingService", "HearingService", "InForce", "Shelf"]


class EditingService(Drafting, Publishing, Looking):
    """Versions of pages and figures, from the first draft to the text that members read."""
