"""The shape of an entry file: a title, fields, and headed sections, each piece with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from knowledge.errors import Faults
from knowledge.wording import Format

_ITEM = re.compile(r"(?:-|\d{1,2}[.\uff0e\u3001])\s*(.*)")
PARAGRAPHS = frozenset({"answer", "details"})


class Piece(NamedTuple):
    """A text and the line of the file on which it begins."""

    text: str
    line: int


@dataclass(slots=True)
class Draft:
    """An entry file as it is written, before anything in it is believed."""

    path: str
    title: Piece
    meta: dict[str, Piece] = field(default_factory=dict)
    sections: dict[str, list[Piece]] = field(default_factory=dict)
    headings: dict[str, int] = field(default_factory=dict)

    def line(self, name: str) -> int:
        """Where a field or section begins; the title's line if it is absent."""
        if name in self.meta:
            return self.meta[name].line
        return self.headings.get(name, self.title.line)


def parse(path: str, text: str, form: Format, faults: Faults) -> Draft:
    """The pieces of an entry file. Faults of its shape are noted; the rest is kept."""
    lines = [Piece(line.strip(), number) for number, line in enumerate(text.split("\n"), 1)]
    filled = [piece for piece in lines if piece.text]
    first = filled[0] if filled else Piece("", 1)
    titled = first.text.startswith("# ")
    if not titled:
        faults.add(path, first.line, "no_title")
    title = first.text.removeprefix("# ").strip() if titled else ""
    draft = Draft(path, Piece(title, first.line))
    heads = [at for at, piece in enumerate(lines) if piece.text.startswith("##")]
    top = lines[first.line if titled else 0 : heads[0] if heads else None]
    _read_meta(draft, top, form, faults)
    for start, end in pairwise([*heads, len(lines)]):
        _read_section(draft, lines[start:end], form, faults)
    _require(draft, form, faults)
    return draft


def _read_meta(draft: Draft, lines: list[Piece], form: Format, faults: Faults) -> None:
    colon = form.mark("colon")
    for piece in lines:
        if not piece.text:
            continue
        word, found, value = piece.text.replace(":", colon, 1).partition(colon)
        name = form.meta.get(word.strip())
        if not found:
            faults.add(draft.path, piece.line, "stray")
        elif name is None:
            known = " ".join(form.meta)
            faults.add(draft.path, piece.line, "meta_unknown", key=word.strip(), known=known)
        elif name in draft.meta:
            faults.add(draft.path, piece.line, "meta_twice", key=word.strip())
        else:
            draft.meta[name] = Piece(value.strip(), piece.line)


def _read_section(draft: Draft, lines: list[Piece], form: Format, faults: Faults) -> None:
    head, body = lines[0], lines[1:]
    word = head.text.lstrip("#").strip()
    name = form.sections.get(word)
    if name is None or not head.text.startswith("## "):
        known = " ".join(form.sections)
        faults.add(draft.path, head.line, "section_unknown", key=word, known=known)
        return
    if name in draft.headings:
        faults.add(draft.path, head.line, "section_twice", key=word)
        return
    draft.headings[name] = head.line
    if name in PARAGRAPHS:
        draft.sections[name] = _paragraphs(body)
    else:
        draft.sections[name] = _items(draft.path, body, word, faults)
    if not draft.sections[name]:
        faults.add(draft.path, head.line, "section_empty", key=word)


def _paragraphs(lines: list[Piece]) -> list[Piece]:
    found: list[Piece] = []
    fresh = True
    for piece in lines:
        if not piece.text:
            fresh = True
        elif fresh:
            found.append(piece)
            fresh = False
        else:
            found[-1] = Piece(f"{found[-1].text}\n{piece.text}", found[-1].line)
    return found


def _items(path: str, lines: list[Piece], word: str, faults: Faults) -> list[Piece]:
    found = []
    for piece in lines:
        if not piece.text:
            continue
        item = _ITEM.fullmatch(piece.text)
        if item is None or not item.group(1).strip():
            faults.add(path, piece.line, "not_a_list", key=word)
        else:
            found.append(Piece(item.group(1).strip(), piece.line))
    return found


def _require(draft: Draft, form: Format, faults: Faults) -> None:
    kinds: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("meta", draft.meta),
        ("sections", draft.headings),
    )
    for kind, present in kinds:
        code = "meta_missing" if kind == "meta" else "section_missing"
        for name in form.required(kind):
            if name not in present:
                faults.add(draft.path, draft.title.line, code, key=form.word(name))
    for name in form.required("meta"):
        if name in draft.meta and not draft.meta[name].text:
            faults.add(draft.path, draft.meta[name].line, "meta_empty", key=form.word(name))
