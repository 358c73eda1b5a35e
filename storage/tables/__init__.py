"""The tables, a file for each noun. A new file is named here, so that `metadata` knows it."""

from storage.tables.ask import notes, questions
from storage.tables.common import Instant, Key, metadata
from storage.tables.editing import content_edition, content_versions, watches, wishes
from storage.tables.events import check_ins, events, seat_log, seats, sign_up_answers, teams
from storage.tables.house import audit, instance, journal, rejects
from storage.tables.members import drafts, links, members
from storage.tables.outbox import (
    chat_pace,
    downtime,
    outbox,
    push,
    push_audience,
    rate_state,
    schedule_run,
    send_attempt,
    worker,
)
from storage.tables.people import (
    consents,
    erasures,
    people,
    push_windows,
    roster_imports,
    roster_rows,
)
from storage.tables.repeats import sent_forms
from storage.tables.staff import (
    factors,
    grants,
    recovery_codes,
    sessions,
    sign_in_faults,
    sign_ins,
    staff,
    units,
)

__all__ = [
    "Instant",
    "Key",
    "audit",
    "chat_pace",
    "check_ins",
    "consents",
    "content_edition",
    "content_versions",
    "downtime",
    "drafts",
    "erasures",
    "events",
    "factors",
    "grants",
    "instance",
    "journal",
    "links",
    "members",
    "metadata",
    "notes",
    "outbox",
    "people",
    "push",
    "push_audience",
    "push_windows",
    "questions",
    "rate_state",
    "recovery_codes",
    "rejects",
    "roster_imports",
    "roster_rows",
    "schedule_run",
    "seat_log",
    "seats",
    "send_attempt",
    "sent_forms",
    "sessions",
    "sign_in_faults",
    "sign_ins",
    "sign_up_answers",
    "staff",
    "teams",
    "units",
    "watches",
    "wishes",
    "worker",
]
