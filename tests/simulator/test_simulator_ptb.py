"""python-telegram-bot itself talks to the simulator and notices nothing."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Update,
)
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter
from telegram.ext import Application, CallbackQueryHandler, ContextTypes, MessageHandler, filters

from simulator import TOKEN, Running

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("展开", callback_data="more")]])
    await update.message.reply_html(f"<b>回</b>{update.message.text}", reply_markup=markup)


async def more(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    query = update.callback_query
    assert query
    await query.answer("好的")
    await query.edit_message_text(f"按了 {query.data}")


@pytest.fixture
async def application(server: Running) -> AsyncIterator[Application[Any, Any, Any, Any, Any, Any]]:
    builder = Application.builder().token(TOKEN).base_url(f"{server.url}/bot")
    application = builder.base_file_url(f"{server.url}/file/bot").build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.add_handler(CallbackQueryHandler(more))
    async with application:
        yield application


async def test_a_polling_bot_answers_texts_and_presses(
    application: Application[Any, Any, Any, Any, Any, Any], server: Running, user: int
) -> None:
    sim = server.simulator
    assert application.updater
    await application.start()
    await application.updater.start_polling(poll_interval=0)
    sim.say(user, "你好")
    # The stock updater confirms before it handles: settle has to wait for quiet.
    assert await sim.settle(5, quiet=0.2)
    assert sim.screen(user)["messages"][-1]["html"] == "<b>回</b>你好"
    sim.press(user, "展开")
    assert await sim.settle(5, quiet=0.2)
    screen = sim.screen(user)
    assert (screen["toast"], screen["messages"][-1]["text"]) == ("好的", "按了 more")
    await application.updater.stop()
    await application.stop()


async def test_a_bot_that_handles_before_it_confirms_settles_without_quiet(
    application: Application[Any, Any, Any, Any, Any, Any], server: Running, user: int
) -> None:
    sim, bot = server.simulator, application.bot
    sim.say(user, "一")
    sim.say(user, "二")
    offset = 0
    while updates := await bot.get_updates(offset=offset):
        for update in updates:
            await application.process_update(update)
            offset = update.update_id + 1
    assert await sim.settle(20)
    texts = [m["text"] for m in sim.screen(user)["messages"]]
    assert texts == ["一", "二", "回一", "回二"]


async def test_every_method_is_understood_both_ways(
    application: Application[Any, Any, Any, Any, Any, Any], server: Running, user: int
) -> None:
    bot: Bot = application.bot
    sim = server.simulator
    photo = await bot.send_photo(user, PNG, caption="<i>图</i>", parse_mode="HTML")
    assert photo.photo[-1].file_id and photo.caption == "图"
    await bot.edit_message_caption(user, photo.message_id, caption="新")
    document = await bot.send_document(user, b"abc", filename="名单.csv")
    assert document.document and document.document.file_name == "名单.csv"
    file = await bot.get_file(document.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"abc"
    assert (await bot.send_location(user, 39.7, 116.3)).location
    assert (await bot.send_venue(user, 39.7, 116.3, "驿站", "兴丰大街")).venue
    assert (await bot.send_contact(user, "010", "工会")).contact
    poll = await bot.send_poll(user, "问", ["一", "二"], type="quiz", correct_option_ids=[1])
    assert poll.poll
    assert (await bot.stop_poll(user, poll.message_id)).is_closed
    assert await bot.send_chat_action(user, "typing")
    assert (await bot.get_chat(user)).first_name == "王芳"
    assert (await bot.get_chat_member(user, user)).status == "member"
    assert await bot.set_my_commands(
        [BotCommand("start", "开始")], scope=BotCommandScopeAllPrivateChats(), language_code="zh"
    )
    assert await bot.get_my_commands(BotCommandScopeAllPrivateChats(), "zh")
    assert await bot.set_my_short_description("短")
    assert await bot.set_my_name("暖心")
    assert (await bot.get_my_short_description()).short_description == "短"
    assert (await bot.get_chat_menu_button()).type == "commands"
    assert await bot.delete_messages(user, [photo.message_id])
    assert (await bot.get_webhook_info()).url == ""
    sim.block(user)
    sim.unblock(user)
    sim.send(user, {"dice": {"emoji": "🎲", "value": 3}})
    updates = await bot.get_updates()
    assert [u.my_chat_member is not None for u in updates] == [False, True, True, False]


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
async def test_refusals_become_the_right_exceptions(
    application: Application[Any, Any, Any, Any, Any, Any], server: Running, user: int
) -> None:
    bot, sim = application.bot, server.simulator
    with pytest.raises(BadRequest, match="Message text is empty"):
        await bot.send_message(user, " ")
    sim.fault("sendMessage", "429", retry_after=7)
    with pytest.raises(RetryAfter):
        await bot.send_message(user, "x")
    sim.fault("sendMessage", "401")
    with pytest.raises(InvalidToken):
        await bot.send_message(user, "x")
    sim.block(user)
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(user, "x")
    await bot.set_webhook("http://127.0.0.1:9/")
    with pytest.raises(Conflict):
        await bot.get_updates()
