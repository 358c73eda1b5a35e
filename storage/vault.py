"""The vault: seals single values with AES-256-GCM, each bound to its table, column and row.

Every table has a key of its own, derived from the ring's: who somebody is and what happened to
them lie under different keys (docs/decisions/0007-a-key-for-each-table.md).
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
# A sealed value: version, key id, nonce, ciphertext with tag. The first version was sealed with
# the ring's key itself: such values still open, and are sealed anew with their table's.
_FIRST, _VERSION = b"\x01", b"\x02"
_ID_BYTES = 4
_NONCE_BYTES = 12
_HEAD = len(_VERSION) + _ID_BYTES + _NONCE_BYTES
_SHORTEST = _HEAD + 16
# Where the version and the key id stand in a sealed value, as SQL's substr counts.
VERSION_FROM, VERSION_LENGTH = 1, len(_VERSION)
ID_FROM, ID_LENGTH = 1 + len(_VERSION), _ID_BYTES
# Stands for the ring's key itself among the names of tables.
_WHOLE = ""


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
        self._ring = ring
        # By the key's id and the table; an id never gets another key.
        self._ciphers: dict[tuple[str, str], AESGCM] = {}

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

    @property
    def head(self) -> bytes:
        """What every value begins with that is sealed now: the version and the key's id."""
        return _VERSION + bytes.fromhex(self._ring.current)

    def seal(self, place: Place, text: str) -> bytes:
        """The text as bytes that only this vault opens, and only for this place."""
        ring = self._ring
        nonce = os.urandom(_NONCE_BYTES)
        cipher = self._cipher(ring, ring.current, place.table)
        sealed = cipher.encrypt(nonce, text.encode(), _bound(place, ring.current))
        return _VERSION + bytes.fromhex(ring.current) + nonce + sealed

    def open(self, place: Place, sealed: bytes) -> str:
        """What was sealed. Raises VaultFault if anything about it is not as it was."""
        sealed = bytes(sealed)
        if len(sealed) < _SHORTEST or not sealed.startswith((_FIRST, _VERSION)):
            raise VaultFault("not a sealed value")
        name = key_of(sealed)
        if name not in self._ring.keys:
            self.refresh()
        ring = self._ring
        if name not in ring.keys:
            raise VaultFault(f"sealed with the unknown key {name}")
        table = place.table if sealed.startswith(_VERSION) else _WHOLE
        cipher = self._cipher(ring, name, table)
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
            self._ring = self._reload()

    def _cipher(self, ring: KeyRing, name: str, table: str) -> AESGCM:
        known = self._ciphers.get((name, table))
        if known is None:
            # Two threads may make the same one: either will do.
            key = ring.keys[name]
            known = AESGCM(key if table == _WHOLE else _key_of_table(key, table))
            self._ciphers[name, table] = known
        return known


def key_of(sealed: bytes) -> str:
    """The id of the key that sealed a value."""
    return sealed[1 : 1 + _ID_BYTES].hex()


def _key_of_table(key: bytes, table: str) -> bytes:
    """A key that opens nothing of another table, and leads back to no other key (RFC 5869)."""
    info = b"nuanxin/vault/" + table.encode()
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(key)


def _bound(place: Place, key: str) -> bytes:
    # Names of tables and columns have no bar, and the id has a fixed length: nothing is ambiguous.
    return f"{place.table}|{place.column}|{place.row_key}|{key}".encode()
