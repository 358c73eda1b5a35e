"""Events: who asked for a seat, who has one, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _events()
    _teams()
    _seats()
    _seat_log()
    _sign_up_answers()
    _check_ins()


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("mode", sa.String(12), nullable=False),
        sa.Column("unit_path", sa.String(200), nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("opens_at", sa.BigInteger, nullable=False),
        sa.Column("closes_at", sa.BigInteger, nullable=False),
        sa.Column("starts_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("series_id", sa.String(16)),
        sa.Column("is_demo", sa.Boolean, nullable=False),
        sa.Column("created_by", sa.String(40), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("last_rank", sa.BigInteger, nullable=False),
        sa.Column("owes_fill", sa.Boolean, nullable=False),
        sa.Column("seed", sa.String(64)),
        sa.Column("seed_hash", sa.String(64)),
        sa.Column("entries_hash", sa.String(64)),
        sa.Column("drawn_at", sa.BigInteger),
        sa.Column("draw_record", sa.Text),
        sa.Column("asked_feedback_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_owes_fill", "events", ["owes_fill"])
    op.create_index("ix_events_series_id", "events", ["series_id"])
    op.create_index("ix_events_state_closes_at", "events", ["state", "closes_at"])
    op.create_index("ix_events_state_starts_at", "events", ["state", "starts_at"])


def _teams() -> None:
    op.create_table(
        "teams",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("event_id", sa.String(16), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_teams"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_teams_event_id_events"),
        sa.UniqueConstraint("event_id", "name", name="uq_teams_event_id"),
    )


def _seats() -> None:
    op.create_table(
        "seats",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("event_id", sa.String(16), nullable=False),
        sa.Column("member_id", sa.BigInteger),
        sa.Column("person_id", sa.String(40)),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("rank", sa.BigInteger, nullable=False),
        sa.Column("party", sa.SmallInteger, nullable=False),
        sa.Column("marks", sa.String(400), nullable=False),
        sa.Column("session", sa.String(16)),
        sa.Column("team_id", sa.String(16)),
        sa.Column("weight", sa.SmallInteger, nullable=False),
        sa.Column("is_extra", sa.Boolean, nullable=False),
        sa.Column("source", sa.String(12), nullable=False),
        sa.Column("code", sa.String(6), nullable=False),
        sa.Column("sealed_answers", sa.LargeBinary),
        sa.Column("offered_until", sa.BigInteger),
        sa.Column("joined_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("checked_in_at", sa.BigInteger),
        sa.Column("reminded", sa.SmallInteger, nullable=False),
        sa.Column("is_coming", sa.Boolean),
        sa.Column("stars", sa.SmallInteger),
        sa.Column("comment", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_seats"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_seats_event_id_events"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_seats_team_id_teams"),
        sa.UniqueConstraint("event_id", "code", name="uq_seats_event_code"),
        sa.UniqueConstraint("event_id", "member_id", name="uq_seats_event_id"),
        sa.UniqueConstraint("event_id", "person_id", name="uq_seats_event_person"),
    )
    op.create_index("ix_seats_event_state_rank", "seats", ["event_id", "state", "rank"])
    op.create_index("ix_seats_member_id", "seats", ["member_id"])
    op.create_index("ix_seats_person_id", "seats", ["person_id"])
    op.create_index("ix_seats_state_offered_until", "seats", ["state", "offered_until"])
    op.create_index("ix_seats_team_id", "seats", ["team_id"])


def _seat_log() -> None:
    op.create_table(
        "seat_log",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("event_id", sa.String(16), nullable=False),
        sa.Column("seat_id", sa.String(24)),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("before", sa.String(12), nullable=False),
        sa.Column("after", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("by", sa.String(40), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_seat_log"),
    )
    op.create_index("ix_seat_log_event_id", "seat_log", ["event_id", "id"])
    op.create_index("ix_seat_log_seat_id", "seat_log", ["seat_id", "id"])


def _sign_up_answers() -> None:
    op.create_table(
        "sign_up_answers",
        sa.Column("member_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(16), nullable=False),
        sa.Column("sealed_answers", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("member_id", name="pk_sign_up_answers"),
    )
    op.create_index("ix_sign_up_answers_expires_at", "sign_up_answers", ["expires_at"])


def _check_ins() -> None:
    op.create_table(
        "check_ins",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(16), nullable=False),
        sa.Column("seat_id", sa.String(24), nullable=False),
        sa.Column("is_in", sa.Boolean, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_check_ins"),
    )
    op.create_index("ix_check_ins_event_id", "check_ins", ["event_id"])
