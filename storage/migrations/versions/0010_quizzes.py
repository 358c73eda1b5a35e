"""The bank of quiz items, rounds, attempts, answers, prizes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _topics()
    _items()
    _item_versions()
    _rounds()
    _sittings()
    _attempts()
    _answers()
    _lessons()
    _players()
    _standings()
    _winners()
    _imports()


def _topics() -> None:
    op.create_table(
        "quiz_topics",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("title", sa.String(40), nullable=False),
        sa.Column("is_political", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_quiz_topics"),
    )


def _items() -> None:
    op.create_table(
        "quiz_items",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("difficulty", sa.SmallInteger, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("origin", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_to", sa.Date),
        sa.Column("reviewed_on", sa.Date),
        sa.Column("reviewed_by", sa.String(100), nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("changed_by", sa.String(40), nullable=False),
        sa.Column("figures", sa.JSON),
        sa.Column("facility", sa.Float),
        sa.Column("discrimination", sa.Float),
        sa.Column("is_flagged", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_items"),
    )
    op.create_index("ix_quiz_items_state_topic", "quiz_items", ["state", "topic", "difficulty"])


def _item_versions() -> None:
    op.create_table(
        "quiz_item_versions",
        sa.Column("item_id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("difficulty", sa.SmallInteger, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "number", name="pk_quiz_item_versions"),
    )


def _rounds() -> None:
    op.create_table(
        "quiz_rounds",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("unit_path", sa.String(200), nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("is_demo", sa.Boolean, nullable=False),
        sa.Column("created_by", sa.String(40), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("handed_in_by", sa.String(40)),
        sa.Column("handed_in_at", sa.BigInteger),
        sa.Column("plan_hash", sa.String(64)),
        sa.Column("approved_by", sa.String(40)),
        sa.Column("published_at", sa.BigInteger),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("draw_at", sa.BigInteger),
        sa.Column("seed", sa.String(64)),
        sa.Column("seed_hash", sa.String(64)),
        sa.Column("entries_hash", sa.String(64)),
        sa.Column("draw_list", sa.Text),
        sa.Column("drawn_at", sa.BigInteger),
        sa.Column("draw_record", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_rounds"),
    )
    op.create_index("ix_quiz_rounds_state_created_at", "quiz_rounds", ["state", "created_at"])


def _sittings() -> None:
    op.create_table(
        "quiz_sittings",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("round_id", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("opens_at", sa.BigInteger, nullable=False),
        sa.Column("closes_at", sa.BigInteger, nullable=False),
        sa.Column("planned_to", sa.BigInteger, nullable=False),
        sa.Column("push_id", sa.BigInteger),
        sa.Column("reminded_at", sa.BigInteger),
        sa.ForeignKeyConstraint(
            ["round_id"], ["quiz_rounds.id"], name="fk_quiz_sittings_round_id_quiz_rounds"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_sittings"),
        sa.UniqueConstraint("round_id", "number", name="uq_quiz_sittings_round_id"),
    )
    op.create_index("ix_quiz_sittings_state_closes_at", "quiz_sittings", ["state", "closes_at"])
    op.create_index("ix_quiz_sittings_state_opens_at", "quiz_sittings", ["state", "opens_at"])


def _attempts() -> None:
    op.create_table(
        "quiz_attempts",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("round_id", sa.String(16)),
        sa.Column("sitting_id", sa.String(16)),
        sa.Column("member_id", sa.BigInteger),
        sa.Column("person_id", sa.String(40)),
        sa.Column("who", sa.String(60), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("deadline", sa.BigInteger),
        sa.Column("total", sa.SmallInteger, nullable=False),
        sa.Column("done", sa.SmallInteger, nullable=False),
        sa.Column("right", sa.SmallInteger, nullable=False),
        sa.Column("ticked", sa.String(60), nullable=False),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("took", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["quiz_rounds.id"], name="fk_quiz_attempts_round_id_quiz_rounds"
        ),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["quiz_sittings.id"], name="fk_quiz_attempts_sitting_id_quiz_sittings"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_attempts"),
        sa.UniqueConstraint("sitting_id", "who", "number", name="uq_quiz_attempts_sitting_id"),
    )
    op.create_index(
        "ix_quiz_attempts_member_kind_state", "quiz_attempts", ["member_id", "kind", "state"]
    )
    op.create_index("ix_quiz_attempts_person_id", "quiz_attempts", ["person_id"])
    op.create_index("ix_quiz_attempts_round_who", "quiz_attempts", ["round_id", "who"])
    op.create_index("ix_quiz_attempts_state_deadline", "quiz_attempts", ["state", "deadline"])


def _answers() -> None:
    op.create_table(
        "quiz_answers",
        sa.Column("attempt_id", sa.String(16), nullable=False),
        sa.Column("place", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("item_id", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("shown", sa.String(60), nullable=False),
        sa.Column("chosen", sa.String(60)),
        sa.Column("is_right", sa.Boolean),
        sa.Column("is_void", sa.Boolean, nullable=False),
        sa.Column("answered_at", sa.BigInteger),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["quiz_attempts.id"], name="fk_quiz_answers_attempt_id_quiz_attempts"
        ),
        sa.PrimaryKeyConstraint("attempt_id", "place", name="pk_quiz_answers"),
    )
    op.create_index("ix_quiz_answers_item_version", "quiz_answers", ["item_id", "version"])


def _lessons() -> None:
    op.create_table(
        "quiz_lessons",
        sa.Column("member_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("item_id", sa.String(40), nullable=False),
        sa.Column("step", sa.SmallInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "item_id", name="pk_quiz_lessons"),
    )
    op.create_index("ix_quiz_lessons_member_due", "quiz_lessons", ["member_id", "due_at"])


def _players() -> None:
    op.create_table(
        "quiz_players",
        sa.Column("member_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("nickname", sa.String(20)),
        sa.Column("nickname_key", sa.String(40)),
        sa.Column("is_muted", sa.Boolean, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("member_id", name="pk_quiz_players"),
        sa.UniqueConstraint("nickname_key", name="uq_quiz_players_nickname_key"),
    )


def _standings() -> None:
    op.create_table(
        "quiz_standings",
        sa.Column("round_id", sa.String(16), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("who", sa.String(60), nullable=False),
        sa.Column("member_id", sa.BigInteger),
        sa.Column("person_id", sa.String(40)),
        sa.Column("right", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("took", sa.BigInteger, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("passed_days", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["quiz_rounds.id"], name="fk_quiz_standings_round_id_quiz_rounds"
        ),
        sa.PrimaryKeyConstraint("round_id", "code", name="pk_quiz_standings"),
        sa.UniqueConstraint("round_id", "who", name="uq_quiz_standings_round_id"),
    )
    op.create_index("ix_quiz_standings_member_id", "quiz_standings", ["member_id"])
    op.create_index("ix_quiz_standings_person_id", "quiz_standings", ["person_id"])


def _winners() -> None:
    op.create_table(
        "quiz_winners",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("round_id", sa.String(16), nullable=False),
        sa.Column("entry", sa.String(16), nullable=False),
        sa.Column("code", sa.String(6), nullable=False),
        sa.Column("member_id", sa.BigInteger),
        sa.Column("person_id", sa.String(40)),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("claim_until", sa.BigInteger, nullable=False),
        sa.Column("claimed_at", sa.BigInteger),
        sa.Column("handed_at", sa.BigInteger),
        sa.Column("handed_by", sa.String(40)),
        sa.Column("note", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["quiz_rounds.id"], name="fk_quiz_winners_round_id_quiz_rounds"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_winners"),
        sa.UniqueConstraint("round_id", "code", name="uq_quiz_winners_round_code"),
        sa.UniqueConstraint("round_id", "entry", name="uq_quiz_winners_round_id"),
    )
    op.create_index("ix_quiz_winners_member_id", "quiz_winners", ["member_id"])
    op.create_index("ix_quiz_winners_person_id", "quiz_winners", ["person_id"])
    op.create_index("ix_quiz_winners_state_claim_until", "quiz_winners", ["state", "claim_until"])


def _imports() -> None:
    op.create_table(
        "quiz_imports",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("staff_id", sa.String(16), nullable=False),
        sa.Column("items", sa.JSON, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_imports"),
    )
    op.create_index("ix_quiz_imports_expires_at", "quiz_imports", ["expires_at"])
