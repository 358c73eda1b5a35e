"""What a form is filled with beforehand, what can be chosen in it, and what becomes of it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping

from domain.cases import intake as form
from domain.cases.case import Facts, Identity
from domain.cases.intake import Ask, Asked, Choice
from domain.cases.numbers import SIGNS, number_of
from domain.refusal import Refusal
from domain.units import Level, Unit, name_key
from storage.work import Work

_EVERYWHERE = ("/",)
_MOST_CHOICES = 6


async def known(work: Work, member_id: int) -> dict[str, str]:
    """What the member told of themselves before."""
    person = await work.people.find_of_member(member_id)
    if person is None:
        return {}
    given: dict[str, str] = {}
    unit = await work.units.find(person.unit_id) if person.unit_id else None
    if unit is not None and unit.parent_id is not None:
        given |= {Ask.EMPLOYER: unit.name, **of_unit(unit)}
    elif person.unit_text:
        given[Ask.EMPLOYER] = person.unit_text
    if person.name:
        given[Ask.NAME] = person.name
    if person.phone:
        given[Ask.PHONE] = person.phone
    if person.occupation:
        given[form.OCCUPATION] = person.occupation
    return given


async def meant(work: Work, name: str) -> dict[str, str]:
    """The unit of that name, or those that may be meant."""
    found = await work.units.search(name, _EVERYWHERE, _MOST_CHOICES + 1)
    exact = [unit for unit in found if name_key(unit.name) == name_key(name)]
    if len(exact) == 1:
        return of_unit(exact[0])
    maybe = [unit for unit in found if unit.parent_id is not None][:_MOST_CHOICES]
    return {form.MAYBE: ",".join(str(unit.id) for unit in maybe)}


def of_unit(unit: Unit) -> dict[str, str]:
    """Refuses with `cases.own_house` the unit at the top: nobody above it could deal with it."""
    if unit.parent_id is None:
        raise Refusal("cases.own_house")
    is_firm = {form.IS_FIRM: "1"} if unit.level is Level.ENTERPRISE else {}
    return {form.UNIT: str(unit.id), Ask.EMPLOYER: unit.name, **is_firm}


async def stand(work: Work, given: Mapping[str, str]) -> Asked:
    step = form.next_step(given)
    units: list[Unit] = []
    if step is Ask.WHICH:
        for number in given[form.MAYBE].split(","):
            unit = await work.units.find(int(number))
            units += [unit] if unit is not None else []
    elif step is Ask.TOWN:
        units = [
            unit
            for unit in await work.units.list_within(_EVERYWHERE)
            if unit.level is Level.TOWN and unit.is_open
        ]
        if not units:
            # Nothing could be chosen, and a town is not typed: the question would only hold up.
            return await stand(work, {**given, Ask.TOWN: form.SKIPPED})
    return form.asked(given, [Choice(unit.id, unit.name) for unit in units])


async def receiver(work: Work, level: Level, respondent: Unit | None, town: str) -> Unit:
    """The unit that answers for a new case: what the member chose, above the employer.

    An enterprise has no case work of its own: there the town answers, and tells the enterprise
    only what the member agrees to. A case against a town itself goes to the district.
    """
    top = await work.units.find_top()
    assert top is not None
    if level is Level.DISTRICT:
        return top
    if respondent is None:
        found = await work.units.find(int(town)) if town.isdecimal() else None
        return found if found is not None and found.level is Level.TOWN else top
    above = await work.units.find(respondent.parent_id) if respondent.parent_id else None
    is_town = respondent.level is Level.ENTERPRISE and above is not None
    return above if is_town and above is not None else top


def identity_of(member_id: int, given: Mapping[str, str]) -> Identity:
    return Identity(
        name=given.get(Ask.NAME),
        phone=_or_none(given, Ask.PHONE),
        reach=_or_none(given, Ask.REACH),
        chat_id=member_id,
    )


def facts_of(given: Mapping[str, str]) -> Facts:
    claimed = _or_none(given, Ask.AMOUNT)
    return Facts(
        story=given[Ask.STORY],
        employer=given[Ask.EMPLOYER],
        claimed=int(claimed) if claimed else None,
        question=given.get(form.QUESTION, ""),
        entry_id=given.get(form.ENTRY, ""),
        sheet=json.loads(given.get(form.SHEET, "{}")),
    )


def _or_none(given: Mapping[str, str], name: str) -> str | None:
    value = given.get(name, form.SKIPPED)
    return None if value == form.SKIPPED else value


async def new_number(work: Work) -> str:
    while True:
        number = number_of([secrets.randbelow(len(SIGNS)) for _ in range(7)])
        if not await work.cases.is_number_taken(number):
            return number
