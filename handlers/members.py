"""Members who block the bot or come back; groups that take it in or put it out."""

from __future__ import annotations

from telegram import Chat, ChatMember, ChatMemberRestricted, ChatMemberUpdated, Update

from domain.members import Reach
from handlers.context import Context

_OUT = (ChatMember.LEFT, ChatMember.BANNED)


async def reach_changed(update: Update, context: Context) -> None:
    """Note whether a private chat can still be reached, and in which groups the bot may write."""
    change = update.my_chat_member
    assert change is not None
    if change.chat.type != Chat.PRIVATE:
        await _group_changed(change, context)
        return
    if change.new_chat_member.status == ChatMember.BANNED:
        await context.desk.members.lost(change.from_user.id, Reach.BLOCKED)
    else:
        await context.desk.members.returned(change.from_user.id)


async def _group_changed(change: ChatMemberUpdated, context: Context) -> None:
    if change.chat.type not in (Chat.GROUP, Chat.SUPERGROUP):
        return
    contests, chat, now = context.desk.contests, change.chat, change.new_chat_member
    is_mute = isinstance(now, ChatMemberRestricted) and not now.can_send_polls
    if now.status in _OUT or is_mute:
        await contests.leave_group(chat.id, chat.title or "")
    else:
        await contests.note_group(chat.id, chat.title or "")
