"""Whole files, sealed piece by piece: of any size, and no piece can be changed, moved or lost."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.vault import KEY_BYTES

# A sealed file: magic, key id, salt, then pieces of ciphertext with tag. Each file has a key of
# its own, made from the salt; a piece's nonce is its number and whether it is the last. This is
# the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizar 2015), as age has it too.
MAGIC = b"NUANXIN\x01"
_ID_BYTES = 4
_SALT_BYTES = 16
_HEAD = len(MAGIC) + _ID_BYTES + _SALT_BYTES
_PIECE = 64 * 1024
_TAG = 16


class SealedFileFault(Exception):  # noqa: N818 - named for what it is
    """The file cannot be opened. The text says why."""


def seal_file(source: BinaryIO, target: BinaryIO, key_id: str, key: bytes) -> None:
    """Write what `source` holds, sealed, to `target`. Memory stays flat."""
    head = MAGIC + bytes.fromhex(key_id) + os.urandom(_SALT_BYTES)
    cipher = _cipher(head, key)
    target.write(head)
    for number, piece, is_last in _pieces(source, _PIECE):
        target.write(cipher.encrypt(_nonce(number, is_last), piece, None))


def open_file(source: BinaryIO, target: BinaryIO, keys: Mapping[str, bytes]) -> None:
    """Write what was sealed to `target`, which is worthless if this raises SealedFileFault."""
    head = source.read(_HEAD)
    name = key_id_of(head)
    if name not in keys:
        raise SealedFileFault(f"sealed with the key {name}, which is not in the file of keys")
    cipher = _cipher(head, keys[name])
    for number, piece, is_last in _pieces(source, _PIECE + _TAG):
        try:
            target.write(cipher.decrypt(_nonce(number, is_last), piece, None))
        except InvalidTag:
            raise SealedFileFault("changed, cut off, or sealed with another key") from None


def key_id_of(head: bytes) -> str:
    """The id of the key that sealed a file, by its first bytes. Raises SealedFileFault."""
    if len(head) < _HEAD or not head.startswith(MAGIC):
        raise SealedFileFault("not a sealed file")
    return head[len(MAGIC) : len(MAGIC) + _ID_BYTES].hex()


def _cipher(head: bytes, key: bytes) -> AESGCM:
    salt = head[-_SALT_BYTES:]
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, b"nuanxin file|" + head).derive(key))


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _pieces(source: BinaryIO, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Pieces with their numbers; only the last may be shorter, and there is always a last."""
    number, piece = 0, source.read(size)
    while True:
        following = source.read(size) if len(piece) == size else b""
        yield number, piece, not following
        if not following:
            return
        number, piece = number + 1, following
