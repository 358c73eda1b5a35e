"""One process for one SQLite database, on a disk of this machine."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import sqlalchemy as sa

from storage.errors import AlreadyRunning

_MOUNTS = Path("/proc/self/mounts")
# SQLite's locks and its shared memory do not work over these; two machines would ruin the file.
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|ncpfs|afs|ceph|glusterfs|lustre|gpfs|ocfs2|gfs2|davfs|beegfs"
    r"|fuse\.(sshfs|glusterfs|ceph|rclone|s3fs|davfs2?|smbnetfs|gcsfuse|blobfuse2?|juicefs)"
)


class BadPlace(Exception):  # noqa: N818 - named for what it is
    """The data cannot be kept there. The text says why."""


@contextmanager
def only_process(url: str) -> Iterator[None]:
    """Hold the data for this process. Raises AlreadyRunning if another one has it, BadPlace for
    a disk of another machine or a folder that cannot be written.

    PostgreSQL takes care of several processes itself; nothing is locked there. The lock belongs
    to the open file, so it is gone when the process is, however it ends.
    """
    place = sa.engine.make_url(url)
    if place.get_backend_name() != "sqlite" or not place.database:
        yield
        return
    path = Path(f"{place.database}.lock")
    with _opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(f"process {file.read().strip() or '?'} uses {path}") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def refuse_network(path: Path, mounts: Path = _MOUNTS) -> None:
    """Raise BadPlace if the path lies on a disk of another machine, as far as the system tells."""
    if not mounts.is_file():
        return
    found = Path("/"), ""
    for line in mounts.read_text("utf-8", "replace").splitlines():
        _, point, kind = line.split(" ")[:3]
        # Spaces and the like are written in octal.
        top = Path(re.sub(r"\\(\d{3})", lambda code: chr(int(code.group(1), 8)), point))
        if path.resolve().is_relative_to(top) and len(top.parts) >= len(found[0].parts):
            found = top, kind
    if _NETWORK.fullmatch(found[1]):
        raise BadPlace(
            f"{path} lies on {found[0]}, a network disk ({found[1]}): SQLite needs a disk of this"
            " machine; for several machines use PostgreSQL"
        )


def _opened(path: Path) -> TextIO:
    refuse_network(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+")
    except OSError as error:
        raise BadPlace(f"{path.parent} cannot be written: {error.strerror}") from None
