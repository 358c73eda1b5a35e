"""Style, scripts and pictures: read once, named by their content, kept by browsers for good."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import web

from console.frame.paths import url

FOLDER = Path(__file__).parent.parent / "static"
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    packed: bytes
    kind: str
    hash: str


class Static:
    """The files of console/static. `href("console.css")` is an address that never changes."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files: Mapping[str, _File] = {
            path.relative_to(folder).as_posix(): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.suffix in _KINDS
        }

    def href(self, name: str) -> str:
        """The address of a file; KeyError if there is none of this name."""
        return url(f"/static/{self._files[name].hash}/{name}")

    async def serve(self, request: web.Request) -> web.Response:
        """The file, for as long as the browser likes; 404 for a version that is not this one."""
        file = self._files.get(request.match_info["name"])
        if file is None or file.hash != request.match_info["hash"]:
            raise web.HTTPNotFound
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        body = file.body
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            body = file.packed
        return web.Response(body=body, content_type=file.kind, charset="utf-8", headers=headers)


@cache
def _read(path: Path) -> _File:
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:16]
    return _File(body, gzip.compress(body, mtime=0), _KINDS[path.suffix], digest)
