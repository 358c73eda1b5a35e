"""Where the console is, and which addresses a browser may be sent to."""

from __future__ import annotations

from urllib.parse import urlsplit

PREFIX = "/console"


def url(path: str) -> str:
    """A path of the console, as "/units", as the browser must ask for it."""
    return PREFIX + path


def own(path: str | None) -> str | None:
    """The path if it leads into the console and nowhere else, without the prefix; or None."""
    if not path or not path.isprintable() or "\\" in path or len(path) > 1000:
        return None
    try:
        parts = urlsplit(path)
    except ValueError:
        # A bracket that is never closed, as in an address of numbers.
        return None
    if parts.scheme or parts.netloc or not parts.path.startswith(PREFIX + "/"):
        return None
    if "//" in parts.path or ".." in parts.path:
        return None
    return path.removeprefix(PREFIX)
