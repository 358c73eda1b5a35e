"""What is to be sent to whom: pushes, the outbox, its pace, senders, what the schedule began."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _push()
    _outbox()
    _pace()
    _processes()


def _push() -> None:
    op.create_table(
        "push",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("audience", sa.JSON, nullable=False),
        sa.Column("audience_hash", sa.String(64)),
        sa.Column("audience_count", sa.Integer),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("policy", sa.String(8), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("not_before", sa.BigInteger),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("created_by", sa.String(40), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("schedule_id", sa.String(80)),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("expand_cursor", sa.BigInteger),
        sa.Column("is_expanded", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("notice_no", sa.String(24)),
        sa.Column("pause_reason", sa.String(40)),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.UniqueConstraint("schedule_id", "due_at", name="uq_push_schedule_id"),
        sa.PrimaryKeyConstraint("id", name="pk_push"),
    )
    op.create_index("ix_push_state", "push", ["state"])
    op.create_table(
        "push_audience",
        sa.Column(
            "push_id",
            sa.BigInteger,
            sa.ForeignKey("push.id", name="fk_push_audience_push_id_push"),
            nullable=False,
        ),
        sa.Column("member_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("push_id", "member_id", name="pk_push_audience"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _KEY, nullable=False),
        sa.Column(
            "push_id", sa.BigInteger, sa.ForeignKey("push.id", name="fk_outbox_push_id_push")
        ),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("member_id", sa.BigInteger),
        sa.Column("chat_id", sa.BigInteger, nullable=False),
        sa.Column("chain", sa.String(120), nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("parts", sa.Integer, nullable=False),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("policy", sa.String(8), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("lease_token", sa.String(32)),
        sa.Column("worker", sa.String(40)),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("ambiguous", sa.Integer, nullable=False, server_default="0"),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("fail_class", sa.String(20)),
        sa.Column("fail_text", sa.String(200)),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.UniqueConstraint("chain", "part", name="uq_outbox_chain"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_member_id", "outbox", ["member_id"])
    op.create_index("ix_outbox_claim", "outbox", ["push_id", "state", "priority", "due_at", "id"])
    op.create_index("ix_outbox_chat_id_state", "outbox", ["chat_id", "state"])
    op.create_index("ix_outbox_state_expires_at", "outbox", ["state", "expires_at"])
    op.create_table(
        "send_attempt",
        sa.Column("outbox_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("lease_token", sa.String(32), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("text", sa.String(200)),
        sa.PrimaryKeyConstraint("outbox_id", "lease_token", name="pk_send_attempt"),
    )
    op.create_index("ix_send_attempt_ended_at", "send_attempt", ["ended_at"])


def _pace() -> None:
    op.create_table(
        "rate_state",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("tat_us", sa.BigInteger, nullable=False),
        sa.Column("paused_until", sa.BigInteger),
        sa.Column("slow_rate", sa.Float),
        sa.Column("slow_from", sa.BigInteger),
        sa.Column("breaker", sa.String(8), nullable=False),
        sa.Column("breaker_until", sa.BigInteger),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rate_state"),
    )
    op.create_table(
        "chat_pace",
        sa.Column("chat_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name="pk_chat_pace"),
    )
    # The one row that all senders share.
    op.execute("INSERT INTO rate_state (id, tat_us, breaker, epoch) VALUES (1, 0, 'closed', 1)")


def _processes() -> None:
    op.create_table(
        "worker",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("host", sa.String(80), nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("beat_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_worker"),
    )
    op.create_index("ix_worker_beat_at", "worker", ["beat_at"])
    op.create_table(
        "downtime",
        sa.Column("began_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("began_at", name="pk_downtime"),
    )
    op.create_table(
        "schedule_run",
        sa.Column("schedule_id", sa.String(80), nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("fired_at", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("schedule_id", "due_at", name="pk_schedule_run"),
    )
    op.create_index("ix_schedule_run_fired_at", "schedule_run", ["fired_at"])
