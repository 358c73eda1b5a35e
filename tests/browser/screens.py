"""Pictures of every page of the console, for looking at: `python -m tests.browser.screens OUT`.

Runs the demo, goes through the pages as the people who use them, and keeps each at a phone's and
at a desk's width, light and dark. `--only WORD` takes the pages whose name contains the word.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Browser, FilePayload, Page, async_playwright

from bot.assembly import Running
from bot.demo import demonstrating

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu"]
WIDTHS = {"phone": (390, 844), "desk": (1366, 768)}
THEMES = ("light", "dark")
EDITOR, ORGANISER = "编辑小刘", "活动小赵"
BROADCASTER = "宣传小孙"
CASEWORKER, MEDIATOR = "调解员老钱", "区调解老何"
# Who looks at which pages; nobody is signed in where no name is given. A path with a star leads
# to the first link on the page before the star, and further on by what follows it; at one that
# ends with # the first button is pressed, at one that ends with > the first link of its list, and
# at one that ends with + a file is handed in; ! presses the first button of whatever page it is,
# and = keeps what is on the page as a draft.
PAGES: tuple[tuple[str, str, str], ...] = (
    ("sign-in", "", "/sign-in"),
    ("sign-in-wait", "", "/sign-in#"),
    ("not-found", "", "/nowhere"),
    ("today-admin", "管理员小吴", "/"),
    ("today-viewer", "查看小陈", "/"),
    ("today-cases", CASEWORKER, "/"),
    ("search", "管理员小吴", "/search?q=速达"),
    ("search-none", "管理员小吴", "/search?q=没有这个"),
    ("account", "管理员小吴", "/account"),
    ("enrol", "管理员小吴", "/sign-in/enrol"),
    ("factor", "管理员小吴", "/sign-in/factor"),
    ("menu", "管理员小吴", "/units#menu"),
    ("units", "管理员小吴", "/units"),
    ("unit", "管理员小吴", "/units/2"),
    ("staff", "管理员小吴", "/staff"),
    ("staff-none", "管理员小吴", "/staff?q=没有这个"),
    ("staff-new", "管理员小吴", "/staff/new"),
    ("staff-one", "管理员小吴", "/staff/*"),
    ("members", "管理员小吴", "/members"),
    ("members-one", "管理员小吴", "/members/*"),
    ("members-unsettled", "管理员小吴", "/members/unsettled"),
    ("members-roster", "管理员小吴", "/roster"),
    ("members-plan", "管理员小吴", "/roster+"),
    ("countersigns", "管理员小吴", "/countersigns"),
    ("audit", "审计老冯", "/audit"),
    ("health", "管理员小吴", "/health"),
    ("questions", EDITOR, "/questions"),
    ("misses", EDITOR, "/questions/misses"),
    ("knowledge", EDITOR, "/knowledge"),
    ("knowledge-none", EDITOR, "/knowledge?q=没有这个"),
    ("knowledge-page", EDITOR, "/knowledge/page/wage.arrears"),
    ("knowledge-edit", EDITOR, "/knowledge/page/wage.arrears/edit"),
    ("knowledge-edit-text", EDITOR, "/knowledge/page/wage.arrears/edit?as=text"),
    ("knowledge-version", EDITOR, "/knowledge/page/wage.arrears/edit="),
    ("knowledge-new", EDITOR, "/knowledge/new"),
    ("knowledge-review", EDITOR, "/knowledge/review"),
    ("knowledge-golden", EDITOR, "/knowledge/golden"),
    ("knowledge-sheet", EDITOR, "/knowledge/sheet"),
    ("events", ORGANISER, "/events"),
    ("events-none", ORGANISER, "/events?q=没有这个"),
    ("event-new", ORGANISER, "/events/new"),
    *(
        (f"event{path.replace('/', '-')}", ORGANISER, f"/events/*{path}")
        for path in (
            "",
            "/edit",
            "/people",
            "/line",
            "/draw",
            "/answers",
            "/door",
            "/add",
            "/message",
            "/poster",
            "/sheet",
        )
    ),
    ("event-poster-made", ORGANISER, "/events/*/poster!"),
    ("event-claim", ORGANISER, "/events/*/people>"),
    ("event-draw-rules", ORGANISER, "/events/draw-rules"),
    ("certificates", ORGANISER, "/certificates"),
    ("broadcasts", BROADCASTER, "/broadcasts"),
    ("broadcasts-none", BROADCASTER, "/broadcasts?q=没有这个"),
    ("broadcast-new", BROADCASTER, "/broadcasts/new"),
    ("broadcast-segments", BROADCASTER, "/broadcasts/segments"),
    ("broadcast-waiting", BROADCASTER, "/broadcasts/waiting"),
    ("broadcast-emergency", "管理员小吴", "/broadcasts/emergency"),
    *(
        (f"cases-{name}", MEDIATOR if "risk" in name else CASEWORKER, path)
        for name, path in (
            ("list", "/cases"),
            ("none", "/cases?queue=overdue"),
            ("firms", "/cases/firms"),
            ("figures", "/cases/figures"),
            ("exports", "/cases/exports"),
            ("risks", "/cases/risks"),
            ("risk", "/cases/risks>"),
        )
    ),
    *(
        (f"cases-{tab}", CASEWORKER, f"/cases/*?tab={tab}")
        for tab in (
            "progress",
            "facts",
            "files",
            "meetings",
            "agreement",
            "papers",
            "notes",
            "openings",
        )
    ),
    ("talks", EDITOR, "/talks"),
    ("talks-queued", EDITOR, "/talks/*"),
    ("talks-mine", EDITOR, "/talks?box=mine"),
    ("talks-own", EDITOR, "/talks?box=mine>"),
    ("talks-none", EDITOR, "/talks?box=closed"),
    ("talks-phrases", EDITOR, "/talks/phrases"),
    ("talks-figures", EDITOR, "/talks/figures"),
    ("quiz", EDITOR, "/quiz"),
    ("quiz-none", EDITOR, "/quiz?q=没有这个"),
    ("quiz-new", EDITOR, "/quiz/new"),
    ("quiz-round", EDITOR, "/quiz/rounds/*"),
    ("quiz-people", EDITOR, "/quiz/rounds/*/people"),
    ("quiz-round-items", EDITOR, "/quiz/rounds/*/items"),
    ("quiz-draw", EDITOR, "/quiz/rounds/*/draw"),
    ("quiz-contests", EDITOR, "/quiz/contests"),
    ("quiz-contest-new", EDITOR, "/quiz/contests/new"),
    ("quiz-contest", EDITOR, "/quiz/contests/demo-contest"),
    ("quiz-bank", EDITOR, "/quiz/items"),
    ("quiz-drafts", EDITOR, "/quiz/items?state=draft"),
    ("quiz-item", EDITOR, "/quiz/items/waste.001"),
    ("quiz-item-history", EDITOR, "/quiz/items/party_history.001"),
    ("quiz-write", EDITOR, "/quiz/items/waste.001/edit"),
    ("quiz-import", EDITOR, "/quiz/import"),
    ("figures", EDITOR, "/figures"),
    ("figure", EDITOR, "/figures/minimum_wage_month"),
)

# A roster with faults of each kind: a number twice, a phone too short, a name missing.
ROSTER = """会员号,姓名,手机
T-1,试一,13800000001
T-1,试二,13800000002
T-3,试三,138
T-4,,13800000004
"""

# Where the links to such pages are listed, if it is not the path before them.
LISTS = {"/quiz/rounds/": "/quiz?state=closed", "/cases/": "/cases?queue=mine&state=mediating"}


async def main(out: Path, only: str) -> None:
    """Take the pictures; the folder is made if it is not there."""
    out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("NUANXIN_DEMO_PORT", "0")
    os.environ.setdefault("NUANXIN_WEB__PORT", "0")
    async with demonstrating() as (_, parts), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name, (width, height) in WIDTHS.items():
            for theme in THEMES:
                wanted = [page for page in PAGES if only in page[0]]
                await _round(browser, parts, (width, height), theme, wanted, out, name)
        await browser.close()


async def _round(
    browser: Browser,
    parts: Running,
    size: tuple[int, int],
    theme: str,
    pages: Sequence[tuple[str, str, str]],
    out: Path,
    device: str,
) -> None:
    for who in dict.fromkeys(who for _, who, _ in pages):
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if theme == "dark" else "light",
            locale="zh-CN",
        )
        page = await context.new_page()
        base = f"{parts.url}/console"
        if who:
            await page.goto(f"{base}/sign-in")
            await page.get_by_role("button", name=who).click()
            await page.wait_for_url(f"{base}/")
        for name, owner, path in pages:
            if owner == who:
                await _open(page, base, path)
                await page.screenshot(path=out / f"{name}-{device}-{theme}.png", full_page=True)
        await context.close()


async def _open(page: Page, base: str, path: str) -> None:
    if path.endswith("#"):
        await page.goto(base + path)
        await page.locator("main form button").first.click()
        await page.wait_for_url(f"{base}{path[:-1]}/*")
        return
    if path.endswith("+"):
        await page.goto(base + path[:-1])
        file: FilePayload = {
            "name": "roster.csv",
            "mimeType": "text/csv",
            "buffer": ROSTER.encode(),
        }
        await page.locator("input[type=file]").set_input_files(file)
        await page.locator("main select").last.select_option(index=1)
        await page.locator("main form button").first.click()
        await page.wait_for_load_state()
        return
    if path.endswith("!"):
        await _open(page, base, path[:-1])
        button = page.locator("main form button").first
        # What is made once is there from the first round on.
        if await button.count():
            await button.click()
            await page.wait_for_load_state()
        return
    if path.endswith("="):
        await page.goto(base + path[:-1])
        await page.get_by_role("button", name="保存草稿").last.click()
        await page.wait_for_load_state()
        return
    if path.endswith(">"):
        await _open(page, base, path[:-1])
        await page.locator("main td a").first.click()
        await page.wait_for_load_state()
        return
    start, star, rest = path.partition("*")
    await page.goto(base + (LISTS.get(start, start.rstrip("/")) if star else path))
    if star:
        links = page.locator(f'main td a[href^="/console{start}"]')
        first = str(await links.first.get_attribute("href"))
        await page.goto(base + first.removeprefix("/console") + rest)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    asyncio.run(main(asked.out, asked.only))
