"""Bots as processes: started, looked at through /proc, stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environment import ROOT

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    """A running program. `born` is on the clock of time.perf_counter()."""

    popen: subprocess.Popen[bytes]
    born: float
    log: Path

    @property
    def resident_mb(self) -> float:
        """Memory in RAM now, in MB (10^6 bytes)."""
        for line in Path(f"/proc/{self.popen.pid}/status").read_text("ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise RuntimeError("the process is gone")

    @property
    def cpu_seconds(self) -> float:
        """CPU time of all its threads so far."""
        stat = Path(f"/proc/{self.popen.pid}/stat").read_text("ascii")
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def check(self) -> None:
        """Raise with the end of its log if the process has ended."""
        if self.popen.poll() is not None:
            tail = self.log.read_text("utf-8", "replace")[-2000:]
            raise RuntimeError(f"a bot ended with {self.popen.returncode}:\n{tail}")

    def stop(self) -> None:
        """Ask it to end, and make it end if it does not."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
        try:
            self.popen.wait(10)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()


def start(
    module: str,
    arguments: Sequence[str],
    log: Path,
    variables: Mapping[str, str] | None = None,
    python: str = sys.executable,
) -> Process:
    """Start `python -m module`; its output goes to `log`."""
    # Neither this shell's settings of the bot nor its way with .pyc files.
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("NUANXIN_", "PYTHON"))
    }
    with log.open("ab") as output:
        born = time.perf_counter()
        popen = subprocess.Popen(
            [python, "-m", module, *arguments],
            cwd=ROOT,
            env={**inherited, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    return Process(popen, born, log)


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
