"""Evidence: what is taken and what is refused, numbers, sealing, the page's link, who may look."""

from __future__ import annotations

import asyncio
import hashlib
import io

import pytest
from PIL import Image

from bot.papers import clean
from domain.cases.case import Case
from domain.cases.kinds import Kind
from domain.evidence import MOST_BYTES, FileKind, clean_name, kind_of_file
from domain.refusal import Refusal
from services.evidence import EvidenceDesk, EvidenceService, UploadService
from storage.database import Database
from tests.services import offices
from tests.services.case_files import (
    archive,
    caseworker,
    end,
    file_case,
    lead,
    pdf,
    photo,
)
from tests.services.offices import Tree
from tests.world import MovableClock

WANG, LI = 1001, 1002


@pytest.fixture
async def tree(database: Database, clock: MovableClock) -> Tree:
    return await offices.plant(database, clock)


@pytest.fixture
async def case(database: Database, clock: MovableClock, tree: Tree) -> Case:
    return await file_case(database, tree.town, WANG, clock.now(), respondent=tree.firm)


@pytest.fixture
def service(database: Database, clock: MovableClock) -> EvidenceService:
    return EvidenceService(database, clock, clean)


@pytest.fixture
def uploads(database: Database, clock: MovableClock) -> UploadService:
    return UploadService(database, clock, clean)


BOMB = io.BytesIO()
Image.new("1", (12_000, 12_000)).save(BOMB, "PNG")
REFUSED = {
    "empty": b"",
    "large": b"\xff\xd8\xff" + bytes(MOST_BYTES),
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "archive": archive(),
    "office": archive("word/document.xml"),
    "program": b"MZ" + bytes(100),
    "sound": b"OggS" + bytes(100),
    "video": b"\0\0\0\x18ftypmp42" + bytes(100),
    "heic": b"\0\0\0\x18ftypheic" + bytes(100),
    "unknown": b"hello",
    "huge": BOMB.getvalue(),
    "damaged": photo()[:300],
    "cut_off": b"%PDF-1.4\n1 0 obj\n",
    "double": pdf(behind=archive()),
    "active": pdf(b"<</OpenAction <</S /JavaScript /JS (app.alert(1))>>>>"),
    "locked": pdf(b"<</Encrypt 5 0 R>>"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_file_that_is_not_what_is_taken_is_refused_with_its_reason(why: str) -> None:
    data = REFUSED[why]
    with pytest.raises(Refusal, match=rf"evidence\.(is_)?{why}"):
        clean(data, kind_of_file(data))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_keeps_its_points_and_loses_place_and_device(form: str) -> None:
    told = photo(gps=form == "JPEG", form=form)
    kept = clean(told, kind_of_file(told))
    assert b"CANARY" not in kept
    with Image.open(io.BytesIO(kept)) as picture:
        assert not picture.getexif()
        # The camera was held upright: what it noted is now in the points themselves.
        assert picture.size == ((30, 40) if form == "JPEG" else (40, 30))
        point = picture.convert("RGB").getpixel((5, 5))
    assert isinstance(point, tuple)
    assert point[0] > 240 and max(point[1:]) < 20


def test_the_sample_does_tell_place_and_device_before() -> None:
    assert photo(gps=True).count(b"CANARY") == 2
    assert b"CANARY" in pdf()


def test_a_picture_with_an_archive_behind_it_is_only_a_picture_afterwards() -> None:
    both = photo() + archive()
    assert b"PK\x03\x04" in both
    assert b"PK\x03\x04" not in clean(both, FileKind.JPEG)


def test_a_pdf_keeps_its_length_and_does_not_name_its_maker() -> None:
    told = pdf()
    kept = clean(told, FileKind.PDF)
    assert len(kept) == len(told)
    assert b"CANARY" not in kept
    assert b"43414e" not in kept
    assert kept.endswith(b"%%EOF\n")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("工资条.jpg", "工资条.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\x\\合同.exe", "合同.jpg"),
        ("photo\u202egpj.exe", "photogpj.jpg"),
        ("", ""),
    ],
)
def test_a_name_has_no_path_nothing_hidden_and_the_true_ending(name: str, shown: str) -> None:
    assert clean_name(name, FileKind.JPEG) == shown


async def test_files_are_numbered_hashed_and_lie_sealed(
    service: EvidenceService, database: Database, case: Case
) -> None:
    await service.begin(WANG, case.id)
    await service.choose(WANG, "pay_record")
    first = await service.add(WANG, photo("red"), "工资条.jpg", "1")
    second = await service.add(WANG, pdf(), "合同.pdf", "2")
    assert [first.evidence.label, second.evidence.label] == ["E01", "E02"]
    assert first.evidence.sha256 == hashlib.sha256(photo("red")).hexdigest()
    assert (second.folder.done, second.folder.total) == (1, 5)
    everything = await offices.everything(database)
    assert "工资条" not in everything
    assert "%PDF" not in everything
    assert "JFIF" not in everything


async def test_the_same_update_adds_one_file_and_the_same_bytes_are_told(
    service: EvidenceService, case: Case
) -> None:
    await service.begin(WANG, case.id)
    await service.add(WANG, photo(), "", "1")
    again = await service.add(WANG, photo(), "", "1")
    assert len(again.folder.files) == 1
    with pytest.raises(Refusal, match=r"evidence\.same"):
        await service.add(WANG, photo(), "", "2")


async def test_a_file_is_taken_back_until_it_was_handed_in(
    service: EvidenceService, case: Case
) -> None:
    await service.begin(WANG, case.id)
    first = (await service.add(WANG, photo("red"), "", "1")).evidence
    await service.remove(WANG, case.id, first.id)
    with pytest.raises(Refusal, match=r"evidence\.nothing"):
        await service.hand_in(WANG, case.id)
    second = (await service.add(WANG, photo("blue"), "", "2")).evidence
    assert await service.hand_in(WANG, case.id) == 1
    with pytest.raises(Refusal, match=r"evidence\.handed_in"):
        await service.remove(WANG, case.id, second.id)
    # Pressed twice: it says the same.
    assert await service.hand_in(WANG, case.id) == 1


async def test_nobody_adds_to_sees_or_removes_from_the_case_of_another(
    service: EvidenceService, uploads: UploadService, case: Case
) -> None:
    await service.begin(WANG, case.id)
    mine = (await service.add(WANG, photo(), "", "1")).evidence
    for attempt in (
        service.begin(LI, case.id),
        service.look(LI, case.id, Kind.OTHER),
        service.remove(LI, case.id, mine.id),
        service.hand_in(LI, case.id),
        uploads.make(LI, case.id),
    ):
        with pytest.raises(Refusal, match=r"cases\.not_found"):
            await attempt
    with pytest.raises(Refusal, match=r"evidence\.gone"):
        await service.remove(LI, None, mine.id)


async def test_what_came_before_the_case_goes_with_it_and_names_nobody(
    service: EvidenceService, database: Database, clock: MovableClock, tree: Tree
) -> None:
    for number, color in enumerate(("red", "blue", "green")):
        await service.add(WANG, photo(color), "", str(number), kind=Kind.WAGES)
    case = await file_case(database, tree.town, WANG, clock.now())
    async with database.open_work() as work:
        assert await work.evidence.attach(WANG, case.id, clock.now()) == 3
        await work.commit()
    found = await service.look(WANG, case.id, Kind.OTHER)
    assert [one.label for one in found.files] == ["E01", "E02", "E03"]
    assert {row["member_id"] for row in await offices.rows(database, "evidence")} == {None}


async def test_files_of_a_case_that_was_never_handed_in_are_gone_after_a_week(
    service: EvidenceService, database: Database, clock: MovableClock
) -> None:
    await service.add(WANG, photo(), "", "1", kind=Kind.WAGES)
    clock.move(days=6)
    assert await service.purge() == 0
    clock.move(days=2)
    assert await service.purge() == 1
    assert await offices.rows(database, "evidence_pieces") == []


async def test_a_case_that_is_over_takes_no_files(
    service: EvidenceService, database: Database, case: Case
) -> None:
    await end(database, case)
    with pytest.raises(Refusal, match=r"evidence\.closed"):
        await service.begin(WANG, case.id)


async def test_a_link_is_used_once_even_by_two_at_the_same_moment(
    uploads: UploadService, service: EvidenceService, database: Database, case: Case
) -> None:
    token = await uploads.make(WANG, case.id)
    assert token not in await offices.everything(database)
    outcomes = await asyncio.gather(
        uploads.send(token, [("a.jpg", photo("red"))]),
        uploads.send(token, [("b.jpg", photo("blue"))]),
        return_exceptions=True,
    )
    refused = [one for one in outcomes if isinstance(one, Refusal)]
    assert [one.code for one in refused] == ["evidence.link_used"]
    assert len((await service.look(WANG, case.id, Kind.OTHER)).files) == 1


async def test_a_link_lapses_after_half_an_hour_and_a_new_one_ends_the_old(
    uploads: UploadService, case: Case, clock: MovableClock
) -> None:
    old = await uploads.make(WANG, case.id)
    new = await uploads.make(WANG, case.id)
    with pytest.raises(Refusal, match=r"evidence\.link_unknown"):
        await uploads.peek(old)
    assert (await uploads.peek(new)).minutes == 30
    clock.move(minutes=31)
    with pytest.raises(Refusal, match=r"evidence\.link_over"):
        await uploads.send(new, [("a.jpg", photo())])


async def test_a_link_stays_good_as_long_as_nothing_could_be_kept(
    uploads: UploadService, case: Case
) -> None:
    token = await uploads.make(WANG, case.id)
    kept, refused = await uploads.send(token, [("x.svg", REFUSED["svg"])])
    assert (kept, [one.code for _, one in refused]) == ((), ["evidence.is_svg"])
    kept, refused = await uploads.send(token, [("x.svg", REFUSED["svg"]), ("a.jpg", photo())])
    assert ([one.label for one in kept], len(refused)) == (["E01"], 1)


async def test_only_whoever_works_on_the_case_reads_a_file_and_it_is_on_record(
    service: EvidenceService, database: Database, clock: MovableClock, case: Case, tree: Tree
) -> None:
    desk = EvidenceDesk(database, clock)
    await service.begin(WANG, case.id)
    one = (await service.add(WANG, photo(), "a.jpg", "1")).evidence
    worker = caseworker(tree.town)
    with pytest.raises(Refusal, match=r"cases\.not_found"):
        await desk.open(worker, case.id, one.id)
    await service.hand_in(WANG, case.id)
    assert (await desk.open(worker, case.id, one.id)).data == clean(photo(), FileKind.JPEG)
    acts = [row["act"] for row in await offices.rows(database, "audit")]
    assert acts.count("evidence.opened") == 1
    for other in (lead(tree.town), caseworker(tree.other_town, "x"), caseworker(tree.firm, "y")):
        with pytest.raises(Refusal, match=r"cases\.not_found"):
            await desk.open(other, case.id, one.id)
