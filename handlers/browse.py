"""Browsing by buttons alone: groups, topics, pages."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardMarkup, Update

from domain.ask import Topic, TopicGroup
from domain.refusal import Refusal
from handlers.context import Context, Handler, Press
from handlers.keyboards import button
from handlers.screen import show
from locales import Markup

PER_PAGE = 8


def commands() -> Mapping[str, Handler]:
    """Command names and what they do."""
    return {"topics": show_groups}


def presses() -> Mapping[str, Press]:
    """Buttons of browsing."""
    return {
        "browse:groups": show_groups,
        "browse:group": show_group,
        "browse:topic": show_topic,
    }


async def show_groups(update: Update, context: Context) -> None:
    """The first level. Refuses with `ask.no_knowledge` while there is nothing to show."""
    groups = context.desk.ask.groups()
    if not groups:
        raise Refusal("ask.no_knowledge")
    buttons = [button(group.title, f"browse:group:{group.id}") for group in groups]
    rows = [buttons[start : start + 2] for start in range(0, len(buttons), 2)]
    rows.append([button(context.t("ask.human"), "human:show")])
    await show(update, context.t("ask.topics"), InlineKeyboardMarkup(rows))


async def show_group(update: Update, context: Context, group_id: str) -> Markup | None:
    """The topics of a group; a group with one topic opens it."""
    group = _group(context, group_id)
    if group is None:
        await show_groups(update, context)
        return context.t("common.button_gone")
    if len(group.topics) == 1:
        return await show_topic(update, context, group.topics[0].id, "0")
    rows = [[button(topic.title, f"browse:topic:{topic.id}:0")] for topic in group.topics]
    rows.append([button(context.t("ask.back"), "browse:groups")])
    await show(update, context.t("ask.group", title=group.title), InlineKeyboardMarkup(rows))
    return None


async def show_topic(
    update: Update, context: Context, topic_id: str, page_number: str
) -> Markup | None:
    """One screen of a topic's pages."""
    group, topic = _topic(context, topic_id)
    if group is None or topic is None or not page_number.isdecimal():
        await show_groups(update, context)
        return context.t("common.button_gone")
    t = context.t
    entries = context.desk.ask.pages_of(topic_id)
    pages = max(1, -(-len(entries) // PER_PAGE))
    number = min(int(page_number[:4]), pages - 1)
    shown = entries[number * PER_PAGE : (number + 1) * PER_PAGE]
    rows = [[button(entry.title, f"ask:open:{entry.id}")] for entry in shown]
    turning = []
    if number > 0:
        turning.append(button(t("ask.previous"), f"browse:topic:{topic_id}:{number - 1}"))
    if number < pages - 1:
        turning.append(button(t("ask.next"), f"browse:topic:{topic_id}:{number + 1}"))
    back = "browse:groups" if len(group.topics) == 1 else f"browse:group:{group.id}"
    rows += [turning] if turning else []
    rows.append([button(t("ask.back"), back)])
    await show(update, _heading(context, topic, number, pages), InlineKeyboardMarkup(rows))
    return None if entries else t("ask.empty_topic")


def _heading(context: Context, topic: Topic, number: int, pages: int) -> Markup:
    if pages == 1:
        return context.t("ask.topic", title=topic.title)
    return context.t("ask.topic_page", title=topic.title, page=number + 1, pages=pages)


def _group(context: Context, group_id: str) -> TopicGroup | None:
    return next((group for group in context.desk.ask.groups() if group.id == group_id), None)


def _topic(context: Context, topic_id: str) -> tuple[TopicGroup | None, Topic | None]:
    for group in context.desk.ask.groups():
        for topic in group.topics:
            if topic.id == topic_id:
                return group, topic
    return None, None
