"""Events, the seats that people asked for, their teams, and why each seat changed."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import Instant, Key, metadata

events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("title", sa.String(100), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("mode", sa.String(12), nullable=False),
    sa.Column("unit_path", sa.String(200), nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("opens_at", Instant, nullable=False),
    sa.Column("closes_at", Instant, nullable=False),
    sa.Column("starts_at", Instant, nullable=False),
    sa.Column("ends_at", Instant, nullable=False),
    # Everything that is only ever read with its event: place, rules, quotas, questions, sessions.
    sa.Column("plan", sa.JSON, nullable=False),
    sa.Column("series_id", sa.String(16), index=True),
    sa.Column("is_demo", sa.Boolean, nullable=False),
    sa.Column("created_by", sa.String(40), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    # The last place in line that was given out. Counted under the event's lock.
    sa.Column("last_rank", sa.BigInteger, nullable=False),
    # A seat became free when nobody may be disturbed: the line moves when the morning comes.
    sa.Column("owes_fill", sa.Boolean, nullable=False),
    sa.Column("seed", sa.String(64)),
    sa.Column("seed_hash", sa.String(64)),
    sa.Column("entries_hash", sa.String(64)),
    sa.Column("drawn_at", Instant),
    sa.Column("draw_record", sa.Text),
    sa.Column("asked_feedback_at", Instant),
    sa.Index("ix_events_state_starts_at", "state", "starts_at"),
    sa.Index("ix_events_state_closes_at", "state", "closes_at"),
    sa.Index("ix_events_owes_fill", "owes_fill"),
)

teams = sa.Table(
    "teams",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("event_id", sa.String(16), sa.ForeignKey("events.id"), nullable=False),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.UniqueConstraint("event_id", "name"),
)

seats = sa.Table(
    "seats",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("event_id", sa.String(16), sa.ForeignKey("events.id"), nullable=False),
    # Nobody in Telegram: somebody who called or came to the counter.
    sa.Column("member_id", sa.BigInteger, index=True),
    sa.Column("person_id", sa.String(40), index=True),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("reason", sa.String(40), nullable=False),
    sa.Column("rank", sa.BigInteger, nullable=False),
    sa.Column("party", sa.SmallInteger, nullable=False),
    # Which quotas the seat counts for, as "|riders|town_a|".
    sa.Column("marks", sa.String(400), nullable=False),
    sa.Column("session", sa.String(16)),
    sa.Column("team_id", sa.String(16), sa.ForeignKey("teams.id"), index=True),
    sa.Column("weight", sa.SmallInteger, nullable=False),
    sa.Column("is_extra", sa.Boolean, nullable=False),
    sa.Column("source", sa.String(12), nullable=False),
    sa.Column("code", sa.String(6), nullable=False),
    # Name, phone and the answers to the event's questions, sealed.
    sa.Column("sealed_answers", sa.LargeBinary),
    sa.Column("offered_until", Instant),
    sa.Column("joined_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("checked_in_at", Instant),
    sa.Column("reminded", sa.SmallInteger, nullable=False),
    sa.Column("is_coming", sa.Boolean),
    sa.Column("stars", sa.SmallInteger),
    sa.Column("comment", sa.Text),
    sa.UniqueConstraint("event_id", "member_id"),
    sa.UniqueConstraint("event_id", "person_id", name="uq_seats_event_person"),
    sa.UniqueConstraint("event_id", "code", name="uq_seats_event_code"),
    sa.Index("ix_seats_event_state_rank", "event_id", "state", "rank"),
    sa.Index("ix_seats_state_offered_until", "state", "offered_until"),
)

seat_log = sa.Table(
    "seat_log",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("event_id", sa.String(16), nullable=False),
    sa.Column("seat_id", sa.String(24)),
    sa.Column("at", Instant, nullable=False),
    sa.Column("before", sa.String(12), nullable=False),
    sa.Column("after", sa.String(12), nullable=False),
    sa.Column("reason", sa.String(40), nullable=False),
    # "member", "clock", "line", or the id of a staff account.
    sa.Column("by", sa.String(40), nullable=False),
    sa.Column("note", sa.String(200), nullable=False),
    sa.Index("ix_seat_log_event_id", "event_id", "id"),
    sa.Index("ix_seat_log_seat_id", "seat_id", "id"),
)

# Answers of a form that is not handed in yet; which form is open stands in `drafts`.
sign_up_answers = sa.Table(
    "sign_up_answers",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("event_id", sa.String(16), nullable=False),
    sa.Column("sealed_answers", sa.LargeBinary, nullable=False),
    sa.Column("expires_at", Instant, nullable=False, index=True),
)

# What a check-in list that had no network brings in later: each act once.
check_ins = sa.Table(
    "check_ins",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("event_id", sa.String(16), nullable=False, index=True),
    sa.Column("seat_id", sa.String(24), nullable=False),
    sa.Column("is_in", sa.Boolean, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(40), nullable=False),
)
