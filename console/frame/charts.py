"""Charts without a script: bars and lines as SVG, with the figures in a table beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 600.0, 160.0
_GAP = 0.25
# A single day is a column, no wall.
_WIDEST = 40.0
_STEPS = (1, 2, 2.5, 5, 10)

Number = int | float


def chart(
    title: str,
    head: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[Number]],
    *,
    kind: str = "columns",
    table: str = "",
) -> Markup:
    """A figure with its data table.

    `kind` is "columns" or "lines" for what goes on in time, "bars" for categories, which are a
    table themselves. `head` names the labels, `table` is the word that opens the data table. No
    text is inside the SVG: it stretches with the page, and text must not.
    """
    if kind == "bars":
        return _bars(title, head, labels, series)
    top = _nice(max((value for values in series.values() for value in values), default=0))
    draw = _lines if kind == "lines" else _columns
    drawn = Markup("").join(draw(series, len(labels), top))
    return Markup(
        '<figure class="chart"><figcaption>{title}</figcaption>{legend}'
        '<div class="plot"><span class="peak">{top}</span>'
        '<svg viewBox="0 0 {w:g} {h:g}" preserveAspectRatio="none" role="img" '
        'aria-label="{title}">{grid}{drawn}</svg>{axis}</div>'
        '<details class="data"><summary>{table}</summary>{data}</details></figure>'
    ).format(
        title=title,
        legend=_legend(tuple(series)),
        top=_number(top),
        w=_WIDTH,
        h=_HEIGHT,
        grid=_grid(),
        drawn=drawn,
        axis=_axis(labels),
        table=table or title,
        data=_table(head, labels, series),
    )


def _bars(
    title: str, head: str, labels: Sequence[str], series: Mapping[str, Sequence[Number]]
) -> Markup:
    name, values = next(iter(series.items()))
    top = max(values, default=0) or 1
    rows = Markup("").join(
        Markup(
            '<tr><th scope="row">{label}</th><td class="bar"><svg viewBox="0 0 100 10" '
            'preserveAspectRatio="none" aria-hidden="true"><rect class="s1" width="{part:.4g}" '
            'height="10"/></svg></td><td class="num">{value}</td></tr>'
        ).format(label=label, part=max(0.0, value / top * 100), value=_number(value))
        for label, value in zip(labels, values, strict=True)
    )
    return Markup(
        '<figure class="chart"><figcaption>{title}</figcaption><table class="bars"><thead><tr>'
        '<th scope="col">{head}</th><th scope="col" colspan="2">{name}</th></tr></thead>'
        "<tbody>{rows}</tbody></table></figure>"
    ).format(title=title, head=head, name=name, rows=rows)


def _columns(series: Mapping[str, Sequence[Number]], count: int, top: float) -> list[Markup]:
    slot = _WIDTH / max(count, 1)
    wide = min(slot * (1 - _GAP) / max(len(series), 1), _WIDEST)
    # All columns of a label together stand in the middle of its slot.
    left = (slot - wide * len(series)) / 2
    drawn = []
    for order, values in enumerate(series.values()):
        for place, value in enumerate(values):
            tall = value / top * _HEIGHT
            drawn.append(
                Markup(
                    '<rect class="s{}" x="{:.5g}" y="{:.5g}" width="{:.5g}" height="{:.5g}"/>'
                ).format(
                    order + 1,
                    place * slot + left + order * wide,
                    _HEIGHT - tall,
                    wide,
                    tall,
                )
            )
    return drawn


def _lines(series: Mapping[str, Sequence[Number]], count: int, top: float) -> list[Markup]:
    step = _WIDTH / max(count - 1, 1)
    return [
        Markup('<polyline class="l{}" points="{}"/>').format(
            order + 1,
            " ".join(
                f"{place * step:.5g},{_HEIGHT - value / top * _HEIGHT:.5g}"
                for place, value in enumerate(values)
            ),
        )
        for order, values in enumerate(series.values())
    ]


def _grid() -> Markup:
    return Markup("").join(
        Markup('<line class="grid" x1="0" x2="{:g}" y1="{:g}" y2="{:g}"/>').format(_WIDTH, y, y)
        for y in (0.0, _HEIGHT / 2, _HEIGHT)
    )


def _axis(labels: Sequence[str]) -> Markup:
    """The first, the middle and the last label: more would not fit on a phone."""
    if not labels:
        return Markup("")
    shown = (labels[0], labels[len(labels) // 2], labels[-1])[: len(labels)]
    spans = Markup("").join(Markup("<span>{}</span>").format(label) for label in shown)
    return Markup('<div class="axis" aria-hidden="true">{}</div>').format(spans)


def _legend(names: Sequence[str]) -> Markup:
    if len(names) < 2:
        return Markup("")
    items = Markup("").join(
        Markup('<li class="k{}">{}</li>').format(order + 1, name)
        for order, name in enumerate(names)
    )
    return Markup('<ul class="legend">{}</ul>').format(items)


def _table(head: str, labels: Sequence[str], series: Mapping[str, Sequence[Number]]) -> Markup:
    heads = Markup("").join(
        Markup('<th scope="col" class="num">{}</th>').format(name) for name in series
    )
    rows = Markup("").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            label,
            Markup("").join(
                Markup('<td class="num">{}</td>').format(_number(values[place]))
                for values in series.values()
            ),
        )
        for place, label in enumerate(labels)
    )
    return Markup(
        '<div class="scroll"><table><thead><tr><th scope="col">{}</th>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>"
    ).format(head, heads, rows)


def _nice(value: float) -> float:
    """The next round number above, so that the scale can be read."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    return next(step * power for step in _STEPS if step * power >= value)


def _number(value: float) -> Markup:
    return escape(f"{value:,.10g}")
