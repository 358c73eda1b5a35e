"""Talks in the console's house: made as the chat makes them, and taken by whoever asks."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import replace

from domain.attachments import read_file
from domain.people import Person
from domain.staff import Role
from domain.talks import Context, Phrase
from domain.units import Unit
from storage.people import new_person_id
from tests.console.visiting import House

FIRST = 5_700_000_000
_members = itertools.count(FIRST)
_updates = itertools.count(9_000)
PDF = b"%PDF-1.4 a paper"
WORDS = "老板三个月没给我开工资"


async def a_talk(
    house: House, unit: Unit, *, words: str = WORDS, member: int = 0, name: str = "张三"
) -> tuple[str, str]:
    """A talk of somebody of the unit with words and a file; its id and that of the file."""
    talks = house.world.parts.desk.talks
    member = member or next(_members)
    now = house.world.clock.now()
    person = Person(new_person_id(), now, now, name=name, phone="13812345678")
    async with house.world.parts.database.open_work() as work:
        if await work.people.find_of_member(member) is None:
            await work.people.add_all([replace(person, unit_id=unit.id, member_id=member)])
        await work.commit()
    standing = await talks.open(member, Context(shown="拖欠工资怎么要", entry_id="wage.arrears"))
    if standing is None:
        await house.person((Role.CASEWORKER, unit))
        return await a_talk(house, unit, words=words, member=member, name=name)
    await talks.say(member, words, next(_updates))
    await talks.send(member, read_file("合同.pdf", PDF), "", next(_updates))
    async with house.world.parts.database.open_read() as work:
        (file,) = await work.talk_words.files_of(standing.talk.id)
    return standing.talk.id, file


async def a_phrase(house: House, unit: Unit, text: str = "您好，{union.name}") -> str:
    """A phrase of the unit."""
    phrase = Phrase(
        secrets.token_hex(8), "问好", text, None, unit.path, "s", house.world.clock.now()
    )
    async with house.world.parts.database.open_work() as work:
        await work.talk_phrases.save(phrase)
        await work.commit()
    return phrase.id
