"""Changing the files of a folder: tried out first, then all of them or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path

from knowledge.drafts import entry_id
from knowledge.errors import ContentError, Faults
from knowledge.library import Library
from knowledge.loading import load
from knowledge.overlay import NO_OVERLAY, Overlay
from knowledge.reading import Reader
from knowledge.wording import read_table

# Begins with a dot and does not end in .md: the loader passes over what a crash left behind.
_ARRIVING = ".{name}.arriving"


def try_out(
    folder: Path, texts: Mapping[str, str], today: date, overlay: Overlay = NO_OVERLAY
) -> Library:
    """The library as it would be with these files (text by path inside the folder).

    The folder is not touched. Raises ContentError with every fault.
    """
    for path, text in texts.items():
        overlay = overlay.with_entry(entry_id(path), text)
    return load(folder, today, overlay)


def replace(folder: Path, texts: Mapping[str, str], seen: Mapping[str, bytes]) -> None:
    """Write these files, all or none: each is on the disk before the first takes its place.

    `seen` holds what the files were when the change was made up. Raises ContentError,
    with the folder as it was, if a file changed meanwhile or cannot be written.
    """
    faults = Faults(read_table("faults.toml"))
    targets = {place: (folder / place).resolve() for place in texts}
    arriving = {place: _beside(target) for place, target in targets.items()}
    begun: list[str] = []
    try:
        for place, text in texts.items():
            _write(arriving[place], targets[place], text.encode())
        for place, target in targets.items():
            if (target.read_bytes() if target.exists() else None) != seen.get(place):
                faults.add(place, 1, "changed")
        if faults:
            raise ContentError(faults.found())
        for place, target in targets.items():
            begun.append(place)
            arriving[place].replace(target)
    except OSError as error:
        for place in begun:
            _put_back(targets[place], seen.get(place))
        faults.add(begun[-1] if begun else ".", 1, "unwritable", why=error.strerror or str(error))
        raise ContentError(faults.found()) from None
    finally:
        for path in arriving.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)


def read_seen(folder: Path) -> dict[str, bytes]:
    """Every entry file as it is now, by path inside the folder, for `replace`."""
    reader = Reader(folder, Faults(read_table("faults.toml")), 0)
    return {reader.name(path): path.read_bytes() for path in reader.entry_files()}


def _beside(target: Path) -> Path:
    return target.with_name(_ARRIVING.format(name=target.name))


def _write(path: Path, target: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    if target.exists():
        shutil.copymode(target, path)


def _put_back(target: Path, raw: bytes | None) -> None:
    with suppress(OSError):
        if raw is None:
            target.unlink(missing_ok=True)
        elif target.read_bytes() != raw:
            beside = _beside(target)
            _write(beside, target, raw)
            beside.replace(target)
