"""A case's folder: the list of what helps with its meter, the files, and what can be done."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from domain.cases.intake import Ask
from domain.cases.kinds import Kind
from domain.evidence import ITEMS, OTHER, Evidence, Folder
from domain.refusal import Refusal
from handlers.ask import answer_question
from handlers.context import Context, Press
from handlers.discreet import let_in, put, send
from handlers.events.pages import moment
from handlers.keyboards import button
from handlers.screen import show
from locales import Markup, Texts, plain

_IN_ROW = 2
# In buttons: files that belong to no case yet.
PENDING = "-"
_FULL, _EMPTY = "\u25b0", "\u25b1"


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {
        "evidence:open": open_,
        "evidence:item": choose,
        "evidence:list": list_files,
        "evidence:remove": remove,
        "evidence:done": hand_in,
        "evidence:leave": leave,
        "evidence:link": send_link,
    }


async def open_(update: Update, context: Context, case_id: str) -> None:
    """Wait for files for a case."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return
    found = await context.desk.evidence.begin(update.effective_user.id, case_id)
    await put(update, context, *folder_page(context, found))


async def choose(update: Update, context: Context, item: str) -> Markup:
    """What the next files show."""
    assert update.effective_user is not None
    t = context.t
    await context.desk.evidence.choose(update.effective_user.id, item)
    return t("evidence.chosen", item=t(f"evidence.item_{item}"))


async def list_files(update: Update, context: Context, case: str) -> None:
    """Each file with its number; what staff do not have yet can be taken back."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return
    await _show_files(update, context, case)


async def remove(update: Update, context: Context, case: str, evidence_id: str) -> Markup | None:
    """Take one file back."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return None
    await context.desk.evidence.remove(update.effective_user.id, case_of(case), evidence_id)
    await _show_files(update, context, case)
    return context.t("evidence.removed")


async def hand_in(update: Update, context: Context, case_id: str) -> None:
    """Give staff what they do not have yet."""
    assert update.effective_user is not None
    if not await let_in(update, context):
        return
    count = await context.desk.evidence.hand_in(update.effective_user.id, case_id)
    rows = [[button(context.t("evidence.more_button"), f"evidence:open:{case_id}")]]
    await show(update, context.t("evidence.done", count=count), InlineKeyboardMarkup(rows))


async def leave(update: Update, context: Context) -> None:
    """Wait no longer; the files stay."""
    assert update.effective_user is not None
    await context.desk.evidence.close(update.effective_user.id)
    await show(update, context.t("evidence.left"), None)


async def send_link(update: Update, context: Context, case: str) -> None:
    """A page of our own for one sending: what is sent there does not pass through Telegram."""
    assert update.effective_user is not None
    desk, t = context.desk, context.t
    if not desk.upload_url:
        raise Refusal("evidence.no_page")
    if not await let_in(update, context):
        return
    token = await desk.uploads.make(update.effective_user.id, case_of(case))
    page = InlineKeyboardButton(
        plain(t("evidence.link_open")), url=f"{desk.upload_url}/files/{token}"
    )
    await send(update, context, t("evidence.link"), InlineKeyboardMarkup([[page]]))


async def take(update: Update, context: Context, text: str) -> None:
    """A text while files are waited for is a question; the folder comes again below it."""
    await answer_question(update, context, text)
    await remind(update, context)


async def remind(update: Update, context: Context) -> None:
    """Offer the folder that files are waited for; nothing if there is none, or while the member's
    matters are locked."""
    assert update.effective_user is not None
    member, desk = update.effective_user.id, context.desk
    found = await desk.evidence.find_open(member)
    if found is not None and not await desk.cases.needs_code(member):
        await put(update, context, *folder_page(context, found))


def invitation(t: Texts, kind: Kind) -> Markup:
    """What helps with this kind of dispute, as a list."""
    items = (f"\u2022 {t(f'evidence.item_{item}')}" for item in ITEMS[kind])
    return t("evidence.invitation", items=Markup("\n".join(items)))


def folder_page(context: Context, found: Folder) -> tuple[Markup, InlineKeyboardMarkup]:
    """The folder of a case with its buttons."""
    t, case_id = context.t, found.case_id
    lines = [
        _item_line(t, item, found.items.get(item, 0))
        for item in (*ITEMS[found.kind], OTHER)
        if item != OTHER or found.items.get(OTHER)
    ]
    text = t("evidence.folder", meter=meter(t, found), lines=Markup("\n".join(lines)))
    items = [
        button(t(f"evidence.item_{item}"), f"evidence:item:{item}") for item in ITEMS[found.kind]
    ]
    rows = [items[at : at + _IN_ROW] for at in range(0, len(items), _IN_ROW)]
    if found.files:
        rows.append([button(t("evidence.list_button"), f"evidence:list:{case_id}")])
    if context.desk.upload_url:
        rows.append([button(t("evidence.link_button"), f"evidence:link:{case_id}")])
    last = [button(t("evidence.leave_button"), "evidence:leave")]
    if any(one.handed_in_at is None for one in found.files):
        last.insert(0, button(t("evidence.done_button"), f"evidence:done:{case_id}"))
    return text, InlineKeyboardMarkup([*rows, last])


def meter(t: Texts, found: Folder) -> Markup:
    """How much of the list has something, as a bar."""
    bar = _FULL * found.done + _EMPTY * (found.total - found.done)
    return t("evidence.meter", bar=bar, done=found.done, total=found.total)


def go_on(t: Texts) -> InlineKeyboardButton:
    """The way from files to the next step of the form that asks for them."""
    return button(t("cases.next_button"), f"cases:skip:{Ask.EVIDENCE}")


def case_of(case: str) -> str | None:
    """The case that a button means; None for files that belong to none yet."""
    return None if case == PENDING else case


async def _show_files(update: Update, context: Context, case: str) -> None:
    assert update.effective_user is not None
    t = context.t
    case_id = case_of(case)
    found = await context.desk.evidence.look(update.effective_user.id, case_id, Kind.OTHER)
    lines = [_line(t, one) for one in found.files]
    text = t("evidence.files", lines=Markup("\n".join(lines))) if lines else t("evidence.no_files")
    rows = [
        [button(t("evidence.remove_one", label=one.label), f"evidence:remove:{case}:{one.id}")]
        for one in found.files
        if one.handed_in_at is None
    ]
    if case_id is not None:
        rows.append([button(t("evidence.back_button"), f"evidence:open:{case_id}")])
    else:
        rows.append([go_on(t)])
    await put(update, context, text, InlineKeyboardMarkup(rows))


def _item_line(t: Texts, item: str, count: int) -> Markup:
    name = t(f"evidence.item_{item}")
    if not count:
        return t("evidence.line_missing", item=name)
    return t("evidence.line_there", item=name, count=count)


def _line(t: Texts, one: Evidence) -> Markup:
    return t(
        "evidence.file_handed_in" if one.handed_in_at else "evidence.file",
        label=one.label,
        item=t(f"evidence.item_{one.item}"),
        name=one.name or t("evidence.photo"),
        at=moment(t, one.received_at),
        print=one.sha256[:8],
    )
