"""What goes on paper or comes from it: evidence made clean, documents as PDF and DOCX.

What makes them is loaded with the first paper: few are asked for, and thirty megabytes would be
carried by every bot.
"""

from bot.papers.wording import Writer
from domain.evidence import FileKind

__all__ = ["Writer", "clean"]


def clean(data: bytes, kind: FileKind) -> bytes:
    """The same picture or text without the rest: see bot/papers/cleaning.py."""
    from bot.papers import cleaning  # noqa: PLC0415

    return cleaning.clean(data, kind)
