"""The vault: what is sealed opens in its own place with its own key, and nowhere else."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.database import Database
from storage.sealed import CHUNK, place_of, sealed_columns
from storage.tables import metadata, people
from storage.vault import KeyRing, Place, Vault, VaultFault, VaultMissing, _bound, key_of
from tests import databases
from tests.databases import RING

PLACE = Place("people", "sealed_name", "p1")
NAME = "王芳（速达配送）"
NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


def ring(*names: str) -> KeyRing:
    """A ring of random keys; the last seals."""
    keys = {name: secrets.token_bytes(32) for name in names}
    return KeyRing(names[-1], keys, secrets.token_bytes(32))


def test_what_was_sealed_opens_again() -> None:
    vault = databases.vault()
    for text in ("", "a", NAME, "工" * 100_000, "\0\n🙂"):
        assert vault.open(PLACE, vault.seal(PLACE, text)) == text


def test_the_same_text_is_never_sealed_the_same_way_and_shows_nowhere() -> None:
    vault = databases.vault()
    sealed = [vault.seal(PLACE, NAME) for _ in range(100)]
    assert len(set(sealed)) == 100
    assert not any(NAME.encode() in one for one in sealed)


def test_every_changed_byte_is_noticed() -> None:
    vault = databases.vault()
    sealed = vault.seal(PLACE, NAME)
    for at in range(len(sealed)):
        for flip in (1, 0x80):
            changed = bytearray(sealed)
            changed[at] ^= flip
            with pytest.raises(VaultFault):
                vault.open(PLACE, bytes(changed))
    for length in range(len(sealed)):
        with pytest.raises(VaultFault):
            vault.open(PLACE, sealed[:length])
    with pytest.raises(VaultFault):
        vault.open(PLACE, sealed + b"\0")


@pytest.mark.parametrize(
    "other",
    [
        replace(PLACE, row_key="p2"),
        replace(PLACE, column="sealed_phone"),
        replace(PLACE, table="staff"),
        Place("people", "sealed_name", "p1|"),
        Place("people", "sealed_name|p1", ""),
    ],
)
def test_a_value_that_was_moved_does_not_open(other: Place) -> None:
    vault = databases.vault()
    with pytest.raises(VaultFault):
        vault.open(other, vault.seal(PLACE, NAME))


def test_without_the_place_a_moved_value_would_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.vault._bound", lambda place, key: b"")
    vault = databases.vault()
    assert vault.open(replace(PLACE, row_key="p2"), vault.seal(PLACE, NAME)) == NAME


def test_each_table_has_a_key_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """RELIABILITY 5.4: what happened to somebody does not open with the key of who they are."""
    monkeypatch.setattr("storage.vault._bound", lambda place, key: b"")
    vault = databases.vault()
    sealed = vault.seal(PLACE, NAME)
    for other in ("case_facts", "case_identities", "evidence_pieces"):
        with pytest.raises(VaultFault):
            vault.open(replace(PLACE, table=other), sealed)
    with pytest.raises(InvalidTag):
        AESGCM(RING.keys[RING.current]).decrypt(sealed[5:17], sealed[17:], b"")


def test_with_one_key_for_all_tables_a_moved_value_would_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("storage.vault._bound", lambda place, key: b"")
    monkeypatch.setattr("storage.vault._key_of_table", lambda key, table: key)
    vault = databases.vault()
    assert vault.open(replace(PLACE, table="case_facts"), vault.seal(PLACE, NAME)) == NAME


def sealed_before(place: Place, text: str) -> bytes:
    """A value of the first form: under the ring's key itself."""
    nonce, bound = secrets.token_bytes(12), _bound(place, RING.current)
    sealed = AESGCM(RING.keys[RING.current]).encrypt(nonce, text.encode(), bound)
    return b"\x01" + bytes.fromhex(RING.current) + nonce + sealed


def test_what_was_sealed_before_tables_had_keys_still_opens() -> None:
    assert databases.vault().open(PLACE, sealed_before(PLACE, NAME)) == NAME
    with pytest.raises(VaultFault):
        databases.vault().open(replace(PLACE, table="staff"), sealed_before(PLACE, NAME))


def test_another_key_opens_nothing_even_under_the_same_id() -> None:
    sealed = databases.vault().seal(PLACE, NAME)
    with pytest.raises(VaultFault, match="unknown key 7e57c0de"):
        Vault(ring("0badc0de")).open(PLACE, sealed)
    with pytest.raises(VaultFault, match="changed or moved"):
        Vault(ring("7e57c0de")).open(PLACE, sealed)


def test_a_fault_never_tells_a_value_or_a_key() -> None:
    vault = databases.vault()
    assert RING.finding.hex() not in repr(RING) and "\\x" not in repr(RING)
    assert repr(vault) == "Vault(7e57c0de)"
    with pytest.raises(VaultFault) as fault:
        vault.open(replace(PLACE, row_key="13812345678"), vault.seal(PLACE, NAME))
    assert NAME not in str(fault.value) and "138" not in str(fault.value)


def test_a_key_that_was_added_meanwhile_is_fetched_once() -> None:
    rings = [ring("00000001")]
    vault = Vault(rings[0], lambda: rings[-1])
    added = replace(rings[0], current="00000002", keys={**rings[0].keys, **ring("00000002").keys})
    rings.append(added)
    sealed = Vault(added).seal(PLACE, NAME)
    assert vault.current == "00000001"
    assert vault.open(PLACE, sealed) == NAME
    assert key_of(vault.seal(PLACE, NAME)) == "00000002"


def test_a_fingerprint_is_the_same_for_the_same_and_tells_purposes_apart() -> None:
    vault = databases.vault()
    found = vault.fingerprint("phone", "13812345678")
    assert re.fullmatch("[0-9a-f]{64}", found)
    assert found == databases.vault().fingerprint("phone", "13812345678")
    others = {
        vault.fingerprint("tail", "13812345678"),
        vault.fingerprint("phone", "13812345679"),
        vault.fingerprint("phone1", "3812345678"),
        Vault(ring("00000001")).fingerprint("phone", "13812345678"),
    }
    assert len(others | {found}) == 5


@pytest.mark.parametrize(
    "bad",
    [
        {"current": "00000009"},
        {"keys": {"7e57c0de": b"short"}},
        {"keys": {"7e57c0de": secrets.token_bytes(32), "toolong000": secrets.token_bytes(32)}},
        {"finding": b""},
    ],
)
def test_a_ring_that_cannot_work_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(RING, **bad)  # type: ignore[arg-type]


async def test_work_without_a_vault_says_so(database_url: str) -> None:
    bare = Database(database_url)
    async with bare.open_read() as work:
        with pytest.raises(VaultMissing):
            _ = work.vault
    await bare.close()


async def test_every_way_to_work_has_the_vault(database: Database) -> None:
    async with database.open_work() as one, database.open_read() as two:
        assert one.vault is two.vault is database.vault
    async with database.open_snapshot() as three:
        assert three.vault is database.vault

    async def job(work: object) -> object:
        return work.vault  # type: ignore[attr-defined]

    assert await database.write(job) is await database.read(job) is database.vault


def test_every_column_of_bytes_is_sealed_and_named_so() -> None:
    """Rotation, counts and the check of keys look at exactly the columns named `sealed_`."""
    raw = {
        column
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.LargeBinary)
    }
    # What goes out to thousands is no secret.
    public = {"broadcast_files.content"}
    assert {str(column) for column in raw ^ set(sealed_columns())} == public
    assert "people.sealed_name" in {str(column) for column in sealed_columns()}


def test_a_sealed_row_has_a_key_that_is_known_before_it_is_written() -> None:
    automatic = [
        str(column)
        for column in sealed_columns()
        if isinstance(column.table, sa.Table) and column.table.autoincrement_column is not None
    ]
    assert automatic == []


async def fill(database: Database, vault: Vault, first: int, count: int) -> None:
    """People with sealed names, and every second one with a phone."""
    async with database.open_work() as work:
        for number in range(first, first + count):
            key = f"p{number:05}"
            name = vault.seal(place_of(people.c.sealed_name, [key]), f"王{number}")
            phone = vault.seal(place_of(people.c.sealed_phone, [key]), f"138{number:08}")
            await work._connection.execute(
                sa.insert(people).values(
                    id=key,
                    sealed_name=name,
                    sealed_phone=phone if number % 2 else None,
                    phone_shared=False,
                    source="self",
                    made_at=NOW,
                    changed_at=NOW,
                )
            )
        await work.commit()


async def reseal(database: Database, vault: Vault) -> tuple[int, int]:
    moved = faulty = 0
    for column in sealed_columns():
        last = None
        while True:
            async with database.open_work() as work:
                chunk = await work.sealed.reseal_some(vault, column, last)
                await work.commit()
            moved, faulty, last = moved + chunk.moved, faulty + chunk.faulty, chunk.last
            if last is None:
                break
    return moved, faulty


async def counts(database: Database) -> Counter[str]:
    async with database.open_read() as work:
        return await work.sealed.count_by_key()


async def test_sealing_anew_moves_every_value_and_only_those_of_other_keys(
    database: Database,
) -> None:
    old = databases.vault()
    await fill(database, old, 0, CHUNK + 10)
    both = replace(RING, current="00000002", keys={**RING.keys, **ring("00000002").keys})
    new = Vault(both)
    await fill(database, new, CHUNK + 10, 10)
    size = CHUNK + 10
    assert await counts(database) == {"7e57c0de": size + size // 2, "00000002": 15}
    assert await reseal(database, new) == (size + size // 2, 0)
    assert await counts(database) == {"00000002": size + size // 2 + 15}
    assert await reseal(database, new) == (0, 0)
    # The old key is needed no more.
    only = Vault(replace(both, keys={"00000002": both.keys["00000002"]}))
    async with database.open_read() as work:
        assert await work.sealed.find_faulty(only) is None
        rows = await work._connection.execute(sa.select(people.c.id, people.c.sealed_phone))
        for key, sealed in rows:
            if sealed is not None:
                place = place_of(people.c.sealed_phone, [key])
                assert only.open(place, sealed) == f"138{int(key[1:]):08}"


async def test_values_of_the_first_form_are_sealed_anew(database: Database) -> None:
    vault = databases.vault()
    await fill(database, vault, 0, 4)
    place = place_of(people.c.sealed_name, ["p00002"])
    async with database.open_work() as work:
        assert await work.sealed.count_earlier(vault) == 0
        await work._connection.execute(
            sa.update(people)
            .where(people.c.id == "p00002")
            .values(sealed_name=sealed_before(place, NAME))
        )
        await work.commit()
    async with database.open_read() as work:
        assert await work.sealed.count_earlier(vault) == 1
        assert await work.sealed.find_faulty(vault) is None
    from bot.keys import keep_sealed

    await keep_sealed(database, databases.keys_file())
    async with database.open_read() as work:
        assert await work.sealed.count_earlier(vault) == 0
        sealed = await work._connection.scalar(
            sa.select(people.c.sealed_name).where(people.c.id == "p00002")
        )
    assert sealed is not None
    assert bytes(sealed).startswith(b"\x02") and vault.open(place, sealed) == NAME


async def test_a_value_that_does_not_open_is_counted_and_left_alone(database: Database) -> None:
    vault = databases.vault()
    await fill(database, vault, 0, 4)
    moved = vault.seal(place_of(people.c.sealed_name, ["elsewhere"]), "李强")
    async with database.open_work() as work:
        await work._connection.execute(
            sa.update(people).where(people.c.id == "p00002").values(sealed_name=moved)
        )
        await work.commit()
    new = Vault(replace(RING, current="00000002", keys={**RING.keys, **ring("00000002").keys}))
    assert await reseal(database, new) == (5, 1)
    assert await counts(database) == {"7e57c0de": 1, "00000002": 5}
    async with database.open_read() as work:
        place = await work.sealed.find_faulty(new)
    assert place == Place("people", "sealed_name", "p00002")


async def test_whether_anything_is_sealed_is_known_in_any_schema(database: Database) -> None:
    async with database.open_work() as work:
        assert not await work.sealed.is_there()
        await fill_one(work)
        assert await work.sealed.is_there()
        await work._connection.execute(sa.text("DROP TABLE people"))
        assert not await work.sealed.is_there()


async def fill_one(work: object) -> None:
    await work._connection.execute(  # type: ignore[attr-defined]
        sa.insert(people).values(
            id="p1",
            sealed_name=b"x",
            phone_shared=False,
            source="self",
            made_at=NOW,
            changed_at=NOW,
        )
    )


async def test_a_snapshot_sees_one_state_whatever_is_committed_meanwhile(
    database: Database,
) -> None:
    await fill(database, databases.vault(), 0, 2)
    count = sa.select(sa.func.count()).select_from(people)
    async with database.open_snapshot() as snapshot:
        assert await snapshot._connection.scalar(count) == 2
        await fill(database, databases.vault(), 2, 3)
        assert await snapshot._connection.scalar(count) == 2
    async with database.open_read() as work:
        assert await work._connection.scalar(count) == 5
