"""What the browser is sent: for each role and list the fields of a declared table, and no other.

ASVS 8.2.3. response_fields.toml is the matrix as data: by route and role the headings of lists
and files, the terms of what is told of one thing, and the keys of JSON; and where whole names and
whole phone numbers of members may stand.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from console.events.taking import LISTINGS as EVENT_LISTS
from console.frame.routes import Access, Route
from console.quiz.taking import LISTINGS as QUIZ_LISTS
from console.registry import all_routes
from domain.staff import FLAG_NEEDED, FLAGS_OF, MATRIX, Role
from tests.console.case_house import NAME as CASE_NAME
from tests.console.examples import EXAMPLES
from tests.console.visiting import Answer, House

TABLE = tomllib.loads(Path(__file__).with_name("response_fields.toml").read_text("utf-8"))
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_HEADING = re.compile(r'<th scope="col"[^>]*>(.*?)</th>', re.DOTALL)
_LABEL = re.compile(r'data-label="([^"]*)"')
_TERM = re.compile(r"<dt>(.*?)</dt>", re.DOTALL)
_WHATS = {
    "POST /events/{id}/export": tuple(EVENT_LISTS),
    "POST /quiz/rounds/{id}/export": tuple(QUIZ_LISTS),
}
# Files and papers of one case or event, which are no lists.
_ASIDE = re.compile(r"/(files|papers|letter|poster|template|record)\b")
PHONE, NAME = "whole phone", "whole name"


def walked() -> list[Route]:
    """Everything that shows or hands over: pages, pieces of pages, JSON, files with lists."""
    return [
        route
        for route in all_routes()
        if not isinstance(route.permission, Access)
        and not _ASIDE.search(route.path)
        and (
            route.method == "GET"
            or route.path.endswith(("/export", "/sync", "/phone", "/names", "/ledger"))
        )
    ]


def told(answer: Answer) -> set[str]:
    """The names of the fields that an answer has."""
    kind = answer.headers.get("Content-Type", "")
    if kind.startswith("application/json"):
        return _keys(json.loads(answer.text))
    if kind.startswith("text/csv"):
        head = next(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        # The last one is the watermark.
        return set(head[:-1])
    return _headings(answer.text)


def _keys(data: object) -> set[str]:
    if isinstance(data, Mapping):
        found = {str(key) for key in data}
        return found.union(*(_keys(value) for value in data.values()))
    if isinstance(data, list):
        return set[str]().union(*map(_keys, data))
    return _headings(data) if isinstance(data, str) and "<" in data else set()


def _headings(text: str) -> set[str]:
    # Charts have a table of their own, with days and units for columns.
    main = re.sub(r"<figure.*?</figure>", "", text.partition("<main")[2] or text, flags=re.DOTALL)
    found = (found for one in (_HEADING, _LABEL, _TERM) for found in one.findall(main))
    words = (" ".join(html.unescape(re.sub(r"<[^>]+>", " ", one)).split()) for one in found)
    return {word for word in words if word}


def leaked(answer: Answer, names: Iterable[str]) -> set[str]:
    """Whole phones and names of members in an answer."""
    text = html.unescape(answer.text)
    found = {PHONE} if _PHONE.search(text) else set[str]()
    return found | ({NAME} if any(name in text for name in names) else set())


async def walk(house: House, role: Role) -> dict[str, set[str]]:
    """What the role is sent by each route; routes that send no field are left out."""
    person = await house.person((role, house.north), flags=FLAGS_OF.get(role, frozenset()))
    browser, found = await house.sits_down(person), dict[str, set[str]]()
    # Lists stand before what is in them: asked for last, they hold what was made for that.
    for route in reversed(walked()):
        permission = route.permission
        assert not isinstance(permission, Access)
        flagged = FLAG_NEEDED.get(permission) in (None, *FLAGS_OF.get(role, ()))
        if role not in MATRIX[permission] or not flagged:
            continue
        subject = await EXAMPLES[route.name].make(house, house.north)
        names = await _names(house)
        path = route.path.format(**subject.args)
        if house.world.clock.now() > person.created_at:
            browser = await house.sits_down(person)
        for what in _WHATS.get(route.name, ("",)):
            if route.method == "GET":
                answer = await browser.get(path)
            else:
                form = {**subject.form, "format": "csv", **({"what": what} if what else {})}
                answer = await browser.post(path, form)
            if answer.status != 200:
                continue
            name = f"{route.name} {what}".strip()
            fields = told(answer) | leaked(answer, names)
            if fields:
                found[name] = fields
    return found


async def _names(house: House) -> set[str]:
    async with house.world.parts.database.open_read() as work:
        people = await work.people.list_in(("/",), top=None, state="", offset=0, limit=10_000)
    return {one.name for one in people if one.name} | {CASE_NAME}


@pytest.mark.parametrize("role", Role)
async def test_a_role_is_sent_the_fields_of_the_table_and_no_other(
    house: House, role: Role
) -> None:
    sent = await walk(house, role)
    declared = {
        name: set(fields)
        for name, roles in TABLE.items()
        for one, fields in roles.items()
        if one == role.value
    }
    more = {name: sorted(fields - declared.get(name, set())) for name, fields in sent.items()}
    assert {name: fields for name, fields in more.items() if fields} == {}
    # And what is declared is there: the table tells what is, not what might be.
    gone = {name: sorted(fields - sent.get(name, set())) for name, fields in declared.items()}
    assert {name: fields for name, fields in gone.items() if fields} == {}


def test_whole_phones_and_names_stand_where_the_roles_need_them() -> None:
    """RELIABILITY 6.1, row "member profile" and "sign-up list", typed once more."""
    phones = {
        (name, role)
        for name, roles in TABLE.items()
        for role, fields in roles.items()
        if PHONE in fields
    }
    # Asked for one by one, which is noted; in lists they are masked.
    assert all("/phone" in name or "/cases/{id}" in name for name, _ in phones), phones
    for name, roles in TABLE.items():
        for role, fields in roles.items():
            if NAME in fields:
                assert role in ("admin", "organiser", "caseworker", "editor"), (name, role)
                assert not name.startswith(("GET /cases/risks", "GET /cases/figures")), name
                assert not name.endswith("/export"), name


def test_a_field_that_is_not_declared_would_be_found() -> None:
    """The control: another heading, another key, a phone that is not masked."""
    page = Answer(200, {"Content-Type": "text/html"}, "<main><dt>身份证</dt>13812345678", {})
    assert told(page) == {"身份证"} and leaked(page, ()) == {PHONE}
    data = '{"rows": [{"phone": 1, "html": "<td data-label=\\"\u624b\u673a\\">"}]}'
    assert told(Answer(200, {"Content-Type": "application/json"}, data, {})) == {
        "rows",
        "phone",
        "html",
        "\u624b\u673a",
    }
    listed = Answer(200, {"Content-Type": "text/csv"}, '\ufeff"姓名","手机","x"\r\n', {})
    assert told(listed) == {"姓名", "手机"}
    assert leaked(Answer(200, {}, "王芳来过", {}), ["王芳"]) == {NAME}
