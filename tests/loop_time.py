"""Tests of pace, on a loop whose clock jumps to what is due next: no waiting, and no chance."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import looptime


def in_loop_time(act: Coroutine[Any, Any, None]) -> None:
    """Run it on such a loop."""
    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        runner.run(act)
