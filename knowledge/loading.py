"""Loading a folder of knowledge: all of it without a fault, or nothing and every fault told."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from domain.ask import Entry, Topic, TopicGroup
from knowledge.drafts import entry_path
from knowledge.entries import Builder
from knowledge.errors import ContentError, Faults
from knowledge.figures import USE, Figure, read_figures, read_overlaid, toml_line
from knowledge.golden import GOLDEN, read_golden
from knowledge.library import Golden, Library
from knowledge.normalising import Normaliser
from knowledge.overlay import NO_OVERLAY, Overlay
from knowledge.parsing import Draft, Piece, parse
from knowledge.reading import Reader
from knowledge.search import Searcher
from knowledge.waste import TABLE, TableWords, read_waste
from knowledge.waste_finding import WasteTable
from knowledge.wording import Format, read_table


def load(folder: Path, today: date, overlay: Overlay = NO_OVERLAY) -> Library:
    """The library in `folder`, with what staff published over it, as it is valid on `today`.

    Raises ContentError with every fault of every file. Reads `topics.toml`, `figures.toml`,
    `entries/<topic>/<name>.md` and, if they are there, `waste.tsv` and `golden.toml`; the word
    lists of the search come from beside the code.
    """
    return _Loading(folder, today, overlay).library()


class _Loading:
    """One pass over one folder."""

    def __init__(self, folder: Path, today: date, overlay: Overlay) -> None:
        self._today = today
        self._overlay = overlay
        self._overlaid = {
            entry_path(entry_id): source for entry_id, source in overlay.entries.items()
        }
        self._form = Format.read()
        self._faults = Faults(read_table("faults.toml"))
        self._reader = Reader(folder, self._faults, self._form.limit("file_bytes"))
        self._hash = hashlib.sha256(today.isoformat().encode())
        self._names: set[str] = set()

    def library(self) -> Library:
        if not self._reader.folder.is_dir():
            self._faults.add(".", 1, "not_a_folder")
            raise ContentError(self._faults.found())
        groups = self._groups()
        figures = self._figures()
        drafts = self._drafts()
        entries = self._entries(drafts, figures, {t.id for g in groups for t in g.topics})
        self._check_first(groups)
        self._check_buttons(drafts)
        normaliser = Normaliser.read()
        self._check_phrasings(drafts, normaliser)
        waste = self._waste(entries, normaliser)
        golden = self._golden()
        if self._faults:
            raise ContentError(self._faults.found())
        kept = _only_valid(entries, self._today, self._withheld(drafts))
        return Library(
            entries=tuple(kept),
            withheld=frozenset(entry.id for entry in entries) - {entry.id for entry in kept},
            groups=groups,
            figures=tuple(figures.values()),
            digest=self._hash.hexdigest(),
            day=self._today,
            searcher=Searcher(kept, normaliser),
            waste=waste,
            golden=golden,
        )

    def _waste(self, entries: list[Entry], normaliser: Normaliser) -> WasteTable:
        """The table of waste; a folder without one is no fault."""
        path, words = self._reader.folder / TABLE, read_table("waste_words.toml")
        text = self._text(path, tabs=True) if path.exists() else None
        items = read_waste(text, TableWords.of(words), normaliser, self._faults) if text else ()
        others = (entry for entry in entries if entry.topic != "waste")
        elsewhere = (text for entry in others for text in (entry.title, *entry.phrasings))
        return WasteTable(items, words, normaliser, elsewhere)

    def _golden(self) -> tuple[Golden, ...]:
        """The golden questions; a folder without any is no fault."""
        path = self._reader.folder / GOLDEN
        text = self._text(path) if path.exists() else None
        return read_golden(text, self._faults) if text else ()

    def _withheld(self, drafts: list[Draft]) -> frozenset[str]:
        """The pages that staff withhold, and those that rest on a figure that is in doubt."""
        doubtful = self._overlay.doubtful
        in_doubt = {
            draft.meta["id"].text
            for draft in drafts
            for pieces in draft.sections.values()
            for piece in pieces
            if doubtful.intersection(USE.findall(piece.text))
        }
        withheld = self._overlay.withheld | in_doubt
        self._hash.update(" ".join(sorted(withheld)).encode())
        return withheld

    def _text(self, path: Path, *, tabs: bool = False) -> str | None:
        given = self._overlaid.get(self._reader.name(path))
        if given is None:
            text = self._reader.text(path, tabs=tabs)
        else:
            text = self._reader.given(path, given)
        if text is not None:
            name = self._reader.name(path)
            self._hash.update(f"{name}\0{len(text)}\0{text}".encode())
        return text

    def _table(self, name: str) -> dict[str, Any]:
        text = self._text(self._reader.folder / name)
        try:
            return tomllib.loads(text or "")
        except tomllib.TOMLDecodeError as error:
            self._faults.add(name, toml_line(error), "toml", why=str(error))
            return {}

    def _groups(self) -> tuple[TopicGroup, ...]:
        rows = self._table("topics.toml").get("group", [])
        found: list[TopicGroup] = []
        seen: set[str] = set()
        for row in rows if isinstance(rows, list) else []:
            try:
                topics = tuple(
                    Topic(
                        str(t["id"]),
                        str(t["title"]),
                        is_public=t.get("public") is True,
                        first=tuple(f"{t['id']}.{name}" for name in t.get("first", ())),
                        is_legal=t.get("legal") is not False,
                    )
                    for t in row["topics"]
                )
                found.append(TopicGroup(str(row["id"]), str(row["title"]), topics))
            except (KeyError, TypeError) as error:
                self._faults.add("topics.toml", 1, "topic_form", why=str(error))
                continue
            for topic in topics:
                if topic.id in seen:
                    self._faults.add("topics.toml", 1, "topic_twice", topic=topic.id)
                seen.add(topic.id)
        return tuple(found)

    def _check_first(self, groups: tuple[TopicGroup, ...]) -> None:
        for entry_id in (name for g in groups for topic in g.topics for name in topic.first):
            if entry_id not in self._names:
                self._faults.add("topics.toml", 1, "topic_first", target=entry_id)

    def _figures(self) -> dict[str, Figure]:
        text = self._text(self._reader.folder / "figures.toml")
        figures = read_figures("figures.toml", text or "", self._faults)
        for name, source in sorted(self._overlay.figures.items()):
            self._hash.update(f"{name}\0{len(source)}\0{source}".encode())
            figures |= read_overlaid(name, source, self._faults)
        return figures

    def _drafts(self) -> list[Draft]:
        drafts = []
        files = set(self._reader.entry_files())
        files.update(self._reader.folder / path for path in self._overlaid)
        for path in sorted(files, key=lambda file: file.parts):
            self._names.add(
                ".".join(path.relative_to(self._reader.folder).with_suffix("").parts[1:])
            )
            text = self._text(path)
            if text is not None:
                drafts.append(parse(self._reader.name(path), text, self._form, self._faults))
        if not self._names:
            self._faults.add("entries", 1, "no_entries")
        return drafts

    def _entries(
        self, drafts: list[Draft], figures: dict[str, Figure], topics: set[str]
    ) -> list[Entry]:
        builder = Builder(self._form, figures, self._today, self._faults)
        found: dict[str, str] = {}
        entries = []
        for draft in drafts:
            entry = builder.build(draft)
            self._check_id(draft, found, topics)
            if entry:
                entries.append(entry)
        return entries

    def _check_id(self, draft: Draft, found: dict[str, str], topics: set[str]) -> None:
        parts = Path(draft.path).with_suffix("").parts[1:]
        named = all(part.replace("_", "").isalnum() and part.islower() for part in parts)
        if len(parts) != 2 or not named:
            self._faults.add(draft.path, 1, "misplaced")
            return
        want, piece = ".".join(parts), draft.meta.get("id")
        if parts[0] not in topics:
            self._faults.add(draft.path, draft.line("id"), "topic_unknown", topic=parts[0])
        if piece is None:
            return
        if piece.text in found:
            other = found[piece.text]
            self._faults.add(draft.path, piece.line, "id_twice", id=piece.text, other=other)
        elif piece.text != want:
            self._faults.add(draft.path, piece.line, "id_path", id=piece.text, want=want)
        found.setdefault(piece.text, draft.path)

    def _check_buttons(self, drafts: list[Draft]) -> None:
        # A file that is refused for another reason is no dead end for the pages that lead to it.
        for draft in drafts:
            for piece in draft.sections.get("next_steps", []):
                target = piece.text.partition(" ")[0]
                if not target.startswith("@") and target not in self._names:
                    self._faults.add(draft.path, piece.line, "button_dead", target=target)

    def _check_phrasings(self, drafts: list[Draft], normaliser: Normaliser) -> None:
        seen: dict[str, tuple[str, Piece]] = {}
        for draft in drafts:
            for piece in draft.sections.get("phrasings", []):
                key = normaliser.key(piece.text)
                path, first = seen.setdefault(key, (draft.path, piece))
                if path != draft.path:
                    other = f"{path}:{first.line}"
                    self._faults.add(
                        draft.path, piece.line, "phrasing_twice", text=piece.text, other=other
                    )


def _only_valid(entries: list[Entry], today: date, hidden: frozenset[str]) -> list[Entry]:
    """The entries of the day, without buttons that lead to an entry that is withheld."""
    valid = [entry for entry in entries if entry.is_valid(today) and entry.id not in hidden]
    withheld = {entry.id for entry in entries} - {entry.id for entry in valid}
    return [
        replace(
            entry,
            next_steps=tuple(step for step in entry.next_steps if step.target not in withheld),
        )
        for entry in valid
    ]
