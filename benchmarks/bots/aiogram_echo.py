"""A bare echo bot on aiogram, with uvloop and its own webhook handler."""

from __future__ import annotations

import argparse
from typing import Any

import uvloop
from aiogram import Bot, Dispatcher  # type: ignore[import-not-found]
from aiogram.client.session.aiohttp import AiohttpSession  # type: ignore[import-not-found]
from aiogram.client.telegram import TelegramAPIServer  # type: ignore[import-not-found]
from aiogram.webhook.aiohttp_server import (  # type: ignore[import-not-found]
    SimpleRequestHandler,
    setup_application,
)
from aiohttp import web


async def echo(message: Any) -> None:
    """Say the same."""
    await message.answer(message.text)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--api", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    session = AiohttpSession(api=TelegramAPIServer.from_base(given.api))
    bot = Bot(given.token, session=session)
    dispatcher = Dispatcher()
    dispatcher.message.register(echo)

    async def announce() -> None:
        await bot.set_webhook("https://bench.invalid/hook", secret_token=given.secret)

    dispatcher.startup.register(announce)
    application = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token=given.secret).register(
        application, path="/hook"
    )
    setup_application(application, dispatcher, bot=bot)
    web.run_app(
        application,
        host="127.0.0.1",
        port=given.port,
        access_log=None,
        print=None,
        loop=uvloop.new_event_loop(),
    )


if __name__ == "__main__":
    main()
