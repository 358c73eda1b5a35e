"""My data: a whole copy as files, and erasing everything with a second press."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from telegram import InlineKeyboardMarkup, InputFile, Update

from domain.clock import BEIJING
from handlers.context import Context, Handler, Press
from handlers.discreet import let_in, note_message
from handlers.keyboards import button, main_keyboard
from handlers.screen import say, show, show_keyboard
from locales import Texts
from services.people.own_data import Copy

_STYLE = (
    "body{font-family:sans-serif;max-width:44rem;margin:1rem auto;padding:0 1rem;line-height:1.6}"
    "table{border-collapse:collapse;width:100%;margin-bottom:1rem}"
    "th,td{border:1px solid #999;padding:.3rem .6rem;text-align:left;overflow-wrap:anywhere}"
    "th{width:40%;font-weight:normal}"
)


def commands() -> Mapping[str, Handler]:
    """Command names and what they do."""
    return {"mydata": show_data, "delete": ask_erase}


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {
        "mydata:show": show_data,
        "mydata:copy": send_copy,
        "mydata:erase": ask_erase,
        "mydata:erase_now": erase,
        "mydata:keep": keep,
    }


async def show_data(update: Update, context: Context) -> None:
    """What the member may do with their data."""
    t = context.t
    rows = [
        [button(t("profile.data_copy"), "mydata:copy")],
        [button(t("profile.data_erase"), "mydata:erase")],
        [button(t("profile.back"), "profile:show")],
    ]
    await show(update, t("profile.data"), InlineKeyboardMarkup(rows))


async def send_copy(update: Update, context: Context) -> None:
    """Everything that is kept, once for people and once for programs: behind the code, since
    the member's cases are in it."""
    assert update.effective_user is not None and update.effective_chat is not None
    if not await let_in(update, context):
        return
    member, cases = update.effective_user.id, context.desk.cases
    copy = await context.desk.own_data.copy(member)
    is_discreet = await cases.find_code(member) is not None
    t = context.t
    caption = t("profile.copy_caption", time=_time(copy.made_at))
    files = {
        "nuanxin-mydata.html": page_of(t, copy),
        "nuanxin-mydata.json": json.dumps(
            {"made_at": copy.made_at.isoformat(), "tables": copy.tables},
            ensure_ascii=False,
            indent=2,
            default=_iso,
        ),
    }
    for name, content in files.items():
        sent = await update.effective_chat.send_document(
            InputFile(content.encode(), filename=name), caption=caption
        )
        if is_discreet:
            await note_message(update, context, sent)


async def ask_erase(update: Update, context: Context) -> None:
    """What goes, what stays and why; a second press does it. Behind the code: nobody else at the
    phone may destroy what a case rests on, or learn that one is open."""
    if not await let_in(update, context, "mydata:erase"):
        return
    t = context.t
    rows = [
        [button(t("profile.erase_now"), "mydata:erase_now")],
        [button(t("profile.erase_no"), "mydata:keep")],
    ]
    await show(update, t("profile.erase_ask"), InlineKeyboardMarkup(rows))


async def erase(update: Update, context: Context) -> None:
    """Erase everything. Pressed again, it says that nothing is left."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return
    member = update.effective_user.id
    was_there = await context.desk.own_data.erase(member)
    context.desk.shown.forget(member)
    t = context.t
    await show_keyboard(update, None)
    text = t("profile.erased") if was_there else t("profile.erased_before")
    await say(update, text, main_keyboard(t))


async def keep(update: Update, context: Context) -> None:
    """The member thought better of it."""
    await show(update, context.t("profile.not_erased"), None)


def page_of(t: Texts, copy: Copy) -> str:
    """The copy as a page that any browser shows, without anything from elsewhere."""
    title = html.escape(t("profile.copy_title"))
    made = html.escape(t("profile.copy_made", time=_time(copy.made_at)))
    tables = [_table(t, name, rows) for name, rows in copy.tables.items()]
    body = "".join(tables) or f"<p>{html.escape(t('profile.copy_empty'))}</p>"
    foot = html.escape(t("profile.copy_foot"))
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{title}</h1><p>{made}</p>{body}<p>{foot}</p></body></html>"
    )


def _table(t: Texts, name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    found = [f"<h2>{html.escape(t(f'profile.table_{name}'))}</h2>"]
    for row in rows:
        cells = "".join(
            f"<tr><th>{html.escape(t(f'profile.column_{column}'))}</th>"
            f"<td>{html.escape(_value(value))}</td></tr>"
            for column, value in row.items()
        )
        found.append(f"<table>{cells}</table>")
    return "".join(found)


def _value(value: object) -> str:
    if isinstance(value, datetime):
        return _time(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_iso)


def _time(at: datetime) -> str:
    return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M}"


def _iso(value: object) -> str:
    assert isinstance(value, datetime | date)
    return value.isoformat()
