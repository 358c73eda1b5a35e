"""The file of keys: read, made, added to; and the database's side of it."""

from __future__ import annotations

import asyncio
import base64
import binascii
import fcntl
import os
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import structlog

from storage.database import Database
from storage.sealed import sealed_columns
from storage.vault import KEY_BYTES, KeyRing, Vault

log = structlog.get_logger(__name__)

_HEAD = """\
# Keys of this installation of Nuanxin, made by `python -m bot keys`. With this file and the
# database one can read what members confided; without it nobody can, not even you.
# Keep a copy of it apart from the backups: in a safe, not on the same disk.
"""
# Random bytes have about thirty different values in thirty-two; a typed or sample key has few.
_LEAST_DIFFERENT = 12


class KeysFault(Exception):  # noqa: N818 - named for what it is
    """The keys cannot be used. The text says why and what to do; it never holds a key."""


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys of an installation. Retired ones still open what old backups bring back."""

    ring: KeyRing
    backup_current: str
    backups: Mapping[str, bytes] = field(repr=False)
    retired: tuple[str, ...] = ()

    @property
    def backup(self) -> bytes:
        """The key that seals backups now."""
        return self.backups[self.backup_current]


@dataclass(frozen=True, slots=True)
class Resealed:
    """What sealing anew did: values moved, and those that cannot be opened."""

    moved: int
    faulty: int


def load(path: Path) -> Keys:
    """Read the file. Raises KeysFault if it is absent, open to others, faulty or no real keys."""
    try:
        mode = path.stat().st_mode
        if mode & 0o077:
            raise KeysFault(f"{path} can be read by others: run chmod 600 on it")
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise KeysFault(
            f"{path}: there are no keys. Put back the file that belongs to this data;"
            " for a new installation run `python -m bot keys new`"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise KeysFault(f"{path} cannot be read: {error}") from None
    try:
        return _parsed(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        # The text of an error in the file's form might quote a key.
        told = str(error) if isinstance(error, _Poor) else "not in the form that `keys new` writes"
        raise KeysFault(f"{path}: {told}") from None


def new(path: Path) -> Keys:
    """Make the file with random keys. Raises KeysFault if there is one."""
    sealing, backup = _id(), _id()
    keys = Keys(
        KeyRing(sealing, {sealing: _key()}, _key()),
        backup_current=backup,
        backups={backup: _key()},
    )
    with _alone(path):
        if path.exists():
            raise KeysFault(f"{path} is there already: it will not be replaced")
        write(path, keys)
    return keys


def rotate(path: Path) -> Keys:
    """Add a key that seals from now on, and one for backups; the older ones stay. KeysFault."""
    with _alone(path):
        keys = load(path)
        sealing, backup = _id(), _id()
        ring = replace(keys.ring, current=sealing, keys={**keys.ring.keys, sealing: _key()})
        added = replace(
            keys, ring=ring, backup_current=backup, backups={**keys.backups, backup: _key()}
        )
        # Written before any value is sealed with it: whatever happens next, it opens.
        write(path, added)
    return added


def retire(path: Path, counts: Mapping[str, int]) -> tuple[str, ...]:
    """Note which keys no value is under any more; those noted now. They still open old backups."""
    if not _idle(load(path), counts):
        return ()
    with _alone(path):
        keys = load(path)
        idle = _idle(keys, counts)
        write(path, replace(keys, retired=(*keys.retired, *idle)))
    return idle


def write(path: Path, keys: Keys) -> None:
    """Put the file in place whole, on the disk before this returns."""
    arriving = path.with_name(f".{path.name}.arriving")
    arriving.unlink(missing_ok=True)
    arriving.touch(0o600, exist_ok=False)
    with arriving.open("w", encoding="utf-8") as file:
        file.write(_written(keys))
        file.flush()
        os.fsync(file.fileno())
    arriving.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def open_vault(path: Path) -> Vault:
    """A vault that notices when keys are added to the file. Raises KeysFault."""
    ring = load(path).ring

    def again() -> KeyRing:
        nonlocal ring
        try:
            ring = load(path).ring
        except KeysFault as fault:
            # The keys in hand are good: a running program goes on with them, and says so.
            log.error("keys_unreadable", why=str(fault))
        return ring

    return Vault(ring, again)


async def check(database: Database) -> None:
    """Raise KeysFault unless the database's vault is the one that its values were sealed with."""
    vault = database.vault
    assert vault is not None
    async with database.open_work() as work:
        counts = await work.sealed.count()
        unknown = set[str]().union(*counts.values()) - vault.known
        if unknown:
            missing = ", ".join(sorted(unknown))
            raise KeysFault(f"values lie under keys that are missing: {missing}")
        faulty = await work.sealed.find_faulty(vault, counts, each=1)
        if faulty is not None:
            where = f"{faulty.table}.{faulty.column}"
            raise KeysFault(f"{where} cannot be opened: wrong keys, or changed")
        # Last, as the first keys that get here are remembered.
        mark = vault.fingerprint("instance", "finding")
        if await work.instance.settle("keys.finding", mark) != mark:
            raise KeysFault("these keys belong to other data: the key for finding differs")
        await work.commit()


async def keep_sealed(database: Database, path: Path) -> None:
    """Bring every value under the keys that seal now; note which keys are idle."""
    vault = database.vault
    assert vault is not None
    vault.refresh()
    async with database.open_read() as work:
        has_earlier = await work.sealed.count_earlier(vault)
    if has_earlier:
        done = await reseal(database)
        log.info("resealed", moved=done.moved, faulty=done.faulty)
    async with database.open_read() as work:
        counts = await work.sealed.count_by_key()
    await asyncio.to_thread(retire, path, counts)


async def reseal(database: Database) -> Resealed:
    """Seal every value of another key or an older form anew, in short transactions beside the
    running program.

    May be stopped at any moment and begun again: a value is under one key or the other.
    """
    moved = faulty = 0
    for column in sealed_columns():
        last = None
        while True:
            async with database.open_work() as work:
                chunk = await work.sealed.reseal_some(work.vault, column, last)
                await work.commit()
            moved, faulty, last = moved + chunk.moved, faulty + chunk.faulty, chunk.last
            if last is None:
                break
    return Resealed(moved, faulty)


def _idle(keys: Keys, counts: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(
        name
        for name in keys.ring.keys
        if name != keys.ring.current and not counts.get(name) and name not in keys.retired
    )


class _Poor(ValueError):  # noqa: N818 - named for what it is
    """A key that is no secret."""


def _parsed(table: dict[str, Any]) -> Keys:
    sealing, backup = table["sealing"], table["backup"]
    ring = KeyRing(
        sealing["current"],
        {name: _decoded(name, text) for name, text in sealing["keys"].items()},
        _decoded("finding", table["finding"]["key"]),
    )
    backups = {name: _decoded(name, text) for name, text in backup["keys"].items()}
    every = [*ring.keys.values(), ring.finding, *backups.values()]
    if len(set(every)) < len(every):
        raise _Poor("the same key stands there twice: make keys with `python -m bot keys new`")
    if backup["current"] not in backups:
        raise ValueError("the current key of backups is not among them")
    return Keys(ring, backup["current"], backups, tuple(sealing["retired"]))


def _decoded(name: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise _Poor(f"the key {name} is not base64") from None
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    if len(key) != KEY_BYTES or min(len(set(key)), len(steps)) < _LEAST_DIFFERENT:
        raise _Poor(f"the key {name} is no random key: make keys with `python -m bot keys new`")
    return key


def _written(keys: Keys) -> str:
    def lines(named: Mapping[str, bytes]) -> str:
        return "".join(f'{name} = "{_encoded(key)}"\n' for name, key in named.items())

    retired = ", ".join(f'"{name}"' for name in keys.retired)
    return (
        f"{_HEAD}\n"
        f'[sealing]\ncurrent = "{keys.ring.current}"\nretired = [{retired}]\n\n'
        f"[sealing.keys]\n{lines(keys.ring.keys)}\n"
        f'[finding]\nkey = "{_encoded(keys.ring.finding)}"\n\n'
        f'[backup]\ncurrent = "{keys.backup_current}"\n\n'
        f"[backup.keys]\n{lines(keys.backups)}"
    )


def _encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two who add keys at once: the second would write the first one's key away."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(f"{path.name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise KeysFault(f"{path} cannot be written: {error}") from None


def _id() -> str:
    return secrets.token_hex(4)


def _key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)
