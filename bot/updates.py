"""Reading an update as it comes off the wire, when the sender may be hostile."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

LARGEST_ID = 2**63 - 1
# Telegram's own updates nest about 10 deep; Python's parser gives up at about 1,000.
DEEPEST = 40
# An escaped lone surrogate or NUL would be accepted here and refused by the database later.
_SUSPECT = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)")


class Unusable(Exception):  # noqa: N818 - named for what the body is
    """The body is no update: keep it for staff, acknowledge it, never try it again."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """An update before its meaning is looked at: its number, whose it is, of which kind."""

    update_id: int
    lane: int
    kind: str
    data: dict[str, Any]


def read(body: bytes) -> Envelope:
    """Parse a webhook's body. Raises Unusable; never anything else."""
    try:
        # Decoded here: the parser itself would guess UTF-16 and let half characters through.
        data = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except Unusable:
        raise
    except RecursionError:
        raise Unusable("nested too deeply") from None
    except ValueError:
        raise Unusable("not JSON") from None
    if _SUSPECT.search(body):
        data = _cleaned(data)
    return envelope(data)


def received(data: Any) -> Envelope:
    """The envelope of an update that polling brought, already parsed. Raises Unusable."""
    return envelope(_cleaned(data))


def envelope(data: Any) -> Envelope:
    """The envelope of a parsed and cleaned update. Raises Unusable."""
    if not isinstance(data, dict):
        raise Unusable("not an object")
    update_id = data.get("update_id")
    if not isinstance(update_id, int) or isinstance(update_id, bool):
        raise Unusable("update_id is no integer")
    if not 0 <= update_id <= LARGEST_ID:
        raise Unusable("update_id is out of range")
    if _depth_exceeds(data, DEEPEST):
        raise Unusable("nested too deeply")
    kind = next((key for key in data if key != "update_id"), "empty")
    return Envelope(update_id, _lane(data.get(kind)), kind[:40], data)


def _lane(content: Any) -> int:
    """Whose queue it is: the person's, else the chat's, else one for all the rest."""
    if isinstance(content, dict):
        for name in ("from", "user", "chat"):
            owner = content.get(name)
            number = owner.get("id") if isinstance(owner, dict) else None
            if isinstance(number, int) and abs(number) <= LARGEST_ID:
                return int(number)
    return 0


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


def _cleaned(value: Any, depth: int = 0) -> Any:
    if depth > DEEPEST:
        raise Unusable("nested too deeply")
    if isinstance(value, str):
        if value.isascii() and "\0" not in value:
            return value
        return (
            value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")
        )
    if isinstance(value, list):
        return [_cleaned(inner, depth + 1) for inner in value]
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(inner, depth + 1) for key, inner in value.items()}
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise Unusable(f"{name} is no number")
