"""Hostile bodies, the same for the same seed: true updates, bent in many ways."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

from tests.faults.support import JSON, membership, message, press

_BOT = {"id": 7_000_000_002, "is_bot": True, "first_name": "暖心"}
_GROUP = {"id": -4_100_000_000, "type": "supergroup", "title": "车间"}
_ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**31,
    2**53 + 1,
    2**63,
    2**64,
    10**30,
    -(10**30),
    0.5,
    1e308,
    99999999999999,
    "",
    "x",
    "0",
    "\x00",
    "\ud800",
    "\udfff\ud800",
    "\u202e\u200b\ufeff",
    "工资" * 3000,
    "'; DROP TABLE journal; --",
    "<script>&lt;b>",
    [],
    [[]],
    [None],
    {},
    {"id": 1},
    {"": {"": {}}},
)
_WHOLE = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"1",
    b'"x"',
    b"{",
    b'{"update_id":"x"}',
    b'{"update_id":1e3}',
    b'{"update_id":true}',
    b'{"update_id":-5}',
    b'{"update_id":NaN}',
    b'{"update_id":1,"message":{"date":Infinity}}',
    b'{"update_id":' + b"9" * 31 + b"}",
    b'{"update_id":' + b"9" * 5000 + b"}",
    b'{"update_id":1,"update_id":2}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"update_id":77,"a":' + b"[" * 300 + b"]" * 300 + b"}",
    b'{"update_id":78,"\xed\xa0\x80":{}}',
    b'{"update_id":79,"message":{"text":"\xed\xbf\xbf"}}',
    b"\xff\xfe\xfd",
    b"\xef\xbb\xbf{}",
    b'{"update_id":80,"\\ud800":{}}',
    '{"update_id":81,"\ud800":{}}'.encode("utf-16", "surrogatepass"),
    '{"update_id":82,"x\\u0000":{}}'.encode("utf-32"),
    b"\x00" * 100,
    b"PK\x03\x04" + b"\x00" * 50,
)


def bodies(seed: int, count: int, people: list[int], first: int) -> Iterator[bytes]:
    """So many bodies; most carry an update id of their own from `first` on."""
    chance = random.Random(seed)
    for number in range(first, first + count):
        kind = chance.random()
        if kind < 0.03:
            yield chance.choice(_WHOLE)
            continue
        update = _true(chance, number, chance.choice(people))
        if kind < 0.5:
            for _ in range(chance.randint(1, 4)):
                _bend(chance, update)
            yield json.dumps(update).encode()
        else:
            yield _scratch(chance, json.dumps(update, ensure_ascii=chance.random() < 0.5).encode())


def _true(chance: random.Random, number: int, person: int) -> JSON:
    """An update that Telegram could send."""
    user = {"id": person, "is_bot": False, "first_name": "王芳"}
    text = chance.choice(["老板三个月没发工资了", "工伤", "/start x", "/menu", "/cancel", "🎲"])
    base = message(number, person, text)
    built = base["message"]
    query = {"id": str(number), "from": user, "query": "工资", "offset": ""}
    poll = {"id": "1", "question": "?", "options": [], "total_voter_count": 0, "is_closed": True}
    poll |= {"is_anonymous": True, "type": "regular", "allows_multiple_answers": False}
    kinds: list[JSON] = [
        base,
        {"update_id": number, "edited_message": built | {"edit_date": 1_795_586_401}},
        {"update_id": number, "channel_post": built | {"chat": _GROUP | {"type": "channel"}}},
        {"update_id": number, "message": built | {"chat": _GROUP, "text": "/ask 垃圾怎么分类"}},
        {"update_id": number, "message": built | {"sender_chat": _GROUP}},
        {"update_id": number, "message": built | {"reply_to_message": copy.deepcopy(built)}},
        {"update_id": number, "message": built | {"voice": {"file_id": "v", "duration": 1}}},
        {"update_id": number, "message": built | {"new_chat_members": [_BOT], "chat": _GROUP}},
        {"update_id": number, "inline_query": query},
        {"update_id": number, "poll": poll},
        {"update_id": number, "something_new": {"from": user, "chat": {"id": person}}},
        {"update_id": number},
        press(
            number, person, chance.choice(["ask:good:abc", "human:note", "browse:topic:wage:0"])
        ),
        press(number, person, "".join(chance.choices("ask:good\x00工", k=chance.randint(0, 80)))),
        membership(number, person, chance.choice(["kicked", "member"])),
    ]
    return copy.deepcopy(chance.choice(kinds))


def _bend(chance: random.Random, update: JSON) -> None:
    """Change one value, somewhere."""
    holder: Any = update
    while True:
        keys: list[Any] = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            return
        key = chance.choice(keys)
        inner = holder[key]
        if isinstance(inner, dict | list) and inner and chance.random() < 0.8:
            holder = inner
            continue
        break
    act = chance.random()
    if act < 0.2:
        del holder[key]
    elif act < 0.3 and isinstance(holder, dict):
        holder[str(chance.choice(_ODD))[:50]] = inner
    elif act < 0.4 and isinstance(holder, dict):
        holder[key] = copy.deepcopy(update)
    else:
        holder[key] = copy.deepcopy(chance.choice(_ODD))


def _scratch(chance: random.Random, body: bytes) -> bytes:
    """Change bytes: flip, cut out, put in, double, cut off."""
    data = bytearray(body)
    for _ in range(chance.randint(1, 6)):
        if not data:
            break
        place = chance.randrange(len(data))
        act = chance.randrange(6)
        if act == 0:
            data[place] ^= 1 << chance.randrange(8)
        elif act == 1:
            del data[place : place + chance.randint(1, 20)]
        elif act == 2:
            data[place:place] = bytes(chance.choices(b'{}[]",:\\u0\x00\xff9-e.', k=5))
        elif act == 3:
            data[place:place] = data[place : place + 30]
        elif act == 4:
            data[place] = chance.randrange(256)
        else:
            del data[chance.randint(place, len(data)) :]
    return bytes(data)
