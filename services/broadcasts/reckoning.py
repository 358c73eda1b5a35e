"""The figures of a push: from its messages as long as they are there, then from what was kept."""

from __future__ import annotations

from collections.abc import Mapping

from domain.broadcasts import MESSAGE, ButtonKind, Figures, content_of, figures_of
from domain.outbox import Push, State
from storage.work import Work


async def counted(work: Work, push: Push) -> tuple[Mapping[State, int], Mapping[str, int]]:
    """How many messages are in each state, and how many did not arrive, by reason."""
    if push.tally is not None:
        kept = figures_of(push.tally)
        return kept.counts, kept.failures
    return await work.outbox.counts(push.id), await work.outbox.failures(push.id)


async def figured(work: Work, push: Push) -> Figures:
    """Everything that is known of it in figures."""
    if push.tally is not None:
        return figures_of(push.tally)
    counts, failures = await counted(work, push)
    if push.kind != MESSAGE:
        return Figures(counts, failures)
    buttons = content_of(push.body).buttons
    events = {one.target for one in buttons if one.kind is ButtonKind.EVENT}
    reads = [number for number, one in enumerate(buttons) if one.kind is ButtonKind.READ]
    reach = work.broadcast_reach
    return Figures(
        counts,
        failures,
        await reach.count_pressed(push.id),
        await reach.count_acted(push.id, events, reads),
        await reach.presses(push.id),
        await reach.by_hour(push.id),
    )
