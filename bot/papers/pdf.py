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
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle
from reportlab.platypus import paragraph as wrapping

from bot.papers.plain import printable
from domain.documents import Block, Heading, Rows, Sheet, Text, Title

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
_EMBEDDED, _BROUGHT = "NuanxinPaper", "STSong-Light"
# Every reader knows it by heart. Letters and digits never come from the Chinese face: some have
# none.
_LATIN = "Times-Roman"
_LATIN_RUN = re.compile(r"[!-~]+(?: [!-~]+)*")
# What reportlab knows of signs that begin no line are the Japanese ones.
_NEVER_FIRST = "\uff0c\uff1b\uff1a\uff1f\uff01\u201d\u2019\u300b\u2026"
for _module in (textsplit, wrapping):
    _module.ALL_CANNOT_START += _NEVER_FIRST
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
        told = _paragraph(sheet.foot, _style("foot", 9, 12))
        told.wrapOn(canvas, width, _MARGIN)
        told.drawOn(canvas, _MARGIN + _PADDING, _FOOT)
        canvas.setFont(_LATIN, 9)
        canvas.drawRightString(A4[0] - _MARGIN - _PADDING, _FOOT, str(canvas.getPageNumber()))

    flow = [part for block in sheet.blocks for part in _parts(block, width)]
    document.build(flow, onFirstPage=foot, onLaterPages=foot)
    return target.getvalue()


@cache
def face() -> str:
    """The name of the Chinese face, registered."""
    for path in _FACES:
        if Path(path).is_file():
            pdfmetrics.registerFont(TTFont(_EMBEDDED, path))
            return _EMBEDDED
    pdfmetrics.registerFont(UnicodeCIDFont(_BROUGHT))
    return _BROUGHT


def _parts(block: Block, width: float) -> list[Flowable]:
    match block:
        case Title(text):
            return [_paragraph(text, _style("title", 20, 28, TA_CENTER)), Spacer(1, 6 * mm)]
        case Heading(text):
            return [Spacer(1, 3 * mm), _paragraph(text, _style("heading", 14, 22))]
        case Text(text, is_right, is_small, is_flush):
            size, line = (10, 16) if is_small else (_BODY, _LINE)
            align = TA_RIGHT if is_right else TA_JUSTIFY
            indent = 0 if is_right or is_small or is_flush else 2 * _BODY
            style = _style(f"text-{align}-{size}-{indent}", size, line, align, indent)
            return [_paragraph(line_, style) for line_ in text.split("\n")]
        case Rows():
            return [Spacer(1, 2 * mm), _table(block, width), Spacer(1, 3 * mm)]


def _table(rows: Rows, width: float) -> Table:
    cell = _style("cell", 10, 15)
    data = [[_paragraph(text, cell) for text in row] for row in (rows.head, *rows.rows)]
    table = Table(data, colWidths=[width * share for share in rows.shares], repeatRows=1)
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


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    """The text, its letters and digits in a type that has them."""
    text, parts, at = printable(text), [], 0
    for run in _LATIN_RUN.finditer(text):
        parts.append(_chinese(text[at : run.start()]))
        parts.append(_latin(run[0]))
        at = run.end()
    parts.append(_chinese(text[at:]))
    # Room to write in would shrink to one space.
    told = "".join(parts).replace(_BLANK, f'<font name="{_LATIN}">{4 * "&nbsp;"}</font>')
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
