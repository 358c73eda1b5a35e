"""Texts that are not in force yet: one page built by itself, and what a change would do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from domain.ask import Entry, Fault, Topic
from domain.editing import Kind, Standing, Try
from knowledge.drafts import entry_id, entry_path
from knowledge.entries import Builder
from knowledge.errors import ContentError, Faults
from knowledge.figures import USE, Figure, figure_source, read_overlaid
from knowledge.golden import pages_for
from knowledge.library import Library
from knowledge.overlay import Overlay
from knowledge.parsing import Draft, parse
from knowledge.reading import Reader
from knowledge.wording import BESIDE, Format, read_table
from knowledge.writing import contents

_PHRASINGS = "phrasings"
SHOWN = 5


def shipped(folder: Path, kind: Kind, name: str) -> str | None:
    """The text of the file, or None if no file says anything of this name.

    Raises ContentError if the file cannot be read.
    """
    faults = Faults(read_table("faults.toml"))
    form = Format.read()
    reader = Reader(folder, faults, form.limit("file_bytes"))
    path = folder / (entry_path(name) if kind is Kind.ENTRY else "figures.toml")
    text = reader.text(path) if path.is_file() else None
    if faults:
        raise ContentError(faults.found())
    if text is None or kind is Kind.ENTRY:
        return text
    return figure_source(text, name)


def standing(
    folder: Path, overlay: Overlay, kind: Kind, name: str, number: int
) -> Standing | None:
    """What is in force of a name; `number` is its version's."""
    given = overlay.entries if kind is Kind.ENTRY else overlay.figures
    source = given.get(name)
    if source is None:
        source = shipped(folder, kind, name)
    if source is None:
        return None
    return Standing(source, number, is_shown=name not in overlay.withheld)


def laid_over(overlay: Overlay, kind: Kind, name: str, source: str) -> Overlay:
    """The overlay with this text in force."""
    if kind is Kind.ENTRY:
        return overlay.with_entry(name, source)
    return overlay.with_figure(name, source)


def build_entry(
    library: Library, name: str, source: str
) -> tuple[Entry | None, tuple[Fault, ...]]:
    """The page that a text makes beside the others of the library, or every fault of its own."""
    faults = Faults(read_table("faults.toml"))
    form = Format.read()
    path = entry_path(name)
    draft = _draft(name, source, form, faults)
    if draft is None:
        return None, faults.found()
    figures = {figure.name: figure for figure in library.figures}
    entry = Builder(form, figures, library.day, faults).build(draft)
    written = draft.meta.get("id")
    if written and written.text != name:
        faults.add(path, written.line, "id_path", id=written.text, want=name)
    if topic_of(library, name) is None:
        faults.add(path, draft.line("id"), "topic_unknown", topic=name.partition(".")[0])
    known = {page.id for page in library.entries} | library.withheld | {name}
    for piece in draft.sections.get("next_steps", []):
        target = piece.text.partition(" ")[0]
        if not target.startswith("@") and target not in known:
            faults.add(path, piece.line, "button_dead", target=target)
    return (None if faults else entry), faults.found()


def build_figure(name: str, source: str) -> tuple[Figure | None, tuple[Fault, ...]]:
    """The figure that a text makes, or its faults."""
    faults = Faults(read_table("faults.toml"))
    figure = read_overlaid(name, source, faults).get(name)
    return (None if faults else figure), faults.found()


def needs_review(library: Library, kind: Kind, name: str, old: str | None, new: str) -> bool:
    """True if a second editor must agree: figures, and what a legal topic says. How members ask
    is no statement of ours: a change of nothing but phrasings needs no review."""
    topic = topic_of(library, name)
    if kind is Kind.ENTRY and topic is not None and not topic.is_legal:
        return False
    if kind is Kind.FIGURE or old is None:
        return True
    return _said(name, old) != _said(name, new)


def skeleton(name: str, title: str, phrasings: Sequence[str], today: date) -> str:
    """The text with which a new page begins: every part that it must have, to be written over."""
    text = (BESIDE / "skeleton.md").read_text("utf-8")
    lines = [" ".join(phrasing.split()) for phrasing in phrasings]
    said = "\n".join(f"- {line}" for line in lines if line) or "- "
    return text.format(id=name, title=title.strip(), today=today.isoformat(), phrasings=said)


def topic_of(library: Library, entry_id: str) -> Topic | None:
    """The heading under which an entry stands."""
    wanted = entry_id.partition(".")[0]
    topics = (topic for group in library.groups for topic in group.topics)
    return next((topic for topic in topics if topic.id == wanted), None)


def title_of(folder: Path, overlay: Overlay, name: str) -> str:
    """The title of a page that is not shown; empty if its text cannot be read."""
    try:
        found = standing(folder, overlay, Kind.ENTRY, name, 0)
    except ContentError:
        return ""
    return found.source.partition("\n")[0].removeprefix("# ").strip() if found else ""


def uses(folder: Path, overlay: Overlay) -> dict[str, tuple[str, ...]]:
    """The pages that use each figure, in order of ids."""
    reader = Reader(folder, Faults(read_table("faults.toml")), 0)
    texts = {entry_id(reader.name(path)): path for path in reader.entry_files()}
    found: dict[str, list[str]] = {}
    for name in sorted(texts.keys() | overlay.entries.keys()):
        text = overlay.entries.get(name) or texts[name].read_text("utf-8", "replace")
        for figure in dict.fromkeys(USE.findall(text)):
            found.setdefault(figure, []).append(name)
    return {figure: tuple(names) for figure, names in found.items()}


def try_question(library: Library, question: str) -> Try:
    """What a member who asks this gets, with the pages that the search weighed, and why."""
    decision, pages = pages_for(library, question)
    finding = library.ask(question)
    ranking = tuple(
        (one.entry_id, _title(library, one.entry_id), one.score, one.matched_by)
        for one in finding.candidates[:SHOWN]
    )
    known = {row[0] for row in ranking}
    # What the table of waste answers does not come from the search.
    others = tuple((page, _title(library, page), 1.0, ()) for page in pages if page not in known)
    return Try(decision.value, others + ranking)


def _title(library: Library, entry_id: str) -> str:
    page = library.page(entry_id)
    return page.title if page else ""


def _said(name: str, source: str) -> dict[str, tuple[str, ...]]:
    draft = _draft(name, source, Format.read(), Faults(read_table("faults.toml")))
    said = contents(draft) if draft else {}
    return {field: texts for field, texts in said.items() if field != _PHRASINGS}


def _draft(name: str, source: str, form: Format, faults: Faults) -> Draft | None:
    path = Path(entry_path(name))
    text = Reader(Path(), faults, form.limit("file_bytes")).given(path, source)
    return parse(path.as_posix(), text, form, faults) if text is not None else None
