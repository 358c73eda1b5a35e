"""Small words of the pages of broadcasts: states, who is meant, spans of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import unescape

from markupsafe import Markup

from console.frame.page import Page
from console.frame.summaries import Tone
from domain.broadcasts import Broadcast, Purpose, Returned, SavedSegment, Segment
from domain.events import Event
from domain.outbox import PushState, State
from domain.quiz_rounds import Round
from domain.staff import Permission

# More than this are counted, not named.
_MOST_NAMED = 4
_TONES: Mapping[PushState, Tone] = {
    PushState.FREEZING: "warn",
    PushState.APPROVING: "warn",
    PushState.APPROVED: "good",
    PushState.EXPANDING: "good",
    PushState.RUNNING: "good",
    PushState.PAUSED: "warn",
    PushState.HELD: "bad",
    PushState.CANCELLING: "bad",
}
_FATES: Mapping[State, Tone] = {
    State.SENT: "good",
    State.FAILED: "bad",
    State.UNKNOWN: "warn",
    State.HELD: "warn",
}


@dataclass(frozen=True, slots=True)
class Known:
    """The names of what broadcasts speak of: units by path, events and rounds of the quiz by
    number, segments."""

    units: Mapping[str, str]
    events: Mapping[str, str]
    rounds: Mapping[str, str]
    saved: Sequence[SavedSegment]


async def known(page: Page) -> Known:
    """What whoever looks may have named."""
    desk = page.desk.broadcasts
    units = {unit.path: unit.name for unit in await page.desk.units.list_tree(page.actor)}
    events: Sequence[Event] = ()
    rounds: Sequence[Round] = ()
    saved: Sequence[SavedSegment] = ()
    if page.may(Permission.BROADCAST_DRAFT):
        units |= {unit.path: unit.name for unit in await desk.segments.units(page.actor)}
        events = await desk.segments.events(page.actor)
        rounds = await desk.segments.rounds(page.actor)
        saved = await desk.segments.list_segments(page.actor)
    return Known(
        units,
        {one.id: one.title for one in events},
        {one.id: one.title for one in rounds},
        saved,
    )


def segment_words(page: Page, names: Known, segment: Segment) -> str:
    """A segment as staff say it: its name if it has one, else its criteria."""
    for one in names.saved:
        if one.segment == segment:
            return one.name
    return criteria(page, names, segment)


def criteria(page: Page, names: Known, segment: Segment) -> str:
    """Every criterion of a segment, units first."""
    t = page.t
    told = [_listed(page, [names.units.get(path, "…") for path in segment.paths])]
    if segment.occupations:
        told.append(_listed(page, [t(f"profile.occupation_{x}") for x in segment.occupations]))
    told += [str(t(f"console_broadcasts.language_{one}")) for one in segment.languages]
    told += [
        str(
            t(
                f"console_broadcasts.with_{one.behaviour}",
                event=names.events.get(one.event_id, one.event_id),
            )
        )
        for one in segment.events
    ]
    told += [
        str(t("console_broadcasts.with_round", round=names.rounds.get(one, one)))
        for one in segment.rounds
    ]
    return " · ".join(unescape(one) for one in told)


def state_words(page: Page, broadcast: Broadcast) -> Markup:
    """The word for where a broadcast is."""
    if broadcast.is_series:
        is_on = "on" if broadcast.is_active else "off"
        return page.t(f"console_broadcasts.series_{is_on}")
    return page.t(f"console_broadcasts.state_{broadcast.state}")


def tone(broadcast: Broadcast) -> Tone:
    """The colour of a broadcast's state."""
    if broadcast.is_series:
        return "good" if broadcast.is_active else "plain"
    return _TONES.get(broadcast.state, "plain")


def fate_tone(state: State) -> Tone:
    """The colour of a single message's state."""
    return _FATES.get(state, "plain")


def reason(page: Page, fail_class: str) -> Markup:
    """Why a message did not arrive, in words; one that has none keeps its name."""
    key = f"console_broadcasts.fail_{fail_class}"
    return page.t(key) if page.t.knows(key) else Markup("{}").format(fail_class)


def stopped(page: Page, why: str) -> Markup:
    """Why a broadcast stands still."""
    key = f"console_broadcasts.stopped_{why}"
    return page.t(key if page.t.knows(key) else "console_broadcasts.stopped_staff")


def return_note(page: Page, broadcast: Broadcast) -> Markup:
    """What somebody wrote when a broadcast went back; for what the program gave back, why."""
    if broadcast.returned is not Returned.NOT_MADE:
        return Markup("{}").format(broadcast.return_note)
    key = f"console_broadcasts.unmade_{broadcast.return_note.rpartition('.')[2]}"
    return page.t(key if page.t.knows(key) else "console_broadcasts.unmade_other")


def span(page: Page, value: timedelta | None) -> Markup:
    """A span as one says it: seconds, minutes, or hours with minutes."""
    if value is None:
        return page.t("console_broadcasts.span_unknown")
    seconds = max(0, int(value.total_seconds()))
    if seconds < 90:
        return page.t("console_broadcasts.span_seconds", count=seconds)
    minutes = -(-seconds // 60)
    if minutes < 120:
        return page.t("console_broadcasts.span_minutes", count=minutes)
    hours, minutes = divmod(minutes, 60)
    if not minutes:
        return page.t("console_broadcasts.span_whole", hours=hours)
    return page.t("console_broadcasts.span_hours", hours=hours, minutes=minutes)


def telling(page: Page, names: Known) -> Mapping[str, Callable[..., object]]:
    """What templates say of broadcasts: `say.state(broadcast)`."""
    return {
        "state": lambda one: state_words(page, one),
        "tone": tone,
        "fate": fate_tone,
        "reason": lambda told: reason(page, told),
        "refusal": lambda told: page.t(told.code, **told.values),
        "stopped": lambda told: stopped(page, told),
        "return_note": lambda one: return_note(page, one),
        "span": lambda value: span(page, value),
        "segment": lambda one: segment_words(page, names, one),
        "unit": lambda path: names.units.get(path, ""),
        "is_emergency": lambda one: one.purpose is Purpose.EMERGENCY,
    }


def _listed(page: Page, names: Iterable[object]) -> str:
    told = [str(name) for name in names]
    joint = str(page.t("events.joint_joint"))
    if len(told) > _MOST_NAMED:
        shown = joint.join(told[:_MOST_NAMED])
        return str(page.t("console_broadcasts.and_more", shown=shown, count=len(told)))
    return joint.join(told)
