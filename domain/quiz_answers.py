"""Rules for reading an answer as people type it: letters in any form, right and wrong in words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domain.quiz import FALSE, TRUE, Option

# Letters of other alphabets that look like ours, as keyboards and copied lists have them.
_LOOKALIKES = str.maketrans(
    "\u0410\u0412\u0421\u0415\u0391\u0392\u0395\u0430\u0441\u0435", "ABCEABEACE"
)
_SEPARATORS = r"[\s,\u3001;/|&+.]*"
_LETTERS = re.compile(rf"[A-H](?:{_SEPARATORS}[A-H])*")
# "A(true)", "B. false", "(true)": a letter that may be there, and the word.
_WORDED = re.compile(r"([AB]?)[\s.,:\u3001]*\(?\s*([^()\s]+?)\s*\)?")
_EDGES = " \t\n.:,;\u3001\u3002\"'`\u201c\u201d\u2018\u2019"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer says: ids of options (`ids`), or what stands in the way (`fault`).

    Faults: `answer_outside` (`value` is the letter), `answer_unreadable`. `note` is what somebody
    should look at although the answer was understood: `answer_number`, `judge_letter`.
    """

    ids: frozenset[str] = frozenset()
    fault: str = ""
    value: str = ""
    note: str = ""


def read_choice(text: str, options: Sequence[Option]) -> Answer:
    """The options that an answer names, by letters, by a number, or by the text of one."""
    plain = tidied(text)
    letters = plain.upper().translate(_LOOKALIKES)
    if _LETTERS.fullmatch(letters):
        named = [char.lower() for char in letters if "A" <= char <= "H"]
        known = {option.id for option in options}
        outside = [one for one in named if one not in known]
        if outside:
            return Answer(fault="answer_outside", value=outside[0].upper())
        return Answer(frozenset(named))
    same = [option.id for option in options if _key(option.text) == _key(text)]
    if len(same) == 1:
        return Answer(frozenset(same))
    if plain.isascii() and plain.isdigit() and len(plain) == 1:
        place = int(plain)
        if not 1 <= place <= len(options):
            return Answer(fault="answer_outside", value=plain)
        return Answer(frozenset({options[place - 1].id}), note="answer_number", value=plain)
    return Answer(fault="answer_unreadable", value=text.strip()[:20])


def read_truth(
    text: str, options: Sequence[Option], true: Collection[str], false: Collection[str]
) -> Answer:
    """Whether a statement is said to be true. `true` and `false` are folded words and signs.

    Where the row has the two options, letters mean those; without any, A is taken for true and B
    for false, as lists of such questions have it, with the note `judge_letter`.
    """
    plain = tidied(text).translate(_LOOKALIKES)
    places = [_truth(option.text, true, false) for option in options]
    by_letter = dict(zip("AB", places or (TRUE, FALSE), strict=False))
    if plain.upper() in by_letter:
        found = by_letter[plain.upper()]
        if found:
            return Answer(frozenset({found}), note="" if options else "judge_letter")
    if said := _truth(plain, true, false):
        return Answer(frozenset({said}))
    match = _WORDED.fullmatch(plain)
    said = _truth(match.group(2), true, false) if match else ""
    # A letter and a word that say different things: nobody knows which was meant.
    if match and said and (not match.group(1) or by_letter.get(match.group(1)) == said):
        return Answer(frozenset({said}))
    return Answer(fault="judge_unreadable", value=text.strip()[:20])


def is_truth(text: str, true: Collection[str], false: Collection[str]) -> bool:
    """Whether the text is one of the words for right or wrong."""
    return bool(_truth(tidied(text), true, false))


def tidied(text: str) -> str:
    """The text in half width, without what stands around it."""
    return unicodedata.normalize("NFKC", text).strip(_EDGES)


def _truth(text: str, true: Collection[str], false: Collection[str]) -> str:
    key = _key(text)
    if key in true:
        return TRUE
    return FALSE if key in false else ""


def _key(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(_EDGES)
