"""Content files as text: only whole, plain UTF-8 files inside the folder come through."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from domain.editing import UNSEEN
from knowledge.errors import Faults

_BOM = b"\xef\xbb\xbf"


class Reader:
    """Reads the files below one folder and notes in `faults` what is wrong with them as files."""

    def __init__(self, folder: Path, faults: Faults, most_bytes: int) -> None:
        self.folder = folder
        self._root = folder.resolve()
        self._faults = faults
        self._most_bytes = most_bytes

    def entry_files(self) -> Iterator[Path]:
        """Every Markdown file below entries/, in a fixed order; hidden files are passed over."""
        for place, folders, names in os.walk(self.folder / "entries"):
            folders.sort()
            for name in list(folders):
                if (Path(place) / name).is_symlink():
                    self._check_inside(Path(place) / name)
            for name in sorted(names):
                if name.endswith(".md") and not name.startswith("."):
                    yield Path(place) / name

    def name(self, path: Path) -> str:
        """The file as faults name it."""
        return path.relative_to(self.folder).as_posix()

    def text(self, path: Path, *, tabs: bool = False) -> str | None:
        """The text with plain newlines, or None after noting the faults. Tabs are a fault unless
        `tabs` says that they part columns."""
        raw = self._bytes(path)
        if raw is None:
            return None
        text = self._decoded(path, raw.removeprefix(_BOM))
        return self._checked(path, text, tabs) if text is not None else None

    def given(self, path: Path, text: str) -> str | None:
        """A text that counts instead of a file's, held to the same rules."""
        size = len(text.encode("utf-8", "surrogatepass"))
        if size > self._most_bytes:
            name = self.name(path)
            self._faults.add(name, 1, "too_big", size=size, most=self._most_bytes)
            return None
        return self._checked(path, text.removeprefix("\ufeff"), tabs=False)

    def _check_inside(self, path: Path) -> bool:
        if path.resolve().is_relative_to(self._root):
            return True
        self._faults.add(self.name(path), 1, "link_outside")
        return False

    def _bytes(self, path: Path) -> bytes | None:
        name = self.name(path)
        if not self._check_inside(path):
            return None
        try:
            before = path.stat()
            if before.st_size > self._most_bytes:
                self._faults.add(name, 1, "too_big", size=before.st_size, most=self._most_bytes)
                return None
            raw = path.read_bytes()
            after = path.stat()
        except OSError as error:
            self._faults.add(name, 1, "unreadable", why=error.strerror or str(error))
            return None
        # An editor may be saving in this very moment: half a file must not count as a file.
        if len(raw) != after.st_size or before.st_mtime_ns != after.st_mtime_ns:
            self._faults.add(name, 1, "changed")
            return None
        return raw

    def _decoded(self, path: Path, raw: bytes) -> str | None:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
        try:
            raw.decode("gb18030")
            code = "encoding_gbk"
        except UnicodeDecodeError:
            code = "encoding"
        self._faults.add(self.name(path), line, code)
        return None

    def _checked(self, path: Path, text: str, tabs: bool) -> str | None:
        name, known = self.name(path), len(self._faults)
        windows = text.count("\r\n")
        if "\r" in text and (windows != text.count("\n") or windows != text.count("\r")):
            ends = re.findall(r"\r\n|\r|\n", text)
            odd = next((at for at, end in enumerate(ends, 1) if end != ends[0]), 1)
            self._faults.add(name, odd, "newlines")
        plain = text.replace("\r\n", "\n").replace("\r", "\n")
        for number, line in enumerate(plain.split("\n"), 1):
            if "\t" in line and not tabs:
                self._faults.add(name, number, "tab")
            control = UNSEEN.search(line)
            if control:
                self._faults.add(name, number, "control", char=f"U+{ord(control.group()):04X}")
        return plain if len(self._faults) == known else None
