"""Numbers as people type them: 4500, 4,500, 6k, and the same in Chinese characters."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

from domain.reading.words import Words

_ARABIC = re.compile(r"\d+(?:\.\d+)?")
_GROUPED = re.compile(r"(?<![\d,])\d{1,3}(?:,\d{3})+(?![\d,])")
_SCALES = {10, 100, 1_000, 10_000, 100_000_000}
_SECTION = 10_000
# Longer than any sum or day; it bounds the work on what a script may send.
_LONGEST = 40


def numeral(text: str, words: Words) -> Decimal | None:
    """The number that the whole text is, or None. Never negative."""
    if not text or len(text) > _LONGEST:
        return None
    text = _GROUPED.sub(lambda found: found.group().replace(",", ""), text)
    tokens = _tokens(text, words)
    if tokens is None:
        return None
    return _positional(tokens) if _all_digits(tokens) else _composed(tokens)


def in_digits(text: str, words: Words) -> str:
    """The text with every run of Chinese number signs written in digits."""
    signs = [_is_sign(char, words) for char in text]
    parts: list[str] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and signs[end] == signs[start]:
            end += 1
        run = text[start:end]
        value = numeral(run, words) if signs[start] else None
        parts.append(run if value is None else f"{value:f}")
        start = end
    return "".join(parts)


# A token is a number and whether it is a scale, or a digit sign that may stand in a row.
_Token = tuple[Decimal, str]


def _tokens(text: str, words: Words) -> list[_Token] | None:
    found: list[_Token] = []
    at = 0
    while at < len(text):
        arabic = _ARABIC.match(text, at)
        if arabic:
            try:
                found.append((Decimal(arabic.group()), "number"))
            except InvalidOperation:
                return None
            at = arabic.end()
            continue
        value = _value(text[at], words)
        if value is None:
            return None
        is_scale = value in _SCALES or text[at] in words.scales
        found.append((Decimal(value), "scale" if is_scale else "digit"))
        at += 1
    return found


def _value(char: str, words: Words) -> int | None:
    if char in words.digits:
        return words.digits[char]
    if char in words.scales:
        return words.scales[char]
    value = unicodedata.numeric(char, -1.0)
    is_known = 0 <= value <= 9 or value in _SCALES
    return int(value) if is_known and value == int(value) else None


def _is_sign(char: str, words: Words) -> bool:
    return char not in words.scales and not char.isdecimal() and _value(char, words) is not None


def _all_digits(tokens: list[_Token]) -> bool:
    return all(kind == "digit" for _, kind in tokens)


def _positional(tokens: list[_Token]) -> Decimal:
    return Decimal("".join(str(value) for value, _ in tokens))


def _composed(tokens: list[_Token]) -> Decimal | None:
    """Numbers with scales between them; two numbers in a row mean a range or a slip: None."""
    total, section, current, last = Decimal(0), Decimal(0), None, Decimal(0)
    zero = False
    for value, kind in tokens:
        if kind != "scale":
            if current is not None:
                return None
            if value == 0 and last:
                zero = True
                continue
            current = value
            continue
        if current is None and value != 10 and (value < _SECTION or not section):
            # "Thousand" alone says no number; ten does, and ten thousand closes a section.
            return None
        step = Decimal(1) if current is None and value == 10 else current or Decimal(0)
        if value >= _SECTION:
            total, section = total + (section + step) * value, Decimal(0)
        else:
            section += step * value
        current, last, zero = None, value, False
    if current is not None and last > 10 and not zero and current < 10:
        # "Four thousand five" is 4,500: the last digit belongs to the next lower scale.
        current = current * last / 10
    return total + section + (current or Decimal(0))
