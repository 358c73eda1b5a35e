"""Agreements and payments, with money typed in yuan."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from aiohttp import web

from console.cases.acts import back
from console.events.wording import day_of
from console.frame.page import Page
from domain.cases.settlement import MOST_INSTALMENTS, Paid, Plan
from domain.clock import beijing_date
from domain.refusal import Refusal


async def agree(page: Page) -> web.StreamResponse:
    """Both sides agreed."""
    form = page.form
    plan = Plan(
        agreed_on=day_of(form.get("agreed_on", "")) or beijing_date(page.desk.clock.now()),
        claimed=_fen(form.get("claimed", "")),
        settled=_fen(form.get("settled", "")) or 0,
        instalments=_instalments(page),
        other=form.get("other", ""),
    )
    await page.desk.cases.settlements.agree(page.actor, page.arg("id"), plan)
    return back(page, "agreement", "console_cases.done_agree")


async def note_payment(page: Page) -> web.StreamResponse:
    """What staff know of a payment."""
    form = page.form
    try:
        paid = Paid(form.get("paid", ""))
    except ValueError:
        raise Refusal("cases.not_now") from None
    received = _fen(form.get("received", ""))
    await page.desk.cases.settlements.note_payment(
        page.actor, page.arg("id"), page.arg("instalment"), paid, received
    )
    return back(page, "agreement", "console_cases.done_payment")


def _instalments(page: Page) -> tuple[tuple[int, date], ...]:
    """The rows that were filled in. Refuses with `cases.instalments_order` a row without a day."""
    found = []
    for number in range(1, MOST_INSTALMENTS + 1):
        amount = _fen(page.form.get(f"amount{number}", ""))
        day = day_of(page.form.get(f"due{number}", ""))
        if amount is None and day is None:
            continue
        if amount is None:
            raise Refusal("cases.amount_wrong")
        if day is None:
            raise Refusal("cases.instalments_order")
        found.append((amount, day))
    return tuple(found)


def _fen(text: str) -> int | None:
    """An amount in fen, None if nothing was typed. Refuses with `cases.amount_wrong`."""
    plain = text.replace(",", "").replace("\uff0c", "").strip()
    if not plain:
        return None
    try:
        value = Decimal(plain) * 100
    except InvalidOperation:
        raise Refusal("cases.amount_wrong") from None
    if not value.is_finite() or value != value.to_integral_value() or value < 0:
        raise Refusal("cases.amount_wrong")
    return int(value)
