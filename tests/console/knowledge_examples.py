"""How each route of knowledge and figures is asked for; they belong to no unit."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from domain.editing import Kind
from domain.staff import operator
from domain.units import Unit
from tests.conftest import KNOWLEDGE as ENTRIES
from tests.console.broadcast_examples import Make, Told
from tests.console.visiting import House

_numbers = itertools.count(1)


async def _nothing(house: House, unit: Unit) -> Told:
    return {}, {}


async def _preview(house: House, unit: Unit) -> Told:
    return {}, {"name": "wage.arrears", "source": "# 半个条目"}


async def _try(house: House, unit: Unit) -> Told:
    return {}, {"question": "老板不发工资"}


async def _page(house: House, unit: Unit) -> Told:
    phrasing = f"没听过的说法{next(_numbers)}号"
    return {"name": "wage.arrears"}, {"phrasing": phrasing, "reason": "试试", "number": "0"}


async def _figure(house: House, unit: Unit) -> Told:
    return {"name": "minimum_wage_month"}, {"amount0": "2777", "start0": "2025-09-01"}


async def _draft(house: House, unit: Unit) -> Told:
    text = (ENTRIES / "entries" / "wage" / "arrears.md").read_text("utf-8")
    text = text.replace("# 拖欠工资怎么要", f"# 拖欠工资怎么要 {next(_numbers)}")
    editing = house.world.parts.editing
    version = await editing.save_draft(operator(), Kind.ENTRY, "wage.arrears", text)
    return {"id": str(version.id)}, {"reason": "试试"}


KNOWLEDGE: Mapping[str, tuple[Make, bool]] = {
    "GET /knowledge": (_nothing, False),
    "GET /knowledge/new": (_nothing, False),
    "GET /knowledge/review": (_nothing, False),
    "GET /knowledge/golden": (_nothing, False),
    "GET /knowledge/sheet": (_nothing, False),
    "POST /knowledge/sheet/export": (_nothing, False),
    "POST /knowledge/sheet/plan": (_nothing, False),
    "POST /knowledge/sheet/drafts": (_nothing, False),
    "POST /knowledge/preview": (_preview, False),
    "POST /knowledge/try": (_try, False),
    "GET /knowledge/page/{name}": (_page, False),
    "GET /knowledge/page/{name}/edit": (_page, False),
    "POST /knowledge/page/{name}/draft": (_page, False),
    "POST /knowledge/page/{name}/phrasing": (_page, False),
    "POST /knowledge/page/{name}/archive": (_page, False),
    "POST /knowledge/page/{name}/restore": (_page, False),
    "GET /knowledge/version/{id}": (_draft, False),
    "POST /knowledge/version/{id}/hand-in": (_draft, False),
    "POST /knowledge/version/{id}/take-back": (_draft, False),
    "POST /knowledge/version/{id}/discard": (_draft, False),
    "POST /knowledge/version/{id}/reject": (_draft, False),
    "POST /knowledge/version/{id}/publish": (_draft, False),
    "GET /figures": (_nothing, False),
    "GET /figures/{name}": (_figure, False),
    "POST /figures/{name}": (_figure, False),
}
