"""The checks that follow every journey notice what they are there for."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import structlog

from handlers import presses
from tests import databases
from tests.conftest import KNOWLEDGE
from tests.journeys import checks
from tests.world import TOKEN, MovableClock, start_world

CANARY = "金丝雀唱歌的一句话"


async def test_the_checks_notice_a_silent_press_a_logged_text_and_the_token(
    blank: Path,
    tmp_path: Path,
    clock: MovableClock,
    logged: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def silent(*_: object) -> None:
        return None

    monkeypatch.setattr(presses, "answer", silent)
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(url, clock, mode="polling", knowledge=KNOWLEDGE) as world:
            member = world.member()
            await member.says(CANARY)
            await member.presses("📚 按主题看")
            structlog.get_logger("bot").info("heard", text=CANARY, token=TOKEN)
            assert len(checks.unanswered_presses(world)) == 1
            # The pipeline masks the token; the text is nobody's to log.
            assert checks.leaks(world, logged.getvalue()) == [CANARY]
            assert checks.leaks(world, f"{CANARY} {TOKEN}") == sorted(
                [CANARY, TOKEN, TOKEN.partition(":")[2]]
            )
            assert checks.places_of(world, CANARY) == ["questions.text"]
