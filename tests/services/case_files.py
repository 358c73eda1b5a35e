"""A case in the tables, and files as members send them, for tests of evidence and papers."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import datetime

from PIL import Image

from domain.cases.case import Case, Facts, Identity, Wish
from domain.cases.kinds import Kind
from domain.cases.states import State
from domain.staff import Actor, Flag, Grant, Role, Staff
from domain.units import Level, Unit
from storage.database import Database

CASE = "case000000000001"
WORKER, LEAD = "worker0000000001", "lead000000000001"


def caseworker(unit: Unit, name: str = WORKER) -> Actor:
    return Actor(name, "李调解", (Grant(Role.CASEWORKER, unit.path),))


def lead(unit: Unit) -> Actor:
    return Actor(LEAD, "赵主任", (Grant(Role.CASEWORKER, unit.path, frozenset({Flag.LEAD})),))


async def file_case(
    database: Database,
    unit: Unit,
    member_id: int,
    now: datetime,
    *,
    case_id: str = CASE,
    number: str = "7K3M-P9QX",
    respondent: Unit | None = None,
    facts: Facts | None = None,
) -> Case:
    """A case of the member, assigned to the caseworker."""
    case = Case(
        id=case_id,
        number=number,
        state=State.MEDIATING,
        wish=Wish.MEDIATE,
        kind=Kind.WAGES,
        level=Level.TOWN,
        unit_id=unit.id,
        unit_path=unit.path,
        opened_at=now,
        changed_at=now,
        is_anonymous=False,
        respondent_id=respondent.id if respondent else None,
        respondent_path=respondent.path if respondent else None,
        assigned_to=WORKER,
    )
    told = facts or Facts("三个月工资没结清。", "速达配送（测试）", 1_350_000)
    async with database.open_work() as work:
        if await work.staff.find(WORKER) is None:
            await work.staff.add(
                Staff(WORKER, "李调解", 7001, None, is_outside=False, created_at=now)
            )
        await work.cases.add(case, member_id, Identity("王芳", "13800001234"), told)
        await work.commit()
    return case


async def end(database: Database, case: Case) -> None:
    """The case is over."""
    async with database.open_work() as work:
        await work.cases.save(replace(case, state=State.ARCHIVED))
        await work.commit()


def photo(color: str = "red", *, gps: bool = False, form: str = "JPEG") -> bytes:
    """A small picture; with `gps` it tells where it was taken and with what."""
    picture = Image.new("RGB", (40, 30), color)
    target = io.BytesIO()
    if not gps:
        picture.save(target, form)
        return target.getvalue()
    exif = Image.Exif()
    exif[0x010F] = "CANARYPHONE"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[29] = "2026:11:20"
    picture.save(target, form, exif=exif, comment=b"CANARYPLACE")
    return target.getvalue()


def pdf(more: bytes = b"", behind: bytes = b"") -> bytes:
    """A PDF that says who made it."""
    head = b"%PDF-1.4\n1 0 obj\n<</Author (CANARYAUTHOR) /Producer <43414e415259>>>\nendobj\n"
    return head + more + b"trailer\n<<>>\n%%EOF\n" + behind


def archive(name: str = "a.txt") -> bytes:
    """A zip with one file in it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, b"0" * 1000)
    return target.getvalue()


# Files as strange members send them, and a word of what they are told.
REFUSALS: dict[str, tuple[bytes, str]] = {
    "空.jpg": (b"", "空的"),
    "工资条.jpg": (b"MZ" + bytes(100), "是程序"),
    "图.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    "材料.zip": (archive(), "压缩包"),
    "合同.docx": (archive("word/document.xml"), "另存为 PDF"),
    "录音.m4a": (b"\0\0\0\x20ftypM4A " + bytes(50), "录音"),
}
