"""How a calculation looks in the chat: the sum first, then the way to it and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from domain.calculate.asking import Kind, Progress, plan
from domain.calculate.sheet import Line, Sheet, Source
from locales import Markup, Texts

Gaps: TypeAlias = Mapping[str, frozenset[str]]

# A limit that is running out or over: said right below the sum.
_URGENT = {"arbitration_late", "double_limit_eats", "double_limit_over"}


def sheet_text(t: Texts, sheet: Sheet) -> Markup:
    """The whole sheet: the sum and the way to it on one screen, the rest behind a fold."""
    gaps = t.gaps
    urgent = [
        t("calculate.urgent", warning=_line(t, gaps, "flag", line))
        for line in sheet.flags
        if line.code in _URGENT
    ]
    flags = [_line(t, gaps, "flag", line) for line in sheet.flags if line.code not in _URGENT]
    steps = [_line(t, gaps, "line", line) for line in sheet.steps]
    evidence = [t(f"calculate.evidence_{code}") for code in sheet.evidence]
    more = [
        _listed(t("calculate.flags"), flags),
        _listed(t("calculate.evidence"), evidence),
        _basis(t, sheet),
    ]
    parts = [
        _results(t, sheet),
        *urgent,
        _listed(t("calculate.way"), steps),
        _inputs(t, gaps, sheet),
        t("calculate.more", more=Markup("\n\n".join(more))),
        t("calculate.rounding"),
    ]
    return Markup("\n\n".join(parts))


def given(t: Texts, now: Progress) -> Markup:
    """What was answered so far, in one line."""
    told = []
    for question in plan(now.calculator, now.answers)[: now.number - 1]:
        key, value = f"{now.calculator}_{question.step}", now.answers[question.step]
        choice = f"calculate.choice_{key}_{value}"
        if choice in t.gaps:
            told.append(t(choice))
        else:
            told.append(t(f"calculate.given_{key}", value=_value(t, question.kind, value)))
    return t("calculate.given", given=Markup(t("calculate.separator").join(told)))


def written(t: Texts, value: object) -> str:
    """A number without needless zeros, a day as people write it, anything else as it is."""
    if isinstance(value, Decimal):
        plain = f"{value:,f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if isinstance(value, date):
        return t("calculate.day", year=value.year, month=value.month, day=value.day)
    return str(value)


def _value(t: Texts, kind: Kind, value: str) -> str:
    if kind in (Kind.START, Kind.DAY):
        return written(t, date.fromisoformat(value))
    return written(t, Decimal(value))


def _line(t: Texts, gaps: Gaps, kind: str, line: Line) -> Markup:
    key = f"calculate.{kind}_{line.code}"
    known: dict[str, object] = {**line.amounts, **line.days}
    if "span" in gaps[key]:
        known["span"] = _span(t, line.amounts)
    return t(key, **{name: written(t, known[name]) for name in gaps[key]})


def _results(t: Texts, sheet: Sheet) -> Markup:
    sums = [
        t(f"calculate.result_{result.code}", amount=written(t, result.amount))
        for result in sheet.results
    ]
    return Markup("\n".join([t("calculate.results"), *sums]))


def _inputs(t: Texts, gaps: Gaps, sheet: Sheet) -> Markup:
    told = t("calculate.separator").join(_line(t, gaps, "input", line) for line in sheet.inputs)
    title = t(f"calculate.title_{sheet.calculator}")
    return t("calculate.inputs", title=title, inputs=Markup(told))


def _basis(t: Texts, sheet: Sheet) -> Markup:
    told = t("calculate.law_separator").join(_source(t, source) for source in sheet.basis)
    return t("calculate.basis", basis=Markup(told))


def _span(t: Texts, amounts: Mapping[str, Decimal]) -> str:
    """A length of time, without the parts that are zero."""
    parts = [
        t(f"calculate.span_{name}", count=amounts[name])
        for name in ("years", "months", "days")
        if amounts.get(name)
    ]
    return t("calculate.span_joint").join(parts)


def _source(t: Texts, source: Source) -> Markup:
    name = t(f"calculate.law_{source.law}")
    articles = t("calculate.article_separator").join(
        t("calculate.article", number=_numeral(t, number)) for number in source.articles
    )
    return t("calculate.source", name=name, articles=articles)


def _numeral(t: Texts, number: int) -> str:
    """An article's number below a hundred, as laws write it."""
    digits, ten = t("calculate.digits"), t("calculate.ten")
    tens, ones = divmod(number, 10)
    head = (digits[tens] if tens > 1 else "") + ten if tens else ""
    return head + (digits[ones] if ones else "")


def _listed(heading: Markup, items: list[Markup]) -> Markup:
    return Markup("\n".join([heading, *(f"\u2022 {item}" for item in items)]))
