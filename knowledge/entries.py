"""From a draft to an entry: every rule that one file can break by itself."""

from __future__ import annotations

import re
from datetime import date

from domain.ask import Basis, Entry, NextStep
from knowledge.errors import Faults
from knowledge.figures import USE, Figure
from knowledge.parsing import Draft, Piece
from knowledge.wording import Format

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LISTS = ("steps", "limits", "evidence", "mistakes", "basis", "next_steps", "phrasings")
_TEXTS = ("answer", "steps", "details", "limits", "evidence", "mistakes", "basis")


class Builder:
    """Makes entries out of drafts for one day, with the figures of that day filled in."""

    def __init__(
        self, form: Format, figures: dict[str, Figure], today: date, faults: Faults
    ) -> None:
        self._form = form
        self._figures = figures
        self._today = today
        self._faults = faults

    def build(self, draft: Draft) -> Entry | None:
        """The entry, or None if any fault was noted for it."""
        known = len(self._faults)
        texts = {name: self._filled(draft, name) for name in _TEXTS}
        entry = Entry(
            id=self._meta(draft, "id"),
            title=draft.title.text,
            answer="\n".join(piece.text for piece in texts["answer"]),
            steps=_strings(texts["steps"]),
            details="\n\n".join(piece.text for piece in texts["details"]),
            mistakes=_strings(texts["mistakes"]),
            evidence=_strings(texts["evidence"]),
            limits=_strings(texts["limits"]),
            basis=self._basis(draft, texts["basis"]),
            next_steps=self._buttons(draft),
            phrasings=_strings(draft.sections.get("phrasings", [])),
            region=self._region(draft),
            audience=self._meta(draft, "audience"),
            reviewed_on=self._day(draft, "reviewed_on"),
            reviewed_by=self._meta(draft, "reviewed_by"),
            valid_from=self._day(draft, "valid_from"),
            valid_to=self._day(draft, "valid_to"),
            expired_figures=self._expired(draft),
        )
        self._check_days(draft, entry)
        self._check_lengths(draft, texts, entry)
        self._check_counts(draft)
        return entry if len(self._faults) == known else None

    def _meta(self, draft: Draft, name: str) -> str:
        return draft.meta[name].text if name in draft.meta else ""

    def _region(self, draft: Draft) -> str:
        region, allowed = self._meta(draft, "region"), self._form.allowed("regions")
        if region and region not in allowed:
            line = draft.line("region")
            known = " ".join(allowed)
            self._faults.add(draft.path, line, "region_unknown", region=region, known=known)
        return region

    def _day(self, draft: Draft, name: str) -> date | None:
        text = self._meta(draft, name)
        if not text:
            return None
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        word = self._form.word(name)
        self._faults.add(draft.path, draft.line(name), "date_form", key=word, value=text)
        return None

    def _check_days(self, draft: Draft, entry: Entry) -> None:
        if entry.reviewed_on and entry.reviewed_on > self._today:
            line = draft.line("reviewed_on")
            self._faults.add(draft.path, line, "date_future", value=entry.reviewed_on)
        if entry.valid_from and entry.valid_to and entry.valid_to < entry.valid_from:
            line, end, start = draft.line("valid_to"), entry.valid_to, entry.valid_from
            self._faults.add(draft.path, line, "date_order", end=end, start=start)

    def _filled(self, draft: Draft, name: str) -> list[Piece]:
        filled = []
        for piece in draft.sections.get(name, []):
            for used in USE.findall(piece.text):
                if used not in self._figures:
                    self._faults.add(draft.path, piece.line, "figure_unknown", name=used)
            text = USE.sub(self._written, piece.text)
            if "{{" in text or "}}" in text:
                self._faults.add(draft.path, piece.line, "figure_braces")
            if text.count("**") % 2:
                self._faults.add(draft.path, piece.line, "bold_open")
            filled.append(Piece(text, piece.line))
        return filled

    def _written(self, use: re.Match[str]) -> str:
        figure = self._figures.get(use.group(1))
        return figure.written(self._today) if figure else ""

    def _expired(self, draft: Draft) -> tuple[str, ...]:
        texts = " ".join(piece.text for name in _TEXTS for piece in draft.sections.get(name, []))
        used = dict.fromkeys(USE.findall(texts))
        known = [self._figures[name] for name in used if name in self._figures]
        return tuple(figure.name for figure in known if not figure.is_known(self._today))

    def _basis(self, draft: Draft, pieces: list[Piece]) -> tuple[Basis, ...]:
        found = []
        for piece in pieces:
            source, rest = self._split_source(piece.text)
            article, _, note = rest.partition(self._form.mark("colon"))
            article, note = article.strip(), note.strip()
            if not source:
                self._faults.add(draft.path, piece.line, "basis_form")
            elif article and not self._form.articles.match(article):
                self._faults.add(draft.path, piece.line, "basis_article", article=article)
            elif not article and not note:
                self._faults.add(draft.path, piece.line, "basis_bare")
            else:
                found.append(Basis(source, article or None, note or None))
        return tuple(found)

    def _split_source(self, text: str) -> tuple[str, str]:
        """The name inside the outer title marks (a name may hold another one), and the rest."""
        opening, closing = self._form.mark("open"), self._form.mark("close")
        depth = 0
        for end, char in enumerate(text, 1):
            depth += (char == opening) - (char == closing)
            if depth <= 0:
                return text[1 : end - 1].strip(), text[end:].strip()
        return "", text

    def _buttons(self, draft: Draft) -> tuple[NextStep, ...]:
        found: list[NextStep] = []
        actions = self._form.allowed("actions")
        most = self._form.limit("label")
        for piece in draft.sections.get("next_steps", []):
            target, _, label = (part.strip() for part in piece.text.partition(" "))
            place = (draft.path, piece.line)
            if not label:
                self._faults.add(*place, "button_form")
            elif target.startswith("@") and target not in actions:
                self._faults.add(*place, "button_dead", target=target)
            elif target == self._meta(draft, "id"):
                self._faults.add(*place, "button_self")
            elif any(target == other.target for other in found):
                self._faults.add(*place, "button_twice", target=target)
            elif len(label) > most:
                word = self._form.word("next_steps")
                self._faults.add(*place, "too_long", key=word, size=len(label), most=most)
            found.append(NextStep(target, label))
        return tuple(found)

    def _check_lengths(self, draft: Draft, texts: dict[str, list[Piece]], entry: Entry) -> None:
        sizes = [("answer", len(_plain(entry.answer)), draft.line("answer"))]
        sizes += [("details", len(_plain(entry.details)), draft.line("details"))]
        for name in ("steps", "limits", "evidence", "mistakes", "basis"):
            sizes += [(name, len(_plain(piece.text)), piece.line) for piece in texts[name]]
        for piece in draft.sections.get("phrasings", []):
            sizes.append(("phrasings", len(piece.text), piece.line))
        caps = {"answer": "answer", "details": "details", "steps": "step", "phrasings": "phrasing"}
        for name, size, line in sizes:
            most = self._form.limit(caps.get(name, "item"))
            if size > most:
                word = self._form.word(name)
                self._faults.add(draft.path, line, "too_long", key=word, size=size, most=most)
        most = self._form.limit("title")
        if len(entry.title) > most:
            size = len(entry.title)
            self._faults.add(
                draft.path, draft.title.line, "too_long", key="#", size=size, most=most
            )
        most, size = self._form.limit("page"), page_units(entry)
        if size > most:
            self._faults.add(draft.path, draft.title.line, "page_long", size=size, most=most)

    def _check_counts(self, draft: Draft) -> None:
        for name in _LISTS:
            counts, pieces = self._form.count(name), draft.sections.get(name)
            if counts is None or not pieces:
                continue
            least, most = counts
            word, line, size = self._form.word(name), draft.line(name), len(pieces)
            if size < least:
                self._faults.add(draft.path, line, "too_few", key=word, size=size, least=least)
            if size > most:
                self._faults.add(draft.path, line, "too_many", key=word, size=size, most=most)


def page_units(entry: Entry) -> int:
    """UTF-16 units of everything that the whole page of an entry says."""
    lists = (entry.steps, entry.limits, entry.evidence, entry.mistakes)
    parts = [entry.title, entry.answer, entry.details]
    parts += [item for items in lists for item in items]
    parts += [f"{row.source}{row.article or ''}{row.note or ''}" for row in entry.basis]
    # Each piece stands on a line of its own with a mark of up to four characters before it.
    return sum(len(_plain(part).encode("utf-16-le")) // 2 + 5 for part in parts)


def _plain(text: str) -> str:
    return text.replace("**", "")


def _strings(pieces: list[Piece]) -> tuple[str, ...]:
    return tuple(piece.text for piece in pieces)
