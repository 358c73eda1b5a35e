"""The gate: who may come in, how fast, and what a newcomer is told first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from telegram import Chat, Update, User
from telegram.ext import ApplicationHandlerStop

from handlers.context import Context, Pace
from handlers.keyboards import main_keyboard
from handlers.presses import answer
from handlers.screen import say

_REMEMBERED = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: datetime
    noticed_at: datetime | None = None


class Flood:
    """Token buckets, one for each person who wrote lately."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[int, _Bucket] = OrderedDict()

    def admits(self, person: int, pace: Pace, now: datetime) -> bool:
        """Take one token; False if there is none."""
        bucket = self._buckets.setdefault(person, _Bucket(pace.burst, now))
        self._buckets.move_to_end(person)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        passed = max(0.0, (now - bucket.at).total_seconds())
        bucket.tokens = min(float(pace.burst), bucket.tokens + passed * pace.per_second)
        bucket.at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def owes_notice(self, person: int, pace: Pace, now: datetime) -> bool:
        """True once in `notice_seconds` for a person who writes too fast."""
        bucket = self._buckets[person]
        if bucket.noticed_at and (now - bucket.noticed_at).total_seconds() < pace.notice_seconds:
            return False
        bucket.noticed_at = now
        return True


async def enter(update: Update, context: Context) -> None:
    """Let people in; turn away bots, channels and floods; greet whoever is new."""
    if update.my_chat_member is not None or update.poll is not None:
        return
    if update.poll_answer is not None:
        # Each account has one vote: there is nothing to flood with, and no chat to answer in.
        return
    user, chat = update.effective_user, update.effective_chat
    if chat is None or not _is_person(update, user):
        raise ApplicationHandlerStop
    assert user is not None
    if not await _keeps_pace(update, context, user):
        raise ApplicationHandlerStop
    if chat.type == Chat.PRIVATE:
        await _meet(update, context, user, chat)


def _is_person(update: Update, user: User | None) -> bool:
    message = update.effective_message
    return (
        user is not None
        and not user.is_bot
        and update.channel_post is None
        and update.business_message is None
        and update.edited_business_message is None
        # An anonymous administrator or a linked channel writes as a chat, not as a person.
        and (message is None or update.callback_query is not None or message.sender_chat is None)
    )


async def _keeps_pace(update: Update, context: Context, user: User) -> bool:
    flood: Flood = context.bot_data.setdefault("flood", Flood())
    desk = context.desk
    now = desk.clock.now()
    chat = update.effective_chat
    is_private = chat is not None and chat.type == Chat.PRIVATE
    # What colleagues say to each other in a group is counted apart, and held against nobody.
    person = user.id if is_private else -user.id
    if flood.admits(person, desk.pace, now):
        return True
    message = update.message
    is_for_form = message and (message.text or message.media_group_id)
    if is_for_form and await desk.forms.find_open(user.id):
        # What belongs to a form is never dropped, however fast it comes: an album is ten updates.
        return True
    if update.message and await desk.talks.find_live(user.id):
        # Nor what is sent to people: ten pictures come in one moment.
        return True
    if update.callback_query is not None:
        await answer(update.callback_query, None)
    elif is_private and flood.owes_notice(person, desk.pace, now):
        await say(update, context.t("common.too_fast"))
    return False


async def _meet(update: Update, context: Context, user: User, chat: Chat) -> None:
    members = context.desk.members
    # Presses have a queue of their own: one may arrive after the block that followed it.
    is_back = update.callback_query is None
    language = user.language_code or ""
    greeting = await members.meet(user.id, chat.id, language, is_back=is_back)
    if greeting.owes_notice:
        key = "members.notice_changed" if greeting.has_seen_earlier else "members.notice"
        await say(update, context.t(key), main_keyboard(context.t))
        await members.notice_shown(user.id)
