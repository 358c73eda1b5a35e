"""T15: sixty payloads in what members and staff write, on every page that shows it."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, Response

from domain.ask import Decision, Question
from domain.clock import beijing_date
from domain.consents import Answer, Purpose
from domain.people import Person
from domain.privacy import clean, for_keeping
from domain.staff import Role, Staff
from domain.units import Level, Unit
from services.people import ProfileService
from storage.people import new_person_id
from tests.browser.payloads import CANARY, DISGUISED, HIDDEN, LOOK, PAYLOADS, TEXTS, UNDISGUISED
from tests.browser.test_phone_page import CHROMIUM, PATIENCE
from tests.conftest import KNOWLEDGE
from tests.console.visiting import House
from tests.world import MovableClock

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]

ALL = " ".join(PAYLOADS)
ENTRY = "wage.arrears"
WHERE = f"/knowledge/page/{ENTRY}"


@dataclass(slots=True)
class Visit:
    """A browser in which somebody is signed in, and everything that is wrong with what it sees."""

    page: Page
    base: str
    clock: MovableClock
    faults: list[str] = field(default_factory=list)

    async def looks(self, path: str, *expected: str) -> str:
        """Open a page: nothing of a payload is alive, the texts are there, letter by letter."""
        await self.opens(path)
        return await self.checks(path, *expected)

    async def opens(self, path: str) -> None:
        """Open a page a little later: nobody is asked to wait, and nothing is kept from before."""
        self.clock.move(seconds=65)
        await self.page.goto(self.base + path)

    async def checks(self, where: str, *expected: str) -> str:
        """The same for what the browser shows now; its texts."""
        self.faults += [f"{where}: {fault}" for fault in await self.page.evaluate(LOOK)]
        seen = _flat(str(await self.page.evaluate(TEXTS)))
        missing = [one for one in expected if _flat(one) not in seen]
        assert missing == [], f"{where} does not show {missing}"
        assert [one for one in HIDDEN if one in seen] == [], where
        assert self.faults == []
        return seen

    async def sends(self, form: Locator) -> None:
        """Send a form, whether its button can be seen or not, and wait for what comes."""
        async with self.page.expect_navigation():
            await form.evaluate("form => { form.noValidate = true; form.requestSubmit(); }")

    async def puts(self, path: str, *expected: str) -> None:
        """Put a piece of HTML that a script of ours would fetch into the page, and look."""
        await self.page.evaluate(_PUT, f"{self.base}{path}")
        await self.checks(path, *expected)


_PUT = """
async (address) => {
  const told = await (await fetch(address)).json();
  document.querySelector("main").innerHTML = told.html;
}
"""


@pytest.fixture
async def visit(house: House, browser: Browser) -> Visit:
    """An admin and editor of everything, whose own name is all payloads in one."""
    roles = [(role, house.district) for role in (Role.ADMIN, Role.EDITOR)]
    return await sign_in(house, browser, await house.person(*roles, name=ALL))


async def sign_in(house: House, browser: Browser, account: Staff) -> Visit:
    context = await browser.new_context(locale="zh-CN", user_agent="<script>xss()</script>")
    context.set_default_timeout(PATIENCE)
    await context.add_init_script(CANARY)
    made = Visit(await context.new_page(), f"{house.base}/console", house.world.clock)
    _listen(context, made)
    await made.opens("/sign-in")
    await made.page.locator(f'form:has(input[value="{account.id}"]) button').click()
    await made.page.wait_for_url(f"{made.base}/")
    return made


def _listen(context: BrowserContext, visit: Visit) -> None:
    """Whatever says that something of a payload was taken for more than a text."""

    def answered(response: Response) -> None:
        policy = response.headers.get("content-security-policy", "")
        if not response.url.startswith(visit.base):
            visit.faults.append(f"asked for {response.url}")
        elif "default-src 'none'; script-src 'self'" not in policy:
            visit.faults.append(f"no policy on {response.url}")

    context.on("response", answered)
    context.on("dialog", lambda dialog: visit.faults.append(f"a dialog: {dialog.message}"))
    context.on("weberror", lambda error: visit.faults.append(str(error.error)))
    context.on(
        "console",
        lambda told: visit.faults.append(told.text) if "Content Security" in told.text else None,
    )


async def test_names_of_members_and_units_that_they_typed(house: House, visit: Visit) -> None:
    now = house.world.clock.now()
    # Numbered: units that differ in case only are one.
    typed = [f"{text} {at}" for at, text in enumerate(PAYLOADS)]
    whole = Person(new_person_id(), now, now, name=ALL, unit_text=ALL, number=ALL)
    people = [
        Person(new_person_id(), now, now, name=f"{text}甲", unit_text=text_of_unit, number=f"{at}")
        for at, (text, text_of_unit) in enumerate(zip(PAYLOADS, typed, strict=True))
    ]
    elsewhere = replace(whole, id=new_person_id(), number=f"{ALL}!", unit_id=house.mill.id)
    async with house.world.parts.database.open_work() as work:
        # Past the rules on names and numbers: the page must not rely on them.
        await work.people.add_all([*people, whole, elsewhere])
        await work.commit()
    seen = "".join([await visit.looks(f"/members?page={page}") for page in (1, 2, 3)])
    assert [text for text in PAYLOADS if _flat(f"{text}甲") not in seen] == []
    assert [text for text in typed if _flat(text) not in seen] == []
    # Twenty at a time: those that were put into a unit make room for the next.
    settled: set[str] = set()
    while len(settled) < len(typed):
        seen = await visit.looks("/members/unsettled")
        shown = [text for text in typed if _flat(text) in seen and text not in settled]
        assert shown, "none of the others is shown"
        settled.update(shown)
        async with house.world.parts.database.open_work() as work:
            for mark, _, _ in await work.people.list_unsettled(20):
                await work.people.settle(mark, house.mill.id)
            await work.commit()
    for person in (whole, elsewhere):
        await visit.looks(f"/members/{person.id}", ALL)


async def test_names_of_units_and_staff(house: House, visit: Visit) -> None:
    units = await _units(house)
    async with house.world.parts.database.open_work() as work:
        whole = await work.units.add(ALL, Level.ENTERPRISE, house.north)
        await work.commit()
    for unit, text in zip(units, PAYLOADS, strict=True):
        await house.person((Role.VIEWER, unit), name=f"{text}甲")
    person = await house.person((Role.VIEWER, whole), name=ALL, employer=whole)
    await visit.looks("/", ALL)
    await visit.looks("/account", ALL)
    await visit.looks("/units", *PAYLOADS, ALL)
    await visit.looks(f"/units/{whole.id}", ALL)
    await visit.looks(f"/units/{house.north.id}", *PAYLOADS)
    seen = "".join([await visit.looks(f"/staff?page={page}") for page in (1, 2, 3)])
    assert [text for text in PAYLOADS if _flat(f"{text}甲") not in seen] == []
    await visit.looks(f"/staff/{person.id}", ALL, *PAYLOADS)
    await visit.looks("/staff/new", *PAYLOADS)
    await visit.looks("/members", *PAYLOADS)
    await visit.looks("/roster", *PAYLOADS)
    # Whoever comes to the demo's door sees the names before signing in.
    await visit.page.context.clear_cookies()
    await visit.looks("/sign-in", *(f"{text}甲" for text in PAYLOADS))


async def test_what_was_searched_for(house: House, visit: Visit) -> None:
    await _units(house)
    for text in PAYLOADS:
        await visit.opens("/search")
        await visit.page.locator("#seek").fill(text)
        await visit.page.locator("#seek").press("Enter")
        await visit.page.wait_for_url(f"{visit.base}/search?q=*")
        await visit.checks(f"/search for {text}", text.strip()[:60])
    await visit.opens("/members")
    await visit.page.locator("#sieve-q").fill(ALL[:100])
    await visit.page.locator("#sieve-q").press("Enter")
    await visit.page.wait_for_url(f"{visit.base}/members?q=*")
    await visit.checks("/members", ALL[:100].strip())


async def test_questions_that_found_nothing(house: House, visit: Visit) -> None:
    """Each is asked five times, in words of its own, so that its heap is large enough to show."""
    today = beijing_date(house.world.clock.now())
    asked = [_rare(at) + for_keeping(text) for at, text in enumerate(PAYLOADS)]
    async with house.world.parts.database.open_work() as work:
        await work.questions.add_all(
            [
                Question(f"{at}-{time}", today, text, Decision.NONE, None, 0.0)
                for at, text in enumerate(asked)
                for time in range(5)
            ]
        )
        await work.commit()
    await visit.looks("/questions/misses", *asked)
    await visit.looks("/questions")
    # On into the editor of a new page, and into the notice that a wording was added.
    await visit.looks("/questions/misses")
    link = visit.page.get_by_role("link", name="写").first
    await link.click()
    await visit.checks("/knowledge/new")
    await visit.looks("/questions/misses")
    heap = visit.page.locator(".cluster").first
    await heap.locator("summary").first.click()
    await heap.locator("select").select_option(ENTRY)
    await heap.locator('input[name="phrasing"]').fill(ALL[:190])
    await heap.locator("details button").first.click()
    await visit.page.wait_for_load_state()
    await visit.checks("after adding a phrasing")


async def test_texts_of_pages_and_reasons(house: House, visit: Visit) -> None:
    source = (KNOWLEDGE / "entries" / "wage" / "arrears.md").read_text("utf-8")
    lines = "\n".join(f"- {text}" for text in PAYLOADS)
    source = source.replace("## 证据\n", f"## 证据\n{lines}\n").replace(
        "单位拖欠工资是违法的", f"{PAYLOADS[4]} 单位拖欠工资是违法的"
    )
    await visit.opens(f"{WHERE}/edit?as=text")
    await visit.page.locator('textarea[name="source"]').fill(source)
    # The preview comes as a fragment that our script puts into the page.
    async with visit.page.expect_response("**/knowledge/preview"):
        await visit.page.locator('textarea[name="source"]').press("End")
        await visit.page.locator('textarea[name="source"]').type(" ")
    await visit.page.locator('#preview[aria-busy="true"]').wait_for(state="detached")
    await visit.checks("preview", *PAYLOADS)
    await visit.page.locator('button.button[value="save"]').click()
    await visit.page.wait_for_url("**/knowledge/version/*")
    await visit.checks("version", *PAYLOADS)
    at = visit.page.url.removeprefix(visit.base)
    for path in (
        "/knowledge/review",
        "/knowledge",
        WHERE,
        "/knowledge/golden",
        "/knowledge/sheet",
    ):
        await visit.looks(path)
    for view in ("form", "text"):
        await visit.looks(f"{WHERE}/edit?version={at.rpartition('/')[2]}&as={view}", *PAYLOADS)
    await visit.looks(f"/knowledge/new?title={'%3Cb zzq%3E'}&phrasings={'%22%3E%3Cb zzq%3E'}")
    await visit.opens(at)
    await visit.page.locator("#question").fill(ALL[:500])
    await visit.page.locator('form[action$="/try"] button').click()
    await visit.page.wait_for_url("**/knowledge/try")
    await visit.checks("try", ALL[:500].strip())


async def test_figures(house: House, visit: Visit) -> None:
    await visit.opens("/figures/minimum_wage_month")
    for name in ("label", "unit", "region", "source"):
        box = visit.page.locator(f'input[name="{name}"]')
        await box.evaluate("element => element.removeAttribute('maxlength')")
        await box.fill(ALL)
    await visit.page.locator('form[action*="/figures/"] > button').click()
    await visit.page.wait_for_load_state()
    await visit.checks("figure", ALL)
    for path in ("/figures", "/figures/minimum_wage_month"):
        await visit.looks(path)


async def test_acts_in_the_audit_log(house: House, browser: Browser) -> None:
    now = house.world.clock.now()
    async with house.world.parts.database.open_work() as work:
        for text in PAYLOADS:
            await work.audit.add(now, text, f"unit.{text}"[:40], text, {text: text})
        await work.commit()
    auditor = await house.person((Role.AUDITOR, house.district), name=ALL)
    visit = await sign_in(house, browser, auditor)
    seen = "".join([await visit.looks(f"/audit?page={page}") for page in (1, 2)])
    assert [text for text in PAYLOADS if _flat(text) not in seen] == []


async def test_cells_of_a_roster(house: House, visit: Visit, tmp_path: Path) -> None:
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["姓名", "手机号", "单位", *PAYLOADS])
    for at, text in enumerate(PAYLOADS):
        writer.writerow([text, f"139{at:08}", text])
        writer.writerow([f"王{text}", text, text])
    file = tmp_path / "'\"><img src=x onerror=xss()>.csv"[:40].replace("/", "")
    file.write_text(table.getvalue(), "utf-8")
    await visit.opens("/roster")
    await visit.page.locator('input[type="file"]').set_input_files(file)
    await visit.page.locator("#f-unit").select_option(str(house.north.id))
    await visit.page.locator("main form button").click()
    await visit.page.locator(".notice").first.wait_for()
    await visit.checks("the dry run", *PAYLOADS)


async def test_what_hides_or_turns_round_does_not_reach_a_page(house: House, visit: Visit) -> None:
    """T22, through the doors by which texts come in."""
    database, clock = house.world.parts.database, house.world.clock
    desk = await house.someone((Role.ADMIN, house.district), (Role.EDITOR, house.district))
    form = {"new_name": DISGUISED, "level": "enterprise"}
    assert (await desk.post(f"/units/{house.north.id}/below", form)).status == 303
    form = {"name": DISGUISED, "telegram_id": "4711"}
    at = (await desk.post("/staff", form)).location
    profiles = ProfileService(database, clock)
    await profiles.answer(71, Purpose.SERVICE, Answer.GIVEN)
    await profiles.tell_unit(71, f"小店{DISGUISED}")
    member = await house.world.regular()
    for _ in range(5):
        await member.says(f"鑫淼焱垚犇骉羴{DISGUISED}")
    for path in ("/units", "/staff", at, "/audit", "/members", "/members/unsettled"):
        seen = await visit.looks(path)
        assert path == "/audit" or UNDISGUISED in seen, path
    await visit.looks("/questions/misses", f"鑫淼焱垚犇骉羴{UNDISGUISED}")
    source = (KNOWLEDGE / "entries" / "wage" / "arrears.md").read_text("utf-8")
    form = {"source": source.replace("## 证据\n", f"## 证据\n- {DISGUISED}\n"), "then": "save"}
    saved = await desk.post(f"{WHERE}/draft", form)
    assert saved.status == 422
    assert "不可见的控制字符 U+202E" in saved.text


async def test_without_escaping_the_same_look_finds_them(browser: Browser) -> None:
    """The control: as markup, nearly all of them are noticed, and scripts do run."""
    context = await browser.new_context()
    await context.add_init_script(CANARY)
    page = await context.new_page()
    alive = [text for text in PAYLOADS if "<" in text and not text.startswith(("data:", "$"))]
    unnoticed = []
    for text in alive:
        await page.goto("about:blank")
        await page.set_content(f"<!doctype html><p>{text}</p>")
        if await page.evaluate(LOOK) == []:
            unnoticed.append(text)
    assert unnoticed == []
    await page.set_content('<!doctype html><input value=""><img src=x onerror=xss()>')
    await page.wait_for_function("window.faults.includes('a script ran')")


async def _units(house: House) -> list[Unit]:
    async with house.world.parts.database.open_work() as work:
        made = [
            # Numbered: names of units that differ in case only are the same.
            await work.units.add(f"{text} {at}", Level.ENTERPRISE, house.north)
            for at, text in enumerate(PAYLOADS)
        ]
        await work.commit()
    return made


def _rare(at: int) -> str:
    """Ninety characters that nobody else's question has: a heap of its own."""
    return "".join(map(chr, random.Random(at).sample(range(0x3400, 0x4DB0), 90)))


def _flat(text: str) -> str:
    return " ".join(clean(text).split()) if not any(one in text for one in HIDDEN) else text
