"""Finding things in the table of waste, and telling questions about sorting from all others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from domain.waste import Likeness, WasteFinding, WasteItem, WasteMatch
from knowledge.normalising import Normaliser

MOST = 5
NEAR = 3
# A longer text is a story: the entries answer it.
LONGEST = 60
# A thing has a name, not a sentence.
_LONGEST_NAME, _LONGEST_UNKNOWN = 12, 8
_SOUNDS_LIKE = 50
# With fewer characters one wrong character may be another thing altogether.
_SURE_OF_TYPO = 4
_ITEM, _STRANGE = "item", "strange"
# Words that stand around the name of a thing and do not belong to it.
_SMALL = frozenset({"plain", "worn", "soiled", "counts_as"})
_MARKS = re.compile(r"[^\w]+")
# "LED lamp", "No. 5 battery": many type a space after Latin letters and digits.
_SPACED = re.compile(r"(?<=[a-z0-9]) (?=[^ a-z0-9])")


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    kind: str


class WasteTable:
    """The items, found by any of their names. Never changes; asking never raises.

    `elsewhere` are the sentences of everything that is not about waste: a thing that occurs there
    is answered only to a question that plainly is about sorting.
    """

    def __init__(
        self,
        items: Sequence[WasteItem],
        words: Mapping[str, Any],
        normaliser: Normaliser,
        elsewhere: Iterable[str],
    ) -> None:
        self.items = tuple(items)
        self._normaliser = normaliser
        self._names = {
            normaliser.key(name): item for item in items for name in (item.name, *item.synonyms)
        }
        self._keys = {item.key: item for item in items}
        self._elsewhere = "\n".join([*words["other"]["also_elsewhere"], *elsewhere]).lower()
        self._mend: dict[str, str] = dict(words["mend"])
        self._words: dict[str, str] = {
            word: kind for kind, listed in words["words"].items() for word in listed
        }
        self._other = tuple(words["other"]["words"])
        self._no_thing = tuple(words["plain_question"]["no_thing"])
        tail = words["plain_question"]["tail"]
        self._endings = [re.compile(e + tail) for e in words["plain_question"]["endings"]]
        self._longest = max(map(len, [*self._names, *self._words]), default=1)
        self._letters = frozenset(" ".join([*self._names, *self._words]))

    def item(self, key: str) -> WasteItem | None:
        """The item with this key."""
        return self._keys.get(key)

    def find(self, text: str) -> WasteFinding | None:
        """What the table says, or None if the text is not, beyond doubt, about sorting."""
        if not self.items or len(text) > 4 * LONGEST:
            return None
        clean = _MARKS.sub(" ", self._normaliser.question(text).text).strip()
        clean = _SPACED.sub("", clean)
        for wrong, right in self._mend.items():
            clean = clean.replace(wrong, right)
        if not clean or len(clean) > LONGEST or any(word in clean for word in self._other):
            return None
        # Most questions have a character that no name has: they need not be taken apart.
        if self._letters.issuperset(clean):
            tokens = self._tokens(clean)
            if not any(token.kind == _STRANGE for token in tokens):
                return self._by_words(tokens)
        return self._by_ending(clean)

    def look_up(self, name: str) -> WasteFinding:
        """What the table says of a thing by its bare name, known or not."""
        clean = _MARKS.sub("", self._normaliser.clean(name))
        match = self._match(clean)
        if match is not None:
            return WasteFinding((match,))
        return WasteFinding(unknown=(clean,), near=self._near(clean))

    def _tokens(self, text: str) -> list[_Token]:
        """The text in known words, with as few unknown characters and words as possible."""
        best: list[tuple[int, int, list[_Token]]] = [(0, 0, [])]
        for end in range(1, len(text) + 1):
            strange, count, before = best[end - 1]
            gap = text[end - 1] == " "
            token = _Token(text[end - 1], "joins" if gap else _STRANGE)
            chosen = (strange + (not gap), count + 1, [*before, token])
            for start in range(max(0, end - self._longest), end):
                kind = self._kind(text, start, end)
                if kind:
                    strange, count, before = best[start]
                    if (strange, count + 1) <= chosen[:2]:
                        token = _Token(text[start:end], kind)
                        chosen = (strange, count + 1, [*before, token])
            best.append(chosen)
        return best[-1][2]

    def _kind(self, text: str, start: int, end: int) -> str | None:
        word = text[start:end]
        if word in self._words:
            return self._words[word]
        if word not in self._names:
            return None
        # One character is a thing only where a thing is expected: "where is the door to throw".
        if len(word) == 1 and start and not self._opens(text[:start]):
            return None
        return _ITEM

    def _opens(self, before: str) -> bool:
        """True if a thing may follow: the start, a gap, a joining or a describing word."""
        kinds = {"joins", "worn", "soiled"}
        return before.endswith(" ") or any(
            self._words.get(before[-size:]) in kinds for size in range(1, 5)
        )

    def _by_words(self, tokens: list[_Token]) -> WasteFinding | None:
        kinds = {token.kind for token in tokens}
        names = [token.text for token in tokens if token.kind == _ITEM]
        if not names or not self._is_about_sorting(kinds, names):
            return None
        return self._found(self._matches(tokens))

    def _is_about_sorting(self, kinds: set[str], names: list[str]) -> bool:
        asked = bool(kinds & {"asks", "whether"})
        if "classes" in kinds:
            return asked or bool(kinds & {"counts_as", "strong", "weak", "plain", "classes"})
        is_free = "worn" in kinds or not any(self._is_elsewhere(name) for name in names)
        if kinds & {"strong", "counts_as"}:
            return asked or is_free
        if "weak" in kinds:
            return "asks" in kinds and is_free
        # A bare name, as it is typed after the button for one more.
        return not asked and is_free and all(len(name) > 1 for name in names)

    def _is_elsewhere(self, name: str) -> bool:
        return name in self._elsewhere

    def _matches(self, tokens: list[_Token]) -> list[WasteMatch]:
        found, soiled = [], False
        for token in tokens:
            if token.kind == _ITEM:
                item = self._names[token.text]
                found.append(WasteMatch(token.text, item, is_soiled=soiled))
            soiled = token.kind == "soiled" or (soiled and token.kind in ("worn", "plain"))
        return found

    def _by_ending(self, clean: str) -> WasteFinding | None:
        """A plain question about things that may stand behind a story or be unknown."""
        for ending in self._endings:
            asked = ending.search(clean)
            if asked and asked.start():
                return self._heads(clean[: asked.start()].strip())
        return None

    def _heads(self, head: str) -> WasteFinding | None:
        tokens = self._tokens(head)
        parts: list[list[_Token]] = [[]]
        for token in tokens:
            if token.kind == "joins":
                parts.append([])
            else:
                parts[-1].append(token)
        matches: list[WasteMatch] = []
        unknown: list[str] = []
        for part in filter(None, parts):
            found = self._part(part)
            matches += found
            name = "" if found else _bare(part)
            if 1 < len(name) <= _LONGEST_UNKNOWN and self._is_thing(name):
                unknown.append(name)
            elif name and len(parts) == 1:
                return None
        if matches:
            # Beside a thing that is known, words that sound like no thing are its story.
            unknown = [name for name in unknown if self._near(name)]
        elif not unknown or len(parts) > MOST:
            return None
        return self._found(matches, unknown)

    def _part(self, part: list[_Token]) -> list[WasteMatch]:
        if not any(token.kind == _STRANGE for token in part):
            return self._matches(part)
        while len(part) > 1 and part[-1].kind in _SMALL:
            part = part[:-1]
        last, before = part[-1], part[-2:-1]
        is_thing = last.kind == _ITEM and len(last.text) > 1
        # The thing stands last: what comes before is its story, or makes it a kind of it.
        if is_thing and before and before[0].kind in _SMALL:
            return [WasteMatch(last.text, self._names[last.text])]
        match = self._match(_bare(part))
        if match is not None:
            return [match]
        return [WasteMatch(last.text, self._names[last.text])] if is_thing else []

    def _match(self, name: str) -> WasteMatch | None:
        if name in self._names:
            return WasteMatch(name, self._names[name])
        if len(name) > _LONGEST_NAME or len(name) < 2:
            return None
        mistyped = self._mistyped(name)
        if mistyped is not None:
            return WasteMatch(name, mistyped, Likeness.MISTYPED)
        for start in range(1, len(name) - 1):
            if name[start:] in self._names and self._is_thing(name):
                return WasteMatch(name, self._names[name[start:]], Likeness.A_KIND_OF)
        return None

    def _mistyped(self, name: str) -> WasteItem | None:
        """The item that differs in one character, if all such items are of one class."""
        if len(name) < _SURE_OF_TYPO:
            return None
        close = [
            self._names[key]
            for key, _, _ in process.extract(
                name, self._names.keys(), scorer=Levenshtein.distance, score_cutoff=1, limit=9
            )
            if len(key) == len(name)
        ]
        return close[0] if close and len({item.kind for item in close}) == 1 else None

    def _near(self, name: str) -> tuple[WasteItem, ...]:
        rows = process.extract(
            name, self._names.keys(), scorer=fuzz.ratio, score_cutoff=_SOUNDS_LIKE, limit=12
        )
        return tuple(dict.fromkeys(self._names[key] for key, _, _ in rows))[:NEAR]

    def _is_thing(self, name: str) -> bool:
        return not any(word in name for word in self._no_thing)

    def _found(self, matches: Sequence[WasteMatch], unknown: Sequence[str] = ()) -> WasteFinding:
        once = tuple({match.item.key: match for match in matches}.values())
        near = self._near(unknown[0]) if unknown else ()
        return WasteFinding(
            matches=once[:MOST],
            unknown=tuple(unknown)[: max(0, MOST - len(once))],
            near=near,
            is_cut=len(once) + len(unknown) > MOST,
        )


def _bare(part: list[_Token]) -> str:
    """What is left of a part without the small words at both ends."""
    while part and part[0].kind in _SMALL:
        part = part[1:]
    while part and part[-1].kind in _SMALL:
        part = part[:-1]
    return "".join(token.text for token in part)
