"""The form of a page: what was typed into its fields, and what they show."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.frame.page import Page
from domain.ask import Fault
from domain.editing import FieldKind, FormField

TITLE, BUTTONS, PHRASINGS = "title", "next_steps", "phrasings"
# So many characters stand in a line of the form on a small screen of an office.
_WIDE = 26
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)?")


@dataclass(frozen=True, slots=True)
class Shown:
    """What the editor shows: the form with its `parts`, or (None) the text alone. `is_odd` says
    that the text holds what the form has no field for."""

    source: str
    parts: Mapping[str, str] | None
    is_odd: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A field with its words, what stands in it, and what is wrong with that."""

    field: FormField
    label: str
    hint: str
    text: str
    fault: str

    @property
    def name(self) -> str:
        return f"part_{self.field.name}"

    @property
    def kind(self) -> str:
        """As the macro for fields calls it."""
        if self.field.kind is FieldKind.CHOICE:
            return "select"
        if self.field.kind in (FieldKind.TEXT, FieldKind.ITEMS):
            return "textarea"
        # A day in another form would be dropped by the browser, and the author would not know.
        is_day = self.field.kind is FieldKind.DAY and _DAY.fullmatch(self.text) is not None
        return "date" if is_day else "text"

    @property
    def options(self) -> Sequence[tuple[str, str]]:
        """What may be chosen; what stands there already may stay, and is then marked as wrong."""
        if self.field.kind is not FieldKind.CHOICE:
            return ()
        known = self.field.options
        odd = (self.text,) if self.text and self.text not in known else ()
        return [(one, one) for one in (*known, *odd)]

    @property
    def lines(self) -> int:
        """How high the field is, so that most texts are seen whole."""
        shown = sum(1 + len(line) // _WIDE for line in self.text.split("\n"))
        return min(max(shown + 1, 3), 18)


def sent(page: Page) -> bool:
    """Whether the form was sent, and not the text."""
    return page.form.get("mode") == "form"


def typed(page: Page) -> dict[str, str]:
    """What was typed into the fields."""
    form = page.form
    parts = {one.name: form.get(f"part_{one.name}", "") for one in page.desk.editing.form_fields()}
    rows = _most_buttons(page)
    pairs = ((form.get(f"to_{row}", ""), form.get(f"label_{row}", "")) for row in range(rows))
    parts[BUTTONS] = "\n".join(f"{to.strip()} {label.strip()}".strip() for to, label in pairs)
    return parts


def source_of(page: Page, name: str) -> str:
    """The text that was sent, by whichever of the two ways."""
    if sent(page):
        return page.desk.editing.gather(page.actor, name, typed(page))
    return page.form.get("source", "")


def shown(page: Page, name: str, source: str) -> Shown:
    """What to show of a text, or of what was sent and is shown again."""
    if page.form:
        source = source_of(page, name)
    wanted = page.form.get("then", "")
    if page.form and wanted != "as_form":
        as_text = wanted == "as_text" or not sent(page)
    else:
        as_text = page.query.get("as") == "text" and wanted != "as_form"
    if as_text:
        return Shown(source, None)
    parts = typed(page) if sent(page) else page.desk.editing.spread(page.actor, name, source)
    return Shown(source, parts, is_odd=parts is None)


def rows(page: Page, name: str, one: Shown, faults: Sequence[Fault]) -> Sequence[Row]:
    """The fields of the form, each with its own faults beside it."""
    if one.parts is None:
        return ()
    editing, t = page.desk.editing, page.t
    wrong = dict(editing.faults_by_field(page.actor, name, one.source, faults))
    for field in editing.misread(page.actor, name, one.parts):
        wrong[field] = (*wrong.get(field, ()), str(t("console_knowledge.field_misread")))
    return [
        Row(
            field,
            t(f"console_knowledge.part_{field.name}"),
            _hint(page, field),
            one.parts.get(field.name, ""),
            "\n".join(wrong.get(field.name, ())),
        )
        for field in sorted(editing.form_fields(), key=_place)
    ]


def buttons(page: Page, one: Shown) -> Sequence[tuple[str, str]]:
    """Where each button leads and what stands on it, with empty rows up to the most."""
    lines = (one.parts or {}).get(BUTTONS, "").split("\n")
    pairs = [(to, label) for to, _, label in (line.partition(" ") for line in lines if line)]
    return [*pairs, *[("", "")] * (_most_buttons(page) - len(pairs))]


async def targets(page: Page) -> Sequence[tuple[str, str]]:
    """Where a button may lead: acts of the bot, and pages."""
    acts = next(one.options for one in page.desk.editing.form_fields() if one.name == BUTTONS)
    named = [(act, page.t(f"console_knowledge.target_{_word(act)}")) for act in acts]
    pages = await page.desk.editing.list_pages(page.actor)
    return [*named, *((line.id, line.title) for line in pages if line.is_shown)]


def _place(field: FormField) -> bool:
    """What members read comes first, whom and when it is for below that."""
    small = (FieldKind.LINE, FieldKind.DAY, FieldKind.CHOICE)
    return field.kind in small and field.name != TITLE


def _hint(page: Page, field: FormField) -> str:
    """How the field is filled in; its bounds are those of the format, not typed a second time."""
    key = f"console_knowledge.part_{field.name}_hint"
    bounds = {"limit": field.limit, "least": field.least, "most": field.most}
    return page.t(key, **{name: bounds[name] for name in page.desk.texts.gaps[key]})


def _most_buttons(page: Page) -> int:
    return next(one.most for one in page.desk.editing.form_fields() if one.name == BUTTONS)


def _word(act: str) -> str:
    return act.removeprefix("@").replace(".", "_")
