"""A bare bot on python-telegram-bot that passes every text on to the person on duty, at once."""

from __future__ import annotations

import argparse
from typing import Any

from telegram import Update
from telegram.ext import Application, MessageHandler, filters


def main() -> None:
    """Poll until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--api", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--duty", type=int, required=True)
    given = parser.parse_args()

    async def forward(update: Update, context: Any) -> None:
        message = update.message
        assert message is not None and message.text is not None
        await context.bot.send_message(given.duty, "somebody waits")
        await message.reply_text("somebody will answer")

    application = Application.builder().token(given.token).base_url(f"{given.api}/bot").build()
    application.add_handler(MessageHandler(filters.TEXT, forward))
    application.run_polling()


if __name__ == "__main__":
    main()
