"""The environment of the benchmarks: ours and the baselines' packages, as locked."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
_FOLDER = ROOT / ".venv-bench"
_LOCK = ROOT / "requirements" / "bench.lock"


def enter() -> None:
    """Make the environment if it is missing or older than its lock, and go on inside it.

    Does not return if this process is not inside yet: it becomes that process.
    """
    python = _FOLDER / "bin" / "python"
    stamp = _FOLDER / "bench.stamp"
    if not stamp.exists() or stamp.stat().st_mtime < _LOCK.stat().st_mtime:
        print(f"installing {_LOCK.relative_to(ROOT)} into {_FOLDER.name}", flush=True)
        if not python.exists():
            venv.create(_FOLDER, with_pip=True)
        subprocess.run(
            [
                *(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
                *("--require-hashes", "-r", str(_LOCK)),
            ],
            check=True,
        )
        stamp.touch()
    if Path(sys.prefix).resolve() != _FOLDER.resolve():
        os.chdir(ROOT)
        os.execv(python, [str(python), "-m", "benchmarks", *sys.argv[1:]])
