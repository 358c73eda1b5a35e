"""Papers as PDF: A4, a Chinese face that is embedded, tables over pages, a number at the foot."""

from __future__ import annotations

import io
import re
from functools import cache
from html import escape
from pathlib import Path

from reportlab.lib import colors, textsplit
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus import paragraph as wrapping

from bot.papers.plain import printable
from domain.documents import Block, Heading, Rows, Sheet, Text, Title, close_of

# A face of the machine is embedded, as far as the paper uses it: it then looks the same with every
# reader and on every printer. Debian's fonts-wqy-zenhei may be embedded (its licence excepts that)
# and comes with the image. The others stand in: their commas and brackets hang in the middle of
# their square, as nobody writes them on the mainland. Without any of these the paper names a face
# that most readers bring, and a phone without it may show boxes.
_FACES = (
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
)
_BROUGHT = "STSong-Light"
# Every reader knows it by heart. Letters and digits never come from the Chinese face: some have
# none.
_LATIN = "Times-Roman"
_LATIN_RUN = re.compile(r"[!-~]+(?: [!-~]+)*")
# What reportlab knows of signs that begin no line are the Japanese ones.
_NEVER_FIRST = "\uff0c\uff1b\uff1a\uff1f\uff01\u201d\u2019\u300b\u2026"
for _module in (textsplit, wrapping):
    _module.ALL_CANNOT_START += _NEVER_FIRST
# It knows nothing of signs that end no line.
_NEVER_LAST = "\uff08\u300a\u201c\u2018\u3010\u3014"
_BREAK = "\n"
# A frame keeps this much on each side.
_PADDING = 6
_BLANK = "\u3000"
_MARGIN, _FOOT = 25 * mm, 12 * mm
_BODY = 12
_LINE = 20


def pdf_of(sheet: Sheet) -> bytes:
    """The paper as a PDF that names neither a maker nor a time."""
    target = io.BytesIO()
    width = A4[0] - 2 * (_MARGIN + _PADDING)
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=sheet.name,
        invariant=1,
    )

    def foot(canvas: Canvas, page: SimpleDocTemplate) -> None:
        told = _paragraph(sheet.foot, _style("foot", 9, 12), width)
        told.wrapOn(canvas, width, _MARGIN)
        told.drawOn(canvas, _MARGIN + _PADDING, _FOOT)
        canvas.setFont(_LATIN, 9)
        canvas.drawRightString(A4[0] - _MARGIN - _PADDING, _FOOT, str(canvas.getPageNumber()))

    close = close_of(sheet.blocks)
    flow = [part for block in sheet.blocks[:close] for part in _parts(block, width)]
    last = [part for block in sheet.blocks[close:] for part in _parts(block, width)]
    flow.append(KeepTogether(last))
    document.build(flow, onFirstPage=foot, onLaterPages=foot)
    return target.getvalue()


@cache
def face() -> str:
    """The name of the Chinese face, registered."""
    for path in _FACES:
        if Path(path).is_file():
            name = Path(path).stem
            pdfmetrics.registerFont(TTFont(name, path))
            return name
    pdfmetrics.registerFont(UnicodeCIDFont(_BROUGHT))
    return _BROUGHT


def _parts(block: Block, width: float) -> list[Flowable]:
    match block:
        case Title(text):
            return [_paragraph(text, _style("title", 20, 28, TA_CENTER), width), Spacer(1, 6 * mm)]
        case Heading(text):
            return [Spacer(1, 3 * mm), _paragraph(text, _style("heading", 14, 22), width)]
        case Text(text, is_right, is_small, is_flush):
            size, line = (10, 16) if is_small else (_BODY, _LINE)
            align = TA_RIGHT if is_right else TA_JUSTIFY
            indent = 0 if is_right or is_small or is_flush else 2 * _BODY
            style = _style(f"text-{align}-{size}-{indent}", size, line, align, indent)
            return [_paragraph(line_, style, width) for line_ in text.split("\n")]
        case Rows():
            return [Spacer(1, 2 * mm), _table(block, width), Spacer(1, 3 * mm)]


def _table(rows: Rows, width: float) -> Table:
    cell, widths = _style("cell", 10, 15), [width * share for share in rows.shares]
    data = [
        [
            _paragraph(text, cell, room - 2 * _PADDING)
            for text, room in zip(row, widths, strict=True)
        ]
        for row in (rows.head, *rows.rows)
    ]
    table = Table(data, colWidths=widths, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.5, colors.HexColor("#444444")),
                ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#eeeeee")),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ]
        )
    )
    return table


def _paragraph(text: str, style: ParagraphStyle, width: float) -> Paragraph:
    """The text, its letters and digits in a type that has them, in lines of that width."""
    text = printable(text)
    opening = sum(sign in _NEVER_LAST for sign in text)
    for _ in range(opening):
        at = _opened_last(_marked_up(text, style), width)
        if at is None:
            break
        # The line ends before the sign that opens; the next one begins with it.
        found = [place for place, sign in enumerate(text) if sign in _NEVER_LAST][at]
        text = text[:found] + _BREAK + text[found:]
    return _marked_up(text, style)


def _opened_last(made: Paragraph, width: float) -> int | None:
    """Which of the signs that end no line is the first that does, counted from zero."""
    made.wrap(width, A4[1])
    seen = 0
    for line in made.blPara.lines[:-1]:
        words = line[1] if isinstance(line, tuple) else [word.text for word in line.words]
        told = "".join(words)
        seen += sum(sign in _NEVER_LAST for sign in told)
        if told and told[-1] in _NEVER_LAST:
            return seen - 1
    return None


def _marked_up(text: str, style: ParagraphStyle) -> Paragraph:
    parts, at = [], 0
    for run in _LATIN_RUN.finditer(text):
        parts.append(_chinese(text[at : run.start()]))
        parts.append(_latin(run[0]))
        at = run.end()
    parts.append(_chinese(text[at:]))
    told = "".join(parts).replace(_BREAK, "<br/>")
    # Room to write in would shrink to one space.
    told = told.replace(_BLANK, f'<font name="{_LATIN}">{4 * "&nbsp;"}</font>')
    return Paragraph(told or "&nbsp;", style)


def _chinese(text: str) -> str:
    """Signs that the embedded face lacks, like some quotation marks, come from the Latin one."""
    known = getattr(pdfmetrics.getFont(face()).face, "charToGlyph", None)
    if known is None:
        return escape(text)
    return "".join(
        escape(sign) if ord(sign) in known or sign == _BLANK else _latin(sign) for sign in text
    )


def _latin(text: str) -> str:
    return f'<font name="{_LATIN}">{escape(text)}</font>'


def _style(
    name: str, size: int, line: int, align: int = TA_JUSTIFY, indent: int = 0
) -> ParagraphStyle:
    return ParagraphStyle(
        name,
        fontName=face(),
        fontSize=size,
        leading=line,
        alignment=align,
        firstLineIndent=indent,
        wordWrap="CJK",
    )
