"""Papers as files: what is embedded, what is left out, what a program for texts needs."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from docx import Document
from docx.oxml.ns import qn

from bot.papers import pdf
from bot.papers.docx import docx_of
from bot.papers.pdf import pdf_of
from bot.papers.plain import printable
from domain.documents import Heading, Rows, Sheet, Text, Title, close_of

SHEET = Sheet(
    "试纸",
    (
        Title("试纸"),
        Heading("一"),
        Text("工资 4,500 元 × 3 个月，“三个月”没给。\U0001f621"),
        Rows(("编号", "名称"), (("E01", "合同"), ("E02", "工资条")), (0.2, 0.8)),
    ),
    "编号 7K3M-P9QX",
)


def test_pictures_are_left_out_and_rare_characters_stay() -> None:
    assert printable("\U0001f9ee 工资\u2764\ufe0f给了\U0001f468\u200d\U0001f33e") == " 工资给了"
    for text in ("\U00020bb7野", "\u3400", "①②", "№ 5", "37℃", "A-1023"):
        assert printable(text) == text


def test_a_face_of_the_machine_is_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    if not any(Path(face).is_file() for face in pdf._FACES):
        pytest.skip("no Chinese face on this machine: apt-get install fonts-wqy-zenhei")
    assert b"/FontFile2" in pdf_of(SHEET)
    monkeypatch.setattr(pdf, "_FACES", ())
    pdf.face.cache_clear()
    try:
        plain = pdf_of(SHEET)
    finally:
        pdf.face.cache_clear()
    # The control: without a face on the machine one is named and none comes along.
    assert b"/FontFile2" not in plain and b"STSong-Light" in plain


@pytest.mark.skipif(not Path(pdf._FACES[1]).is_file(), reason="fonts-droid-fallback is absent")
def test_signs_that_the_face_lacks_come_from_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_FACES", pdf._FACES[1:2])
    pdf.face.cache_clear()
    try:
        told = pdf._paragraph(SHEET.blocks[2].text, pdf._style("test", 12, 20), 400).text  # type: ignore[union-attr]
    finally:
        pdf.face.cache_clear()
    assert f'<font name="{pdf._LATIN}">\u00d7</font>' in told
    assert f'<font name="{pdf._LATIN}">\u201c</font>' in told
    assert "\U0001f621" not in told


def test_a_paper_to_write_on_has_its_head_on_every_page_and_a_number() -> None:
    written = Document(io.BytesIO(docx_of(SHEET)))
    (table,) = written.tables
    head = table.rows[0]._tr.trPr
    assert head is not None and head.find(qn("w:tblHeader")) is not None
    assert table.rows[1]._tr.trPr is None
    first, second = (column.width for column in table.columns)
    assert (
        first is not None and second is not None and second == pytest.approx(first * 4, rel=0.01)
    )
    foot = written.sections[0].footer.paragraphs[0]._p
    assert foot.find(qn("w:fldSimple")).get(qn("w:instr")) == "PAGE"


def test_no_line_begins_with_a_comma() -> None:
    text = "甲方乙方都认可这笔钱按约定支付，" * 12
    lines = pdf._paragraph(text, pdf._style("lines", 12, 20), 150).breakLines(150).lines
    said = ["".join(str(part) for part in line[1]) for line in lines]
    assert len(said) > 5 and not [line for line in said if line.startswith("，")]


def test_no_line_ends_with_a_bracket_that_opens() -> None:
    style = pdf._style("brackets", 12, 20)
    texts = ["一" * ahead + "答（复）" * 9 for ahead in range(12)]
    made = [pdf._paragraph(text, style, 150) for text in texts]
    assert [pdf._opened_last(one, 150) for one in made] == [None] * len(texts)
    assert all(
        one.text.replace("<br/>", "") == text for one, text in zip(made, texts, strict=True)
    )
    # The control: as the lines fall, some end so.
    assert any(pdf._opened_last(pdf._marked_up(text, style), 150) is not None for text in texts)


def test_who_signs_is_never_parted_from_what_is_signed() -> None:
    told = [Text(f"第 {number} 段。") for number in range(40)]
    signed = [Text("此致"), Text("某某工会", is_flush=True), Text("签名", is_right=True)]
    blocks = (*told, *signed, Text("日期", is_right=True), Text("附", is_small=True))
    assert close_of(blocks) == 40
    assert close_of(told) == 40
    assert close_of((*told, Text("签名", is_right=True))) == 39
    written = Document(io.BytesIO(docx_of(Sheet("试纸", blocks, "脚"))))
    kept = [one.text for one in written.paragraphs if one.paragraph_format.keep_with_next]
    assert kept == ["此致", "某某工会", "签名", "日期"]
