"""What a reply needs in the moment it is sent: its words and its file, opened only then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storage.work import Work


async def fill_reply(work: Work, details: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The words of a reply, and its file with its bytes; None if they are gone meanwhile."""
    message = await work.talk_words.find(str(details["message"]))
    if message is None:
        return None
    if message.file_id is None:
        return {"text": message.text}
    file = await work.talk_words.find_file(message.file_id)
    if file is None:
        return None
    data = await work.talk_words.read_file(message.file_id)
    return {"text": message.text, "name": file.name, "kind": file.kind, "data": data}
