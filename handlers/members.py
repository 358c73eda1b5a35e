"""Members who block the bot or come back."""

from __future__ import annotations

from telegram import Chat, ChatMember, Update

from domain.members import Reach
from handlers.context import Context


async def reach_changed(update: Update, context: Context) -> None:
    """Note whether a private chat can still be reached."""
    change = update.my_chat_member
    assert change is not None
    if change.chat.type != Chat.PRIVATE:
        return
    if change.new_chat_member.status == ChatMember.BANNED:
        await context.desk.members.lost(change.from_user.id, Reach.BLOCKED)
    else:
        await context.desk.members.returned(change.from_user.id)
