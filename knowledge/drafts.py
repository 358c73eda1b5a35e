"""The entries of a folder as they are written: figures by name, nothing left out."""

from __future__ import annotations

from pathlib import Path

from knowledge.errors import ContentError, Faults
from knowledge.overlay import NO_OVERLAY, Overlay
from knowledge.parsing import Draft, parse
from knowledge.reading import Reader
from knowledge.wording import Format, read_table


def read_drafts(folder: Path, form: Format, overlay: Overlay = NO_OVERLAY) -> dict[str, Draft]:
    """Every draft below entries/ by id, in order of files, also of entries that are withheld;
    with an overlay, as staff published it.

    Raises ContentError if a file cannot be read or has not the shape of an entry; what the texts
    say is the loader's business.
    """
    faults = Faults(read_table("faults.toml"))
    reader = Reader(folder, faults, form.limit("file_bytes"))
    found = {}
    laid = {entry_path(name): source for name, source in overlay.entries.items()}
    files = set(reader.entry_files()) | {folder / path for path in laid}
    for path in sorted(files, key=lambda file: file.parts):
        given = laid.get(reader.name(path))
        text = reader.text(path) if given is None else reader.given(path, given)
        if text is not None:
            draft = parse(reader.name(path), text, form, faults)
            found[entry_id(draft.path)] = draft
    if faults:
        raise ContentError(faults.found())
    return found


def entry_id(path: str) -> str:
    """The id that belongs to a file: `entries/wage/arrears.md` is `wage.arrears`."""
    return ".".join(Path(path).with_suffix("").parts[1:])


def entry_path(entry: str) -> str:
    """The file that belongs to an id."""
    return f"entries/{entry.replace('.', '/', 1)}.md"
