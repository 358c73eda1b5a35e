"""`keys rotate` in many small steps, with a bug if told so: `... rotation CONFIG [BUG]`."""

from __future__ import annotations

import sys
from pathlib import Path

from bot import cli, keys
from storage import sealed


def forget() -> None:
    """The new key is only written to the file when everything is sealed with it."""
    write, retire = keys.write, keys.retire
    late: list[tuple[Path, keys.Keys]] = []
    load = keys.load

    def remember(path: Path, made: keys.Keys) -> None:
        late.append((path, made))

    def from_memory(path: Path) -> keys.Keys:
        return late[-1][1] if late else load(path)

    def at_last(path: Path, counts: dict[str, int]) -> tuple[str, ...]:
        for one in late:
            write(*one)
        late.clear()
        setattr(keys, "write", write)  # noqa: B010
        return retire(path, counts)

    setattr(keys, "write", remember)  # noqa: B010
    setattr(keys, "load", from_memory)  # noqa: B010
    setattr(keys, "retire", at_last)  # noqa: B010


if __name__ == "__main__":
    config, *bugs = sys.argv[1:]
    sealed.CHUNK = 5
    if bugs:
        forget()
    cli.app(["keys", "rotate", "--config", config])
