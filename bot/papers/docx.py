"""Papers as DOCX, to be written on: the same blocks as in the PDF."""

from __future__ import annotations

import io
from datetime import datetime

from docx import Document
from docx.document import Document as Written
from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from bot.papers.plain import printable
from domain.documents import Block, Heading, Rows, Sheet, Text, Title, close_of

# The names by which office programs in Chinese know the two usual types.
_SONG, _HEI = "SimSun", "SimHei"
_LATIN = "Times New Roman"
_MARGIN = Cm(2.5)
_BODY = 12
# A file says when it was made; the paper itself carries the day, so this one says nothing.
_NO_TIME = datetime(2000, 1, 1)  # noqa: DTZ001 - the format knows no zones


def docx_of(sheet: Sheet) -> bytes:
    """The paper as DOCX that names no maker."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = _MARGIN
    section.top_margin = section.bottom_margin = _MARGIN
    normal = document.styles["Normal"]
    assert isinstance(normal, ParagraphStyle)
    normal.font.size = Pt(_BODY)
    _set_font(normal.element.get_or_add_rPr(), _SONG)
    close = close_of(sheet.blocks)
    for place, block in enumerate(sheet.blocks):
        paragraphs = _write(document, block)
        if close <= place < len(sheet.blocks) - 1:
            for paragraph in paragraphs:
                paragraph.paragraph_format.keep_with_next = True
    _foot(document, section.footer.paragraphs[0], sheet.foot)
    told = document.core_properties
    told.author, told.last_modified_by, told.comments = "", "", ""
    told.title = sheet.name
    told.created = told.modified = _NO_TIME
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def _write(document: Written, block: Block) -> list[Paragraph]:
    before = len(document.paragraphs)
    match block:
        case Title(text):
            paragraph = document.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            _run(paragraph, text, 20, _HEI)
        case Heading(text):
            paragraph = document.add_paragraph()
            paragraph.paragraph_format.space_before = Pt(10)
            paragraph.paragraph_format.space_after = Pt(4)
            paragraph.paragraph_format.keep_with_next = True
            _run(paragraph, text, 14, _HEI)
        case Text(text, is_right, is_small, is_flush):
            for line in text.split("\n"):
                paragraph = document.add_paragraph()
                if is_right:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                elif not (is_small or is_flush):
                    paragraph.paragraph_format.first_line_indent = Pt(2 * _BODY)
                paragraph.paragraph_format.space_after = Pt(4)
                _run(paragraph, line, 10 if is_small else _BODY, _SONG)
        case Rows():
            _table(document, block)
    return document.paragraphs[before:]


def _table(document: Written, block: Rows) -> None:
    table = document.add_table(rows=0, cols=len(block.head))
    table.style = "Table Grid"
    table.autofit = False
    width = Cm(21) - 2 * _MARGIN
    for column, share in zip(table.columns, block.shares, strict=True):
        # Some programs look at the columns, others at the cells.
        column.width = int(width * share)
    for number, row in enumerate((block.head, *block.rows)):
        line = table.add_row()
        for cell, text, share in zip(line.cells, row, block.shares, strict=True):
            cell.width = int(width * share)
            cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_before = Pt(3)
            paragraph.paragraph_format.space_after = Pt(3)
            _run(paragraph, text, 10, _HEI if number == 0 else _SONG)
        if number == 0:
            # On every page that the table goes over.
            line._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _foot(document: Written, paragraph: Paragraph, text: str) -> None:
    """The foot's text, and at the right margin the number of the page, counted by the program."""
    # The style for feet has stops of its own, for another width.
    paragraph.style = document.styles["Normal"]
    paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(21) - 2 * _MARGIN, WD_TAB_ALIGNMENT.RIGHT)
    _run(paragraph, f"{text}\t", 9, _SONG)
    number = OxmlElement("w:fldSimple")
    number.set(qn("w:instr"), "PAGE")
    paragraph._p.append(number)


def _run(paragraph: Paragraph, text: str, size: int, font: str) -> None:
    run = paragraph.add_run(printable(text))
    run.font.size = Pt(size)
    _set_font(run._element.get_or_add_rPr(), font)


def _set_font(properties: object, font: str) -> None:
    """Both types: the one for Chinese signs is an attribute that python-docx does not offer."""
    fonts = OxmlElement("w:rFonts")
    for name, value in (("ascii", _LATIN), ("hAnsi", _LATIN), ("eastAsia", font)):
        fonts.set(qn(f"w:{name}"), value)
    # Quotation marks and dashes are in both types; here they are Chinese ones.
    fonts.set(qn("w:hint"), "eastAsia")
    properties.insert(0, fonts)  # type: ignore[attr-defined]
