"""Tokens that a browser hands back to us: proof that a form is ours, and sealed notes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

_NONCE = 16


def csrf_token(secret: str) -> str:
    """A token that belongs to the session or visit with this secret; each is different.

    That it differs keeps it from being read out of the length of compressed pages.
    """
    nonce = secrets.token_bytes(_NONCE)
    return _text(nonce + _mac(secret, b"csrf", nonce))


def csrf_holds(secret: str, token: str) -> bool:
    """True if the token was made with this secret."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii", "replace"))
    except ValueError:
        return False
    nonce, mac = raw[:_NONCE], raw[_NONCE:]
    return hmac.compare_digest(mac, _mac(secret, b"csrf", nonce))


def seal(secret: str, note: object) -> str:
    """A small note that only a browser with this secret can bring back, unchanged."""
    body = json.dumps(note, ensure_ascii=False, separators=(",", ":")).encode()
    return _text(_mac(secret, b"note", body) + body)


def unseal(secret: str, sealed: str) -> Any:
    """The note, or None if it is not ours."""
    try:
        raw = base64.urlsafe_b64decode(sealed.encode("ascii", "replace"))
    except ValueError:
        return None
    mac, body = raw[:32], raw[32:]
    if not hmac.compare_digest(mac, _mac(secret, b"note", body)):
        return None
    return json.loads(body)


def _mac(secret: str, purpose: bytes, body: bytes) -> bytes:
    key = hmac.digest(secret.encode(), purpose, hashlib.sha256)
    return hmac.digest(key, body, hashlib.sha256)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii")
