"""An entry as a form: one text for each part, and back into the normal form of the file.

A list is one line for each item, without dashes and numbers; a paragraph field is as it is
written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from domain.editing import FieldKind, FormField, Repeat
from knowledge.drafts import entry_path
from knowledge.errors import Faults
from knowledge.library import Library
from knowledge.normalising import Normaliser
from knowledge.parsing import PARAGRAPHS, Draft, parse
from knowledge.wording import Format, read_table
from knowledge.writing import TITLE, contents, field_at, read_differently, render

BUTTONS, PHRASINGS = "next_steps", "phrasings"
_ID = "id"
_DAYS = frozenset({"reviewed_on", "valid_from", "valid_to"})
# A dash, a dot, or the number of a step, as people type or paste them.
_DASH = re.compile(r"[-\u2022\u00b7]\s*")
_NUMBER = re.compile(r"\d{1,2}[.\uff0e\u3001](?!\d)\s*")
_MARKUP = re.compile(r"#+\s*|-\s*|\d{1,2}[.\uff0e\u3001]\s*")
_LIMITS = {"steps": "step", PHRASINGS: "phrasing"}


def form_fields() -> tuple[FormField, ...]:
    """The fields of the form, in the order of the file; the id is not among them."""
    form = _form()
    found = [FormField(TITLE, "", FieldKind.LINE, True, form.limit(TITLE))]
    found += [_field(form, name, "meta") for name in form.meta.values() if name != _ID]
    found += [_field(form, name, "sections") for name in form.sections.values()]
    return tuple(found)


def spread(name: str, source: str) -> dict[str, str] | None:
    """What the fields hold of a text; None if the form would lose something that it says."""
    draft, form = _draft(name, source), _form()
    said = contents(draft)
    if _lines(source, form) - _lines(render(said, form), form):
        return None
    if said.get(_ID, (name,)) != (name,):
        return None
    return {
        field.name: ("\n\n" if field.kind is FieldKind.TEXT else "\n").join(
            said.get(field.name, ())
        )
        for field in form_fields()
    }


def gather(name: str, typed: Mapping[str, str]) -> str:
    """The text of the file from what the fields hold."""
    return render(_said(name, typed), _form())


def misread(name: str, typed: Mapping[str, str]) -> tuple[str, ...]:
    """The fields that would not come back as they were typed, such as a line that looks like a
    heading: such a form must not be kept."""
    return read_differently(_said(name, typed), _form())


def place_of(name: str, source: str, line: int) -> str:
    """The field in which a line of the text stands."""
    field, _ = field_at(_draft(name, source), line)
    return field


def repeats(library: Library, name: str, phrasings: str) -> tuple[Repeat, ...]:
    """Phrasings that stand here twice, or on another page already."""
    elsewhere, key = _keys(library), _normaliser().key
    found, here = [], set[str]()
    for text in _items(PHRASINGS, phrasings):
        mark = key(text)
        pages = [page for page in elsewhere.get(mark, ()) if page != name]
        if mark in here:
            found.append(Repeat(text, ""))
        elif pages:
            page = library.page(pages[0])
            found.append(Repeat(text, page.title if page else pages[0]))
        here.add(mark)
    return tuple(found)


def _field(form: Format, name: str, kind: str) -> FormField:
    is_required = name in form.required(kind)
    word = form.word(name)
    if kind == "meta":
        if name == "region":
            allowed = tuple(form.table["regions"]["allowed"])
            return FormField(name, word, FieldKind.CHOICE, is_required, options=allowed)
        shape = FieldKind.DAY if name in _DAYS else FieldKind.LINE
        return FormField(name, word, shape, is_required)
    if name in PARAGRAPHS:
        return FormField(name, word, FieldKind.TEXT, is_required, form.limit(name))
    limit = form.limit(_LIMITS.get(name, "label" if name == BUTTONS else "item"))
    least, most = form.count(name) or (0, 0)
    shape = FieldKind.BUTTONS if name == BUTTONS else FieldKind.ITEMS
    options = tuple(form.allowed("actions")) if name == BUTTONS else ()
    return FormField(name, word, shape, is_required, limit, least, most, options)


def _said(name: str, typed: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {_ID: (name,)}
    for field in form_fields():
        text = typed.get(field.name, "").replace("\r\n", "\n").replace("\r", "\n")
        if field.kind is FieldKind.TEXT:
            parts = tuple(_paragraphs(text))
        elif field.kind in (FieldKind.ITEMS, FieldKind.BUTTONS):
            parts = tuple(_items(field.name, text))
        else:
            parts = (" ".join(text.split()),)
        if any(parts):
            found[field.name] = parts
    return found


def _paragraphs(text: str) -> Iterable[str]:
    for part in re.split(r"\n[ \t\u3000]*\n", text):
        lines = [line.strip() for line in part.split("\n") if line.strip()]
        if lines:
            yield "\n".join(lines)


def _items(name: str, text: str) -> Iterable[str]:
    for line in text.split("\n"):
        item = _DASH.sub("", line.strip(), count=1) if _DASH.match(line.strip()) else line.strip()
        if name == "steps" and _NUMBER.match(item):
            item = _NUMBER.sub("", item, count=1)
        if item:
            yield item


def _draft(name: str, source: str) -> Draft:
    # What is wrong with the text is for the preview; here only its parts count.
    return parse(entry_path(name), source, _form(), Faults(read_table("faults.toml")))


def _lines(source: str, form: Format) -> Counter[str]:
    """What a text says, line by line, without what only marks it up."""
    colon = form.mark("colon")
    lines = (_MARKUP.sub("", line.strip(), count=1) for line in source.split("\n"))
    told = ("".join(line.replace(":", colon).split()) for line in lines)
    # A field or heading that says nothing is no loss.
    empty = {f"{word}{colon}" for word in form.meta} | set(form.sections)
    return Counter(line for line in told if line and line not in empty)


@lru_cache(maxsize=1)
def _form() -> Format:
    # Belongs to the program: it does not change while that runs.
    return Format.read()


@lru_cache(maxsize=1)
def _normaliser() -> Normaliser:
    return Normaliser.read()


@lru_cache(maxsize=2)
def _keys(library: Library) -> Mapping[str, tuple[str, ...]]:
    """The pages on which each phrasing stands. A library never changes: made once for each."""
    key, found = _normaliser().key, dict[str, tuple[str, ...]]()
    for entry in library.entries:
        for text in entry.phrasings:
            mark = key(text)
            found[mark] = (*found.get(mark, ()), entry.id)
    return found
