"""Every route under the same table of requests: headers, cookies, forms, methods, caching."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest

from console.frame import cookies
from console.frame.routes import Access, Route
from console.frame.tokens import csrf_token
from console.registry import all_routes
from domain.staff import Role
from tests.console.examples import EXAMPLES
from tests.console.visiting import Answer, Browser, House

ROUTES = all_routes()
CHANGES = [route for route in ROUTES if route.method == "POST"]
FORM = "application/x-www-form-urlencoded"
CSP = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


async def keeper(house: House) -> Browser:
    """Somebody who may see most: an admin of everything. The auditor's page is 404 to them."""
    return await house.someone((Role.ADMIN, house.district))


async def path_of(house: House, route: Route) -> tuple[str, Mapping[str, str]]:
    subject = await EXAMPLES[route.name].make(house, house.north)
    return route.path.format(**subject.args), subject.form


def is_well_dressed(answer: Answer) -> bool:
    told = answer.headers
    return (
        set(told["Content-Security-Policy"].split("; ")) == CSP
        and told["X-Content-Type-Options"] == "nosniff"
        and told["Referrer-Policy"] == "no-referrer"
        and told["Cache-Control"] == "no-store"
        and "camera=()" in told["Permissions-Policy"]
        and told["Cross-Origin-Opener-Policy"] == "same-origin"
        and told["X-Frame-Options"] == "DENY"
        # What sets no https must not promise it.
        and "Strict-Transport-Security" not in told
        and told["Server"] == "nuanxin"
        and (not answer.text or "charset=utf-8" in told["Content-Type"] or _is_picture(told))
    )


def _is_picture(told: Mapping[str, str]) -> bool:
    return told["Content-Type"] in {"image/jpeg", "image/png"}


def are_ours(answer: Answer) -> bool:
    return all(
        name.startswith("__Host-")
        and {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"}
        <= {part.strip() for part in line.split(";")}
        and "Domain" not in line
        for name, line in answer.set_cookies.items()
    )


async def test_every_answer_has_its_headers_and_every_cookie_is_bound_to_us(house: House) -> None:
    account, browser = await house.person((Role.ADMIN, house.district)), None
    for route in ROUTES:
        browser = await house.stays(browser, account, route)
        path, form = await path_of(house, route)
        for who in (browser, house.browser()):
            answer = await who.get(path) if route.method == "GET" else await who.post(path, form)
            assert is_well_dressed(answer), (route.name, answer.status, answer.headers)
            assert are_ours(answer), (route.name, answer.set_cookies)


async def test_failures_have_the_same_headers_and_tell_nothing(house: House) -> None:
    browser = await keeper(house)
    for answer in (
        await browser.get("/there-is-no-such-page"),
        await browser.get("/units/999999999"),
        await browser.send("DELETE", "/units"),
        await browser.post("/units/2/name", csrf="wrong"),
    ):
        assert answer.status in (403, 404, 405)
        assert is_well_dressed(answer)
        for word in ("Traceback", "aiohttp", "sqlite", "units_"):
            assert word not in answer.text


async def test_no_page_takes_another_method(house: House) -> None:
    browser = await keeper(house)
    paths = {(await path_of(house, route))[0] for route in ROUTES}
    methods: dict[str, set[str]] = {}
    for route in ROUTES:
        methods.setdefault(route.path, set()).add(route.method)
    for path in paths:
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            assert (await browser.send(method, path)).status == 405, (method, path)
    for route in CHANGES:
        if methods[route.path] == {"POST"}:
            path, _ = await path_of(house, route)
            # Looking never changes anything: a link cannot do what a form does.
            answer = await browser.get(path)
            assert answer.status in (404, 405), route.name


async def contents(house: House) -> object:
    """The tables that the pages change."""
    async with house.world.parts.database.open_read() as work:
        return (
            await work.units.list_within(("/",)),
            await work.staff.list_all(),
            list(await work.grants.list_untaken()),
        )


async def test_a_change_needs_the_token_of_this_very_session(house: House) -> None:
    account, browser = await house.person((Role.ADMIN, house.district)), None
    for route in CHANGES:
        browser = await house.stays(browser, account, route)
        path, form = await path_of(house, route)
        before = await contents(house)
        other = house.browser()
        await other.get("/sign-in")
        for token in (
            "",
            "x",
            "\u00e9",
            csrf_token("a secret of nobody"),
            other.csrf(),
            csrf_token(browser.cookies.get(cookies.VISIT, "visit")),
        ):
            answer = await browser.post(path, form, csrf=token)
            is_hidden = answer.status == 404
            assert answer.status == 403 or is_hidden, (route.name, answer.status)
        assert await contents(house) == before, route.name


async def test_a_token_of_before_signing_in_again_is_void(house: House) -> None:
    account = await house.person((Role.ADMIN, house.district))
    browser = await house.sits_down(account)
    old = browser.csrf()
    await browser.post("/sign-out")
    await browser.post("/sign-in/demo", {"staff": account.id})
    answer = await browser.post("/account/theme", {"theme": "dark"}, csrf=old)
    assert answer.status == 403
    assert (await browser.post("/account/theme", {"theme": "dark"})).status == 303


@pytest.mark.parametrize(
    "told",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://["},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
async def test_no_other_site_can_ask_for_a_change(house: House, told: dict[str, str]) -> None:
    browser = await keeper(house)
    for route in CHANGES:
        path, form = await path_of(house, route)
        answer = await browser.post(path, form, headers=told)
        assert answer.status == 403, route.name


async def test_our_own_pages_can(house: House) -> None:
    """The control: what is refused above is not refused for another reason."""
    browser = await keeper(house)
    for told in (
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Origin": house.base},
        {},
    ):
        answer = await browser.post("/account/theme", {"theme": "light"}, headers=told)
        assert answer.status == 303


async def test_a_body_that_is_too_big_or_of_another_kind_is_not_read(house: House) -> None:
    browser = await keeper(house)
    for route in CHANGES:
        if route.permission is Access.HALFWAY:
            # Signing out comes among them, and would end the test.
            continue
        path, _ = await path_of(house, route)
        big = await browser.send(
            "POST", path, data=io.BytesIO(b"a" * (route.limit + 1)), headers={"Content-Type": FORM}
        )
        assert big.status in (413, 404), (route.name, big.status)
        json = await browser.send("POST", path, data=b"{}", headers={"Content-Type": "text/json"})
        assert json.status in (415, 404), route.name
        if not route.files:
            parts = await browser.send(
                "POST",
                path,
                data=b"--x--",
                headers={"Content-Type": "multipart/form-data; boundary=x"},
            )
            assert parts.status in (415, 404), route.name


async def test_a_form_that_is_no_form_is_told_so(house: House) -> None:
    browser = await keeper(house)
    kind = f"{FORM}; charset=no-such-charset"
    answer = await browser.send(
        "POST", "/account/theme", data=b"theme=dark", headers={"Content-Type": kind}
    )
    assert answer.status == 400


@pytest.mark.parametrize(
    "path",
    [
        "/units/-1",
        "/units/0",
        "/units/1e9",
        "/units/99999999999999999999",
        "/units/9223372036854775808",
        "/units/%EF%BC%91",
        "/units/1'%20OR%20'1'='1",
        "/units/..%2F..%2Fetc%2Fpasswd",
        "/units/1%0D%0ASet-Cookie:%20a=b",
        "/staff/'%20OR%201=1%20--",
        "/staff/%00",
        "/static/0000/console.css",
        "/static/x/..%2F..%2Fapp.py",
    ],
)
async def test_an_id_that_cannot_be_is_not_there_and_is_not_said_again(
    house: House, path: str
) -> None:
    browser = await keeper(house)
    absent = await browser.get("/there-is-no-such-page")
    answer = await browser.get(path)
    assert answer.status == 404
    assert answer.text == absent.text
    assert set(answer.set_cookies) == set()


async def test_a_character_that_no_table_holds_is_no_fault_of_ours(
    postgres_house: House,
) -> None:
    """PostgreSQL takes no NUL in a text; SQLite does, and hides it."""
    house = postgres_house
    browser = await keeper(house)
    absent = await browser.get("/there-is-no-such-page")
    for path in ("/staff/%00", "/members/x%00", "/roster/%00", "/countersigns/%00"):
        answer = await browser.get(path)
        assert (answer.status, answer.text) == (404, absent.text), path
    for path in ("/search?q=%00", "/members?q=%00", "/audit?q=a%00"):
        assert (await browser.get(path)).status == 200, path
    person = {"name": "王\0芳", "telegram_id": "77001122"}
    assert (await browser.post("/staff", person)).status == 303
    assert "王芳" in (await browser.get("/staff")).text
    editor = await house.someone((Role.EDITOR, house.district))
    draft = {"source": "x\0", "version": "9" * 5000, "seen": "\0"}
    assert (await editor.post("/knowledge/page/waste.kitchen/draft", draft)).status == 303


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_the_ends_of_the_calendar_are_no_days_to_look_for(house: House, day: str) -> None:
    browser = await keeper(house)
    assert (await browser.get(f"/audit?since={day}&until={day}")).status == 200


async def test_an_address_that_is_none_is_no_place_to_go_on_to(house: House) -> None:
    assert (await house.browser().get("/sign-in?next=//[")).status == 200


async def test_style_and_script_are_kept_for_good_and_pages_never(house: House) -> None:
    browser = house.browser()
    page = await browser.get("/sign-in")
    (style,) = [part for part in page.text.split('"') if part.endswith("console.css")]
    answer = await browser.get(style.removeprefix("/console"))
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"].startswith("text/css")


async def test_who_asks_too_fast_is_asked_to_wait(house: House) -> None:
    browser = house.browser()
    browser.seconds = 0
    statuses = {(await browser.get("/sign-in/state")).status for _ in range(125)}
    assert statuses == {200, 429}
    house.world.clock.move(seconds=1)
    assert (await browser.get("/sign-in/state")).status == 200


async def test_https_is_not_promised_because_somebody_says_so(house: House) -> None:
    browser = house.browser()
    answer = await browser.get("/sign-in", **{"X-Forwarded-Proto": "https"})
    assert "Strict-Transport-Security" not in answer.headers
