"""Papers as PDF: A4, song type, a table can go over pages, the page's number at its foot."""

from __future__ import annotations

import io
import re
from html import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from domain.documents import Block, Heading, Rows, Sheet, Text, Title

# PDF readers bring a song type for the one and know the other by heart: nothing has to be shipped.
# Some readers' song type has no letters and digits, so these never come from it.
_FONT, _LATIN = "STSong-Light", "Times-Roman"
_LATIN_RUN = re.compile(r"[!-~]+(?: [!-~]+)*")
_MARGIN, _FOOT = 25 * mm, 12 * mm
_BODY = 12
_LINE = 20


def pdf_of(sheet: Sheet) -> bytes:
    """The paper as a PDF that names neither a maker nor a time."""
    if _FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    target = io.BytesIO()
    width = A4[0] - 2 * _MARGIN
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
        told.drawOn(canvas, _MARGIN, _FOOT)
        canvas.setFont(_LATIN, 9)
        canvas.drawRightString(A4[0] - _MARGIN, _FOOT, str(canvas.getPageNumber()))

    flow = [part for block in sheet.blocks for part in _parts(block, width)]
    document.build(flow, onFirstPage=foot, onLaterPages=foot)
    return target.getvalue()


def _parts(block: Block, width: float) -> list[Flowable]:
    match block:
        case Title(text):
            return [_paragraph(text, _style("title", 20, 28, TA_CENTER)), Spacer(1, 6 * mm)]
        case Heading(text):
            return [Spacer(1, 3 * mm), _paragraph(text, _style("heading", 14, 22))]
        case Text(text, is_right, is_small):
            size, line = (10, 16) if is_small else (_BODY, _LINE)
            align = TA_RIGHT if is_right else TA_JUSTIFY
            indent = 0 if is_right or is_small else 2 * _BODY
            style = _style(f"text-{align}-{size}", size, line, align, indent)
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
    parts, at = [], 0
    for run in _LATIN_RUN.finditer(text):
        parts.append(escape(text[at : run.start()]))
        parts.append(f'<font name="{_LATIN}">{escape(run[0])}</font>')
        at = run.end()
    parts.append(escape(text[at:]))
    # Room to write in would shrink to one space.
    told = "".join(parts).replace("\u3000", f'<font name="{_LATIN}">{4 * "&nbsp;"}</font>')
    return Paragraph(told or "&nbsp;", style)


def _style(
    name: str, size: int, line: int, align: int = TA_JUSTIFY, indent: int = 0
) -> ParagraphStyle:
    return ParagraphStyle(
        name,
        fontName=_FONT,
        fontSize=size,
        leading=line,
        alignment=align,
        firstLineIndent=indent,
        wordWrap="CJK",
    )
