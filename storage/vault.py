"""The vault: seals single values with AES-256-GCM, each bound to its table, column and row."""

from __future__ import annotations

import hmac
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
# A sealed value: version, key id, nonce, ciphertext with tag.
_VERSION = b"\x01"
_ID_BYTES = 4
_NONCE_BYTES = 12
_HEAD = len(_VERSION) + _ID_BYTES + _NONCE_BYTES
_SHORTEST = _HEAD + 16
# Where the key id stands in a sealed value, as SQL's substr counts.
ID_FROM, ID_LENGTH = 1 + len(_VERSION), _ID_BYTES


class VaultFault(Exception):  # noqa: N818 - named for what it is
    """A sealed value cannot be opened: changed, moved, or of an unknown key. Never says more."""


class VaultMissing(Exception):  # noqa: N818 - as above
    """Sealed values are needed and nobody handed in a vault."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value belongs: it opens nowhere else.

    `row_key` is the row's primary key as text; several columns are joined by "/". It must be
    known before the insert, so such tables have keys that the program makes.
    """

    table: str
    column: str
    row_key: str


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of an installation: by id (8 hex digits), which one seals, and one for finding."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)
    finding: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError("the current key is not among the keys")
        for name, key in self.keys.items():
            if len(bytes.fromhex(name)) != _ID_BYTES or len(key) != KEY_BYTES:
                raise ValueError(f"key {name}: not {_ID_BYTES} bytes of id and {KEY_BYTES} of key")
        if len(self.finding) != KEY_BYTES:
            raise ValueError(f"the key for finding has not {KEY_BYTES} bytes")


class Vault:
    """Seals and opens. Safe in several threads.

    `reload` reads the key ring anew: an operator may rotate keys beside the running program, which
    then meets values of a key that it has not seen yet.
    """

    def __init__(self, ring: KeyRing, reload: Callable[[], KeyRing] | None = None) -> None:
        self._reload = reload
        self._lock = threading.Lock()
        self._take(ring)

    def __repr__(self) -> str:
        return f"Vault({self.current})"

    @property
    def current(self) -> str:
        """The id of the key that seals now."""
        return self._ring.current

    @property
    def known(self) -> frozenset[str]:
        """The ids of all keys that open something."""
        return frozenset(self._ring.keys)

    def seal(self, place: Place, text: str) -> bytes:
        """The text as bytes that only this vault opens, and only for this place."""
        ring = self._ring
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[ring.current].encrypt(
            nonce, text.encode(), _bound(place, ring.current)
        )
        return _VERSION + bytes.fromhex(ring.current) + nonce + sealed

    def open(self, place: Place, sealed: bytes) -> str:
        """What was sealed. Raises VaultFault if anything about it is not as it was."""
        sealed = bytes(sealed)
        if len(sealed) < _SHORTEST or not sealed.startswith(_VERSION):
            raise VaultFault("not a sealed value")
        name = key_of(sealed)
        if name not in self._ring.keys:
            self.refresh()
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise VaultFault(f"sealed with the unknown key {name}")
        nonce = sealed[_HEAD - _NONCE_BYTES : _HEAD]
        try:
            return cipher.decrypt(nonce, sealed[_HEAD:], _bound(place, name)).decode()
        except InvalidTag:
            raise VaultFault(f"changed or moved: {place.table}.{place.column}") from None

    def fingerprint(self, purpose: str, value: str) -> str:
        """64 hex digits, the same for the same purpose and value: for finding by equality.

        It stays the same when keys are rotated.
        """
        return hmac.new(self._ring.finding, f"{purpose}\0{value}".encode(), sha256).hexdigest()

    def refresh(self) -> None:
        """Take keys that an operator added meanwhile."""
        if self._reload is not None:
            self._take(self._reload())

    def _take(self, ring: KeyRing) -> None:
        with self._lock:
            # The ciphers first: whoever sees a ring must find a cipher for each of its keys.
            self._ciphers = {name: AESGCM(key) for name, key in ring.keys.items()}
            self._ring = ring


def key_of(sealed: bytes) -> str:
    """The id of the key that sealed a value."""
    return sealed[1 : 1 + _ID_BYTES].hex()


def _bound(place: Place, key: str) -> bytes:
    # Names of tables and columns have no bar, and the id has a fixed length: nothing is ambiguous.
    return f"{place.table}|{place.column}|{place.row_key}|{key}".encode()
