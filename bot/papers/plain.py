"""Texts as paper can show them."""

from __future__ import annotations

import unicodedata

# Dingbats, faces and their companions: no type for Chinese has them, and they would be boxes.
_FIRST_PICTURE = 0x2600
_JOINERS = frozenset("\u200d\ufe0e\ufe0f") | {chr(code) for code in range(0x1F3FB, 0x1F400)}


def printable(text: str) -> str:
    """The text without pictures; rare characters of names stay."""
    return "".join(sign for sign in text if not _is_picture(sign))


def _is_picture(sign: str) -> bool:
    is_symbol = ord(sign) >= _FIRST_PICTURE and unicodedata.category(sign) == "So"
    return is_symbol or sign in _JOINERS
