"""Sorting waste: a thing and its bin, how to put it in, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from domain.ask import Entry
from domain.waste import Certainty, Likeness, WasteFinding, WasteItem, WasteKind, WasteMatch
from handlers.context import Context, Press
from handlers.keyboards import button
from handlers.screen import say, show
from locales import Markup, Texts


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {"waste:item": pick, "waste:again": again}


async def pick(update: Update, context: Context, key: str, question_id: str) -> None:
    """The member picked one of the things that sound alike: the message becomes its answer."""
    item, page = await context.desk.ask.choose_waste(question_id, key)
    finding = WasteFinding((WasteMatch(item.name, item),))
    pages = (page,) if page else ()
    await show(update, *waste_page(context.t, finding, pages, question_id))


async def again(update: Update, context: Context) -> None:
    """One more: a new message, so that the answer above stays readable."""
    await say(update, context.t("waste.again_how"))


def waste_page(
    t: Texts, finding: WasteFinding, pages: Sequence[Entry], question_id: str
) -> tuple[Markup, InlineKeyboardMarkup]:
    """What the table says, with the way to the page of each class."""
    if not finding.matches:
        return _unknown(t, finding), _near_buttons(t, finding, pages, question_id)
    if len(finding.matches) == 1:
        parts = _one(t, finding.matches[0])
    else:
        parts = _several(t, finding.matches)
    if finding.unknown:
        parts.append(t("waste.not_found", names=_listed(t, finding.unknown)))
    if finding.is_cut:
        parts.append(t("waste.cut", most=len(finding.matches)))
    return _joined(parts), _buttons(t, pages, question_id)


def _one(t: Texts, match: WasteMatch) -> list[Markup]:
    item = match.item
    parts = [t("waste.item", name=match.typed, bin=_bin(t, item))]
    if match.likeness is not Likeness.NAMED:
        parts.append(_recognised(t, match))
    how = [t("waste.how", how=_how(t, item.kind))]
    if item.hint:
        how.append(t("waste.hint", hint=item.hint))
    if _is_spoilt(match):
        how.append(t("waste.soiled"))
    return [
        *parts,
        Markup("\n".join(how)),
        Markup(f"{_certainty(t, item)}\n{t('waste.source', articles=_articles(t, [item]))}"),
    ]


def _several(t: Texts, matches: Sequence[WasteMatch]) -> list[Markup]:
    items = [match.item for match in matches]
    kinds = dict.fromkeys(item.kind for item in items)
    hows = [t("waste.how_of", bin=t(f"waste.{kind}"), how=_how(t, kind)) for kind in kinds]
    ending = [t("waste.source", articles=_articles(t, items))]
    if any(item.certainty is Certainty.UNSURE for item in items):
        ending.insert(0, t("waste.unsure_mark"))
    return [
        t("waste.several"),
        Markup("\n".join(_line(t, match) for match in matches)),
        Markup("\n".join(hows)),
        Markup("\n".join(ending)),
    ]


def _line(t: Texts, match: WasteMatch) -> Markup:
    parts = [t("waste.line", name=match.typed, bin=_bin(t, match.item))]
    if match.item.certainty is Certainty.UNSURE:
        parts.append(t("waste.mark"))
    if match.likeness is not Likeness.NAMED:
        parts.append(t("waste.line_as", name=match.item.name))
    if match.item.hint:
        parts.append(t("waste.line_hint", hint=match.item.hint))
    if _is_spoilt(match):
        parts.append(t("waste.line_soiled"))
    return Markup("".join(parts))


def _unknown(t: Texts, finding: WasteFinding) -> Markup:
    names = _listed(t, finding.unknown)
    parts = [t("waste.unknown", names=names)]
    if finding.near:
        parts.append(t("waste.near"))
    parts.append(t("waste.rule_of_thumb"))
    return _joined(parts)


def _recognised(t: Texts, match: WasteMatch) -> Markup:
    if match.likeness is Likeness.MISTYPED:
        return t("waste.mistyped", name=match.item.name)
    return t("waste.a_kind_of", typed=match.typed, name=match.item.name)


def _is_spoilt(match: WasteMatch) -> bool:
    return match.is_soiled and match.item.kind is WasteKind.RECYCLABLE


def _bin(t: Texts, item: WasteItem) -> Markup:
    return t(f"waste.{item.kind}")


def _how(t: Texts, kind: WasteKind) -> Markup:
    return t(f"waste.how_{kind}")


def _certainty(t: Texts, item: WasteItem) -> Markup:
    if item.kind is WasteKind.SPECIAL:
        return t("waste.certainty_special")
    return t(f"waste.certainty_{item.certainty}")


def _articles(t: Texts, items: Sequence[WasteItem]) -> Markup:
    return Markup(_comma(t).join(dict.fromkeys(t(f"waste.basis_{item.kind}") for item in items)))


def _listed(t: Texts, names: Sequence[str]) -> Markup:
    return Markup(_comma(t).join(t("waste.quoted", name=name) for name in names))


def _comma(t: Texts) -> str:
    return t("ask.list_comma")


def _near_buttons(
    t: Texts, finding: WasteFinding, pages: Sequence[Entry], question_id: str
) -> InlineKeyboardMarkup:
    rows = [[button(item.name, f"waste:item:{item.key}:{question_id}")] for item in finding.near]
    return InlineKeyboardMarkup([*rows, *_page_rows(pages), [_again(t)]])


def _buttons(t: Texts, pages: Sequence[Entry], question_id: str) -> InlineKeyboardMarkup:
    judge = [
        button(t("ask.helpful"), f"ask:good:{question_id}"),
        button(t("ask.unhelpful"), f"ask:bad:{question_id}"),
    ]
    return InlineKeyboardMarkup([*_page_rows(pages), [_again(t)], judge])


def _page_rows(pages: Sequence[Entry]) -> list[list[InlineKeyboardButton]]:
    keys = [button(page.title, f"ask:open:{page.id}") for page in pages]
    return [keys[start : start + 2] for start in range(0, len(keys), 2)]


def _again(t: Texts) -> InlineKeyboardButton:
    return button(t("waste.again"), "waste:again")


def _joined(parts: Sequence[Markup]) -> Markup:
    return Markup("\n\n".join(parts))
