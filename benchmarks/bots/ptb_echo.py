"""A bare echo bot on python-telegram-bot as it comes: its own backend, its own webhook server."""

from __future__ import annotations

import argparse
from typing import Any

from telegram import Update
from telegram.ext import Application, MessageHandler, filters


async def echo(update: Update, _context: Any) -> None:
    """Say the same."""
    message = update.message
    assert message is not None and message.text is not None
    await message.reply_text(message.text)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--api", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--concurrent", type=int, default=0)
    given = parser.parse_args()
    application = (
        Application.builder()
        .token(given.token)
        .base_url(f"{given.api}/bot")
        .concurrent_updates(given.concurrent or False)
        .build()
    )
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_webhook(
        listen="127.0.0.1",
        port=given.port,
        url_path="hook",
        webhook_url="https://bench.invalid/hook",
        secret_token=given.secret,
    )


if __name__ == "__main__":
    main()
