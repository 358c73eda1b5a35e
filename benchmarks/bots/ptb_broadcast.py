"""A broadcast as python-telegram-bot does it: its own backend and its own AIORateLimiter."""

from __future__ import annotations

import argparse
import asyncio
import json
import time

from telegram.error import TelegramError
from telegram.ext import AIORateLimiter, ExtBot

_MEMBER = 4_999_999_999


def main() -> None:
    """Send to everybody, answer one member each second, print the waits as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--api", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--first", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--way", choices=("loop", "gather"), required=True)
    asyncio.run(_run(parser.parse_args()))


async def _run(given: argparse.Namespace) -> None:
    bot: ExtBot[int] = ExtBot(
        given.token,
        base_url=f"{given.api}/bot",
        rate_limiter=AIORateLimiter(overall_max_rate=30, overall_time_period=1, max_retries=20),
    )
    waits: list[float] = []
    async with bot:
        # As with ours, what starting cost does not count.
        begun = time.process_time()
        asking = asyncio.create_task(_answer(bot, waits))
        chats = range(given.first, given.first + given.count)
        if given.way == "loop":
            for chat in chats:
                await _send(bot, chat)
        else:
            await asyncio.gather(*(_send(bot, chat) for chat in chats))
        asking.cancel()
    print(json.dumps({"waits": waits, "cpu": time.process_time() - begun}), flush=True)


async def _send(bot: ExtBot[int], chat: int) -> None:
    try:
        await bot.send_message(chat, "news")
    except TelegramError as error:
        print(type(error).__name__, flush=True)


async def _answer(bot: ExtBot[int], waits: list[float]) -> None:
    """A member asks each second; the waits are until the answer is at Telegram."""
    while True:
        await asyncio.sleep(1)
        begun = time.perf_counter()
        await bot.send_message(_MEMBER, "answer")
        waits.append(time.perf_counter() - begun)


if __name__ == "__main__":
    main()
