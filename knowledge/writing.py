"""Writing an entry file: the one normal form of what a draft says."""

from __future__ import annotations

from collections.abc import Mapping

from knowledge.errors import Faults
from knowledge.parsing import PARAGRAPHS, Draft, parse
from knowledge.wording import Format, read_table

# What a draft says, without lines: the texts of each field. A field that says nothing is absent.
Contents = Mapping[str, tuple[str, ...]]

TITLE = "title"


def contents(draft: Draft) -> dict[str, tuple[str, ...]]:
    """The title, fields and sections of a draft."""
    found: dict[str, tuple[str, ...]] = {TITLE: (draft.title.text,)}
    found |= {name: (piece.text,) for name, piece in draft.meta.items()}
    for name, pieces in draft.sections.items():
        found[name] = tuple(piece.text for piece in pieces)
    return {name: texts for name, texts in found.items() if any(texts)}


def render(said: Contents, form: Format) -> str:
    """The entry file in normal form: fields and sections in the order of format.toml, steps
    numbered, other lists with dashes, one empty line between parts, plain newlines."""
    lines = [f"# {said.get(TITLE, ('',))[0]}", ""]
    for word, name in form.meta.items():
        lines += [f"{word}{form.mark('colon')}{text}" for text in said.get(name, ())]
    for word, name in form.sections.items():
        if said.get(name):
            lines += ["", f"## {word}", *_body(name, said[name])]
    return "\n".join(lines) + "\n"


def read_differently(said: Contents, form: Format) -> tuple[str, ...]:
    """The fields that would not come back as they are said from a file written by `render`,
    for instance a paragraph that begins like a heading. None of them may be written."""
    unheard = Faults(read_table("faults.toml"))
    heard = contents(parse("", render(said, form), form, unheard))
    # A field broken off by what looks like a heading spills into another field: the first counts.
    names = [TITLE, *form.meta.values(), *form.sections.values()]
    return tuple(name for name in names if heard.get(name, ()) != tuple(said.get(name, ())))


def field_at(draft: Draft, line: int) -> tuple[str, str]:
    """What stands at a line of the draft's file: the field, and its text (empty: a heading)."""
    starts = [(draft.title.line, TITLE, draft.title.text)]
    starts += [(piece.line, name, piece.text) for name, piece in draft.meta.items()]
    starts += [(at, name, "") for name, at in draft.headings.items()]
    for name, pieces in draft.sections.items():
        starts += [(piece.line, name, piece.text) for piece in pieces]
    _, name, text = max(start for start in starts if start[0] <= max(line, draft.title.line))
    return name, text


def _body(name: str, texts: tuple[str, ...]) -> list[str]:
    if name in PARAGRAPHS:
        return "\n\n".join(texts).split("\n")
    if name == "steps":
        return [f"{number}. {text}" for number, text in enumerate(texts, 1)]
    return [f"- {text}" for text in texts]
